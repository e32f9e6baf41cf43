//! Values that every layer shares. Nothing here does anything: no files, no
//! clock, no browser. The words are those of ARCHITECTURE.md.
#![deny(clippy::disallowed_methods)]

pub mod browser_options;
pub mod call;
pub mod check_rule;
pub mod condition;
pub mod consent;
pub mod expectation;
pub mod finding;
pub mod hit;
pub mod last_good;
pub mod packed;
pub mod probe;
pub mod progress;
pub mod request;
pub mod run;
pub mod span;
pub mod trace;
pub mod trail;
pub mod vendor;

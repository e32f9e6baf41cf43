//! Readers of what travels on the wire: addresses, queries, bodies.
//!
//! Every reader takes bytes or text from a hostile page and gives what can be
//! read; none panics, none allocates more than a bound, none does input or
//! output. They know no vendor.

#![deny(clippy::disallowed_methods)]

pub mod address;
pub mod base64;
pub mod compress;
pub mod curl;
pub mod har;
pub mod json;
pub mod lines;
pub mod multipart;
pub mod netlog;
pub mod percent;
pub mod query;
pub mod scan;

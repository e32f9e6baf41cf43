//! What vendors share: the shape of a vendor, the registry that asks them,
//! and the helpers with which they read. Knows no vendor by
//! name, but for `known`: those that have no file yet.

pub mod answer;
pub mod dedup;
pub mod draft;
mod known;
pub mod lines;
pub mod registry;
pub mod vendor;

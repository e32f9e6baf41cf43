//! What vendors share: the shape of a vendor, the registry that asks them,
//! and the helpers with which they read. Knows no vendor by name.

pub mod answer;
pub mod dedup;
pub mod draft;
pub mod lines;
pub mod registry;
pub mod vendor;

//! What vendors share: the shape of a vendor, the registry that asks them,
//! and the helpers with which they read. Knows no vendor by name.

pub mod answer;
pub mod consent;
pub mod decoded;
pub mod dedup;
pub mod describe;
pub mod draft;
pub mod fields;
pub mod lines;
pub mod probe;
pub mod registry;
pub mod route;
pub mod suspect;
pub mod vendor;

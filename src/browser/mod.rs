//! (in the making)

pub mod page;

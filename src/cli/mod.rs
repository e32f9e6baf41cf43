//! (in the making)

pub mod review;
pub mod snapshots;

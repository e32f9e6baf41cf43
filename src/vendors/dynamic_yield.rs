//! Dynamic Yield.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::vendor::Vendor;

pub static DYNAMIC_YIELD: Vendor = Vendor {
    slug: "dynamic_yield",
    name: "Dynamic Yield",
    docs: "https://example.com/",
    ..Vendor::BASE
};

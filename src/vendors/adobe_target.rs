//! Adobe Target.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::vendor::Vendor;

pub static ADOBE_TARGET: Vendor = Vendor {
    slug: "adobe_target",
    name: "Adobe Target",
    docs: "https://example.com/",
    ..Vendor::BASE
};

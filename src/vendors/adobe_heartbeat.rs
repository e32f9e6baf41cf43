//! Adobe Media Analytics.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::vendor::Vendor;

pub static ADOBE_HEARTBEAT: Vendor = Vendor {
    slug: "adobe_heartbeat",
    name: "Adobe Media Analytics",
    docs: "https://example.com/",
    ..Vendor::BASE
};

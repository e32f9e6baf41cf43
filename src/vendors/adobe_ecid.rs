//! Adobe Experience Cloud ID.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::vendor::Vendor;

pub static ADOBE_ECID: Vendor = Vendor {
    slug: "adobe_ecid",
    name: "Adobe Experience Cloud ID",
    docs: "https://example.com/",
    ..Vendor::BASE
};

//! Adobe Audience Manager.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::vendor::Vendor;

pub static ADOBE_AUDIENCE_MANAGER: Vendor = Vendor {
    slug: "adobe_audience_manager",
    name: "Adobe Audience Manager",
    docs: "https://example.com/",
    ..Vendor::BASE
};

//! Omniconvert.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::vendor::Vendor;

pub static OMNICONVERT: Vendor = Vendor {
    slug: "omniconvert",
    name: "Omniconvert",
    docs: "https://example.com/",
    ..Vendor::BASE
};

//! Seznam Sklik.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::vendor::Vendor;

pub static SEZNAM_SKLIK: Vendor = Vendor {
    slug: "seznam_sklik",
    name: "Seznam Sklik",
    docs: "https://example.com/",
    ..Vendor::BASE
};

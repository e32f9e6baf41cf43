//! Piano Analytics (AT Internet).
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::vendor::Vendor;

pub static AT_INTERNET: Vendor = Vendor {
    slug: "at_internet",
    name: "Piano Analytics (AT Internet)",
    docs: "https://example.com/",
    ..Vendor::BASE
};

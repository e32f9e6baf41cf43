//! Sojern.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::vendor::Vendor;

pub static SOJERN: Vendor =
    Vendor { slug: "sojern", name: "Sojern", docs: "https://example.com/", ..Vendor::BASE };

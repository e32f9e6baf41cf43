//! Trustpilot.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::vendor::Vendor;

pub static TRUSTPILOT: Vendor =
    Vendor { slug: "trustpilot", name: "Trustpilot", docs: "https://example.com/", ..Vendor::BASE };

//! Teads.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::vendor::Vendor;

pub static TEADS: Vendor =
    Vendor { slug: "teads", name: "Teads", docs: "https://example.com/", ..Vendor::BASE };

//! Indicative.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::vendor::Vendor;

pub static INDICATIVE: Vendor =
    Vendor { slug: "indicative", name: "Indicative", docs: "https://example.com/", ..Vendor::BASE };

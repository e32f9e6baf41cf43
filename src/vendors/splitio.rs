//! Split.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::vendor::Vendor;

pub static SPLITIO: Vendor =
    Vendor { slug: "splitio", name: "Split", docs: "https://example.com/", ..Vendor::BASE };

//! Vibes.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::vendor::Vendor;

pub static VIBES: Vendor =
    Vendor { slug: "vibes", name: "Vibes", docs: "https://example.com/", ..Vendor::BASE };

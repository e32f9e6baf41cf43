//! Zemanta.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::vendor::Vendor;

pub static ZEMANTA: Vendor =
    Vendor { slug: "zemanta", name: "Zemanta", docs: "https://example.com/", ..Vendor::BASE };

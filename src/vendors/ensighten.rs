//! Ensighten.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::vendor::Vendor;

pub static ENSIGHTEN: Vendor =
    Vendor { slug: "ensighten", name: "Ensighten", docs: "https://example.com/", ..Vendor::BASE };

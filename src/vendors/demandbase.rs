//! Demandbase.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::vendor::Vendor;

pub static DEMANDBASE: Vendor =
    Vendor { slug: "demandbase", name: "Demandbase", docs: "https://example.com/", ..Vendor::BASE };

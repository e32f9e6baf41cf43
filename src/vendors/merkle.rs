//! Merkle Mercury.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::vendor::Vendor;

pub static MERKLE: Vendor =
    Vendor { slug: "merkle", name: "Merkle Mercury", docs: "https://example.com/", ..Vendor::BASE };

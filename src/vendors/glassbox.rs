//! Glassbox.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::vendor::Vendor;

pub static GLASSBOX: Vendor =
    Vendor { slug: "glassbox", name: "Glassbox", docs: "https://example.com/", ..Vendor::BASE };

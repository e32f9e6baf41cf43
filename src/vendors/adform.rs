//! Adform.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::vendor::Vendor;

pub static ADFORM: Vendor =
    Vendor { slug: "adform", name: "Adform", docs: "https://example.com/", ..Vendor::BASE };

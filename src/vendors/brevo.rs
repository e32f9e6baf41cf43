//! Brevo.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::vendor::Vendor;

pub static BREVO: Vendor =
    Vendor { slug: "brevo", name: "Brevo", docs: "https://example.com/", ..Vendor::BASE };

//! Lytics.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::vendor::Vendor;

pub static LYTICS: Vendor =
    Vendor { slug: "lytics", name: "Lytics", docs: "https://example.com/", ..Vendor::BASE };

//! Webtrends.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::vendor::Vendor;

pub static WEBTRENDS: Vendor =
    Vendor { slug: "webtrends", name: "Webtrends", docs: "https://example.com/", ..Vendor::BASE };

//! Parse.ly.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::vendor::Vendor;

pub static PARSELY: Vendor =
    Vendor { slug: "parsely", name: "Parse.ly", docs: "https://example.com/", ..Vendor::BASE };

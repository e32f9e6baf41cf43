//! OpenAI Ads.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::vendor::Vendor;

pub static OPENAI_ADS: Vendor =
    Vendor { slug: "openai_ads", name: "OpenAI Ads", docs: "https://example.com/", ..Vendor::BASE };

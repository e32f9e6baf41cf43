//! Vendors: which requests are theirs, and what those requests say.
//!
//! One file per vendor, mostly a static table; `frame` holds what they share.
//! Dispatch is by host first, on a parsed address: a pixel URL inside another
//! URL's query is never taken for a pixel. Nothing here knows a browser, a
//! file or a clock.
//!
//! Adding a vendor: its file here, its `mod` line and its line in
//! [`VENDORS`]; fixtures go to `tests/fixtures/vendors/<slug>/`.

#![deny(clippy::disallowed_methods)]

pub mod frame;

pub mod custom;
pub mod ga4;
pub mod google_ads;
pub mod meta;
pub mod tiktok;

pub use crate::vendors::custom::CustomVendor;
pub use crate::vendors::frame::dedup::Deduplicator;
pub use crate::vendors::frame::lines::LineDecoder;
pub use crate::vendors::frame::registry::{Automatic, Registry, VendorInfo};
pub use crate::vendors::frame::vendor::Vendor;

/// Every built-in vendor, in the order in which they are asked.
pub static VENDORS: &[&Vendor] =
    &[&meta::META, &ga4::GA4, &google_ads::GOOGLE_ADS, &tiktok::TIKTOK];

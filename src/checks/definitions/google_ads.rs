//! Google Ads conversions. A value without a currency is in the currency of
//! the conversion's own settings, and so nothing must be there.
//! Source: <https://support.google.com/google-ads/answer/6095947>, and for the
//! transaction id <https://support.google.com/google-ads/answer/6386790>.

use crate::checks::definitions::{Definitions, Meaning, event};

pub const EVENTS: Definitions = Definitions {
    vendor: "google_ads",
    events: &[event("conversion", Meaning::Conversion)],
    also: &["purchase", "page_view", "gtag.config", "viewthroughconversion"],
    exact: true,
    recognised_by: &["order_id"],
    misplaced: &[],
};

//! Whose a request is: the visited site's own, or somebody else's. The public
//! suffix list says where a site ends. It knows no vendor but those named here.

use std::collections::HashSet;

use url::Url;

use crate::model::trace::Trace;

/// Vendors whose terms forbid personal data in plain text, and who match by
/// SHA-256 alone. Sources: the policies on personally identifiable information
/// of Google Analytics and Google Ads, Meta's Business Tools Terms, and the
/// advanced matching pages of TikTok, Snapchat, Reddit, X, LinkedIn, Microsoft.
pub const STRICT: &[&str] = &[
    "meta",
    "ga4",
    "ua",
    "google_ads",
    "floodlight",
    "tiktok",
    "snapchat",
    "reddit",
    "x",
    "linkedin",
    "microsoft_uet",
];

/// Vendors to whom people's data is given on purpose: mailing, customer
/// records, product analytics of known users.
pub const KEEPERS: &[&str] = &[
    "klaviyo",
    "hubspot",
    "braze",
    "customerio",
    "iterable",
    "attentive",
    "brevo",
    "segment",
    "rudderstack",
    "mparticle",
    "mixpanel",
    "amplitude",
    "posthog",
    "heap",
    "fullstory",
    "shopify",
    "tealium",
    "adobe_websdk",
    "marketo",
    "pardot",
    "lytics",
    "criteo",
    "adroll",
    "snowplow",
    "openpanel",
    "vibes",
    "trustpilot",
    "impact",
    "cj",
    "rakuten",
    "awin",
];

/// The part of a host that one owner registered: `shop.co.uk` of
/// `www.shop.co.uk`; an address of a machine is one as a whole.
pub fn site_of_host(host: &str) -> String {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    if host.starts_with('[') || host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return host;
    }
    psl::domain_str(&host).map_or_else(|| host.clone(), str::to_owned)
}

pub fn site_of(url: &str) -> Option<String> {
    Url::parse(url).ok()?.host_str().map(site_of_host)
}

/// The sites that the visitor was on, as the address bar names them.
pub fn visited_sites(trace: &Trace) -> HashSet<String> {
    let pages = trace.documents.iter().filter(|document| document.main_frame);
    pages.filter_map(|document| site_of(&document.url)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_ends_where_the_public_suffix_begins() {
        for (host, site) in [
            ("www.shop.co.uk", "shop.co.uk"),
            ("a.b.shop.test", "shop.test"),
            ("pay.localhost", "pay.localhost"),
            ("127.0.0.1", "127.0.0.1"),
            ("localhost", "localhost"),
            ("ann.github.io", "ann.github.io"),
        ] {
            assert_eq!(site_of_host(host), site);
        }
    }
}

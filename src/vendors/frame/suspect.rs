//! Requests that no vendor knows and that look like a pixel all the same, so
//! that a gap in the tables is seen instead of passing for silence.
//!
//! It names a reason and no vendor, and nothing is counted by it.

use crate::model::vendor::WireRequest;
use crate::wire::address::Address;

/// Words that collectors' paths are made of, as whole parts of a segment.
const WORDS: &[&str] = &[
    "beacon",
    "collect",
    "collector",
    "conversion",
    "conv",
    "event",
    "events",
    "hit",
    "impression",
    "ingest",
    "log",
    "pixel",
    "pxl",
    "ping",
    "px",
    "rum",
    "track",
    "tracker",
    "tracking",
    "tr",
];

/// Endings of what is loaded to be shown or run.
const CONTENT: &[&str] = &[
    ".js", ".mjs", ".css", ".html", ".htm", ".woff", ".woff2", ".ttf", ".svg", ".png", ".jpg",
    ".jpeg", ".webp", ".avif", ".ico", ".mp4", ".map", ".wasm",
];

/// Why the request looks like a pixel; `None` when it does not, or goes to the
/// page's own site. `resource_type` is the browser's word, where it is known.
pub fn reason(
    request: &WireRequest<'_>,
    resource_type: Option<&str>,
    page: Option<&str>,
) -> Option<&'static str> {
    if request.method.eq_ignore_ascii_case("OPTIONS") {
        return None;
    }
    let address = Address::parse(request.url)?;
    let same_site =
        page.and_then(Address::parse).is_some_and(|page| site(&page.host) == site(&address.host));
    if same_site {
        return None;
    }
    let says = !address.query.is_empty() || !request.body.is_empty();
    let kind = resource_type.unwrap_or_default();
    if ["ping", "beacon"].iter().any(|beacon| kind.eq_ignore_ascii_case(beacon)) {
        return Some("a beacon");
    }
    let path = address.path.to_ascii_lowercase();
    if !says || CONTENT.iter().any(|ending| path.ends_with(ending)) {
        return None;
    }
    if path.rsplit('.').next() == Some("gif") {
        return Some("an image with parameters");
    }
    let named = path
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .any(|word| WORDS.contains(&word));
    if kind.eq_ignore_ascii_case("image") {
        return Some("an image with parameters");
    }
    named.then_some("a path of collectors")
}

/// The last two labels, three under a country's second level (`co.uk`): good
/// enough to tell a shop's own hosts from others.
fn site(host: &str) -> &str {
    let mut dots = host.rmatch_indices('.').map(|(at, _)| at);
    let (Some(last), Some(second)) = (dots.next(), dots.next()) else { return host };
    let middle = &host[second + 1..last];
    let cut = if host.len() - last == 3 && matches!(middle, "co" | "com" | "org" | "net" | "ac") {
        dots.next()
    } else {
        Some(second)
    };
    cut.map_or(host, |cut| &host[cut + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason_of(url: &str, kind: Option<&str>) -> Option<&'static str> {
        let request = WireRequest {
            url,
            method: "GET",
            body: b"",
            content_type: None,
            content_encoding: None,
            headers: &[],
        };
        reason(&request, kind, Some("https://www.shop.example/"))
    }

    #[test]
    fn collectors_of_others_are_suspect() {
        assert!(reason_of("https://t.acme.test/v1/track?e=1", None).is_some());
        assert!(reason_of("https://t.acme.test/i?e=1", Some("Image")).is_some());
        assert!(reason_of("https://t.acme.test/x", Some("Ping")).is_some());
        assert!(reason_of("https://t.acme.test/a.gif?e=1", None).is_some());
    }

    #[test]
    fn content_and_the_pages_own_site_are_not() {
        assert_eq!(reason_of("https://cdn.acme.test/track.js?v=1", None), None);
        assert_eq!(reason_of("https://api.acme.test/products?page=1", None), None);
        assert_eq!(reason_of("https://metrics.shop.example/track?e=1", None), None);
        assert_eq!(reason_of("https://t.acme.test/track", None), None);
        assert_eq!(site("a.b.co.uk"), "b.co.uk");
        assert_eq!(site("localhost"), "localhost");
    }
}

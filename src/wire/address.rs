//! Splits a URL into the parts by which requests are told apart.
//!
//! It is no validating parser: a browser has already normalised what it sends,
//! and a decoder must also read addresses that it did not normalise. It never
//! looks for a host anywhere but where the authority is, so a pixel URL inside
//! a query stays part of that query.

use std::borrow::Cow;

use memchr::memchr;

use crate::wire::scan;

/// An `http` or `https` address in parts, none of them percent-decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address<'a> {
    pub secure: bool,
    /// In lower case, without port, user information and final dot.
    pub host: Cow<'a, str>,
    pub port: Option<&'a str>,
    /// From the first slash to the query; `/` when there is none.
    pub path: &'a str,
    /// Without the question mark; empty when there is none.
    pub query: &'a str,
}

impl<'a> Address<'a> {
    /// `None` for every scheme but `http` and `https`, and without a host.
    pub fn parse(url: &'a str) -> Option<Self> {
        let url = url.trim_matches(|letter: char| letter <= ' ');
        let (secure, rest) = strip_scheme(url)?;
        // Nearly every authority is a plain host, and one look tells so.
        let plain = rest.bytes().position(|byte| !is_plain(byte)).unwrap_or(rest.len());
        let end = rest[plain..].find(['/', '\\', '?', '#']).map_or(rest.len(), |at| plain + at);
        let (authority, tail) = rest.split_at(end);
        let (host, port) = if plain == end {
            (authority, None)
        } else {
            split_port(authority.rsplit_once('@').map_or(authority, |(_, host)| host))
        };
        let host = match host.strip_suffix('.').unwrap_or(host) {
            "" => return None,
            host if plain == end => Cow::Borrowed(host),
            host => Cow::Owned(host.to_ascii_lowercase()),
        };
        let (path, rest) =
            split_before(tail, scan::find(tail.as_bytes(), |word| word.is(b'?') | word.is(b'#')));
        let (query, _) = match rest.strip_prefix('?') {
            Some(query) => split_before(query, memchr(b'#', query.as_bytes())),
            None => ("", rest),
        };
        let path = if path.is_empty() { "/" } else { path };
        Some(Self { secure, host, port, path, query })
    }

    /// The path's segments, empty ones left out: `/g/collect/` has `g`, `collect`.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &'a str> + use<'a> {
        // As a list, the letter is compared with each in turn, which in a short
        // text is done sooner than a search for it is set up.
        self.path.split(['/']).filter(|segment| !segment.is_empty())
    }

    /// Whether nothing is said beyond the place: no query, and no `;` in the path.
    pub fn is_bare(&self) -> bool {
        self.query.is_empty() && !self.path.contains(';')
    }

    /// The path without its final slashes; `/` becomes empty.
    pub fn bare_path(&self) -> &'a str {
        self.path.trim_end_matches('/')
    }
}

fn strip_scheme(url: &str) -> Option<(bool, &str)> {
    // In brackets for the reason told at `Address::segments`.
    let (scheme, rest) = url.split_once([':'])?;
    let secure = if scheme.eq_ignore_ascii_case("https") {
        true
    } else if scheme.eq_ignore_ascii_case("http") {
        false
    } else {
        return None;
    };
    rest.strip_prefix("//").map(|rest| (secure, rest))
}

/// Whether a byte of a host is neither an upper-case letter nor something that
/// ends the host or stands beside it.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.')
}

/// The text before a place in it, and the text from there on.
fn split_before(text: &str, at: Option<usize>) -> (&str, &str) {
    text.split_at(at.unwrap_or(text.len()))
}

fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        // The colon of an IPv6 address stands inside its brackets.
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            (host, (!port.is_empty()).then_some(port))
        }
        _ => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn host(url: &str) -> Option<String> {
        Address::parse(url).map(|address| address.host.into_owned())
    }

    #[test]
    fn splits_an_address() {
        let address = Address::parse("https://WWW.Shop.Example:8443/a//b/?x=1?y#top").unwrap();
        assert_eq!(address.host, "www.shop.example");
        assert_eq!(address.port, Some("8443"));
        assert_eq!(address.path, "/a//b/");
        assert_eq!(address.query, "x=1?y");
        assert_eq!(address.segments().collect::<Vec<_>>(), ["a", "b"]);
        assert!(address.secure);
    }

    #[test]
    fn the_host_is_where_the_authority_is() {
        assert_eq!(host("https://www.facebook.com@evil.test/tr/").as_deref(), Some("evil.test"));
        assert_eq!(
            host("https://evil.test?u=https://www.facebook.com/").as_deref(),
            Some("evil.test")
        );
        assert_eq!(host("https://evil.test#@www.facebook.com/").as_deref(), Some("evil.test"));
        assert_eq!(host("https://evil.test\\@www.facebook.com/").as_deref(), Some("evil.test"));
        assert_eq!(host("https://www.facebook.com./tr/").as_deref(), Some("www.facebook.com"));
        assert_eq!(host("http://[::1]:80/").as_deref(), Some("[::1]"));
        assert_eq!(host("http://[::1]/").as_deref(), Some("[::1]"));
    }

    #[test]
    fn only_the_web_has_addresses() {
        for url in [
            "data:image/gif;base64,R0",
            "blob:https://a/b",
            "ws://a/",
            "about:blank",
            "",
            "https:",
            "https:///x",
            "//a/b",
        ] {
            assert_eq!(Address::parse(url), None, "{url}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(url in "\\PC*") {
            let _ = Address::parse(&url);
            let _ = Address::parse(&format!("https://{url}"));
        }
    }
}

//! Splits a URL into the parts by which requests are told apart.
//!
//! It is no validating parser: a browser has already normalised what it sends,
//! and a decoder must also read addresses that it did not normalise. It never
//! looks for a host anywhere but where the authority is, so a pixel URL inside
//! a query stays part of that query.

use std::borrow::Cow;

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
        let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (host, port) = split_port(host_and_port);
        let host = host.strip_suffix('.').unwrap_or(host);
        if host.is_empty() {
            return None;
        }
        let host = if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(host.to_ascii_lowercase())
        } else {
            Cow::Borrowed(host)
        };
        let tail = tail.split_once('#').map_or(tail, |(before, _)| before);
        let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
        let path = if path.is_empty() { "/" } else { path };
        Some(Self { secure, host, port, path, query })
    }

    /// The path's segments, empty ones left out: `/g/collect/` has `g`, `collect`.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &'a str> + use<'a> {
        self.path.split('/').filter(|segment| !segment.is_empty())
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
    let (scheme, rest) = url.split_once(':')?;
    let secure = if scheme.eq_ignore_ascii_case("https") {
        true
    } else if scheme.eq_ignore_ascii_case("http") {
        false
    } else {
        return None;
    };
    rest.strip_prefix("//").map(|rest| (secure, rest))
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

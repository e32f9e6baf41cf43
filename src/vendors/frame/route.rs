//! Where a vendor's requests go: hosts and paths, as data.
//!
//! The same table answers which vendor a request is of, what a stub says,
//! which requests must be held for an answer, and what a person reads about
//! the vendor.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::vendor::{Endpoint, Via};
use crate::wire::address::Address;
use crate::wire::query;

/// One endpoint, or a family of endpoints that are alike.
pub struct Route {
    pub hosts: Hosts,
    pub path: Path,
    pub kind: Endpoint,
    /// What the endpoint would answer.
    pub answer: Answer,
    /// What else the URL must show. Looks at the URL alone: requests are held
    /// for an answer by it, before their body is known.
    pub when: fn(&Look<'_>) -> bool,
    /// What the body must show beside, on hosts that are not the vendor's:
    /// a path such as `/e/` proves nothing.
    pub body: Option<fn(&[u8]) -> bool>,
    /// Whether the path alone says which account it is of, so that an address
    /// without a query is an event, too.
    pub bare: bool,
}

#[derive(Debug, Clone, Copy)]
pub enum Hosts {
    On(&'static [Host]),
    /// Any host: the shop's own, by the path and what `when` finds.
    Anywhere,
    /// Only hosts that the user named as the vendor's.
    Configured,
}

/// A host, or a family of hosts, in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    Is(&'static str),
    /// The domain and every host below it.
    Under(&'static str),
    /// One name under every country's domain: `www.google` covers
    /// `www.google.com` and `www.google.co.uk`.
    AnyTld(&'static str),
}

/// A path, final slashes aside. On a configured host the vendor's folders may
/// stand below another folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// Every path.
    Any,
    /// That path alone.
    Is(&'static str),
    /// That path and everything below it: `/act` covers `/act`, `/act/1`, `/act;x=1`.
    Under(&'static str),
    /// Begins with that text, wherever a segment ends.
    Starts(&'static str),
    /// Ends with these whole segments, below whatever folder.
    Ends(&'static str),
    /// Has these whole segments somewhere.
    Has(&'static str),
}

/// What a route may look at.
pub struct Look<'a> {
    pub address: &'a Address<'a>,
    pub via: Via,
}

/// A file that the vendor's tag loads. It is no hit and is never answered
/// locally.
#[derive(Debug)]
pub struct Library {
    pub hosts: &'static [Host],
    pub path: Path,
    /// Where the account stands in the URL.
    pub account: Where,
    /// Where the library's version stands in the URL.
    pub version: Where,
}

/// A place in a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    Nowhere,
    /// The parameter of that name.
    Query(&'static str),
    /// The path's segment, from 0.
    Segment(usize),
}

/// An endpoint on the vendor's own hosts.
pub const fn on(hosts: &'static [Host], path: Path, kind: Endpoint, answer: Answer) -> Route {
    Route { hosts: Hosts::On(hosts), path, kind, answer, when: |_| true, body: None, bare: false }
}

/// An endpoint on any host, by its path. The path's last whole segment is what
/// it is looked up by; a `Path::Starts` has none and is asked about everything.
pub const fn anywhere(path: Path, kind: Endpoint, answer: Answer) -> Route {
    Route { hosts: Hosts::Anywhere, path, kind, answer, when: |_| true, body: None, bare: false }
}

/// An endpoint on hosts that the user named.
pub const fn configured(path: Path, kind: Endpoint, answer: Answer) -> Route {
    Route { hosts: Hosts::Configured, path, kind, answer, when: |_| true, body: None, bare: false }
}

/// A library without account and version in its URL.
pub const fn library(hosts: &'static [Host], path: Path) -> Library {
    Library { hosts, path, account: Where::Nowhere, version: Where::Nowhere }
}

impl Route {
    /// The same route under a condition on the URL.
    #[must_use]
    pub const fn when(self, when: fn(&Look<'_>) -> bool) -> Self {
        Self { when, ..self }
    }

    /// The same route under a condition on the body.
    #[must_use]
    pub const fn with_body(self, body: fn(&[u8]) -> bool) -> Self {
        Self { body: Some(body), ..self }
    }

    /// The same route for an address that says everything in its path.
    #[must_use]
    pub const fn bare(self) -> Self {
        Self { bare: true, ..self }
    }

    /// Whether path and condition take the request; its host has been found.
    pub fn takes(&self, look: &Look<'_>) -> bool {
        let below_a_folder = look.via == Via::Configured;
        self.path.takes(look.address.bare_path(), below_a_folder) && (self.when)(look)
    }

    /// `Fetch.RequestPattern` wildcards that cover everything that the route
    /// takes on the hosts named in it, and some more.
    pub fn patterns(&self) -> Vec<String> {
        let hosts: Vec<String> = match self.hosts {
            Hosts::On(hosts) => hosts.iter().flat_map(|host| host.wildcards()).collect(),
            Hosts::Anywhere => vec!["*".to_owned()],
            Hosts::Configured => Vec::new(),
        };
        let paths = self.path.wildcards();
        let on = |host: String| paths.iter().map(move |path| format!("*://{host}{path}"));
        hosts.into_iter().flat_map(on).collect()
    }
}

impl Path {
    /// `path` without its final slashes.
    pub fn takes(self, path: &str, below_a_folder: bool) -> bool {
        match self {
            Self::Any => true,
            Self::Is(known) if below_a_folder => path.ends_with(known),
            Self::Under(known) | Self::Starts(known) if below_a_folder => has(path, known, self),
            Self::Is(known) => path == known,
            Self::Under(known) => path.strip_prefix(known).is_some_and(is_end),
            Self::Starts(known) => path.starts_with(known),
            Self::Ends(known) => path.ends_with(known),
            Self::Has(known) => has(path, known, self),
        }
    }

    /// The path with `*` for what is left open; it always ends open, since a
    /// query may follow.
    pub fn wildcard(self) -> String {
        match self {
            Self::Any => "/*".to_owned(),
            Self::Is(known) | Self::Under(known) | Self::Starts(known) => format!("{known}*"),
            Self::Ends(known) | Self::Has(known) => format!("*{known}*"),
        }
    }

    /// The same, closer where the path's end is known: `/e` must not cover
    /// every folder that begins with that letter.
    fn wildcards(self) -> Vec<String> {
        match self {
            Self::Ends(known) => ["", "/*", "\\?*"].map(|end| format!("*{known}{end}")).to_vec(),
            path => vec![path.wildcard()],
        }
    }

    /// The last whole segment of the text that a path must have.
    pub(crate) fn marker(self) -> Option<&'static str> {
        match self {
            Self::Any | Self::Starts(_) => None,
            Self::Is(known) | Self::Under(known) | Self::Ends(known) | Self::Has(known) => {
                known.rsplit('/').next().filter(|marker| !marker.is_empty())
            }
        }
    }
}

/// Whether `rest` begins where a segment ends.
fn is_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(['/', ';'])
}

fn has(path: &str, known: &str, of: Path) -> bool {
    let open = matches!(of, Path::Starts(_));
    // What is known is short, so that preparing a search would be most of it.
    let first = known.bytes().next();
    path.bytes().enumerate().filter(|(_, byte)| Some(*byte) == first).any(|(at, _)| {
        let rest = path.get(at..).and_then(|rest| rest.strip_prefix(known));
        rest.is_some_and(|rest| open || is_end(rest))
    })
}

impl Host {
    pub fn name(self) -> &'static str {
        let (Self::Is(name) | Self::Under(name) | Self::AnyTld(name)) = self;
        name
    }

    /// The hosts with `*` for what is left open.
    pub fn wildcards(self) -> Vec<String> {
        match self {
            Self::Is(name) => vec![name.to_owned()],
            Self::Under(name) => vec![name.to_owned(), format!("*.{name}")],
            Self::AnyTld(name) => vec![format!("{name}.*")],
        }
    }
}

impl<'a> Look<'a> {
    /// Whether the query has a value of that name that begins so.
    pub fn query_starts(&self, name: &str, start: &str) -> bool {
        query::first(self.address.query, name).is_some_and(|value| value.starts_with(start))
    }

    /// Whether the query has that name.
    pub fn has_query(&self, name: &str) -> bool {
        query::first(self.address.query, name).is_some()
    }

    /// The segment after the one of that name.
    pub fn segment_after(&self, name: &str) -> Option<&'a str> {
        self.address.segments().skip_while(|segment| *segment != name).nth(1)
    }
}

impl Where {
    /// What stands there.
    pub fn find(self, address: &Address<'_>) -> Option<String> {
        match self {
            Self::Nowhere => None,
            Self::Query(name) => {
                query::first(address.query, name).map(std::borrow::Cow::into_owned)
            }
            Self::Segment(at) => address.segments().nth(at).map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_ends_where_a_segment_ends() {
        for (path, text, found) in [
            (Path::Is("/tr"), "/tr", true),
            (Path::Is("/tr"), "/tr/x", false),
            (Path::Under("/act"), "/act/1", true),
            (Path::Under("/act"), "/act;x=1", true),
            (Path::Under("/act"), "/action", false),
            (Path::Starts("/api/v"), "/api/v2/pixel", true),
            (Path::Ends("/matomo.php"), "/stats/matomo.php", true),
            (Path::Ends("/matomo.php"), "/stats/matomo.phpx", false),
            (Path::Has("/b/ss"), "/x/b/ss/rsid/1", true),
            (Path::Has("/b/ss"), "/b/sss/b/ss", true),
            (Path::Has("/b/ss"), "/b/sss", false),
        ] {
            assert_eq!(path.takes(text, false), found, "{path:?} {text}");
        }
        assert!(Path::Is("/tr").takes("/folder/tr", true));
        assert!(Path::Under("/events").takes("/capi/events/1", true));
    }

    #[test]
    fn a_known_end_is_no_beginning() {
        const HOSTS: &[Host] = &[Host::Is("a.example")];
        let route = on(HOSTS, Path::Ends("/e"), Endpoint::Event, Answer::Empty);
        assert_eq!(
            route.patterns(),
            ["*://a.example*/e", "*://a.example*/e/*", "*://a.example*/e\\?*"]
        );
    }

    #[test]
    fn a_marker_is_a_whole_segment() {
        assert_eq!(Path::Has("/b/ss").marker(), Some("ss"));
        assert_eq!(Path::Ends("/matomo.php").marker(), Some("matomo.php"));
        assert_eq!(Path::Starts("/api/v").marker(), None);
    }
}

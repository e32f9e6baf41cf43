//! Asks the right vendors about a request: by host first, then by path.
//!
//! It holds no state of an input; see `dedup` for what spans requests.

use std::collections::{BTreeMap, HashMap};

use crate::model::call::Call;
use crate::model::hit::{Decoded, DecodedEvent, Hit, HitKind};
use crate::model::request::{Outcome, Request};
use crate::model::vendor::{CalledEvent, StubResponse, WireRequest};
use crate::vendors::VENDORS;
use crate::vendors::custom::{CompiledVendor, CustomVendor};
use crate::vendors::frame::answer::{Answer, respond};
use crate::vendors::frame::dedup::Deduplicator;
use crate::vendors::frame::draft::{Draft, nothing};
use crate::vendors::frame::known::{KNOWN, Known};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Host, Vendor, Via};
use crate::wire::address::Address;

type Vendors = Vec<&'static Vendor>;

/// All vendors: the built-in ones, those that the user defined, and the
/// first-party hosts that the user named. Made once, shared by everything.
#[derive(Debug, Default)]
pub struct Registry {
    index: Index,
    /// First-party hosts (`host` or `host:port`).
    configured: HashMap<String, Vendors>,
    custom: Vec<CompiledVendor>,
}

/// What other layers need to know of a vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VendorInfo<'a> {
    pub slug: &'a str,
    pub name: &'a str,
    /// Where the vendor documents its pixel; empty for a user's own.
    pub docs: &'a str,
    /// Whether events may wait in the library and leave together.
    pub batches: bool,
    /// Events that the library sends by itself, without a page-side call.
    pub automatic: Automatic<'a>,
}

/// Names of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Automatic<'a> {
    BuiltIn(&'static [&'static str]),
    Own(&'a [String]),
}

impl Automatic<'_> {
    pub fn contains(&self, event: &str) -> bool {
        match self {
            Self::BuiltIn(names) => names.contains(&event),
            Self::Own(names) => names.iter().any(|name| name == event),
        }
    }
}

#[derive(Debug)]
struct Index {
    exact: HashMap<&'static str, Vendors>,
    under: HashMap<&'static str, Vendors>,
    any_tld: HashMap<&'static str, Vendors>,
    segments: HashMap<&'static str, Vendors>,
    /// Hosts of [`KNOWN`], each with its lines.
    known: HashMap<&'static str, Vec<(Host, &'static Known)>>,
    /// Those that may be on any host.
    known_anywhere: Vec<&'static Known>,
}

enum Found<'r> {
    BuiltIn(&'static Vendor, Via, Endpoint),
    Custom(&'r CompiledVendor),
}

impl Registry {
    /// `hosts`: slug → hosts on which that vendor's endpoints also run.
    /// The error holds every problem, each naming the vendor and the field.
    pub fn new(
        custom: Vec<CustomVendor>,
        hosts: BTreeMap<String, Vec<String>>,
    ) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let mut registry = Self::default();
        for vendor in custom {
            let taken = VENDORS.iter().any(|known| known.slug == vendor.slug)
                || registry.custom.iter().any(|known| known.slug() == vendor.slug);
            if taken {
                problems.push(format!("vendor `{}`: that slug is taken already", vendor.slug));
            }
            match CompiledVendor::new(vendor) {
                Ok(vendor) => registry.custom.push(vendor),
                Err(found) => problems.extend(found),
            }
        }
        for (slug, hosts) in hosts {
            let Some(vendor) = VENDORS.iter().find(|vendor| vendor.slug == slug) else {
                let known: Vec<_> = VENDORS.iter().map(|vendor| vendor.slug).collect();
                let near = known
                    .iter()
                    .map(|name| (strsim::jaro_winkler(name, &slug), name))
                    .filter(|(likeness, _)| *likeness > 0.75)
                    .max_by(|a, b| a.0.total_cmp(&b.0))
                    .map_or(String::new(), |(_, name)| format!(", did you mean `{name}`"));
                let known = known.join(", ");
                problems.push(format!(
                    "hosts of `{slug}`: there is no such vendor, expected one of {known}{near}"
                ));
                continue;
            };
            for host in hosts {
                match configured_host(&host) {
                    Ok(host) => registry.configured.entry(host).or_default().push(vendor),
                    Err(problem) => problems.push(format!("host `{host}` of `{slug}`: {problem}")),
                }
            }
        }
        if problems.is_empty() { Ok(registry) } else { Err(problems) }
    }

    /// What one request is, judged alone.
    pub fn decode(&self, request: &WireRequest<'_>) -> Decoded {
        if request.method.eq_ignore_ascii_case("OPTIONS") {
            return nothing(Vec::new());
        }
        let Some(address) = Address::parse(request.url) else {
            return nothing(Vec::new());
        };
        let mut decoded = nothing(Vec::new());
        self.find(&address, |found| {
            decoded = match found {
                Found::Custom(vendor) => vendor.decode(&address, request),
                Found::BuiltIn(vendor, via, endpoint) => {
                    let mut draft = Draft::new(vendor, endpoint);
                    let exchange = Exchange { address: &address, via, endpoint, request };
                    (vendor.decode)(&exchange, &mut draft);
                    draft.finish()
                }
            };
            decoded.kind != HitKind::None
        });
        decoded
    }

    /// The hits of a recorded request: events and duplicates, one per account.
    /// Aux and replay requests have none. Step and call are left open. Pass
    /// each request once, in the order of sending, with its final outcome: one
    /// that was answered from a cache or by a service worker never left, so
    /// its hits are duplicates of those that the worker sends on, if any.
    pub fn hits(&self, request: &Request, dedup: &mut Deduplicator) -> Vec<Hit> {
        let wire = WireRequest {
            url: &request.url,
            method: &request.method,
            body: request.body_bytes(),
            content_type: request.header("content-type"),
            content_encoding: request.header("content-encoding"),
            headers: &request.headers,
        };
        let mut decoded = self.decode(&wire);
        if !matches!(decoded.kind, HitKind::Event | HitKind::Duplicate) {
            return Vec::new();
        }
        let kinds = if let Outcome::Local(source) = &request.outcome {
            decoded.problems.push(format!("never left the browser: answered from {source}"));
            vec![HitKind::Duplicate; decoded.events.len()]
        } else {
            dedup.mark_recorded(request, &wire, &mut decoded)
        };
        if request.body.as_ref().is_some_and(|body| !body.exact) {
            decoded.problems.push("the browser did not hand over the whole body".to_owned());
        }
        let Decoded { vendor, accounts, events, problems, .. } = decoded;
        let vendor = vendor.unwrap_or_default();
        let mut hits = Vec::new();
        for (event, kind) in events.into_iter().zip(kinds) {
            let DecodedEvent { name, account, params } = event;
            let of = if account.is_empty() && !accounts.is_empty() {
                accounts.clone()
            } else {
                vec![account]
            };
            for account in of {
                hits.push(Hit {
                    request: request.id,
                    index: hits.len() as u32,
                    vendor: vendor.clone(),
                    account,
                    event: name.clone(),
                    kind,
                    params: params.clone(),
                    step: None,
                    call: None,
                    problems: problems.clone(),
                });
            }
        }
        hits
    }

    /// The vendor whose endpoint this URL is: to be stubbed, also where it
    /// cannot be decoded. `None` for every vendor's libraries and
    /// configuration, which always load.
    pub fn pixel_of(&self, url: &str) -> Option<&str> {
        let address = Address::parse(url)?;
        let mut slug = None;
        self.find(&address, |found| {
            slug = Some(match found {
                Found::BuiltIn(vendor, ..) => vendor.slug,
                Found::Custom(vendor) => vendor.slug(),
            });
            true
        });
        slug.or_else(|| self.index.known(&address).map(|known| known.slug))
    }

    /// `Fetch.RequestPattern.urlPattern` wildcards that cover every URL for
    /// which [`Registry::pixel_of`] gives a vendor, and some others.
    pub fn fetch_patterns(&self) -> Vec<String> {
        let mut patterns: Vec<String> = VENDORS
            .iter()
            .flat_map(|vendor| vendor.patterns)
            .map(|pattern| (*pattern).to_owned())
            .collect();
        for (host, vendors) in &self.configured {
            let any_port = host.ends_with(']') || !host.contains(':');
            for path in vendors.iter().flat_map(|vendor| vendor.paths) {
                patterns.push(format!("*://{host}{path}"));
                if any_port {
                    patterns.push(format!("*://{host}:*{path}"));
                }
            }
        }
        patterns.extend(self.custom.iter().flat_map(CompiledVendor::fetch_patterns));
        patterns.extend(KNOWN.iter().flat_map(Known::patterns));
        patterns.sort_unstable();
        patterns.dedup();
        patterns
    }

    /// What that vendor would answer. An unknown slug gets 204.
    pub fn stub(&self, slug: &str, request: &WireRequest<'_>) -> StubResponse {
        let mut answer = Answer::NoContent;
        if let Some(address) = Address::parse(request.url) {
            if let Some(known) = self.index.known(&address).filter(|known| known.slug == slug) {
                answer = known.answer;
            }
            self.find(&address, |found| match found {
                Found::BuiltIn(vendor, via, endpoint) if vendor.slug == slug => {
                    let exchange = Exchange { address: &address, via, endpoint, request };
                    answer = (vendor.answer)(&exchange);
                    true
                }
                Found::Custom(vendor) if vendor.slug() == slug => {
                    answer = if request.method.eq_ignore_ascii_case("GET") {
                        Answer::Gif
                    } else {
                        Answer::NoContent
                    };
                    true
                }
                _ => false,
            });
        }
        respond(answer, request)
    }

    /// The vendor events that a page-side call asks for.
    pub fn calls(&self, call: &Call) -> Vec<CalledEvent> {
        VENDORS.iter().flat_map(|vendor| (vendor.calls)(call)).collect()
    }

    pub fn vendor(&self, slug: &str) -> Option<VendorInfo<'_>> {
        self.vendors().find(|vendor| vendor.slug == slug)
    }

    /// Built-in vendors first, then the user's own.
    pub fn vendors(&self) -> impl Iterator<Item = VendorInfo<'_>> {
        let own = self.custom.iter().map(CompiledVendor::info);
        VENDORS
            .iter()
            .map(|vendor| VendorInfo {
                slug: vendor.slug,
                name: vendor.name,
                docs: vendor.docs,
                batches: vendor.batches,
                automatic: Automatic::BuiltIn(vendor.automatic),
            })
            .chain(own)
    }

    /// Passes every vendor that takes the address for an endpoint to `accept`,
    /// until one is accepted. The user's own definitions come first, so that
    /// a page's private use of a known path can be told what it is.
    fn find<'r>(&'r self, address: &Address<'_>, mut accept: impl FnMut(Found<'r>) -> bool) {
        for vendor in &self.custom {
            if vendor.matches(address) && accept(Found::Custom(vendor)) {
                return;
            }
        }
        let mut ask = |vendor: &'static Vendor, via| {
            (vendor.endpoint)(address, via)
                .is_some_and(|endpoint| accept(Found::BuiltIn(vendor, via, endpoint)))
        };
        let host = &*address.host;
        if !self.configured.is_empty() {
            let with_port = address.port.map(|port| format!("{host}:{port}"));
            let named = [Some(host), with_port.as_deref()].into_iter().flatten();
            for vendor in named.filter_map(|name| self.configured.get(name)).flatten() {
                if ask(vendor, Via::Configured) {
                    return;
                }
            }
        }
        // A vendor's servers listen on the usual port only.
        let usual_port = address.port.is_none_or(|port| matches!(port, "443" | "80"));
        if usual_port && self.index.of_host(host, |vendor| ask(vendor, Via::Own)) {
            return;
        }
        for segment in address.segments().take(12) {
            for vendor in self.index.segments.get(segment).into_iter().flatten() {
                if ask(vendor, Via::FirstParty) {
                    return;
                }
            }
        }
    }
}

impl Default for Index {
    fn default() -> Self {
        let mut index = Self {
            exact: HashMap::new(),
            under: HashMap::new(),
            any_tld: HashMap::new(),
            segments: HashMap::new(),
            known: HashMap::new(),
            known_anywhere: KNOWN.iter().filter(|known| known.hosts.is_empty()).collect(),
        };
        for known in KNOWN {
            for host in known.hosts {
                let (Host::Is(name) | Host::Under(name) | Host::AnyTld(name)) = *host;
                index.known.entry(name).or_default().push((*host, known));
            }
        }
        for vendor in VENDORS {
            for host in vendor.hosts {
                let (map, name) = match *host {
                    Host::Is(name) => (&mut index.exact, name),
                    Host::Under(name) => (&mut index.under, name),
                    Host::AnyTld(name) => (&mut index.any_tld, name),
                };
                map.entry(name).or_default().push(*vendor);
            }
            for segment in vendor.first_party {
                index.segments.entry(segment).or_default().push(vendor);
            }
        }
        index
    }
}

impl Index {
    /// The endpoint of a vendor without a decoder.
    fn known(&self, address: &Address<'_>) -> Option<&'static Known> {
        let host = &*address.host;
        let of = |name: &str, fits: fn(&Host) -> bool| {
            let lines = self.known.get(name).into_iter().flatten();
            lines
                .filter(|(host, _)| fits(host))
                .map(|(_, known)| *known)
                .find(|known| known.takes(address))
        };
        let usual_port = address.port.is_none_or(|port| matches!(port, "443" | "80"));
        let by_host = || {
            of(host, |host| matches!(host, Host::Is(_)))
                .or_else(|| {
                    let parents = std::iter::successors(Some(host), |host| {
                        host.split_once('.').map(|(_, parent)| parent)
                    });
                    parents
                        .take(20)
                        .find_map(|parent| of(parent, |host| matches!(host, Host::Under(_))))
                })
                .or_else(|| {
                    without_tld(host)
                        .into_iter()
                        .find_map(|name| of(name, |host| matches!(host, Host::AnyTld(_))))
                })
        };
        let found = if usual_port { by_host() } else { None };
        found.or_else(|| self.known_anywhere.iter().copied().find(|known| known.takes(address)))
    }

    /// True when `ask` accepted a vendor of this host.
    fn of_host(&self, host: &str, mut ask: impl FnMut(&'static Vendor) -> bool) -> bool {
        let mut any =
            |vendors: Option<&Vendors>| vendors.into_iter().flatten().any(|vendor| ask(vendor));
        if any(self.exact.get(host)) {
            return true;
        }
        let mut parent = host;
        loop {
            if any(self.under.get(parent)) {
                return true;
            }
            match parent.split_once('.') {
                Some((_, rest)) => parent = rest,
                None => break,
            }
        }
        without_tld(host).into_iter().any(|name| any(self.any_tld.get(name)))
    }
}

/// `www.google.co.uk` → `www.google.co`, `www.google`. Only endings that are a
/// country's domain, `com`, or two short labels count, so that `www.google` is
/// never found in `www.google.evil.test`.
fn without_tld(host: &str) -> impl IntoIterator<Item = &str> {
    let mut names = [None, None];
    if let Some((name, tld)) = host.rsplit_once('.')
        && (tld.len() == 2 || tld == "com")
    {
        names[0] = Some(name);
        if let Some((name, second)) = name.rsplit_once('.')
            && tld.len() == 2
            && matches!(second, "co" | "com")
        {
            names[1] = Some(name);
        }
    }
    names.into_iter().flatten()
}

fn configured_host(host: &str) -> Result<String, &'static str> {
    if host.contains("://") || host.contains('/') {
        return Err("expected a host name such as `metrics.shop.example`, without scheme and path");
    }
    if host.contains('*') {
        return Err("expected one host name, found a wildcard");
    }
    match Address::parse(&format!("https://{host}/")) {
        Some(address) if !host.contains([' ', '@', '?', '#', '\\']) => {
            // A browser leaves these two out of its URLs.
            let port = address.port.filter(|port| !matches!(*port, "443" | "80"));
            Ok(port.map_or_else(
                || address.host.to_string(),
                |port| format!("{}:{port}", address.host),
            ))
        }
        _ => Err("expected a host name such as `metrics.shop.example`"),
    }
}

#[cfg(test)]
mod tests;

//! Asks the right vendors about a request: by host first, then by path.
//!
//! It holds no state of an input; see `dedup` for what spans requests.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};

use foldhash::fast::FixedState;

use crate::model::call::Call;
use crate::model::hit::{Hit, HitKind, Param};
use crate::model::request::{Outcome, Request};
use crate::model::vendor::{CalledEvent, Load, StubResponse, WireRequest};
use crate::vendors::VENDORS;
use crate::vendors::custom::{CompiledVendor, CustomVendor};
use crate::vendors::frame::answer::{Answer, respond};
use crate::vendors::frame::decoded::{Decoded, DecodedEvent};
use crate::vendors::frame::dedup::Deduplicator;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::probe::Probes;
use crate::vendors::frame::route::{Host, Hosts, Library, Look, Path, Route};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Names, Vendor, Via};
use crate::wire::address::Address;
use crate::wire::compress;

/// Keys are the table's own names and hosts from URLs; nobody gains by
/// choosing them, since the table does not grow.
type Map<K, V> = HashMap<K, V, FixedState>;

/// All vendors: the built-in ones, those that the user defined, and the
/// first-party hosts that the user named. Made once, shared by everything.
#[derive(Debug, Default)]
pub struct Registry {
    index: Index,
    /// First-party hosts (`host` or `host:port`).
    configured: HashMap<String, Vec<&'static Vendor>>,
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
    /// Events that leave with the page, and no sooner.
    pub leaving: &'static [&'static str],
    /// Whether calls that ask for its events are watched.
    pub is_watched: bool,
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

/// A vendor's route, or one of its libraries, on a host.
struct Line<T: 'static> {
    host: Host,
    vendor: &'static Vendor,
    entry: &'static T,
}

struct Index {
    hosts: Map<&'static str, Vec<Line<Route>>>,
    libraries: Map<&'static str, Vec<Line<Library>>>,
    /// By slug.
    names: Map<&'static str, Names>,
    /// Routes on any host, by the last whole segment of their path.
    anywhere: Map<&'static str, Vec<Line<Route>>>,
    /// Routes on any host whose path has no such segment. All of them are
    /// asked about every other request, so there should be few.
    open: Vec<Line<Route>>,
}

#[derive(Clone, Copy)]
enum Found<'r> {
    BuiltIn(&'static Vendor, Via, &'static Route),
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

    /// What one request is, judged alone. Nothing is copied that the request
    /// itself holds, so the answer is handed to `then`.
    pub fn decode<R>(&self, request: &WireRequest<'_>, then: impl FnOnce(Decoded<'_>) -> R) -> R {
        let preflight = request.method.eq_ignore_ascii_case("OPTIONS");
        let Some(address) = Address::parse(request.url).filter(|_| !preflight) else {
            return then(Decoded::nothing(Vec::new()));
        };
        let body = Body::new(request);
        let mut decoded = None;
        self.find(&address, Some(&body), |found| {
            let read = match found {
                Found::Custom(vendor) => vendor.decode(&address, request),
                Found::BuiltIn(vendor, via, route) => {
                    let (bytes, problem) = body.unpacked();
                    // A bare address is somebody who looks, or a script's start.
                    if route.kind == Endpoint::Event
                        && !route.bare
                        && bytes.is_empty()
                        && request.method.eq_ignore_ascii_case("GET")
                        && address.is_bare()
                    {
                        return false;
                    }
                    let Some(names) = self.index.names.get(vendor.slug) else { return false };
                    let mut draft = Draft::new(vendor, names, route.kind);
                    if let Some(problem) = problem {
                        draft.problem(problem);
                    }
                    let exchange = Exchange { address: &address, via, route, request, body: bytes };
                    (vendor.decode)(&exchange, &mut draft);
                    draft.finish()
                }
            };
            let taken = read.kind != HitKind::None;
            if taken {
                decoded = Some(read);
            }
            taken
        });
        then(decoded.unwrap_or_else(|| Decoded::nothing(Vec::new())))
    }

    /// [`Registry::decode`] for those who keep the answer.
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method itself is not general enough over its lifetimes"
    )]
    pub fn decode_owned(&self, request: &WireRequest<'_>) -> Decoded<'static> {
        self.decode(request, |decoded| decoded.into_owned())
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
        self.decode(&wire, |decoded| hits_of(request, &wire, decoded, dedup))
    }

    /// The vendor whose endpoint this request goes to: to be stubbed, also
    /// where it cannot be decoded. `None` for every vendor's libraries and
    /// configuration, which always load.
    pub fn pixel(&self, request: &WireRequest<'_>) -> Option<&str> {
        self.found(request.url, Some(&Body::new(request))).map(Found::slug)
    }

    /// [`Registry::pixel`] by the URL alone.
    pub fn pixel_of(&self, url: &str) -> Option<&str> {
        self.found(url, None).map(Found::slug)
    }

    fn found(&self, url: &str, body: Option<&Body<'_>>) -> Option<Found<'_>> {
        let address = Address::parse(url)?;
        let mut first = None;
        self.find(&address, body, |found| {
            first = Some(found);
            true
        });
        first
    }

    /// The load of a vendor's file that a recorded request is.
    pub fn load(&self, request: &Request) -> Option<Load> {
        let address = Address::parse(&request.url)?;
        let (vendor, library) = self.library(&address)?;
        Some(Load {
            request: request.id,
            vendor: vendor.slug.to_owned(),
            account: library.account.find(&address),
            version: library.version.find(&address),
            status: request.response.as_ref().map(|response| response.status),
        })
    }

    /// The vendor whose library or configuration this URL is. Several vendors
    /// may share a file; the first in the table counts.
    pub fn library_of(&self, url: &str) -> Option<&'static str> {
        self.library(&Address::parse(url)?).map(|(vendor, _)| vendor.slug)
    }

    /// Whether a script at this URL may be the vendor's library, on whatever
    /// host: sites serve copies of their own.
    pub fn may_be_library(&self, slug: &str, url: &str) -> bool {
        let Some(vendor) = VENDORS.iter().find(|vendor| vendor.slug == slug) else { return false };
        Address::parse(url).is_some_and(|address| {
            // Where any file of a host is the library, its path proves nothing.
            let mut named = vendor.libraries.iter().filter(|it| !matches!(it.path, Path::Any));
            named.any(|library| library.path.takes(address.bare_path(), false))
        })
    }

    /// What tells where an event of that vendor got lost.
    pub fn probes(&self, slug: &str) -> &'static Probes {
        VENDORS
            .iter()
            .find(|vendor| vendor.slug == slug)
            .map_or(&Probes::NONE, |vendor| &vendor.probes)
    }

    fn library(&self, address: &Address<'_>) -> Option<(&'static Vendor, &'static Library)> {
        let mut found = None;
        of_host(&self.index.libraries, &address.host, |line| {
            let taken = line.entry.path.takes(address.bare_path(), false);
            if taken {
                found = Some((line.vendor, line.entry));
            }
            taken
        });
        found
    }

    /// `Fetch.RequestPattern.urlPattern` wildcards that cover every URL for
    /// which [`Registry::pixel`] gives a vendor, and some others.
    pub fn fetch_patterns(&self) -> Vec<String> {
        let routes = || VENDORS.iter().flat_map(|vendor| vendor.routes);
        let mut patterns: Vec<String> = routes().flat_map(Route::patterns).collect();
        for (host, vendors) in &self.configured {
            let any_port = host.ends_with(']') || !host.contains(':');
            for route in vendors.iter().flat_map(|vendor| vendor.routes) {
                let path = match route.path {
                    Path::Any => "/*".to_owned(),
                    path => format!("*{}", path.wildcard()),
                };
                patterns.push(format!("*://{host}{path}"));
                if any_port {
                    patterns.push(format!("*://{host}:*{path}"));
                }
            }
        }
        patterns.extend(self.custom.iter().flat_map(CompiledVendor::fetch_patterns));
        patterns.sort_unstable();
        patterns.dedup();
        patterns
    }

    /// What the endpoint would answer; 204 where nobody's is.
    pub fn stub(&self, request: &WireRequest<'_>) -> StubResponse {
        let answer = match self.found(request.url, Some(&Body::new(request))) {
            Some(Found::BuiltIn(_, _, route)) => route.answer,
            Some(Found::Custom(_)) if request.method.eq_ignore_ascii_case("GET") => Answer::Gif,
            Some(Found::Custom(_)) | None => Answer::NoContent,
        };
        respond(answer, request)
    }

    /// The vendor events that a page-side call asks for.
    pub fn calls(&self, call: &Call) -> Vec<CalledEvent> {
        VENDORS.iter().filter_map(|vendor| vendor.calls).flat_map(|calls| calls(call)).collect()
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
                leaving: vendor.leaving,
                is_watched: vendor.calls.is_some(),
            })
            .chain(own)
    }

    /// Passes every vendor that takes the address for an endpoint to `accept`,
    /// until one is accepted. The user's own definitions come first, so that
    /// a page's private use of a known path can be told what it is.
    fn find<'r>(
        &'r self,
        address: &Address<'_>,
        body: Option<&Body<'_>>,
        mut accept: impl FnMut(Found<'r>) -> bool,
    ) {
        for vendor in &self.custom {
            if vendor.matches(address) && accept(Found::Custom(vendor)) {
                return;
            }
        }
        let mut ask = |vendor: &'static Vendor, route: &'static Route, via| {
            if !route.takes(&Look { address, via }) {
                return false;
            }
            let proven = via != Via::FirstParty
                || route.body.is_none_or(|proof| body.is_some_and(|body| proof(body.unpacked().0)));
            proven && accept(Found::BuiltIn(vendor, via, route))
        };
        let host = &*address.host;
        if !self.configured.is_empty() {
            let with_port = address.port.map(|port| format!("{host}:{port}"));
            let named = [Some(host), with_port.as_deref()].into_iter().flatten();
            for vendor in named.filter_map(|name| self.configured.get(name)).flatten() {
                if vendor.routes.iter().any(|route| ask(vendor, route, Via::Configured)) {
                    return;
                }
            }
        }
        // A vendor's servers listen on the usual port only.
        let usual_port = address.port.is_none_or(|port| matches!(port, "443" | "80"));
        let mut own = |line: &Line<Route>| ask(line.vendor, line.entry, Via::Own);
        if usual_port && of_host(&self.index.hosts, host, &mut own) {
            return;
        }
        for segment in address.segments().take(12) {
            // What follows a semicolon belongs to no folder's name.
            let segment = segment.split([';']).next().unwrap_or_default();
            for line in self.index.anywhere.get(segment).into_iter().flatten() {
                if ask(line.vendor, line.entry, Via::FirstParty) {
                    return;
                }
            }
        }
        self.index.open.iter().any(|line| ask(line.vendor, line.entry, Via::FirstParty));
    }
}

/// One hit per event and account.
fn hits_of(
    request: &Request,
    wire: &WireRequest<'_>,
    mut decoded: Decoded<'_>,
    dedup: &mut Deduplicator,
) -> Vec<Hit> {
    if !matches!(decoded.kind, HitKind::Event | HitKind::Duplicate) {
        return Vec::new();
    }
    let kinds = if let Outcome::Local(source) = &request.outcome {
        decoded.problems.push(format!("never left the browser: answered from {source}"));
        vec![HitKind::Duplicate; decoded.events.len()]
    } else {
        dedup.mark_recorded(request, wire, &mut decoded)
    };
    if request.body.as_ref().is_some_and(|body| !body.exact) {
        decoded.problems.push("the browser did not hand over the whole body".to_owned());
    }
    let Decoded { vendor, accounts, events, problems, .. } = decoded;
    let vendor = vendor.unwrap_or_default();
    let mut hits = Vec::new();
    for (event, kind) in events.into_iter().zip(kinds) {
        let DecodedEvent { name, account, params } = event;
        let params: Vec<Param> = params.into_iter().map(Param::from).collect();
        let of = if account.is_empty() && !accounts.is_empty() { &*accounts } else { &[account] };
        for account in of {
            hits.push(Hit {
                request: request.id,
                index: hits.len() as u32,
                vendor: vendor.to_string(),
                account: account.to_string(),
                event: name.to_string(),
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

impl<'r> Found<'r> {
    fn slug(self) -> &'r str {
        match self {
            Self::BuiltIn(vendor, ..) => vendor.slug,
            Self::Custom(vendor) => vendor.slug(),
        }
    }
}

/// A request's body, unpacked when somebody looks at it.
struct Body<'a> {
    request: &'a WireRequest<'a>,
    unpacked: OnceCell<(Cow<'a, [u8]>, Option<String>)>,
}

impl<'a> Body<'a> {
    fn new(request: &'a WireRequest<'a>) -> Self {
        Self { request, unpacked: OnceCell::new() }
    }

    /// The bytes, and what kept them from being unpacked.
    fn unpacked(&self) -> (&[u8], Option<&str>) {
        let (bytes, problem) = self.unpacked.get_or_init(|| {
            let packed = self.request.body;
            match compress::unpack(packed, self.request.content_encoding) {
                Ok(bytes) => (bytes, None),
                Err(error) => (Cow::Borrowed(&b""[..]), Some(format!("body {error}"))),
            }
        });
        (bytes, problem.as_deref())
    }
}

impl std::fmt::Debug for Index {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Index").finish_non_exhaustive()
    }
}

impl Default for Index {
    fn default() -> Self {
        let mut index = Self {
            hosts: Map::default(),
            libraries: Map::default(),
            names: VENDORS.iter().map(|vendor| (vendor.slug, Names::of(vendor))).collect(),
            anywhere: Map::default(),
            open: Vec::new(),
        };
        for vendor in VENDORS {
            for entry in vendor.routes {
                match entry.hosts {
                    Hosts::On(hosts) => add(&mut index.hosts, hosts, vendor, entry),
                    Hosts::Anywhere => {
                        let line = Line { host: Host::Is(""), vendor, entry };
                        match entry.path.marker() {
                            Some(marker) => index.anywhere.entry(marker).or_default().push(line),
                            None => index.open.push(line),
                        }
                    }
                    Hosts::Configured => {}
                }
            }
            for library in vendor.libraries {
                add(&mut index.libraries, library.hosts, vendor, library);
            }
        }
        index
    }
}

fn add<T>(
    map: &mut Map<&'static str, Vec<Line<T>>>,
    hosts: &[Host],
    vendor: &'static Vendor,
    entry: &'static T,
) {
    for host in hosts {
        map.entry(host.name()).or_default().push(Line { host: *host, vendor, entry });
    }
}

/// True when `ask` accepted a line of this host. The host itself comes first,
/// then the domains above it.
fn of_host<T>(
    map: &Map<&'static str, Vec<Line<T>>>,
    host: &str,
    mut ask: impl FnMut(&Line<T>) -> bool,
) -> bool {
    let mut of = |lines: Option<&Vec<Line<T>>>, fits: fn(Host) -> bool| {
        lines.into_iter().flatten().filter(|line| fits(line.host)).any(&mut ask)
    };
    let is_under = |host| matches!(host, Host::Under(_));
    let own = map.get(host);
    if of(own, |host| matches!(host, Host::Is(_))) || of(own, is_under) {
        return true;
    }
    // No vendor has a whole top-level domain.
    let dots = host.bytes().enumerate().filter(|(_, byte)| *byte == b'.').map(|(at, _)| at);
    let parents = dots.map(|at| &host[at + 1..]).filter(|parent| parent.contains(['.']));
    if parents.into_iter().any(|parent| of(map.get(parent), is_under)) {
        return true;
    }
    let any_tld = |host| matches!(host, Host::AnyTld(_));
    without_tld(host).into_iter().any(|name| of(map.get(name), any_tld))
}

/// `www.google.co.uk` → `www.google.co`, `www.google`. Only endings that are a
/// country's domain, `com`, or two short labels count, so that `www.google` is
/// never found in `www.google.evil.test`.
fn without_tld(host: &str) -> impl IntoIterator<Item = &str> {
    let mut names = [None, None];
    if let Some((name, tld)) = host.rsplit_once(['.'])
        && (tld.len() == 2 || tld == "com")
    {
        names[0] = Some(name);
        if let Some((name, second)) = name.rsplit_once(['.'])
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

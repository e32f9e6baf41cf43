//! The shape of a vendor: a static table with a few functions.

use serde_json::Value;

use crate::model::call::Call;
use crate::model::hit::{DecodedEvent, Param, ParamClass};
use crate::model::vendor::{CalledEvent, WireRequest};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::wire::address::Address;

/// One vendor. Texts are plain English; `docs` is the public documentation.
pub struct Vendor {
    /// Names it in scenarios, snapshots and configuration. Never changes.
    pub slug: &'static str,
    pub name: &'static str,
    pub docs: &'static str,
    /// Where its own endpoints are. Only requests to these hosts, to hosts
    /// configured as its own, and to paths named in `first_party` reach it.
    pub hosts: &'static [Host],
    /// A path segment equal to one of these makes any host worth a look:
    /// server-side tagging runs on the shop's own hosts.
    pub first_party: &'static [&'static str],
    /// `Fetch.RequestPattern` wildcards that cover every URL for which
    /// `endpoint` gives something, as narrow as they can be.
    pub patterns: &'static [&'static str],
    /// The same for configured hosts, from the path on.
    pub paths: &'static [&'static str],
    /// Sorted by wire name, each name once.
    pub params: &'static [ParamSpec],
    /// Families of names; the first that fits counts.
    pub groups: &'static [Group],
    /// What the URL alone tells. `None` for the vendor's libraries and
    /// configuration, which always load, and for what is not the vendor's.
    pub endpoint: fn(&Address<'_>, Via) -> Option<Endpoint>,
    /// Reads the request into the draft, whose kind is the endpoint's.
    pub decode: fn(&Exchange<'_>, &mut Draft),
    /// What another event endpoint's copy of the event shares with it, or
    /// `None` when the library sends none, or a copy cannot be told. Only for
    /// copies that the library itself makes: two tags that send one event to
    /// two places are a fault that must be seen.
    pub twin: fn(&DecodedEvent) -> Option<String>,
    /// What the endpoint would answer.
    pub answer: fn(&Exchange<'_>) -> Answer,
    /// Events that a page-side call asks for.
    pub calls: fn(&Call) -> Vec<CalledEvent>,
    /// Whether events may wait in the library and leave together.
    pub batches: bool,
    /// Events that the library sends by itself, without a page-side call.
    pub automatic: &'static [&'static str],
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

/// How a request found its vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// One of the vendor's hosts.
    Own,
    /// A host that the user named as the vendor's.
    Configured,
    /// Any other host, by a path segment: the request must prove more.
    FirstParty,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    Event,
    /// Carries only what another endpoint carries as well.
    Duplicate,
    Aux,
    Replay,
}

/// A request that a vendor is asked about.
pub struct Exchange<'a> {
    pub address: &'a Address<'a>,
    pub via: Via,
    pub endpoint: Endpoint,
    pub request: &'a WireRequest<'a>,
}

/// A known parameter.
#[derive(Debug)]
pub struct ParamSpec {
    pub wire: &'static str,
    /// Empty: it has no common name.
    pub canonical: &'static str,
    pub class: ParamClass,
}

/// A family of parameters: `cd[` … `]`, `ep.` ….
#[derive(Debug)]
pub struct Group {
    pub prefix: &'static str,
    pub suffix: &'static str,
    pub class: ParamClass,
    /// Whether what stands between is the canonical name.
    pub named: bool,
}

/// A line of a parameter table.
pub const fn param(wire: &'static str, canonical: &'static str, class: ParamClass) -> ParamSpec {
    ParamSpec { wire, canonical, class }
}

/// A line of a table of families.
pub const fn group(
    prefix: &'static str,
    suffix: &'static str,
    class: ParamClass,
    named: bool,
) -> Group {
    Group { prefix, suffix, class, named }
}

impl Vendor {
    /// A parameter with its common name and class. An unknown one is
    /// environment: what a library adds tomorrow must not fail a run, while
    /// everything that a page can set by itself stands in a group.
    pub fn param(&self, wire: String, value: Value) -> Param {
        let (canonical, class) = self.classify(&wire);
        Param { canonical: canonical.map(str::to_owned), class, wire, value }
    }

    fn classify<'a>(&self, wire: &'a str) -> (Option<&'a str>, ParamClass)
    where
        'static: 'a,
    {
        if let Ok(at) = self.params.binary_search_by(|spec| spec.wire.cmp(wire))
            && let Some(spec) = self.params.get(at)
        {
            return ((!spec.canonical.is_empty()).then_some(spec.canonical), spec.class);
        }
        for group in self.groups {
            let inner = wire
                .strip_prefix(group.prefix)
                .and_then(|rest| rest.strip_suffix(group.suffix))
                .filter(|inner| !inner.is_empty());
            if let Some(inner) = inner {
                return (group.named.then_some(inner), group.class);
            }
        }
        (None, ParamClass::Environment)
    }
}

/// For vendors whose library sends an event to one event endpoint only.
pub fn no_twin(_: &DecodedEvent) -> Option<String> {
    None
}

//! The shape of a vendor: a static table with a few functions.

use std::collections::HashMap;
use std::ops::Range;

use foldhash::fast::FixedState;

use crate::model::call::Call;
use crate::model::hit::ParamClass;
use crate::model::vendor::{CalledEvent, WireRequest};
use crate::vendors::frame::decoded::DecodedEvent;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::fields::Fields;
use crate::vendors::frame::probe::Probes;
use crate::vendors::frame::route::{Library, Route};
use crate::wire::address::Address;
use crate::wire::base64;

/// One vendor. Texts are plain English; `docs` is the public documentation.
/// A table begins with its own lines and ends with `..Vendor::BASE`.
pub struct Vendor {
    /// Names it in scenarios, snapshots and configuration. Never changes.
    pub slug: &'static str,
    pub name: &'static str,
    pub docs: &'static str,
    /// What a reader of `pixelproof vendors --explain` should know: how
    /// accounts and events are found, what an event without a name of its own
    /// is called, which of the requests are copies.
    pub notes: &'static str,
    /// Where its endpoints are. The first route that takes a request counts.
    pub routes: &'static [Route],
    /// Files that always load: the library itself, its configuration.
    pub libraries: &'static [Library],
    /// Sorted by wire name, each name once.
    pub params: &'static [ParamSpec],
    /// Families of names; the first that fits counts.
    pub groups: &'static [Group],
    /// Reads the request into the draft, whose kind is the route's.
    pub decode: for<'a> fn(&Exchange<'a>, &mut Draft<'a>),
    /// What another event endpoint's copy of the event shares with it, or
    /// `None` when the library sends none, or a copy cannot be told. Only for
    /// copies that the library itself makes: two tags that send one event to
    /// two places are a fault that must be seen.
    pub twin: fn(&DecodedEvent<'_>) -> Option<String>,
    /// The parameter with an id that the library makes for each event, and by
    /// which the vendor counts once what the library sends again: after a
    /// failure, or because the page was left before the answer came.
    pub message_id: Option<&'static str>,
    /// Events that a page-side call asks for; `None` where no call of the
    /// vendor's is watched.
    pub calls: Option<fn(&Call) -> Vec<CalledEvent>>,
    /// Whether events may wait in the library and leave together.
    pub batches: bool,
    /// Events that the library sends by itself, without a page-side call.
    pub automatic: &'static [&'static str],
    /// Those of them that leave with the page, and no sooner.
    pub leaving: &'static [&'static str],
    /// What tells where an event got lost.
    pub probes: Probes,
}

/// A vendor's table of parameters, made ready to be asked.
#[derive(Debug)]
pub struct Names {
    specs: HashMap<&'static str, &'static ParamSpec, FixedState>,
    groups: &'static [Group],
    /// Whether a family's names begin with that byte. Most names are of none.
    begins_group: [bool; 256],
}

impl Names {
    pub fn of(vendor: &'static Vendor) -> Self {
        let begins_group = std::array::from_fn(|byte| {
            let begins = |group: &Group| {
                group.prefix.bytes().next().is_none_or(|it| usize::from(it) == byte)
            };
            vendor.groups.iter().any(begins)
        });
        Self {
            specs: vendor.params.iter().map(|spec| (spec.wire, spec)).collect(),
            groups: vendor.groups,
            begins_group,
        }
    }

    pub(crate) fn get(&self, wire: &str) -> Option<&'static ParamSpec> {
        self.specs.get(wire).copied()
    }

    /// The first family that the name is of, and where in the name stands what
    /// it calls its own.
    pub(crate) fn group(&self, wire: &str) -> Option<(&'static Group, Range<usize>)> {
        if !self.begins_group[usize::from(*wire.as_bytes().first()?)] {
            return None;
        }
        self.groups.iter().find_map(|group| {
            let inner = group.inner(wire)?;
            let start = group.prefix.len();
            Some((group, start..start + inner.len()))
        })
    }
}

impl Vendor {
    /// What most vendors are: one endpoint, no copies, no calls.
    pub const BASE: Self = Self {
        slug: "",
        name: "",
        docs: "",
        notes: "",
        routes: &[],
        libraries: &[],
        params: &[],
        groups: &[],
        decode: |_, _| {},
        twin: |_| None,
        message_id: None,
        calls: None,
        batches: false,
        automatic: &[],
        leaving: &[],
        probes: Probes::NONE,
    };
}

/// How a request found its vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// One of the vendor's hosts.
    Own,
    /// A host that the user named as the vendor's.
    Configured,
    /// Any other host, by its path: the request must prove more.
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

/// A request that a vendor is asked to read.
pub struct Exchange<'a> {
    pub address: &'a Address<'a>,
    pub via: Via,
    pub route: &'static Route,
    pub request: &'a WireRequest<'a>,
    /// The body, unpacked; empty when it could not be.
    pub body: &'a [u8],
}

impl<'a> Exchange<'a> {
    /// The query's pairs.
    pub fn query(&self) -> Fields<'a> {
        let mut fields = Fields::default();
        fields.read_query(self.address.query);
        fields
    }

    /// The pairs of the query, then those of the body: multipart or
    /// urlencoded, whatever its content type says.
    pub fn fields(&self) -> Fields<'a> {
        let mut fields = self.query();
        fields.read_body(self.body, self.request.content_type);
        fields
    }

    /// The first header of that name, compared without case.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        let mut headers = self.request.headers.iter();
        headers
            .find(|header| header.name.eq_ignore_ascii_case(name))
            .map(|header| header.value.as_str())
    }

    /// The user of HTTP's basic authentication: where some vendors' write keys
    /// stand, with an empty password.
    pub fn basic_user(&self) -> Option<String> {
        let (scheme, text) = self.header("authorization")?.trim().split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let plain = String::from_utf8(base64::decode(text.as_bytes())?).ok()?;
        let user = plain.split_once(':').map_or(&*plain, |(user, _)| user);
        (!user.is_empty()).then(|| user.to_owned())
    }

    pub fn is_event(&self) -> bool {
        matches!(self.route.kind, Endpoint::Event | Endpoint::Duplicate)
    }
}

/// A known parameter.
#[derive(Debug)]
pub struct ParamSpec {
    pub wire: &'static str,
    /// Empty: it has no common name.
    pub canonical: &'static str,
    pub class: ParamClass,
    pub kind: ParamType,
}

/// What a parameter's text means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamType {
    Text,
    Number,
    /// ISO 4217.
    Currency,
    /// `1`, `0`, `true`, `false`, `Y`, `N`.
    Flag,
    /// Milliseconds or seconds.
    Time,
    Url,
    /// A digest of something personal.
    Hash,
    /// Objects or lists, also where they are written in a text.
    Json,
}

impl ParamType {
    pub fn as_text(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Currency => "currency",
            Self::Flag => "flag",
            Self::Time => "time",
            Self::Url => "URL",
            Self::Hash => "hash",
            Self::Json => "JSON",
        }
    }
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

impl Group {
    /// What stands between the family's ends in the name. None when the name
    /// is not of the family, or nothing stands between.
    pub(crate) fn inner<'n>(&self, name: &'n str) -> Option<&'n str> {
        // Families of a vendor often begin alike, and most names are of none:
        // the last letter of the prefix tells them apart before the whole is
        // compared.
        let end = self.prefix.len();
        if end > 0 && name.as_bytes().get(end - 1) != self.prefix.as_bytes().last() {
            return None;
        }
        let inner = name.strip_prefix(self.prefix)?.strip_suffix(self.suffix)?;
        (!inner.is_empty()).then_some(inner)
    }
}

/// A line of a parameter table. The common names with a type of their own
/// (`value`, `currency`, `url`, …) bring it along.
pub const fn param(wire: &'static str, canonical: &'static str, class: ParamClass) -> ParamSpec {
    let kind = match canonical.as_bytes() {
        b"value" | b"tax" | b"shipping" | b"num_items" | b"quantity" | b"price" => {
            ParamType::Number
        }
        b"currency" => ParamType::Currency,
        b"url" | b"referrer" => ParamType::Url,
        b"items" | b"contents" | b"content_ids" => ParamType::Json,
        b"email_sha256" | b"phone_sha256" => ParamType::Hash,
        _ => ParamType::Text,
    };
    ParamSpec { wire, canonical, class, kind }
}

impl ParamSpec {
    /// The same line with another type.
    #[must_use]
    pub const fn of(self, kind: ParamType) -> Self {
        Self { kind, ..self }
    }
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

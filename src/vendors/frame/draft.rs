//! What a decoder fills, and the readers that most decoders need.

use std::borrow::Cow;

use crate::model::hit::{HitKind, ParamClass};
use crate::vendors::frame::decoded::{Decoded, DecodedEvent, Param};
use crate::vendors::frame::fields::Fields;
use crate::vendors::frame::vendor::{Endpoint, Exchange, Names, Vendor};
use crate::wire::json::{self, Json};

/// The most events that one request may hold; a body of line ends must not
/// fill the memory with copies of the shared parameters.
const MOST_EVENTS: usize = 2_000;

/// The bytes of parameters that one request may become, by the same reason.
const MOST_BYTES: usize = 32 * 1024 * 1024;

const MOST_PROBLEMS: usize = 20;

/// A decoding in the making.
#[derive(Debug)]
pub struct Draft<'a> {
    pub vendor: &'static Vendor,
    names: &'a Names,
    /// The route's; a decoder may find the request to be something else.
    pub kind: HitKind,
    pub accounts: Vec<Cow<'a, str>>,
    /// An event with an empty account is of every account.
    pub events: Vec<DecodedEvent<'a>>,
    pub problems: Vec<String>,
    full: bool,
}

impl std::fmt::Debug for Vendor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.slug)
    }
}

impl<'a> Draft<'a> {
    pub fn new(vendor: &'static Vendor, names: &'a Names, endpoint: Endpoint) -> Self {
        let kind = match endpoint {
            Endpoint::Event => HitKind::Event,
            Endpoint::Duplicate => HitKind::Duplicate,
            Endpoint::Aux => HitKind::Aux,
            Endpoint::Replay => HitKind::Replay,
        };
        Self {
            vendor,
            names,
            kind,
            // Most requests are one event of one account.
            accounts: Vec::with_capacity(1),
            events: Vec::with_capacity(1),
            problems: Vec::new(),
            full: false,
        }
    }

    /// Ends a decoding: what was to be an event and holds none is aux.
    pub fn finish(mut self) -> Decoded<'a> {
        if matches!(self.kind, HitKind::Event | HitKind::Duplicate) && self.events.is_empty() {
            self.kind = HitKind::Aux;
        }
        Decoded {
            vendor: Some(Cow::Borrowed(self.vendor.slug)),
            kind: self.kind,
            accounts: self.accounts,
            events: self.events,
            problems: self.problems,
        }
    }

    /// Says that the request is not the vendor's after all: a look-alike.
    pub fn reject(&mut self) {
        self.kind = HitKind::None;
    }

    /// Tells a problem once, and no more than a person reads.
    pub fn problem(&mut self, text: impl Into<String>) {
        let text = text.into();
        if self.problems.len() < MOST_PROBLEMS && !self.problems.contains(&text) {
            self.problems.push(text);
        }
    }

    /// Adds an event, or tells once that there are more than can be held.
    pub fn event(
        &mut self,
        name: impl Into<Cow<'a, str>>,
        account: impl Into<Cow<'a, str>>,
        params: Vec<Param<'a>>,
    ) {
        let alike = self.events.len() + 1;
        let text = |param: &Param<'_>| param.wire.len() + param.value.as_str().map_or(0, str::len);
        let heavy = alike > 16 && alike * params.iter().map(text).sum::<usize>() > MOST_BYTES;
        if !heavy && alike <= MOST_EVENTS {
            self.events.push(DecodedEvent { name: name.into(), account: account.into(), params });
        } else if !self.full {
            self.full = true;
            self.problem(format!("only the first {} events are read", self.events.len()));
        }
    }

    /// Whether an event was turned away.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// Notes an account once; an empty one is none.
    pub fn account(&mut self, account: impl Into<Cow<'a, str>>) {
        let account = account.into();
        if !account.is_empty() && !self.accounts.contains(&account) {
            self.accounts.push(account);
        }
    }

    /// Notes every account of a list.
    pub fn accounts(&mut self, list: Cow<'a, str>, separator: char) {
        match list {
            Cow::Borrowed(list) => {
                list.split(separator).for_each(|account| self.account(account.trim()));
            }
            Cow::Owned(list) => {
                for account in list.split(separator) {
                    self.account(account.trim().to_owned());
                }
            }
        }
    }

    /// The request's only account, for an event that has no other; empty when
    /// there are several or none.
    pub fn only_account(&self) -> Cow<'a, str> {
        match self.accounts.as_slice() {
            [account] => account.clone(),
            _ => Cow::Borrowed(""),
        }
    }

    /// A parameter with its common name and class. An unknown one is
    /// environment: what a library adds tomorrow must not fail a run, while
    /// everything that a page can set by itself stands in a group.
    pub fn param(&self, wire: impl Into<Cow<'a, str>>, value: impl Into<Json<'a>>) -> Param<'a> {
        self.classified(wire.into(), value.into())
    }

    fn classified(&self, wire: Cow<'a, str>, value: Json<'a>) -> Param<'a> {
        let (canonical, class) = if let Some(spec) = self.names.get(&wire) {
            let named = !spec.canonical.is_empty();
            (named.then_some(Cow::Borrowed(spec.canonical)), spec.class)
        } else if let Some((group, inner)) = self.names.group(&wire) {
            let canonical = group.named.then(|| match &wire {
                Cow::Borrowed(wire) => Cow::Borrowed(&wire[inner]),
                Cow::Owned(wire) => Cow::Owned(wire[inner].to_owned()),
            });
            (canonical, group.class)
        } else {
            (None, ParamClass::Environment)
        };
        Param { wire, value, canonical, class }
    }

    /// A parameter from text: JSON inside it becomes JSON.
    pub fn text_param(&self, wire: impl Into<Cow<'a, str>>, text: Cow<'a, str>) -> Param<'a> {
        let value = match text.as_bytes().trim_ascii_start().first() {
            Some(b'[' | b'{') => json::parse_text(text),
            _ => Json::Text(text),
        };
        self.classified(wire.into(), value)
    }

    /// Every pair as a parameter.
    pub fn params(&self, fields: Fields<'a>) -> Vec<Param<'a>> {
        fields.into_iter().map(|(wire, value)| self.text_param(wire, value)).collect()
    }

    /// Every leaf of an object as a parameter with a dotted name.
    pub fn json_params(&self, value: Json<'a>) -> Vec<Param<'a>> {
        let mut params = Vec::with_capacity(value.leaves());
        json::flatten(value, |wire, value| params.push(self.classified(wire, value)));
        params
    }

    /// A value that stands in a parameter of its own: the leaves of an object
    /// under `prefix.` names, anything else as it is.
    pub fn nested(&self, prefix: impl Into<Cow<'a, str>>, value: Json<'a>) -> Vec<Param<'a>> {
        if matches!(&value, Json::Object(members) if members.is_empty()) {
            return Vec::new();
        }
        let mut params = Vec::with_capacity(value.leaves());
        json::flatten_under(prefix.into(), value, |wire, value| {
            params.push(self.classified(wire, value));
        });
        params
    }

    /// The body as JSON. `None` with a problem when it is none.
    pub fn json(&mut self, exchange: &Exchange<'a>) -> Option<Json<'a>> {
        if exchange.body.is_empty() {
            return None;
        }
        match json::parse(exchange.body) {
            Ok(value) => Some(value),
            Err(error) => {
                self.problem(format!("body is not valid JSON: {error}"));
                None
            }
        }
    }
}

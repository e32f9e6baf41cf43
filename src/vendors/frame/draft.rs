//! What a decoder fills, and the readers that most decoders need.

use std::borrow::Cow;

use serde_json::Value;

use crate::model::hit::{Decoded, DecodedEvent, HitKind, Param};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Vendor};
use crate::wire::compress;
use crate::wire::json;
use crate::wire::multipart;
use crate::wire::query;

/// The most events that one request may hold; a body of line ends must not
/// fill the memory with copies of the shared parameters.
const MOST_EVENTS: usize = 2_000;

/// The bytes of parameters that one request may become, by the same reason.
const MOST_BYTES: usize = 32 * 1024 * 1024;

const MOST_PROBLEMS: usize = 20;

/// A decoding in the making.
#[derive(Debug)]
pub struct Draft {
    pub vendor: &'static Vendor,
    pub kind: HitKind,
    pub accounts: Vec<String>,
    /// An event with an empty account is of every account.
    pub events: Vec<DecodedEvent>,
    pub problems: Vec<String>,
    full: bool,
}

impl std::fmt::Debug for Vendor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.slug)
    }
}

impl Draft {
    pub fn new(vendor: &'static Vendor, endpoint: Endpoint) -> Self {
        let kind = match endpoint {
            Endpoint::Event => HitKind::Event,
            Endpoint::Duplicate => HitKind::Duplicate,
            Endpoint::Aux => HitKind::Aux,
            Endpoint::Replay => HitKind::Replay,
        };
        Self {
            vendor,
            kind,
            accounts: Vec::new(),
            events: Vec::new(),
            problems: Vec::new(),
            full: false,
        }
    }

    /// Ends a decoding: what was to be an event and holds none is aux.
    pub fn finish(mut self) -> Decoded {
        if matches!(self.kind, HitKind::Event | HitKind::Duplicate) && self.events.is_empty() {
            self.kind = HitKind::Aux;
        }
        Decoded {
            vendor: Some(self.vendor.slug.to_owned()),
            kind: self.kind,
            accounts: self.accounts,
            events: self.events,
            problems: self.problems,
        }
    }

    /// Tells a problem once, and no more than a person reads.
    pub fn problem(&mut self, text: impl Into<String>) {
        let text = text.into();
        if self.problems.len() < MOST_PROBLEMS && !self.problems.contains(&text) {
            self.problems.push(text);
        }
    }

    /// Adds an event, or tells once that there are more than can be held.
    pub fn event(&mut self, name: String, account: String, params: Vec<Param>) {
        let alike = self.events.len() + 1;
        let text = |param: &Param| param.wire.len() + param.value.as_str().map_or(0, str::len);
        let heavy = alike > 16 && alike * params.iter().map(text).sum::<usize>() > MOST_BYTES;
        if !heavy && alike <= MOST_EVENTS {
            self.events.push(DecodedEvent { name, account, params });
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
    pub fn account(&mut self, account: &str) {
        if !account.is_empty() && !self.accounts.iter().any(|known| known == account) {
            self.accounts.push(account.to_owned());
        }
    }

    /// A parameter from text: JSON inside it becomes JSON.
    pub fn text_param(&self, wire: impl Into<String>, text: Cow<'_, str>) -> Param {
        let value = match text.as_bytes().trim_ascii_start().first() {
            Some(b'[' | b'{') => json::parse_text(&text),
            _ => Value::String(text.into_owned()),
        };
        self.vendor.param(wire.into(), value)
    }

    /// A parameter as JSON gave it.
    pub fn json_param(&self, wire: String, value: Value) -> Param {
        self.vendor.param(wire, value)
    }

    /// The body, unpacked; empty with a problem when it cannot be.
    pub fn body<'a>(&mut self, exchange: &Exchange<'a>) -> Cow<'a, [u8]> {
        let request = exchange.request;
        match compress::unpack(request.body, request.content_encoding) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.problem(format!("body {error}"));
                Cow::Borrowed(b"")
            }
        }
    }

    /// The body as JSON. `None` with a problem when it is none.
    pub fn json_body(&mut self, exchange: &Exchange<'_>) -> Option<Value> {
        let body = self.body(exchange);
        if body.is_empty() {
            return None;
        }
        match json::parse(&body) {
            Ok(value) => Some(value),
            Err(error) => {
                self.problem(format!("body is not valid JSON: {error}"));
                None
            }
        }
    }

    /// The query's pairs, then the body's: multipart or urlencoded, whatever
    /// its content type says.
    pub fn pairs(&mut self, exchange: &Exchange<'_>) -> Vec<(String, String)> {
        let own = |(name, value): query::Pair<'_>| (name.into_owned(), value.into_owned());
        let mut pairs: Vec<_> = query::pairs(exchange.address.query.as_bytes()).map(own).collect();
        let body = self.body(exchange);
        if body.is_empty() {
            return pairs;
        }
        let content_type = exchange.request.content_type;
        if content_type.is_some_and(multipart::is_multipart) || body.starts_with(b"--") {
            let fields = multipart::fields(&body, content_type);
            if fields.is_empty() {
                self.problem("multipart body has no readable field");
            }
            pairs.extend(fields.into_iter().map(own));
        } else {
            pairs.extend(query::pairs(&body).map(own));
        }
        pairs
    }
}

/// No vendor's request.
pub fn nothing(problems: Vec<String>) -> Decoded {
    Decoded {
        vendor: None,
        kind: HitKind::None,
        accounts: Vec::new(),
        events: Vec::new(),
        problems,
    }
}

/// The first non-empty value of that name.
pub fn value_of<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs
        .iter()
        .find(|(key, value)| key == name && !value.is_empty())
        .map(|(_, value)| value.as_str())
}

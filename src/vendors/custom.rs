//! Vendors that the user defines in `pixelproof.toml`: one pattern, and where
//! account, event and parameters sit.
//!
//! ```toml
//! [[vendor]]
//! slug = "acme"
//! url = "px.acme.example/v*/collect"
//! account = "query:aid"
//! event = "json:event.name"
//! [[vendor.params]]
//! from = "json:order.total"
//! name = "value"
//! class = "business"
//! ```
//!
//! There are no scripts and no regular expressions: a vendor that needs more
//! is better written as a built-in one.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::model::hit::{HitKind, ParamClass};
use crate::model::vendor::WireRequest;
use crate::vendors::frame::decoded::{Decoded, DecodedEvent, Param};
use crate::vendors::frame::registry::{Automatic, VendorInfo};
use crate::wire::address::Address;
use crate::wire::json::{self, Json};
use crate::wire::percent::{Plus, decode};
use crate::wire::{compress, multipart, query};

/// As it stands in the file. A place is `query:NAME`, `form:NAME`,
/// `json:DOTTED.PATH`, `path:N` (segment, from 1) or `text:FIXED`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CustomVendor {
    pub slug: String,
    #[serde(default)]
    pub name: Option<String>,
    /// Host and path without scheme; `*` stands for any text. A host may
    /// begin with `*.` and may carry a port.
    pub url: String,
    /// Where the account is; hits have none without it.
    #[serde(default)]
    pub account: Option<String>,
    pub event: String,
    /// Where a list of events is (`json:PATH`). Every `json:` place is then
    /// looked for in the list's entry first, and in the whole body after.
    #[serde(default)]
    pub events: Option<String>,
    #[serde(default)]
    pub params: Vec<CustomParam>,
    /// Class of every parameter that `params` does not name.
    #[serde(default)]
    pub other: Option<CustomClass>,
    /// Whether events may wait in the library and leave together.
    #[serde(default)]
    pub batches: bool,
    /// Events that the library sends by itself.
    #[serde(default)]
    pub automatic: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CustomParam {
    pub from: String,
    /// The common name: `value`, `currency`, `order_id`, …
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub class: Option<CustomClass>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomClass {
    Identity,
    Business,
    Identifier,
    Environment,
    Transport,
}

/// The most events that one request may hold.
const MOST_EVENTS: usize = 2_000;

/// A checked definition, ready to use.
#[derive(Debug)]
pub struct CompiledVendor {
    vendor: CustomVendor,
    host: String,
    port: Option<String>,
    path: String,
    account: Option<Place>,
    event: Place,
    events: Option<String>,
    params: Vec<(Place, Option<String>, ParamClass)>,
    other: ParamClass,
}

#[derive(Debug, Clone, PartialEq)]
enum Place {
    Query(String),
    Form(String),
    Json(String),
    Path(usize),
    Text(String),
}

/// A request's readable parts.
struct Parts {
    query: Vec<(String, String)>,
    form: Vec<(String, String)>,
    json: Option<Json<'static>>,
    path: Vec<String>,
}

impl CompiledVendor {
    /// The error holds every problem of the definition.
    pub fn new(vendor: CustomVendor) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let slug = vendor.slug.clone();
        let mut problem = |field: &str, text: String| {
            problems.push(format!("vendor `{slug}`: {field}: {text}"));
        };
        let valid = |letter: char| {
            letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_' || letter == '-'
        };
        if slug.is_empty() || !slug.chars().all(valid) {
            problem("slug", "expected lower-case letters, digits, `_` or `-`".to_owned());
        }
        let (host, port, path) = match pattern(&vendor.url) {
            Ok(parts) => parts,
            Err(text) => {
                problem("url", text);
                (String::new(), None, String::new())
            }
        };
        let mut place = |field: &str, text: &str| match Place::parse(text) {
            Ok(place) => place,
            Err(text) => {
                problem(field, text);
                Place::Text(String::new())
            }
        };
        let account = vendor.account.as_deref().map(|text| place("account", text));
        let event = place("event", &vendor.event);
        let params = vendor
            .params
            .iter()
            .map(|param| {
                let from = place("params.from", &param.from);
                (from, param.name.clone(), param.class.unwrap_or(CustomClass::Business).into())
            })
            .collect();
        let events = match vendor.events.as_deref().map(|text| (text, place("events", text))) {
            None => None,
            Some((_, Place::Json(path))) => Some(path),
            Some((text, _)) => {
                problem("events", format!("expected `json:PATH`, found `{text}`"));
                None
            }
        };
        if !problems.is_empty() {
            return Err(problems);
        }
        let other = vendor.other.unwrap_or(CustomClass::Environment).into();
        Ok(Self { vendor, host, port, path, account, event, events, params, other })
    }

    pub fn slug(&self) -> &str {
        &self.vendor.slug
    }

    pub fn info(&self) -> VendorInfo<'_> {
        VendorInfo {
            slug: &self.vendor.slug,
            name: self.vendor.name.as_deref().unwrap_or(&self.vendor.slug),
            docs: "",
            batches: self.vendor.batches,
            automatic: Automatic::Own(&self.vendor.automatic),
            leaving: &[],
            is_watched: false,
        }
    }

    pub fn matches(&self, address: &Address<'_>) -> bool {
        (self.port.is_none() || self.port.as_deref() == address.port)
            && wildcard(&self.host, &address.host)
            && wildcard(&self.path, address.path)
    }

    pub fn fetch_patterns(&self) -> Vec<String> {
        let path = self.path.replace('\\', "\\\\").replace('?', "\\?");
        let hosts = match &self.port {
            Some(port) => vec![format!("{}:{port}", self.host)],
            None => vec![self.host.clone(), format!("{}:*", self.host)],
        };
        hosts
            .into_iter()
            .flat_map(|host| [format!("*://{host}{path}"), format!("*://{host}{path}\\?*")])
            .collect()
    }

    /// An event named nowhere makes the request aux, with the problem told.
    pub fn decode(&self, address: &Address<'_>, request: &WireRequest<'_>) -> Decoded<'_> {
        let mut problems = Vec::new();
        let parts = Parts::read(address, request, &mut problems);
        let mut accounts: Vec<Cow<'_, str>> = Vec::new();
        let mut events = Vec::new();
        let entries: Vec<Option<&Json<'static>>> = match (&self.events, &parts.json) {
            (Some(path), Some(body)) => {
                if let Some(Json::List(list)) = body.at(path) {
                    if list.len() > MOST_EVENTS {
                        problems.push(format!("only the first {MOST_EVENTS} events are read"));
                    }
                    list.iter().take(MOST_EVENTS).map(Some).collect()
                } else {
                    problems.push(format!("no list of events at json:{path}"));
                    Vec::new()
                }
            }
            (Some(_), None) => Vec::new(),
            (None, _) => vec![None],
        };
        for entry in entries {
            let text = |place: &Place| parts.get(place, entry).map(into_text);
            let account = self.account.as_ref().and_then(text).unwrap_or_default();
            if !account.is_empty() && !accounts.iter().any(|known| *known == account) {
                accounts.push(Cow::Owned(account.clone()));
            }
            let problem = format!("no event name at {}", self.vendor.event);
            if let Some(name) = text(&self.event).filter(|name| !name.is_empty()) {
                let params = self.params_of(&parts, entry);
                events.push(DecodedEvent { name: name.into(), account: account.into(), params });
            } else if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        Decoded {
            vendor: Some(Cow::Borrowed(&self.vendor.slug)),
            kind: if events.is_empty() { HitKind::Aux } else { HitKind::Event },
            accounts,
            events,
            problems,
        }
    }

    fn params_of(&self, parts: &Parts, entry: Option<&Json<'static>>) -> Vec<Param<'static>> {
        let mut params: Vec<Param<'static>> = Vec::new();
        let mut push = |place: Place, wire: String, value: Json<'static>| {
            let known = self.params.iter().find(|(known, ..)| *known == place);
            let identity = place == self.event || Some(&place) == self.account.as_ref();
            let (canonical, class) = match known {
                Some((_, name, class)) => (name.clone(), *class),
                None if identity => (None, ParamClass::Identity),
                None => (None, self.other),
            };
            let canonical = canonical.map(Cow::Owned);
            params.push(Param { wire: wire.into(), value, canonical, class });
        };
        for (name, value) in &parts.query {
            push(Place::Query(name.clone()), name.clone(), text_value(value));
        }
        for (name, value) in &parts.form {
            push(Place::Form(name.clone()), name.clone(), text_value(value));
        }
        let mut body = parts.json.clone();
        if let (Some(list), Some(body)) = (&self.events, &mut body) {
            body.remove(list.split('.').next().unwrap_or_default());
        }
        for value in body.into_iter().chain(entry.cloned()) {
            json::flatten(value, |wire, value| {
                let wire = wire.into_owned();
                push(Place::Json(wire.clone()), wire, value);
            });
        }
        // Places below a list are no leaves; add what was asked for by name.
        for (place, name, class) in &self.params {
            let wire = match place {
                Place::Json(path) => path.clone(),
                Place::Path(number) => format!("path:{number}"),
                Place::Text(_) | Place::Query(_) | Place::Form(_) => continue,
            };
            let missing = !params.iter().any(|param| param.wire == wire);
            if missing && let Some(value) = parts.get(place, entry) {
                let canonical = name.clone().map(Cow::Owned);
                params.push(Param { wire: wire.into(), value, canonical, class: *class });
            }
        }
        params
    }
}

impl Parts {
    fn read(address: &Address<'_>, request: &WireRequest<'_>, problems: &mut Vec<String>) -> Self {
        let own = |(name, value): query::Pair<'_>| (name.into_owned(), value.into_owned());
        let mut parts = Self {
            query: query::text_pairs(address.query).map(own).collect(),
            form: Vec::new(),
            json: None,
            path: address.segments().map(|part| decode(part, Plus::Literal).into_owned()).collect(),
        };
        let body = match compress::unpack(request.body, request.content_encoding) {
            Ok(body) => body,
            Err(error) => {
                problems.push(format!("body {error}"));
                return parts;
            }
        };
        let first = body.trim_ascii_start().first();
        if matches!(first, Some(b'{' | b'[')) {
            match json::parse_owned(&body) {
                Ok(value) => parts.json = Some(value),
                Err(error) => problems.push(format!("body is not valid JSON: {error}")),
            }
        } else if request.content_type.is_some_and(multipart::is_multipart)
            || body.starts_with(b"--")
        {
            let fields = multipart::fields(&body, request.content_type);
            parts.form = fields.into_iter().map(own).collect();
        } else {
            parts.form = query::pairs(&body).map(own).collect();
        }
        parts
    }

    fn get(&self, place: &Place, entry: Option<&Json<'static>>) -> Option<Json<'static>> {
        let named = |pairs: &[(String, String)], name: &str| {
            pairs.iter().find(|(key, _)| key == name).map(|(_, value)| text_value(value))
        };
        match place {
            Place::Query(name) => named(&self.query, name),
            Place::Form(name) => named(&self.form, name),
            Place::Json(path) => entry
                .and_then(|entry| entry.at(path))
                .or_else(|| self.json.as_ref()?.at(path))
                .cloned(),
            Place::Path(number) => {
                self.path.get(number.checked_sub(1)?).map(|part| part.clone().into())
            }
            Place::Text(text) => Some(text.clone().into()),
        }
    }
}

impl Place {
    fn parse(text: &str) -> Result<Self, String> {
        let expected = "expected `query:NAME`, `form:NAME`, `json:PATH`, `path:N` or `text:FIXED`";
        let (kind, rest) =
            text.split_once(':').ok_or_else(|| format!("found `{text}`, {expected}"))?;
        if rest.is_empty() {
            return Err(format!("nothing after `{kind}:`, {expected}"));
        }
        match kind {
            "query" => Ok(Self::Query(rest.to_owned())),
            "form" => Ok(Self::Form(rest.to_owned())),
            "json" => Ok(Self::Json(rest.to_owned())),
            "text" => Ok(Self::Text(rest.to_owned())),
            "path" => match rest.parse() {
                Ok(number) if number > 0 => Ok(Self::Path(number)),
                _ => Err(format!("found `{text}`, expected a segment's number, from 1")),
            },
            _ => Err(format!("found `{text}`, {expected}")),
        }
    }
}

impl From<CustomClass> for ParamClass {
    fn from(class: CustomClass) -> Self {
        match class {
            CustomClass::Identity => Self::Identity,
            CustomClass::Business => Self::Business,
            CustomClass::Identifier => Self::Identifier,
            CustomClass::Environment => Self::Environment,
            CustomClass::Transport => Self::Transport,
        }
    }
}

fn text_value(text: &str) -> Json<'static> {
    json::parse_text(Cow::Owned(text.to_owned()))
}

fn into_text(value: Json<'_>) -> String {
    match value {
        Json::Text(text) => text.into_owned(),
        Json::Null => String::new(),
        other => serde_json::Value::from(other).to_string(),
    }
}

/// Host, port and path of `px.acme.example:8080/v*/collect`.
fn pattern(text: &str) -> Result<(String, Option<String>, String), String> {
    if text.contains("://") {
        return Err(format!("found `{text}`, expected host and path without a scheme"));
    }
    if text.contains(['?', '#', '@', ' ', '\\']) {
        return Err(format!("found `{text}`, expected host and path only, without a query"));
    }
    let Some((authority, path)) = text.split_once('/') else {
        return Err(format!("found `{text}`, expected a path too, such as `{text}/*`"));
    };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !host.ends_with(':') && !port.contains(']') => {
            if port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(format!("found the port `{port}`, expected a number"));
            }
            (host, Some(port.to_owned()))
        }
        _ => (authority, None),
    };
    let literal = host.strip_prefix("*.").unwrap_or(host);
    if literal.is_empty() || literal.contains('*') {
        return Err(format!(
            "found the host `{host}`, expected a name, or `*.` and a name: anything wider takes \
             requests that are not the vendor's"
        ));
    }
    Ok((host.to_ascii_lowercase(), port, format!("/{path}")))
}

/// `*` stands for any text, also none; the whole text must fit.
fn wildcard(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.len() >= last.len() && rest.ends_with(last)
}

#[cfg(test)]
mod tests;

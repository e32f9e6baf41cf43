//! Dynamic Yield.
//!
//! Documentation: <https://dy.dev/docs/implement-script>.
//! Endpoints on `async-px.dynamicyield.com` (`async-px-eu.` for Europe): `/uia`
//! (page), `/dpx` (events that the page asks for, JSON), `/imp`, `/var` and
//! `/ac` (what was shown and clicked), `/id` (who it is); and
//! `direct.dy-api.com/v2/collect/user/event` (`.eu`).
//! Sample: `https://async-px.dynamicyield.com/uia?cnst=1&_=123456789&sec=8765432`
//!
//! It does not read recommendations and the state service `st.dynamicyield.com`.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::{Image, NoContent};
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Any};
use crate::vendors::frame::route::{Host, Library, Route, Where, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::{self, Json};

pub static DYNAMIC_YIELD: Vendor = Vendor {
    slug: "dynamic_yield",
    name: "Dynamic Yield",
    docs: "https://dy.dev/docs/implement-script",
    notes: "the account is the section (`sec`, `se`); events have their own name; what has none \
            is called `page_view` (uia), `impression` (imp), `variation_impression` (var) and \
            `variation_click` (ac); `/id` only names a person",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    automatic: &["page_view", "impression", "variation_impression", "variation_click"],
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[
    Is("async-px.dynamicyield.com"),
    Is("async-px-eu.dynamicyield.com"),
    Is("async-px.dynamicyield.eu"),
    Is("px.dynamicyield.com"),
    Is("px-eu.dynamicyield.com"),
];
const API: &[Host] = &[Under("dy-api.com"), Under("dy-api.eu")];

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Under("/uia"), Endpoint::Event, Image),
    on(HOSTS, Path::Under("/dpx"), Endpoint::Event, Image),
    on(HOSTS, Path::Under("/imp"), Endpoint::Event, Image),
    on(HOSTS, Path::Under("/var"), Endpoint::Event, Image),
    on(HOSTS, Path::Under("/ac"), Endpoint::Event, Image),
    on(HOSTS, Any, Endpoint::Aux, Image),
    on(API, Path::Under("/v2/collect/user/event"), Endpoint::Event, NoContent),
    on(API, Path::Under("/v2/collect"), Endpoint::Aux, NoContent),
];

const LIBRARIES: &[Library] = &[
    Library {
        hosts: &[Is("cdn.dynamicyield.com"), Is("cdn-eu.dynamicyield.com")],
        path: Path::Under("/api"),
        account: Where::Segment(1),
        version: Where::Nowhere,
    },
    library(&[Is("st.dynamicyield.com"), Is("rcom.dynamicyield.com")], Any),
];

const PARAMS: &[ParamSpec] = &[
    param("_", "", Transport),
    param("cl", "", Environment),
    param("name", "", Identity),
    param("properties.cart", "items", Business),
    param("props.cart", "items", Business),
    param("ref", "referrer", Environment),
    param("referrer", "referrer", Environment),
    param("se", "", Identity),
    param("sec", "", Identity),
    param("ses", "session_id", Identifier),
    param("t", "", Transport).of(ParamType::Time),
    param("title", "title", Environment),
    param("ts", "", Transport).of(ParamType::Time),
    param("uid", "client_id", Identifier),
    param("url", "url", Environment),
];

const GROUPS: &[Group] = &[
    group("properties.", "", Business, true),
    group("props.", "", Business, true),
    group("user.", "", Identifier, false),
    group("session.", "", Identifier, false),
];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let mut fields = exchange.query();
    let json = exchange.body.trim_ascii_start().starts_with(b"{");
    let mut body = if json { draft.json(exchange) } else { None };
    if !json {
        fields.read_body(exchange.body, exchange.request.content_type);
    }
    let section = fields.first_of(&["sec", "se"]).or_else(|| {
        let body = body.as_ref()?;
        ["sec", "se", "section"].iter().find_map(|name| body.text_at(name))
    });
    let account = section.unwrap_or_default();
    draft.account(account.clone());
    // A body that was cut off tells of no event.
    if !exchange.is_event() || (json && body.is_none()) {
        return;
    }
    if let Some(Json::List(events)) = body.as_mut().and_then(|body| body.remove("events")) {
        for event in events {
            match event.text_at("name") {
                Some(name) => draft.event(name, account.clone(), draft.json_params(event)),
                None => draft.problem("no event name in `name`"),
            }
        }
        return;
    }
    let own = fields.cow("name").or_else(|| body.as_ref()?.text_at("name"));
    let name = match exchange.address.segments().next() {
        Some("uia") => Some(Cow::Borrowed("page_view")),
        Some("imp") => Some(Cow::Borrowed("impression")),
        Some("var") => Some(Cow::Borrowed("variation_impression")),
        Some("ac") => Some(Cow::Borrowed("variation_click")),
        _ => own,
    };
    let Some(name) = name else { return draft.problem("no event name in `name`") };
    let props = ["props", "properties"].map(|name| (name, fields.remove(name)));
    let mut params = draft.params(fields);
    for (prefix, text) in props {
        let Some(text) = text else { continue };
        params.extend(draft.nested(prefix, json::parse_text(text)));
    }
    params.extend(body.map(|body| draft.json_params(body)).unwrap_or_default());
    draft.event(name, account, params);
}

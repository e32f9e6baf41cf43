//! Demandbase: looking up a visitor's company, and engagement.
//!
//! Documentation: <https://support.demandbase.com/hc/en-us/articles/360056692091>.
//! Endpoints: `api.company-target.com/api/v2/ip.json` (also `v3`) looks a company
//! up by the address, `et.company-target.com/events` takes what happened;
//! `segments.`, `s.` and `match.` synchronise ids.
//! Sample: `https://api.company-target.com/api/v2/ip.json?key=1a2b&page_title=Home&src=tag`
//!
//! It does not read the advertising pixels of other companies' hosts.

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity};
use crate::vendors::frame::answer::Answer::{Image, Json as JsonAnswer};
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Any};
use crate::vendors::frame::route::{Host, Library, Route, Where, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};
use crate::wire::json::Json;

pub static DEMANDBASE: Vendor = Vendor {
    slug: "demandbase",
    name: "Demandbase",
    docs: "https://support.demandbase.com/hc/en-us/articles/360056692091",
    notes: "the account is `key` (`auth` of the newer lookup); a lookup is no event, engagement \
            is named by `type`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    ..Vendor::BASE
};

const API: &[Host] = &[Is("api.company-target.com"), Is("api.demandbase.com")];
const OK: crate::vendors::frame::answer::Answer = JsonAnswer("{}");

const ROUTES: &[Route] = &[
    on(API, Path::Under("/api"), Endpoint::Aux, OK),
    on(&[Is("et.company-target.com")], Path::Under("/events"), Endpoint::Event, OK),
    on(&[Under("company-target.com")], Any, Endpoint::Aux, Image)
        .when(|look| look.address.path.rsplit('.').next() != Some("js")),
    on(&[Is("tag-logger.demandbase.com")], Any, Endpoint::Aux, Image),
];

const LIBRARIES: &[Library] = &[
    Library {
        hosts: &[Is("tag.demandbase.com")],
        path: Any,
        account: Where::Segment(0),
        version: Where::Nowhere,
    },
    library(&[Is("scripts.demandbase.com")], Any),
];

const PARAMS: &[ParamSpec] = &[
    param("auth", "", Identity),
    param("key", "", Identity),
    param("page", "url", Environment),
    param("page_title", "title", Environment),
    param("referrer", "referrer", Environment),
    param("type", "", Identity),
    param("visitor_id", "client_id", Identifier),
];

const GROUPS: &[Group] = &[group("properties.", "", Business, true)];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let fields = exchange.query();
    let text = exchange.body.trim_ascii_start();
    let body = if matches!(text.first(), Some(b'{' | b'[')) { draft.json(exchange) } else { None };
    let of =
        |message: &Json<'a>| ["key", "auth", "account"].iter().find_map(|n| message.text_at(n));
    let in_body = body.as_ref().and_then(of);
    let account = fields.first_of(&["key", "auth"]).or(in_body).unwrap_or_default();
    draft.account(account.clone());
    if !exchange.is_event() {
        return;
    }
    let messages = match body {
        Some(Json::List(messages)) => messages,
        Some(message) => vec![message],
        None => Vec::new(),
    };
    for message in messages {
        match ["type", "event", "name"].iter().find_map(|name| message.text_at(name)) {
            Some(name) => draft.event(name, account.clone(), draft.json_params(message)),
            None => draft.problem("no event name in `type`"),
        }
    }
}

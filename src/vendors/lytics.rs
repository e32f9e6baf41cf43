//! Lytics.
//!
//! Documentation: <https://learn.lytics.com/documentation/product/features/lytics-javascript-tag>.
//! Endpoints: `c.lytics.io/c/<account>` (a stream may follow), everything in
//! the query or in a body of the same form; `/cid/…` and `api.lytics.io` ask
//! who the visitor is.
//! Sample: `https://c.lytics.io/c/00ed91c0?_e=pv&_ts=1589047923087&url=www.shop.example%2F`
//!
//! It does not read what Lytics' own messages (Pathfora) show.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::{Gif, Json as JsonAnswer};
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path;
use crate::vendors::frame::route::{Host, Library, Route, Where, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::Json;

pub static LYTICS: Vendor = Vendor {
    slug: "lytics",
    name: "Lytics",
    docs: "https://learn.lytics.com/documentation/product/features/lytics-javascript-tag",
    notes: "the account follows `/c/` in the path; the event is `_e` or `event`, where `pv` is \
            called `page_view`; data without either is called `collect`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    automatic: &["page_view"],
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("c.lytics.io")];

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Under("/c"), Endpoint::Event, Gif),
    on(HOSTS, Path::Under("/cid"), Endpoint::Aux, JsonAnswer("{}")),
    on(&[Is("api.lytics.io")], Path::Under("/api"), Endpoint::Aux, JsonAnswer("{}")),
];

const LIBRARIES: &[Library] = &[
    Library {
        hosts: HOSTS,
        path: Path::Under("/api/tag"),
        account: Where::Segment(2),
        version: Where::Nowhere,
    },
    library(HOSTS, Path::Under("/static")),
];

const PARAMS: &[ParamSpec] = &[
    param("_ca", "", Environment),
    param("_device", "", Environment),
    param("_e", "", Identity),
    param("_getid", "", Transport),
    param("_nmob", "", Environment),
    param("_ref", "referrer", Environment).of(ParamType::Text),
    param("_sesstart", "", Transport),
    param("_sz", "", Environment),
    param("_ts", "", Transport).of(ParamType::Time),
    param("_tz", "", Environment),
    param("_uid", "client_id", Identifier),
    param("_uido", "client_id", Identifier),
    param("_ul", "", Environment),
    param("_v", "", Environment),
    param("email", "", Identifier),
    param("event", "", Identity),
    param("url", "url", Environment).of(ParamType::Text),
    param("userid", "user_id", Identifier),
];

/// Everything that the library does not mark as its own is the page's.
const GROUPS: &[Group] = &[group("_", "", Environment, false), group("", "", Business, true)];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let account = exchange.address.segments().nth(1).unwrap_or_default();
    if exchange.address.host == "c.lytics.io" {
        draft.account(account);
    }
    if !exchange.is_event() {
        return;
    }
    let mut fields = exchange.query();
    let messages = match exchange.body.trim_ascii_start().first() {
        Some(b'{' | b'[') => match draft.json(exchange) {
            Some(Json::List(messages)) => messages,
            Some(message) => vec![message],
            None => return,
        },
        _ => {
            fields.read_body(exchange.body, exchange.request.content_type);
            Vec::new()
        }
    };
    let shared = fields.first_of(&["_e", "event"]);
    if messages.is_empty() {
        return draft.event(named(shared), account, draft.params(fields));
    }
    for message in messages {
        let own = ["_e", "event"].iter().find_map(|name| message.text_at(name));
        let mut params = draft.params(fields.clone());
        params.extend(draft.json_params(message));
        draft.event(named(own.or(shared.clone())), account, params);
    }
}

fn named(event: Option<Cow<'_, str>>) -> Cow<'_, str> {
    match event {
        Some(event) if event != "pv" => event,
        Some(_) => Cow::Borrowed("page_view"),
        None => Cow::Borrowed("collect"),
    }
}

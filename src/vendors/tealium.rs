//! Tealium Collect (`EventStream`, `AudienceStream`).
//!
//! Documentation: <https://docs.tealium.com/platforms/http-api/endpoint/>.
//! Endpoints: `collect*.tealiumiq.com/event` (GET or JSON), `/bulk-event`
//! (JSON with shared attributes), and `/<account>/<profile>/<source>/i.gif`
//! and `/vdata/i.gif` of the Tealium Collect tag, whose form has JSON in `data`.
//! Sample: `https://collect.tealiumiq.com/event?tealium_account=shop&tealium_event=purchase`
//!
//! It does not read what the visitor service answers.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::{self, Image, NoContent, Script};
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::fields::Fields;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{Any, Ends, Has, Starts};
use crate::vendors::frame::route::{Host, Library, Look, Route, Where, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, Via, group, param,
};
use crate::wire::address::Address;
use crate::wire::json::{self, Json};

pub static TEALIUM: Vendor = Vendor {
    slug: "tealium",
    name: "Tealium",
    docs: "https://docs.tealium.com/platforms/http-api/endpoint/",
    notes: "the account is `tealium_account`, else the path's, the event `tealium_event`, else \
            what the tag calls `view` or `link`; a body may hold several",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    batches: true,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("tealiumiq.com")];
const ASKED: Answer = Answer::By(answer);

const ROUTES: &[Route] = &[
    on(HOSTS, Any, Endpoint::Aux, Script("")).when(is_visitor_service),
    on(HOSTS, Ends("/event"), Endpoint::Event, ASKED).when(is_collect),
    on(HOSTS, Ends("/bulk-event"), Endpoint::Event, NoContent).when(is_collect),
    on(HOSTS, Ends("/i.gif"), Endpoint::Event, Image),
    on(HOSTS, Ends("/v.gif"), Endpoint::Event, Image),
    on(HOSTS, Has("/vdata"), Endpoint::Event, Image),
];

const LIBRARIES: &[Library] = &[
    Library {
        hosts: &[Is("tags.tiqcdn.com"), Is("tags-eu.tiqcdn.com"), Under("tiqcdn.cn")],
        path: Starts("/utag/"),
        account: Where::Segment(1),
        version: Where::Nowhere,
    },
    Library {
        hosts: &[Is("tags.tiqcdn.com")],
        path: Starts("/dle/"),
        account: Where::Segment(1),
        version: Where::Nowhere,
    },
];

const PARAMS: &[ParamSpec] = &[
    param("event", "", Identity),
    param("order_currency", "currency", Business),
    param("order_currency_code", "currency", Business),
    param("order_id", "order_id", Business),
    param("order_shipping", "shipping", Business),
    param("order_shipping_amount", "shipping", Business),
    param("order_subtotal", "subtotal", Business).of(ParamType::Number),
    param("order_tax", "tax", Business),
    param("order_tax_amount", "tax", Business),
    param("order_total", "value", Business),
    param("post_time", "", Transport).of(ParamType::Time),
    param("search_keyword", "search_string", Business),
    param("tealium_account", "", Identity),
    param("tealium_datasource", "", Environment),
    param("tealium_environment", "", Environment),
    param("tealium_event", "", Identity),
    param("tealium_library_name", "", Environment),
    param("tealium_library_version", "", Environment),
    param("tealium_profile", "", Identity),
    param("tealium_random", "", Transport),
    param("tealium_session_id", "session_id", Identifier),
    param("tealium_session_number", "", Transport),
    param("tealium_timestamp_epoch", "", Transport).of(ParamType::Time),
    param("tealium_timestamp_local", "", Transport).of(ParamType::Time),
    param("tealium_timestamp_utc", "", Transport).of(ParamType::Time),
    param("tealium_trace_id", "", Transport),
    param("tealium_visitor_id", "client_id", Identifier),
];

const GROUPS: &[Group] = &[
    group("browser.", "", Environment, false),
    group("cp.", "", Identifier, false),
    group("dom.", "", Environment, false),
    group("js_page.", "", Environment, false),
    group("loader.cfg.", "", Environment, false),
    group("meta.", "", Environment, false),
    group("qp.", "", Environment, false),
    group("timing.", "", Transport, false),
    group("ut.", "", Environment, false),
    group("_t_", "", Transport, false),
    group("_mouse_", "", Transport, false),
    // Everything else is the page's own data layer.
    group("", "", Business, true),
];

fn is_visitor_service(look: &Look<'_>) -> bool {
    look.address.host.starts_with("visitor-service")
}

fn is_collect(look: &Look<'_>) -> bool {
    look.address.host.split('.').next().is_some_and(|name| name.contains("collect"))
        || look.via != Via::Own
}

/// An image to a GET without a body, nothing to a beacon; both share a path.
fn answer(address: &Address<'_>) -> Answer {
    if address.is_bare() { NoContent } else { Image }
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    if !exchange.is_event() {
        return;
    }
    let is_json = matches!(exchange.body.trim_ascii_start().first(), Some(b'{' | b'['));
    if !is_json {
        read_fields(exchange, exchange.fields(), draft);
        return;
    }
    let Some(mut body) = draft.json(exchange) else { return };
    let shared = body.remove("shared").unwrap_or_default();
    let events = match body.remove("events") {
        Some(Json::List(events)) => events,
        _ => match body {
            Json::List(events) => events,
            body => vec![body],
        },
    };
    for event in events {
        if draft.is_full() {
            break;
        }
        read(exchange, merged(event, &shared), draft);
    }
}

/// The tag's form has everything in `data`; a pixel has it in the query.
fn read_fields<'a>(exchange: &Exchange<'a>, mut fields: Fields<'a>, draft: &mut Draft<'a>) {
    let data = match fields.remove("data").map(json::parse_text) {
        Some(Json::Object(members)) => members,
        _ => Vec::new(),
    };
    let members = data
        .into_iter()
        .chain(fields.into_iter().map(|(name, value)| (name, json::parse_text(value))))
        .collect();
    read(exchange, Json::Object(members), draft);
}

fn merged<'a>(event: Json<'a>, shared: &Json<'a>) -> Json<'a> {
    match (event, shared) {
        (Json::Object(mut members), Json::Object(shared)) => {
            let own: HashSet<Cow<'a, str>> = members.iter().map(|(name, _)| name.clone()).collect();
            members.extend(shared.iter().filter(|(name, _)| !own.contains(name)).cloned());
            Json::Object(members)
        }
        (event, _) => event,
    }
}

fn read<'a>(exchange: &Exchange<'a>, event: Json<'a>, draft: &mut Draft<'a>) {
    // The tag nests the data layer once more.
    let inner = event.get("data").filter(|data| matches!(data, Json::Object(_)));
    let find = |names: &[&str]| {
        names.iter().find_map(|name| {
            let own = event.get(name).and_then(Json::to_text);
            own.or_else(|| inner?.get(name)?.to_text())
        })
    };
    let mut folders = exchange.address.segments();
    let of_path = match (folders.next(), folders.next(), folders.next_back()) {
        (Some(account), Some(_), Some(_)) => Cow::Borrowed(account),
        _ => Cow::Borrowed(""),
    };
    let account = find(&["tealium_account", "ut.account"]).unwrap_or(of_path);
    let name = find(&["tealium_event", "ut.event", "event", "event_name"]);
    let Some(name) = name.or_else(|| (!account.is_empty()).then(|| "view".into())) else {
        draft.problem("no event name in `tealium_event`");
        return;
    };
    if account.is_empty() {
        draft.problem("no account in `tealium_account`");
    }
    draft.account(account.clone());
    let mut params = draft.json_params(event);
    // A name is the same inside `data` as outside.
    for param in &mut params {
        if let Some(inner) = param.wire.strip_prefix("data.") {
            let same = draft.param(inner.to_owned(), Json::Null);
            (param.canonical, param.class) = (same.canonical, same.class);
        }
    }
    draft.event(name, account, params);
}

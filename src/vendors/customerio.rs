//! Customer.io.
//!
//! Documentation: <https://docs.customer.io/integrations/data-in/connections/javascript/>.
//! Endpoints: `track.customer.io/events/page.gif` and `…/event.gif` of the older
//! snippet (`track-eu.` for Europe), `/api/v1/…` and `/api/v2/…` with JSON; and
//! `cdp.customer.io/v1/…` (`cdp-eu.`), whose messages have `type`, `event`,
//! `properties` and `writeKey`. Some keys come only as the user of basic
//! authentication.
//! Sample: `https://track.customer.io/events/page.gif?name=%2F&s=0123abcd`
//!
//! It does not read in-app messages.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::{Image, Json as JsonAnswer};
use crate::vendors::frame::decoded::Param;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Any, Ends, Has};
use crate::vendors::frame::route::{Host, Library, Look, Route, Where, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::base64;
use crate::wire::json::Json;

pub static CUSTOMERIO: Vendor = Vendor {
    slug: "customerio",
    name: "Customer.io",
    docs: "https://docs.customer.io/integrations/data-in/connections/javascript/",
    notes: "the account is the site id (`s`, `site_id`) or the write key; events are named by \
            `name` or `event`, page views are called `page`, screens `screen`; identifying a \
            person is no event",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    batches: true,
    automatic: &["page"],
    ..Vendor::BASE
};

const TRACK: &[Host] = &[Is("track.customer.io"), Is("track-eu.customer.io")];
const CDP: &[Host] = &[Is("cdp.customer.io"), Is("cdp-eu.customer.io")];
const OK: crate::vendors::frame::answer::Answer = JsonAnswer("{\"success\":true}");

const ROUTES: &[Route] = &[
    on(TRACK, Any, Endpoint::Event, Image).when(carries_event),
    on(TRACK, Any, Endpoint::Aux, Image),
    on(CDP, Path::Starts("/v1/"), Endpoint::Event, OK).when(carries_event),
    on(CDP, Path::Starts("/v1/"), Endpoint::Aux, OK).when(|look| {
        let last = look.address.segments().nth(1);
        last.is_some_and(|last| {
            matches!(last, "i" | "identify" | "g" | "group" | "a" | "alias" | "m")
        })
    }),
];

const LIBRARIES: &[Library] = &[
    Library {
        hosts: CDP,
        path: Has("/analytics-js/snippet"),
        account: Where::Segment(3),
        version: Where::Nowhere,
    },
    library(CDP, Ends("/settings")),
    library(&[Is("assets.customer.io"), Under("code.gist.build")], Any),
];

const PARAMS: &[ParamSpec] = &[
    param("_metadata.bundled", "", Transport),
    param("anonymousId", "client_id", Identifier),
    param("anonymous_id", "client_id", Identifier),
    param("context.page.path", "page_path", Environment),
    param("context.page.referrer", "referrer", Environment),
    param("context.page.title", "title", Environment),
    param("context.page.url", "url", Environment),
    param("event", "", Identity),
    param("messageId", "event_id", Identifier),
    param("name", "", Identity),
    param("originalTimestamp", "", Transport).of(ParamType::Time),
    param("s", "", Identity),
    param("sentAt", "", Transport).of(ParamType::Time),
    param("site_id", "", Identity),
    param("timestamp", "", Transport).of(ParamType::Time),
    param("type", "", Identity),
    param("userId", "user_id", Identifier),
    param("user_id", "user_id", Identifier),
    param("writeKey", "", Identity),
];

const GROUPS: &[Group] = &[
    group("properties.", "", Business, true),
    group("attributes.", "", Business, true),
    group("data[", "]", Business, true),
    group("data.", "", Business, true),
    group("identifiers.", "", Identifier, false),
    group("traits.", "", Identifier, false),
];

/// Events, pages and bundles; what only names a person or a device is none.
fn carries_event(look: &Look<'_>) -> bool {
    look.address.segments().any(|segment| {
        matches!(segment, "events" | "event" | "t" | "track" | "p" | "page" | "s" | "screen")
            || matches!(segment, "b" | "batch" | "entity" | "e")
    })
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let user = user_of(exchange);
    let json = exchange.body.trim_ascii_start().starts_with(b"{");
    if !json {
        return read_image(exchange, user, draft);
    }
    let Some(mut body) = draft.json(exchange) else {
        return draft.account(user.unwrap_or_default());
    };
    let key = ["writeKey", "site_id"].iter().find_map(|name| body.text_at(name)).or(user);
    let key = key.unwrap_or_default();
    draft.account(key.clone());
    match body.remove("batch") {
        Some(Json::List(messages)) => {
            for message in messages {
                read_message(exchange, message, key.clone(), draft);
            }
        }
        _ => read_message(exchange, body, key, draft),
    }
}

fn read_image<'a>(exchange: &Exchange<'a>, user: Option<Cow<'a, str>>, draft: &mut Draft<'a>) {
    let fields = exchange.fields();
    let account = fields.first_of(&["site_id", "s", "siteId"]).or(user).unwrap_or_default();
    draft.account(account.clone());
    let last = exchange.address.segments().next_back().unwrap_or_default();
    let what = last.split('.').next().unwrap_or_default();
    let type_of = fields.get("type").unwrap_or(what).to_owned();
    if !exchange.is_event() || type_of.starts_with("identify") {
        return;
    }
    let name = match type_of.as_str() {
        "page" => Some(Cow::Borrowed("page")),
        _ => fields.first_of(&["name", "event"]),
    };
    let Some(name) = name else { return draft.problem("no event name in `name`") };
    let params = name_page(&name, draft.params(fields));
    draft.event(name, account, params);
}

/// What a page view calls `name` is the page's, not the event's.
fn name_page<'a>(event: &str, mut params: Vec<Param<'a>>) -> Vec<Param<'a>> {
    if matches!(event, "page" | "screen")
        && let Some(name) = params.iter_mut().find(|param| param.wire == "name")
    {
        name.canonical = Some(Cow::Borrowed("page_name"));
        name.class = Business;
    }
    params
}

fn read_message<'a>(
    exchange: &Exchange<'a>,
    message: Json<'a>,
    key: Cow<'a, str>,
    draft: &mut Draft<'a>,
) {
    if let Some(key) = message.text_at("writeKey") {
        draft.account(key);
    }
    let by_path = match exchange.address.segments().nth(1) {
        Some("p" | "page") => Some("page"),
        Some("s" | "screen") => Some("screen"),
        Some("i" | "g" | "a") => Some("identify"),
        _ => None,
    };
    let kind = ["type", "action"].iter().find_map(|name| message.text_at(name));
    let own = ["event", "name"].iter().find_map(|name| message.text_at(name));
    let name = match kind.as_deref().filter(|kind| *kind != "person").or(by_path) {
        Some("identify" | "group" | "alias" | "merge" | "delete" | "add_device") => return,
        Some(what @ ("page" | "screen")) => Some(Cow::Owned(what.to_owned())),
        _ => own,
    };
    match name {
        _ if !exchange.is_event() => {}
        Some(name) => {
            let params = name_page(&name, draft.json_params(message));
            draft.event(name, key, params);
        }
        None => draft.problem("no event name in `event` or `name`"),
    }
}

/// The user of basic authentication: the site id or the write key.
fn user_of<'a>(exchange: &Exchange<'a>) -> Option<Cow<'a, str>> {
    let value = exchange.header("authorization")?;
    let (scheme, token) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(base64::decode(token.trim().as_bytes())?).ok()?;
    let user = pair.split(':').next().filter(|user| !user.is_empty())?;
    Some(Cow::Owned(user.to_owned()))
}

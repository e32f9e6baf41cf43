//! Segment (Twilio).
//!
//! Documentation: <https://segment.com/docs/connections/spec/>.
//! Endpoints: `api.segment.io/v1/{t,p,i,g,a,s,b}` with one message or a batch,
//! the long names (`/v1/track`, …), regional hosts below `segmentapis.com`,
//! the pixel `/v1/pixel/{track,page,…}?data=<base64>`, and the same paths on a
//! proxy of the shop's own. `/v1/m` is telemetry.
//! Sample: `{"type":"track","event":"Signed Up","properties":{"plan":"pro"},"writeKey":"K"}`
//!
//! It does not read what Segment's servers send on to destinations.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Ends, Has};
use crate::vendors::frame::route::{Host, Library, Look, Route, Where, anywhere, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::{self, Json};
use crate::wire::{base64, percent, query};

pub static SEGMENT: Vendor = Vendor {
    slug: "segment",
    name: "Segment",
    docs: "https://segment.com/docs/connections/spec/",
    notes: "the account is the write key, in the body or as the user of basic authentication; \
            the event is `event`, and what is no track call is called by its type: `page`, \
            `screen`, `identify`, `group`, `alias`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    message_id: Some("messageId"),
    batches: true,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("api.segment.io"), Is("api.segment.com"), Under("segmentapis.com")];
const OK: Answer = Answer::Json("{\"success\":true}");

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Is("/v1/m"), Endpoint::Aux, OK),
    on(HOSTS, Path::Under("/v1"), Endpoint::Event, OK).when(takes_messages),
    proxied(Ends("/v1/t")),
    proxied(Ends("/v1/p")),
    proxied(Ends("/v1/i")),
    proxied(Ends("/v1/g")),
    proxied(Ends("/v1/a")),
    proxied(Ends("/v1/s")),
    proxied(Ends("/v1/b")),
    proxied(Ends("/v1/track")),
    proxied(Ends("/v1/page")),
    proxied(Ends("/v1/identify")),
    proxied(Ends("/v1/group")),
    proxied(Ends("/v1/alias")),
    proxied(Ends("/v1/screen")),
    proxied(Ends("/v1/batch")),
    anywhere(Ends("/v1/m"), Endpoint::Aux, OK).with_body(is_telemetry),
];

const LIBRARIES: &[Library] = &[
    Library {
        hosts: &[Is("cdn.segment.com"), Is("cdn.segment.io")],
        path: Path::Under("/analytics.js/v1"),
        account: Where::Segment(2),
        version: Where::Nowhere,
    },
    Library {
        hosts: &[Is("cdn.segment.com"), Is("cdn.segment.io"), Is("cdn-settings.segment.com")],
        path: Path::Under("/v1/projects"),
        account: Where::Segment(2),
        version: Where::Nowhere,
    },
    library(&[Is("cdn.segment.com")], Has("/analytics-next")),
    library(&[Is("cdn.segment.com")], Path::Under("/next-integrations")),
];

const PARAMS: &[ParamSpec] = &[
    param("_metadata.bundled", "", Transport),
    param("_metadata.bundledIds", "", Transport),
    param("_metadata.unbundled", "", Transport),
    param("anonymousId", "client_id", Identifier),
    param("category", "page_category", Business),
    param("context.groupId", "group_id", Business),
    param("context.page.path", "page_path", Environment),
    param("context.page.referrer", "referrer", Environment),
    param("context.page.title", "title", Environment),
    param("context.page.url", "url", Environment),
    param("context.sessionId", "session_id", Transport),
    param("event", "", Identity),
    param("groupId", "group_id", Business),
    param("messageId", "event_id", Transport),
    param("name", "page_name", Business),
    param("originalTimestamp", "", Transport).of(ParamType::Time),
    param("previousId", "", Identifier),
    param("properties.anonymousId", "", Identifier),
    param("properties.path", "page_path", Environment),
    param("properties.products", "items", Business),
    param("properties.query", "search_string", Business),
    param("properties.referrer", "referrer", Environment),
    param("properties.revenue", "value", Business),
    param("properties.search", "", Environment),
    param("properties.title", "title", Environment),
    param("properties.url", "url", Environment),
    param("receivedAt", "", Transport).of(ParamType::Time),
    param("sentAt", "", Transport).of(ParamType::Time),
    param("timestamp", "", Transport).of(ParamType::Time),
    param("traits.email", "email", Identifier),
    param("traits.phone", "phone", Identifier),
    param("type", "", Identity),
    param("userId", "user_id", Identifier),
    param("writeKey", "", Identity),
];

const GROUPS: &[Group] = &[
    group("properties.", "", Business, true),
    group("traits.", "", Business, true),
    group("context.consent.", "", Business, false),
    group("context.traits.", "", Identifier, false),
    group("integrations.", "", Business, false),
    group("_metadata.", "", Transport, false),
];

/// What a path's last segment says about the message. The library's own names
/// have one letter.
const TYPES: &[(&str, &str)] = &[
    ("a", "alias"),
    ("alias", "alias"),
    ("g", "group"),
    ("group", "group"),
    ("i", "identify"),
    ("identify", "identify"),
    ("p", "page"),
    ("page", "page"),
    ("s", "screen"),
    ("screen", "screen"),
    ("t", "track"),
    ("track", "track"),
];

/// Others speak the same protocol on hosts of their own.
const OTHERS: &[&str] =
    &["customer.io", "freshpaint.io", "hightouch-events.com", "jitsu.com", "june.so"];

const fn proxied(path: Path) -> Route {
    anywhere(path, Endpoint::Event, OK).when(is_of_no_other).with_body(has_write_key)
}

fn takes_messages(look: &Look<'_>) -> bool {
    let Some(last) = look.address.segments().next_back() else { return false };
    matches!(last, "b" | "batch" | "import") || TYPES.iter().any(|(name, _)| *name == last)
}

fn is_of_no_other(look: &Look<'_>) -> bool {
    let host = &*look.address.host;
    !OTHERS.iter().any(|other| {
        host.strip_suffix(other).is_some_and(|rest| matches!(rest.chars().last(), None | Some('.')))
    })
}

fn has_write_key(body: &[u8]) -> bool {
    let text = percent::text(body);
    text.contains("\"writeKey\"")
        && ["\"type\"", "\"batch\""].iter().any(|name| text.contains(name))
}

fn is_telemetry(body: &[u8]) -> bool {
    percent::text(body).contains("\"analytics_js.")
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    decode_messages(exchange, draft);
}

/// Reads one message or a batch of them; RudderStack speaks the same.
pub(crate) fn decode_messages<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let of_url = query::first(exchange.address.query, "writeKey").map(Cow::into_owned);
    if let Some(key) = exchange.basic_user().or(of_url) {
        draft.account(key);
    }
    let body = match query::first(exchange.address.query, "data") {
        Some(text) if exchange.body.is_empty() => {
            // A plus that was not escaped came out as a space.
            let decoded = base64::decode(text.replace(' ', "+").as_bytes())
                .and_then(|bytes| json::parse_owned(&bytes).ok());
            if decoded.is_none() {
                draft.problem("`data` is no base64 of JSON");
            }
            decoded
        }
        None if exchange.body.is_empty() => return decode_query(exchange, draft),
        _ => draft.json(exchange),
    };
    let Some(mut body) = body else { return };
    let key = body.text_at("writeKey").or_else(|| body.text_at("source.writeKey"));
    draft.account(key.unwrap_or_default());
    if !exchange.is_event() {
        return;
    }
    let messages = match body.remove("batch") {
        Some(Json::List(messages)) => messages,
        Some(_) => Vec::new(),
        None => match body {
            Json::List(messages) => messages,
            message => vec![message],
        },
    };
    let by_path = kind_of_path(exchange);
    for message in messages {
        read_message(message, by_path, draft);
    }
}

fn kind_of_path(exchange: &Exchange<'_>) -> Option<&'static str> {
    let last = exchange.address.segments().next_back()?;
    TYPES.iter().find(|(name, _)| *name == last).map(|(_, kind)| *kind)
}

/// An image's URL: the message's fields under dotted names.
fn decode_query<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let fields = exchange.query();
    let kind = kind_of_path(exchange).filter(|_| exchange.is_event() && !fields.is_empty());
    let name = match kind {
        Some("track") => fields.cow("event"),
        kind => kind.map(Cow::Borrowed),
    };
    if let Some(name) = name {
        draft.event(name, draft.only_account(), draft.params(fields));
    }
}

fn read_message<'a>(mut message: Json<'a>, by_path: Option<&'static str>, draft: &mut Draft<'a>) {
    let account = match message.text_at("writeKey") {
        Some(key) => {
            draft.account(key.clone());
            key
        }
        None => draft.only_account(),
    };
    let kind = message.text_at("type").or_else(|| by_path.map(Cow::Borrowed));
    let name = match kind {
        Some(kind) if kind == "track" => message.text_at("event"),
        Some(kind) => Some(kind),
        None => message.text_at("event"),
    };
    let Some(name) = name else {
        draft.problem("a message without `event` and without `type`");
        return;
    };
    // Of two parameters of one common name the first counts, and what the page
    // told of the event itself goes before what is around it.
    if let Some(context) = message.remove("context")
        && let Json::Object(members) = &mut message
    {
        members.push((Cow::Borrowed("context"), context));
    }
    draft.event(name, account, draft.json_params(message));
}

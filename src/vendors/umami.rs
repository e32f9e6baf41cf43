//! Umami.
//!
//! Documentation: <https://umami.is/docs/api/sending-stats>.
//! Endpoints: `cloud.umami.is/api/send` and other hosts of Umami's cloud,
//! `/api/send` or, before version 2, `/api/collect` on an instance of the
//! shop's own, and `/api/batch` with a list.
//! Sample: `{"type":"event","payload":{"website":"<uuid>","name":"signup","data":{"plan":"pro"}}}`
//!
//! What `identify` sends is no event, nor are the times of a page's loading, and
//! nothing is read inside recordings.

use std::borrow::Cow;

use crate::model::hit::HitKind;
use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Ends};
use crate::vendors::frame::route::{Host, Library, Route, anywhere, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::Json;
use crate::wire::percent;

pub static UMAMI: Vendor = Vendor {
    slug: "umami",
    name: "Umami",
    docs: "https://umami.is/docs/api/sending-stats",
    notes: "the account is `payload.website`, the event `payload.name`, and one without a name \
            is a `pageview`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    automatic: &["pageview"],
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("umami.is"), Under("umami.dev")];
const OK: Answer = Answer::Json("{}");

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Is("/api/send"), Endpoint::Event, OK),
    on(HOSTS, Path::Is("/api/collect"), Endpoint::Event, OK),
    on(HOSTS, Path::Is("/api/batch"), Endpoint::Event, OK),
    on(HOSTS, Path::Is("/api/record"), Endpoint::Replay, OK),
    anywhere(Ends("/send"), Endpoint::Event, OK).with_body(is_event),
    anywhere(Ends("/collect"), Endpoint::Event, OK).with_body(is_event),
    anywhere(Ends("/api/batch"), Endpoint::Event, OK).with_body(is_event),
    anywhere(Ends("/api/record"), Endpoint::Replay, OK).with_body(is_recording),
];

const LIBRARIES: &[Library] = &[
    library(
        &[Is("cloud.umami.is"), Is("analytics.umami.is"), Is("us.umami.is")],
        Ends("/script.js"),
    ),
    library(HOSTS, Ends("/umami.js")),
];

const PARAMS: &[ParamSpec] = &[
    param("cache", "", Transport),
    param("payload.data.products", "items", Business),
    param("payload.data.revenue", "value", Business),
    param("payload.event_name", "", Identity),
    param("payload.hostname", "", Environment),
    param("payload.id", "user_id", Identifier),
    param("payload.name", "", Identity),
    param("payload.referrer", "referrer", Environment),
    param("payload.tag", "", Business),
    param("payload.timestamp", "", Transport).of(ParamType::Time),
    param("payload.title", "title", Environment),
    param("payload.url", "url", Environment),
    param("payload.website", "", Identity),
    param("type", "", Identity),
];

const GROUPS: &[Group] = &[
    group("payload.data.", "", Business, true),
    group("payload.event_data.", "", Business, true),
    group("payload.event_", "", Business, false),
];

const KINDS: [&str; 4] = ["\"event\"", "\"pageview\"", "\"identify\"", "\"performance\""];

fn is_recording(body: &[u8]) -> bool {
    let text = percent::text(body);
    ["\"record\"", "\"website\"", "\"events\""].iter().all(|name| text.contains(name))
}

fn is_event(body: &[u8]) -> bool {
    let text = percent::text(body);
    text.contains("\"payload\"")
        && ["\"website\"", "\"pixel\"", "\"link\""].iter().any(|name| text.contains(name))
        && KINDS.iter().any(|kind| text.contains(kind))
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    match draft.json(exchange) {
        Some(Json::List(events)) => events.into_iter().for_each(|event| read_event(event, draft)),
        Some(event) => read_event(event, draft),
        None => {}
    }
}

fn read_event<'a>(event: Json<'a>, draft: &mut Draft<'a>) {
    let account = ["payload.website", "payload.link", "payload.pixel"];
    let account = account.iter().find_map(|path| event.text_at(path)).unwrap_or_default();
    draft.account(account.clone());
    let kind = event.text_at("type");
    if draft.kind != HitKind::Event || matches!(kind.as_deref(), Some("identify" | "performance")) {
        return;
    }
    if !matches!(event.get("payload"), Some(Json::Object(_))) {
        draft.problem("no event in `payload`");
        return;
    }
    // Version 1 told the kind of interaction and its value.
    let name = ["payload.name", "payload.event_name", "payload.event_value"];
    let name = name.iter().find_map(|path| event.text_at(path));
    let name = name.unwrap_or(Cow::Borrowed("pageview"));
    draft.event(name, account, draft.json_params(event));
}

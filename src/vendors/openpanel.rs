//! OpenPanel.
//!
//! Documentation: <https://openpanel.dev/docs/api/track>.
//! Endpoints: `api.openpanel.dev/track` with `{"type","payload"}`, where only
//! the type `track` is an event and `replay` is a recording; the old `/event`
//! and `/profile`; `/track` on an instance of the shop's own.
//! Sample: `{"type":"track","payload":{"name":"signup","properties":{"plan":"pro"}}}`
//!
//! The client id stands in the header `openpanel-client-id` alone; where the
//! headers were not recorded, the account is unknown.

use crate::model::hit::HitKind;
use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path::{self, Ends};
use crate::vendors::frame::route::{Host, Library, Route, anywhere, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::{self, Json};

pub static OPENPANEL: Vendor = Vendor {
    slug: "openpanel",
    name: "OpenPanel",
    docs: "https://openpanel.dev/docs/api/track",
    notes: "the account is the client id of the header `openpanel-client-id`, the event \
            `payload.name`; a page view is a `screen_view`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    automatic: &["screen_view", "link_out", "session_start", "session_end"],
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("api.openpanel.dev")];
const OK: Answer = Answer::Json("{}");

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Is("/track"), Endpoint::Event, OK),
    on(HOSTS, Path::Is("/event"), Endpoint::Event, OK),
    on(HOSTS, Path::Under("/profile"), Endpoint::Aux, OK),
    on(HOSTS, Path::Under("/track/device-id"), Endpoint::Aux, OK),
    anywhere(Ends("/track"), Endpoint::Event, OK).with_body(is_message),
];

const LIBRARIES: &[Library] = &[library(&[Is("openpanel.dev")], Path::Starts("/op1"))];

const PARAMS: &[ParamSpec] = &[
    param("name", "", Identity),
    param("payload.name", "", Identity),
    param("payload.profileId", "user_id", Identifier),
    param("payload.properties.__deviceId", "client_id", Identifier),
    param("payload.properties.__path", "url", Environment),
    param("payload.properties.__referrer", "referrer", Environment),
    param("payload.properties.__revenue", "value", Business),
    param("payload.properties.__timestamp", "", Transport).of(ParamType::Time),
    param("payload.properties.__title", "title", Environment),
    param("payload.properties.path", "page_path", Environment),
    param("payload.properties.products", "items", Business),
    param("payload.properties.revenue", "value", Business),
    param("profileId", "user_id", Identifier),
    param("properties.__path", "url", Environment),
    param("properties.__referrer", "referrer", Environment),
    param("properties.__title", "title", Environment),
    param("properties.path", "page_path", Environment),
    param("timestamp", "", Transport).of(ParamType::Time),
    param("type", "", Identity),
];

const GROUPS: &[Group] = &[
    group("payload.properties.__", "", Environment, false),
    group("payload.properties.", "", Business, true),
    group("properties.__", "", Environment, false),
    group("properties.", "", Business, true),
];

const TYPES: [&str; 8] =
    ["track", "identify", "alias", "increment", "decrement", "replay", "group", "assign_group"];

fn is_message(body: &[u8]) -> bool {
    let Ok(body) = json::parse(body) else { return false };
    let kind = body.get("type").and_then(Json::as_str).unwrap_or_default();
    let payload = body.get("payload");
    TYPES.contains(&kind)
        && matches!(payload, Some(Json::Object(_)))
        && (kind != "track" || payload.is_some_and(|payload| payload.get("name").is_some()))
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    draft.account(exchange.header("openpanel-client-id").unwrap_or_default().to_owned());
    let Some(body) = draft.json(exchange) else { return };
    match body.text_at("type").as_deref() {
        Some("replay") => {
            draft.kind = HitKind::Replay;
            return;
        }
        Some("track") | None => {}
        Some(_) => return,
    }
    if !exchange.is_event() {
        return;
    }
    match body.text_at("payload.name").or_else(|| body.text_at("name")) {
        Some(name) => draft.event(name, draft.only_account(), draft.json_params(body)),
        None => draft.problem("no event name in `payload.name`"),
    }
}

//! Amplitude.
//!
//! Documentation: <https://amplitude.com/docs/apis/analytics/http-v2>.
//! Endpoints: `api2.amplitude.com`, `api.amplitude.com` and `api.eu.amplitude.com`
//! with `/2/httpapi` and `/batch` (JSON), `/httpapi` (a form's `event`) and `/`
//! (the old library's form with a list in `e`); `/2/httpapi` on a proxy of the
//! shop's own. `api-sr.amplitude.com` takes session replay, `/identify` and
//! `/groupidentify` are no events, and neither are experiments and diagnostics.
//! Sample: `{"api_key":"K","events":[{"event_type":"Lead","event_properties":{"plan":"pro"}}]}`
//!
//! It reads nothing inside replays.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Ends};
use crate::vendors::frame::route::{Host, Library, Look, Route, anywhere, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, Via, group, param,
};
use crate::wire::json::{self, Json};
use crate::wire::percent;

pub static AMPLITUDE: Vendor = Vendor {
    slug: "amplitude",
    name: "Amplitude",
    docs: "https://amplitude.com/docs/apis/analytics/http-v2",
    notes: "the account is `api_key`, or `client` of the old library; the event `event_type`; a \
            body holds one or many",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    message_id: Some("insert_id"),
    batches: true,
    automatic: &[
        "session_start",
        "session_end",
        "$identify",
        "$groupidentify",
        "[Amplitude] Page Viewed",
        "[Amplitude] Form Started",
        "[Amplitude] Form Submitted",
        "[Amplitude] File Downloaded",
        "[Amplitude] Element Clicked",
        "[Amplitude] Element Changed",
        "[Amplitude] Network Request",
        "[Amplitude] Web Vitals",
        "[Amplitude] Page Abandoned",
        "[Amplitude] Dead Click",
        "[Amplitude] Rage Click",
        "[Amplitude] Replay Captured",
    ],
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[
    Is("api.amplitude.com"),
    Is("api2.amplitude.com"),
    Is("api3.amplitude.com"),
    Is("api.eu.amplitude.com"),
    Is("api2.eu.amplitude.com"),
];
const REPLAY: &[Host] = &[Is("api-sr.amplitude.com"), Is("api-sr.eu.amplitude.com")];
const AUX: &[Host] = &[
    Is("api.lab.amplitude.com"),
    Is("api.lab.eu.amplitude.com"),
    Is("flag.lab.amplitude.com"),
    Is("flag.lab.eu.amplitude.com"),
    Is("diagnostics.prod.us-west-2.amplitude.com"),
    Is("diagnostics.prod.eu-central-1.amplitude.com"),
    Is("regionconfig.amplitude.com"),
];
const OK: Answer = Answer::Json("{\"code\":200}");
/// The old library waits for that very text.
const SUCCESS: Answer = Answer::Json("success");

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Is("/2/httpapi"), Endpoint::Event, OK),
    on(HOSTS, Path::Is("/batch"), Endpoint::Event, OK),
    on(HOSTS, Path::Is("/httpapi"), Endpoint::Event, SUCCESS),
    on(HOSTS, Path::Is(""), Endpoint::Event, SUCCESS).when(is_own),
    on(HOSTS, Path::Is("/identify"), Endpoint::Aux, SUCCESS),
    on(HOSTS, Path::Is("/groupidentify"), Endpoint::Aux, SUCCESS),
    on(REPLAY, Path::Under("/sessions"), Endpoint::Replay, OK),
    on(AUX, Path::Any, Endpoint::Aux, Answer::Json("{}")).when(is_own),
    anywhere(Ends("/2/httpapi"), Endpoint::Event, OK).with_body(holds_events),
    anywhere(Ends("/batch"), Endpoint::Event, OK).with_body(holds_events),
    anywhere(Ends("/sessions/v2/track"), Endpoint::Replay, OK)
        .when(|look| look.has_query("device_id") && look.has_query("session_id")),
];

const LIBRARIES: &[Library] = &[
    library(&[Is("cdn.amplitude.com"), Is("cdn.eu.amplitude.com")], Path::Any),
    library(&[Is("sr-client-cfg.amplitude.com")], Path::Any),
    library(&[Under("sr-client-cfg.eu.amplitude.com")], Path::Any),
];

const PARAMS: &[ParamSpec] = &[
    param("client_event_time", "", Transport).of(ParamType::Time),
    param("client_upload_time", "", Transport).of(ParamType::Time),
    param("currency", "currency", Business),
    param("device_id", "client_id", Identifier),
    param("event_id", "", Transport),
    param("event_properties.$currency", "currency", Business),
    param("event_properties.$price", "value", Business),
    param("event_properties.$productId", "product_id", Business),
    param("event_properties.$quantity", "quantity", Business),
    param("event_properties.$revenue", "value", Business),
    param("event_properties.$revenueType", "", Business),
    param("event_properties.[Amplitude] Page Location", "url", Environment),
    param("event_properties.[Amplitude] Page Path", "page_path", Environment),
    param("event_properties.[Amplitude] Page Title", "title", Environment),
    param("event_properties.[Amplitude] Page URL", "url", Environment),
    param("event_properties.products", "items", Business),
    param("event_properties.query", "search_string", Business),
    param("event_properties.referrer", "referrer", Environment),
    param("event_properties.revenue", "value", Business),
    param("event_type", "", Identity),
    param("insert_id", "event_id", Transport),
    param("price", "value", Business),
    param("productId", "product_id", Business),
    param("quantity", "quantity", Business),
    param("revenue", "value", Business),
    param("revenueType", "", Business),
    param("sequence_number", "", Transport),
    param("session_id", "session_id", Identifier),
    param("time", "", Transport).of(ParamType::Time),
    param("timestamp", "", Transport).of(ParamType::Time),
    param("user_id", "user_id", Identifier),
    param("uuid", "event_id", Transport),
];

const GROUPS: &[Group] = &[
    group("event_properties.[Amplitude] ", "", Environment, false),
    group("event_properties.$", "", Business, false),
    group("event_properties.utm_", "", Environment, false),
    group("event_properties.", "", Business, true),
    // What the library notes about where a person came from.
    group("user_properties.$setOnce.initial_", "", Environment, false),
    group("user_properties.$set.utm_", "", Environment, false),
    group("user_properties.$unset.", "", Environment, false),
    group("user_properties.$set.", "", Business, true),
    group("user_properties.$setOnce.", "", Business, true),
    group("user_properties.$", "", Business, false),
    group("user_properties.", "", Business, true),
    group("group_properties.$set.", "", Business, true),
    group("group_properties.", "", Business, true),
    group("groups.", "", Business, false),
    group("consent.", "", Business, false),
    group("plan.", "", Environment, false),
];

/// Such paths are only told by their host.
fn is_own(look: &Look<'_>) -> bool {
    look.via == Via::Own
}

fn holds_events(body: &[u8]) -> bool {
    let text = percent::text(body);
    text.contains("\"api_key\"") && text.contains("\"event_type\"")
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    if exchange.route.kind == Endpoint::Replay {
        let bearer = exchange.header("authorization").and_then(|text| text.strip_prefix("Bearer "));
        draft.account(bearer.unwrap_or_default().to_owned());
        return;
    }
    let is_json = exchange.body.trim_ascii_start().starts_with(b"{");
    let fields = if is_json { exchange.query() } else { exchange.fields() };
    let account = fields.first_of(&["client", "api_key"]).unwrap_or_default();
    // A form: the old library's list, or what the first interface takes.
    let events = match fields.first_of(&["e", "event", "identification"]) {
        Some(text) => match json::parse_text(text) {
            Json::List(events) => events,
            event @ Json::Object(_) => vec![event],
            _ => {
                draft.problem("`e` is not valid JSON");
                Vec::new()
            }
        },
        None => match draft.json(exchange) {
            Some(mut body) => {
                draft.account(body.text_at("api_key").unwrap_or_default());
                match body.remove("events") {
                    Some(Json::List(events)) => events,
                    Some(event) => vec![event],
                    None => Vec::new(),
                }
            }
            None => Vec::new(),
        },
    };
    draft.account(account);
    if !exchange.is_event() {
        return;
    }
    for mut event in events {
        // Of two parameters of one common name the first counts: the event's.
        if let Some(person) = event.remove("user_properties")
            && let Json::Object(members) = &mut event
        {
            members.push((Cow::Borrowed("user_properties"), person));
        }
        match event.text_at("event_type") {
            Some(name) => draft.event(name, draft.only_account(), draft.json_params(event)),
            None => draft.problem("no event name in `event_type`"),
        }
    }
}

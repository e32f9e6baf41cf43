//! Split (Harness feature flags): events and impressions.
//!
//! Documentation: <https://help.split.io/hc/en-us/articles/360020448791-JavaScript-SDK>.
//! Endpoints on `events.split.io`: `/api/events/bulk` and `/api/testImpressions/bulk`
//! (JSON lists; the key is a header), `…/beacon` (the list in `entries`, the
//! key in `token`); counts, metrics and `telemetry.split.io` are no events.
//! Sample: `[{"eventTypeId":"checkout","trafficTypeName":"user","key":"u1","value":9.5}]`
//!
//! It does not read flags' definitions (`sdk.split.io`) and their stream.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::Json as JsonAnswer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path::{self, Any, Has};
use crate::vendors::frame::route::{Host, Library, Route, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::Json;

pub static SPLITIO: Vendor = Vendor {
    slug: "splitio",
    name: "Split",
    docs: "https://help.split.io/hc/en-us/articles/360020448791-JavaScript-SDK",
    notes: "the account is the SDK key (`token`, or the header `authorization`), the event \
            `eventTypeId`; what a flag decided is called `impression`, its flag is `f`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    batches: true,
    automatic: &["impression"],
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("events.split.io")];
const OK: crate::vendors::frame::answer::Answer = JsonAnswer("{}");

const ROUTES: &[Route] = &[
    on(HOSTS, Has("/testImpressions/count"), Endpoint::Aux, OK),
    on(HOSTS, Path::Under("/api/events"), Endpoint::Event, OK),
    on(HOSTS, Path::Under("/api/testImpressions"), Endpoint::Event, OK),
    on(HOSTS, Path::Under("/api"), Endpoint::Aux, OK),
    on(&[Is("telemetry.split.io")], Any, Endpoint::Aux, OK),
];

const LIBRARIES: &[Library] = &[library(&[Is("cdn.split.io")], Path::Under("/sdk"))];

const PARAMS: &[ParamSpec] = &[
    param("eventTypeId", "", Identity),
    param("f", "feature", Business),
    param("i", "", Business).of(ParamType::Json),
    param("key", "user_id", Identifier),
    param("sdk", "", Environment),
    param("timestamp", "", Transport).of(ParamType::Time),
    param("trafficTypeName", "", Business),
    param("value", "value", Business),
];

const GROUPS: &[Group] = &[group("properties.", "", Business, true)];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let header = exchange.header("authorization");
    let bearer = header.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let Some(mut body) = draft.json(exchange) else { return draft.account(bearer) };
    let account = body.text_at("token").unwrap_or(Cow::Borrowed(bearer));
    draft.account(account.clone());
    let entries = match body.remove("entries") {
        Some(Json::List(entries)) => entries,
        _ => match body {
            Json::List(entries) => entries,
            _ => Vec::new(),
        },
    };
    for entry in entries.into_iter().filter(|_| exchange.is_event()) {
        let name = match entry.text_at("eventTypeId") {
            None if entry.get("f").is_some() => Some(Cow::Borrowed("impression")),
            name => name,
        };
        match name {
            Some(name) => draft.event(name, account.clone(), draft.json_params(entry)),
            None => draft.problem("no event name in `eventTypeId`"),
        }
    }
}

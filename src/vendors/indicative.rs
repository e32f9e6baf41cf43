//! Indicative (today mParticle Analytics).
//!
//! Documentation:
//! <https://docs.mparticle.com/guides/analytics-deprecated/developer-docs/sdks/javascript/>.
//! Endpoints: `api.indicative.com/service/event` and `/service/event/batch`
//! with JSON; the key may also stand in the path. `/service/identify` and
//! `/service/alias` carry no events.
//! Sample:
//! `{"apiKey":"1a2b","eventName":"Registration","eventUniqueId":"u1","properties":{"plan":"pro"}}`
//!
//! It reads nothing of mParticle itself, which is a vendor of its own.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::Json as JsonAnswer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Ends};
use crate::vendors::frame::route::{Host, Library, Route, Where, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::Json;

pub static INDICATIVE: Vendor = Vendor {
    slug: "indicative",
    name: "Indicative",
    docs: "https://docs.mparticle.com/guides/analytics-deprecated/developer-docs/sdks/javascript/",
    notes: "the account is `apiKey`, the event `eventName`; identities and aliases are no events",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    batches: true,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("api.indicative.com")];
const OK: crate::vendors::frame::answer::Answer = JsonAnswer("{}");

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Under("/service/event"), Endpoint::Event, OK),
    on(HOSTS, Path::Under("/service"), Endpoint::Aux, OK),
];

const LIBRARIES: &[Library] = &[Library {
    hosts: &[Under("indicative.com")],
    path: Ends("/Indicative.min.js"),
    account: Where::Nowhere,
    version: Where::Segment(1),
}];

const PARAMS: &[ParamSpec] = &[
    param("apiKey", "", Identity),
    param("eventName", "", Identity),
    param("eventTime", "", Transport).of(ParamType::Time),
    param("eventUniqueId", "user_id", Identifier),
];

const GROUPS: &[Group] = &[group("properties.", "", Business, true)];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    // The key stands in the path where no word of the interface does.
    let in_path = exchange.address.segments().nth(2).filter(|word| *word != "batch");
    let Some(mut body) = draft.json(exchange) else {
        return draft.account(in_path.unwrap_or_default());
    };
    let key = body.text_at("apiKey").or(in_path.map(Cow::Borrowed)).unwrap_or_default();
    draft.account(key.clone());
    let events = match body.remove("events") {
        Some(Json::List(events)) => events,
        _ => match body {
            Json::List(events) => events,
            event => vec![event],
        },
    };
    for event in events {
        let account = event.text_at("apiKey").unwrap_or_else(|| key.clone());
        draft.account(account.clone());
        match event.text_at("eventName") {
            _ if !exchange.is_event() => {}
            Some(name) => draft.event(name, account, draft.json_params(event)),
            None => draft.problem("no event name in `eventName`"),
        }
    }
}

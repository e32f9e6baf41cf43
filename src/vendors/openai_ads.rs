//! OpenAI Ads' measurement pixel.
//!
//! Documentation: <https://developers.openai.com/ads/measurement-pixel>.
//! Endpoints: `bzr.openai.com/v1/sdk/events`, JSON with a list of events from
//! the library, or one event in the query from an image tag;
//! `/v1/events` is the Conversions API; `/v1/obi/sync` matches cookies.
//! Sample: `https://bzr.openai.com/v1/sdk/events?pid=4KjX1&event=order_created&data[amount]=2599`
//!
//! Amounts are in the currency's smallest unit; they stay as they were sent.

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::{Empty, Image};
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path::{self, Under};
use crate::vendors::frame::route::{Host, Library, Look, Route, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::Json;

pub static OPENAI_ADS: Vendor = Vendor {
    slug: "openai_ads",
    name: "OpenAI Ads",
    docs: "https://developers.openai.com/ads/measurement-pixel",
    notes: "the account is the pixel id in `pid`, the event `type` (`event` in an image tag), or \
            the page's own name where that is `custom`; what begins with `openai::` or `oai::` is \
            telemetry",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    batches: true,
    automatic: &["page_viewed"],
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("bzr.openai.com")];

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Is("/v1/sdk/events"), Endpoint::Event, Image),
    on(HOSTS, Path::Is("/v1/events"), Endpoint::Event, Empty),
    on(HOSTS, Path::Is("/events"), Endpoint::Event, Empty),
    on(HOSTS, Under("/v1"), Endpoint::Aux, Empty).when(is_no_script),
];

const LIBRARIES: &[Library] = &[
    library(&[Is("bzrcdn.openai.com")], Under("/sdk")),
    library(&[Is("bzrcdn.openai.com")], Under("/pixel-config")),
];

const PARAMS: &[ParamSpec] = &[
    param("custom_event_name", "", Identity),
    param("data.amount", "value", Business),
    param("data[amount]", "value", Business),
    param("ec", "", Transport),
    param("event", "", Identity),
    param("event_id", "event_id", Identifier),
    param("id", "event_id", Identifier),
    param("obref", "", Identifier),
    param("oppref", "", Identifier),
    param("opt_out", "", Business).of(ParamType::Flag),
    param("pid", "", Identity),
    param("referrer_url", "referrer", Environment),
    param("source_url", "url", Environment),
    param("st", "", Environment),
    param("sv", "", Environment),
    param("t", "", Transport).of(ParamType::Time),
    param("timestamp_ms", "", Transport).of(ParamType::Time),
    param("type", "", Identity),
    param("user.email_sha256", "email_sha256", Identifier),
    param("user.external_id_sha256", "external_id", Identifier),
    param("user.fm.em", "email_sha256", Identifier),
    param("user.fm.ph", "phone_sha256", Identifier),
    param("user.in.eid", "external_id", Identifier),
    param("user.in.em", "email_sha256", Identifier),
    param("user.in.ph", "phone_sha256", Identifier),
];

const GROUPS: &[Group] = &[
    group("data.", "", Business, true),
    group("data[", "]", Business, true),
    group("user.", "", Identifier, false),
];

fn is_no_script(look: &Look<'_>) -> bool {
    look.address.bare_path().rsplit('.').next() != Some("js")
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let fields = exchange.query();
    let mut account = fields.cow("pid").unwrap_or_default();
    draft.account(account.clone());
    if !exchange.is_event() {
        return;
    }
    if exchange.body.is_empty() {
        let event = fields.cow("event");
        let name = if event.as_deref() == Some("custom") {
            fields.cow("custom_event_name").or(event)
        } else {
            event
        };
        match name {
            Some(name) => draft.event(name, account, draft.params(fields)),
            None => draft.problem("no event name in `event`"),
        }
        return;
    }
    let Some(mut body) = draft.json(exchange) else { return };
    if account.is_empty() {
        let named = ["pid", "pixel_id", "pixelId"].iter().find_map(|name| body.text_at(name));
        account = named.unwrap_or_default();
        draft.account(account.clone());
    }
    let events = match body.remove("events") {
        Some(Json::List(events)) => events,
        Some(event) => vec![event],
        None => Vec::new(),
    };
    for event in events {
        let Some(kind) = event.text_at("type") else {
            draft.problem("an event without `type`");
            continue;
        };
        if kind.starts_with("openai::") || kind.starts_with("oai::") {
            continue;
        }
        let name = if kind == "custom" {
            let places = ["custom_event_name", "data.custom_event_name", "name"];
            places.iter().find_map(|place| event.text_at(place)).unwrap_or(kind)
        } else {
            kind
        };
        let mut params = draft.json_params(event);
        params.extend(draft.json_params(body.clone()));
        draft.event(name, account.clone(), params);
        if draft.is_full() {
            return;
        }
    }
}

//! Klaviyo: the onsite library and the client API.
//!
//! Documentation: <https://developers.klaviyo.com/en/reference/create_client_event>.
//! Endpoints on `a.klaviyo.com`: `/client/events` and `/client/event-bulk-create`
//! (JSON:API), `/client/subscriptions`, the older `/api/track` (`data` with
//! base64 JSON, or JSON as it is); `/client/profiles`, `/api/identify` and the
//! library's own statistics (`/onsite/track-analytics`) carry no events.
//! Sample: `https://a.klaviyo.com/client/events/?company_id=AbCdEf` with
//! `{"data":{"type":"event","attributes":{"metric":{"data":{"type":"metric",
//! "attributes":{"name":"Viewed Product"}}},"properties":{"ProductID":"1"}}}}`
//!
//! It does not read the private API, which servers speak.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::{Json as JsonAnswer, NoContent};
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Any, Ends, Starts};
use crate::vendors::frame::route::{Host, Library, Route, Where, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::{self, Json};
use crate::wire::{base64, query};

pub static KLAVIYO: Vendor = Vendor {
    slug: "klaviyo",
    name: "Klaviyo",
    docs: "https://developers.klaviyo.com/en/reference/create_client_event",
    notes: "the account is the public API key (`company_id`, or `token` of the older API), the \
            event the metric's name; a subscription is called by its type (`subscription`); \
            profiles and the library's statistics are no events",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    batches: true,
    automatic: &["Active on Site"],
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("a.klaviyo.com"), Is("fast.a.klaviyo.com"), Is("a-client.klaviyo.com")];
const ONE: crate::vendors::frame::answer::Answer = JsonAnswer("1");

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Under("/client/events"), Endpoint::Event, NoContent),
    on(HOSTS, Path::Under("/client/event-bulk-create"), Endpoint::Event, NoContent),
    on(HOSTS, Path::Under("/client/subscriptions"), Endpoint::Event, NoContent),
    on(HOSTS, Path::Under("/client/back-in-stock-subscriptions"), Endpoint::Event, NoContent),
    on(HOSTS, Path::Under("/ajax/subscriptions/subscribe"), Endpoint::Event, ONE),
    on(HOSTS, Path::Under("/client"), Endpoint::Aux, NoContent),
    on(HOSTS, Path::Under("/api/track"), Endpoint::Event, ONE),
    on(HOSTS, Path::Under("/api/track-once"), Endpoint::Event, ONE),
    on(HOSTS, Path::Under("/api/identify"), Endpoint::Aux, ONE),
    on(HOSTS, Ends("/onsite/track-analytics"), Endpoint::Aux, NoContent),
    on(HOSTS, Path::Under("/api/onsite"), Endpoint::Aux, NoContent),
    on(&[Is("telemetrics.klaviyo.com")], Any, Endpoint::Aux, NoContent),
];

const LIBRARIES: &[Library] = &[
    Library {
        hosts: &[Under("klaviyo.com")],
        path: Starts("/onsite/js/"),
        account: Where::Query("company_id"),
        version: Where::Nowhere,
    },
    library(&[Is("a.klaviyo.com")], Path::Under("/media/js")),
];

const PARAMS: &[ParamSpec] = &[
    param("custom_source", "", Business),
    param("customer_properties.$email", "", Identifier),
    param("event", "", Identity),
    param("metric.data.attributes.name", "", Identity),
    param("metric.data.type", "", Transport),
    param("profile.data.type", "", Transport),
    param("properties.$currency", "currency", Business),
    param("properties.$event_id", "event_id", Identifier),
    param("properties.$extra", "", Business),
    param("properties.$use_ip", "", Transport),
    param("properties.$value", "value", Business),
    param("properties.$value_currency", "currency", Business),
    param("properties.Items", "items", Business),
    param("properties.Value", "value", Business),
    param("properties.page", "page", Environment).of(ParamType::Url),
    param("relationships.list.data.id", "list_id", Business),
    param("time", "", Transport).of(ParamType::Time),
    param("token", "", Identity),
    param("unique_id", "event_id", Identifier),
    param("value", "value", Business),
    param("value_currency", "currency", Business),
];

const GROUPS: &[Group] = &[
    group("properties.", "", Business, true),
    group("customer_properties.", "", Identifier, false),
    group("profile.", "", Identifier, false),
];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let of_url = ["company_id", "c", "token"]
        .iter()
        .find_map(|name| query::first(exchange.address.query, name))
        .unwrap_or_default();
    draft.account(of_url.clone());
    let body = message(exchange, draft);
    let mut segments = exchange.address.segments();
    match (segments.next(), body) {
        (Some("ajax"), None) if exchange.is_event() => {
            let fields = exchange.fields();
            draft.event("subscription", draft.only_account(), draft.params(fields));
        }
        (Some("api"), Some(Json::List(messages))) => {
            for message in messages {
                read_message(exchange, message, draft);
            }
        }
        (Some("api"), Some(message)) => read_message(exchange, message, draft),
        (_, Some(mut body)) if exchange.is_event() => match body.remove("data") {
            Some(Json::List(list)) => {
                for data in list {
                    read_data(data, of_url.clone(), draft);
                }
            }
            Some(data) => read_data(data, of_url, draft),
            None => draft.problem("no `data` in the body"),
        },
        _ => {}
    }
}

/// The body's JSON, or that in the parameter `data`, packed or not.
fn message<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) -> Option<Json<'a>> {
    if matches!(exchange.body.trim_ascii_start().first(), Some(b'{' | b'[')) {
        return draft.json(exchange);
    }
    let data = exchange.fields().cow("data")?;
    let plain = match data.as_bytes().trim_ascii_start().first() {
        Some(b'{' | b'[') => Some(data.clone().into_owned().into_bytes()),
        // A plus that was not escaped came out as a space.
        _ => base64::decode(data.replace(' ', "+").as_bytes()),
    };
    let message = plain.and_then(|bytes| json::parse_owned(&bytes).ok());
    if message.is_none() {
        draft.problem("`data` is no JSON");
    }
    message
}

/// A message of the older API.
fn read_message<'a>(exchange: &Exchange<'a>, message: Json<'a>, draft: &mut Draft<'a>) {
    let token = message.text_at("token");
    let account = token.unwrap_or_else(|| draft.only_account());
    draft.account(account.clone());
    if !exchange.is_event() {
        return;
    }
    match message.text_at("event") {
        Some(name) => draft.event(name, account, draft.json_params(message)),
        None => draft.problem("no event name in `event`"),
    }
}

/// A resource of the client API: an event, a bundle of them, a subscription.
fn read_data<'a>(mut data: Json<'a>, account: Cow<'a, str>, draft: &mut Draft<'a>) {
    let kind = data.text_at("type").unwrap_or(Cow::Borrowed("event"));
    let mut attributes = data.remove("attributes").unwrap_or_default();
    if let Some(mut events) = attributes.remove("events") {
        let Some(Json::List(events)) = events.remove("data") else { return };
        for event in events {
            read_data(event, account.clone(), draft);
        }
        return;
    }
    let name = match attributes.text_at("metric.data.attributes.name") {
        Some(name) => name,
        None if kind == "event" => {
            draft.problem("no metric name");
            return;
        }
        None => kind,
    };
    let mut params = draft.json_params(attributes);
    if let Some(list) = data.text_at("relationships.list.data.id") {
        params.push(draft.param("relationships.list.data.id", list));
    }
    draft.event(name, account, params);
}

//! Spotify Pixel.
//!
//! Documentation: <https://help.adanalytics.spotify.com/technical-pixel-docs>.
//! Endpoint: `pixels.spotify.com/v1/ingest`, JSON, one pixel's events or a
//! `batch` of several pixels'; as an image with `pid` and `action`.
//! Sample: `{"batch":[{"pid":"7889","events":[{"action":"purchase","body":{"value":9.5}}]}]}`
//!
//! It does not read the identity calls beside it.

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path;
use crate::vendors::frame::route::{Host, Library, Route, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};
use crate::wire::json::Json;

pub static SPOTIFY: Vendor = Vendor {
    slug: "spotify",
    name: "Spotify Pixel",
    docs: "https://help.adanalytics.spotify.com/technical-pixel-docs",
    notes: "the account is `pid`, the event each `action` of `events`; `alias` only names the \
            visitor",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    batches: true,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("pixels.spotify.com")];

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Is("/v1/ingest"), Endpoint::Event, Answer::Image),
    // A bare address is somebody who looks.
    on(HOSTS, Path::Under("/v1"), Endpoint::Aux, Answer::Image)
        .when(|look| !look.address.path.ends_with("/ingest")),
];

const LIBRARIES: &[Library] = &[library(&[Is("pixel.byspotify.com")], Path::Any)];

const PARAMS: &[ParamSpec] = &[
    param("action", "", Identity),
    param("body.currency", "currency", Business),
    param("body.discount_code", "coupon", Business),
    param("body.email", "email_sha256", Identifier),
    param("body.event_id", "event_id", Identifier),
    param("body.event_name", "", Business),
    param("body.line_items", "items", Business),
    param("body.order_id", "order_id", Business),
    param("body.product_category", "item_category", Business),
    param("body.product_id", "product_id", Business),
    param("body.product_name", "content_name", Business),
    param("body.quantity", "quantity", Business),
    param("body.referrer", "referrer", Environment),
    param("body.title", "title", Environment),
    param("body.transaction_id", "order_id", Business),
    param("body.url", "url", Environment),
    param("body.value", "value", Business),
    param("currency", "currency", Business),
    param("event_id", "event_id", Identifier),
    param("id", "event_id", Identifier),
    param("pid", "", Identity),
    param("referrer", "referrer", Environment),
    param("session_id", "session_id", Identifier),
    param("timestamp", "", Transport),
    param("ts", "", Transport),
    param("url", "url", Environment),
    param("value", "value", Business),
];

const GROUPS: &[Group] = &[group("body.", "", Business, true)];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    if exchange.body.is_empty() {
        let fields = exchange.query();
        draft.account(fields.cow("pid").unwrap_or_default());
        if let Some(name) = fields.first_of(&["action", "event"]).filter(|_| exchange.is_event()) {
            draft.event(name, draft.only_account(), draft.params(fields));
        }
        return;
    }
    let Some(mut body) = draft.json(exchange) else { return };
    let messages = match body.remove("batch") {
        Some(Json::List(messages)) => messages,
        Some(message) => vec![message],
        None => match body {
            Json::List(messages) => messages,
            message => vec![message],
        },
    };
    for mut message in messages {
        let account = message.text_at("pid").unwrap_or_default();
        draft.account(account.clone());
        let Some(Json::List(events)) = message.remove("events") else { continue };
        if !exchange.is_event() {
            continue;
        }
        let shared = draft.json_params(message);
        for event in events {
            if draft.is_full() {
                return;
            }
            let Some(name) = event.text_at("action") else {
                draft.problem("no event name in `action`");
                continue;
            };
            if name == "alias" {
                continue;
            }
            let mut params = draft.json_params(event);
            params.extend(shared.iter().cloned());
            draft.event(name, account.clone(), params);
        }
    }
}

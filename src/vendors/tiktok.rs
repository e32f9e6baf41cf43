//! TikTok Pixel.
//!
//! Documentation: <https://business-api.tiktok.com/portal/docs?id=1739585702922241>.
//! Endpoints: `analytics.tiktok.com/api/v2/pixel` (JSON POST, or base64 JSON
//! in `analytics_message` as GET), with `/act` for events that the library
//! collects by itself; everything else below (`/inter`, `/perf`, …) is telemetry.
//! Sample: `{"event":"CompletePayment","event_id":"a","context":{"pixel":{"code":"C1"}},
//! "properties":{"value":9.5,"currency":"GBP"}}`
//!
//! It does not read the Events API, which servers speak.

use std::borrow::Cow;

use serde_json::Value;

use crate::model::call::Call;
use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::model::vendor::CalledEvent;
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::probe::{Probes, text_of};
use crate::vendors::frame::route::Host::Under;
use crate::vendors::frame::route::Path::Starts;
use crate::vendors::frame::route::{Host, Library, Look, Route, Where, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, Vendor, Via, group, param,
};
use crate::wire::json::{self, Json};
use crate::wire::{base64, query};

pub static TIKTOK: Vendor = Vendor {
    slug: "tiktok",
    name: "TikTok Pixel",
    docs: "https://business-api.tiktok.com/portal/docs?id=1739585702922241",
    notes: "the account is `context.pixel.code`, the event `event`, or `action` for what the \
            library collects by itself",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    calls: Some(calls),
    automatic: &["Metadata", "Click", "Submit", "PageLeave", "EnrichAM"],
    probes: Probes {
        globals: &["ttq"],
        spoken: "ttq.track(\"{}\")",
        account: |call| match call.name.as_str() {
            "ttq.load" => text_of(call.args.first()?),
            _ => None,
        },
        consent: |call| match call.name.as_str() {
            "ttq.holdConsent" | "ttq.revokeConsent" => Some(false),
            "ttq.grantConsent" => Some(true),
            _ => None,
        },
        holds_back: true,
        ..Probes::NONE
    },
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("tiktok.com"), Under("tiktokw.us")];
const OK: Answer = Answer::Json("{\"code\":0,\"message\":\"OK\"}");

const ROUTES: &[Route] = &[
    on(HOSTS, Starts("/api/v"), Endpoint::Event, OK).when(|look| version_path(look) == Some(true)),
    on(HOSTS, Starts("/api/v"), Endpoint::Aux, OK).when(|look| version_path(look) == Some(false)),
];

const LIBRARIES: &[Library] = &[Library {
    hosts: HOSTS,
    path: Starts("/i18n/pixel/"),
    account: Where::Query("sdkid"),
    version: Where::Nowhere,
}];

const PARAMS: &[ParamSpec] = &[
    param("action", "", Identity),
    param("context.index", "", Transport),
    param("context.page.load_progress", "", Transport),
    param("context.page.referrer", "referrer", Environment),
    param("context.page.url", "url", Environment),
    param("context.pageview_id", "", Transport),
    param("context.pixel.code", "", Identity),
    param("context.pixel.codes", "", Identity),
    param("context.session_id", "", Transport),
    param("context.user.anonymous_id", "", Identifier),
    param("context.user.email", "email_sha256", Identifier),
    param("context.user.external_id", "external_id", Identifier),
    param("context.user.phone_number", "phone_sha256", Identifier),
    param("event", "", Identity),
    param("event_id", "event_id", Identifier),
    param("event_name", "", Identity),
    param("message_id", "", Transport),
    param("pixel_code", "", Identity),
    param("properties.event_id", "", Business),
    param("properties.query", "search_string", Business),
    param("timestamp", "", Transport),
];

const GROUPS: &[Group] = &[
    group("properties.", "", Business, true),
    group("context.user.", "", Identifier, false),
    group("context.ad.", "", Environment, false),
    // Positions, times and element paths of what a person clicked.
    group("auto_collected_properties.", "", Transport, false),
    group("_inspection.", "", Transport, false),
    group("signal_diagnostic_labels.", "", Transport, false),
];

/// Whether a path below `/api/v<digits>` takes events; `None` elsewhere.
fn version_path(look: &Look<'_>) -> Option<bool> {
    if look.via == Via::Own && !look.address.host.starts_with("analytics") {
        return None;
    }
    let mut segments = look.address.segments().skip_while(|segment| *segment != "api").skip(1);
    let digits = segments.next()?.strip_prefix('v')?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let takes = matches!(
        (segments.next()?, segments.next(), segments.next()),
        ("track" | "pixel" | "shopify_pixel", None | Some("act" | "track" | "batch"), None)
    );
    Some(takes)
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let message = query::first(exchange.address.query, "analytics_message");
    let body = match message {
        Some(text) => {
            let plain = text.trim_start().starts_with('{');
            // A plus that was not escaped came out as a space.
            let bytes = base64::decode(text.replace(' ', "+").as_bytes());
            let bytes = if plain { Some(text.as_bytes().to_vec()) } else { bytes };
            let decoded = bytes.and_then(|bytes| json::parse_owned(&bytes).ok());
            if decoded.is_none() {
                draft.problem("`analytics_message` is no base64 of JSON");
            }
            decoded
        }
        None => draft.json(exchange),
    };
    let named = |name| query::first(exchange.address.query, name).unwrap_or_default();
    draft.accounts(named("codes"), '|');
    let Some(mut body) = body else {
        if draft.problems.is_empty() && exchange.is_event() {
            draft.problem("no body");
        }
        return;
    };
    let messages = match body.remove("batch") {
        Some(Json::List(messages)) => messages,
        Some(message) => vec![message],
        None => match body {
            Json::List(messages) => messages,
            message @ Json::Object(_) => vec![message],
            _ => Vec::new(),
        },
    };
    for message in messages {
        read_message(exchange, message, draft);
    }
    if draft.accounts.is_empty() {
        draft.account(named("sdkid"));
    }
}

fn read_message<'a>(exchange: &Exchange<'a>, message: Json<'a>, draft: &mut Draft<'a>) {
    let codes = ["context.pixel.codes", "codes", "context.pixel.code", "pixel_code"];
    let codes = codes.iter().find_map(|path| message.text_at(path)).unwrap_or_default();
    // Of several codes the event is of every account of the request.
    let account = if codes.contains('|') { Cow::Borrowed("") } else { codes.clone() };
    draft.accounts(codes, '|');
    if !exchange.is_event() {
        return;
    }
    let names = ["event", "action", "event_name"];
    let Some(name) = names.iter().find_map(|name| message.text_at(name)) else {
        draft.problem("no event name in `event` or `action`");
        return;
    };
    // Sends user data that the library collected, and no event.
    if name == "EnrichAM" {
        return;
    }
    let in_url = query::first(exchange.address.query, "sdkid").is_some();
    if draft.accounts.is_empty() && !in_url {
        draft.problem("no pixel code in `context.pixel.code`");
    }
    draft.event(name, account, draft.json_params(message));
}

fn calls(call: &Call) -> Vec<CalledEvent> {
    let Some(method) = call.name.strip_prefix("ttq.") else { return Vec::new() };
    let text = |at: usize| call.args.get(at).and_then(Value::as_str).map(str::to_owned);
    let (event, options) = match method {
        "track" => (text(0), 2),
        "page" => (Some("Pageview".to_owned()), 1),
        _ => return Vec::new(),
    };
    let Some(event) = event else { return Vec::new() };
    let options = call.args.get(options);
    let option = |name: &str| {
        options.and_then(|options| options.get(name)).and_then(Value::as_str).map(str::to_owned)
    };
    vec![CalledEvent {
        vendor: TIKTOK.slug.to_owned(),
        event: Some(event),
        account: option("pixel_code"),
        event_id: option("event_id"),
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn called(name: &str, args: &Value) -> Vec<CalledEvent> {
        calls(&Call {
            name: name.to_owned(),
            args: args.as_array().cloned().unwrap_or_default(),
            at_ms: 0.0,
            frame: None,
            frame_url: String::new(),
            document: None,
            step: None,
            stack: Vec::new(),
        })
    }

    #[test]
    fn calls_name_event_and_event_id() {
        let told = called("ttq.track", &json!(["Lead", {"value": 1}, {"event_id": "e1"}]));
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].event.as_deref(), Some("Lead"));
        assert_eq!(told[0].event_id.as_deref(), Some("e1"));
        assert_eq!(called("ttq.page", &json!([]))[0].event.as_deref(), Some("Pageview"));
        assert_eq!(called("ttq.identify", &json!([{"email": "a@b.example"}])), []);
        assert_eq!(called("ttq.track", &json!([1])), []);
    }
}

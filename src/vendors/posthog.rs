//! PostHog.
//!
//! Documentation: <https://posthog.com/docs/api/capture>.
//! Endpoints: `{us,eu}.i.posthog.com` and `app.posthog.com` with `/e/`,
//! `/i/v0/e/`, `/capture/`, `/batch/` and the old `/track/` and `/engage/`, the
//! same below any folder of a proxy of the shop's own. Bodies are JSON (one
//! event, a list, or `{"api_key","batch"}`), gzip, or a form's `data` in
//! base64; a GET holds `data` in its URL. `/s/` takes session recordings,
//! `/flags/` and `/decide/` ask for feature flags.
//! Sample: `{"api_key":"phc_x","event":"signup","properties":{"distinct_id":"d","plan":"pro"}}`
//!
//! It does not read `compression=lz64`, which only old libraries use, and
//! nothing inside recordings.

use std::borrow::Cow;

use memchr::memmem;

use crate::model::hit::HitKind;
use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::fields::Fields;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Ends, Has};
use crate::vendors::frame::route::{Host, Library, Route, Where, anywhere, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::{self, Json};
use crate::wire::{base64, compress, percent, query};

pub static POSTHOG: Vendor = Vendor {
    slug: "posthog",
    name: "PostHog",
    docs: "https://posthog.com/docs/api/capture",
    notes: "the account is `api_key` or `token`, the event `event`; a body holds one or many",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    message_id: Some("uuid"),
    batches: true,
    automatic: &[
        "$pageview",
        "$pageleave",
        "$autocapture",
        "$rageclick",
        "$dead_click",
        "$copy_autocapture",
        "$exception",
        "$feature_flag_called",
        "$groupidentify",
        "$identify",
        "$opt_in",
        "$set",
        "$web_vitals",
        "$$heatmap",
        "$create_alias",
        "survey shown",
        "survey dismissed",
        "survey sent",
    ],
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[
    Under("i.posthog.com"),
    Is("app.posthog.com"),
    Is("us.posthog.com"),
    Is("eu.posthog.com"),
    Is("e.posthog.com"),
    Is("t.posthog.com"),
];
const OK: Answer = Answer::Json("{\"status\":1}");
const FLAGS: Answer = Answer::Json("{\"flags\":{},\"featureFlags\":{},\"sessionRecording\":false}");

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Under("/e"), Endpoint::Event, OK),
    on(HOSTS, Path::Under("/i/v0/e"), Endpoint::Event, OK),
    on(HOSTS, Path::Under("/capture"), Endpoint::Event, OK),
    on(HOSTS, Path::Under("/batch"), Endpoint::Event, OK),
    on(HOSTS, Path::Under("/track"), Endpoint::Event, OK),
    on(HOSTS, Path::Under("/engage"), Endpoint::Event, OK),
    on(HOSTS, Path::Under("/s"), Endpoint::Replay, OK),
    on(HOSTS, Path::Under("/decide"), Endpoint::Aux, FLAGS),
    on(HOSTS, Path::Under("/flags"), Endpoint::Aux, FLAGS),
    on(HOSTS, Path::Under("/i/v1"), Endpoint::Aux, OK),
    on(HOSTS, Path::Is("/api/surveys"), Endpoint::Aux, Answer::Json("{\"surveys\":[]}")),
    on(HOSTS, Path::Is("/api/web_experiments"), Endpoint::Aux, Answer::Json("{}")),
    on(HOSTS, Path::Is("/api/early_access_features"), Endpoint::Aux, Answer::Json("{}")),
    on(HOSTS, Path::Is("/api/product_tours"), Endpoint::Aux, Answer::Json("{}")),
    anywhere(Ends("/i/v0/e"), Endpoint::Event, OK).with_body(holds_events),
    anywhere(Ends("/e"), Endpoint::Event, OK).with_body(holds_events),
    anywhere(Ends("/capture"), Endpoint::Event, OK).with_body(holds_events),
    anywhere(Ends("/batch"), Endpoint::Event, OK).with_body(holds_events),
    anywhere(Ends("/s"), Endpoint::Replay, OK).with_body(holds_recording),
    anywhere(Ends("/flags"), Endpoint::Aux, FLAGS).with_body(asks_for_flags),
    anywhere(Ends("/decide"), Endpoint::Aux, FLAGS).with_body(asks_for_flags),
];

const ASSETS: &[Host] = &[
    Is("us-assets.i.posthog.com"),
    Is("eu-assets.i.posthog.com"),
    Under("i.posthog.com"),
    Is("app.posthog.com"),
    Is("us.posthog.com"),
    Is("eu.posthog.com"),
];

const LIBRARIES: &[Library] = &[
    Library {
        hosts: ASSETS,
        path: Path::Under("/array"),
        account: Where::Segment(1),
        version: Where::Nowhere,
    },
    library(ASSETS, Path::Under("/static")),
    library(ASSETS, Path::Is("/site_app")),
    library(ASSETS, Has("/array.js")),
];

const PARAMS: &[ParamSpec] = &[
    param("api_key", "", Identity),
    param("distinct_id", "client_id", Identifier),
    param("event", "", Identity),
    param("offset", "", Transport),
    param("properties.$anon_distinct_id", "", Identifier),
    param("properties.$current_url", "url", Environment),
    param("properties.$device_id", "", Identifier),
    param("properties.$insert_id", "event_id", Transport),
    param("properties.$pageview_id", "", Transport),
    param("properties.$process_person_profile", "", Environment),
    param("properties.$referrer", "referrer", Environment),
    param("properties.$session_id", "session_id", Identifier),
    param("properties.$time", "", Transport).of(ParamType::Time),
    param("properties.$user_id", "user_id", Identifier),
    param("properties.$window_id", "", Identifier),
    param("properties.distinct_id", "client_id", Identifier),
    param("properties.products", "items", Business),
    param("properties.query", "search_string", Business),
    param("properties.revenue", "value", Business),
    param("properties.title", "title", Environment),
    param("properties.token", "", Identity),
    param("sent_at", "", Transport).of(ParamType::Time),
    param("timestamp", "", Transport).of(ParamType::Time),
    param("uuid", "event_id", Transport),
];

/// What begins with a dollar sign is the library's own.
const GROUPS: &[Group] = &[
    group("properties.$set.", "", Business, true),
    group("properties.$set_once.$", "", Environment, false),
    group("properties.$set_once.", "", Business, true),
    group("properties.$groups.", "", Business, false),
    group("properties.$feature/", "", Environment, false),
    group("properties.$sdk_debug", "", Transport, false),
    group("properties.$lib_rate_limit", "", Transport, false),
    group("properties.$prev_pageview", "", Transport, false),
    group("properties.$", "", Environment, false),
    group("properties.utm_", "", Environment, false),
    group("properties.", "", Business, true),
    group("$set.$", "", Environment, false),
    group("$set.", "", Business, true),
    group("$set_once.$", "", Environment, false),
    group("$set_once.utm_", "", Environment, false),
    group("$set_once.", "", Business, true),
];

/// Advertisers' click ids, which the library puts in by itself.
const CLICK_IDS: &[&str] = &[
    "_kx",
    "bfcid",
    "dclid",
    "epik",
    "fbclid",
    "gad_source",
    "gbraid",
    "gclid",
    "gclsrc",
    "igshid",
    "irclid",
    "li_fat_id",
    "mc_cid",
    "msclkid",
    "oppref",
    "qclid",
    "rdt_cid",
    "sccid",
    "ttclid",
    "twclid",
    "wbraid",
];

fn holds_events(body: &[u8]) -> bool {
    is_of_library(body, |body| {
        contains(body, "\"event\"")
            && contains(body, "\"distinct_id\"")
            && (contains(body, "\"$lib\"") || contains(body, "\"phc_"))
    })
}

fn holds_recording(body: &[u8]) -> bool {
    is_of_library(body, |body| contains(body, "\"$snapshot"))
}

fn asks_for_flags(body: &[u8]) -> bool {
    is_of_library(body, |body| {
        contains(body, "\"distinct_id\"")
            && (contains(body, "\"token\"") || contains(body, "\"api_key\""))
    })
}

fn contains(body: &[u8], text: &str) -> bool {
    memmem::find(body, text.as_bytes()).is_some()
}

fn is_of_library(body: &[u8], holds: fn(&[u8]) -> bool) -> bool {
    if holds(body) {
        return true;
    }
    let mut fields = Fields::default();
    fields.read_urlencoded(body);
    let unpacked = fields.get("data").and_then(|data| base64::decode(data.as_bytes()));
    unpacked.is_some_and(|bytes| holds(&bytes))
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let asks = ["token", "api_key"];
    let of_url = asks.iter().find_map(|name| query::first(exchange.address.query, name));
    draft.account(of_url.unwrap_or_default());
    let Some(mut body) = body(exchange, draft) else { return };
    let of_all = ["api_key", "token", "$token"].iter().find_map(|name| body.text_at(name));
    let account = of_all.unwrap_or_default();
    draft.account(account.clone());
    let events = match body.remove("batch") {
        Some(Json::List(events)) => events,
        Some(_) => Vec::new(),
        None => match body {
            Json::List(events) => events,
            event => vec![event],
        },
    };
    for event in events {
        // The batch's key is the one that counts; an event tells its own too.
        let account = if account.is_empty() {
            let own = ["properties.token", "api_key", "token", "properties.api_key"];
            own.iter().find_map(|path| event.text_at(path)).unwrap_or_default()
        } else {
            account.clone()
        };
        draft.account(account.clone());
        if !exchange.is_event() {
            continue;
        }
        let Some(name) = event.text_at("event") else {
            // `/engage/` takes properties of persons as well.
            if event.get("$set").is_none() && event.get("$set_once").is_none() {
                draft.problem("no event name in `event`");
            }
            continue;
        };
        // Old libraries sent recordings among the events.
        if name == "$snapshot" {
            draft.kind = HitKind::Replay;
            continue;
        }
        let mut params = draft.json_params(event);
        for param in &mut params {
            if param.wire.strip_prefix("properties.").is_some_and(|name| CLICK_IDS.contains(&name))
            {
                param.class = Environment;
            }
        }
        draft.event(name, account, params);
    }
}

/// JSON as it is, in base64, or in `data` of a form or of the URL.
fn body<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) -> Option<Json<'a>> {
    if let Ok(body @ (Json::Object(_) | Json::List(_))) = json::parse(exchange.body) {
        return Some(body);
    }
    let mut fields = Fields::default();
    fields.read_urlencoded(exchange.body);
    let data = fields.cow("data").or_else(|| query::first(exchange.address.query, "data"));
    let bytes = match &data {
        Some(data) => data.as_bytes(),
        None => exchange.body,
    };
    if bytes.is_empty() {
        return None;
    }
    // A plus that was not escaped came out as a space.
    let text = percent::text(bytes).replace(' ', "+");
    let unpacked = base64::decode(text.as_bytes()).unwrap_or_else(|| bytes.to_vec());
    let unpacked = compress::unpack(&unpacked, None).unwrap_or(Cow::Borrowed(&*unpacked));
    match json::parse_owned(&unpacked) {
        Ok(body) => Some(body),
        Err(error) => {
            draft.problem(format!("body is not valid JSON: {error}"));
            None
        }
    }
}

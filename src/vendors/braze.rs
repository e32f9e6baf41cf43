//! Braze.
//!
//! Documentation: <https://www.braze.com/docs/developer_guide/platforms/web/>.
//! Endpoints: `sdk.<cluster>.braze.com/api/v3/data/`, the European
//! `sdk.fra-01.braze.eu`, the old `*.appboy.com`, and the same path on a host
//! of the shop's own. What else is below `/api/v3/` fetches messages and
//! holds no event, nor does a data request without any.
//! Sample: `{"api_key":"K","events":[{"name":"ce","data":{"n":"signup","p":{"plan":"pro"}}}]}`
//!
//! It does not read the attributes of users.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Ends};
use crate::vendors::frame::route::{Host, Library, Route, Where, anywhere, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::Json;
use crate::wire::percent;

pub static BRAZE: Vendor = Vendor {
    slug: "braze",
    name: "Braze",
    docs: "https://www.braze.com/docs/developer_guide/platforms/web/",
    notes: "the account is `api_key`; the event is a custom event's own name, or what the \
            library's code stands for: `purchase`, `session_start`, …",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    batches: true,
    automatic: &[
        "session_start",
        "session_end",
        "in_app_message_impression",
        "content_card_impression",
        "banner_impression",
        "push_click",
    ],
    ..Vendor::BASE
};

const HOSTS: &[Host] =
    &[Under("braze.com"), Under("braze.eu"), Under("appboy.com"), Under("appboy.eu")];
const OK: Answer = Answer::Json("{}");

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Is("/api/v3/data"), Endpoint::Event, OK),
    on(HOSTS, Path::Under("/api/v3"), Endpoint::Aux, OK),
    anywhere(Ends("/api/v3/data"), Endpoint::Event, OK).with_body(is_of_library),
    anywhere(Ends("/api/v3/content_cards/sync"), Endpoint::Aux, OK).with_body(is_of_library),
    anywhere(Ends("/api/v3/feature_flags/sync"), Endpoint::Aux, OK).with_body(is_of_library),
    anywhere(Ends("/api/v3/banners/sync"), Endpoint::Aux, OK).with_body(is_of_library),
];

const LIBRARIES: &[Library] = &[Library {
    hosts: &[Is("js.appboycdn.com"), Is("js.braze.com")],
    path: Path::Any,
    account: Where::Nowhere,
    version: Where::Segment(1),
}];

const PARAMS: &[ParamSpec] = &[
    param("data.c", "currency", Business),
    param("data.d", "", Transport),
    param("data.n", "", Identity),
    param("data.p", "value", Business),
    param("data.p.products", "items", Business),
    param("data.p.total_value", "value", Business),
    param("data.pid", "product_id", Business),
    param("data.q", "quantity", Business),
    param("name", "", Identity),
    param("session_id", "session_id", Identifier),
    param("time", "", Transport).of(ParamType::Time),
    param("user_id", "user_id", Identifier),
];

const GROUPS: &[Group] = &[
    group("data.p.", "", Business, true),
    group("data.pr.", "", Business, true),
    group("data.", "", Environment, false),
];

/// What the library's codes stand for.
const NAMES: &[(&str, &str)] = &[
    ("add", "add_to_custom_attribute_array"),
    ("bc", "banner_click"),
    ("bd", "banner_dismissal"),
    ("bi", "banner_impression"),
    ("ccc", "content_card_click"),
    ("ccd", "content_card_dismissal"),
    ("cci", "content_card_impression"),
    ("ccic", "content_card_control_impression"),
    ("ce", "custom_event"),
    ("ffi", "feature_flag_impression"),
    ("iec", "in_app_message_control_impression"),
    ("inc", "increment_custom_attribute"),
    ("lcaa", "set_custom_location_attribute"),
    ("lcar", "remove_custom_location_attribute"),
    ("lr", "location_recorded"),
    ("ncam", "merge_custom_attribute"),
    ("p", "purchase"),
    ("pc", "push_click"),
    ("rem", "remove_from_custom_attribute_array"),
    ("sbc", "in_app_message_button_click"),
    ("sc", "in_app_message_click"),
    ("se", "session_end"),
    ("set", "set_custom_attribute"),
    ("sfe", "feed_displayed"),
    ("sgu", "subscription_group_update"),
    ("si", "in_app_message_impression"),
    ("ss", "session_start"),
    ("uae", "user_alias"),
];

fn is_of_library(body: &[u8]) -> bool {
    let text = percent::text(body);
    text.contains("\"api_key\"")
        && ["\"respond_with\"", "\"sdk_version\"", "\"device_id\""]
            .iter()
            .any(|name| text.contains(name))
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    draft.account(exchange.header("x-braze-api-key").unwrap_or_default().to_owned());
    let Some(mut body) = draft.json(exchange) else { return };
    draft.account(body.text_at("api_key").unwrap_or_default());
    let events = match body.remove("events") {
        Some(Json::List(events)) if exchange.is_event() => events,
        _ => return,
    };
    for event in events {
        let Some(code) = event.text_at("name") else {
            draft.problem("no event code in `name`");
            continue;
        };
        let name = match &*code {
            // What the library tells of itself, and its errors.
            "i" | "ie" => continue,
            "ce" => event.text_at("data.n"),
            _ => None,
        };
        let known = NAMES.iter().find(|(known, _)| *known == code);
        let name = name.or(known.map(|(_, name)| Cow::Borrowed(*name))).unwrap_or(code);
        draft.event(name, draft.only_account(), draft.json_params(event));
    }
}

//! Shopify: the storefront's own analytics (Trekkie, Monorail).
//!
//! Documentation: <https://shopify.dev/docs/api/hydrogen/latest/utilities/sendshopifyanalytics>.
//! Endpoints: `monorail-edge.shopifysvc.com/unstable/produce_batch` (and
//! `/v1/produce`, `/unstable/produce`), and the same below
//! `/.well-known/shopify/monorail` of the shop's own host. The body is JSON
//! whatever its content type says.
//! Sample: `{"events":[{"schema_id":"trekkie_storefront_page_view/1.4",
//! "payload":{"shopId":1,"currency":"EUR","url":"https://…"},"metadata":{…}}]}`
//!
//! It does not read the telemetry of Shopify's scripts, which takes the same
//! way, nor what a web pixel sends to its own vendor.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::Json as JsonAnswer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{Any, Ends, Has, Under as Below};
use crate::vendors::frame::route::{Host, Library, Route, Where, anywhere, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::{self, Json};

pub static SHOPIFY: Vendor = Vendor {
    slug: "shopify",
    name: "Shopify",
    docs: "https://shopify.dev/docs/api/hydrogen/latest/utilities/sendshopifyanalytics",
    notes: "the account is the shop's id; the event is the payload's `event_name`, else the \
            schema without its version (`trekkie_storefront_page_view`); one page view goes out \
            under several schemas, and telemetry of Shopify's scripts is no event",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    batches: true,
    automatic: &["trekkie_storefront_page_view", "page_rendered", "page_viewed"],
    ..Vendor::BASE
};

const EDGE: &[Host] = &[
    Is("monorail-edge.shopifysvc.com"),
    Is("monorail-edge-ca.shopifycloud.com"),
    Is("monorail-edge-staging.shopifycloud.com"),
    Is("monorail-edge.shopifycloud.com"),
];
const OK: crate::vendors::frame::answer::Answer = JsonAnswer("{\"result\":[]}");

const ROUTES: &[Route] = &[
    on(EDGE, Ends("/produce_batch"), Endpoint::Event, OK),
    on(EDGE, Ends("/produce"), Endpoint::Event, OK),
    on(EDGE, Any, Endpoint::Aux, OK),
    anywhere(Has("/.well-known/shopify/monorail"), Endpoint::Event, OK),
    anywhere(Ends("/monorail/unstable/produce_batch"), Endpoint::Event, OK)
        .with_body(|body| body.windows(11).any(|part| part == b"\"schema_id\"")),
];

const LIBRARIES: &[Library] = &[
    library(&[Is("cdn.shopify.com")], Below("/shopifycloud")),
    library(&[Is("cdn.shopify.com")], Below("/s/trekkie.storefront")),
    Library {
        hosts: &[Under("shopifycdn.com")],
        path: Below("/cdn/shopifycloud"),
        account: Where::Nowhere,
        version: Where::Nowhere,
    },
];

const PARAMS: &[ParamSpec] = &[
    param("metadata.event_created_at_ms", "", Transport).of(ParamType::Time),
    param("metadata.event_sent_at_ms", "", Transport).of(ParamType::Time),
    param("payload.analytics_allowed", "", Business).of(ParamType::Flag),
    param("payload.appClientId", "", Environment),
    param("payload.asset_version_id", "", Environment),
    param("payload.canonical_url", "", Environment),
    param("payload.cart_token", "", Identifier),
    param("payload.ccpa_enforced", "", Business).of(ParamType::Flag),
    param("payload.collection_id", "", Business),
    param("payload.collection_name", "", Business),
    param("payload.currency", "currency", Business),
    param("payload.customerId", "user_id", Identifier),
    param("payload.customer_id", "user_id", Identifier),
    param("payload.event_id", "event_id", Identifier),
    param("payload.event_name", "", Identity),
    param("payload.event_source_url", "url", Environment),
    param("payload.gdpr_enforced", "", Business).of(ParamType::Flag),
    param("payload.marketing_allowed", "", Business).of(ParamType::Flag),
    param("payload.order_id", "order_id", Business),
    param("payload.pageType", "page_category", Business),
    param("payload.path", "page_path", Environment),
    param("payload.products", "items", Business),
    param("payload.referrer", "referrer", Environment),
    param("payload.resourceId", "", Business),
    param("payload.resourceType", "", Business),
    param("payload.sale_of_data_allowed", "", Business).of(ParamType::Flag),
    param("payload.search_string", "search_string", Business),
    param("payload.shopId", "", Identity),
    param("payload.shop_id", "", Identity),
    param("payload.title", "title", Environment),
    param("payload.total_value", "value", Business),
    param("payload.uniqToken", "client_id", Identifier),
    param("payload.unique_token", "client_id", Identifier),
    param("payload.url", "url", Environment),
    param("payload.visitToken", "session_id", Identifier),
    param("schema_id", "", Identity),
];

const GROUPS: &[Group] =
    &[group("payload.data.", "", Business, true), group("payload.customData.", "", Business, true)];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let Some(mut body) = draft.json(exchange) else { return };
    match body.remove("events") {
        Some(Json::List(events)) => {
            for event in events {
                read_event(exchange, event, draft);
            }
        }
        _ => read_event(exchange, body, draft),
    }
}

fn read_event<'a>(exchange: &Exchange<'a>, mut event: Json<'a>, draft: &mut Draft<'a>) {
    let shop = ["payload.shopId", "payload.shop_id", "payload.shopid"];
    let account = shop.iter().find_map(|path| event.text_at(path)).unwrap_or_default();
    draft.account(account.clone());
    let Some(schema) = event.text_at("schema_id") else {
        draft.problem("no `schema_id`");
        return;
    };
    let own = ["payload.event_name", "payload.eventName"];
    let own = own.iter().find_map(|path| event.text_at(path));
    if !exchange.is_event() || is_telemetry(&schema, own.is_some()) {
        return;
    }
    let name = own.unwrap_or_else(|| match schema {
        Cow::Borrowed(schema) => Cow::Borrowed(bare(schema)),
        Cow::Owned(schema) => Cow::Owned(bare(&schema).to_owned()),
    });
    unpack_products(&mut event);
    draft.event(name, account, draft.json_params(event));
}

/// The schema's name without its version.
fn bare(schema: &str) -> &str {
    schema.split_once('/').map_or(schema, |(name, _)| name)
}

/// What Shopify's scripts tell of themselves.
fn is_telemetry(schema: &str, named: bool) -> bool {
    let name = bare(schema);
    // A pixel's own copy of an event, once for each pixel.
    if name.contains("subscriber") || name.contains("visitor") {
        return true;
    }
    let marks = ["web_pixels_manager", "perf", "error", "_load", "metric", "telemetry"];
    !named && marks.iter().any(|mark| name.contains(mark))
}

/// Products are a list of texts, each of them JSON.
fn unpack_products(event: &mut Json<'_>) {
    let Json::Object(members) = event else { return };
    let payload = members.iter_mut().find(|(name, _)| name == "payload").map(|(_, value)| value);
    let Some(Json::Object(payload)) = payload else { return };
    for (name, value) in payload {
        if let (true, Json::List(products)) = (name == "products", value) {
            for product in products {
                if let Json::Text(text) = product {
                    *product = json::parse_text(std::mem::take(text));
                }
            }
        }
    }
}

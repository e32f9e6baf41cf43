//! Attentive.
//!
//! Documentation: <https://docs.attentive.com/pages/developer-guides/>.
//! Endpoints on `events.attentivemobile.com`: `/e` with a code in `t` and JSON
//! in `m`; `/mobile` with JSON in `d`. `*.attn.tv/d` and the rest carry no events.
//! Sample: `https://events.attentivemobile.com/e?v=1&c=shop&t=p&m=%7B%22productId%22%3A%221%22%7D`
//!
//! It does not read sign-up units, which live in a frame of Attentive's own.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::{Empty, Image};
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::fields::Fields;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Any, Ends};
use crate::vendors::frame::route::{Host, Library, Route, Where, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::{self, Json};

pub static ATTENTIVE: Vendor = Vendor {
    slug: "attentive",
    name: "Attentive",
    docs: "https://docs.attentive.com/pages/developer-guides/",
    notes: "the account is the company `c`; the codes in `t` are read as `purchase` (p), \
            `order_confirmed` (oc), `add_to_cart` (c), `product_view` (d); a custom event (ce) is \
            named by its `type`; identity (idn) and the library's greeting (i) are no events",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("events.attentivemobile.com"), Is("events.attn.tv")];

const ROUTES: &[Route] = &[
    on(HOSTS, Any, Endpoint::Event, Image),
    on(&[Under("attn.tv")], Path::Is("/d"), Endpoint::Aux, Empty),
];

const LIBRARIES: &[Library] = &[Library {
    hosts: &[Is("cdn.attn.tv"), Is("cdn-us.attn.tv")],
    path: Ends("/dtag.js"),
    account: Where::Segment(0),
    version: Where::Nowhere,
}];

const PARAMS: &[ParamSpec] = &[
    param("c", "", Identity),
    param("d.attentiveDomain", "", Identity),
    param("d.eventMetadata.cartTotal", "value", Business),
    param("d.eventMetadata.orderId", "order_id", Business),
    param("d.eventMetadata.product.name", "content_name", Business),
    param("d.eventMetadata.product.price", "price", Business),
    param("d.eventMetadata.product.productId", "product_id", Business),
    param("d.eventMetadata.product.quantity", "quantity", Business),
    param("d.eventMetadata.products", "items", Business),
    param("d.eventType", "", Identity),
    param("d.locationHref", "url", Environment),
    param("d.referrer", "referrer", Environment),
    param("d.timestamp", "", Transport),
    param("d.visitorId", "client_id", Identifier),
    param("eventType", "", Identity),
    param("evs", "", Identifier).of(ParamType::Json),
    param("lt", "", Transport),
    param("m.cartTotal", "value", Business),
    param("m.category", "item_category", Business),
    param("m.currency", "currency", Business),
    param("m.email", "", Identifier),
    param("m.name", "content_name", Business),
    param("m.orderId", "order_id", Business),
    param("m.phone", "", Identifier),
    param("m.price", "price", Business),
    param("m.productId", "product_id", Business),
    param("m.products", "items", Business),
    param("m.quantity", "quantity", Business),
    param("m.type", "", Identity),
    param("pd", "url", Environment),
    param("r", "referrer", Environment),
    param("t", "", Identity),
    param("tag", "", Environment),
    param("u", "client_id", Identifier),
    param("v", "", Environment),
];

const GROUPS: &[Group] = &[
    group("m.properties.", "", Business, true),
    group("m.", "", Business, true),
    group("d.eventMetadata.", "", Business, true),
];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let mut fields = exchange.query();
    let body = if exchange.body.trim_ascii_start().starts_with(b"{") {
        draft.json(exchange)
    } else {
        fields.read_body(exchange.body, exchange.request.content_type);
        None
    };
    let message = body.or_else(|| {
        let text = fields.remove("d")?;
        Some(json::parse_text(text))
    });
    let account = fields.cow("c").or_else(|| message.as_ref()?.text_at("attentiveDomain"));
    let account = account.unwrap_or_default();
    draft.account(account.clone());
    if !exchange.is_event() {
        return;
    }
    let mut data = fields.remove("m").map(json::parse_text).unwrap_or_default();
    if let Some(properties @ Json::Text(_)) = data.remove("properties") {
        let parsed = properties.to_text().map(json::parse_text).unwrap_or_default();
        if let Json::Object(members) = &mut data {
            members.push((Cow::Borrowed("properties"), parsed));
        }
    }
    let Some(name) = name_of(&fields, &data, message.as_ref()) else { return };
    let mut params = draft.params(fields);
    push(&mut params, "m", data, draft);
    if let Some(message) = message {
        push(&mut params, "d", message, draft);
    }
    draft.event(name, account, params);
}

/// `None` for what is no event.
fn name_of<'a>(
    fields: &Fields<'a>,
    data: &Json<'a>,
    message: Option<&Json<'a>>,
) -> Option<Cow<'a, str>> {
    let code = fields.cow("t").or_else(|| message?.text_at("eventType"))?;
    let known = match &*code {
        "p" => "purchase",
        "oc" => "order_confirmed",
        "c" => "add_to_cart",
        "d" => "product_view",
        "pv" => "page_view",
        "ce" => return data.text_at("type").or(Some(code)),
        "i" | "idn" => return None,
        _ => return Some(code),
    };
    Some(Cow::Borrowed(known))
}

fn push<'a>(
    params: &mut Vec<crate::vendors::frame::decoded::Param<'a>>,
    prefix: &str,
    value: Json<'a>,
    draft: &Draft<'a>,
) {
    json::flatten(value, |name, value| {
        // Lists of products come as a text.
        let value = if let Json::Text(text) = value { json::parse_text(text) } else { value };
        params.push(draft.param(format!("{prefix}.{name}"), value));
    });
}

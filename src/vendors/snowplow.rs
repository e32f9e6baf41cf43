//! Snowplow.
//!
//! Documentation: <https://docs.snowplow.io/docs/events/going-deeper/http-requests/>.
//! Endpoints, on a collector of the shop's own: POST
//! `/com.snowplowanalytics.snowplow/tp2`, or a path of the shop's choice such
//! as `/com.acme/track`, which the body's schema tells; GET `/i` with one event
//! in the query; `/com.snowplowanalytics.iglu/v1` with a schema and its data.
//! Sample: `{"schema":"iglu:…/payload_data/jsonschema/1-0-4","data":[{"e":"pv","aid":"shop"}]}`
//!
//! It does not read the collector's redirects (`/r/tp2`).

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::decoded::Param;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Ends, Starts};
use crate::vendors::frame::route::{Library, Look, Route, anywhere, library};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::{self, Json};
use crate::wire::{base64, percent, query};

pub static SNOWPLOW: Vendor = Vendor {
    slug: "snowplow",
    name: "Snowplow",
    docs: "https://docs.snowplow.io/docs/events/going-deeper/http-requests/",
    notes: "the account is the application `aid`; the event is `page_view`, `page_ping`, \
            `struct`, `transaction`, `transaction_item`, or the name of a self-describing \
            event's schema, whose data stand under `data.`; entities of the page's own stand \
            under `co.<schema>.`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    batches: true,
    automatic: &["page_ping", "link_click", "button_click", "focus_form", "change_form"],
    ..Vendor::BASE
};

const TP2: Path = Ends("/com.snowplowanalytics.snowplow/tp2");
const GIF: Answer = Answer::Image;

const ROUTES: &[Route] = &[
    anywhere(TP2, Endpoint::Event, Answer::Empty),
    anywhere(Ends("/com.snowplowanalytics.snowplow/tp1"), Endpoint::Event, GIF),
    anywhere(Ends("/com.snowplowanalytics.iglu/v1"), Endpoint::Event, GIF),
    anywhere(Ends("/i"), Endpoint::Event, GIF).when(is_hit),
    anywhere(Ends("/ice.png"), Endpoint::Event, GIF).when(is_hit),
    // A path of the shop's choice has two segments, the first a company's name
    // that begins like a domain backwards.
    own_path("/com."),
    own_path("/org."),
    own_path("/net."),
    own_path("/io."),
    own_path("/co."),
    own_path("/ai."),
    own_path("/eu."),
    own_path("/de."),
    own_path("/fr."),
    own_path("/nl."),
    own_path("/uk."),
];

const LIBRARIES: &[Library] = &[
    library(&[Under("snowplowanalytics.com"), Is("d1fc8wv8zag5ca.cloudfront.net")], Path::Any),
    library(&[Is("cdn.jsdelivr.net")], Path::Has("/@snowplow")),
];

const PARAMS: &[ParamSpec] = &[
    param("aid", "", Identity),
    param("co.cart.currency", "currency", Business),
    param("co.cart.total_value", "value", Business),
    param("co.transaction.currency", "currency", Business),
    param("co.transaction.revenue", "value", Business),
    param("co.transaction.shipping", "shipping", Business),
    param("co.transaction.tax", "tax", Business),
    param("co.transaction.transaction_id", "order_id", Business),
    param("data.products", "items", Business),
    param("data.revenue", "value", Business),
    param("dtm", "", Transport).of(ParamType::Time),
    param("duid", "client_id", Identifier),
    param("e", "", Identity),
    param("eid", "event_id", Transport),
    param("fp", "", Identifier),
    param("nuid", "", Identifier),
    param("page", "title", Environment),
    param("pp_max", "", Transport),
    param("pp_may", "", Transport),
    param("pp_mix", "", Transport),
    param("pp_miy", "", Transport),
    param("refr", "referrer", Environment),
    param("rtm", "", Transport).of(ParamType::Time),
    param("se_ac", "event_action", Business),
    param("se_ca", "event_category", Business),
    param("se_la", "event_label", Business),
    param("se_pr", "event_property", Business),
    param("se_va", "event_value", Business),
    param("sid", "session_id", Identifier),
    param("stm", "", Transport).of(ParamType::Time),
    param("ti_ca", "item_category", Business),
    param("ti_cu", "currency", Business),
    param("ti_id", "order_id", Business),
    param("ti_nm", "content_name", Business),
    param("ti_pr", "value", Business),
    param("ti_qu", "quantity", Business),
    param("ti_sk", "product_id", Business),
    param("tid", "", Transport),
    param("tna", "", Environment),
    param("tr_af", "affiliation", Business),
    param("tr_ci", "", Business),
    param("tr_co", "", Business),
    param("tr_cu", "currency", Business),
    param("tr_id", "order_id", Business),
    param("tr_sh", "shipping", Business),
    param("tr_st", "", Business),
    param("tr_tt", "value", Business),
    param("tr_tx", "tax", Business),
    param("ttm", "", Transport).of(ParamType::Time),
    param("uid", "user_id", Identifier),
    param("url", "url", Environment),
    param("vid", "", Transport),
];

const GROUPS: &[Group] = &[group("data.", "", Business, true), group("co.", "", Business, false)];

/// What `e` calls the events that Snowplow itself defines.
const NAMES: &[(&str, &str)] = &[
    ("ad", "ad_impression"),
    ("pp", "page_ping"),
    ("pv", "page_view"),
    ("se", "struct"),
    ("ti", "transaction_item"),
    ("tr", "transaction"),
    ("ue", "unstruct"),
];

const fn own_path(start: &'static str) -> Route {
    anywhere(Starts(start), Endpoint::Event, Answer::Empty)
        .when(|look| look.address.segments().count() == 2)
        .with_body(is_payload)
}

fn is_payload(body: &[u8]) -> bool {
    let text = percent::text(body);
    text.contains("snowplow/payload_data/jsonschema/")
        || text.contains("snowplow\\/payload_data\\/jsonschema\\/")
}

fn is_hit(look: &Look<'_>) -> bool {
    let known = query::first(look.address.query, "e");
    known.is_some_and(|known| NAMES.iter().any(|(short, _)| *short == known))
        && look.has_query("tv")
        && look.has_query("p")
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    if exchange.body.is_empty() {
        let fields = exchange.query();
        let members = fields.into_iter().map(|(name, value)| (name, Json::Text(value)));
        let event = Json::Object(members.collect());
        if event.get("e").is_some() || event.get("schema").is_some() {
            read_event(event, draft);
        }
        return;
    }
    let Some(mut body) = draft.json(exchange) else { return };
    if exchange.address.bare_path().ends_with("/com.snowplowanalytics.iglu/v1") {
        draft.account(query::first(exchange.address.query, "aid").unwrap_or_default());
        let schema = query::first(exchange.address.query, "schema");
        let body = match schema.filter(|_| body.get("schema").is_none()) {
            Some(schema) => Json::Object(vec![
                (Cow::Borrowed("schema"), Json::Text(schema)),
                (Cow::Borrowed("data"), body),
            ]),
            None => body,
        };
        read_event(body, draft);
        return;
    }
    match body.remove("data") {
        Some(Json::List(events)) => events.into_iter().for_each(|event| read_event(event, draft)),
        Some(event @ Json::Object(_)) => read_event(event, draft),
        _ => draft.problem("no list of events in `data`"),
    }
}

fn read_event<'a>(mut event: Json<'a>, draft: &mut Draft<'a>) {
    let account = event.text_at("aid").unwrap_or_default();
    draft.account(account.clone());
    let contexts = member(&mut event, "co", "cx", draft);
    let described = member(&mut event, "ue_pr", "ue_px", draft);
    let described = match described {
        // The envelope's own schema says nothing.
        Some((wire, mut envelope)) => match envelope.remove("data") {
            Some(inner @ Json::Object(_)) => Some(inner),
            _ => {
                draft.problem(format!("no event in `{wire}`"));
                None
            }
        },
        None => None,
    };
    let code = event.text_at("e");
    let schema = described.as_ref().unwrap_or(&event).text_at("schema");
    let name = match (schema.as_deref().and_then(|schema| part(schema, 1)), code) {
        (Some(name), _) => Cow::Owned(name.to_owned()),
        (None, Some(code)) => match NAMES.iter().find(|(short, _)| *short == code) {
            Some((_, name)) => Cow::Borrowed(*name),
            None => code,
        },
        (None, None) => {
            draft.problem("no event type in `e`");
            return;
        }
    };
    let mut params = draft.json_params(event);
    if let Some(described) = described {
        params.extend(draft.json_params(described));
    }
    if let Some((wire, contexts)) = contexts {
        params.extend(entities(&contexts, draft));
        params.push(draft.param(wire, contexts));
    }
    draft.event(name, account, params);
}

/// What stands as JSON in one member or in base64 in the other.
fn member<'a>(
    event: &mut Json<'a>,
    plain: &'static str,
    encoded: &'static str,
    draft: &mut Draft<'a>,
) -> Option<(&'static str, Json<'a>)> {
    if let Some(value) = event.remove(plain) {
        let value = match value {
            Json::Text(text) => json::parse_text(text),
            value => value,
        };
        return Some((plain, value));
    }
    let text = event.remove(encoded)?;
    // A plus that was not escaped came out as a space.
    let value = base64::decode(text.as_str()?.replace(' ', "+").as_bytes())
        .and_then(|bytes| json::parse_owned(&bytes).ok());
    if value.is_none() {
        draft.problem(format!("`{encoded}` is no base64 of JSON"));
    }
    Some((encoded, value?))
}

/// What the page's own entities hold, and the shop's; what the tracker adds by
/// itself is of another vendor name.
fn entities<'a>(contexts: &Json<'a>, draft: &Draft<'a>) -> Vec<Param<'a>> {
    const BY_ITSELF: [&str; 4] = ["com.snowplowanalytics.", "org.w3", "com.google.", "org.ietf"];
    let mut params = Vec::new();
    for entity in contexts.get("data").map_or(&[][..], Json::items) {
        let Some(schema) = entity.text_at("schema") else { continue };
        let (Some(vendor), Some(name)) = (part(&schema, 0), part(&schema, 1)) else { continue };
        let own = vendor.ends_with(".ecommerce")
            || !BY_ITSELF.iter().any(|start| vendor.starts_with(start));
        let Some(data) = entity.get("data").filter(|_| own) else { continue };
        json::flatten(data.clone(), |field, value| {
            params.push(draft.param(format!("co.{name}.{field}"), value));
        });
    }
    params
}

/// A part of `iglu:vendor/name/jsonschema/1-0-0`.
fn part(schema: &str, at: usize) -> Option<&str> {
    let part = schema.strip_prefix("iglu:")?.split('/').nth(at)?;
    (!part.is_empty()).then_some(part)
}

//! RTB House.
//!
//! Documentation: <https://www.rtbhouse.com/>.
//! Endpoints on the regions of `creativecdn.com`: `/tags`, whose repeated `id`
//! holds `pr_<account>_<event>_<values>`, and `/tags/v2` with a JSON body;
//! `/cm-notify` and the like match cookies.
//! Sample: `https://us.creativecdn.com/tags?id=pr_B6Mj_basketadd_SKU-1&id=pr_B6Mj_lid_x`
//!
//! It does not read the interest groups that the answers join.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::decoded::Param;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::fields::Fields;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Starts, Under as Below};
use crate::vendors::frame::route::{Host, Library, Route, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};
use crate::wire::json::{self, Json};

pub static RTBHOUSE: Vendor = Vendor {
    slug: "rtbhouse",
    name: "RTB House",
    docs: "https://www.rtbhouse.com/",
    notes: "the account stands in `id` after `pr_`, or in `th`; the event is what follows it, or \
            `eventType`; `uid` and `lid` name the visitor and are no events",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    batches: true,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("creativecdn.com")];

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Is("/tags"), Endpoint::Event, Answer::Empty),
    on(HOSTS, Starts("/tags/v"), Endpoint::Event, Answer::Json("[]")),
    on(HOSTS, Below("/cm-notify"), Endpoint::Aux, Answer::Gif),
    on(HOSTS, Below("/ig-membership"), Endpoint::Aux, Answer::Empty),
    on(HOSTS, Below("/topics-membership"), Endpoint::Aux, Answer::Empty),
];

const LIBRARIES: &[Library] = &[library(&[Is("tags.creativecdn.com")], Path::Any)];

const PARAMS: &[ParamSpec] = &[
    param("categoryId", "item_category", Business),
    param("conversionCurrency", "currency", Business),
    param("conversionId", "order_id", Business),
    param("conversionValue", "value", Business),
    param("eventType", "", Identity),
    param("id", "", Identity),
    param("id.category", "item_category", Business),
    param("id.offers", "content_ids", Business),
    param("id.order", "order_id", Business),
    param("id.value", "value", Business),
    param("offerId", "content_ids", Business),
    param("offerIds", "content_ids", Business),
    param("sr", "referrer", Environment),
    param("su", "url", Environment),
    param("th", "", Identity),
    param("ts", "", Transport),
    param("type", "", Transport),
    param("uid.id", "user_id", Identifier),
    param("v", "", Environment),
];

const GROUPS: &[Group] = &[
    group("uid.", "", Identifier, false),
    group("lid.", "", Identifier, false),
    group("", "", Business, false),
];

/// Tells who the visitor is.
fn is_visitor(event: &str) -> bool {
    matches!(event, "uid" | "lid" | "init" | "usertoken")
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    if !exchange.is_event() {
        return;
    }
    if exchange.body.trim_ascii_start().starts_with(b"{") && exchange.body.len() > 2 {
        return read_body(exchange, draft);
    }
    let fields = exchange.fields();
    let mut rest: Fields<'a> = fields.clone();
    rest.retain(|name, _| name != "id");
    for (_, id) in fields.iter().filter(|(name, _)| name == "id") {
        let Some((account, event)) = id.strip_prefix("pr_").and_then(|id| id.split_once('_'))
        else {
            draft.problem("no `pr_<account>_<event>` in `id`");
            continue;
        };
        draft.account(account.to_owned());
        let (name, values) = event.split_once('_').unwrap_or((event, ""));
        if is_visitor(name) {
            continue;
        }
        let (name, mut params) = read_id(draft, name, values);
        params.insert(0, draft.param("id", id.clone()));
        params.extend(draft.params(rest.clone()));
        draft.event(name, account.to_owned(), params);
    }
}

/// What the words after the event stand for; a page's own event is called by
/// its own name.
fn read_id<'a>(draft: &Draft<'a>, name: &str, values: &str) -> (String, Vec<Param<'a>>) {
    let param = |wire: &'static str, value: &str| draft.param(wire, value.to_owned());
    let mut params = Vec::new();
    let mut own = name;
    match name {
        "orderstatus2" | "orderstatus" => {
            let mut parts = values.splitn(3, '_');
            for wire in ["id.value", "id.order", "id.offers"] {
                params.extend(parts.next().map(|value| param(wire, value)));
            }
        }
        "category" | "category2" => params.push(param("id.category", values)),
        "custom" => {
            let (called, value) = values.split_once('_').unwrap_or((values, ""));
            own = if called.is_empty() { name } else { called };
            params.push(param("id.custom", value));
        }
        _ if !values.is_empty() => params.push(param("id.offers", values)),
        _ => {}
    }
    (own.to_owned(), params)
}

/// `{"th":"<account>","tags":[{"eventType":…},…]}`.
fn read_body<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let Some(mut body) = draft.json(exchange) else { return };
    let account = body.text_at("th").unwrap_or_default();
    draft.account(account.clone());
    let Some(Json::List(tags)) = body.remove("tags") else { return };
    let mut shared = draft.json_params(body);
    let (visitor, events): (Vec<_>, Vec<_>) = tags
        .into_iter()
        .partition(|tag| tag.text_at("eventType").is_some_and(|name| is_visitor(&name)));
    for tag in visitor {
        let of = tag.text_at("eventType").unwrap_or_default();
        json::flatten(tag, |wire, value| {
            if wire != "eventType" {
                shared.push(draft.param(format!("{of}.{wire}"), value));
            }
        });
    }
    for tag in events {
        let Some(name) = tag.text_at("eventType") else {
            draft.problem("no event name in `eventType`");
            continue;
        };
        let name = match (&*name, tag.text_at("tagName")) {
            ("custom", Some(own)) => own,
            _ => name,
        };
        if draft.is_full() {
            return;
        }
        let mut params = draft.json_params(tag);
        params.extend(shared.iter().cloned());
        let account: Cow<'a, str> = account.clone();
        draft.event(name, account, params);
    }
}

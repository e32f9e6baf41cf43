//! Criteo OneTag.
//!
//! Documentation: <https://developers.criteo.com/retailer-integration/docs/onetag-for-offsite>.
//! Endpoints: `sslwidget.criteo.com/event`, `widget.<region>.criteo.com/event`
//! (one request holds all the page's events as `p0` … `pN`, each a query of
//! its own), `/m/event` and the server-to-server body as JSON; `gum`, `mug`
//! and `dis` only match cookies.
//! Sample: `https://sslwidget.criteo.com/event?a=1234&v=5.23.0&p0=e%3Dvp%26p%3DSKU-1`
//!
//! It does not read the opaque `bundle`, and no header bidding.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::{Empty, NoContent, Script};
use crate::vendors::frame::decoded::Param;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::fields::Fields;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path;
use crate::vendors::frame::route::{Host, Library, Look, Route, Where, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};
use crate::wire::json::Json;
use crate::wire::percent::{self, Plus};

pub static CRITEO: Vendor = Vendor {
    slug: "criteo",
    name: "Criteo OneTag",
    docs: "https://developers.criteo.com/retailer-integration/docs/onetag-for-offsite",
    notes: "the account is `a`; each of `p0` … `pN` is an event, named as pages call it \
            (`vp` is `viewItem`); what only sets data (`exd`, `ce`, `setcurrency`, …) is told \
            with every event of the request",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("criteo.com")];

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Is("/event"), Endpoint::Event, Script("")).when(is_widget),
    on(HOSTS, Path::Is("/m/event"), Endpoint::Event, NoContent).when(is_widget),
    on(&[Is("gum.criteo.com"), Is("mug.criteo.com")], Path::Any, Endpoint::Aux, Empty),
    on(HOSTS, Path::Under("/dis"), Endpoint::Aux, Empty).when(is_sync),
    on(HOSTS, Path::Is("/interest-group"), Endpoint::Aux, Empty),
    on(&[Is("measurement-api.criteo.com")], Path::Any, Endpoint::Aux, Empty),
];

const LIBRARIES: &[Library] = &[Library {
    hosts: &[Is("dynamic.criteo.com"), Under("criteo.net")],
    path: Path::Under("/js/ld"),
    account: Where::Query("a"),
    version: Where::Nowhere,
}];

const PARAMS: &[ParamSpec] = &[
    param("a", "", Identity),
    param("adce", "", Transport),
    param("bundle", "", Identifier),
    param("c", "currency", Business),
    param("ca", "item_category", Business),
    param("ceid", "event_id", Identifier),
    param("cfp", "", Transport),
    param("currency", "currency", Business),
    param("dtycbr", "", Transport),
    param("dy", "", Transport),
    param("e", "", Identity),
    param("event", "", Identity),
    param("fu", "url", Environment),
    param("gdpr", "", Business),
    param("gdpr_consent", "", Business),
    param("id", "order_id", Business),
    param("ifa", "", Identifier),
    param("kw", "search_string", Business),
    param("login", "", Identifier),
    param("lwid", "", Identifier),
    param("m", "email_sha256", Identifier),
    param("otl", "", Transport),
    param("pu", "referrer", Environment),
    param("ref", "referrer", Environment),
    param("rvi", "", Identifier),
    param("sc", "", Environment),
    param("site_type", "", Environment),
    param("tld", "", Environment),
    param("v", "", Environment),
    param("z", "", Business),
];

/// Pages name parameters of their own in every event.
const GROUPS: &[Group] = &[group("", "", Business, false)];

fn is_widget(look: &Look<'_>) -> bool {
    let name = look.address.host.split('.').next().unwrap_or_default();
    matches!(name, "sslwidget" | "widget")
}

fn is_sync(look: &Look<'_>) -> bool {
    look.address.host.starts_with("dis.")
}

/// What the library's short names stand for; a page's own stay as they are.
fn event_name(code: &str) -> &str {
    match code {
        "ac" => "addToCart",
        "al" => "appLaunched",
        "vb" => "viewBasket",
        "vc" => "trackTransaction",
        "vh" => "viewHome",
        "vl" => "viewList",
        "vp" => "viewItem",
        "vpg" => "viewPage",
        "vs" => "viewSearch",
        code => code,
    }
}

/// Says something about the visitor or the page, and is no event.
fn only_sets(code: &str) -> bool {
    matches!(code, "ce" | "dis" | "exd" | "id" | "flush" | "flushevents" | "") || {
        code.starts_with("set") && code != "set"
    }
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let mut fields = exchange.query();
    let json = exchange.body.trim_ascii_start().starts_with(b"{");
    if !json {
        fields.read_body(exchange.body, exchange.request.content_type);
    }
    for account in fields.get("a").unwrap_or_default().split([',', '[', ']', '"']) {
        draft.account(account.trim().to_owned());
    }
    if !exchange.is_event() {
        return;
    }
    if json {
        return read_body(exchange, draft);
    }
    let mut shared: Vec<(String, String)> = Vec::new();
    let mut events: Vec<(String, Vec<(String, String)>)> = Vec::new();
    for (name, value) in fields.iter().filter(|(name, _)| is_event_field(name)) {
        let pairs = pairs_of(value);
        let code = pairs.iter().find(|(name, _)| name == "e").map(|(_, code)| code.as_str());
        match code.unwrap_or_default() {
            "dis" => {}
            code if only_sets(code) => {
                shared.extend(pairs.into_iter().filter(|(name, _)| name != "e"));
            }
            code => events.push((event_name(code).to_owned(), pairs)),
        }
        if code_missing(&events, value) {
            draft.problem(format!("no event name in `{name}`"));
        }
    }
    fields.retain(|name, _| !is_event_field(name));
    for (name, pairs) in events {
        if draft.is_full() {
            return;
        }
        let own = pairs.len();
        let mut params: Vec<Param<'a>> = Vec::new();
        for (at, (wire, value)) in pairs.into_iter().chain(shared.iter().cloned()).enumerate() {
            // What the event says itself counts.
            if at < own || !params.iter().any(|param| param.wire == *wire) {
                params.push(event_param(draft, wire, value));
            }
        }
        let rest: Fields<'a> = fields.clone();
        params.extend(draft.params(rest));
        draft.event(name, draft.only_account(), params);
    }
}

fn code_missing(events: &[(String, Vec<(String, String)>)], value: &str) -> bool {
    events.is_empty() && !value.starts_with("e=") && !value.contains("&e=")
}

/// `p0`, `p1`, ….
fn is_event_field(name: &str) -> bool {
    name.strip_prefix('p')
        .is_some_and(|at| !at.is_empty() && at.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The pairs of one event. A plus is a plus here: the library escapes spaces.
fn pairs_of(text: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent::decode(text, Plus::Literal).into_owned();
    text.split('&')
        .filter(|part| !part.is_empty())
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

fn event_param<'a>(draft: &Draft<'a>, wire: String, value: String) -> Param<'a> {
    match wire.as_str() {
        "p" => {
            let items = items(&value);
            let objects = items.items().iter().any(|item| matches!(item, Json::Object(_)));
            let mut param = draft.param(wire, items);
            param.canonical = Some(Cow::Borrowed(if objects { "items" } else { "content_ids" }));
            param
        }
        // A list of one; an address that was not hashed is no digest.
        "m" => {
            let inner = value.trim_start_matches('[').trim_end_matches(']').trim_matches('"');
            let address = percent::decode(inner, Plus::Literal).into_owned();
            let plain = address.contains('@');
            let mut param = draft.param(wire, address);
            param.canonical = param.canonical.filter(|_| !plain);
            param
        }
        _ => draft.text_param(wire, Cow::Owned(value)),
    }
}

/// `SKU-1`, `[A,B]`, or `[i%3DA%26pr%3D10%26q%3D2,…]`.
fn items(text: &str) -> Json<'static> {
    let Some(list) = text.strip_prefix('[').map(|list| list.strip_suffix(']').unwrap_or(list))
    else {
        return Json::List(vec![text.trim_matches('"').to_owned().into()]);
    };
    let item = |text: &str| -> Json<'static> {
        let text = percent::decode(text, Plus::Literal);
        if !text.starts_with("i=") && !text.contains("&i=") {
            return text.trim().trim_matches('"').to_owned().into();
        }
        let members = pairs_of(&text).into_iter().map(|(name, value)| {
            let name: Cow<'static, str> = match name.as_str() {
                "i" => Cow::Borrowed("id"),
                "pr" => Cow::Borrowed("price"),
                "q" => Cow::Borrowed("quantity"),
                _ => Cow::Owned(name),
            };
            (name, value.into())
        });
        Json::Object(members.collect())
    };
    Json::List(list.split(',').filter(|text| !text.is_empty()).map(item).collect())
}

/// The app's and the server's form: `{"account":…,"events":[{"event":…}]}`.
fn read_body<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let Some(mut body) = draft.json(exchange) else { return };
    let account = ["account", "account.id", "partner_id", "account.an"];
    if let Some(account) = account.iter().find_map(|path| body.text_at(path)) {
        draft.account(account);
    }
    let Some(Json::List(events)) = body.remove("events") else { return };
    for event in events {
        let Some(name) = event.text_at("event") else {
            draft.problem("no event name in `event`");
            continue;
        };
        draft.event(name, draft.only_account(), draft.json_params(event));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn items_are_ids_or_objects() {
        let read = |text| Value::from(items(text));
        assert_eq!(read("SKU-1"), json!(["SKU-1"]));
        assert_eq!(read("[A,B%2C1]"), json!(["A", "B,1"]));
        assert_eq!(read("[\"A\"]"), json!(["A"]));
        assert_eq!(read("[]"), json!([]));
        assert_eq!(
            read("[i%3DA%26pr%3D1.5%26q%3D2,i%3DB"),
            json!([{"id": "A", "price": "1.5", "quantity": "2"}, {"id": "B"}])
        );
    }
}

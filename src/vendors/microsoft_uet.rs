//! Microsoft Advertising's Universal Event Tracking (UET).
//!
//! Documentation: <https://help.ads.microsoft.com/#apex/ads/en/56681>.
//! Endpoints: `bat.bing.com/action/0` as an image, `/actionp/0` as a beacon
//! (mostly consent and `pageHide`), both on `bat.bing.net` as well when consent
//! is denied; `commerce.bing.com/cst/0`; `/p/conversions`, `/p/insights` and
//! `c.bing.com` are telemetry, Clarity's and cookie sync.
//! Sample: `https://bat.bing.com/action/0?ti=12345678&Ver=2&evt=custom&ea=purchase&gv=9.5&gc=EUR`
//!
//! It does not read the offline conversions that servers upload.

use std::borrow::Cow;

use serde_json::Value;

use crate::model::call::Call;
use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::model::vendor::CalledEvent;
use crate::vendors::frame::answer::Answer::NoContent;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::probe::{Probes, signal_of};
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path::{self, Under};
use crate::vendors::frame::route::{Host, Library, Route, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::query;

pub static MICROSOFT_UET: Vendor = Vendor {
    slug: "microsoft_uet",
    name: "Microsoft Advertising UET",
    docs: "https://help.ads.microsoft.com/#apex/ads/en/56681",
    notes: "the account is the tag id in `ti`; the event is `ea` where `evt` is `custom` (`custom` \
            where there is no `ea`), else `evt`, and `pageLoad` for an image without either; \
            `consent`, `pid` and `pageHide` are no events",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    calls: Some(calls),
    automatic: &["pageLoad"],
    probes: Probes {
        globals: &["uetq"],
        takes_over: true,
        spoken: "uetq.push(\"event\", \"{}\")",
        consent: |call| signal_of(call, "uetq.push", "ad_storage"),
        ..Probes::NONE
    },
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("bat.bing.com"), Is("bat.bing.net")];

const ROUTES: &[Route] = &[
    on(HOSTS, Under("/action"), Endpoint::Event, NoContent),
    on(HOSTS, Under("/actionp"), Endpoint::Event, NoContent),
    on(&[Is("commerce.bing.com")], Under("/cst"), Endpoint::Event, NoContent),
    on(&[Is("c.bing.com")], Path::Is("/c.gif"), Endpoint::Aux, NoContent),
    on(HOSTS, Under("/p/conversions"), Endpoint::Aux, NoContent),
    // Clarity, loaded by the tag, records the session.
    on(HOSTS, Under("/p/insights/c"), Endpoint::Replay, NoContent),
];

const LIBRARIES: &[Library] = &[
    library(HOSTS, Path::Is("/bat.js")),
    library(HOSTS, Under("/p/action")),
    library(HOSTS, Under("/p/insights/t")),
    library(HOSTS, Under("/p/insights/s")),
];

const PARAMS: &[ParamSpec] = &[
    param("Ver", "", Environment),
    param("abf", "", Transport),
    param("asc", "consent", Business),
    param("bo", "", Transport),
    param("cdb", "", Transport),
    param("coupon", "coupon", Business),
    param("currency", "currency", Business),
    param("ea", "event_action", Identity),
    param("ec", "event_category", Business),
    param("ecomm_category", "item_category", Business),
    param("ecomm_pagetype", "", Business),
    param("ecomm_prodid", "content_ids", Business).of(ParamType::Text),
    param("ecomm_query", "search_string", Business),
    param("ecomm_totalvalue", "value", Business),
    param("el", "event_label", Business),
    param("el2", "", Business),
    param("en", "", Transport).of(ParamType::Flag),
    param("ev", "event_value", Business).of(ParamType::Number),
    param("event_id", "event_id", Identifier),
    param("evt", "", Identity),
    param("gc", "currency", Business),
    param("gv", "value", Business),
    param("ifm", "", Transport),
    param("items", "items", Business).of(ParamType::Text),
    param("kw", "", Environment),
    param("lg", "", Environment),
    param("lt", "", Transport),
    param("mid", "", Transport),
    param("msclkid", "", Identifier),
    param("nwd", "", Environment),
    param("p", "url", Environment),
    param("page_path", "page_path", Environment),
    param("page_title", "", Environment),
    param("pagetype", "page_category", Business),
    param("pi", "", Transport),
    param("pid", "", Identifier),
    param("pid.em", "email_sha256", Identifier),
    param("pid.ph", "phone_sha256", Identifier),
    param("prodid", "content_ids", Business).of(ParamType::Text),
    param("r", "referrer", Environment),
    param("rn", "", Transport),
    param("sc", "", Environment),
    param("search_term", "search_string", Business),
    param("sh", "", Environment),
    param("shipping", "shipping", Business),
    param("sid", "session_id", Identifier),
    param("spa", "", Business).of(ParamType::Flag),
    param("src", "", Business),
    param("sv", "", Environment),
    param("sw", "", Environment),
    param("tax", "tax", Business),
    param("ti", "", Identity),
    param("tl", "title", Environment),
    param("tm", "", Environment),
    param("tpp", "", Transport),
    param("transaction_id", "order_id", Business),
    param("uach", "", Environment),
    param("uid", "user_id", Identifier),
    param("vid", "client_id", Identifier),
    param("vids", "", Transport),
];

const GROUPS: &[Group] = &[
    group("pid.", "", Identifier, false),
    group("ecomm_", "", Business, false),
    // What hotels and flights tell.
    group("hct_", "", Business, false),
    group("travel_", "", Business, false),
    group("flight_", "", Business, false),
];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let fields = exchange.fields();
    let account = fields.cow("ti").unwrap_or_default();
    draft.account(account.clone());
    if !exchange.is_event() {
        return;
    }
    let name = match fields.get("evt") {
        Some("consent" | "pid" | "pageHide") => return,
        Some("custom") => fields.cow("ea").unwrap_or(Cow::Borrowed("custom")),
        Some(_) => fields.cow("evt").unwrap_or_default(),
        // The image for browsers without scripts says nothing more.
        None => fields.cow("ea").unwrap_or(Cow::Borrowed("pageLoad")),
    };
    if account.is_empty() {
        draft.problem("no tag id in `ti`");
    }
    let user = fields.get("pid").map(str::to_owned).unwrap_or_default();
    let revenue = fields.get("gv").is_some();
    let mut params = draft.params(fields);
    if revenue {
        // What the page calls the total is the value only where there is no other.
        let totals = params.iter_mut().filter(|param| param.wire == "ecomm_totalvalue");
        totals.for_each(|param| param.canonical = None);
    }
    // `em=<digest>&ph=<digest>`, for enhanced conversions.
    if user.contains('=') {
        for (name, value) in query::text_pairs(&user) {
            let value = value.into_owned();
            params.push(draft.param(format!("pid.{name}"), value));
        }
    }
    draft.event(name, account, params);
}

/// `uetq.push("event", "purchase", {…})`, `uetq.push({ec, ea, …})` and
/// `uetq.push("pageLoad")`.
fn calls(call: &Call) -> Vec<CalledEvent> {
    if call.name != "uetq.push" {
        return Vec::new();
    }
    let text = |at: usize| call.args.get(at).and_then(Value::as_str);
    let event = match (text(0), call.args.first()) {
        (Some("event"), _) => text(1).filter(|name| !name.is_empty()).unwrap_or("custom"),
        (Some("pageLoad"), _) => "pageLoad",
        (None, Some(Value::Object(pushed))) => {
            pushed.get("ea").and_then(Value::as_str).unwrap_or("custom")
        }
        _ => return Vec::new(),
    };
    vec![CalledEvent {
        vendor: MICROSOFT_UET.slug.to_owned(),
        event: Some(event.to_owned()),
        account: None,
        event_id: None,
    }]
}

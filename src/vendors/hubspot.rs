//! HubSpot: tracking code, collected forms and form submissions.
//!
//! Documentation: <https://developers.hubspot.com/docs/api/events/tracking-code>.
//! Endpoints, on `track.hubspot.com` and its regional twins (`track-eu1`,
//! `track-na2`, …): `/__ptq.gif` (what happened stands in `k`), `/__ptbe.gif`
//! (custom behavioural events), `/__ptc.gif` (clicks), `/__pto.gif` (opens).
//! Forms are posted to `forms*.hscollectedforms.net`, `*.hsforms.com` and
//! `forms*.hubspot.com`; calls to action to `cta-*.hubspot.com`.
//! Sample: `https://track.hubspot.com/__ptq.gif?k=1&a=1234567&pu=https%3A%2F%2Fshop.example%2F`
//!
//! It does not read chat, and tells no form's fields apart.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::{Gif, Json as JsonAnswer};
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Any, Has, Starts};
use crate::vendors::frame::route::{Host, Library, Route, Where, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::Json;
use crate::wire::query;

pub static HUBSPOT: Vendor = Vendor {
    slug: "hubspot",
    name: "HubSpot",
    docs: "https://developers.hubspot.com/docs/api/events/tracking-code",
    notes: "the account is the hub id `a` (`portalId` of forms); `k` tells what happened: 1 and 14 \
            are `page_view`, 3 is named by `n`, 12 `cta_view`, 15 to 19 the steps of a form \
            (`form_view` to `form_submission`), 26 `feedback_view`; behavioural events are named \
            by `n`, clicks are `click`; consent pings (28 to 30) and counters are no events",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    automatic: &["page_view", "click", "form_view", "form_install", "form_visible"],
    ..Vendor::BASE
};

const HUBSPOT_COM: &[Host] = &[Under("hubspot.com")];
const COLLECTED: &[Host] = &[Under("hscollectedforms.net"), Under("hubspot.com")];
const FORMS: &[Host] = &[Under("hsforms.com"), Under("hubspot.com"), Under("hsforms.net")];
const OK: crate::vendors::frame::answer::Answer = JsonAnswer("{}");

const ROUTES: &[Route] = &[
    on(HUBSPOT_COM, Path::Is("/__ptq.gif"), Endpoint::Event, Gif).when(|look| !is_consent(look)),
    on(HUBSPOT_COM, Path::Is("/__ptq.gif"), Endpoint::Aux, Gif).when(is_consent),
    on(HUBSPOT_COM, Path::Is("/__ptbe.gif"), Endpoint::Event, Gif),
    on(HUBSPOT_COM, Path::Is("/__ptc.gif"), Endpoint::Event, Gif),
    on(HUBSPOT_COM, Path::Is("/__pto.gif"), Endpoint::Event, Gif),
    on(COLLECTED, Path::Under("/collected-forms/submit"), Endpoint::Event, OK),
    on(COLLECTED, Path::Under("/collected-forms"), Endpoint::Aux, OK),
    on(FORMS, Path::Under("/submissions/v3"), Endpoint::Event, OK),
    on(FORMS, Path::Under("/uploads/form"), Endpoint::Event, OK),
    on(&[Under("hsforms.com")], Has("/counters.gif"), Endpoint::Aux, Gif),
    on(HUBSPOT_COM, Starts("/web-interactives/public/v1/track/"), Endpoint::Event, OK),
];

const LIBRARIES: &[Library] = &[
    Library {
        hosts: &[Is("js.hs-scripts.com"), Is("js-eu1.hs-scripts.com"), Is("js-na2.hs-scripts.com")],
        path: Any,
        account: Where::Segment(0),
        version: Where::Nowhere,
    },
    library(&[Under("hs-scripts.com"), Under("hs-analytics.net"), Under("hs-banner.com")], Any),
    library(&[Is("js.hscollectedforms.net"), Is("js-eu1.hscollectedforms.net")], Any),
    library(&[Under("hsadspixel.net"), Under("hsforms.net"), Under("usemessages.com")], Any),
];

const PARAMS: &[ParamSpec] = &[
    param("a", "", Identity),
    param("b", "session_id", Transport),
    param("bfp", "", Identifier),
    param("cc", "consent_categories", Business),
    param("ce", "consent_given", Business).of(ParamType::Flag),
    param("context.hutk", "client_id", Identifier),
    param("context.pageName", "title", Environment),
    param("context.pageUri", "url", Environment),
    param("cts", "", Transport).of(ParamType::Time),
    param("fi", "form_id", Business),
    param("fields", "", Identifier).of(ParamType::Json),
    param("formGuid", "form_id", Business),
    param("ft", "", Business),
    param("i", "", Identifier),
    param("id", "", Identity),
    param("k", "", Identity),
    param("m", "value", Business).of(ParamType::Text),
    param("n", "", Identity),
    param("pageTitle", "title", Environment),
    param("pageUrl", "url", Environment),
    param("po", "page_path", Environment),
    param("portalId", "", Identity),
    param("pu", "url", Environment),
    param("r", "referrer", Environment),
    param("referrer", "referrer", Environment),
    param("submittedAt", "", Transport),
    param("t", "title", Environment),
    param("u", "", Identifier),
    param("utk", "client_id", Identifier),
    param("value", "value", Business),
    param("vi", "client_id", Identifier),
];

const GROUPS: &[Group] = &[
    // Where on the page a person clicked.
    group("_hs_", "", Environment, false),
    group("_", "", Business, true),
    group("i.", "", Identifier, false),
    group("contactFields.", "", Identifier, false),
    group("formValues.", "", Business, true),
];

/// Whether the ping tells only what a visitor said to the cookie banner.
fn is_consent(look: &crate::vendors::frame::route::Look<'_>) -> bool {
    matches!(query::first(look.address.query, "k").as_deref(), Some("28" | "29" | "30"))
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let file = exchange.address.segments().next_back().unwrap_or_default();
    if !file.starts_with("__pt") {
        return read_form(exchange, draft);
    }
    let fields = exchange.fields();
    let account = fields.cow("a").unwrap_or_default();
    draft.account(account.clone());
    if !exchange.is_event() {
        return;
    }
    let name = match (fields.get("k"), file) {
        (Some("1" | "14"), _) => "page_view".into(),
        (Some("12"), _) => "cta_view".into(),
        (Some("15"), _) => "form_view".into(),
        (Some("16"), _) => "form_install".into(),
        (Some("17"), _) => "form_visible".into(),
        (Some("18"), _) => "form_interaction".into(),
        (Some("19"), _) => "form_submission".into(),
        (Some("26"), _) => "feedback_view".into(),
        (k, _) => fields.first_of(&["n", "id"]).unwrap_or(match (k, file) {
            (Some("3"), _) | (_, "__ptbe.gif") => "custom_event".into(),
            (_, "__ptc.gif") => "click".into(),
            (_, "__pto.gif") => "email_open".into(),
            _ => "page_view".into(),
        }),
    };
    let identity = fields.cow("i");
    let mut params = draft.params(fields);
    if let Some(identity) = identity {
        // What `identify` was given: pairs, encoded once more.
        for (name, value) in query::text_pairs(&identity) {
            params.push(draft.text_param(format!("i.{name}"), Cow::Owned(value.into_owned())));
        }
    }
    draft.event(name, account, params);
}

fn read_form<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let mut segments = exchange.address.segments().rev();
    let portal = ["portalId", "portal_id"]
        .iter()
        .find_map(|name| query::first(exchange.address.query, name))
        .or_else(|| segments.nth(1).filter(|text| is_number(text)).map(Cow::Borrowed));
    let interactive = exchange.address.path.starts_with("/web-interactives/");
    let name = match exchange.address.segments().next_back() {
        Some("click") if interactive => "cta_click",
        _ if interactive => "cta_view",
        _ => "form_submission",
    };
    let json = exchange.body.trim_ascii_start().starts_with(b"{");
    let body = if json { draft.json(exchange) } else { None };
    let account =
        body.as_ref().and_then(|body| body.text_at("portalId")).or(portal).unwrap_or_default();
    draft.account(account.clone());
    // A body that was cut off tells of no form.
    if !exchange.is_event() || (json && body.is_none()) {
        return;
    }
    let params = match body {
        Some(body @ Json::Object(_)) => draft.json_params(body),
        _ => draft.params(exchange.fields()),
    };
    draft.event(name, account, params);
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

//! Plausible Analytics.
//!
//! Documentation: <https://plausible.io/docs/events-api>.
//! Endpoints: `plausible.io/api/event`, and `…/event` on a proxy or an
//! instance of the shop's own, which its body must prove. The library writes
//! short names, the documented interface long ones.
//! Sample: `{"n":"Signup","u":"https://shop.example/","d":"shop.example","p":{"plan":"pro"}}`
//!
//! It does not read the statistics interface.

use crate::model::hit::ParamClass::{Business, Environment, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path::{self, Ends};
use crate::vendors::frame::route::{Library, Route, anywhere, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};
use crate::wire::json::{self, Json};

pub static PLAUSIBLE: Vendor = Vendor {
    slug: "plausible",
    name: "Plausible",
    docs: "https://plausible.io/docs/events-api",
    notes: "the account is the site's domain `d`, of which there may be several; the event `n`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    automatic: &[
        "pageview",
        "engagement",
        "404",
        "Outbound Link: Click",
        "File Download",
        "Form: Submission",
        "Cloaked Link: Click",
    ],
    leaving: &["engagement"],
    ..Vendor::BASE
};

const OK: Answer = Answer::Json("ok");

const ROUTES: &[Route] = &[
    on(&[Is("plausible.io")], Path::Is("/api/event"), Endpoint::Event, OK),
    anywhere(Ends("/event"), Endpoint::Event, OK).with_body(is_event),
];

const LIBRARIES: &[Library] = &[library(&[Is("plausible.io")], Path::Under("/js"))];

const PARAMS: &[ParamSpec] = &[
    param("$.amount", "value", Business),
    param("$.currency", "currency", Business),
    param("d", "", Identity),
    param("domain", "", Identity),
    param("e", "", Transport),
    param("h", "", Environment),
    param("i", "", Business),
    param("interactive", "", Business),
    param("n", "", Identity),
    param("name", "", Identity),
    param("r", "referrer", Environment),
    param("referrer", "referrer", Environment),
    param("revenue.amount", "value", Business),
    param("revenue.currency", "currency", Business),
    param("sd", "", Transport),
    param("u", "url", Environment),
    param("url", "url", Environment),
    param("v", "", Environment),
    param("w", "", Environment),
];

const GROUPS: &[Group] = &[
    group("p.", "", Business, true),
    group("m.", "", Business, true),
    group("props.", "", Business, true),
];

/// Objects that the library may write as a text.
const NESTED: [&str; 5] = ["p", "m", "props", "$", "revenue"];

fn is_event(body: &[u8]) -> bool {
    let Ok(body) = json::parse(body) else { return false };
    let has = |names: [&str; 3]| {
        let [name, url, domain] = names.map(|name| body.get(name).and_then(Json::as_str));
        let is_url = url.is_some_and(|url| {
            ["http://", "https://", "app://"].iter().any(|scheme| url.starts_with(scheme))
        });
        name.is_some() && domain.is_some() && is_url
    };
    has(["n", "u", "d"]) || has(["name", "url", "domain"])
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let Some(mut body) = draft.json(exchange) else { return };
    let domains = body.text_at("d").or_else(|| body.text_at("domain"));
    draft.accounts(domains.unwrap_or_default(), ',');
    let Some(name) = body.text_at("n").or_else(|| body.text_at("name")) else {
        draft.problem("no event name in `n`");
        return;
    };
    if let Json::Object(members) = &mut body {
        for (name, value) in members {
            if let Json::Text(text) = value
                && NESTED.contains(&&**name)
            {
                *value = json::parse_text(std::mem::take(text));
            }
        }
    }
    draft.event(name, draft.only_account(), draft.json_params(body));
}

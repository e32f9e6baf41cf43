//! Cloudflare Web Analytics.
//!
//! Documentation: <https://developers.cloudflare.com/web-analytics/>.
//! Endpoints: `cloudflareinsights.com/cdn-cgi/rum` and, on sites that
//! Cloudflare serves, `/cdn-cgi/rum` of the site itself, a POST of JSON.
//! Sample: `{"siteToken":"0123…","location":"https://shop.example/","eventType":1}`
//!
//! It does not read the timings of resources.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::NoContent;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{Is as Exactly, Starts};
use crate::vendors::frame::route::{Library, Route, anywhere, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};

pub static CLOUDFLARE_RUM: Vendor = Vendor {
    slug: "cloudflare_rum",
    name: "Cloudflare Web Analytics",
    docs: "https://developers.cloudflare.com/web-analytics/",
    notes: "the account is `siteToken`; event type 1 is `page_view`, 2 `unload`, 3 `web_vitals`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    automatic: &["page_view", "unload", "web_vitals"],
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(&[Under("cloudflareinsights.com")], Exactly("/cdn-cgi/rum"), Endpoint::Event, NoContent),
    anywhere(Exactly("/cdn-cgi/rum"), Endpoint::Event, NoContent),
];

const LIBRARIES: &[Library] =
    &[library(&[Is("static.cloudflareinsights.com")], Starts("/beacon.min.js"))];

const PARAMS: &[ParamSpec] = &[
    param("dt", "", Environment),
    param("eventType", "", Identity),
    param("location", "url", Environment),
    param("pageloadId", "", Identifier),
    param("referrer", "referrer", Environment),
    param("resources", "", Transport).of(ParamType::Json),
    param("siteToken", "", Identity),
    param("st", "", Transport),
    param("startTime", "", Transport).of(ParamType::Time),
    param("wd", "", Environment),
];

const GROUPS: &[Group] = &[
    group("memory.", "", Transport, false),
    group("timings.", "", Transport, false),
    group("timingsV2.", "", Transport, false),
    group("firstPaint", "", Transport, false),
    group("firstContentfulPaint", "", Transport, false),
    group("versions.", "", Environment, false),
];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let Some(body) = draft.json(exchange) else {
        if exchange.body.is_empty() {
            draft.reject();
        }
        return;
    };
    let token = ["siteToken", "versions.token"].iter().find_map(|path| body.text_at(path));
    let account = token.unwrap_or_default();
    draft.account(account.clone());
    let name = match body.text_at("eventType").as_deref() {
        Some("1") | None => Cow::Borrowed("page_view"),
        Some("2") => Cow::Borrowed("unload"),
        Some("3") => Cow::Borrowed("web_vitals"),
        Some(other) => Cow::Owned(other.to_owned()),
    };
    draft.event(name, account, draft.json_params(body));
}

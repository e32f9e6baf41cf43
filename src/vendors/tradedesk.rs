//! The Trade Desk: universal pixel, tracking tags, real-time conversions.
//!
//! Documentation: <https://partner.thetradedesk.com/v3/portal/data/doc/DataConversionEventsApi>.
//! Endpoints on `insight.adsrvr.org`: `/track/up` (universal pixel, which
//! redirects to `/track/upb`), `/track/pxl`,
//! `/track/evnt`, `/track/conv` (static tags), `/track/realtimeconversion` (JSON);
//! `/track/cmf`, `/track/rid` and the like on `match.adsrvr.org` match cookies.
//! Sample: `https://insight.adsrvr.org/track/up?adv=abc12de&upid=xyz&v=10&vf=USD&orderid=O-1`
//!
//! It does not read the configuration that the loader asks for.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::{Empty, Image, Json as JsonText};
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path;
use crate::vendors::frame::route::{Host, Library, Route, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};
use crate::wire::json::Json;

pub static TRADEDESK: Vendor = Vendor {
    slug: "tradedesk",
    name: "The Trade Desk",
    docs: "https://partner.thetradedesk.com/v3/portal/data/doc/DataConversionEventsApi",
    notes: "the account is the advertiser `adv`; the universal pixel's event is called \
            `page_view`, a tracking tag's `conversion`; a real-time conversion has its own in \
            `event_name`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    batches: true,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("insight.adsrvr.org"), Is("match.adsrvr.org")];

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Under("/track/up"), Endpoint::Event, Empty),
    // The universal pixel's redirect for matching cookies.
    on(HOSTS, Path::Under("/track/upb"), Endpoint::Duplicate, Empty),
    on(HOSTS, Path::Under("/track/pxl"), Endpoint::Event, Image),
    on(HOSTS, Path::Under("/track/evnt"), Endpoint::Event, Image),
    on(HOSTS, Path::Under("/track/conv"), Endpoint::Event, Image),
    on(HOSTS, Path::Under("/track/realtimeconversion"), Endpoint::Event, JsonText("{}")),
    // A bare address is somebody who looks.
    on(HOSTS, Path::Under("/track"), Endpoint::Aux, Image).when(|look| !look.address.is_bare()),
];

const LIBRARIES: &[Library] = &[library(&[Is("js.adsrvr.org")], Path::Any)];

const PARAMS: &[ParamSpec] = &[
    param("adv", "", Identity),
    param("advertiser_id", "", Identity),
    param("client_ip", "", Identifier),
    param("ct", "", Identity),
    param("currency", "currency", Business),
    param("event_name", "", Identity),
    param("fmt", "", Transport),
    param("gdpr", "", Business),
    param("gdpr_consent", "", Business),
    param("imp", "", Identifier),
    param("items", "items", Business),
    param("merchant_id", "", Identity),
    param("order_id", "order_id", Business),
    param("orderid", "order_id", Business),
    param("osi", "", Transport),
    param("paapi", "", Transport),
    param("ref", "url", Environment),
    param("referrer_url", "url", Environment),
    param("tracker_id", "", Identity),
    param("upid", "", Identity),
    param("upixel_id", "", Identity),
    param("upv", "", Environment),
    param("v", "value", Business),
    param("value", "value", Business),
    param("vf", "currency", Business),
];

/// The ten parameters that a page fills as it likes.
const GROUPS: &[Group] = &[group("td", "", Business, false)];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let fields = exchange.query();
    draft.accounts(fields.cow("adv").unwrap_or_default(), ',');
    if !exchange.is_event() {
        return;
    }
    if exchange.body.trim_ascii_start().starts_with(b"{") {
        let Some(mut body) = draft.json(exchange) else { return };
        let conversions = match body.remove("data") {
            Some(Json::List(conversions)) => conversions,
            Some(conversion) => vec![conversion],
            None => vec![body],
        };
        return conversions.into_iter().for_each(|conversion| read(conversion, draft));
    }
    let mut fields = fields;
    fields.read_body(exchange.body, exchange.request.content_type);
    draft.accounts(fields.cow("adv").unwrap_or_default(), ',');
    if draft.accounts.is_empty() {
        draft.problem("no advertiser in `adv`");
    }
    let word = exchange.address.segments().nth(1).unwrap_or_default();
    let unnamed = if word.starts_with("up") { "page_view" } else { "conversion" };
    let name = fields.cow("event_name").unwrap_or(Cow::Borrowed(unnamed));
    draft.event(name, draft.only_account(), draft.params(fields));
}

fn read<'a>(conversion: Json<'a>, draft: &mut Draft<'a>) {
    let account = conversion.text_at("adv").or_else(|| conversion.text_at("advertiser_id"));
    let account = account.unwrap_or_default();
    if account.is_empty() {
        draft.problem("no advertiser in `adv`");
    }
    draft.account(account.clone());
    let name = conversion.text_at("event_name").unwrap_or(Cow::Borrowed("conversion"));
    draft.event(name, account, draft.json_params(conversion));
}

//! Adobe Experience Cloud ID service (`VisitorAPI`).
//!
//! Documentation: <https://experienceleague.adobe.com/en/docs/id-service/using/home>.
//! Endpoints: `dpm.demdex.net/id`, `/id/rd` and, on the tracking server of
//! Adobe Analytics or a first-party host, `/id`. It fetches an identity and
//! sends no event.
//! Sample: `https://dpm.demdex.net/id?d_visid_ver=5.5.0&d_orgid=1A2B%40AdobeOrg&d_rtbd=json`
//!
//! It does not read the cookie syncs of Audience Manager on the same host.

use crate::model::hit::ParamClass::{Identifier, Identity};
use crate::vendors::frame::answer::Answer::{self, Json};
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::Is as Exactly;
use crate::vendors::frame::route::{Host, Look, Route, anywhere, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, ParamSpec, Vendor, param};

pub static ADOBE_ECID: Vendor = Vendor {
    slug: "adobe_ecid",
    name: "Adobe Experience Cloud ID",
    docs: "https://experienceleague.adobe.com/en/docs/id-service/using/home",
    notes: "the account is the organisation in `d_orgid` or `mcorgid`; there are no events",
    routes: ROUTES,
    params: PARAMS,
    decode,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("dpm.demdex.net")];
const TRACKING: &[Host] = &[Under("omtrdc.net"), Under("2o7.net"), Under("adobedc.net")];
const IDENTITY: Answer = Json("{}");

const ROUTES: &[Route] = &[
    on(HOSTS, Exactly("/id"), Endpoint::Aux, IDENTITY),
    on(HOSTS, Exactly("/id/rd"), Endpoint::Aux, IDENTITY),
    on(TRACKING, Exactly("/id"), Endpoint::Aux, IDENTITY),
    anywhere(Exactly("/id"), Endpoint::Aux, IDENTITY).when(has_organisation),
];

const PARAMS: &[ParamSpec] = &[
    param("d_cid_ic", "", Identifier),
    param("d_mid", "", Identifier),
    param("d_orgid", "", Identity),
    param("mcorgid", "", Identity),
    param("mid", "", Identifier),
];

fn has_organisation(look: &Look<'_>) -> bool {
    look.has_query("d_visid_ver") && (look.has_query("mcorgid") || look.has_query("d_orgid"))
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    draft.account(exchange.fields().first_of(&["d_orgid", "mcorgid"]).unwrap_or_default());
}

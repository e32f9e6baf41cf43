//! Parse.ly.
//!
//! Documentation: <https://docs.parse.ly/tracking-code-setup/>.
//! Endpoints: `p1.parsely.com/plogger/` and `/px/`, also on `p1-irl`,
//! `srv.pixel` and the site's own `fpa-events` host.
//! Sample: `https://p1.parsely.com/plogger/?rand=1&idsite=shop.example&action=pageview`
//!
//! It does not read the metadata that its crawler finds.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::Image;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{Is as Exactly, Starts};
use crate::vendors::frame::route::{Host, Library, Look, Route, Where, anywhere, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::{self, Json};

pub static PARSELY: Vendor = Vendor {
    slug: "parsely",
    name: "Parse.ly",
    docs: "https://docs.parse.ly/tracking-code-setup/",
    notes: "the account is the site in `idsite`, the event `action`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    automatic: &["pageview", "heartbeat", "vheartbeat"],
    ..Vendor::BASE
};

const HOSTS: &[Host] =
    &[Is("p1.parsely.com"), Is("p1-irl.parsely.com"), Under("pixel.parsely.com")];

const ROUTES: &[Route] = &[
    on(HOSTS, Exactly("/plogger"), Endpoint::Event, Image),
    on(HOSTS, Exactly("/px"), Endpoint::Event, Image),
    anywhere(Exactly("/plogger"), Endpoint::Event, Image).when(is_own_host),
    anywhere(Exactly("/px"), Endpoint::Event, Image).when(is_own_host),
];

const LIBRARIES: &[Library] = &[Library {
    hosts: &[Is("cdn.parsely.com")],
    path: Starts("/keys/"),
    account: Where::Segment(1),
    version: Where::Nowhere,
}];

const PARAMS: &[ParamSpec] = &[
    param("action", "", Identity),
    param("data._conversion_label", "label", Business),
    param("data._conversion_type", "conversion_type", Business),
    param("data.parsely_site_uuid", "", Identifier),
    param("data.parsely_uuid", "", Identifier),
    param("date", "", Transport),
    param("idsite", "", Identity),
    param("inc", "", Transport),
    param("plid", "", Transport),
    param("pvid", "", Transport),
    param("rand", "", Transport).of(ParamType::Time),
    param("sid", "session_id", Identifier),
    param("slts", "", Transport).of(ParamType::Time),
    param("sref", "", Environment),
    param("sts", "", Transport).of(ParamType::Time),
    param("surl", "", Environment),
    param("title", "title", Environment),
    param("tt", "", Transport),
    param("u", "client_id", Identifier),
    param("url", "url", Environment),
    param("urlref", "referrer", Environment),
];

const GROUPS: &[Group] =
    &[group("data.", "", Business, true), group("metadata.", "", Business, false)];

fn is_own_host(look: &Look<'_>) -> bool {
    look.address.host.starts_with("fpa-events.") && look.has_query("idsite")
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let fields = exchange.fields();
    let site = fields.cow("idsite").unwrap_or_default();
    draft.account(site.clone());
    let Some(name) = fields.cow("action") else {
        draft.problem("no event name in `action`");
        return;
    };
    let mut params = Vec::new();
    for (wire, value) in fields {
        match json::parse_text(value) {
            object @ Json::Object(_) => {
                params.extend(draft.json_params(Json::Object(vec![(wire, object)])));
            }
            value => params.push(draft.param(wire, value)),
        }
    }
    draft.event(Cow::Owned(name.into_owned()), site, params);
}

//! Webtrends `OnDemand`.
//!
//! Documentation: <https://help.webtrends.com/legacy/en/Analytics10/event_tracking.html>.
//! Endpoints: `<collector>/<account>/dcs.gif` on `statse.webtrendslive.com`,
//! `*.webtrends.com` and first-party hosts. Values are escaped twice.
//! Sample: `https://statse.webtrendslive.com/dcs222_2k1d/dcs.gif?dcsuri=/a&WT.ti=Home&WT.dl=0`
//!
//! It does not read what `wtid.js` answers.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::{Gif, Script};
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::Under;
use crate::vendors::frame::route::Path::Ends;
use crate::vendors::frame::route::{Host, Look, Route, anywhere, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::percent::{Plus, decode as unescape};

pub static WEBTRENDS: Vendor = Vendor {
    slug: "webtrends",
    name: "Webtrends",
    docs: "https://help.webtrends.com/legacy/en/Analytics10/event_tracking.html",
    notes: "the account is the path's first folder, the event what `WT.dl` says: `page_view`, \
            `download`, `anchor`, `javascript`, `mailto`, `exit`, `right_click`, `form_get`, \
            `form_post`, `form_button`, `image_map`",
    routes: ROUTES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    automatic: &["download", "anchor", "javascript", "mailto", "exit", "right_click"],
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("webtrendslive.com"), Under("webtrends.com")];

const ROUTES: &[Route] = &[
    on(HOSTS, Ends("/dcs.gif"), Endpoint::Event, Gif),
    on(HOSTS, Ends("/wtid.js"), Endpoint::Aux, Script("")),
    anywhere(Ends("/dcs.gif"), Endpoint::Event, Gif).when(is_collected),
];

const PARAMS: &[ParamSpec] = &[
    param("WT.cart", "", Business),
    param("WT.cd", "", Environment),
    param("WT.cg_n", "page_category", Business),
    param("WT.cg_s", "page_subcategory", Business),
    param("WT.co_f", "client_id", Identifier),
    param("WT.dl", "", Identity),
    param("WT.oss", "search_string", Business),
    param("WT.oss_r", "search_count", Business).of(ParamType::Number),
    param("WT.pn_sku", "product_id", Business),
    param("WT.si_n", "", Business),
    param("WT.si_x", "", Business),
    param("WT.ti", "title", Environment),
    param("WT.tx_e", "", Business),
    param("WT.tx_i", "order_id", Business),
    param("WT.tx_s", "value", Business),
    param("WT.tx_u", "quantity", Business),
    param("WT.vt_f_tlh", "", Transport).of(ParamType::Time),
    param("WT.vtid", "", Identifier),
    param("WT.vtvs", "", Identifier),
    param("dcsaut", "user_id", Identifier),
    param("dcsdat", "", Transport).of(ParamType::Time),
    param("dcsref", "referrer", Environment),
    param("dcsuri", "page_path", Environment),
];

const GROUPS: &[Group] =
    &[group("WT.z_", "", Business, false), group("DCSext.", "", Business, true)];

const KINDS: &[(&str, &str)] = &[
    ("0", "page_view"),
    ("20", "download"),
    ("21", "anchor"),
    ("22", "javascript"),
    ("23", "mailto"),
    ("24", "exit"),
    ("25", "right_click"),
    ("26", "form_get"),
    ("27", "form_post"),
    ("28", "form_button"),
    ("29", "form_button"),
    ("30", "image_map"),
];

fn is_collected(look: &Look<'_>) -> bool {
    look.has_query("dcsdat") || look.has_query("dcsuri")
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let mut folders = exchange.address.segments();
    if let (Some(account), Some(_)) = (folders.next(), folders.next_back()) {
        draft.account(account);
    }
    if !exchange.is_event() {
        return;
    }
    let fields = exchange.fields();
    let kind = fields.cow("WT.dl").unwrap_or(Cow::Borrowed("0"));
    let known = KINDS.iter().find(|(number, _)| *number == kind);
    let name = known.map_or(kind, |(_, name)| Cow::Borrowed(*name));
    let params = fields
        .into_iter()
        .map(|(wire, value)| {
            let plain = unescape(&value, Plus::Literal).into_owned();
            draft.param(wire, plain)
        })
        .collect();
    draft.event(name, draft.only_account(), params);
}

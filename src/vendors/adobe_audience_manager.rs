//! Adobe Audience Manager.
//!
//! Documentation: <https://experienceleague.adobe.com/en/docs/audience-manager/user-guide/home>.
//! Endpoints: `<partner>.demdex.net/event` takes signals; `/ibs:…`,
//! `/demconf.jpg` and the like sync cookies.
//! Sample: `https://shop.demdex.net/event?d_rtbd=json&c_pageName=home&p_age=20`
//!
//! The identity service on `dpm.demdex.net/id` is another vendor.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Transport};
use crate::vendors::frame::answer::Answer::{Gif, Json};
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::Under;
use crate::vendors::frame::route::Path::{Is as Exactly, Starts};
use crate::vendors::frame::route::{Host, Library, Route, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};

pub static ADOBE_AUDIENCE_MANAGER: Vendor = Vendor {
    slug: "adobe_audience_manager",
    name: "Adobe Audience Manager",
    docs: "https://experienceleague.adobe.com/en/docs/audience-manager/user-guide/home",
    notes: "the account is the partner's name before `demdex.net`, the event always `event`; \
            `c_` are the page's signals, `p_` private ones; cookie syncs are no events",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("demdex.net")];

const ROUTES: &[Route] = &[
    on(HOSTS, Exactly("/event"), Endpoint::Event, Json("{}")),
    on(HOSTS, Exactly("/firstevent"), Endpoint::Event, Json("{}")),
    on(HOSTS, Starts("/ibs:"), Endpoint::Aux, Gif),
    on(HOSTS, Starts("/ibs/"), Endpoint::Aux, Gif),
    on(HOSTS, Exactly("/demconf.jpg"), Endpoint::Aux, Gif),
];

const LIBRARIES: &[Library] = &[library(HOSTS, Starts("/dest"))];

const PARAMS: &[ParamSpec] = &[
    param("d_cb", "", Transport),
    param("d_cid", "", Identifier),
    param("d_cid_ic", "", Identifier),
    param("d_dst", "", Transport),
    param("d_jsonv", "", Transport),
    param("d_ld", "", Transport),
    param("d_mid", "", Identifier),
    param("d_nsid", "", Environment),
    param("d_ptfm", "", Environment),
    param("d_rtbd", "", Transport),
    param("d_sid", "", Business),
    param("d_uuid", "", Identifier),
];

const GROUPS: &[Group] = &[group("c_", "", Business, true), group("p_", "", Business, true)];

/// Names before `demdex.net` that are the service's own.
const SHARED: &[&str] = &["dpm", "fast", "edge", "cm.everesttech"];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let host = &*exchange.address.host;
    let partner = host.strip_suffix(".demdex.net").unwrap_or_default();
    if !SHARED.contains(&partner) {
        draft.account(partner.to_owned());
    }
    if exchange.is_event() {
        let fields = exchange.fields();
        draft.event(Cow::Borrowed("event"), draft.only_account(), draft.params(fields));
    }
}

//! Comscore (`sitestat`, `scorecardresearch.com`).
//!
//! Documentation: <https://direct.comscore.com/clients/help/FAQ.aspx#faqTagging>.
//! Endpoints: `*.scorecardresearch.com/b` and `/p`, which redirect to `/b2`
//! and `/p2` with the same query to set a cookie.
//! Sample: `https://sb.scorecardresearch.com/b?c1=2&c2=123456789&c4=https%3A%2F%2Fshop.example%2F`
//!
//! It does not read the labels of streams beyond their names.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::Image;
use crate::vendors::frame::decoded::DecodedEvent;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::Under;
use crate::vendors::frame::route::Path::{Ends, Is, Under as Below};
use crate::vendors::frame::route::{Host, Library, Route, Where, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};

pub static COMSCORE: Vendor = Vendor {
    slug: "comscore",
    name: "Comscore",
    docs: "https://direct.comscore.com/clients/help/FAQ.aspx#faqTagging",
    notes: "the account is `c2`, the event `ns_st_ev` of a stream or `ns_ap_ev` of an app, else \
            `page_view`; `/b2` and `/p2` repeat what was redirected",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    twin,
    automatic: &["page_view"],
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("scorecardresearch.com")];

const ROUTES: &[Route] = &[
    on(HOSTS, Is("/b"), Endpoint::Event, Image),
    on(HOSTS, Is("/b2"), Endpoint::Event, Image),
    on(HOSTS, Is("/p"), Endpoint::Event, Image),
    on(HOSTS, Is("/p2"), Endpoint::Event, Image),
    on(HOSTS, Is("/r"), Endpoint::Aux, Image),
    on(HOSTS, Is("/r2"), Endpoint::Aux, Image),
];

const LIBRARIES: &[Library] = &[
    Library {
        hosts: HOSTS,
        path: Below("/cs"),
        account: Where::Segment(1),
        version: Where::Nowhere,
    },
    library(HOSTS, Ends("/beacon.js")),
    library(HOSTS, Below("/c2")),
];

const PARAMS: &[ParamSpec] = &[
    param("c1", "", Identity),
    param("c12", "", Identifier),
    param("c2", "", Identity),
    param("c3", "", Business),
    param("c4", "page_name", Business),
    param("c5", "", Business),
    param("c6", "", Business),
    param("c7", "url", Environment),
    param("c8", "title", Environment),
    param("c9", "referrer", Environment),
    param("cj", "", Transport),
    param("cs_ak_ss", "", Transport),
    param("cs_cfg", "", Transport),
    param("cs_cmp_id", "", Business),
    param("cs_cmp_sv", "", Business),
    param("cs_fpcu", "", Identifier),
    param("cs_fpid", "", Identifier),
    param("cs_it", "", Transport),
    param("cs_ucfr", "consent", Business),
    param("cv", "", Environment),
    param("ns__t", "", Transport).of(ParamType::Time),
    param("ns_ap_ev", "", Identity),
    param("ns_c", "", Environment),
    param("ns_st_ev", "", Identity),
    param("rn", "", Transport),
];

const GROUPS: &[Group] = &[group("ns_st_", "", Transport, false)];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let fields = exchange.fields();
    let account = fields.cow("c2").unwrap_or_default();
    draft.account(account.clone());
    if !exchange.is_event() {
        return;
    }
    if account.is_empty() {
        draft.problem("no client in `c2`");
    }
    let name = fields.first_of(&["ns_st_ev", "ns_ap_ev"]);
    let name = name.unwrap_or(Cow::Borrowed("page_view"));
    draft.event(name, account, draft.params(fields));
}

/// A redirect goes on with the same query, the library's time included.
fn twin(event: &DecodedEvent<'_>) -> Option<String> {
    let time = event.text("ns__t").or_else(|| event.text("rn"))?;
    Some(format!("{time} {}", event.text("c7").unwrap_or_default()))
}

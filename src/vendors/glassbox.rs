//! Glassbox session replay.
//!
//! Documentation: <https://www.glassbox.com/>.
//! Endpoints: `cls_report?clsjsv=…` on `*.glassboxdigital.io` and on
//! first-party hosts, mostly below `/<app>/reporting/<id>/`. Every upload is a
//! part of a recording; there are no events.
//! Sample: `https://report.glassboxdigital.io/shop/reporting/6b1c9a5c/cls_report?clsjsv=6.3.1`
//!
//! It does not read what was recorded.

use crate::model::hit::ParamClass::{Environment, Identifier};
use crate::vendors::frame::answer::Answer::Empty;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::Under;
use crate::vendors::frame::route::Path::Ends;
use crate::vendors::frame::route::{Host, Library, Route, anywhere, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, ParamSpec, Vendor, param};

pub static GLASSBOX: Vendor = Vendor {
    slug: "glassbox",
    name: "Glassbox",
    docs: "https://www.glassbox.com/",
    notes: "the account is the id after `reporting` in the path; uploads are recordings",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    decode,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("glassboxdigital.io"), Under("glassboxcdn.com")];

const ROUTES: &[Route] = &[
    on(HOSTS, Ends("/cls_report"), Endpoint::Replay, Empty),
    anywhere(Ends("/cls_report"), Endpoint::Replay, Empty).when(|look| look.has_query("clsjsv")),
];

const LIBRARIES: &[Library] = &[library(
    &[Under("glassboxcdn.com"), Under("glassboxdigital.io")],
    Ends("/detector-dom.min.js"),
)];

const PARAMS: &[ParamSpec] = &[
    param("_cls_s", "", Identifier),
    param("_cls_v", "", Identifier),
    param("clsjsv", "", Environment),
];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let segments = exchange.address.segments();
    let account = segments.skip_while(|segment| *segment != "reporting").nth(1);
    draft.account(account.filter(|account| *account != "cls_report").unwrap_or_default());
}

//! Omniconvert: experiments and their goals.
//!
//! Documentation: <https://help.omniconvert.com/>.
//! Endpoint: `/mktzsave` on a host below `omniconvert.com`, or on another host
//! that a site uses for it; everything in the query or the body.
//! Sample: `https://app.omniconvert.com/mktzsave?id_website=1234&event=page`
//!
//! It does not read surveys.

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::Image;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Any, Ends};
use crate::vendors::frame::route::{Library, Route, Where, anywhere, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, ParamSpec, Vendor, param};

pub static OMNICONVERT: Vendor = Vendor {
    slug: "omniconvert",
    name: "Omniconvert",
    docs: "https://help.omniconvert.com/",
    notes: "the account is `id_website`, the event `event`; without one it is `page_view`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    decode,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(&[Under("omniconvert.com")], Ends("/mktzsave"), Endpoint::Event, Image),
    anywhere(Path::Is("/mktzsave"), Endpoint::Event, Image)
        .when(|look| look.has_query("id_website") && look.has_query("event")),
];

const LIBRARIES: &[Library] = &[Library {
    hosts: &[Is("cdn.omniconvert.com")],
    path: Any,
    account: Where::Segment(1),
    version: Where::Nowhere,
}];

const PARAMS: &[ParamSpec] = &[
    param("event", "", Identity),
    param("goal", "goal", Business),
    param("id_experiment", "experiment_id", Business),
    param("id_variation", "variation_id", Business),
    param("id_visitor", "client_id", Identifier),
    param("id_website", "", Identity),
    param("referrer", "referrer", Environment),
    param("rnd", "", Transport),
    param("url", "url", Environment),
    param("value", "value", Business),
];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let fields = exchange.fields();
    let account = fields.cow("id_website").unwrap_or_default();
    draft.account(account.clone());
    let name = fields.cow("event").unwrap_or("page_view".into());
    draft.event(name, account, draft.params(fields));
}

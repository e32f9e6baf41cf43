//! Piwik PRO.
//!
//! Documentation: <https://developers.piwik.pro/en/latest/data_collection/api/http_api.html>.
//! Endpoints: `ppms.php` on `*.piwik.pro` and on any first-party host, and
//! `piwik.php` on `*.piwik.pro`. The requests are those of Matomo, from which
//! it grew, with `e_t` for the kind of event and `ec_products` for items.
//! Sample: `https://shop.piwik.pro/ppms.php?e_t=ecommerce-order&ec_id=1&idsite=6b1c&rec=1`
//!
//! It does not read what the consent manager stores.

use crate::vendors::frame::answer::Answer::NoContent;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::Under;
use crate::vendors::frame::route::Path::{Ends, Starts};
use crate::vendors::frame::route::{Host, Library, Route, Where, anywhere, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Vendor};
use crate::vendors::matomo;

pub static PIWIKPRO: Vendor = Vendor {
    slug: "piwikpro",
    name: "Piwik PRO",
    docs: "https://developers.piwik.pro/en/latest/data_collection/api/http_api.html",
    notes: "the account is `idsite`, the event `e_t`; without it the event is named as Matomo's \
            (`pageview`, `event`, `goal`, `order`, `search`, `link`, `download`, `ping`)",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: matomo::PARAMS,
    groups: matomo::GROUPS,
    decode,
    batches: true,
    automatic: &["ping", "link", "download", "outlink", "content-impression"],
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("piwik.pro")];

const ROUTES: &[Route] = &[
    on(HOSTS, Ends("/ppms.php"), Endpoint::Event, NoContent),
    on(HOSTS, Ends("/piwik.php"), Endpoint::Event, NoContent),
    anywhere(Ends("/ppms.php"), Endpoint::Event, NoContent),
];

const LIBRARIES: &[Library] = &[
    Library {
        hosts: &[Under("containers.piwik.pro"), Under("piwik.pro")],
        path: Starts("/containers/"),
        account: Where::Segment(1),
        version: Where::Nowhere,
    },
    library(HOSTS, Ends("/ppms.js")),
];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    matomo::requests(exchange, draft, |fields, draft| {
        let name = fields.cow("e_t").unwrap_or_else(|| matomo::name_of(&fields));
        matomo::read(fields, name, draft);
    });
}

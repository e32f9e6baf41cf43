//! Adform.
//!
//! Documentation: <https://www.adformhelp.com/>.
//! Endpoints: `/Serving/TrackPoint` on `track.adform.net`, `a2.adform.net` and
//! the like, also under an advertiser's own tracking domain; `cm`, `dmp` and
//! `/serving/cookie` match cookies.
//! Sample: `https://track.adform.net/Serving/TrackPoint/?pm=447118&ADFPageName=thanks`
//!
//! It does not read banners and clicks, nor the packed `itm`.

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Ends, Under as Below};
use crate::vendors::frame::route::{Host, Library, Look, Route, anywhere, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};

pub static ADFORM: Vendor = Vendor {
    slug: "adform",
    name: "Adform",
    docs: "https://www.adformhelp.com/",
    notes: "the account is the tracking id `pm`; events have no name and are called \
            `page_view`, what the page calls itself is in `ADFPageName`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("adform.net")];
const SYNC: &[Host] = &[Is("cm.adform.net"), Is("dmp.adform.net")];

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Is("/Serving/TrackPoint"), Endpoint::Event, Answer::Image),
    on(HOSTS, Path::Is("/serving/trackpoint"), Endpoint::Event, Answer::Image),
    on(HOSTS, Below("/serving/cookie"), Endpoint::Aux, Answer::Image),
    on(HOSTS, Below("/Serving/Cookie"), Endpoint::Aux, Answer::Image),
    on(SYNC, Path::Any, Endpoint::Aux, Answer::Image),
    anywhere(Ends("/Serving/TrackPoint"), Endpoint::Event, Answer::Image).when(has_account),
];

const LIBRARIES: &[Library] = &[
    library(HOSTS, Below("/banners/scripts/st")),
    library(HOSTS, Below("/serving/scripts/trackpoint")),
    library(HOSTS, Below("/Serving/Scripts/TrackPoint")),
];

const PARAMS: &[ParamSpec] = &[
    param("ADFPageName", "page_name", Business),
    param("ADFdivider", "", Environment),
    param("ADFtpmode", "", Transport),
    param("CC", "", Transport),
    param("Set1", "", Environment),
    param("currency", "currency", Business),
    param("gdpr", "", Business),
    param("gdpr_consent", "", Business),
    param("itm", "", Business),
    param("lid", "", Identity),
    param("loc", "url", Environment),
    param("md", "", Business),
    param("ord", "", Transport),
    param("orderid", "order_id", Business),
    param("pm", "", Identity),
    param("rp", "referrer", Environment),
    param("sales", "value", Business),
    param("stid", "", Identifier),
    param("t", "", Transport),
];

/// Variables of the advertiser's own (`sv1`, `var1`).
const GROUPS: &[Group] = &[group("sv", "", Business, false), group("var", "", Business, false)];

fn has_account(look: &Look<'_>) -> bool {
    look.has_query("pm")
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let fields = exchange.fields();
    let account = fields.cow("pm").unwrap_or_default();
    draft.accounts(account, ',');
    if !exchange.is_event() {
        return;
    }
    if draft.accounts.is_empty() {
        draft.problem("no tracking id in `pm`");
    }
    draft.event("page_view", draft.only_account(), draft.params(fields));
}

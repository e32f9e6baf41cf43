//! Sojern.
//!
//! Documentation: <https://www.sojern.com/>.
//! Endpoints on `beacon.sojern.com`: `/pixel/p/<account>` and the older
//! `/p/<account>`; `/pixel/cp/…` and `pixel.sojern.com` match cookies.
//! Sample: `https://beacon.sojern.com/pixel/p/6042?pt=CONFIRMATION&hd1=2027-01-02&hcu=USD`
//!
//! It does not read the container that some advertisers load instead.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path;
use crate::vendors::frame::route::{Host, Library, Look, Route, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};

pub static SOJERN: Vendor = Vendor {
    slug: "sojern",
    name: "Sojern",
    docs: "https://www.sojern.com/",
    notes: "the account is the number in the path, or `pixelId`; the event is the page's type \
            `pt` (`et` in older tags), without one `page_view`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("beacon.sojern.com")];

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Under("/pixel/cp"), Endpoint::Aux, Answer::Image),
    on(HOSTS, Path::Under("/pixel/p"), Endpoint::Event, Answer::Script(""))
        .when(has_account)
        .bare(),
    on(HOSTS, Path::Under("/p"), Endpoint::Event, Answer::Image).when(has_account).bare(),
    on(HOSTS, Path::Any, Endpoint::Event, Answer::Image).when(names_account),
    on(&[Is("pixel.sojern.com")], Path::Any, Endpoint::Aux, Answer::Image),
];

const LIBRARIES: &[Library] = &[library(&[Is("static.sojern.com")], Path::Any)];

const PARAMS: &[ParamSpec] = &[
    param("auto_out", "", Environment),
    param("ccid", "", Identifier),
    param("cid", "", Business),
    param("dnf", "", Environment),
    param("domain", "", Environment),
    param("et", "", Identity),
    param("f_v", "", Environment),
    param("hcu", "currency", Business),
    param("md5_eml", "", Identifier),
    param("md5_phn", "", Identifier),
    param("p_v", "", Environment),
    param("pc", "page_category", Business),
    param("pixelId", "", Identity),
    param("pn", "content_name", Business),
    param("pname", "page_name", Business),
    param("pt", "", Identity),
    param("rphn", "", Identifier),
    param("s", "", Environment),
    param("sha1_eml", "", Identifier),
    param("sha1_phn", "", Identifier),
    param("sha256_eml", "email_sha256", Identifier),
    param("sha256_phn", "phone_sha256", Identifier),
    param("sjrn_click_campaign_id", "", Identifier),
    param("sjrn_click_id", "", Identifier),
    param("sjrn_click_placement_id", "", Identifier),
    param("ts", "", Transport),
];

/// Dates, places and prices of trips: all the page's.
const GROUPS: &[Group] = &[group("", "", Business, false)];

fn of_path<'a>(exchange: &Exchange<'a>) -> Option<&'a str> {
    exchange.address.segments().skip_while(|part| *part != "p").nth(1)
}

fn has_account(look: &Look<'_>) -> bool {
    look.segment_after("p").is_some()
}

fn names_account(look: &Look<'_>) -> bool {
    look.has_query("pixelId")
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    if !exchange.is_event() {
        return;
    }
    let fields = exchange.fields();
    let account = fields.cow("pixelId").or_else(|| of_path(exchange).map(Cow::Borrowed));
    draft.account(account.unwrap_or_default());
    let name = fields.first_of(&["pt", "et"]).unwrap_or(Cow::Borrowed("page_view"));
    draft.event(name, draft.only_account(), draft.params(fields));
}

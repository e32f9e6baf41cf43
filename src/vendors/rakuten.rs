//! Rakuten Advertising (LinkShare).
//!
//! Documentation: <https://developers.rakutenadvertising.com/>.
//! Endpoints on `track.linksynergy.com`: `/ep`, `/eventnvppixel`, `/nvp`; the
//! `ra.linksynergy.com` hosts and `consent.linksynergy.com` match visitors.
//! Sample: `https://track.linksynergy.com/ep?mid=1234&ord=O-1&skulist=A|B&qlist=1|2&cur=USD`
//!
//! It does not read publishers' clicks. Amounts stay the cents that they are.

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path;
use crate::vendors::frame::route::{Host, Library, Route, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};

pub static RAKUTEN: Vendor = Vendor {
    slug: "rakuten",
    name: "Rakuten Advertising",
    docs: "https://developers.rakutenadvertising.com/",
    notes: "the account is `mid`; every event is an order and called `conversion`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("track.linksynergy.com")];

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Is("/ep"), Endpoint::Event, Answer::Image),
    on(HOSTS, Path::Is("/eventnvppixel"), Endpoint::Event, Answer::Image),
    on(HOSTS, Path::Is("/nvp"), Endpoint::Event, Answer::Image),
    on(&[Under("ra.linksynergy.com")], Path::Any, Endpoint::Aux, Answer::Image),
    on(&[Is("consent.linksynergy.com")], Path::Any, Endpoint::Aux, Answer::Image),
];

const LIBRARIES: &[Library] = &[library(
    &[Is("tag.rmp.rakuten.com"), Is("intljs.rmtag.com"), Is("ntljs.rmtag.com")],
    Path::Any,
)];

const PARAMS: &[ParamSpec] = &[
    param("amtlist", "", Business),
    param("coupon", "coupon", Business),
    param("cur", "currency", Business),
    param("custid", "user_id", Identifier),
    param("img", "", Transport),
    param("mid", "", Identity),
    param("namelist", "content_name", Business),
    param("ord", "order_id", Business),
    param("qlist", "quantity", Business),
    param("ranMID", "", Identity),
    param("skulist", "content_ids", Business),
    param("source", "", Environment),
    param("spi", "", Environment),
    param("tr", "", Identifier),
    param("trid", "", Identifier),
    param("xml", "", Transport),
];

/// The advertiser's own lists (`discountlist`, `custstatus`, …).
const GROUPS: &[Group] = &[group("", "", Business, false)];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let fields = exchange.fields();
    let account = fields.first_of(&["mid", "ranMID"]).unwrap_or_default();
    draft.account(account.clone());
    if !exchange.is_event() {
        return;
    }
    if account.is_empty() {
        draft.problem("no advertiser in `mid`");
    }
    draft.event("conversion", account, draft.params(fields));
}

//! CJ Affiliate (Commission Junction).
//!
//! Documentation: <https://developers.cj.com/>.
//! Endpoints: `www.emjcd.com/u` (image) and `/tags/c` (container) for orders,
//! `/tags/r` for pages; the universal tag's `www.mczbf.com/<tag>/pageInfo` and
//! `/<tag>/conversion`.
//! Sample: `https://www.emjcd.com/u?CID=1234567&TYPE=8901&METHOD=IMG&OID=O-1&AMOUNT=10`
//!
//! It does not read publishers' clicks.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Ends};
use crate::vendors::frame::route::{Host, Library, Look, Route, Where, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};
use crate::wire::json::Json;

pub static CJ: Vendor = Vendor {
    slug: "cj",
    name: "CJ Affiliate",
    docs: "https://developers.cj.com/",
    notes: "the account is the enterprise `CID`, in the universal tag `enterpriseId`, else the \
            tag in the path; events are called `conversion` and `page_view` after their endpoint",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    ..Vendor::BASE
};

const IMAGES: &[Host] = &[Under("emjcd.com")];
const TAG: &[Host] = &[Is("www.mczbf.com"), Is("mczbf.com")];

const ROUTES: &[Route] = &[
    on(IMAGES, Path::Is("/u"), Endpoint::Event, Answer::Image),
    on(IMAGES, Path::Is("/tags/c"), Endpoint::Event, Answer::Empty),
    on(IMAGES, Path::Is("/tags/r"), Endpoint::Event, Answer::Empty),
    on(TAG, Ends("/pageInfo"), Endpoint::Event, Answer::Image).bare(),
    on(TAG, Ends("/conversion"), Endpoint::Event, Answer::Image).bare(),
    on(TAG, Ends("/orderInfo"), Endpoint::Event, Answer::Image).bare(),
    on(TAG, Path::Any, Endpoint::Aux, Answer::Empty).when(of_tag),
];

const LIBRARIES: &[Library] = &[Library {
    hosts: TAG,
    path: Path::Under("/tags"),
    account: Where::Segment(1),
    version: Where::Nowhere,
}];

const PARAMS: &[ParamSpec] = &[
    param("AMOUNT", "value", Business),
    param("CID", "", Identity),
    param("CJEVENT", "", Identifier),
    param("COUPON", "coupon", Business),
    param("CURRENCY", "currency", Business),
    param("METHOD", "", Transport),
    param("OID", "order_id", Business),
    param("SIGNATURE", "", Transport),
    param("TYPE", "", Identity),
    param("actionTrackerId", "", Identity),
    param("amount", "value", Business),
    param("cid", "", Identity),
    param("cjeventOrder", "", Identifier),
    param("containerTagId", "", Identity),
    param("coupon", "coupon", Business),
    param("currency", "currency", Business),
    param("emailHash", "email_sha256", Identifier),
    param("enterpriseId", "", Identity),
    param("items", "items", Business),
    param("orderId", "order_id", Business),
    param("pageType", "", Business),
    param("referringChannel", "", Environment),
    param("type", "", Identity),
    param("url", "url", Environment),
    param("userId", "user_id", Identifier),
];

/// Items are numbered (`ITEM1`, `AMT1`, `QTY1`); advertisers add fields.
const GROUPS: &[Group] = &[group("", "", Business, false)];

fn of_tag(look: &Look<'_>) -> bool {
    look.address
        .segments()
        .next()
        .is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let mut fields = exchange.query();
    let body = if exchange.body.trim_ascii_start().starts_with(b"{") {
        draft.json(exchange)
    } else {
        fields.read_body(exchange.body, exchange.request.content_type);
        None
    };
    let of_body =
        |body: &Json<'a>| ["enterpriseId", "cid"].iter().find_map(|name| body.text_at(name));
    let account = fields
        .first_of(&["CID", "cid", "enterpriseId"])
        .or_else(|| body.as_ref().and_then(of_body))
        .or_else(|| of_path(exchange));
    draft.account(account.unwrap_or_default());
    if !exchange.is_event() {
        return;
    }
    if draft.accounts.is_empty() {
        draft.problem("no enterprise in `CID`");
    }
    let path = exchange.address.bare_path();
    let page = path.ends_with("/pageInfo") || path == "/tags/r";
    let mut params = draft.params(fields);
    params.extend(body.into_iter().flat_map(|body| draft.json_params(body)));
    let name = if page { "page_view" } else { "conversion" };
    draft.event(name, draft.only_account(), params);
}

/// The universal tag's number.
fn of_path<'a>(exchange: &Exchange<'a>) -> Option<Cow<'a, str>> {
    let first = exchange.address.segments().next()?;
    first.bytes().all(|byte| byte.is_ascii_digit()).then_some(Cow::Borrowed(first))
}

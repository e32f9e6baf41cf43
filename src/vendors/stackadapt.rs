//! StackAdapt.
//!
//! Documentation: <https://docs.stackadapt.com/>.
//! Endpoints on `tags.srv.stackadapt.com`: `/saq_pxl` (universal pixel), `/conv`
//! (conversion), `/rt` and `/drt` (retargeting), `/lal` (lookalikes);
//! `/js_tracking` reports how the page is read beside them, `sync` hosts match
//! cookies.
//! Sample: `https://tags.srv.stackadapt.com/saq_pxl?uid=7MBV&args=%7B%22revenue%22%3A%2210%22%7D`
//!
//! It does not read the postbacks of servers.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path;
use crate::vendors::frame::route::{Host, Library, Route, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};
use crate::wire::json;

pub static STACKADAPT: Vendor = Vendor {
    slug: "stackadapt",
    name: "StackAdapt",
    docs: "https://docs.stackadapt.com/",
    notes: "the account is `uid`, `cid` of a conversion, `sid` of a retargeting pixel; the \
            universal pixel's event is `action` in `args`, without one `page_view`; the others \
            are called `conversion`, `retargeting`, `lookalike`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("tags.srv.stackadapt.com"), Is("srv.stackadapt.com")];

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Is("/saq_pxl"), Endpoint::Event, Answer::Image),
    on(HOSTS, Path::Is("/conv"), Endpoint::Event, Answer::Image),
    on(HOSTS, Path::Is("/rt"), Endpoint::Event, Answer::Image),
    on(HOSTS, Path::Is("/drt"), Endpoint::Event, Answer::Image),
    on(HOSTS, Path::Is("/lal"), Endpoint::Event, Answer::Image),
    on(HOSTS, Path::Is("/js_tracking"), Endpoint::Aux, Answer::Image),
    on(HOSTS, Path::Is("/sa.jpeg"), Endpoint::Aux, Answer::Image),
    on(&[Is("sync.srv.stackadapt.com")], Path::Any, Endpoint::Aux, Answer::Image),
];

const LIBRARIES: &[Library] = &[library(HOSTS, Path::Is("/events.js"))];

const PARAMS: &[ParamSpec] = &[
    param("args.action", "", Identity),
    param("args.email", "email_sha256", Identifier),
    param("args.first_name", "", Identifier),
    param("args.last_name", "", Identifier),
    param("args.order_id", "order_id", Business),
    param("args.phone", "phone_sha256", Identifier),
    param("args.products", "items", Business),
    param("args.revenue", "value", Business),
    param("args.user_id", "user_id", Identifier),
    param("cid", "", Identity),
    param("conv_val", "value", Business),
    param("event_type", "", Business),
    param("host", "", Environment),
    param("ip_fwd", "", Identifier),
    param("is_js", "", Environment),
    param("l_src", "", Environment),
    param("ref", "referrer", Environment),
    param("sa_conv_data_order_id", "order_id", Business),
    param("sa_conv_data_revenue", "value", Business),
    param("sid", "", Identity),
    param("t", "", Transport),
    param("title", "title", Environment),
    param("uid", "", Identity),
    param("url", "url", Environment),
];

const GROUPS: &[Group] =
    &[group("args.", "", Business, true), group("sa_conv_data_", "", Business, true)];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let mut fields = exchange.query();
    // Scripts post the same pairs, or one object with them.
    let args = if exchange.body.trim_ascii_start().starts_with(b"{") {
        draft.json(exchange)
    } else {
        fields.read_body(exchange.body, exchange.request.content_type);
        fields.remove("args").map(json::parse_text)
    };
    let word = exchange.address.bare_path();
    let places: &[&str] = match word {
        "/conv" => &["cid"],
        "/rt" | "/drt" | "/lal" => &["sid"],
        _ => &["uid"],
    };
    let account = fields.first_of(places).unwrap_or_default();
    draft.accounts(account, ',');
    if !exchange.is_event() {
        return;
    }
    if draft.accounts.is_empty() {
        draft.problem("no pixel id in the URL");
    }
    let unnamed = match word {
        "/conv" => "conversion",
        "/rt" | "/drt" => "retargeting",
        "/lal" => "lookalike",
        _ => "page_view",
    };
    let action = args.as_ref().and_then(|args| args.text_at("action"));
    let name = action.unwrap_or(Cow::Borrowed(unnamed));
    let mut params = draft.params(fields);
    if let Some(args) = args {
        params.extend(draft.nested("args", args));
    }
    draft.event(name, draft.only_account(), params);
}

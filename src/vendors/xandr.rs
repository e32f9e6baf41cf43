//! Xandr (AppNexus) pixels.
//!
//! Documentation: <https://learn.microsoft.com/en-us/xandr/monetize/standard-events-and-parameters>.
//! Endpoints on `ib.adnxs.com` and `secure.adnxs.com`: `/px` (conversion),
//! `/seg` (segment), `/pixie` (universal pixel); `/bounce` repeats one of them
//! behind a redirect that tests cookies; `/getuid`, `/setuid`, `/mapuid` match
//! cookies.
//! Sample: `https://ib.adnxs.com/pixie?pi=7a70-82&e=PageView&script=0`
//!
//! It does not read what ads ask for and report.

use std::borrow::Cow;

use crate::model::hit::HitKind;
use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::fields::Fields;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path;
use crate::vendors::frame::route::{Host, Library, Look, Route, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};
use crate::wire::percent::{self, Plus};
use crate::wire::query;

pub static XANDR: Vendor = Vendor {
    slug: "xandr",
    name: "Xandr",
    docs: "https://learn.microsoft.com/en-us/xandr/monetize/standard-events-and-parameters",
    notes: "the account is `id` of a conversion pixel, `add` of a segment pixel, `pi` of the \
            universal pixel; events are called `conversion`, `segment`, or `e`; what `/bounce` \
            repeats is a copy",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("adnxs.com")];

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Is("/px"), Endpoint::Event, Answer::Image).when(is_server),
    on(HOSTS, Path::Is("/seg"), Endpoint::Event, Answer::Image).when(is_server),
    on(HOSTS, Path::Is("/pixie"), Endpoint::Event, Answer::Image).when(is_server),
    on(HOSTS, Path::Is("/bounce"), Endpoint::Duplicate, Answer::Image).when(is_server),
    on(HOSTS, Path::Starts("/getuid"), Endpoint::Aux, Answer::Image).when(is_server),
    on(HOSTS, Path::Is("/setuid"), Endpoint::Aux, Answer::Image).when(is_server),
    on(HOSTS, Path::Is("/mapuid"), Endpoint::Aux, Answer::Image).when(is_server),
    on(HOSTS, Path::Under("/pixie"), Endpoint::Aux, Answer::Image).when(is_server),
];

const LIBRARIES: &[Library] = &[library(&[Is("acdn.adnxs.com")], Path::Under("/dmp"))];

const PARAMS: &[ParamSpec] = &[
    param("add", "", Identity),
    param("add_code", "", Identity),
    param("cb", "", Transport),
    param("consent", "", Business),
    param("currency", "currency", Business),
    param("e", "", Identity),
    param("gdpr", "", Business),
    param("gdpr_consent", "", Business),
    param("id", "", Identity),
    param("ii", "product_id", Business),
    param("in", "content_name", Business),
    param("item_id", "product_id", Business),
    param("item_name", "content_name", Business),
    param("item_type", "item_category", Business),
    param("itp", "item_category", Business),
    param("member", "", Identity),
    param("order_id", "order_id", Business),
    param("other", "", Business),
    param("pi", "", Identity),
    param("quantity", "quantity", Business),
    param("redir", "", Environment),
    param("ref", "referrer", Environment),
    param("remove", "", Identity),
    param("script", "", Transport),
    param("seg", "", Business),
    param("t", "", Transport),
    param("u", "url", Environment),
    param("us_privacy", "", Business),
    param("uu", "", Identifier),
    param("v", "", Environment),
    param("va", "value", Business),
    param("value", "value", Business),
];

const GROUPS: &[Group] = &[group("item_", "", Business, true)];

/// `ib`, `secure`, and data centres' own names such as `fra1-ib`.
fn is_server(look: &Look<'_>) -> bool {
    let name = look.address.host.split('.').next().unwrap_or_default();
    matches!(name, "ib" | "secure") || name.ends_with("-ib") || look.address.host == "adnxs.com"
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    if !exchange.is_event() {
        return;
    }
    if exchange.route.kind == Endpoint::Event {
        return read(exchange.address.bare_path(), exchange.fields(), draft);
    }
    // `/bounce?%2Fpx%3Fid%3D1`
    let inner = percent::decode(exchange.address.query, Plus::Literal);
    let (path, query) = inner.split_once('?').unwrap_or((&inner, ""));
    let fields = query::text_pairs(query)
        .map(|(name, value)| (Cow::Owned(name.into_owned()), Cow::Owned(value.into_owned())))
        .collect();
    match path {
        "/px" | "/seg" | "/pixie" => read(path, fields, draft),
        _ => draft.kind = HitKind::Aux,
    }
}

fn read<'a>(path: &str, fields: Fields<'a>, draft: &mut Draft<'a>) {
    let (accounts, name): (&[&str], _) = match path {
        "/px" => (&["id"], Some(Cow::Borrowed("conversion"))),
        "/seg" => (&["add", "add_code", "remove", "member"], Some(Cow::Borrowed("segment"))),
        _ => (&["pi"], fields.cow("e")),
    };
    // Without an account it is an ad's own report.
    let Some(account) = fields.first_of(accounts) else { return };
    draft.accounts(account, ',');
    let Some(name) = name else {
        draft.problem("no event name in `e`");
        return;
    };
    draft.event(name, draft.only_account(), draft.params(fields));
}

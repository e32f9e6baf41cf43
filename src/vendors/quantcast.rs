//! Quantcast Measure and Advertise tags.
//!
//! Documentation: <https://help.quantcast.com/>.
//! Endpoints on `pixel.quantserve.com` and `pixel.quantcount.com`: `/pixel;…`
//! with pairs between semicolons in the path, `/pixel/<account>.gif?…`;
//! `cms.quantserve.com` matches cookies.
//! Sample: `https://pixel.quantserve.com/pixel;r=1;a=p-31hz;labels=_fp.event.Purchase`
//!
//! It does not read the rules that the library asks for.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::fields::Fields;
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path;
use crate::vendors::frame::route::{Host, Library, Route, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};
use crate::wire::percent::{self, Plus};

pub static QUANTCAST: Vendor = Vendor {
    slug: "quantcast",
    name: "Quantcast",
    docs: "https://help.quantcast.com/",
    notes: "the account is `a` (`a.1`, `a.2` where there are several) or the image's name; the \
            event is what a label names after `_fp.event.`, else `event`, else `page_view`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("pixel.quantserve.com"), Is("pixel.quantcount.com")];

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Starts("/pixel/p-"), Endpoint::Event, Answer::Image).bare(),
    on(HOSTS, Path::Under("/pixel"), Endpoint::Event, Answer::Image),
    on(&[Is("cms.quantserve.com")], Path::Any, Endpoint::Aux, Answer::Image),
];

const LIBRARIES: &[Library] = &[
    library(&[Is("secure.quantserve.com"), Is("edge.quantserve.com")], Path::Any),
    library(&[Is("rules.quantcount.com")], Path::Any),
];

const PARAMS: &[ParamSpec] = &[
    param("a", "", Identity),
    param("ce", "", Environment),
    param("cm", "", Environment),
    param("d", "", Environment),
    param("dst", "", Environment),
    param("enc", "", Environment),
    param("et", "", Transport),
    param("event", "", Identity),
    param("fpa", "", Identifier),
    param("fpan", "", Transport),
    param("id", "", Business),
    param("labels", "label", Business),
    param("ns", "", Transport),
    param("orderid", "order_id", Business),
    param("pcat", "item_category", Business),
    param("r", "", Transport),
    param("ref", "referrer", Environment),
    param("revenue", "value", Business),
    param("rf", "", Transport),
    param("sr", "", Environment),
    param("title", "title", Environment),
    param("tzo", "", Environment),
    param("uid", "user_id", Identifier),
    param("url", "url", Environment),
];

/// Several accounts' parameters, in the order of the accounts.
const GROUPS: &[Group] = &[group("a.", "", Identity, false), group("labels.", "", Business, false)];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    if !exchange.is_event() {
        return;
    }
    let mut fields: Fields<'a> = exchange
        .address
        .path
        .split(';')
        .skip(1)
        .filter_map(|part| part.split_once('='))
        .map(|(name, value)| {
            (percent::decode(name, Plus::Literal), percent::decode(value, Plus::Literal))
        })
        .collect();
    fields.extend(exchange.fields());
    // Several accounts' parameters are numbered, as in `a.1`.
    let own = |name: &str| name == "a" || name.strip_prefix("a.").is_some_and(is_number);
    let accounts: Vec<_> =
        fields.iter().filter(|(name, _)| own(name)).map(|(_, value)| value.clone()).collect();
    for account in accounts {
        draft.accounts(account, ',');
    }
    let image = exchange.address.segments().nth(1).unwrap_or_default();
    if image.starts_with("p-") {
        draft.account(image.strip_suffix(".gif").unwrap_or(image));
    }
    if draft.accounts.is_empty() {
        draft.problem("no account in `a`");
    }
    let labels = fields.first_of(&["labels", "labels.1"]).unwrap_or_default();
    let of_label = labels
        .split(',')
        .find_map(|label| label.trim().strip_prefix("_fp.event."))
        .filter(|name| !name.is_empty() && *name != "Default")
        .map(|name| Cow::Owned(name.to_owned()));
    let told = || fields.cow("event").filter(|name| !matches!(&**name, "load" | "refresh"));
    let name = of_label.or_else(told).unwrap_or(Cow::Borrowed("page_view"));
    draft.event(name, draft.only_account(), draft.params(fields));
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

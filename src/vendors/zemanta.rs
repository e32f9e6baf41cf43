//! Zemanta (Outbrain DSP).
//!
//! Documentation: <https://dev.zemanta.com/one/api/>.
//! Endpoints below `zemanta.com`: `/v2/p/js/<account>/<event>/`, the older
//! `/p/js/<account>/<event>/` and `/p/<account>/<event>/`; `usersync` matches
//! cookies.
//! Sample: `https://p1.zemanta.com/v2/p/js/1234/PURCHASE/?value=10`
//!
//! It does not read ads' clicks and views.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::Under;
use crate::vendors::frame::route::Path::{self, Under as Below};
use crate::vendors::frame::route::{Host, Look, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};
use crate::wire::address::Address;
use crate::wire::percent::{self, Plus};

pub static ZEMANTA: Vendor = Vendor {
    slug: "zemanta",
    name: "Zemanta",
    docs: "https://dev.zemanta.com/one/api/",
    notes: "the account is the number in the path, the event what follows it, without one \
            `page_view`",
    routes: ROUTES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("zemanta.com")];

const ROUTES: &[Route] = &[
    on(HOSTS, Below("/p"), Endpoint::Event, Answer::Image).when(has_account).bare(),
    on(HOSTS, Path::Starts("/v"), Endpoint::Event, Answer::Image).when(has_account).bare(),
    on(HOSTS, Below("/usersync"), Endpoint::Aux, Answer::Image),
];

const PARAMS: &[ParamSpec] = &[
    param("bust", "", Transport),
    param("currency", "currency", Business),
    param("dl", "url", Environment),
    param("order_id", "order_id", Business),
    param("r", "", Transport),
    param("ref", "referrer", Environment),
    param("referrer", "referrer", Environment),
    param("ts", "", Transport),
    param("url", "url", Environment),
    param("value", "value", Business),
];

const GROUPS: &[Group] = &[group("", "", Business, false)];

/// Account and event after `/p/` or `/p/js/`.
fn place<'a>(address: &Address<'a>) -> Option<(&'a str, &'a str)> {
    let mut segments = address.segments();
    let mut first = segments.next()?;
    if first != "p" {
        first.strip_prefix('v')?.parse::<u8>().ok()?;
        first = segments.next()?;
    }
    if first != "p" {
        return None;
    }
    let account = segments.next()?;
    let account = if account == "js" { segments.next()? } else { account };
    let number = account.bytes().all(|byte| byte.is_ascii_digit());
    number.then(|| (account, segments.next().unwrap_or_default()))
}

fn has_account(look: &Look<'_>) -> bool {
    place(look.address).is_some()
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let Some((account, event)) = place(exchange.address) else { return };
    draft.account(account);
    let name = match event {
        "" => Cow::Borrowed("page_view"),
        event => percent::decode(event, Plus::Literal),
    };
    draft.event(name, account, draft.params(exchange.fields()));
}

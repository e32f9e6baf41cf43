//! Vibes tags.
//!
//! Documentation: <https://developer-platform.vibes.com/docs/implementing-vibes-tags>.
//! Endpoints: `tagtracking.vibescm.com/track`, in Europe
//! `tagtracking.eu.vibes.com/track`; pairs or JSON.
//! Sample: `https://tagtracking.vibescm.com/track?company_key=abc&event_type=purchase&value=10`
//!
//! It does not read the requests of Vibes' apps to `public-api`.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path;
use crate::vendors::frame::route::{Host, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};

pub static VIBES: Vendor = Vendor {
    slug: "vibes",
    name: "Vibes",
    docs: "https://developer-platform.vibes.com/docs/implementing-vibes-tags",
    notes: "the account is the company, the event what the request calls itself, without a name \
            `page_view`",
    routes: ROUTES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("tagtracking.vibescm.com"), Is("tagtracking.eu.vibes.com")];

const ROUTES: &[Route] = &[on(HOSTS, Path::Under("/track"), Endpoint::Event, Answer::Image)];

const ACCOUNTS: &[&str] =
    &["company_key", "companyKey", "company_id", "companyId", "company", "account", "app_id"];
const NAMES: &[&str] =
    &["event", "event_name", "eventName", "event_type", "eventType", "activity_type", "type"];

const PARAMS: &[ParamSpec] = &[
    param("activity_type", "", Identity),
    param("companyId", "", Identity),
    param("company_id", "", Identity),
    param("company_key", "", Identity),
    param("currency", "currency", Business),
    param("event", "", Identity),
    param("event_type", "", Identity),
    param("order_id", "order_id", Business),
    param("person_id", "user_id", Identifier),
    param("referrer", "referrer", Environment),
    param("timestamp", "", Transport),
    param("type", "", Identity),
    param("url", "url", Environment),
    param("value", "value", Business),
];

const GROUPS: &[Group] = &[group("", "", Business, false)];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let mut fields = exchange.query();
    let body = if exchange.body.trim_ascii_start().starts_with(b"{") {
        draft.json(exchange)
    } else {
        fields.read_body(exchange.body, exchange.request.content_type);
        None
    };
    let found = |names: &[&str]| {
        let of_body = || names.iter().find_map(|name| body.as_ref()?.text_at(name));
        fields.first_of(names).or_else(of_body)
    };
    let account = found(ACCOUNTS).unwrap_or_default();
    let name = found(NAMES).unwrap_or(Cow::Borrowed("page_view"));
    draft.account(account.clone());
    let mut params = draft.params(fields);
    params.extend(body.into_iter().flat_map(|body| draft.json_params(body)));
    draft.event(name, account, params);
}

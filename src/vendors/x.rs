//! X Pixel (Twitter).
//!
//! Documentation: <https://business.x.com/en/help/campaign-measurement-and-analytics/conversion-tracking-for-websites>.
//! Endpoints: `/i/adsct`, `/1/i/adsct` and, as forms, `…/adsctp` on
//! `analytics.twitter.com` and `analytics.x.com`; `t.co` gets a copy of each.
//! Sample: `https://analytics.twitter.com/1/i/adsct?txn_id=tw-o1abc-o2def&event={"value":9.5}`
//!
//! It does not read the Conversion API, which servers speak.

use std::borrow::Cow;

use serde_json::Value;

use crate::model::call::Call;
use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::model::vendor::CalledEvent;
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::decoded::Param;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::fields::Fields;
use crate::vendors::frame::probe::{Probes, set_up};
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path::{self, Ends};
use crate::vendors::frame::route::{Host, Library, Route, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};
use crate::wire::json::{self, Json};

pub static X: Vendor = Vendor {
    slug: "x",
    name: "X Pixel",
    docs: "https://business.x.com/en/help/campaign-measurement-and-analytics/conversion-tracking-for-websites",
    notes: "the account is the pixel in `txn_id`, which is `tw-<pixel>-<event>` for an event of \
            its own; else the events are in `events`, and `pageview` where none is named; `t.co` \
            gets copies",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    calls: Some(calls),
    automatic: &["pageview"],
    probes: Probes {
        globals: &["twq"],
        takes_over: true,
        spoken: "twq(\"event\", \"{}\")",
        account: |call| set_up(call, "twq", &["config", "init"]),
        ..Probes::NONE
    },
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("analytics.twitter.com"), Is("analytics.x.com")];
const COPIES: &[Host] = &[Is("t.co"), Is("www.t.co")];

const ROUTES: &[Route] = &[
    on(HOSTS, Ends("/i/adsct"), Endpoint::Event, Answer::Gif),
    on(HOSTS, Ends("/i/adsctp"), Endpoint::Event, Answer::Gif),
    on(COPIES, Ends("/i/adsct"), Endpoint::Duplicate, Answer::Gif),
    on(COPIES, Ends("/i/adsctp"), Endpoint::Duplicate, Answer::Gif),
];

const LIBRARIES: &[Library] = &[
    library(&[Is("static.ads-twitter.com")], Path::Is("/uwt.js")),
    library(&[Is("static.ads-twitter.com")], Path::Is("/oct.js")),
    library(&[Is("platform.twitter.com")], Path::Is("/oct.js")),
];

const PARAMS: &[ParamSpec] = &[
    param("bci", "", Transport),
    param("dv", "", Environment),
    param("eci", "", Transport),
    param("event", "", Business),
    param("event.content_ids", "content_ids", Business),
    param("event.contents", "contents", Business),
    param("event.conversion_id", "event_id", Identifier),
    param("event.email_address", "email_sha256", Identifier),
    param("event.phone_number", "phone_sha256", Identifier),
    param("event_id", "", Transport),
    param("events", "", Transport),
    param("events.content_ids", "content_ids", Business),
    param("events.contents", "contents", Business),
    param("events.conversion_id", "event_id", Identifier),
    param("events.order_id", "order_id", Business),
    param("integration", "", Environment),
    param("p_id", "", Environment),
    param("p_user_id", "", Identifier),
    param("pl_id", "", Transport),
    param("pt", "title", Environment),
    param("restricted_data_use", "", Business),
    param("tpx_cb", "", Transport),
    param("tw_document_href", "url", Environment),
    param("tw_document_referrer", "referrer", Environment),
    param("tw_iframe_status", "", Environment),
    param("tw_order_quantity", "num_items", Business),
    param("tw_sale_amount", "value", Business),
    param("twclid", "", Identifier),
    param("txn_id", "", Identity),
    param("type", "", Transport),
    param("version", "", Environment),
];

const GROUPS: &[Group] =
    &[group("event.", "", Business, true), group("events.", "", Business, true)];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let fields = exchange.fields();
    let transaction = fields.cow("txn_id").unwrap_or_default();
    let (account, event) = parts(&transaction).map_or((transaction.clone(), None), |parts| {
        let (account, event) = parts;
        (Cow::Owned(account.to_owned()), Some(event.to_owned()))
    });
    draft.account(account.clone());
    if account.is_empty() {
        draft.problem("no pixel id in `txn_id`");
    }
    let listed = fields.cow("events").map(json::parse_text);
    let called: Vec<(Cow<'a, str>, Json<'a>)> = match listed {
        Some(Json::List(list)) => list.into_iter().filter_map(called).collect(),
        _ => Vec::new(),
    };
    if called.is_empty() {
        let name = event.map_or(Cow::Borrowed("pageview"), Cow::Owned);
        let params = params(draft, fields, Json::Null);
        draft.event(name, account, params);
        return;
    }
    for (name, data) in called {
        let params = params(draft, fields.clone(), data);
        draft.event(name, account.clone(), params);
        if draft.is_full() {
            return;
        }
    }
}

/// Pixel and event of `tw-o1abc-o2def`.
fn parts(transaction: &str) -> Option<(&str, &str)> {
    let (account, event) = transaction.strip_prefix("tw-")?.split_once('-')?;
    (!account.is_empty() && !event.is_empty()).then_some((account, event))
}

/// `["purchase", {"value": 9.5}]`.
fn called(entry: Json<'_>) -> Option<(Cow<'_, str>, Json<'_>)> {
    let Json::List(entry) = entry else { return Some((entry.to_text()?, Json::Null)) };
    let mut entry = entry.into_iter();
    let name = entry.next()?.to_text()?;
    Some((name, entry.next().unwrap_or_default()))
}

/// What the page gave comes first: the library fills its own amounts with 0.
fn params<'a>(draft: &Draft<'a>, fields: Fields<'a>, data: Json<'a>) -> Vec<Param<'a>> {
    let mut params = Vec::new();
    if matches!(data, Json::Object(_)) {
        params.extend(draft.json_params(Json::Object(vec![("events".into(), data)])));
    }
    let mut rest = Vec::new();
    for (wire, value) in fields {
        if wire != "event" {
            rest.push(draft.text_param(wire, value));
            continue;
        }
        match json::parse_text(value) {
            object @ Json::Object(_) => {
                params.extend(draft.json_params(Json::Object(vec![(wire, object)])));
            }
            other => rest.push(draft.param(wire, other)),
        }
    }
    params.extend(rest);
    params
}

fn calls(call: &Call) -> Vec<CalledEvent> {
    let text = |at: usize| call.args.get(at).and_then(Value::as_str);
    let called = |event: &str, account: Option<&str>| CalledEvent {
        vendor: X.slug.to_owned(),
        event: Some(event.to_owned()),
        account: account.map(str::to_owned),
        event_id: None,
    };
    match (call.name.as_str(), text(0), text(1)) {
        ("twq", Some("event"), Some(name)) => match parts(name) {
            Some((account, event)) => vec![called(event, Some(account))],
            None => vec![called(name, None)],
        },
        ("twq", Some("config"), Some(account)) => vec![called("pageview", Some(account))],
        ("twq", Some("track"), Some("PageView")) => vec![called("pageview", None)],
        ("twq", Some("track"), Some(name)) => vec![called(name, None)],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_holds_pixel_and_event() {
        assert_eq!(parts("tw-o1abc-o2def"), Some(("o1abc", "o2def")));
        assert_eq!(parts("tw-o1abc-a-b"), Some(("o1abc", "a-b")));
        for other in ["o1abc", "tw-", "tw-o1abc", "tw-o1abc-", ""] {
            assert_eq!(parts(other), None, "{other}");
        }
    }
}

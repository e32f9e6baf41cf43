//! Google Analytics 4.
//!
//! Documentation: <https://developers.google.com/analytics/devguides/collection/ga4>.
//! Endpoints: `/g/collect` on `*.google-analytics.com`, `*.analytics.google.com`
//! and any first-party host with a server-side container; `<prefix>/ag/g/c`
//! behind a Google tag gateway; `/mp/collect` of the Measurement Protocol.
//! Fields in the URL are shared by all events, the body holds one a line.
//! Sample: `https://www.google-analytics.com/g/collect?v=2&tid=G-ABC123&en=purchase&cu=EUR&epn.value=9.5`
//!
//! Universal Analytics (`/collect`, `v=1`) is another vendor.

use std::borrow::Cow;

use serde_json::Value;

use crate::model::call::Call;
use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::model::vendor::CalledEvent;
use crate::vendors::frame::answer::Answer::NoContent;
use crate::vendors::frame::decoded::Param;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::fields::Fields;
use crate::vendors::frame::probe::{Probes, set_up, signal_of};
use crate::vendors::frame::route::Host::{AnyTld, Is, Under};
use crate::vendors::frame::route::Path::{self, Ends};
use crate::vendors::frame::route::{Host, Library, Look, Route, Where, anywhere, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};
use crate::wire::json::Json;
use crate::wire::{lines, query};

pub static GA4: Vendor = Vendor {
    slug: "ga4",
    name: "Google Analytics 4",
    docs: "https://developers.google.com/analytics/devguides/collection/ga4",
    notes: "the account is `tid`, the event `en`; a body holds one event a line, the URL what they \
            share",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    calls: Some(calls),
    batches: true,
    automatic: &[
        "page_view",
        "user_engagement",
        "session_start",
        "first_visit",
        "scroll",
        "click",
        "view_search_results",
        "video_start",
        "video_progress",
        "video_complete",
        "file_download",
        "form_start",
        "form_submit",
    ],
    probes: Probes {
        globals: &["dataLayer"],
        takes_over: true,
        spoken: "gtag(\"event\", \"{}\")",
        account: |call| set_up(call, "gtag", &["config"]).filter(|id| id.starts_with("G-")),
        consent: |call| signal_of(call, "gtag", "analytics_storage"),
        holds_back: false,
    },
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("google-analytics.com"), Under("analytics.google.com")];

const ROUTES: &[Route] = &[
    on(&[AnyTld("www.google")], Path::Is("/ads/ga-audiences"), Endpoint::Aux, NoContent)
        .when(|look| !look.query_starts("tid", "UA-")),
    // The copies for Google Signals hold no event.
    on(&[Is("stats.g.doubleclick.net")], Path::Under("/g"), Endpoint::Aux, NoContent),
    on(HOSTS, Path::Is("/g/s/collect"), Endpoint::Aux, NoContent),
    on(HOSTS, Path::Is("/g/collect"), Endpoint::Event, NoContent),
    on(HOSTS, Path::Is("/mp/collect"), Endpoint::Event, NoContent),
    // Only checks what it is sent.
    on(HOSTS, Path::Is("/debug/mp/collect"), Endpoint::Aux, NoContent),
    anywhere(Ends("/mp/collect"), Endpoint::Event, NoContent)
        .when(|look| look.query_starts("measurement_id", "G-")),
    anywhere(Ends("/g/collect"), Endpoint::Event, NoContent).when(is_proven),
    // A Google tag gateway.
    anywhere(Ends("/g/c"), Endpoint::Event, NoContent).when(is_proven),
];

const LIBRARIES: &[Library] = &[Library {
    hosts: &[Is("www.googletagmanager.com")],
    path: Path::Is("/gtag/js"),
    account: Where::Query("id"),
    version: Where::Nowhere,
}];

const PARAMS: &[ParamSpec] = &[
    param("_c", "", Environment),
    param("_et", "engagement_time", Transport),
    param("_fplc", "", Transport),
    param("_fv", "", Transport),
    param("_gaz", "", Transport),
    param("_nsi", "", Transport),
    param("_p", "", Transport),
    param("_s", "", Transport),
    param("_ss", "", Transport),
    param("_z", "", Transport),
    param("cid", "client_id", Identifier),
    param("cu", "currency", Business),
    param("dl", "url", Environment),
    param("dma", "", Environment),
    param("dma_cps", "", Environment),
    param("dp", "page_path", Environment),
    param("dr", "referrer", Environment),
    param("dt", "title", Environment),
    param("ecid", "", Identifier),
    param("em", "user_data", Identifier),
    param("en", "", Identity),
    param("ep.event_id", "event_id", Identifier),
    param("ep.search_term", "search_string", Business),
    param("ep.transaction_id", "order_id", Business),
    param("gcd", "consent_defaults", Business),
    param("gcs", "consent", Business),
    param("name", "", Identity),
    param("npa", "non_personalized_ads", Business),
    param("params.engagement_time_msec", "", Transport),
    param("params.session_id", "session_id", Identifier),
    param("params.transaction_id", "order_id", Business),
    param("sct", "", Transport),
    param("seg", "", Transport),
    param("sid", "session_id", Identifier),
    param("tag_exp", "", Transport),
    param("tfd", "", Transport),
    param("tid", "", Identity),
    param("uid", "user_id", Identifier),
    param("v", "", Environment),
];

const GROUPS: &[Group] = &[
    group("ep.", "", Business, true),
    group("epn.", "", Business, true),
    group("up.", "", Business, true),
    group("upn.", "", Business, true),
    group("params.", "", Business, true),
    group("user_properties.", "", Business, true),
];

/// Short names of an item's fields on the wire.
const ITEM_FIELDS: &[(&str, &str)] = &[
    ("id", "id"),
    ("nm", "name"),
    ("br", "brand"),
    ("ca", "category"),
    ("c2", "category2"),
    ("c3", "category3"),
    ("c4", "category4"),
    ("c5", "category5"),
    ("va", "variant"),
    ("pr", "price"),
    ("qt", "quantity"),
    ("cp", "coupon"),
    ("ds", "discount"),
    ("af", "affiliation"),
    ("li", "list_id"),
    ("ln", "list_name"),
    ("lp", "index"),
    ("lo", "location_id"),
    ("pi", "promotion_id"),
    ("pn", "promotion_name"),
    ("cn", "creative_name"),
    ("cs", "creative_slot"),
];

/// A server-side container or a gateway on the shop's own host.
fn is_proven(look: &Look<'_>) -> bool {
    let host = &*look.address.host;
    !host.ends_with("clarity.ms")
        && !host.ends_with("doubleclick.net")
        && look.query_starts("v", "2")
        && look.query_starts("tid", "G-")
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    if exchange.address.bare_path().ends_with("/mp/collect") {
        decode_measurement_protocol(exchange, draft);
        return;
    }
    let mut shared = exchange.query();
    for name in ["tid", "tids"] {
        draft.accounts(shared.cow(name).unwrap_or_default(), '~');
    }
    if !exchange.is_event() {
        return;
    }
    let shared_name = shared.cow("en");
    let mut read: Vec<Fields<'a>> = Vec::new();
    for line in lines::lines(exchange.body) {
        let fields: Fields<'a> = query::pairs(line).collect();
        match read.last_mut() {
            // A line without a name goes on with the event in the URL.
            Some(last) if fields.get("en").is_none() && shared_name.is_some() => {
                last.extend(fields);
            }
            _ => read.push(fields),
        }
    }
    if read.is_empty() {
        read.push(Fields::default());
    }
    let mut left = read.len();
    for fields in read {
        if draft.is_full() {
            break;
        }
        left -= 1;
        let Some(name) = fields.cow("en").or_else(|| shared_name.clone()) else {
            draft.problem("no event name in `en`");
            continue;
        };
        let account = fields.cow("tid").unwrap_or_else(|| draft.only_account());
        draft.account(account.clone());
        if draft.accounts.is_empty() {
            draft.problem("no measurement id in `tid`");
        }
        let mut pairs = if left == 0 { std::mem::take(&mut shared) } else { shared.clone() };
        if !fields.is_empty() {
            pairs.retain(|name, _| !fields.has(name));
            pairs.extend(fields);
        }
        let params = params(draft, pairs);
        draft.event(name, account, params);
    }
}

/// Items (`pr1`, `pr2`, …) become one list under the name of the first, in the
/// order of their numbers, wherever they stand among the other parameters.
fn params<'a>(draft: &Draft<'a>, pairs: Fields<'a>) -> Vec<Param<'a>> {
    let mut params: Vec<Param<'a>> = Vec::with_capacity(pairs.len());
    let mut items: Vec<(u64, Cow<'a, str>, Json<'a>)> = Vec::new();
    let mut place = None;
    for (wire, value) in pairs {
        match item_number(&wire) {
            Some(number) => {
                place.get_or_insert(params.len());
                items.push((number, wire, item(&value)));
            }
            None => params.push(draft.text_param(wire, value)),
        }
    }
    items.sort_by_key(|(number, ..)| *number);
    if let (Some(place), Some((_, first, _))) = (place, items.first()) {
        let wire = first.clone();
        let list = items.into_iter().map(|(.., item)| item).collect();
        let mut param = draft.param(wire, Json::List(list));
        param.canonical = Some(Cow::Borrowed("items"));
        param.class = Business;
        params.insert(place, param);
    }
    params
}

fn item_number(wire: &str) -> Option<u64> {
    let number = wire.strip_prefix("pr")?;
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok())?
}

/// `idSKU~nmA ~~ B~pr9.5~k0colour~v0red`: two letters name a field, a doubled
/// `~` is one, `kN` and `vN` are name and value of a field of the page's own.
fn item(text: &str) -> Json<'static> {
    let mut fields: Vec<(Cow<'static, str>, Json<'static>)> = Vec::new();
    let mut own: Vec<(String, String)> = Vec::new();
    for part in text.replace("~~", "\0").split('~') {
        let part = part.replace('\0', "~");
        let Some((short, value)) = part.split_at_checked(2) else { continue };
        let known = ITEM_FIELDS.iter().find(|(wire, _)| *wire == short);
        let named = short
            .strip_prefix('v')
            .and_then(|number| own.iter().find(|(known, _)| known == number));
        let name = if let Some((_, name)) = known {
            Cow::Borrowed(*name)
        } else if let Some(number) = short.strip_prefix('k') {
            own.push((number.to_owned(), value.to_owned()));
            continue;
        } else if let Some((_, name)) = named {
            Cow::Owned(name.clone())
        } else {
            Cow::Owned(short.to_owned())
        };
        let value = Json::from(value.to_owned());
        match fields.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => fields.push((name, value)),
        }
    }
    Json::Object(fields)
}

fn decode_measurement_protocol<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let names = ["measurement_id", "firebase_app_id"];
    let account = names.iter().find_map(|name| query::first(exchange.address.query, name));
    let account = account.unwrap_or_default();
    draft.account(account.clone());
    if !exchange.is_event() {
        return;
    }
    let Some(mut body) = draft.json(exchange) else { return };
    let Some(Json::List(events)) = body.remove("events") else { return };
    for event in events {
        let Some(name) = event.text_at("name") else {
            draft.problem("an event without `name`");
            continue;
        };
        draft.event(name, account.clone(), draft.json_params(event));
    }
}

fn calls(call: &Call) -> Vec<CalledEvent> {
    let called = |event: Option<String>, account: Option<&str>| CalledEvent {
        vendor: GA4.slug.to_owned(),
        event,
        account: account.filter(|account| account.starts_with("G-")).map(str::to_owned),
        event_id: None,
    };
    if call.name.rsplit_once('.').is_some_and(|(_, method)| method == "push") {
        let event = call.args.first().and_then(|pushed| pushed.get("event")?.as_str());
        let own = event.is_some_and(|event| !event.is_empty() && !event.starts_with("gtm."));
        return if own { vec![called(None, None)] } else { Vec::new() };
    }
    let text = |at: usize| call.args.get(at).and_then(Value::as_str);
    let option = |name: &str| call.args.get(2).and_then(|options| options.get(name));
    match (call.name.as_str(), text(0), text(1)) {
        ("gtag", Some("event"), Some(name)) => {
            let targets: Vec<Option<&str>> = match option("send_to") {
                Some(Value::String(target)) => vec![Some(target)],
                Some(Value::Array(targets)) => targets.iter().map(Value::as_str).collect(),
                _ => vec![None],
            };
            targets
                .into_iter()
                .filter(|target| !target.is_some_and(is_of_ads))
                .map(|target| called(Some(name.to_owned()), target))
                .collect()
        }
        ("gtag", Some("config"), Some(target))
            if !is_of_ads(target) && option("send_page_view") != Some(&Value::Bool(false)) =>
        {
            vec![called(Some("page_view".to_owned()), Some(target))]
        }
        _ => Vec::new(),
    }
}

fn is_of_ads(target: &str) -> bool {
    target.starts_with("AW-") || target.starts_with("DC-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_item_keeps_what_the_page_named() {
        let read = |text| Value::from(item(text));
        assert_eq!(
            read("idA~~1~nmJacket ~~ XL~k0size~v0M~k1a~zzx~"),
            json!({"id": "A~1", "name": "Jacket ~ XL", "size": "M", "zz": "x"})
        );
        assert_eq!(read(""), json!({}));
        assert_eq!(read("é~~~"), json!({"é": "~"}));
    }

    #[test]
    fn a_tag_tells_its_targets() {
        let args = |value: Value| match value {
            Value::Array(args) => args,
            _ => Vec::new(),
        };
        let events = |name: &str, value: Value| -> Vec<(Option<String>, Option<String>)> {
            let call = Call {
                name: name.to_owned(),
                args: args(value),
                at_ms: 0.0,
                frame: None,
                frame_url: String::new(),
                document: None,
                step: None,
                stack: Vec::new(),
            };
            calls(&call).into_iter().map(|called| (called.event, called.account)).collect()
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(events("gtag", json!(["event", "purchase", {}])), [(some("purchase"), None)]);
        assert_eq!(
            events("gtag", json!(["event", "a", {"send_to": ["G-1", "AW-2/x", "group"]}])),
            [(some("a"), some("G-1")), (some("a"), None)]
        );
        assert_eq!(events("gtag", json!(["config", "G-1"])), [(some("page_view"), some("G-1"))]);
        assert_eq!(events("gtag", json!(["config", "G-1", {"send_page_view": false}])), []);
        assert_eq!(events("gtag", json!(["consent", "update", {}])), []);
        assert_eq!(events("myLayer.push", json!([{"event": "lead"}])), [(None, None)]);
        for pushed in [json!([{"event": "gtm.js"}]), json!([{"ecommerce": null}]), json!([])] {
            assert_eq!(events("dataLayer.push", pushed), []);
        }
    }
}

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

use serde_json::{Map, Value};

use crate::model::call::Call;
use crate::model::hit::Param;
use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::model::vendor::CalledEvent;
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::{Draft, value_of};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, Host, ParamSpec, Vendor, Via, group, no_twin, param,
};
use crate::wire::address::Address;
use crate::wire::{json, lines, query};

pub static GA4: Vendor = Vendor {
    slug: "ga4",
    name: "Google Analytics 4",
    docs: "https://developers.google.com/analytics/devguides/collection/ga4",
    hosts: &[
        Host::Under("google-analytics.com"),
        Host::Under("analytics.google.com"),
        Host::Is("stats.g.doubleclick.net"),
        Host::AnyTld("www.google"),
    ],
    first_party: &["g"],
    patterns: &[
        "*/g/collect\\?*",
        "*/g/collect/\\?*",
        "*/g/c\\?*",
        "*/g/c/\\?*",
        "*://*google-analytics.com/g/*",
        "*://*analytics.google.com/g/*",
        "*://*google-analytics.com/mp/collect*",
        "*://*analytics.google.com/mp/collect*",
        "*://stats.g.doubleclick.net/g/*",
        "*://www.google.*/ads/ga-audiences*",
    ],
    paths: &["*/g/collect*", "*/g/c*", "*/mp/collect*"],
    params: PARAMS,
    groups: GROUPS,
    endpoint,
    decode,
    twin: no_twin,
    answer: |_| Answer::NoContent,
    calls,
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
};

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

fn endpoint(address: &Address<'_>, via: Via) -> Option<Endpoint> {
    let host = &*address.host;
    let path = address.bare_path();
    if host.starts_with("www.google.") {
        return (path == "/ads/ga-audiences").then_some(Endpoint::Aux);
    }
    let collects = path.ends_with("/g/collect") || path.ends_with("/g/c");
    match via {
        // The copies for Google Signals hold no event.
        Via::Own if host == "stats.g.doubleclick.net" => {
            path.starts_with("/g/").then_some(Endpoint::Aux)
        }
        Via::Own if path == "/g/s/collect" => Some(Endpoint::Aux),
        Via::Own => matches!(path, "/g/collect" | "/mp/collect").then_some(Endpoint::Event),
        Via::Configured => (collects || path.ends_with("/mp/collect")).then_some(Endpoint::Event),
        Via::FirstParty => {
            let named = |name: &str, start: &str| {
                query::first(address.query, name).is_some_and(|value| value.starts_with(start))
            };
            let proven = collects
                && !host.ends_with("clarity.ms")
                && !host.ends_with("doubleclick.net")
                && named("v", "2")
                && named("tid", "G-");
            proven.then_some(Endpoint::Event)
        }
    }
}

fn decode(exchange: &Exchange<'_>, draft: &mut Draft) {
    if exchange.address.bare_path().ends_with("/mp/collect") {
        decode_measurement_protocol(exchange, draft);
        return;
    }
    let own = |(name, value): query::Pair<'_>| (name.into_owned(), value.into_owned());
    let mut shared: Vec<(String, String)> =
        query::pairs(exchange.address.query.as_bytes()).map(own).collect();
    for name in ["tid", "tids"] {
        let value = value_of(&shared, name).unwrap_or_default();
        value.split('~').for_each(|account| draft.account(account));
    }
    if exchange.endpoint == Endpoint::Aux {
        return;
    }
    let body = draft.body(exchange);
    let shared_name = value_of(&shared, "en").map(str::to_owned);
    let mut read: Vec<Vec<(String, String)>> = Vec::new();
    for line in lines::lines(&body) {
        let fields: Vec<_> = query::pairs(line).map(own).collect();
        match read.last_mut() {
            // A line without a name goes on with the event in the URL.
            Some(last) if value_of(&fields, "en").is_none() && shared_name.is_some() => {
                last.extend(fields);
            }
            _ => read.push(fields),
        }
    }
    if read.is_empty() {
        read.push(Vec::new());
    }
    let mut left = read.len();
    for fields in read {
        if draft.is_full() {
            break;
        }
        left -= 1;
        let Some(name) = value_of(&fields, "en").or(shared_name.as_deref()).map(str::to_owned)
        else {
            draft.problem("no event name in `en`");
            continue;
        };
        let account = match (value_of(&fields, "tid"), draft.accounts.as_slice()) {
            (Some(account), _) => account.to_owned(),
            (None, [account]) => account.clone(),
            (None, _) => String::new(),
        };
        draft.account(&account);
        if draft.accounts.is_empty() {
            draft.problem("no measurement id in `tid`");
        }
        let overridden = |name: &str| fields.iter().any(|(other, _)| other == name);
        let mut pairs = if left == 0 { std::mem::take(&mut shared) } else { shared.clone() };
        pairs.retain(|(name, _)| !overridden(name));
        pairs.extend(fields);
        let params = params(draft, pairs);
        draft.event(name, account, params);
    }
}

/// Items (`pr1`, `pr2`, …) become one list under the name of the first, in the
/// order of their numbers, wherever they stand among the other parameters.
fn params(draft: &Draft, pairs: Vec<(String, String)>) -> Vec<Param> {
    let mut params: Vec<Param> = Vec::new();
    let mut items: Vec<(u64, String, Value)> = Vec::new();
    let mut place = None;
    for (wire, value) in pairs {
        match item_number(&wire) {
            Some(number) => {
                place.get_or_insert(params.len());
                items.push((number, wire, item(&value)));
            }
            None => params.push(draft.text_param(wire, value.into())),
        }
    }
    items.sort_by_key(|(number, ..)| *number);
    if let (Some(place), Some((_, first, _))) = (place, items.first()) {
        let wire = first.clone();
        let list = items.into_iter().map(|(.., item)| item).collect();
        let mut param = draft.json_param(wire, Value::Array(list));
        param.canonical = Some("items".to_owned());
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
fn item(text: &str) -> Value {
    let mut fields = Map::new();
    let mut own: Vec<(String, String)> = Vec::new();
    for part in text.replace("~~", "\0").split('~') {
        let part = part.replace('\0', "~");
        let Some((short, value)) = part.split_at_checked(2) else { continue };
        let known = ITEM_FIELDS.iter().find(|(wire, _)| *wire == short);
        let named = short
            .strip_prefix('v')
            .and_then(|number| own.iter().find(|(known, _)| known == number));
        if let Some((_, name)) = known {
            fields.insert((*name).to_owned(), value.into());
        } else if let Some(number) = short.strip_prefix('k') {
            own.push((number.to_owned(), value.to_owned()));
        } else if let Some((_, name)) = named {
            fields.insert(name.clone(), value.into());
        } else {
            fields.insert(short.to_owned(), value.into());
        }
    }
    Value::Object(fields)
}

fn decode_measurement_protocol(exchange: &Exchange<'_>, draft: &mut Draft) {
    let account = query::first(exchange.address.query, "measurement_id").unwrap_or_default();
    draft.account(&account);
    let Some(mut body) = draft.json_body(exchange) else { return };
    let events = match body.get_mut("events").map(Value::take) {
        Some(Value::Array(events)) => events,
        _ => Vec::new(),
    };
    for event in events {
        let Some(name) = event.get("name").and_then(Value::as_str).map(str::to_owned) else {
            draft.problem("an event without `name`");
            continue;
        };
        let mut params = Vec::new();
        json::flatten(event, |wire, value| params.push(draft.json_param(wire, value)));
        draft.event(name, account.clone().into_owned(), params);
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
        assert_eq!(
            item("idA~~1~nmJacket ~~ XL~k0size~v0M~k1a~zzx~"),
            json!({"id": "A~1", "name": "Jacket ~ XL", "size": "M", "zz": "x"})
        );
        assert_eq!(item(""), json!({}));
        assert_eq!(item("é~~~"), json!({"é": "~"}));
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

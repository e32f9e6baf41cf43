//! Google Ads conversions and remarketing.
//!
//! Documentation: <https://support.google.com/google-ads/answer/6331314>.
//! Endpoints: `www.googleadservices.com/pagead/conversion/<id>/`,
//! `googleads.g.doubleclick.net/pagead/viewthroughconversion/<id>/`,
//! `pagead2.googlesyndication.com` when consent is denied, and the same paths
//! on first-party hosts behind a Google tag gateway. One conversion goes to up
//! to six of them; `1p-conversion`, `1p-user-list` and `/ccm/conversion` only
//! ever follow up.
//! Sample: `https://www.googleadservices.com/pagead/conversion/123/?label=AbC&value=80&currency_code=AUD&oid=1`
//!
//! Floodlight (`fls.doubleclick.net`) is another vendor.

use serde_json::{Map, Value, json};

use crate::model::call::Call;
use crate::model::hit::DecodedEvent;
use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::model::vendor::CalledEvent;
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::{Draft, value_of};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, Host, ParamSpec, Vendor, Via, param,
};
use crate::wire::address::Address;
use crate::wire::query;

pub static GOOGLE_ADS: Vendor = Vendor {
    slug: "google_ads",
    name: "Google Ads",
    docs: "https://support.google.com/google-ads/answer/6331314",
    hosts: &[
        Host::Under("googleadservices.com"),
        Host::Is("googleads.g.doubleclick.net"),
        Host::Is("td.doubleclick.net"),
        Host::Is("pagead2.googlesyndication.com"),
        Host::AnyTld("www.google"),
        Host::AnyTld("google"),
    ],
    first_party: &["pagead", "ccm", "rmkt"],
    patterns: &[
        "*/pagead/conversion/*",
        "*/pagead/viewthroughconversion/*",
        "*/pagead/1p-conversion/*",
        "*/pagead/1p-user-list/*",
        "*/pagead/form-data/*",
        "*/pagead/landing*",
        "*/ccm/*",
        "*/rmkt/collect/*",
        "*://*google.*/measurement/conversion*",
        "*://*googleadservices.com/measurement/conversion*",
        "*://td.doubleclick.net/td/*",
    ],
    paths: &["*/pagead/*", "*/ccm/*", "*/rmkt/*", "*/measurement/conversion*"],
    params: PARAMS,
    groups: GROUPS,
    endpoint,
    decode,
    twin,
    answer,
    calls,
    batches: false,
    automatic: &["page_view", "gtag.config", "viewthroughconversion"],
};

const PARAMS: &[ParamSpec] = &[
    param("async", "", Transport),
    param("auid", "", Identifier),
    param("bg", "", Transport),
    param("bttype", "", Business),
    param("ct_cookie_present", "", Transport),
    param("currency_code", "currency", Business),
    param("cv", "", Transport),
    param("data", "", Business),
    param("ecsid", "", Identifier),
    param("em", "user_data", Identifier),
    param("en", "", Identity),
    param("fmt", "", Transport),
    param("fst", "", Transport),
    param("gcd", "consent_defaults", Business),
    param("gcl_ctr", "", Transport),
    param("gclaw", "", Identifier),
    param("gclid", "", Identifier),
    param("gcs", "consent", Business),
    param("guid", "", Transport),
    param("item", "items", Business),
    param("label", "label", Identity),
    param("npa", "non_personalized_ads", Business),
    param("oid", "order_id", Business),
    param("random", "", Transport),
    param("ref", "referrer", Environment),
    param("rfmt", "", Transport),
    param("rnd", "", Transport),
    param("tag_exp", "", Transport),
    param("tiba", "title", Environment),
    param("url", "url", Environment),
    param("value", "value", Business),
];

const GROUPS: &[Group] = &[];

/// The words of the path that tell the endpoint, and what follows them.
fn parts<'a>(address: &Address<'a>) -> Option<(&'a str, &'a str, Option<&'a str>)> {
    let mut segments = address
        .segments()
        .skip_while(|part| !matches!(*part, "pagead" | "ccm" | "rmkt" | "measurement" | "td"));
    let family = segments.next()?;
    // `/pagead/conversion_async.js` and the like are libraries.
    let word = segments.next()?;
    Some((family, word, segments.next()))
}

fn is_id(segment: Option<&str>) -> bool {
    let id = segment.map(|id| id.strip_prefix("AW-").unwrap_or(id)).unwrap_or_default();
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())
}

fn endpoint(address: &Address<'_>, via: Via) -> Option<Endpoint> {
    let (family, word, id) = parts(address)?;
    if via == Via::FirstParty {
        // Google's own parameters prove a gateway; a bare path proves nothing.
        let google =
            ["gtm", "gcd", "gcs"].iter().any(|name| query::first(address.query, name).is_some());
        if !google {
            return None;
        }
    }
    match (family, word) {
        ("pagead", "conversion" | "viewthroughconversion") | ("rmkt", "collect") if is_id(id) => {
            Some(Endpoint::Event)
        }
        // Behind a gateway it is the only one that leaves.
        ("ccm", "conversion") if is_id(id) && via != Via::Own => Some(Endpoint::Event),
        ("pagead", "1p-conversion" | "1p-user-list") | ("ccm", "conversion") if is_id(id) => {
            Some(Endpoint::Duplicate)
        }
        ("ccm", "collect") => Some(Endpoint::Aux),
        ("ccm" | "pagead", "form-data") if is_id(id) => Some(Endpoint::Aux),
        ("pagead", "landing") if via == Via::Own => Some(Endpoint::Aux),
        ("measurement", "conversion") if via == Via::Own => {
            let host = &*address.host;
            (host.contains("google.") || host.ends_with("googleadservices.com"))
                .then_some(Endpoint::Duplicate)
        }
        ("td", _) => (*address.host == *"td.doubleclick.net").then_some(Endpoint::Aux),
        _ => None,
    }
}

fn decode(exchange: &Exchange<'_>, draft: &mut Draft) {
    let pairs = draft.pairs(exchange);
    let (_, word, id) = parts(exchange.address).unwrap_or(("", "", None));
    let named = ["tids", "tid"].iter().find_map(|name| value_of(&pairs, name));
    if is_id(id) {
        let id = id.unwrap_or_default();
        let id = id.strip_prefix("AW-").unwrap_or(id);
        draft.account(&format!("AW-{id}"));
    } else if let Some(named) = named {
        let named = named.split('~').filter(|account| account.starts_with("AW-"));
        named.for_each(|account| draft.account(account));
    }
    if exchange.endpoint == Endpoint::Aux {
        return;
    }
    let data = value_of(&pairs, "data").map(data);
    let name = value_of(&pairs, "en")
        .or_else(|| data.as_ref().and_then(|data| data.get("event")?.as_str()))
        .or_else(|| value_of(&pairs, "label").map(|_| "conversion"))
        .unwrap_or(match word {
            "conversion" | "1p-conversion" => "conversion",
            other => other,
        })
        .to_owned();
    let account = match draft.accounts.as_slice() {
        [account] => account.clone(),
        _ => String::new(),
    };
    let params = pairs
        .into_iter()
        .map(|(wire, value)| match wire.as_str() {
            "item" => {
                let items = items(&value);
                draft.json_param(wire, items)
            }
            "data" => {
                let members = data_value(&value);
                draft.json_param(wire, members)
            }
            _ => draft.text_param(wire, value.into()),
        })
        .collect();
    draft.event(name, account, params);
}

/// `(price*quantity*id**)` groups; anything else stays the text it is.
fn items(text: &str) -> Value {
    let mut items = Vec::new();
    for group in text.split('(').skip(1) {
        let mut fields = group.split(')').next().unwrap_or_default().split('*');
        let mut next = || fields.next().unwrap_or_default();
        let (price, quantity, id) = (next(), next(), next());
        items.push(json!({ "id": id, "price": price, "quantity": quantity }));
    }
    if items.is_empty() { text.into() } else { Value::Array(items) }
}

/// `event=conversion;shipping=12`.
fn data(text: &str) -> Map<String, Value> {
    text.split(';')
        .filter_map(|part| part.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect()
}

fn data_value(text: &str) -> Value {
    let members = data(text);
    if members.is_empty() { text.into() } else { Value::Object(members) }
}

/// The copies share label and order, and the random number that the library
/// drew for the event. The order alone tells where there is one: two tags on a
/// page draw two numbers for it.
fn twin(event: &DecodedEvent) -> Option<String> {
    let value = |name: &str| {
        let found = event.params.iter().find(|param| param.wire == name);
        found.and_then(|param| param.value.as_str()).unwrap_or_default()
    };
    let (label, order, random) = (value("label"), value("oid"), value("random"));
    if !order.is_empty() {
        return Some(format!("order {label} {order}"));
    }
    (!random.is_empty()).then(|| format!("random {label} {random}"))
}

fn answer(exchange: &Exchange<'_>) -> Answer {
    let asked = |name: &str| query::first(exchange.address.query, name);
    let (_, word, _) = parts(exchange.address).unwrap_or(("", "", None));
    if asked("fmt").as_deref() == Some("4") {
        Answer::Script("")
    } else if matches!(word, "collect" | "form-data") || asked("fmt").as_deref() == Some("8") {
        Answer::Empty
    } else {
        Answer::Gif
    }
}

fn calls(call: &Call) -> Vec<CalledEvent> {
    let text = |at: usize| call.args.get(at).and_then(Value::as_str);
    let called = |event: Option<&str>, target: &str| CalledEvent {
        vendor: GOOGLE_ADS.slug.to_owned(),
        event: event.map(str::to_owned),
        account: Some(target.split('/').next().unwrap_or_default().to_owned()),
        event_id: None,
    };
    let of_ads = |target: &&str| target.starts_with("AW-");
    match (call.name.as_str(), text(0), text(1)) {
        ("gtag", Some("event"), Some(name)) => {
            let targets = match call.args.get(2).and_then(|options| options.get("send_to")) {
                Some(Value::Array(targets)) => targets.iter().filter_map(Value::as_str).collect(),
                Some(Value::String(target)) => vec![target.as_str()],
                _ => Vec::new(),
            };
            targets.into_iter().filter(of_ads).map(|target| called(Some(name), target)).collect()
        }
        ("gtag", Some("config"), Some(target)) if of_ads(&target) => vec![called(None, target)],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(name: &str, args: &Value) -> Vec<CalledEvent> {
        calls(&Call {
            name: name.to_owned(),
            args: args.as_array().cloned().unwrap_or_default(),
            at_ms: 0.0,
            frame: None,
            frame_url: String::new(),
            document: None,
            step: None,
            stack: Vec::new(),
        })
    }

    #[test]
    fn a_conversion_call_names_its_account() {
        let told = called("gtag", &json!(["event", "conversion", {"send_to": "AW-1/AbC"}]));
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].event.as_deref(), Some("conversion"));
        assert_eq!(told[0].account.as_deref(), Some("AW-1"));
        assert_eq!(called("gtag", &json!(["event", "conversion", {"send_to": "G-1"}])), []);
        assert_eq!(called("gtag", &json!(["config", "AW-1"]))[0].event, None);
    }

    #[test]
    fn items_are_groups_or_text() {
        assert_eq!(
            items("(1*2*A**)(3"),
            json!([{"id": "A", "price": "1", "quantity": "2"}, {"id": "", "price": "3", "quantity": ""}])
        );
        assert_eq!(items("none"), json!("none"));
        assert_eq!(data_value("a=1;b"), json!({"a": "1"}));
    }
}

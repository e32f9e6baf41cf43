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

use std::borrow::Cow;

use serde_json::Value;

use crate::model::call::Call;
use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::model::vendor::CalledEvent;
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::decoded::DecodedEvent;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::fields::Fields;
use crate::vendors::frame::probe::{Probes, set_up, signal_of};
use crate::vendors::frame::route::Host::{AnyTld, Is, Under};
use crate::vendors::frame::route::Path::{self, Has};
use crate::vendors::frame::route::{Host, Library, Look, Route, Where, anywhere, configured, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};
use crate::wire::address::Address;
use crate::wire::json::Json;
use crate::wire::query;

pub static GOOGLE_ADS: Vendor = Vendor {
    slug: "google_ads",
    name: "Google Ads",
    docs: "https://support.google.com/google-ads/answer/6331314",
    notes: "the account is `AW-` and the number in the path, the event `en`, else what `data` \
            names, else `conversion` where there is a `label`; one conversion goes to several \
            endpoints and counts once",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    twin,
    calls: Some(calls),
    automatic: &["page_view", "gtag.config", "viewthroughconversion"],
    probes: Probes {
        globals: &["dataLayer"],
        takes_over: true,
        spoken: "gtag(\"event\", \"{}\")",
        account: |call| set_up(call, "gtag", &["config"]).filter(|id| id.starts_with("AW-")),
        consent: |call| signal_of(call, "gtag", "ad_storage"),
        holds_back: false,
    },
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[
    Under("googleadservices.com"),
    Is("googleads.g.doubleclick.net"),
    Is("pagead2.googlesyndication.com"),
    AnyTld("www.google"),
    AnyTld("google"),
];
const MEASURING: &[Host] = &[
    Under("googleadservices.com"),
    AnyTld("www.google"),
    AnyTld("google"),
    Is("pagead2.googlesyndication.com"),
    // Where conversions that were imported from Analytics are told.
    Under("google-analytics.com"),
    Under("analytics.google.com"),
];
const ASKED: Answer = Answer::By(answer);

const ROUTES: &[Route] = &[
    on(HOSTS, Has("/pagead/conversion"), Endpoint::Event, ASKED).when(has_id),
    on(HOSTS, Has("/pagead/viewthroughconversion"), Endpoint::Event, ASKED).when(has_id),
    on(HOSTS, Has("/rmkt/collect"), Endpoint::Event, ASKED).when(has_id),
    on(HOSTS, Has("/pagead/1p-conversion"), Endpoint::Duplicate, ASKED).when(has_id),
    on(HOSTS, Has("/pagead/1p-user-list"), Endpoint::Duplicate, ASKED).when(has_id),
    on(HOSTS, Has("/ccm/conversion"), Endpoint::Duplicate, ASKED).when(has_id),
    // What the tag measures here, `/rmkt/collect` or the view-through endpoint
    // is told as well.
    on(HOSTS, Has("/ccm/collect"), Endpoint::Duplicate, ASKED),
    on(HOSTS, Has("/ccm/form-data"), Endpoint::Aux, ASKED).when(has_id),
    on(HOSTS, Has("/pagead/form-data"), Endpoint::Aux, ASKED).when(has_id),
    on(HOSTS, Has("/pagead/landing"), Endpoint::Aux, ASKED),
    on(HOSTS, Has("/pagead/set_partitioned_cookie"), Endpoint::Aux, ASKED),
    on(&[Is("ad.doubleclick.net")], Path::Under("/ccm"), Endpoint::Aux, Answer::Empty),
    on(MEASURING, Path::Is("/measurement/conversion"), Endpoint::Duplicate, ASKED),
    on(&[Is("td.doubleclick.net")], Path::Under("/td"), Endpoint::Aux, Answer::Empty),
    anywhere(Has("/pagead/conversion"), Endpoint::Event, ASKED).when(is_gateway),
    anywhere(Has("/pagead/viewthroughconversion"), Endpoint::Event, ASKED).when(is_gateway),
    anywhere(Has("/rmkt/collect"), Endpoint::Event, ASKED).when(is_gateway),
    // Behind a gateway it is the only one that leaves.
    anywhere(Has("/ccm/conversion"), Endpoint::Event, ASKED).when(is_gateway),
    anywhere(Has("/pagead/1p-conversion"), Endpoint::Duplicate, ASKED).when(is_gateway),
    anywhere(Has("/pagead/1p-user-list"), Endpoint::Duplicate, ASKED).when(is_gateway),
    anywhere(Has("/ccm/collect"), Endpoint::Duplicate, ASKED).when(is_googles),
    anywhere(Has("/ccm/form-data"), Endpoint::Aux, ASKED).when(is_gateway),
    anywhere(Has("/pagead/form-data"), Endpoint::Aux, ASKED).when(is_gateway),
    configured(Has("/pagead/landing"), Endpoint::Aux, ASKED),
];

const LIBRARIES: &[Library] = &[
    Library {
        hosts: &[Is("www.googletagmanager.com")],
        path: Path::Is("/gtm.js"),
        account: Where::Query("id"),
        version: Where::Nowhere,
    },
    Library {
        hosts: &[Under("googleadservices.com")],
        path: Path::Starts("/pagead/conversion"),
        account: Where::Nowhere,
        version: Where::Nowhere,
    },
];

const PARAMS: &[ParamSpec] = &[
    param("async", "", Transport),
    param("auid", "", Identifier),
    param("bg", "", Transport),
    param("bttype", "", Business),
    param("ct_cookie_present", "", Transport),
    param("currency_code", "currency", Business),
    param("cv", "", Transport),
    param("data", "", Business),
    param("dl", "url", Environment),
    param("dr", "referrer", Environment),
    param("dscnt", "discount", Business),
    param("dt", "title", Environment),
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
    param("rcb", "", Transport),
    param("ref", "referrer", Environment),
    param("rfmt", "", Transport),
    param("rnd", "", Transport),
    param("tag_exp", "", Transport),
    param("tfd", "", Transport),
    param("tft", "", Transport),
    param("tiba", "title", Environment),
    param("tid", "", Identity),
    param("tids", "", Identity),
    param("url", "url", Environment),
    param("value", "value", Business),
    param("vdltv", "predicted_ltv", Business),
    param("vdnc", "new_customer", Business),
];

const GROUPS: &[Group] = &[group("ep.", "", Business, true), group("epn.", "", Business, true)];

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

fn has_id(look: &Look<'_>) -> bool {
    parts(look.address).is_some_and(|(_, _, id)| is_id(id))
}

/// Google's own parameters prove a gateway; a bare path proves nothing.
fn is_googles(look: &Look<'_>) -> bool {
    ["gtm", "gcd", "gcs"].iter().any(|name| look.has_query(name))
}

fn is_gateway(look: &Look<'_>) -> bool {
    has_id(look) && is_googles(look)
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let fields = exchange.fields();
    let (_, word, id) = parts(exchange.address).unwrap_or(("", "", None));
    if let Some(id) = id.filter(|id| is_id(Some(id))) {
        let id = id.strip_prefix("AW-").unwrap_or(id);
        draft.account(format!("AW-{id}"));
    } else if let Some(named) = fields.first_of(&["tids", "tid"]) {
        let of_ads = named.split('~').filter(|account| account.starts_with("AW-"));
        of_ads.for_each(|account| draft.account(account.to_owned()));
        // A conversion that was imported from Analytics names only its property.
        if draft.accounts.is_empty() {
            draft.accounts(named, '~');
        }
    }
    if !exchange.is_event() {
        return;
    }
    // A ping without a name tells only that the tag is there.
    if word == "collect" && !has_event(&fields) && id.is_none() {
        return;
    }
    let name = fields
        .cow("en")
        .or_else(|| data(fields.get("data")?).text_at("event"))
        .or_else(|| fields.get("label").map(|_| Cow::Borrowed("conversion")))
        .unwrap_or(match word {
            "1p-conversion" => Cow::Borrowed("conversion"),
            word => Cow::Borrowed(word),
        });
    let params = fields
        .into_iter()
        .map(|(wire, value)| match &*wire {
            "item" => draft.param(wire, items(&value)),
            "data" => draft.param(wire, data(&value)),
            _ => draft.text_param(wire, value),
        })
        .collect();
    draft.event(name, draft.only_account(), params);
}

fn has_event(fields: &Fields<'_>) -> bool {
    fields.get("en").is_some() || fields.get("data").is_some()
}

/// `(price*quantity*id**)` groups; anything else stays the text it is.
fn items(text: &str) -> Json<'static> {
    let mut items = Vec::new();
    for group in text.split('(').skip(1) {
        let mut fields = group.split(')').next().unwrap_or_default().split('*');
        let mut next = || Json::from(fields.next().unwrap_or_default().to_owned());
        let (price, quantity, id) = (next(), next(), next());
        let members = [("id", id), ("price", price), ("quantity", quantity)];
        items.push(Json::Object(members.map(|(name, value)| (name.into(), value)).into()));
    }
    if items.is_empty() { text.to_owned().into() } else { Json::List(items) }
}

/// `event=conversion;shipping=12`; anything else stays the text it is.
fn data(text: &str) -> Json<'static> {
    let members: Vec<_> = text
        .split(';')
        .filter_map(|part| part.split_once('='))
        .map(|(name, value)| (name.to_owned().into(), value.to_owned().into()))
        .collect();
    if members.is_empty() { text.to_owned().into() } else { Json::Object(members) }
}

/// The copies share label and order, and the random number that the library
/// drew for the event. The order alone tells where there is one: two tags on a
/// page draw two numbers for it.
fn twin(event: &DecodedEvent<'_>) -> Option<String> {
    let value = |name: &str| event.text(name).unwrap_or_default();
    let (label, order, random) = (value("label"), value("oid"), value("random"));
    if !order.is_empty() {
        return Some(format!("order {label} {order}"));
    }
    (!random.is_empty()).then(|| format!("random {label} {random}"))
}

fn answer(address: &Address<'_>) -> Answer {
    let format = query::first(address.query, "fmt");
    let (_, word, _) = parts(address).unwrap_or(("", "", None));
    if format.as_deref() == Some("4") {
        Answer::Script("")
    } else if matches!(word, "collect" | "form-data") || format.as_deref() == Some("8") {
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
    use serde_json::json;

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
        let read = |value| Value::from(value);
        assert_eq!(
            read(items("(1*2*A**)(3")),
            json!([{"id": "A", "price": "1", "quantity": "2"}, {"id": "", "price": "3", "quantity": ""}])
        );
        assert_eq!(read(items("none")), json!("none"));
        assert_eq!(read(data("a=1;b")), json!({"a": "1"}));
    }
}

//! Reddit Pixel.
//!
//! Documentation: <https://business.reddithelp.com/s/article/reddit-pixel>.
//! Endpoints: `alb.reddit.com/rp.gif` as an image, `/rp` as a form with the
//! rest in the URL; `/snoo.gif` of older tags; everything else is advertising.
//! Sample: `https://alb.reddit.com/rp.gif?id=t2_abc&event=Purchase&m.valueDecimal=9.5&m.currency=GBP`
//!
//! It does not undo the library's hashing of transaction and conversion ids.

use std::borrow::Cow;

use serde_json::Value;

use crate::model::call::Call;
use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::model::vendor::CalledEvent;
use crate::vendors::frame::answer::Answer::Gif;
use crate::vendors::frame::decoded::Param;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::probe::{Probes, set_up};
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path::{self, Under};
use crate::vendors::frame::route::{Host, Library, Route, Where, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};

pub static REDDIT: Vendor = Vendor {
    slug: "reddit",
    name: "Reddit Pixel",
    docs: "https://business.reddithelp.com/s/article/reddit-pixel",
    notes: "the account is `id`, the event `event`, or `m.customEventName` where that is `Custom`; \
            the value is `m.valueDecimal`, in older tags `m.value`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    calls: Some(calls),
    probes: Probes {
        globals: &["rdt"],
        takes_over: true,
        spoken: "rdt(\"track\", \"{}\")",
        account: |call| set_up(call, "rdt", &["init"]),
        ..Probes::NONE
    },
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("alb.reddit.com")];

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Is("/rp.gif"), Endpoint::Event, Gif),
    on(HOSTS, Path::Is("/rp"), Endpoint::Event, Gif),
    on(HOSTS, Path::Is("/snoo.gif"), Endpoint::Event, Gif),
    // Clicks and views of advertisements, told by Reddit's own pages.
    on(HOSTS, Path::Is("/i.gif"), Endpoint::Aux, Gif),
    on(HOSTS, Under("/cr"), Endpoint::Aux, Gif),
];

const LIBRARIES: &[Library] = &[
    Library {
        hosts: &[Is("www.redditstatic.com")],
        path: Under("/ads"),
        account: Where::Query("pixel_id"),
        version: Where::Nowhere,
    },
    Library {
        hosts: &[Is("pixel-config.reddit.com")],
        path: Under("/pixels"),
        account: Where::Segment(1),
        version: Where::Nowhere,
    },
];

const PARAMS: &[ParamSpec] = &[
    param("aaid", "", Identifier),
    param("auto_em", "", Identifier),
    param("auto_pn", "", Identifier),
    param("db", "", Transport),
    param("dpcc", "data_processing_country", Business),
    param("dpm", "data_processing_options", Business),
    param("dprc", "data_processing_state", Business),
    param("em", "email_sha256", Identifier),
    param("esurl", "url", Environment),
    param("event", "", Identity),
    param("external_id", "external_id", Identifier),
    param("id", "", Identity),
    param("idfa", "", Identifier),
    param("integration", "", Environment),
    param("m.conversionId", "event_id", Identifier),
    param("m.currency", "currency", Business),
    param("m.customEventName", "", Identity),
    param("m.itemCount", "num_items", Business),
    param("m.products", "contents", Business),
    param("m.transactionId", "order_id", Business),
    param("m.value", "value", Business),
    param("m.valueDecimal", "value", Business),
    param("opt_out", "", Business).of(ParamType::Flag),
    param("partner", "", Environment),
    param("partner_version", "", Environment),
    param("pn", "phone_sha256", Identifier),
    param("sh", "", Environment),
    param("sw", "", Environment),
    param("ts", "", Transport).of(ParamType::Time),
    param("uuid", "client_id", Identifier),
    param("v", "", Environment),
];

const GROUPS: &[Group] = &[group("m.", "", Business, true)];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let json = exchange.body.trim_ascii_start().first() == Some(&b'{');
    let fields = if json { exchange.query() } else { exchange.fields() };
    let mut params = draft.params(fields);
    if json && let Some(body) = draft.json(exchange) {
        params.extend(draft.json_params(body));
    }
    let find = |name: &str| -> Option<Cow<'a, str>> {
        params.iter().filter(|param| param.wire == name).find_map(|param| param.value.to_text())
    };
    let account = find("id").unwrap_or_default();
    let name = match find("event") {
        Some(name) if name == "Custom" => find("m.customEventName").or(Some(name)),
        name => name,
    };
    draft.account(account.clone());
    if !exchange.is_event() {
        return;
    }
    let Some(name) = name else {
        draft.problem("no event name in `event`");
        return;
    };
    if account.is_empty() {
        draft.problem("no pixel id in `id`");
    }
    name_one_value(&mut params);
    draft.event(name, account, params);
}

/// Two parameters tell the value, and the library sends both, mostly one of
/// them empty: only one may be called the value.
fn name_one_value(params: &mut [Param<'_>]) {
    let filled = |params: &[Param<'_>], name: &str| {
        params.iter().any(|param| param.wire == name && param.value.to_text().is_some())
    };
    let whole = if filled(params, "m.valueDecimal") || !filled(params, "m.value") {
        "m.value"
    } else {
        "m.valueDecimal"
    };
    let other = if whole == "m.value" { "m.valueDecimal" } else { "m.value" };
    if !params.iter().any(|param| param.wire == other) {
        return;
    }
    for param in params.iter_mut().filter(|param| param.wire == whole) {
        param.canonical = None;
    }
}

fn calls(call: &Call) -> Vec<CalledEvent> {
    let text = |at: usize| call.args.get(at).and_then(Value::as_str);
    let ("rdt", Some("track"), Some(event)) = (call.name.as_str(), text(0), text(1)) else {
        return Vec::new();
    };
    let option = |name: &str| call.args.get(2).and_then(|data| data.get(name)?.as_str());
    let event = if event == "Custom" { option("customEventName").unwrap_or(event) } else { event };
    vec![CalledEvent {
        vendor: REDDIT.slug.to_owned(),
        event: Some(event.to_owned()),
        account: None,
        // What is sent is a hash of it.
        event_id: None,
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendors::frame::fields::Fields;
    use crate::vendors::frame::vendor::Names;

    #[test]
    fn the_filled_value_is_the_value() {
        let names = Names::of(&REDDIT);
        for (query, value) in [
            ("m.value=&m.valueDecimal=20", "20"),
            ("m.value=2000&m.valueDecimal=20", "20"),
            ("m.value=7&m.valueDecimal=", "7"),
            ("m.value=7", "7"),
            ("m.value=", ""),
        ] {
            let draft = Draft::new(&REDDIT, &names, Endpoint::Event);
            let mut fields = Fields::default();
            fields.read_urlencoded(query.as_bytes());
            let mut params = draft.params(fields);
            name_one_value(&mut params);
            let mut values = params.iter().filter(|p| p.canonical.as_deref() == Some("value"));
            assert_eq!(values.next().and_then(|p| p.value.as_str()), Some(value), "{query}");
            assert!(values.next().is_none(), "{query}");
        }
    }
}

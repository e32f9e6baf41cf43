//! Meta Pixel (Facebook, Instagram).
//!
//! Documentation: <https://developers.facebook.com/docs/meta-pixel>.
//! Endpoints: `www.facebook.com/tr`, the attribution copies
//! `/privacy_sandbox/pixel/register/trigger` and `www.instagram.com/tr`,
//! telemetry at `connect.facebook.net/log/`; a first-party proxy's `/tr` and a
//! Conversions API gateway's `/events/…` are known by the pixel's parameters.
//! Long events come as a form POST from a hidden iframe, beacons as multipart.
//! Sample: `https://www.facebook.com/tr/?id=1234&ev=Purchase&cd[value]=9.5&cd[currency]=GBP&eid=a`
//!
//! It does not read the Conversions API, which servers speak.

use serde_json::Value;

use crate::model::call::Call;
use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::model::vendor::CalledEvent;
use crate::vendors::frame::answer::Answer::{Empty, Image};
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::fields::Fields;
use crate::vendors::frame::probe::{Probes, set_up};
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path::{self, Ends, Has, Under};
use crate::vendors::frame::route::{
    Host, Library, Look, Route, Where, anywhere, configured, library, on,
};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::query;

pub static META: Vendor = Vendor {
    slug: "meta",
    name: "Meta Pixel",
    docs: "https://developers.facebook.com/docs/meta-pixel",
    notes: "the account is `id`, the event `ev`; the attribution copies and a Conversions API \
            gateway's second copy are duplicates",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    calls: Some(calls),
    automatic: &["SubscribedButtonClick", "Microdata"],
    probes: Probes {
        globals: &["fbq"],
        takes_over: true,
        spoken: "fbq(\"track\", \"{}\")",
        account: |call| set_up(call, "fbq", &["init"]),
        consent: |call| match (call.name.as_str(), call.args.first()?.as_str()?) {
            ("fbq", "consent") => Some(call.args.get(1)?.as_str()? == "grant"),
            _ => None,
        },
        holds_back: true,
    },
    ..Vendor::BASE
};

const FACEBOOK: &[Host] = &[Is("www.facebook.com"), Is("facebook.com")];
const INSTAGRAM: &[Host] = &[Is("www.instagram.com"), Is("instagram.com")];

const ROUTES: &[Route] = &[
    on(FACEBOOK, Path::Is("/tr"), Endpoint::Event, Image),
    on(FACEBOOK, Path::Is("/privacy_sandbox/pixel/register/trigger"), Endpoint::Duplicate, Empty),
    on(FACEBOOK, Under("/privacy_sandbox"), Endpoint::Aux, Empty),
    on(INSTAGRAM, Path::Is("/tr"), Endpoint::Duplicate, Image),
    on(&[Is("connect.facebook.net")], Under("/log"), Endpoint::Aux, Empty),
    // A Conversions API gateway takes the pixel's events a second time, with
    // the same event id.
    configured(Under("/events"), Endpoint::Duplicate, Empty),
    anywhere(Has("/events"), Endpoint::Duplicate, Empty).when(is_proven),
    anywhere(Has("/events"), Endpoint::Duplicate, Empty).when(is_quiet).with_body(is_hit),
    anywhere(Ends("/tr"), Endpoint::Event, Image).when(is_proven),
    anywhere(Ends("/tr"), Endpoint::Event, Image).when(is_quiet).with_body(is_hit),
];

const LIBRARIES: &[Library] = &[
    library(&[Is("connect.facebook.net")], Ends("/fbevents.js")),
    Library {
        hosts: &[Is("connect.facebook.net")],
        path: Under("/signals/config"),
        account: Where::Segment(2),
        version: Where::Query("v"),
    },
];

const PARAMS: &[ParamSpec] = &[
    param("a", "", Environment),
    param("cd[eventID]", "", Business),
    // An event id among the custom data is a mistake of the page, no event id.
    param("cd[event_id]", "", Business),
    param("cdl", "", Transport),
    param("coo", "", Environment),
    param("cs_est", "", Transport),
    param("dl", "url", Environment),
    param("dpo", "data_processing_options", Business),
    param("dpoco", "data_processing_country", Business),
    param("dpost", "data_processing_state", Business),
    param("ec", "", Transport),
    param("eid", "event_id", Identifier),
    param("eid[]", "event_id", Identifier),
    param("ev", "", Identity),
    param("exp", "", Transport),
    param("fbc", "", Identifier),
    param("fbp", "", Identifier),
    param("id", "", Identity),
    param("it", "", Transport),
    param("ler", "", Transport),
    param("o", "", Transport),
    param("plt", "", Transport),
    param("r", "", Environment),
    param("rl", "referrer", Environment),
    param("rqm", "", Transport),
    param("sh", "", Environment),
    param("sw", "", Environment),
    param("tm", "", Transport),
    param("ts", "", Transport).of(ParamType::Time),
    param("ud[em]", "email_sha256", Identifier),
    param("ud[external_id]", "external_id", Identifier),
    param("ud[ph]", "phone_sha256", Identifier),
    // What the library found in forms.
    param("udff[em]", "email_sha256", Identifier),
    param("udff[ph]", "phone_sha256", Identifier),
    param("v", "", Environment),
];

const GROUPS: &[Group] = &[
    group("cd[", "]", Business, true),
    group("ud[", "]", Identifier, false),
    group("udff[", "]", Identifier, false),
    group("aud[", "]", Identifier, false),
    // Masked copies of what the page gave: their length is the value's.
    group("cud[", "]", Transport, false),
    group("ncud[", "]", Transport, false),
    group("expv2[", "]", Transport, false),
    group("pmd[", "]", Transport, false),
];

/// Pixel ids are long numbers, and the library's own parameters stand beside.
fn is_proven(look: &Look<'_>) -> bool {
    let id = query::first(look.address.query, "id").unwrap_or_default();
    is_pixel_id(id.as_bytes())
        && look.has_query("ev")
        && (look.has_query("rqm") || look.query_starts("fbp", "fb.") || has_custom_data(look))
}

fn has_custom_data(look: &Look<'_>) -> bool {
    ["cd[", "cd%5B"]
        .iter()
        .any(|start| look.address.query.split('&').any(|pair| pair.starts_with(start)))
}

fn is_quiet(look: &Look<'_>) -> bool {
    look.address.query.is_empty()
}

/// [`is_proven`] for a form.
fn is_hit(body: &[u8]) -> bool {
    let mut fields = Fields::default();
    fields.read_body(body.get(..MOST_PROOF).unwrap_or(body), None);
    fields.get("id").is_some_and(|id| is_pixel_id(id.as_bytes()))
        && fields.get("ev").is_some()
        && (fields.has("rqm") || fields.get("fbp").is_some_and(|id| id.starts_with("fb.")))
}

/// The pixel's own parameters stand within the first of a long body's bytes.
const MOST_PROOF: usize = 256 * 1024;

fn is_pixel_id(id: &[u8]) -> bool {
    (13..=20).contains(&id.len()) && id.iter().all(u8::is_ascii_digit)
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let fields = exchange.fields();
    let account = fields.cow("id").unwrap_or_default();
    draft.account(account.clone());
    if !exchange.is_event() {
        return;
    }
    let Some(name) = fields.cow("ev") else {
        draft.problem("no event name in `ev`");
        return;
    };
    if account.is_empty() {
        draft.problem("no pixel id in `id`");
    }
    draft.event(name, account, draft.params(fields));
}

fn calls(call: &Call) -> Vec<CalledEvent> {
    let text = |at: usize| call.args.get(at).and_then(Value::as_str);
    if call.name != "fbq" {
        return Vec::new();
    }
    let (account, at) = match text(0) {
        Some("track" | "trackCustom") => (None, 1),
        Some("trackSingle" | "trackSingleCustom") => (account_of(call.args.get(1)), 2),
        _ => return Vec::new(),
    };
    let Some(event) = text(at) else { return Vec::new() };
    let event_id = call.args.get(at + 2).and_then(|options| options.get("eventID"));
    vec![CalledEvent {
        vendor: META.slug.to_owned(),
        event: Some(event.to_owned()),
        account,
        event_id: event_id.and_then(|id| account_of(Some(id))),
    }]
}

/// Pages write ids as text and as numbers.
fn account_of(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn called(args: &Value) -> Option<(String, Option<String>, Option<String>)> {
        let call = Call {
            name: "fbq".to_owned(),
            args: args.as_array().cloned().unwrap_or_default(),
            at_ms: 0.0,
            frame: None,
            frame_url: String::new(),
            document: None,
            step: None,
            stack: Vec::new(),
        };
        let called = calls(&call).pop()?;
        Some((called.event?, called.account, called.event_id))
    }

    #[test]
    fn calls_name_event_pixel_and_event_id() {
        let some = |text: &str| Some(text.to_owned());
        let told = called(&json!(["track", "Lead", {"value": 1}, {"eventID": "e1"}]));
        assert_eq!(told, Some(("Lead".to_owned(), None, some("e1"))));
        let told = called(&json!(["trackSingleCustom", 12, "Mine", null, {"eventID": 7}]));
        assert_eq!(told, Some(("Mine".to_owned(), some("12"), some("7"))));
        assert_eq!(called(&json!(["trackCustom", "Mine"])), Some(("Mine".to_owned(), None, None)));
        for args in [json!(["init", "12"]), json!(["track"]), json!([]), json!([1, 2])] {
            assert_eq!(called(&args), None);
        }
    }
}

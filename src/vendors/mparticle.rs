//! mParticle.
//!
//! Documentation: <https://docs.mparticle.com/developers/client-sdks/web/>.
//! Endpoints: `jssdks.mparticle.com/v3/JS/<key>/events` with a batch, the same
//! on regional hosts and, below `/webevents/`, on a host of the shop's own;
//! `/v1/` and `/v2/` take one event with short names. Identity, forwarding
//! statistics and logs hold no event.
//! Sample: `{"mpid":"8","events":[{"event_type":"custom_event","data":{"event_name":"Add"}}]}`
//!
//! It does not read what the batch tells of device and application.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Has, Starts};
use crate::vendors::frame::route::{Host, Library, Look, Route, Where, anywhere, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, Via, group, param,
};
use crate::wire::json::Json;
use crate::wire::percent;

pub static MPARTICLE: Vendor = Vendor {
    slug: "mparticle",
    name: "mParticle",
    docs: "https://docs.mparticle.com/developers/client-sdks/web/",
    notes: "the account is the key in the path; the event is the page's own name, what a \
            commerce event did (`purchase`, `add_to_cart`), or the type: `session_start`, \
            `screen_view`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    batches: true,
    automatic: &[
        "session_start",
        "session_end",
        "application_state_transition",
        "user_attribute_change",
        "user_identity_change",
    ],
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("mparticle.com")];
const OK: Answer = Answer::Json("{\"Store\":{}}");
const IDENTITY: Answer = Answer::Json(
    "{\"mpid\":\"0\",\"context\":null,\"matched_identities\":{},\"is_ephemeral\":true}",
);

const ROUTES: &[Route] = &[
    on(HOSTS, Starts("/v"), Endpoint::Event, OK).when(takes_events),
    on(HOSTS, Path::Under("/webevents"), Endpoint::Event, OK).when(takes_events),
    on(&[Is("identity.mparticle.com")], Path::Under("/v1"), Endpoint::Aux, IDENTITY),
    on(HOSTS, Path::Under("/identity"), Endpoint::Aux, IDENTITY).when(is_sdk),
    on(HOSTS, Starts("/v"), Endpoint::Aux, OK).when(is_sdk),
    on(HOSTS, Path::Under("/webevents"), Endpoint::Aux, OK),
    anywhere(Has("/webevents/v3/JS"), Endpoint::Event, OK).when(takes_events),
    anywhere(Has("/webevents/v2/JS"), Endpoint::Event, OK).when(takes_events),
    anywhere(Has("/v3/JS"), Endpoint::Event, OK).when(takes_events).with_body(|body| {
        let text = percent::text(body);
        text.contains("\"mpid\"") && text.contains("\"event_type\"")
    }),
];

const LIBRARIES: &[Library] = &[Library {
    hosts: &[Is("jssdkcdns.mparticle.com"), Is("jssdkcdn.mparticle.com")],
    path: Path::Any,
    account: Where::Segment(2),
    version: Where::Nowhere,
}];

const PARAMS: &[ParamSpec] = &[
    param("cgid", "", Identifier),
    param("ct", "", Transport).of(ParamType::Time),
    param("cu", "currency", Business),
    param("das", "client_id", Identifier),
    param("data.active_time_on_site_ms", "", Transport),
    param("data.currency_code", "currency", Business),
    param("data.custom_event_type", "", Business),
    param("data.event_name", "", Identity),
    param("data.launch_referral", "url", Environment),
    param("data.new", "", Business),
    param("data.product_action.action", "", Business),
    param("data.product_action.coupon_code", "coupon", Business),
    param("data.product_action.products", "items", Business),
    param("data.product_action.shipping_amount", "shipping", Business),
    param("data.product_action.tax_amount", "tax", Business),
    param("data.product_action.total_amount", "value", Business),
    param("data.product_action.transaction_id", "order_id", Business),
    param("data.product_impressions", "", Business),
    param("data.screen_name", "page_name", Business),
    param("data.session_duration_ms", "", Transport),
    param("data.session_start_unixtime_ms", "", Transport).of(ParamType::Time),
    param("data.session_uuid", "session_id", Identifier),
    param("data.source_message_id", "event_id", Transport),
    param("data.timestamp_unixtime_ms", "", Transport).of(ParamType::Time),
    param("data.user_attribute_name", "", Business),
    param("dt", "", Identity),
    param("et", "", Business),
    param("event_type", "", Identity),
    param("mp_deviceid", "client_id", Identifier),
    param("mpid", "", Identifier),
    param("n", "", Identity),
    param("pd.co", "", Business),
    param("pd.pl", "items", Business),
    param("pd.ta", "affiliation", Business),
    param("pd.tcc", "coupon", Business),
    param("pd.ti", "order_id", Business),
    param("pd.tr", "value", Business),
    param("pd.ts", "shipping", Business),
    param("pd.tt", "tax", Business),
    param("pi", "", Business),
    param("sid", "session_id", Identifier),
    param("ssd", "", Transport).of(ParamType::Time),
    param("ui", "", Identifier),
];

const GROUPS: &[Group] = &[
    group("data.custom_attributes.", "", Business, true),
    group("data.custom_flags.", "", Business, false),
    group("data.product_action.", "", Business, false),
    group("data.promotion_action.", "", Business, false),
    group("data.shopping_cart.", "", Business, false),
    group("attrs.", "", Business, true),
    group("flags.", "", Business, false),
    group("pd.", "", Business, false),
    group("pm.", "", Business, false),
    group("ua.", "", Business, false),
    group("consent_state.", "", Business, false),
    group("con.", "", Business, false),
    group("user_attributes.", "", Business, false),
    group("user_identities.", "", Identifier, false),
    group("str.", "", Transport, false),
];

/// What the short form says in numbers.
const TYPES: &[(&str, &str)] = &[
    ("1", "session_start"),
    ("2", "session_end"),
    ("3", "screen_view"),
    ("5", "crash_report"),
    ("6", "opt_out"),
    ("10", "application_state_transition"),
    ("14", "profile"),
    ("16", "commerce_event"),
    ("17", "user_attribute_change"),
    ("18", "user_identity_change"),
];

/// The company has other hosts, whose paths mean other things.
fn is_sdk(look: &Look<'_>) -> bool {
    look.via == Via::Own
        && ["jssdks.", "nativesdks."].iter().any(|start| look.address.host.starts_with(start))
}

/// `/v3/JS/<key>/events`, as the library writes it.
fn takes_events(look: &Look<'_>) -> bool {
    let mut segments = look.address.segments().skip_while(|segment| *segment != "JS").skip(2);
    let takes = segments.next().is_some_and(|last| last.eq_ignore_ascii_case("events"));
    takes && segments.next().is_none()
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let mut segments = exchange.address.segments().skip_while(|segment| *segment != "JS");
    draft.account(segments.nth(1).unwrap_or_default());
    draft.account(exchange.header("x-mp-key").unwrap_or_default().to_owned());
    if !exchange.is_event() {
        return;
    }
    let Some(mut body) = draft.json(exchange) else { return };
    match body.remove("events") {
        Some(Json::List(events)) => {
            // What all of the batch's events are about.
            let about =
                ["mpid", "mp_deviceid", "user_attributes", "user_identities", "consent_state"];
            let about: Vec<_> = about
                .iter()
                .filter_map(|name| Some((Cow::Borrowed(*name), body.remove(name)?)))
                .collect();
            for mut event in events {
                let Some(name) = name(&event) else {
                    draft.problem("no event type in `event_type`");
                    continue;
                };
                if let Json::Object(members) = &mut event {
                    members.extend(about.iter().cloned());
                }
                draft.event(name, draft.only_account(), draft.json_params(event));
            }
        }
        Some(_) => draft.problem("no list of events in `events`"),
        None => {
            let Some(kind) = body.text_at("dt") else {
                draft.problem("neither `events` nor an event");
                return;
            };
            let known = TYPES.iter().find(|(number, _)| *number == kind);
            let name = match known {
                Some((_, name)) => Some(Cow::Borrowed(*name)),
                None => body.text_at("n"),
            };
            draft.event(name.unwrap_or(kind), draft.only_account(), draft.json_params(body));
        }
    }
}

fn name<'a>(event: &Json<'a>) -> Option<Cow<'a, str>> {
    let kind = event.text_at("event_type")?;
    let own: &[&str] = match &*kind {
        "custom_event" => &["data.event_name"],
        "commerce_event" => &["data.product_action.action", "data.custom_event_type"],
        _ => &[],
    };
    own.iter().find_map(|path| event.text_at(path)).or(Some(kind))
}

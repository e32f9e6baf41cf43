//! Pinterest Tag.
//!
//! Documentation: <https://help.pinterest.com/en/business/article/add-event-codes>.
//! Endpoints: `ct.pinterest.com/v3/`; `/user/` sends an early copy of an event
//! and, without one, only user data; `/md/` and `/stats/` are telemetry.
//! Event data is JSON in `ed`, or `ed[…]` pairs in a hand-written image.
//! Sample: `https://ct.pinterest.com/v3/?event=checkout&tid=261&ed={"value":9.5,"currency":"GBP"}`
//!
//! It does not read the Conversions API, which servers speak.

use std::borrow::Cow;

use serde_json::Value;

use crate::model::call::Call;
use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::model::vendor::CalledEvent;
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::decoded::Param;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::probe::{Probes, set_up};
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path::{self, Under};
use crate::vendors::frame::route::{Host, Library, Route, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::{self, Json};
use crate::wire::percent::{self, Plus};

pub static PINTEREST: Vendor = Vendor {
    slug: "pinterest",
    name: "Pinterest Tag",
    docs: "https://help.pinterest.com/en/business/article/add-event-codes",
    notes: "the account is the tag id in `tid`, the event `event`; `init` is no event; what goes \
            to `/user/` is a copy",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    calls: Some(calls),
    probes: Probes {
        globals: &["pintrk"],
        spoken: "pintrk(\"track\", \"{}\")",
        account: |call| set_up(call, "pintrk", &["load"]),
        consent: |call| match (call.name.as_str(), call.args.first()?.as_str()?) {
            ("pintrk", "setconsent") => {
                let value = call.args.get(1)?;
                value.as_bool().or_else(|| value.as_str()?.parse().ok())
            }
            _ => None,
        },
        holds_back: true,
        ..Probes::NONE
    },
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("ct.pinterest.com")];

const ROUTES: &[Route] = &[
    on(HOSTS, Under("/v3"), Endpoint::Event, Answer::Gif),
    on(HOSTS, Under("/user"), Endpoint::Duplicate, Answer::Json("{}")),
    on(HOSTS, Under("/md"), Endpoint::Aux, Answer::Gif),
    on(HOSTS, Under("/stats"), Endpoint::Aux, Answer::Gif),
];

const LIBRARIES: &[Library] = &[
    library(&[Is("s.pinimg.com")], Under("/ct")),
    library(HOSTS, Path::Is("/ct.html")),
    library(HOSTS, Under("/static")),
];

const PARAMS: &[ParamSpec] = &[
    param("ad", "", Environment),
    param("ad.loc", "url", Environment),
    param("ad.ref", "referrer", Environment),
    param("cb", "", Transport),
    param("dep", "", Transport),
    // Only where they are no JSON.
    param("ed", "", Business),
    param("ed.event_id", "event_id", Identifier),
    param("ed.line_items", "contents", Business),
    param("ed.np", "", Environment),
    param("ed.order_quantity", "num_items", Business),
    param("ed.product_ids", "content_ids", Business),
    param("ed.promo_code", "coupon", Business),
    param("ed.search_query", "search_string", Business),
    param("ed.transaction_id", "order_id", Business),
    param("ed[event_id]", "event_id", Identifier),
    param("ed[line_items]", "contents", Business),
    param("ed[np]", "", Environment),
    param("ed[order_quantity]", "num_items", Business),
    param("ed[product_ids]", "content_ids", Business),
    param("ed[promo_code]", "coupon", Business),
    param("ed[search_query]", "search_string", Business),
    param("ed[transaction_id]", "order_id", Business),
    param("event", "", Identity),
    param("noscript", "", Transport).of(ParamType::Flag),
    param("pd", "", Identifier),
    param("pd.em", "email_sha256", Identifier),
    param("pd.np", "", Environment),
    param("pd.ph", "phone_sha256", Identifier),
    param("pd[em]", "email_sha256", Identifier),
    param("pd[np]", "", Environment),
    param("pd[ph]", "phone_sha256", Identifier),
    param("tid", "", Identity),
];

const GROUPS: &[Group] = &[
    group("ed.", "", Business, true),
    group("ed[", "]", Business, true),
    group("pd.", "", Identifier, false),
    group("pd[", "]", Identifier, false),
];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let fields = exchange.fields();
    let account = fields.cow("tid").unwrap_or_default();
    draft.account(account.clone());
    if !exchange.is_event() {
        return;
    }
    // `init` tells that the tag is there.
    let Some(name) = fields.cow("event").filter(|name| name != "init") else { return };
    if account.is_empty() {
        draft.problem("no tag id in `tid`");
    }
    let mut params: Vec<Param<'a>> = Vec::new();
    for (wire, value) in fields {
        match &*wire {
            "ed" | "pd" | "ad" => read_object(draft, wire, value, &mut params),
            _ => params.push(draft.text_param(wire, value)),
        }
    }
    draft.event(name, account, params);
}

/// The members of a JSON text under dotted names. A page that gives one line
/// item instead of a list still gives an item.
fn read_object<'a>(
    draft: &Draft<'a>,
    wire: Cow<'a, str>,
    text: Cow<'a, str>,
    params: &mut Vec<Param<'a>>,
) {
    // A tag manager's template may escape the text twice.
    let text = if text.starts_with("%7B") {
        Cow::Owned(percent::decode_deep(&text, Plus::Space, 3).into_owned())
    } else {
        text
    };
    match json::parse_text(text) {
        Json::Object(members) => {
            for (name, value) in members {
                let wire = [&*wire, ".", &*name].concat();
                match value {
                    Json::Object(members) if name != "line_items" && !members.is_empty() => {
                        params.extend(draft.nested(wire, Json::Object(members)));
                    }
                    value => params.push(draft.param(wire, value)),
                }
            }
        }
        other => params.push(draft.param(wire, other)),
    }
}

fn calls(call: &Call) -> Vec<CalledEvent> {
    let text = |at: usize| call.args.get(at).and_then(Value::as_str);
    let ("pintrk", Some("track"), Some(event)) = (call.name.as_str(), text(0), text(1)) else {
        return Vec::new();
    };
    let event_id = call.args.get(2).and_then(|data| data.get("event_id")?.as_str());
    vec![CalledEvent {
        vendor: PINTEREST.slug.to_owned(),
        event: Some(event.to_owned()),
        account: None,
        event_id: event_id.map(str::to_owned),
    }]
}

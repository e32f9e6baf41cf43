//! Snap Pixel.
//!
//! Documentation: <https://businesshelp.snapchat.com/s/article/snap-pixel-about>.
//! Endpoints: `/p` on `tr.snapchat.com`, `tr6.snapchat.com` and
//! `tr-shadow.snapchat.com`: a query, a form, or JSON whose `req` list mixes
//! events (`t`) with identity, metadata and logs; `/cm/…` matches cookies;
//! `/v2/conversion` and `/v3/<pixel>/events` are the Conversions API.
//! Sample: `{"ctx":{"url":"…"},"req":[{"t":{"pid":"1-2","ev":"PURCHASE","e_pr":9.5,"e_cur":"GBP"}}]}`
//!
//! It does not read what else `/gateway` carries.

use std::borrow::Cow;

use serde_json::Value;

use crate::model::call::Call;
use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::model::vendor::CalledEvent;
use crate::vendors::frame::answer::Answer::Empty;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::probe::{Probes, set_up};
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path::{self, Under};
use crate::vendors::frame::route::{Host, Library, Look, Route, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};
use crate::wire::json::Json;

pub static SNAPCHAT: Vendor = Vendor {
    slug: "snapchat",
    name: "Snap Pixel",
    docs: "https://businesshelp.snapchat.com/s/article/snap-pixel-about",
    notes: "the account is the pixel id in `pid`, the event `ev`; one request holds several, \
            beside identity, metadata and logs, which are no events",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    calls: Some(calls),
    batches: true,
    probes: Probes {
        globals: &["snaptr"],
        takes_over: true,
        spoken: "snaptr(\"track\", \"{}\")",
        account: |call| set_up(call, "snaptr", &["init"]),
        ..Probes::NONE
    },
    ..Vendor::BASE
};

const HOSTS: &[Host] =
    &[Is("tr.snapchat.com"), Is("tr6.snapchat.com"), Is("tr-shadow.snapchat.com")];

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Is("/p"), Endpoint::Event, Empty),
    on(HOSTS, Path::Is("/gateway/p"), Endpoint::Event, Empty),
    on(HOSTS, Under("/v2/conversion"), Endpoint::Event, Empty),
    on(HOSTS, Under("/v3"), Endpoint::Event, Empty).when(is_events),
    on(HOSTS, Under("/cm"), Endpoint::Aux, Empty),
    on(HOSTS, Under("/r"), Endpoint::Aux, Empty),
    on(HOSTS, Under("/gateway"), Endpoint::Aux, Empty),
];

const LIBRARIES: &[Library] = &[
    library(&[Is("sc-static.net")], Path::Is("/scevent.min.js")),
    library(HOSTS, Under("/config")),
];

const PARAMS: &[ParamSpec] = &[
    param("bt", "", Transport),
    param("cdid", "event_id", Identifier),
    param("client_dedup_id", "event_id", Identifier),
    param("ctx.c1", "", Identifier),
    param("ctx.rf", "referrer", Environment),
    param("ctx.ts", "", Transport),
    param("ctx.url", "url", Environment),
    param("currency", "currency", Business),
    param("custom_data.content_ids", "content_ids", Business),
    param("custom_data.contents", "contents", Business),
    param("del", "", Transport),
    param("du", "", Business),
    param("e_bds", "brands", Business),
    param("e_cur", "currency", Business),
    param("e_desc", "description", Business),
    param("e_ic", "item_category", Business),
    param("e_iids", "content_ids", Business),
    param("e_ni", "num_items", Business),
    param("e_pia", "payment_info_available", Business),
    param("e_pr", "value", Business),
    param("e_sm", "sign_up_method", Business),
    param("e_ss", "search_string", Business),
    param("e_su", "success", Business),
    param("e_tid", "order_id", Business),
    param("et", "", Business),
    param("ev", "", Identity),
    param("event_conversion_type", "", Identity),
    param("event_id", "event_id", Identifier),
    param("event_name", "", Identity),
    param("gac", "", Transport),
    param("hashed_email", "email_sha256", Identifier),
    param("hashed_phone_number", "phone_sha256", Identifier),
    param("if", "", Environment),
    param("intg", "", Environment),
    param("item_category", "item_category", Business),
    param("item_ids", "content_ids", Business),
    param("number_items", "num_items", Business),
    param("page_url", "url", Environment),
    param("pid", "", Identity),
    param("pids", "", Identity),
    param("pixel_id", "", Identity),
    param("pl", "url", Environment),
    param("price", "value", Business),
    param("rf", "referrer", Environment),
    param("search_string", "search_string", Business),
    param("trackId", "", Transport),
    param("transaction_id", "order_id", Business),
    param("ts", "", Transport),
    param("u_c1", "client_id", Identifier),
    param("u_hem", "email_sha256", Identifier),
    param("u_hpn", "phone_sha256", Identifier),
    param("u_scsid", "session_id", Identifier),
    param("user_data.em", "email_sha256", Identifier),
    param("user_data.ph", "phone_sha256", Identifier),
    param("v", "", Environment),
];

const GROUPS: &[Group] = &[
    group("e_", "", Business, false),
    group("u_", "", Identifier, false),
    group("l_", "", Identifier, false),
    group("custom_data.", "", Business, true),
    group("user_data.", "", Identifier, false),
    group("m_", "", Transport, false),
];

fn is_events(look: &Look<'_>) -> bool {
    look.address.bare_path().contains("/events")
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let fields = exchange.query();
    let mut account = fields.cow("pid").unwrap_or_default();
    if exchange.address.path.starts_with("/v3/") {
        account = exchange.address.segments().nth(1).unwrap_or_default().into();
    }
    draft.account(account.clone());
    if !exchange.is_event() {
        return;
    }
    if !matches!(exchange.body.trim_ascii_start().first(), Some(b'{' | b'[')) {
        let fields = exchange.fields();
        let account = fields.cow("pid").unwrap_or_default();
        draft.account(account.clone());
        match fields.cow("ev") {
            Some(name) => draft.event(name, account, draft.params(fields)),
            None => draft.problem("no event name in `ev`"),
        }
        return;
    }
    let Some(mut body) = draft.json(exchange) else { return };
    let list = body.remove("req").or_else(|| body.remove("data"));
    let (parts, body) = match (list, body) {
        (Some(Json::List(parts)), body) => (parts, body),
        (Some(part), body) => (vec![part], body),
        (None, Json::List(parts)) => (parts, Json::Null),
        (None, event) => return read_event(event, &Shared { account, body: Json::Null }, draft),
    };
    let shared = Shared { account, body };
    for part in parts {
        if draft.is_full() {
            return;
        }
        read_part(part, &shared, draft);
    }
}

/// What stands beside the parts of a request.
struct Shared<'a> {
    account: Cow<'a, str>,
    body: Json<'a>,
}

fn read_part<'a>(mut part: Json<'a>, shared: &Shared<'a>, draft: &mut Draft<'a>) {
    if let Some(event) = part.remove("t") {
        read_event(event, shared, draft);
    } else if part.get("event_name").is_some() {
        read_event(part, shared, draft);
    } else if let Json::Object(members) = part {
        // Identity, metadata and the like are of several pixels.
        for pixels in members.iter().filter_map(|(_, member)| member.get("pids")) {
            let ids = pixels.items().iter().filter_map(Json::to_text);
            ids.for_each(|id| draft.account(id));
        }
    }
}

fn read_event<'a>(event: Json<'a>, shared: &Shared<'a>, draft: &mut Draft<'a>) {
    let first = |names: &[&str]| names.iter().find_map(|name| event.text_at(name));
    let account = first(&["pid", "pixel_id"]).unwrap_or_else(|| shared.account.clone());
    draft.account(account.clone());
    let Some(name) = first(&["ev", "event_name", "event_conversion_type", "event_type"]) else {
        draft.problem("no event name in `ev`");
        return;
    };
    let mut params = draft.json_params(event);
    params.extend(draft.json_params(shared.body.clone()));
    draft.event(name, account, params);
}

fn calls(call: &Call) -> Vec<CalledEvent> {
    let text = |at: usize| call.args.get(at).and_then(Value::as_str);
    let ("snaptr", Some("track"), Some(event)) = (call.name.as_str(), text(0), text(1)) else {
        return Vec::new();
    };
    let event_id = call.args.get(2).and_then(|data| data.get("client_dedup_id")?.as_str());
    vec![CalledEvent {
        vendor: SNAPCHAT.slug.to_owned(),
        event: Some(event.to_owned()),
        account: None,
        event_id: event_id.map(str::to_owned),
    }]
}

//! Mixpanel.
//!
//! Documentation: <https://developer.mixpanel.com/reference/track-event>.
//! Endpoints: `api-js.mixpanel.com`, `api.mixpanel.com` and the regional
//! `api-eu` and `api-in`, with `/track/` and `/import` for events, `/engage/`
//! and `/groups/` for profiles, `/record/` for session replay, `/flags/`,
//! `/settings/` and `/decide/` for configuration; the same below any folder of
//! a proxy of the shop's own. `data` of the form or of the URL is JSON, plain
//! or in base64: one event or a list.
//! Sample: `data=[{"event":"Signed Up","properties":{"token":"T","plan":"pro"}}]`
//!
//! It does not read what profiles are told, and nothing inside recordings.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::fields::Fields;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Ends};
use crate::vendors::frame::route::{Host, Library, Look, Route, anywhere, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::{self, Json};
use crate::wire::{base64, compress, lines, percent, query};

pub static MIXPANEL: Vendor = Vendor {
    slug: "mixpanel",
    name: "Mixpanel",
    docs: "https://developer.mixpanel.com/reference/track-event",
    notes: "the account is `properties.token`, the event `event`; `data` holds one or many; what \
            profiles and groups are told is no event",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    message_id: Some("properties.$insert_id"),
    batches: true,
    automatic: &[
        "$mp_web_page_view",
        "$mp_click",
        "$mp_dead_click",
        "$mp_rage_click",
        "$mp_input_change",
        "$mp_page_leave",
        "$mp_scroll",
        "$mp_session_record",
        "$mp_submit",
        "$identify",
        "$create_alias",
        "$experiment_started",
    ],
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[
    Is("api.mixpanel.com"),
    Is("api-js.mixpanel.com"),
    Is("api-eu.mixpanel.com"),
    Is("api-in.mixpanel.com"),
];
const ONE: Answer = Answer::Json("1");
const NOTHING: Answer = Answer::Json("{}");

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Is("/track"), Endpoint::Event, ONE),
    on(HOSTS, Path::Is("/track-pixel"), Endpoint::Event, Answer::Gif),
    on(HOSTS, Path::Is("/import"), Endpoint::Event, ONE),
    on(HOSTS, Path::Is("/engage"), Endpoint::Aux, ONE),
    on(HOSTS, Path::Is("/groups"), Endpoint::Aux, ONE),
    on(HOSTS, Path::Under("/record"), Endpoint::Replay, NOTHING),
    on(HOSTS, Path::Is("/flags"), Endpoint::Aux, NOTHING),
    on(HOSTS, Path::Is("/settings"), Endpoint::Aux, NOTHING),
    on(HOSTS, Path::Is("/decide"), Endpoint::Aux, NOTHING),
    anywhere(Ends("/track"), Endpoint::Event, ONE).when(has_event),
    anywhere(Ends("/track"), Endpoint::Event, ONE).with_body(is_event),
    anywhere(Ends("/engage"), Endpoint::Aux, ONE).with_body(is_profile),
    anywhere(Ends("/groups"), Endpoint::Aux, ONE).with_body(is_profile),
    anywhere(Ends("/record"), Endpoint::Replay, NOTHING)
        .when(|look| look.has_query("replay_id") && look.has_query("mp_lib")),
];

const LIBRARIES: &[Library] = &[library(&[Under("mxpnl.com")], Path::Any)];

const PARAMS: &[ParamSpec] = &[
    param("event", "", Identity),
    param("properties.$browser", "", Environment),
    param("properties.$current_url", "url", Environment),
    param("properties.$device_id", "", Identifier),
    param("properties.$insert_id", "event_id", Transport),
    param("properties.$referrer", "referrer", Environment),
    param("properties.$user_id", "user_id", Identifier),
    param("properties.current_domain", "", Environment),
    param("properties.current_page_title", "title", Environment),
    param("properties.current_url_path", "page_path", Environment),
    param("properties.current_url_protocol", "", Environment),
    param("properties.current_url_search", "", Environment),
    param("properties.distinct_id", "client_id", Identifier),
    param("properties.mp_lib", "", Environment),
    param("properties.mp_replay_id", "", Identifier),
    param("properties.mp_sent_by_lib_version", "", Environment),
    param("properties.products", "items", Business),
    param("properties.query", "search_string", Business),
    param("properties.revenue", "value", Business),
    param("properties.time", "", Transport).of(ParamType::Time),
    param("properties.token", "", Identity),
];

/// What begins with a dollar sign is the library's own.
const GROUPS: &[Group] = &[
    group("properties.$", "", Environment, false),
    group("properties.utm_", "", Environment, false),
    group("properties.", "", Business, true),
];

fn is_event(body: &[u8]) -> bool {
    data(body).is_some_and(|text| {
        text.contains("\"event\"")
            && text.contains("\"token\"")
            && (text.contains("\"distinct_id\"") || text.contains("\"mp_lib\""))
    })
}

fn is_profile(body: &[u8]) -> bool {
    data(body).is_some_and(|text| text.contains("\"$token\"") && text.contains("\"$"))
}

fn has_event(look: &Look<'_>) -> bool {
    query::first(look.address.query, "data")
        .is_some_and(|_| is_event(look.address.query.as_bytes()))
}

/// The JSON in `data` of a form, or the form's whole text when it has none.
fn data(body: &[u8]) -> Option<String> {
    let mut fields = Fields::default();
    fields.read_urlencoded(body);
    match fields.get("data") {
        Some(data) => unpack(data),
        None => Some(percent::text(body).into_owned()),
    }
}

fn unpack(data: &str) -> Option<String> {
    if data.trim_start().starts_with(['[', '{']) {
        return Some(data.to_owned());
    }
    // A plus that was not escaped came out as a space.
    let bytes = base64::decode(data.replace(' ', "+").as_bytes())?;
    let plain = compress::unpack(&bytes, None).ok()?;
    Some(percent::text(&plain).into_owned())
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let of_url = exchange.query();
    let known = of_url.first_of(&["token", "api_key"]).map(Cow::into_owned);
    if let Some(account) = exchange.basic_user().or(known) {
        draft.account(account);
    }
    if exchange.route.kind == Endpoint::Replay {
        return;
    }
    for event in events(exchange, draft) {
        let own = ["properties.token", "$token", "token"];
        let own = own.iter().find_map(|path| event.text_at(path));
        let account = own.unwrap_or_else(|| draft.only_account());
        draft.account(account.clone());
        if !exchange.is_event() {
            continue;
        }
        match event.text_at("event") {
            Some(name) => draft.event(name, account, draft.json_params(event)),
            None => draft.problem("no event name in `event`"),
        }
    }
}

fn events<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) -> Vec<Json<'a>> {
    let body = match json::parse(exchange.body) {
        Ok(body @ (Json::Object(_) | Json::List(_))) => Ok(body),
        _ => {
            let fields = exchange.fields();
            match fields.get("data").map(|data| unpack(data).unwrap_or_default()) {
                Some(text) => json::parse_owned(text.as_bytes()),
                None if exchange.body.is_empty() => return Vec::new(),
                // An import may hold one event a line.
                None if !exchange.body.starts_with(b"{") => {
                    let text = unpack(&percent::text(exchange.body));
                    json::parse_owned(text.unwrap_or_default().as_bytes())
                }
                None => {
                    let lines = lines::lines(exchange.body).map(json::parse);
                    lines.collect::<Result<Vec<_>, _>>().map(Json::List)
                }
            }
        }
    };
    match body {
        Ok(Json::List(events)) => events,
        Ok(event) => vec![event],
        Err(error) => {
            draft.problem(format!("`data` is not valid JSON: {error}"));
            Vec::new()
        }
    }
}

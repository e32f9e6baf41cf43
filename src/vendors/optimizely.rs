//! Optimizely Web and Feature Experimentation.
//!
//! Documentation:
//! <https://docs.developers.optimizely.com/optimizely-data/docs/event-api-getting-started>.
//! Endpoints: `logx.optimizely.com/v1/events` and `eu.logx.optimizely.com`
//! (JSON with visitors, their snapshots and events), the older
//! `<account>.log.optimizely.com/event` (GET).
//! Sample: `{"account_id":"1","visitors":[{"visitor_id":"v","snapshots":[{"decisions":[],
//! "events":[{"key":"add_to_cart","revenue":100}]}]}]}`
//!
//! It does not read attributes of visitors.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::{Gif, NoContent};
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{Any, Is as Exactly, Starts};
use crate::vendors::frame::route::{Host, Library, Route, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::Json;

pub static OPTIMIZELY: Vendor = Vendor {
    slug: "optimizely",
    name: "Optimizely",
    docs: "https://docs.developers.optimizely.com/optimizely-data/docs/event-api-getting-started",
    notes: "the account is `account_id`, the event its `key`, else its `type`; revenue is in cents",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    batches: true,
    automatic: &["client_activation", "view_activated", "campaign_activated"],
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("logx.optimizely.com")];

const ROUTES: &[Route] = &[
    on(HOSTS, Exactly("/v1/events"), Endpoint::Event, NoContent),
    on(HOSTS, Exactly("/log/event"), Endpoint::Event, NoContent),
    on(&[Under("log.optimizely.com")], Exactly("/event"), Endpoint::Event, Gif),
    on(HOSTS, Any, Endpoint::Aux, NoContent),
    on(&[Is("errors.client.optimizely.com")], Any, Endpoint::Aux, NoContent),
];

const LIBRARIES: &[Library] = &[library(&[Is("cdn.optimizely.com")], Starts("/"))];

const PARAMS: &[ParamSpec] = &[
    param("a", "", Identity),
    param("decisions", "", Identifier).of(ParamType::Json),
    param("entity_id", "", Business),
    param("key", "", Identity),
    param("n", "", Identity),
    param("revenue", "value", Business),
    param("session_id", "session_id", Identifier),
    param("time", "", Transport).of(ParamType::Time),
    param("timestamp", "", Transport).of(ParamType::Time),
    param("type", "", Environment),
    param("u", "client_id", Identifier),
    param("uuid", "event_id", Identifier),
    param("value", "", Business).of(ParamType::Number),
    param("visitor_id", "client_id", Identifier),
];

const GROUPS: &[Group] =
    &[group("tags.", "", Business, true), group("attributes.", "", Business, false)];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    if !exchange.is_event() {
        return;
    }
    if !exchange.body.trim_ascii_start().starts_with(b"{") {
        let fields = exchange.fields();
        let account = fields.first_of(&["a", "account_id"]).unwrap_or_default();
        draft.account(account.clone());
        match fields.first_of(&["n", "key"]) {
            Some(name) => draft.event(name, account, draft.params(fields)),
            None => draft.problem("no event name in `n`"),
        }
        return;
    }
    let Some(mut body) = draft.json(exchange) else { return };
    let account = body.text_at("account_id").unwrap_or_default();
    if account.is_empty() {
        draft.problem("no account in `account_id`");
    }
    draft.account(account.clone());
    for mut visitor in list(&mut body, "visitors") {
        for mut snapshot in list(&mut visitor, "snapshots") {
            let decisions = snapshot.remove("decisions");
            let mut decisions = decisions.filter(|decisions| !decisions.items().is_empty());
            for event in list(&mut snapshot, "events") {
                if draft.is_full() {
                    return;
                }
                let name = ["key", "type"].iter().find_map(|name| event.text_at(name));
                let name = name.unwrap_or(Cow::Borrowed("event"));
                let mut params = draft.json_params(event);
                for shared in ["visitor_id", "session_id"] {
                    if let Some(id) = visitor.text_at(shared) {
                        params.push(draft.param(shared, id));
                    }
                }
                // Which variations a visitor saw belongs to the first activation.
                if name == "campaign_activated" {
                    params.extend(decisions.take().map(|seen| draft.param("decisions", seen)));
                }
                draft.event(name, account.clone(), params);
            }
        }
    }
}

fn list<'a>(holder: &mut Json<'a>, name: &str) -> Vec<Json<'a>> {
    match holder.remove(name) {
        Some(Json::List(list)) => list,
        _ => Vec::new(),
    }
}

//! Hotjar.
//!
//! Documentation: <https://help.hotjar.com/hc/en-us/articles/115011640307>.
//! Endpoints: `content.hotjar.io` and `…/recordings/content` take recordings
//! and page snapshots; `in.hotjar.com/api/v2/client/sites/<id>/visit-data`
//! asks whether to record; `/feedback` and `/polls` take a person's answers;
//! `vc.hotjar.io`, `metrics.hotjar.io`, `surveystats.hotjar.io` count. The
//! same hosts exist below `hj.contentsquare.net`.
//! Sample: `https://content.hotjar.io/?site_id=1234567&gzip=1`
//!
//! It does not read recordings, nor the socket on which events and user
//! attributes leave: only what is sent over HTTP can be decoded.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::{Json as JsonAnswer, NoContent};
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Any, Has, Starts};
use crate::vendors::frame::route::{Host, Library, Look, Route, Where, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};
use crate::wire::json::Json;
use crate::wire::query;

pub static HOTJAR: Vendor = Vendor {
    slug: "hotjar",
    name: "Hotjar",
    docs: "https://help.hotjar.com/hc/en-us/articles/115011640307",
    notes: "the account is the site id; recordings and page snapshots are replays, the question \
            whether to record and all counters are no events; answers to surveys are called \
            `feedback` and `poll_response`, events sent over HTTP by their own name",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    ..Vendor::BASE
};

const IO: &[Host] = &[Under("hotjar.io"), Under("hj.contentsquare.net")];
const CONTENT: &[Host] = &[Is("content.hotjar.io"), Is("content.hj.contentsquare.net")];
const SITES: &[Host] = &[
    Under("hotjar.com"),
    Under("hotjar.io"),
    Is("in.hj.contentsquare.net"),
    Is("ws.hj.contentsquare.net"),
];
const OK: crate::vendors::frame::answer::Answer = JsonAnswer("{}");

const ROUTES: &[Route] = &[
    on(CONTENT, Any, Endpoint::Replay, NoContent),
    on(SITES, Has("/recordings/content"), Endpoint::Replay, OK).when(is_intake),
    on(SITES, Starts("/api/"), Endpoint::Event, OK).when(carries_event),
    on(SITES, Path::Under("/api/v1"), Endpoint::Aux, OK).when(is_intake),
    on(SITES, Path::Under("/api/v2"), Endpoint::Aux, OK).when(is_intake),
    on(IO, Any, Endpoint::Aux, OK).when(|look| !is_library(look)),
];

const LIBRARIES: &[Library] = &[
    library(&[Is("static.hotjar.com"), Is("static.hj.contentsquare.net")], Path::Under("/c")),
    library(&[Is("script.hotjar.com"), Is("script.hj.contentsquare.net")], Any),
    library(&[Is("vars.hotjar.com")], Any),
    Library {
        hosts: &[Under("hotjar.io"), Under("hj.contentsquare.net")],
        path: Starts("/modules."),
        account: Where::Nowhere,
        version: Where::Nowhere,
    },
];

const PARAMS: &[ParamSpec] = &[
    param("emotion", "", Business),
    param("event", "", Identity),
    param("event_name", "", Identity),
    param("page_title", "title", Environment),
    param("session_id", "session_id", Identifier),
    param("timestamp", "", Transport),
    param("url", "url", Environment),
    param("user_id", "user_id", Identifier),
];

const GROUPS: &[Group] =
    &[group("response.", "", Business, true), group("attributes.", "", Business, true)];

/// Scripts stand on some of the same hosts.
fn is_library(look: &Look<'_>) -> bool {
    let host = &*look.address.host;
    host.starts_with("static.")
        || host.starts_with("script.")
        || look.address.path.rsplit('.').next() == Some("js")
}

fn carries_event(look: &Look<'_>) -> bool {
    is_intake(look) && what_of(look.address).is_some()
}

/// The reports that Hotjar's customers read have the same paths on other hosts.
fn is_intake(look: &Look<'_>) -> bool {
    let host = &*look.address.host;
    host.starts_with("in.") || host.starts_with("ws") || host.ends_with(".hotjar.io")
}

/// What a path below a site carries; `None` when it is no event.
fn what_of(address: &crate::wire::address::Address<'_>) -> Option<&'static str> {
    address.segments().skip_while(|segment| *segment != "sites").skip(2).find_map(|segment| {
        match segment {
            "feedback" => Some("feedback"),
            "poll" | "polls" | "survey" | "surveys" => Some("poll_response"),
            "events" | "event" => Some("event"),
            _ => None,
        }
    })
}

/// The site id: in the path after `sites` or `sessions`, or in the query.
fn site<'a>(exchange: &Exchange<'a>) -> Option<Cow<'a, str>> {
    let digits = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut after = exchange.address.segments().skip_while(|segment| !is_before_site(segment));
    let in_path = after.nth(1).filter(digits).map(Cow::Borrowed);
    in_path.or_else(|| {
        let names = ["site_id", "siteId", "sid", "hjid"];
        names.iter().find_map(|name| query::first(exchange.address.query, name))
    })
}

fn is_before_site(segment: &str) -> bool {
    matches!(segment, "sites" | "sessions")
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let mut account = site(exchange).unwrap_or_default();
    draft.account(account.clone());
    if exchange.route.kind == Endpoint::Replay {
        return;
    }
    // A counter's body may be anything.
    if !exchange.is_event() && !exchange.body.starts_with(b"{") {
        return;
    }
    let body = draft.json(exchange);
    if account.is_empty()
        && let Some(body) = &body
    {
        account = body.text_at("site_id").or_else(|| body.text_at("siteId")).unwrap_or_default();
        draft.account(account.clone());
    }
    let (Some(what), true) = (what_of(exchange.address), exchange.is_event()) else { return };
    match body {
        Some(Json::List(events)) => {
            for event in events {
                read_event(event, what, account.clone(), draft);
            }
        }
        Some(mut body) => match body.remove("events") {
            Some(Json::List(events)) => {
                for event in events {
                    read_event(event, what, account.clone(), draft);
                }
            }
            _ => read_event(body, what, account, draft),
        },
        None => {}
    }
}

fn read_event<'a>(event: Json<'a>, what: &'a str, account: Cow<'a, str>, draft: &mut Draft<'a>) {
    let name = match &event {
        Json::Text(name) => Some(name.clone()),
        event if what == "event" => {
            ["event_name", "event", "name"].iter().find_map(|name| event.text_at(name))
        }
        _ => Some(Cow::Borrowed(what)),
    };
    match name {
        Some(name) => draft.event(name, account, draft.json_params(event)),
        None => draft.problem("no event name"),
    }
}

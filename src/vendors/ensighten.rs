//! Ensighten (CHEQ): server-side tagging, and the tag manager's own pings.
//!
//! Documentation: <https://cheq.ai/ensighten/enterprise-tag-management/>.
//! Endpoints: `<host>/pc/<client>/sst?sstVersion=…` on `t.nc0.co` or the site's
//! own host, with events as JSON or as dotted parameters;
//! `nexus.ensighten.com/error/e.gif` tells faults. `Bootstrap.js` and the files
//! that it loads are the library.
//! Sample: `https://t.nc0.co/pc/shop/sst?sstVersion=1.0.0` with
//! `{"events":[{"name":"purchase","data":{"value":9.5}}],"dataLayer":{}}`
//!
//! It does not read what other vendors' tags send through the manager.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identity};
use crate::vendors::frame::answer::Answer::{Gif, Json as JsonAnswer};
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::fields::Fields;
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path::{self, Any, Ends};
use crate::vendors::frame::route::{Host, Library, Look, Route, Where, anywhere, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};
use crate::wire::json::Json;
use crate::wire::query;

pub static ENSIGHTEN: Vendor = Vendor {
    slug: "ensighten",
    name: "Ensighten",
    docs: "https://cheq.ai/ensighten/enterprise-tag-management/",
    notes: "the account is the client in `/pc/<client>/sst`; each of `events` is named by its \
            `name`; faults of the tag manager are no events",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    ..Vendor::BASE
};

const NEXUS: &[Host] = &[Is("nexus.ensighten.com"), Is("nexus-test.ensighten.com")];
const OK: crate::vendors::frame::answer::Answer = JsonAnswer("{}");

const ROUTES: &[Route] = &[
    on(NEXUS, Path::Under("/error"), Endpoint::Aux, Gif),
    on(&[Is("t.nc0.co")], Path::Under("/pc"), Endpoint::Event, OK).when(is_tagging),
    anywhere(Ends("/sst"), Endpoint::Event, OK).when(is_tagging),
];

const LIBRARIES: &[Library] = &[
    Library {
        hosts: NEXUS,
        path: Ends("/Bootstrap.js"),
        account: Where::Segment(0),
        version: Where::Nowhere,
    },
    Library { hosts: NEXUS, path: Any, account: Where::Segment(0), version: Where::Nowhere },
];

const PARAMS: &[ParamSpec] = &[
    param("name", "", Identity),
    param("settings.nexusHost", "", Environment),
    param("settings.publishPath", "", Identity),
    param("sstVersion", "", Environment),
    param("virtualBrowser.page.title", "title", Environment),
    param("virtualBrowser.page.url", "url", Environment),
];

const GROUPS: &[Group] = &[
    group("data.", "", Business, true),
    group("dataLayer.", "", Business, true),
    group("virtualBrowser.", "", Environment, false),
];

fn is_tagging(look: &Look<'_>) -> bool {
    look.has_query("sstVersion") && look.segment_after("pc").is_some()
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    if !exchange.is_event() {
        return draft.account(query::first(exchange.address.query, "client").unwrap_or_default());
    }
    let client = exchange.address.segments().skip_while(|segment| *segment != "pc").nth(1);
    let client = client.unwrap_or_default();
    draft.account(client);
    let mut fields = exchange.query();
    if exchange.body.trim_ascii_start().starts_with(b"{") {
        let Some(mut body) = draft.json(exchange) else { return };
        let events = body.remove("events");
        let Some(Json::List(events)) = events else { return draft.problem("no `events`") };
        for event in events {
            let Some(name) = event.text_at("name") else {
                draft.problem("no event name in `name`");
                continue;
            };
            let mut params = draft.json_params(event);
            params.extend(draft.json_params(body.clone()));
            params.extend(draft.params(fields.clone()));
            draft.event(name, client, params);
        }
        return;
    }
    fields.read_body(exchange.body, exchange.request.content_type);
    read_flat(fields, client, draft);
}

/// Dotted parameters: `events[0].name`, `events[0].data.value`, `dataLayer.page`.
fn read_flat<'a>(fields: Fields<'a>, client: &'a str, draft: &mut Draft<'a>) {
    let mut shared = Vec::new();
    let mut events: Vec<(String, Fields<'a>)> = Vec::new();
    for (wire, value) in fields {
        let place = wire.strip_prefix("events[").and_then(|rest| rest.split_once("]."));
        let Some((at, inner)) = place.map(|(at, inner)| (at.to_owned(), inner.to_owned())) else {
            shared.push(draft.text_param(wire, value));
            continue;
        };
        match events.iter_mut().find(|(known, _)| *known == at) {
            Some((_, of)) => of.push(inner, value),
            None => events.push((at, std::iter::once((Cow::Owned(inner), value)).collect())),
        }
    }
    for (_, of) in events {
        let Some(name) = of.cow("name") else {
            draft.problem("no event name");
            continue;
        };
        let mut params = draft.params(of);
        params.extend(shared.iter().cloned());
        draft.event(name, client, params);
    }
}

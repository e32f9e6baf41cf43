//! Piano Analytics, formerly AT Internet (`XiTi`).
//!
//! Documentation: <https://developers.atinternet-solutions.com/piano-analytics/>.
//! Endpoints: `<collector>/event?s=<site>` with JSON on `*.xiti.com`,
//! `*.pa-cd.com` and first-party hosts; `<any host>/hit.xiti?s=<site>` of the
//! older tag.
//! Sample: `https://logs1.xiti.com/event?s=123456&idclient=a` with
//! `{"events":[{"name":"page.display","data":{"page":"home"}}]}`
//!
//! It does not split the lists of products that the older tag numbers.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::{Image, NoContent};
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{Any, Ends, Is as Exactly};
use crate::vendors::frame::route::{Host, Library, Look, Route, anywhere, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::{self, Json};
use crate::wire::query;

pub static AT_INTERNET: Vendor = Vendor {
    slug: "at_internet",
    name: "Piano Analytics (AT Internet)",
    docs: "https://developers.atinternet-solutions.com/piano-analytics/",
    notes: "the account is the site in `s`, the event `name` of each of `events`; of the older \
            tag it is `click` with a `click`, the media's `type`, else `page_view`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    batches: true,
    automatic: &["page.display", "click.navigation", "click.exit", "click.download"],
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("xiti.com"), Under("pa-cd.com"), Under("at-o.net")];

const ROUTES: &[Route] = &[
    on(HOSTS, Exactly("/event"), Endpoint::Event, NoContent),
    on(HOSTS, Ends("/hit.xiti"), Endpoint::Event, Image),
    anywhere(Ends("/hit.xiti"), Endpoint::Event, Image).when(has_site),
    anywhere(Ends("/event"), Endpoint::Event, NoContent).when(has_site).with_body(has_events),
];

const LIBRARIES: &[Library] = &[library(&[Is("tag.aticdn.net"), Is("tags.aticdn.net")], Any)];

const PARAMS: &[ParamSpec] = &[
    param("an", "user_id", Identifier),
    param("at", "user_id", Identifier),
    param("click", "", Identity),
    param("cmd", "order_id", Business),
    param("data.device_hour", "", Transport),
    param("data.device_local_hour", "", Transport).of(ParamType::Time),
    param("data.device_timestamp_utc", "", Transport).of(ParamType::Time),
    param("data.event_url", "url", Environment),
    param("data.event_url_full", "url", Environment),
    param("data.page", "page_name", Business),
    param("data.page_title_html", "title", Environment),
    param("data.pageview_id", "", Transport),
    param("data.previous_url", "referrer", Environment),
    param("data.user_id", "user_id", Identifier),
    param("from", "", Transport),
    param("hl", "", Transport),
    param("idclient", "client_id", Identifier),
    param("idp", "", Transport),
    param("lng", "", Environment),
    param("mc", "search_string", Business),
    param("name", "", Identity),
    param("np", "search_count", Business).of(ParamType::Number),
    param("p", "page_name", Business),
    param("ptag", "", Environment),
    param("r", "", Environment),
    param("re", "", Environment),
    param("ref", "referrer", Environment),
    param("roimt", "value", Business),
    param("s", "", Identity),
    param("s2", "", Business),
    param("ts", "", Transport).of(ParamType::Time),
    param("type", "", Identity),
    param("vtag", "", Environment),
];

const GROUPS: &[Group] = &[
    group("data.browser", "", Environment, false),
    group("data.device_", "", Environment, false),
    group("data.event_collection_", "", Environment, false),
    group("data.", "", Business, true),
    group("x", "", Business, false),
    group("f", "", Business, false),
];

/// Sites are numbers.
fn has_site(look: &Look<'_>) -> bool {
    query::first(look.address.query, "s")
        .is_some_and(|site| site.len() >= 4 && site.bytes().all(|byte| byte.is_ascii_digit()))
}

fn has_events(body: &[u8]) -> bool {
    let start = body.trim_ascii_start();
    let inner = start.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    inner.is_some_and(|inner| inner.starts_with(b"\"events\""))
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let is_json = exchange.body.trim_ascii_start().starts_with(b"{");
    let mut fields = if is_json { exchange.query() } else { exchange.fields() };
    let site = fields.cow("s").unwrap_or_default();
    draft.account(site.clone());
    if site.is_empty() {
        draft.problem("no site in `s`");
    }
    let listed = match fields.remove("events") {
        Some(text) => json::parse_text(text),
        None if is_json => match draft.json(exchange) {
            Some(mut body) => body.remove("events").unwrap_or_default(),
            None => return,
        },
        None => Json::Null,
    };
    if let Json::List(events) = listed {
        for event in events {
            if draft.is_full() {
                break;
            }
            let Some(name) = event.text_at("name") else {
                draft.problem("an event without `name`");
                continue;
            };
            let mut params = draft.json_params(event);
            let client = fields.cow("idclient");
            params.extend(client.map(|client| draft.param("idclient", client)));
            draft.event(name, site.clone(), params);
        }
        return;
    }
    if exchange.address.bare_path().ends_with("/event") {
        draft.problem("no `events`");
        return;
    }
    let name = match fields.cow("type") {
        _ if fields.get("click").is_some() => Cow::Borrowed("click"),
        Some(media) => media,
        None => Cow::Borrowed("page_view"),
    };
    draft.event(name, site, draft.params(fields));
}

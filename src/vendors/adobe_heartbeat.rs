//! Adobe Media Analytics, known as heartbeats.
//!
//! Documentation: <https://developer.adobe.com/cja-apis/docs/endpoints/media-collection/>.
//! Endpoints: `<name>.hb.omtrdc.net/?s:event:type=…` of the older library,
//! `<name>.hb-api.omtrdc.net/api/v1/sessions` and `…/<session>/events` (JSON) of
//! the Media Collection API, also on first-party hosts.
//! Sample: `{"playerTime":{"playhead":0,"ts":1},"eventType":"sessionStart","params":{}}`
//!
//! Media events that the Web SDK sends are that vendor's.

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::{Gif, NoContent};
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::Under;
use crate::vendors::frame::route::Path::{Any, Has};
use crate::vendors::frame::route::{Host, Route, anywhere, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::Json;

pub static ADOBE_HEARTBEAT: Vendor = Vendor {
    slug: "adobe_heartbeat",
    name: "Adobe Media Analytics",
    docs: "https://developer.adobe.com/cja-apis/docs/endpoints/media-collection/",
    notes: "the accounts are the report suites in `s:sc:rsid` or `analytics.reportSuite`, which \
            only a session's start names, the event is `s:event:type` or `eventType`",
    routes: ROUTES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    automatic: &["ping", "bufferStart", "play", "pauseStart", "start", "aa_start", "chapter_start"],
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("hb.omtrdc.net")];
const API: &[Host] = &[Under("hb-api.omtrdc.net")];

const ROUTES: &[Route] = &[
    on(HOSTS, Any, Endpoint::Event, Gif).when(|look| look.has_query("s:event:type")),
    on(HOSTS, Any, Endpoint::Aux, Gif),
    on(API, Has("/sessions"), Endpoint::Event, NoContent),
    anywhere(Has("/api/v1/sessions"), Endpoint::Event, NoContent).with_body(is_media),
];

const PARAMS: &[ParamSpec] = &[
    param("eventType", "", Identity),
    param("l:asset:length", "", Business).of(ParamType::Number),
    param("l:event:duration", "", Transport),
    param("l:event:playhead", "", Transport),
    param("l:event:prev_ts", "", Transport),
    param("l:event:ts", "", Transport).of(ParamType::Time),
    param("params.analytics.reportSuite", "", Identity),
    param("params.media.id", "content_id", Business),
    param("params.media.name", "content_name", Business),
    param("params.visitor.marketingCloudUserId", "", Identifier),
    param("playerTime.playhead", "", Transport),
    param("playerTime.ts", "", Transport).of(ParamType::Time),
    param("s:asset:name", "content_name", Business),
    param("s:asset:video_id", "content_id", Business),
    param("s:event:sid", "session_id", Identifier),
    param("s:event:type", "", Identity),
    param("s:sc:rsid", "", Identity),
    param("s:user:aid", "", Identifier),
    param("s:user:id", "", Identifier),
    param("s:user:mid", "", Identifier),
];

const GROUPS: &[Group] = &[
    group("customMetadata.", "", Business, true),
    group("s:meta:", "", Business, true),
    group("params.visitor.", "", Environment, false),
    group("params.analytics.", "", Environment, false),
    group("params.", "", Business, false),
    group("qoeData.", "", Transport, false),
];

/// The three members that the API demands of every call.
fn is_media(body: &[u8]) -> bool {
    let has = |name: &[u8]| body.windows(name.len()).any(|window| window == name);
    has(b"\"playerTime\"") && has(b"\"eventType\"")
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    if !exchange.is_event() {
        return;
    }
    if !exchange.body.trim_ascii_start().starts_with(b"{") {
        let fields = exchange.fields();
        draft.accounts(fields.cow("s:sc:rsid").unwrap_or_default(), ',');
        match fields.cow("s:event:type") {
            Some(name) => draft.event(name, draft.only_account(), draft.params(fields)),
            None => draft.problem("no event type in `s:event:type`"),
        }
        return;
    }
    let Some(body) = draft.json(exchange) else { return };
    let suites = body.get("params").and_then(|params| params.get("analytics.reportSuite"));
    let suites = suites.and_then(Json::to_text);
    draft.accounts(suites.unwrap_or_default(), ',');
    match body.text_at("eventType") {
        Some(name) => draft.event(name, draft.only_account(), draft.json_params(body)),
        None => draft.problem("no event type in `eventType`"),
    }
}

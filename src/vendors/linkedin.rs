//! LinkedIn Insight Tag.
//!
//! Documentation: <https://www.linkedin.com/help/lms/answer/a418880>.
//! Endpoints: `/collect` on `px`, `px4` and `dc.ads.linkedin.com` for page views
//! and conversions, `/wa/` for signals of the website (JSON, plain or packed and
//! then base64), `/attribution_trigger` for the browser's own attribution;
//! `www.linkedin.com/px/` and everything else is cookie sync.
//! Sample: `https://px.ads.linkedin.com/collect/?pid=123&conversionId=456&fmt=gif`
//!
//! It does not read the Conversions API, which servers speak.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::{Empty, Gif, NoContent};
use crate::vendors::frame::decoded::DecodedEvent;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path::{self, Under};
use crate::vendors::frame::route::{Host, Library, Look, Route, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::{self, Json};
use crate::wire::{base64, compress};

pub static LINKEDIN: Vendor = Vendor {
    slug: "linkedin",
    name: "LinkedIn Insight Tag",
    docs: "https://www.linkedin.com/help/lms/answer/a418880",
    notes: "the accounts are the partner ids in `pid` or `pids`; an event is `conversion` with a \
            `conversionId`, else `page_view`, and `signalType` on `/wa/`; px4 sends what px sends \
            once more, and the attribution trigger is a copy",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    twin,
    automatic: &["page_view", "PAGE_VISIT", "CLICK"],
    ..Vendor::BASE
};

const HOSTS: &[Host] =
    &[Is("px.ads.linkedin.com"), Is("px4.ads.linkedin.com"), Is("dc.ads.linkedin.com")];

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Is("/collect"), Endpoint::Event, Gif),
    on(HOSTS, Path::Is("/wa"), Endpoint::Event, Empty),
    on(HOSTS, Path::Is("/attribution_trigger"), Endpoint::Duplicate, NoContent),
    on(HOSTS, Path::Any, Endpoint::Aux, Gif).when(is_no_script),
    on(&[Is("www.linkedin.com")], Under("/px"), Endpoint::Aux, Gif),
];

const LIBRARIES: &[Library] = &[
    library(&[Is("snap.licdn.com")], Under("/li.lms-analytics")),
    library(&[Is("snap.licdn.com")], Under("/li.lms-enterprise")),
];

const PARAMS: &[ParamSpec] = &[
    param("conversionCurrency", "currency", Business),
    param("conversionId", "conversion_id", Business),
    param("conversionValue", "value", Business),
    param("currency", "currency", Business),
    param("domain", "", Environment),
    param("e_ipv6", "", Identifier),
    param("eventId", "event_id", Identifier),
    param("event_id", "event_id", Identifier),
    param("fmt", "", Transport),
    param("hem", "email_sha256", Identifier),
    param("liFatId", "", Identifier),
    param("liGiant", "", Identifier),
    param("li_adsId", "", Identifier),
    param("li_fat_id", "", Identifier),
    param("li_giant", "", Identifier),
    param("pageTitle", "title", Environment),
    param("pid", "", Identity),
    param("pids", "", Identity),
    param("referrer", "referrer", Environment),
    param("scriptVersion", "", Environment),
    param("signalType", "", Identity),
    param("time", "", Transport).of(ParamType::Time),
    param("tm", "", Environment),
    param("url", "url", Environment),
    param("v", "", Environment),
    param("value", "value", Business),
    param("websiteSignalRequestId", "", Transport),
];

const GROUPS: &[Group] = &[
    // Places and names of what a person clicked.
    group("domAttributes.", "", Transport, false),
    group("misc.", "", Transport, false),
];

fn is_no_script(look: &Look<'_>) -> bool {
    let path = look.address.bare_path();
    !path.is_empty() && path.rsplit('.').next() != Some("js")
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    if exchange.address.bare_path() == "/wa" {
        read_signal(exchange, draft);
        return;
    }
    let fields = exchange.fields();
    draft.accounts(fields.cow("pid").unwrap_or_default(), ',');
    if !exchange.is_event() {
        return;
    }
    if draft.accounts.is_empty() {
        draft.problem("no partner id in `pid`");
    }
    let name = if fields.get("conversionId").is_some() { "conversion" } else { "page_view" };
    draft.event(name, draft.only_account(), draft.params(fields));
}

fn read_signal<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let plain = matches!(exchange.body.trim_ascii_start().first(), None | Some(b'{' | b'['));
    let body = if plain { draft.json(exchange) } else { packed(exchange.body) };
    let Some(body) = body else {
        if draft.problems.is_empty() {
            draft.problem("body is neither JSON nor base64 of it");
        }
        return;
    };
    let signals = match body {
        Json::List(signals) => signals,
        signal => vec![signal],
    };
    for signal in signals {
        let pids = signal.get("pids").map_or(&[][..], Json::items);
        let ids: Vec<Cow<'a, str>> = pids.iter().filter_map(Json::to_text).collect();
        let account = if let [id] = ids.as_slice() { id.clone() } else { Cow::Borrowed("") };
        for id in ids {
            draft.account(id);
        }
        match signal.text_at("signalType") {
            Some(name) => draft.event(name, account, draft.json_params(signal)),
            None => draft.problem("no signal in `signalType`"),
        }
    }
}

/// Base64 of JSON, mostly packed with gzip.
fn packed(body: &[u8]) -> Option<Json<'static>> {
    let bytes = base64::decode(body)?;
    let plain = compress::unpack(&bytes, None).ok()?;
    json::parse_owned(&plain).ok()
}

/// px and px4 get the same time and conversion.
fn twin(event: &DecodedEvent<'_>) -> Option<String> {
    let time = event.text("time").filter(|time| !time.is_empty())?;
    let value = |name: &str| event.text(name).unwrap_or_default();
    Some(format!("{time} {} {}", value("pid"), value("conversionId")))
}

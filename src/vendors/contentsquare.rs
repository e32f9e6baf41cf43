//! Contentsquare.
//!
//! Documentation: <https://docs.contentsquare.com/en/web/>.
//! Endpoints on the regions' hosts below `contentsquare.net` (`c.`, `c.ba.`,
//! `k-aeu1.`, …): `/pageview`, `/pageEvent` (the text is packed into `value`),
//! `/transaction` and `/ecommerce`, `/dvar` (dynamic variables), `/events` (moves and
//! clicks), `/recording` (replay); faults and the rest are bookkeeping.
//! Sample:
//! `https://c.contentsquare.net/pageview?pid=1234&uu=5a1c&pn=1&url=https%3A%2F%2Fshop.example%2F`
//!
//! It does not read recordings and the packed dynamic variables.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::{Empty, Image, NoContent};
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::fields::Fields;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Any, Ends};
use crate::vendors::frame::route::{Host, Library, Look, Route, Where, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::{self, Json};
use crate::wire::{base64, compress, lines};

pub static CONTENTSQUARE: Vendor = Vendor {
    slug: "contentsquare",
    name: "Contentsquare",
    docs: "https://docs.contentsquare.com/en/web/",
    notes: "the account is the project id `pid`; a page is called `pageview`, a page event by \
            what the page passed (`pageEvent` where its packing cannot be read), a purchase \
            `transaction`; recordings are replays, moves, clicks and variables are no events",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    automatic: &["pageview"],
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("contentsquare.net")];

const ROUTES: &[Route] = &[
    on(HOSTS, Ends("/pageview"), Endpoint::Event, Image),
    on(HOSTS, Ends("/pageEvent"), Endpoint::Event, Image),
    on(HOSTS, Ends("/transaction"), Endpoint::Event, Image),
    on(HOSTS, Ends("/ecommerce"), Endpoint::Event, Image),
    on(HOSTS, Ends("/recording"), Endpoint::Replay, NoContent),
    on(HOSTS, Any, Endpoint::Aux, Empty).when(is_bookkeeping),
];

const LIBRARIES: &[Library] = &[
    Library {
        hosts: &[
            Is("t.contentsquare.net"),
            Is("tag.contentsquare.net"),
            Is("app.contentsquare.com"),
        ],
        path: Path::Under("/uxa"),
        account: Where::Segment(1),
        version: Where::Nowhere,
    },
    library(&[Is("static.contentsquare.net")], Any),
];

const PARAMS: &[ParamSpec] = &[
    param("cvarp", "page_variables", Business).of(ParamType::Json),
    param("cvars", "session_variables", Business).of(ParamType::Json),
    param("dh", "", Environment),
    param("dr", "referrer", Environment),
    param("dw", "", Environment),
    param("ex", "", Transport),
    param("hd", "", Transport).of(ParamType::Time),
    param("la", "", Environment),
    param("lhd", "", Transport).of(ParamType::Time),
    param("lv", "", Transport).of(ParamType::Time),
    param("pid", "", Identity),
    param("pn", "", Transport),
    param("r", "", Transport),
    param("sn", "", Transport),
    param("tc", "currency", Business),
    param("tcu", "currency", Business),
    param("tid", "order_id", Business),
    param("tr", "value", Business),
    param("trr", "value", Business),
    param("uc", "consent_given", Business).of(ParamType::Flag),
    param("url", "url", Environment),
    param("uu", "client_id", Identifier),
    param("value", "event_value", Business),
];

const GROUPS: &[Group] = &[group("cvar.", "", Business, true)];

const BOOKKEEPING: &[&str] = &[
    "events",
    "event",
    "dvar",
    "errors",
    "custom-errors",
    "api-errors",
    "display",
    "quota",
    "exist",
    "assets",
    "pageview-hits",
    "sra",
    "snapshot",
];

fn is_bookkeeping(look: &Look<'_>) -> bool {
    look.address.segments().next_back().is_some_and(|last| BOOKKEEPING.contains(&last))
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    // The body of a recording is packed: only its URL says whose it is.
    let fields = if exchange.is_event() && !exchange.body.trim_ascii_start().starts_with(b"{") {
        exchange.fields()
    } else {
        exchange.query()
    };
    let mut account = fields.cow("pid").unwrap_or_default();
    draft.account(account.clone());
    if !exchange.is_event() {
        return;
    }
    let body = exchange.body.trim_ascii_start().starts_with(b"{").then(|| draft.json(exchange));
    let body = body.flatten();
    if account.is_empty()
        && let Some(body) = &body
    {
        account = ["pid", "projectId", "csSessionData.projectId"]
            .iter()
            .find_map(|path| body.text_at(path))
            .unwrap_or_default();
        draft.account(account.clone());
    }
    let name = match exchange.address.segments().next_back() {
        Some("pageview") => "pageview".into(),
        Some("pageEvent") => page_event(&fields, draft),
        _ => "transaction".into(),
    };
    let mut params = draft.params(fields);
    if let Some(body @ Json::Object(_)) = body {
        json::flatten(body, |wire, value| params.push(draft.param(wire, value)));
    }
    draft.event(name, account, params);
}

/// The text of a page event: as it is, or packed and in base64.
fn page_event<'a>(fields: &Fields<'a>, draft: &mut Draft<'a>) -> Cow<'a, str> {
    let value = fields.first_of(&["value", "name"]).unwrap_or_default();
    let packed = value.len() > 11 && (fields.has("ct") || fields.has("isETR"));
    if !packed {
        return if value.is_empty() { "pageEvent".into() } else { value };
    }
    let bytes = base64::decode(value.replace(' ', "+").as_bytes());
    let text = bytes
        .filter(|bytes| bytes.starts_with(&[0x1f, 0x8b]))
        .and_then(|bytes| compress::unpack(&bytes, None).ok().map(Cow::into_owned))
        .and_then(|bytes| String::from_utf8(lines::lines(&bytes).next()?.to_vec()).ok());
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        return Cow::Owned(text);
    }
    draft.problem("the page event's text is packed in a way that is not read");
    "pageEvent".into()
}

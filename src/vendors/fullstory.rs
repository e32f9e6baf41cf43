//! FullStory.
//!
//! Documentation: <https://developer.fullstory.com/browser/getting-started/>.
//! Endpoints on `rs.fullstory.com` (also `rs.eu1.…` and relays on other
//! hosts): `/rec/page` begins a page, `/rec/bundle` and `/rec/beacon` take the
//! recording, everything else below `/rec` is bookkeeping;
//! `api.fullstory.com/v2/events` takes single events.
//! Sample: `https://rs.fullstory.com/rec/bundle?OrgId=ABC12&UserId=1&SessionId=2&PageId=3&Seq=1`
//!
//! It does not read recordings, in which the page's own events travel.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::Json as JsonAnswer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Ends, Has};
use crate::vendors::frame::route::{Host, Library, Look, Route, Where, anywhere, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};
use crate::wire::query;

pub static FULLSTORY: Vendor = Vendor {
    slug: "fullstory",
    name: "FullStory",
    docs: "https://developer.fullstory.com/browser/getting-started/",
    notes: "the account is `OrgId`; the start of a page is called `page_view`, bundles are the \
            recording (a replay), in which the page's own events travel unread",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("fullstory.com")];
const API: &[Host] = &[Is("api.fullstory.com"), Is("api.eu1.fullstory.com")];
const OK: crate::vendors::frame::answer::Answer = JsonAnswer("{}");

const ROUTES: &[Route] = &[
    on(API, Path::Is("/v2/events"), Endpoint::Event, OK),
    on(API, Path::Under("/v2/users"), Endpoint::Aux, OK),
    on(HOSTS, Path::Under("/rec/page"), Endpoint::Event, OK),
    on(HOSTS, Path::Under("/rec/bundle"), Endpoint::Replay, OK),
    on(HOSTS, Path::Under("/rec/beacon"), Endpoint::Replay, OK),
    on(HOSTS, Path::Under("/rec/newResources"), Endpoint::Replay, OK),
    on(HOSTS, Path::Under("/rec"), Endpoint::Aux, OK),
    anywhere(Has("/rec/bundle"), Endpoint::Replay, OK).when(is_relayed),
    anywhere(Has("/rec/bundle/v2"), Endpoint::Replay, OK).when(is_relayed),
    anywhere(Ends("/rec/page"), Endpoint::Event, OK).with_body(|body| has(body, b"\"OrgId\":")),
];

const LIBRARIES: &[Library] = &[
    library(&[Is("edge.fullstory.com"), Is("www.fullstory.com")], Ends("/fs.js")),
    Library {
        hosts: &[Is("edge.fullstory.com")],
        path: Path::Under("/s/settings"),
        account: Where::Segment(2),
        version: Where::Segment(3),
    },
];

const PARAMS: &[ParamSpec] = &[
    param("Base", "", Environment),
    param("CompiledTimestamp", "", Transport),
    param("OrgId", "", Identity),
    param("PageStart", "", Transport),
    param("Preroll", "", Transport),
    param("Referrer", "referrer", Environment),
    param("Title", "title", Environment),
    param("Url", "url", Environment),
    param("UserId", "client_id", Identifier),
    param("name", "", Identity),
    param("session.id", "session_id", Identifier),
    param("timestamp", "", Transport),
    param("user.email", "", Identifier),
    param("user.id", "", Identifier),
    param("user.uid", "user_id", Identifier),
];

const GROUPS: &[Group] = &[group("properties.", "", Business, true)];

/// A relay hands a bundle on: its ids stand in the query.
fn is_relayed(look: &Look<'_>) -> bool {
    look.has_query("OrgId") && look.has_query("PageId")
}

fn has(body: &[u8], text: &[u8]) -> bool {
    body.windows(text.len()).any(|part| part == text)
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let in_query = query::first(exchange.address.query, "OrgId");
    draft.account(in_query.clone().unwrap_or_default());
    let text = exchange.body.trim_ascii_start();
    if exchange.route.kind == Endpoint::Replay || !text.starts_with(b"{") {
        return;
    }
    let Some(body) = draft.json(exchange) else { return };
    let account = body.text_at("OrgId").or(in_query).unwrap_or_default();
    draft.account(account.clone());
    if !exchange.is_event() {
        return;
    }
    let own = exchange.address.path.starts_with("/v2/").then(|| body.text_at("name"));
    match own {
        Some(Some(name)) => draft.event(name, account, draft.json_params(body)),
        Some(None) => draft.problem("no event name in `name`"),
        None => draft.event(Cow::Borrowed("page_view"), account, draft.json_params(body)),
    }
}

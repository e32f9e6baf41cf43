//! Adobe Target.
//!
//! Documentation: <https://developer.adobe.com/target/implement/delivery-api/>.
//! Endpoints: `<client>.tt.omtrdc.net/rest/v1/delivery` (JSON, also on a
//! first-party host), `/m2/<client>/mbox/<kind>` and `/rest/v1/mbox/<session>`
//! of older libraries. Each mbox, page load and notification is an event.
//! Sample: `https://shop.tt.omtrdc.net/rest/v1/delivery?client=shop&sessionId=1` with
//! `{"execute":{"mboxes":[{"index":0,"name":"hero"}]}}`
//!
//! It does not read what is fetched ahead for later.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::{self, Empty, Json as AsJson};
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{Any, Ends, Under as Below};
use crate::vendors::frame::route::{Host, Library, Look, Route, anywhere, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::Json;

pub static ADOBE_TARGET: Vendor = Vendor {
    slug: "adobe_target",
    name: "Adobe Target",
    docs: "https://developer.adobe.com/target/implement/delivery-api/",
    notes: "the account is the client code, the events are the names of the mboxes, `pageLoad`, \
            and the types of notifications (`display`, `click`); what is only fetched ahead is \
            no event",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    batches: true,
    automatic: &["pageLoad", "target-global-mbox", "display", "click"],
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("tt.omtrdc.net")];
const OFFERS: Answer = AsJson("{\"status\":200,\"execute\":{}}");

const ROUTES: &[Route] = &[
    on(HOSTS, Ends("/rest/v1/delivery"), Endpoint::Event, OFFERS),
    on(HOSTS, Below("/rest"), Endpoint::Event, OFFERS),
    on(HOSTS, Below("/m2"), Endpoint::Event, Empty),
    anywhere(Ends("/rest/v1/delivery"), Endpoint::Event, OFFERS).when(has_session),
];

const LIBRARIES: &[Library] = &[library(&[Is("cdn.tt.omtrdc.net")], Any)];

const PARAMS: &[ParamSpec] = &[
    param("browserHeight", "", Environment),
    param("browserTimeOffset", "", Environment),
    param("browserWidth", "", Environment),
    param("client", "", Identity),
    param("colorDepth", "", Environment),
    param("context.address.referringUrl", "referrer", Environment),
    param("context.address.url", "url", Environment),
    param("id", "", Identifier),
    param("index", "", Transport),
    param("mbox", "", Identity),
    param("mboxCount", "", Transport),
    param("mboxHost", "", Environment),
    param("mboxMCSDID", "", Transport),
    param("mboxPC", "client_id", Identifier),
    param("mboxPage", "", Transport),
    param("mboxReferrer", "referrer", Environment),
    param("mboxSession", "session_id", Identifier),
    param("mboxTime", "", Transport).of(ParamType::Time),
    param("mboxURL", "url", Environment),
    param("mboxVersion", "", Environment),
    param("name", "", Identity),
    param("order.id", "order_id", Business),
    param("order.purchasedProductIds", "content_ids", Business),
    param("order.total", "value", Business),
    param("orderId", "order_id", Business),
    param("orderTotal", "value", Business),
    param("productPurchasedId", "content_ids", Business),
    param("sessionId", "session_id", Identifier),
    param("timestamp", "", Transport).of(ParamType::Time),
    param("tokens", "", Transport),
    param("type", "", Identity),
];

const GROUPS: &[Group] = &[
    group("parameters.", "", Business, true),
    group("profileParameters.", "", Business, false),
    group("product.", "", Business, false),
    group("profile.", "", Business, false),
    group("context.", "", Environment, false),
    group("id.", "", Identifier, false),
    group("experienceCloud.", "", Transport, false),
    group("mbox", "", Transport, false),
    group("screen", "", Environment, false),
    // The page's own, in requests of older libraries.
    group("", "", Business, true),
];

/// A session belongs to every call; the path alone proves nothing.
fn has_session(look: &Look<'_>) -> bool {
    look.has_query("client") && look.has_query("sessionId")
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let query = exchange.query();
    let mut segments = exchange.address.segments();
    let of_path = (segments.next() == Some("m2")).then(|| segments.next()).flatten();
    let client = query.cow("client").or(of_path.map(Cow::Borrowed));
    let of_host = || {
        let name = exchange.address.host.strip_suffix(".tt.omtrdc.net")?;
        // Edges are named `mboxedge37`, no client is.
        (!name.starts_with("mboxedge")).then(|| Cow::Owned(name.to_owned()))
    };
    let client = client.or_else(of_host).unwrap_or_default();
    draft.account(client.clone());
    let is_json = exchange.body.trim_ascii_start().starts_with(b"{");
    if !is_json {
        let fields = exchange.fields();
        match fields.first_of(&["mbox", "mboxName"]) {
            Some(name) => draft.event(name, client, draft.params(fields)),
            None => draft.problem("no mbox in `mbox`"),
        }
        return;
    }
    let Some(mut body) = draft.json(exchange) else { return };
    if let Some(name) = body.text_at("mbox") {
        draft.event(name, client, draft.json_params(body));
        return;
    }
    let mut events: Vec<(Cow<'a, str>, Json<'a>)> = Vec::new();
    let mut execute = body.remove("execute").unwrap_or_default();
    events.extend(execute.remove("pageLoad").map(|load| (Cow::Borrowed("pageLoad"), load)));
    for (list, name) in [(execute.remove("mboxes"), "name"), (body.remove("notifications"), "type")]
    {
        let Some(Json::List(list)) = list else { continue };
        events.extend(list.into_iter().filter_map(|event| Some((event.text_at(name)?, event))));
    }
    let context = body.remove("context");
    for (name, event) in events {
        if draft.is_full() {
            break;
        }
        let mut params = draft.json_params(event);
        let page = context.as_ref().and_then(|context| context.at("address.url")).cloned();
        params.extend(page.map(|page| draft.param("context.address.url", page)));
        draft.event(name, client.clone(), params);
    }
}

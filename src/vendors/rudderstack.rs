//! RudderStack.
//!
//! Documentation: <https://www.rudderstack.com/docs/api/http-api/>.
//! Endpoints: `<data plane>/v1/{track,page,identify,group,alias,screen,batch}`
//! and `/beacon/v1/batch?writeKey=…`; a data plane is a host below
//! `dataplane.rudderstack.com` or the shop's own. `/rsaMetrics`,
//! `/sourceConfig` and `/transform` hold no event.
//! Sample: `{"type":"track","event":"Signed Up","channel":"web","properties":{"plan":"pro"}}`
//!
//! The write key is the user of basic authentication; where the headers were
//! not recorded, the account is unknown.

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Ends};
use crate::vendors::frame::route::{Host, Library, Route, Where, anywhere, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::vendors::segment::decode_messages;
use crate::wire::percent;

pub static RUDDERSTACK: Vendor = Vendor {
    slug: "rudderstack",
    name: "RudderStack",
    docs: "https://www.rudderstack.com/docs/api/http-api/",
    notes: "the account is the write key, the user of basic authentication or `writeKey` of a \
            beacon; the event is `event`, and what is no track call is called by its type: \
            `page`, `screen`, `identify`, `group`, `alias`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    message_id: Some("messageId"),
    batches: true,
    ..Vendor::BASE
};

const HOSTS: &[Host] =
    &[Under("dataplane.rudderstack.com"), Under("rudderlabs.com"), Under("rudderstack.com")];
const OK: Answer = Answer::Json("{}");

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Is("/v1/track"), Endpoint::Event, OK),
    on(HOSTS, Path::Is("/v1/page"), Endpoint::Event, OK),
    on(HOSTS, Path::Is("/v1/identify"), Endpoint::Event, OK),
    on(HOSTS, Path::Is("/v1/group"), Endpoint::Event, OK),
    on(HOSTS, Path::Is("/v1/alias"), Endpoint::Event, OK),
    on(HOSTS, Path::Is("/v1/merge"), Endpoint::Aux, OK),
    on(HOSTS, Path::Is("/v1/screen"), Endpoint::Event, OK),
    on(HOSTS, Path::Is("/v1/batch"), Endpoint::Event, OK),
    on(HOSTS, Path::Is("/v1/import"), Endpoint::Event, OK),
    on(HOSTS, Ends("/beacon/v1/batch"), Endpoint::Event, OK),
    on(HOSTS, Path::Under("/pixel/v1"), Endpoint::Event, Answer::Gif),
    on(HOSTS, Path::Under("/rsaMetrics"), Endpoint::Aux, OK),
    on(HOSTS, Path::Is("/transform"), Endpoint::Aux, OK),
    anywhere(Ends("/beacon/v1/batch"), Endpoint::Event, OK)
        .when(|look| look.has_query("writeKey"))
        .with_body(|body| percent::text(body).contains("\"batch\"")),
    own_data_plane(Ends("/v1/track")),
    own_data_plane(Ends("/v1/page")),
    own_data_plane(Ends("/v1/identify")),
    own_data_plane(Ends("/v1/group")),
    own_data_plane(Ends("/v1/alias")),
    own_data_plane(Ends("/v1/screen")),
    anywhere(Ends("/v1/batch"), Endpoint::Event, OK)
        .with_body(|body| is_message(body, "\"batch\"")),
    anywhere(Ends("/rsaMetrics"), Endpoint::Aux, OK)
        .with_body(|body| percent::text(body).contains("rudder")),
];

const LIBRARIES: &[Library] = &[
    library(&[Is("cdn.rudderlabs.com")], Path::Any),
    Library {
        hosts: &[Is("api.rudderstack.com"), Is("api.rudderlabs.com"), Is("api.dev.rudderlabs.com")],
        path: Path::Is("/sourceConfig"),
        account: Where::Query("writeKey"),
        version: Where::Query("v"),
    },
];

const PARAMS: &[ParamSpec] = &[
    param("anonymousId", "client_id", Identifier),
    param("category", "page_category", Business),
    param("channel", "", Environment),
    param("context.page.initial_referrer", "", Environment),
    param("context.page.path", "page_path", Environment),
    param("context.page.referrer", "referrer", Environment),
    param("context.page.tab_url", "", Environment),
    param("context.page.title", "title", Environment),
    param("context.page.url", "url", Environment),
    param("context.sessionId", "session_id", Identifier),
    param("context.sessionStart", "", Transport),
    param("context.traits.email", "email", Identifier),
    param("context.traits.phone", "phone", Identifier),
    param("event", "", Identity),
    param("groupId", "group_id", Business),
    param("messageId", "event_id", Transport),
    param("name", "page_name", Business),
    param("originalTimestamp", "", Transport).of(ParamType::Time),
    param("previousId", "", Identifier),
    param("properties.initial_referrer", "", Environment),
    param("properties.initial_referring_domain", "", Environment),
    param("properties.path", "page_path", Environment),
    param("properties.products", "items", Business),
    param("properties.query", "search_string", Business),
    param("properties.referrer", "referrer", Environment),
    param("properties.referring_domain", "", Environment),
    param("properties.revenue", "value", Business),
    param("properties.search", "", Environment),
    param("properties.tab_url", "", Environment),
    param("properties.title", "title", Environment),
    param("properties.url", "url", Environment),
    param("rudderId", "", Identifier),
    param("sentAt", "", Transport).of(ParamType::Time),
    param("timestamp", "", Transport).of(ParamType::Time),
    param("type", "", Identity),
    param("userId", "user_id", Identifier),
    param("writeKey", "", Identity),
];

const GROUPS: &[Group] = &[
    group("properties.", "", Business, true),
    group("traits.", "", Business, true),
    group("context.consentManagement.", "", Business, false),
    group("context.traits.", "", Business, true),
    group("integrations.", "", Business, false),
];

const fn own_data_plane(path: Path) -> Route {
    anywhere(path, Endpoint::Event, OK).with_body(|body| is_message(body, "\"type\""))
}

/// The library's own message. One with a write key in its body is Segment's.
fn is_message(body: &[u8], with: &str) -> bool {
    const MARKS: [&str; 4] = [
        "RudderLabs JavaScript SDK",
        "\"rudderId\"",
        "\"channel\":\"web\"",
        "\"channel\": \"web\"",
    ];
    let text = percent::text(body);
    text.contains(with)
        && !text.contains("\"writeKey\"")
        && (MARKS.iter().any(|mark| text.contains(mark))
            || text.contains("\"messageId\"") && text.contains("\"anonymousId\""))
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    decode_messages(exchange, draft);
}

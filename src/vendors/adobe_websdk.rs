//! Adobe Experience Platform Web SDK (`alloy`).
//!
//! Documentation: <https://experienceleague.adobe.com/en/docs/experience-platform/web-sdk/home>.
//! Endpoints: `/ee/<region>/v1/interact` and `…/collect`, `…/v2/…` for servers,
//! `/ee/va/v1/…` for media, on `*.adobedc.net`, on `adobedc.demdex.net` for who has
//! no cookie yet, and on any first-party host; the base folder `ee` may be another. The body is JSON with a list of events.
//! Sample: `https://edge.adobedc.net/ee/irl1/v1/interact?configId=1111…` with
//! `{"events":[{"xdm":{"eventType":"commerce.purchases"}}]}`
//!
//! It does not read what is asked for personalisation.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::fields::Fields;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{Ends, Has, Starts};
use crate::vendors::frame::route::{Host, Library, Look, Route, anywhere, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::Json;
use crate::wire::query;

pub static ADOBE_WEBSDK: Vendor = Vendor {
    slug: "adobe_websdk",
    name: "Adobe Experience Platform Web SDK",
    docs: "https://experienceleague.adobe.com/en/docs/experience-platform/web-sdk/home",
    notes: "the account is the datastream in `configId`, the event `xdm.eventType`; an event \
            without one is named by the endpoint, `interact` or `collect`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    automatic: &[
        "decisioning.propositionFetch",
        "decisioning.propositionDisplay",
        "decisioning.propositionInteract",
        "web.webinteraction.linkClicks",
        "media.ping",
    ],
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("adobedc.net"), Is("adobedc.demdex.net")];
const HANDLES: Answer = Answer::Json("{\"requestId\":\"\",\"handle\":[]}");

const ROUTES: &[Route] = &[
    on(HOSTS, Has("/privacy/set-consent"), Endpoint::Aux, HANDLES),
    on(HOSTS, Has("/identity/acquire"), Endpoint::Aux, HANDLES),
    on(HOSTS, Has("/interact"), Endpoint::Event, HANDLES),
    on(HOSTS, Has("/collect"), Endpoint::Event, Answer::NoContent),
    on(HOSTS, Has("/va/v1"), Endpoint::Event, Answer::NoContent),
    anywhere(Ends("/v1/privacy/set-consent"), Endpoint::Aux, HANDLES).when(has_datastream),
    anywhere(Ends("/v1/identity/acquire"), Endpoint::Aux, HANDLES).when(has_datastream),
    anywhere(Ends("/v1/interact"), Endpoint::Event, HANDLES).when(has_datastream),
    anywhere(Ends("/v2/interact"), Endpoint::Event, HANDLES).when(has_datastream),
    anywhere(Ends("/v1/collect"), Endpoint::Event, Answer::NoContent).when(has_datastream),
    anywhere(Ends("/v2/collect"), Endpoint::Event, Answer::NoContent).when(has_datastream),
    anywhere(Has("/va/v1"), Endpoint::Event, Answer::NoContent).when(has_datastream),
];

const LIBRARIES: &[Library] = &[library(&[Is("cdn1.adoberesources.net")], Starts("/alloy/"))];

const PARAMS: &[ParamSpec] = &[
    param("xdm._id", "event_id", Identifier),
    param("xdm.commerce.order.currencyCode", "currency", Business),
    param("xdm.commerce.order.discountAmount", "discount", Business).of(ParamType::Number),
    param("xdm.commerce.order.priceTotal", "value", Business),
    param("xdm.commerce.order.purchaseID", "order_id", Business),
    param("xdm.commerce.order.taxAmount", "tax", Business),
    param("xdm.commerce.shipping.shippingAmount", "shipping", Business),
    param("xdm.eventType", "", Identity),
    param("xdm.marketing.trackingCode", "campaign", Business),
    param("xdm.placeContext.localTime", "", Transport).of(ParamType::Time),
    param("xdm.productListItems", "items", Business),
    param("xdm.siteSearch.phrase", "search_string", Business),
    param("xdm.timestamp", "", Transport).of(ParamType::Time),
    param("xdm.web.webInteraction.URL", "link_url", Business).of(ParamType::Url),
    param("xdm.web.webInteraction.name", "link_name", Business),
    param("xdm.web.webInteraction.type", "link_type", Business),
    param("xdm.web.webPageDetails.URL", "url", Environment),
    param("xdm.web.webPageDetails.name", "page_name", Business),
    param("xdm.web.webPageDetails.siteSection", "page_category", Business),
    param("xdm.web.webReferrer.URL", "referrer", Environment),
];

const GROUPS: &[Group] = &[
    group("xdm.device.", "", Environment, false),
    group("xdm.environment.", "", Environment, false),
    group("xdm.identityMap.", "", Identifier, false),
    group("xdm.implementationDetails.", "", Environment, false),
    group("xdm.placeContext.", "", Environment, false),
    group("xdm.", "", Business, false),
    // Variables of Adobe Analytics, by their own names.
    group("data.__adobe.analytics.", "", Business, true),
    group("data.", "", Business, true),
    group("meta.", "", Transport, false),
    group("query.", "", Transport, false),
];

/// The datastream is a UUID, in test also with the environment behind it.
fn has_datastream(look: &Look<'_>) -> bool {
    ["configId", "dataStreamId"].iter().any(|name| {
        query::first(look.address.query, name).is_some_and(|id| {
            let mut parts = id.split('-').map(|part| (part.len(), part));
            let first = parts.next();
            first.is_some_and(|(length, part)| {
                length == 8 && part.bytes().all(|byte| byte.is_ascii_hexdigit())
            }) && parts.count() == 4
        })
    })
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let query: Fields<'a> = exchange.query();
    draft.account(query.first_of(&["configId", "dataStreamId"]).unwrap_or_default());
    if !exchange.is_event() {
        return;
    }
    let Some(mut body) = draft.json(exchange) else {
        if exchange.body.is_empty() {
            draft.problem("no body");
        }
        return;
    };
    let events = match body.remove("events").or_else(|| body.remove("event")) {
        Some(Json::List(events)) => events,
        Some(event) => vec![event],
        None => Vec::new(),
    };
    let action = exchange.address.segments().next_back().unwrap_or_default();
    for event in events {
        if draft.is_full() {
            break;
        }
        let name = ["xdm.eventType", "eventType"].iter().find_map(|path| event.text_at(path));
        let name = name.unwrap_or(Cow::Borrowed(action));
        draft.event(name, draft.only_account(), draft.json_params(event));
    }
}

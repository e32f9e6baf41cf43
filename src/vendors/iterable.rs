//! Iterable.
//!
//! Documentation: <https://api.iterable.com/api/docs>.
//! Endpoints on `api.iterable.com` and `api.eu.iterable.com`: `/api/events/…`
//! (`track` and what happened to in-app messages), `/api/commerce/…`; users and
//! message queues carry no events. The API key is a header.
//! Sample: `{"email":"a@shop.example","eventName":"Signed Up","dataFields":{"plan":"pro"}}`
//!
//! It does not read the content of messages.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::Json as JsonAnswer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Any};
use crate::vendors::frame::route::{Host, Library, Route, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::Json;

pub static ITERABLE: Vendor = Vendor {
    slug: "iterable",
    name: "Iterable",
    docs: "https://api.iterable.com/api/docs",
    notes: "the account is the header `api-key`, the event `eventName`; what has no name of its \
            own is called by its endpoint: `purchase`, `updateCart`, `inAppOpen`, …; updates of \
            users are no events",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("api.iterable.com"), Is("api.eu.iterable.com")];
const OK: crate::vendors::frame::answer::Answer =
    JsonAnswer("{\"msg\":\"\",\"code\":\"Success\",\"params\":null}");

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Is("/api/unknownuser/events/session"), Endpoint::Aux, OK),
    on(HOSTS, Path::Under("/api/events"), Endpoint::Event, OK),
    on(HOSTS, Path::Under("/api/commerce"), Endpoint::Event, OK),
    on(HOSTS, Path::Under("/api/embedded-messaging/events"), Endpoint::Event, OK),
    on(HOSTS, Path::Under("/api"), Endpoint::Aux, OK),
];

const LIBRARIES: &[Library] = &[library(&[Is("js.iterable.com"), Under("cdn.iterable.com")], Any)];

const PARAMS: &[ParamSpec] = &[
    param("createdAt", "", Transport).of(ParamType::Time),
    param("dataFields.total", "value", Business),
    param("deviceInfo.appPackageName", "", Environment),
    param("deviceInfo.deviceId", "", Environment),
    param("deviceInfo.platform", "", Environment),
    param("email", "", Identifier),
    param("eventName", "", Identity),
    param("id", "order_id", Business),
    param("items", "items", Business),
    param("total", "value", Business),
    param("user.email", "", Identifier),
    param("user.userId", "user_id", Identifier),
    param("userId", "user_id", Identifier),
];

const GROUPS: &[Group] =
    &[group("dataFields.", "", Business, true), group("user.", "", Identifier, false)];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let key = ["api-key", "api_key"].iter().find_map(|name| exchange.header(name));
    let account = key.unwrap_or_default();
    draft.account(account);
    if !exchange.is_event() {
        return;
    }
    let Some(mut body) = draft.json(exchange) else { return };
    let last = exchange.address.segments().next_back().unwrap_or_default();
    match body.remove("events") {
        Some(Json::List(events)) => {
            for event in events {
                read_event(event, last, account, draft);
            }
        }
        _ => read_event(body, last, account, draft),
    }
}

fn read_event<'a>(event: Json<'a>, endpoint: &'a str, account: &'a str, draft: &mut Draft<'a>) {
    let Some(name) = event.text_at("eventName").or_else(|| of_endpoint(endpoint)) else {
        draft.problem("no event name in `eventName`");
        return;
    };
    draft.event(name, account, draft.json_params(event));
}

/// `trackInAppOpen` is the system's event `inAppOpen`.
fn of_endpoint(endpoint: &str) -> Option<Cow<'_, str>> {
    let Some(rest) = endpoint.strip_prefix("track") else { return Some(Cow::Borrowed(endpoint)) };
    let mut letters = rest.chars();
    let first = letters.next()?;
    Some(Cow::Owned(format!("{}{}", first.to_ascii_lowercase(), letters.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_names_what_has_no_name() {
        for (endpoint, name) in [
            ("trackInAppOpen", Some("inAppOpen")),
            ("trackPurchase", Some("purchase")),
            ("updateCart", Some("updateCart")),
            ("track", None),
        ] {
            assert_eq!(of_endpoint(endpoint).as_deref(), name, "{endpoint}");
        }
    }
}

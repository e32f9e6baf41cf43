//! Heap (Contentsquare).
//!
//! Documentation: <https://developers.heap.io/docs/web>.
//! Endpoints: `heapanalytics.com/h` or a tracking server of the shop's own,
//! with a page view in the query, or with numbered events: `t0`, `k0`, … `t1`;
//! `heapanalytics.com/api/track` with JSON; `c.us.heap-api.com` and
//! `c.eu.heap-api.com` with `/api/capture/v2/track`, whose body the newer
//! library writes in a binary form. Identity and user properties are no events.
//! Sample: `https://heapanalytics.com/h?a=11&u=1&v=2&s=3&b=web&tv=4.0&h=%2F&d=shop.example&t=Shop`
//!
//! It does not read the binary form: such a request is one `track`.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::fields::Fields;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Ends};
use crate::vendors::frame::route::{Host, Library, Route, anywhere, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, Via, group, param,
};
use crate::wire::json::{self, Json};

pub static HEAP: Vendor = Vendor {
    slug: "heap",
    name: "Heap",
    docs: "https://developers.heap.io/docs/web",
    notes: "the account is the environment `a` or `app_id`; a request without numbered events is \
            a `pageview`; of numbered events the name is `t0`, `t1`, …, and their parameters \
            stand under `event.`, its own ones under `k.`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    batches: true,
    automatic: &["pageview", "click", "change", "submit", "touch"],
    ..Vendor::BASE
};

const HOSTS: &[Host] =
    &[Is("heapanalytics.com"), Is("www.heapanalytics.com"), Under("heap-api.com")];
const OK: Answer = Answer::Json("{}");

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Is("/h"), Endpoint::Event, Answer::Image),
    on(HOSTS, Path::Is("/api/track"), Endpoint::Event, OK),
    on(HOSTS, Path::Is("/api/capture/v2/track"), Endpoint::Event, OK),
    on(HOSTS, Path::Under("/api"), Endpoint::Aux, OK).when(|look| look.via == Via::Own),
    anywhere(Ends("/h"), Endpoint::Event, Answer::Image)
        .when(|look| ["a", "u", "v", "s", "b", "tv"].iter().all(|name| look.has_query(name))),
    anywhere(Ends("/api/capture/v2/track"), Endpoint::Event, OK).with_body(|body| !body.is_empty()),
];

const LIBRARIES: &[Library] = &[
    library(&[Under("cdn.heapanalytics.com")], Path::Any),
    library(&[Is("cdn.us.heap-api.com"), Is("cdn.eu.heap-api.com")], Path::Any),
];

const PARAMS: &[ParamSpec] = &[
    param("a", "", Identity),
    param("app_id", "", Identity),
    param("b", "", Environment),
    param("d", "", Environment),
    param("event", "", Identity),
    param("event.id", "event_id", Transport),
    param("event.ts", "", Transport).of(ParamType::Time),
    param("h", "page_path", Environment),
    param("i", "user_id", Identifier),
    param("identity", "user_id", Identifier),
    param("pr", "", Environment),
    param("r", "referrer", Environment),
    param("s", "session_id", Identifier),
    param("st", "", Transport).of(ParamType::Time),
    param("t", "title", Environment),
    param("timestamp", "", Transport).of(ParamType::Time),
    param("ts", "", Transport).of(ParamType::Time),
    param("tv", "", Environment),
    param("u", "client_id", Identifier),
    param("user_id", "user_id", Identifier),
    param("v", "", Transport),
    param("z", "", Transport),
];

const GROUPS: &[Group] =
    &[group("k.", "", Business, true), group("properties.", "", Business, true)];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    if exchange.address.bare_path().ends_with("/track") {
        decode_track(exchange, draft);
        return;
    }
    let is_json = exchange.body.trim_ascii_start().starts_with(b"{");
    let fields = if is_json { exchange.query() } else { exchange.fields() };
    draft.account(fields.first_of(&["a", "app_id"]).unwrap_or_default());
    if let Some(body) = is_json.then(|| json::parse(exchange.body).ok()).flatten() {
        let account = ["app_id", "env_id", "envId"].iter().find_map(|name| body.text_at(name));
        draft.account(account.unwrap_or_default());
    }
    if !exchange.is_event() || fields.is_empty() {
        return;
    }
    let is_event = |name: &str| numbered(name).is_some_and(|(plain, _)| plain == "t");
    if !fields.iter().any(|(name, _)| is_event(name)) {
        draft.event("pageview", draft.only_account(), draft.params(paired(fields)));
        return;
    }
    // What stands without a number is the page view's and of all events.
    let (mut shared, mut events) = (Fields::default(), Vec::<(usize, Fields<'a>)>::new());
    for (name, value) in fields {
        match numbered(&name) {
            Some((plain, number)) => {
                let at = events.iter().position(|(known, _)| *known == number);
                let at = at.unwrap_or_else(|| {
                    events.push((number, Fields::default()));
                    events.len() - 1
                });
                if let Some((_, own)) = events.get_mut(at) {
                    let is_own = matches!(&*plain, "k" | "t");
                    own.push(if is_own { plain } else { format!("event.{plain}") }, value);
                }
            }
            None => shared.push(name, value),
        }
    }
    for (_, mut own) in events {
        let Some(name) = own.remove("t") else { continue };
        let mut fields = paired(own);
        fields.extend(paired(shared.clone()));
        draft.event(name, draft.only_account(), draft.params(fields));
        if draft.is_full() {
            return;
        }
    }
}

/// `ts12` → `ts`, 12.
fn numbered(name: &str) -> Option<(String, usize)> {
    let plain = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let number = name.get(plain.len()..)?.parse().ok()?;
    (!plain.is_empty()).then(|| (plain.to_owned(), number))
}

/// Custom properties and those of session and page view come as names and
/// values by turns: `k=plan&k=pro` → `k.plan=pro`.
fn paired(fields: Fields<'_>) -> Fields<'_> {
    let mut paired = Fields::default();
    let mut open: Vec<(&'static str, Cow<'_, str>)> = Vec::new();
    for (name, value) in fields {
        let Some(family) = ["k", "sp", "pp"].into_iter().find(|family| *family == name) else {
            paired.push(name, value);
            continue;
        };
        match open.iter().position(|(known, _)| *known == family) {
            Some(at) => {
                let (_, inner) = open.swap_remove(at);
                paired.push(format!("{family}.{inner}"), value);
            }
            None => open.push((family, value)),
        }
    }
    paired
}

fn decode_track<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    if exchange.body.is_empty() {
        return;
    }
    let Ok(mut body @ Json::Object(_)) = json::parse(exchange.body) else {
        if exchange.body.trim_ascii_start().starts_with(b"{") {
            draft.problem("body is not valid JSON");
            return;
        }
        draft.problem("the body is in Heap's binary form, which is not read");
        draft.event("track", "", Vec::new());
        return;
    };
    let account = ["app_id", "env_id", "envId"].iter().find_map(|name| body.text_at(name));
    draft.account(account.unwrap_or_default());
    let events = match body.remove("events") {
        Some(Json::List(events)) => events,
        _ => vec![body],
    };
    for event in events {
        match event.text_at("event") {
            Some(name) => draft.event(name, draft.only_account(), draft.json_params(event)),
            None => draft.problem("no event name in `event`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_stands_at_the_end() {
        assert_eq!(numbered("ts12"), Some(("ts".to_owned(), 12)));
        for name in ["ts", "12", "", "0a"] {
            assert_eq!(numbered(name), None, "{name}");
        }
    }

    #[test]
    fn names_and_values_take_turns() {
        let mut fields = Fields::default();
        fields.read_urlencoded(b"k=plan&sp=r&a=1&k=pro&sp=x&k=left");
        let read: Vec<_> = paired(fields).into_iter().map(|(a, b)| format!("{a}={b}")).collect();
        assert_eq!(read, ["a=1", "k.plan=pro", "sp.r=x"]);
    }
}

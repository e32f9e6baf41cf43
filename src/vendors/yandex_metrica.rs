//! Yandex Metrica.
//!
//! Documentation: <https://yandex.com/support/metrica/en/code/counter-initialize>.
//! Endpoints: `mc.yandex.<tld>/watch/<counter>`, answered with a redirect to
//! the same with `/1` behind it; `/webvisor/<counter>` for session replay,
//! `/clmap/<counter>` for the click map; cookie syncs. What a hit is stands in
//! `browser-info`, pairs of key and value between colons.
//! Sample: `https://mc.yandex.com/watch/89667203?page-url=goal%3A%2F%2Fa%2Fsignup&browser-info=ar%3A1`
//!
//! It does not read what the session replay recorded.

use std::borrow::Cow;

use crate::model::hit::HitKind;
use crate::model::hit::ParamClass::{Business, Environment, Identifier, Transport};
use crate::vendors::frame::answer::Answer::{Empty, Gif, Image, Json as AsJson};
use crate::vendors::frame::decoded::{DecodedEvent, Param};
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::fields::Fields;
use crate::vendors::frame::route::Host::{AnyTld, Is, Under};
use crate::vendors::frame::route::Path::{Is as Exactly, Starts, Under as Below};
use crate::vendors::frame::route::{Host, Library, Look, Route, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::{self, Json};
use crate::wire::percent::{Plus, decode as unescape};

pub static YANDEX_METRICA: Vendor = Vendor {
    slug: "yandex_metrica",
    name: "Yandex Metrica",
    docs: "https://yandex.com/support/metrica/en/code/counter-initialize",
    notes: "the account is the counter in the path; the events are `pageview`, goals by their own \
            names, what an e-commerce push tells (`purchase`, `add`, `detail`, …), `link`, \
            `download`, `notBounce`, `params` and `hit`; the redirect's target is a copy",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    twin,
    automatic: &["notBounce", "link", "download", "hit"],
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[AnyTld("mc.yandex"), Under("mc.webvisor.com"), Under("mc.webvisor.org")];

const ROUTES: &[Route] = &[
    // The image for browsers without scripts has no query: the frame would take
    // an event's bare address for somebody who looks.
    on(HOSTS, Below("/watch"), Endpoint::Aux, Image)
        .when(|look| has_counter(look) && look.address.is_bare()),
    on(HOSTS, Below("/watch"), Endpoint::Event, AsJson("{}")).when(has_counter),
    on(HOSTS, Below("/webvisor"), Endpoint::Replay, Empty),
    on(HOSTS, Below("/wv"), Endpoint::Replay, Empty),
    on(HOSTS, Below("/clmap"), Endpoint::Aux, Gif),
    on(HOSTS, Below("/pixel"), Endpoint::Aux, Gif),
    on(HOSTS, Below("/user_storage_set"), Endpoint::Aux, Empty),
    on(HOSTS, Starts("/sync_cookie"), Endpoint::Aux, Gif),
    on(HOSTS, Exactly("/metrika/advert.gif"), Endpoint::Aux, Gif),
];

const LIBRARIES: &[Library] = &[
    library(HOSTS, Starts("/metrika/")),
    library(&[Is("cdn.jsdelivr.net")], Starts("/npm/yandex-metrica-watch/")),
];

const PARAMS: &[ParamSpec] = &[
    param("browser-info", "", Transport),
    param("browser-info.t", "title", Environment),
    param("charset", "", Environment),
    param("cnt-class", "", Transport),
    param("force-urlencoded", "", Transport),
    param("page-ref", "referrer", Environment),
    param("page-url", "url", Environment),
    param("rn", "", Transport),
    param("site-info.__ym.user_id", "user_id", Identifier),
    param("site-info.currency", "currency", Business),
    param("site-info.order_price", "value", Business),
    param("t", "", Transport),
    param("uah", "", Environment),
    param("ut", "", Transport).of(ParamType::Flag),
    param("wmode", "", Transport),
];

const GROUPS: &[Group] = &[
    group("site-info.__ymu.", "", Business, true),
    group("site-info.__ym.", "", Business, false),
    group("site-info.", "", Business, true),
];

/// Common names of what an e-commerce push holds, by the end of the wire name.
const PUSHED: &[(&str, &str)] = &[
    (".currencyCode", "currency"),
    (".actionField.id", "order_id"),
    (".actionField.revenue", "value"),
    (".actionField.coupon", "coupon"),
    (".actionField.goal_id", "goal_id"),
    (".products", "items"),
];

const ACTIONS: &[&str] =
    &["purchase", "add", "remove", "detail", "click", "impressions", "promoView", "promoClick"];

fn has_counter(look: &Look<'_>) -> bool {
    let counter = look.address.segments().nth(1).unwrap_or_default();
    !counter.is_empty() && counter.bytes().all(|byte| byte.is_ascii_digit())
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let counter = exchange.address.segments().nth(1).unwrap_or_default();
    if !counter.is_empty() && counter.bytes().all(|byte| byte.is_ascii_digit()) {
        draft.account(counter);
    }
    if exchange.address.segments().next() != Some("watch") {
        return;
    }
    draft.kind = HitKind::Event;
    let mut fields = exchange.fields();
    let info = fields.remove("site-info").map(json::parse_text).unwrap_or_default();
    let name = name_of(&fields, &info);
    let mut params = Vec::new();
    for (wire, value) in fields {
        let title = (wire == "browser-info").then(|| title(&value).to_owned());
        params.push(draft.param(wire, value));
        if let Some(title) = title.filter(|title| !title.is_empty()) {
            params.push(draft.param("browser-info.t", title));
        }
    }
    match info {
        Json::Null => {}
        Json::Object(_) => params.extend(site_info(draft, info)),
        other => params.push(draft.param("site-info", other)),
    }
    draft.event(name, counter, params);
}

fn name_of<'a>(fields: &Fields<'a>, info: &Json<'_>) -> Cow<'a, str> {
    let url = fields.get("page-url").unwrap_or_default();
    if let Some(goal) = url.strip_prefix("goal://").and_then(|rest| rest.split_once('/')) {
        return Cow::Owned(unescape(goal.1, Plus::Literal).into_owned());
    }
    let pushed = info.at("__ym.ecommerce").map(Json::items).unwrap_or_default();
    if let Some(action) =
        pushed.iter().find_map(|push| ACTIONS.iter().find(|action| push.get(action).is_some()))
    {
        return Cow::Borrowed(*action);
    }
    let told = fields.get("browser-info").unwrap_or_default();
    let is = |key: &str| keys(told).any(|(known, value)| known == key && value == "1");
    Cow::Borrowed(if is("dl") {
        "download"
    } else if is("ln") {
        "link"
    } else if is("nb") {
        "notBounce"
    } else if is("pv") || told.is_empty() {
        "pageview"
    } else if is("pa") {
        "params"
    } else {
        "hit"
    })
}

/// The pairs of `browser-info`; the title, which may hold colons, is the last.
fn keys(info: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut parts = info.split(':');
    std::iter::from_fn(move || Some((parts.next()?, parts.next().unwrap_or_default())))
        .take_while(|(key, _)| *key != "t")
}

fn title(info: &str) -> &str {
    let mut rest = info;
    while let Some((key, after)) = rest.split_once(':') {
        if key == "t" {
            return after;
        }
        rest = after.split_once(':').map_or("", |(_, next)| next);
    }
    ""
}

/// What the page handed over, each leaf by its place; the pushes of a list are
/// told apart by their number.
fn site_info<'a>(draft: &Draft<'a>, mut info: Json<'a>) -> Vec<Param<'a>> {
    let inner = match &mut info {
        Json::Object(members) => members.iter_mut().find(|(name, _)| name == "__ym"),
        _ => None,
    };
    let pushed = inner.and_then(|(_, inner)| inner.remove("ecommerce"));
    let wrap = |value| Json::Object(vec![(Cow::Borrowed("site-info"), value)]);
    let mut params = match &info {
        Json::Object(members) if members.iter().all(|(_, value)| is_empty(value)) => Vec::new(),
        _ => draft.json_params(wrap(info)),
    };
    let list = match pushed {
        Some(Json::List(list)) => list,
        Some(other) => vec![other],
        None => Vec::new(),
    };
    for (number, push) in list.into_iter().enumerate() {
        let name = Cow::Owned(format!("site-info.__ym.ecommerce.{number}"));
        for mut param in draft.json_params(Json::Object(vec![(name, push)])) {
            let known = PUSHED.iter().find(|(end, _)| param.wire.ends_with(end));
            param.canonical = known.map(|(_, canonical)| Cow::Borrowed(*canonical));
            params.push(param);
        }
    }
    params
}

fn is_empty(value: &Json<'_>) -> bool {
    matches!(value, Json::Object(members) if members.is_empty())
}

/// A redirect goes on with the same query.
fn twin(event: &DecodedEvent<'_>) -> Option<String> {
    let info = event.text("browser-info").filter(|info| info.contains("rn:"))?;
    Some(format!("{} {info}", event.text("page-url").unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_is_what_remains() {
        assert_eq!(title("pv:1:rn:2:t:a: b:c"), "a: b:c");
        assert_eq!(title("pv:1:s:t:x:2"), "");
        assert_eq!(title(""), "");
        let keys: Vec<_> = keys("pv:1:ar:1:t:nb:1").collect();
        assert_eq!(keys, [("pv", "1"), ("ar", "1")]);
    }
}

//! Universal Analytics, Google's analytics before version 4.
//!
//! Documentation: <https://developers.google.com/analytics/devguides/collection/protocol/v1/parameters>.
//! Endpoints: `/collect`, `/j/collect` and `/r/collect` on
//! `*.google-analytics.com`, in the URL or as a body; `/batch` with one hit a
//! line; `__utm.gif` of the classic library; the same paths on first-party
//! proxies. `stats.g.doubleclick.net` is told of visitors (`t=dc`).
//! Sample: `https://www.google-analytics.com/collect?v=1&tid=UA-1-1&t=event&ec=Video&ea=play`
//!
//! Version 4 (`/g/collect`, `v=2`) is another vendor.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::{self, Gif};
use crate::vendors::frame::decoded::Param;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::fields::Fields;
use crate::vendors::frame::route::Host::{AnyTld, Is, Under};
use crate::vendors::frame::route::Path::{self, Ends};
use crate::vendors::frame::route::{Host, Library, Look, Route, anywhere, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::Json;
use crate::wire::{lines, query};

pub static UA: Vendor = Vendor {
    slug: "ua",
    name: "Universal Analytics",
    docs: "https://developers.google.com/analytics/devguides/collection/protocol/v1/parameters",
    notes: "the account is `tid` (`utmac` of the classic library), the event the hit's type in `t` \
            (`utmt`), `pageview` where there is none; category and action are parameters",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    batches: true,
    automatic: &["pageview", "timing"],
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("google-analytics.com"), Under("analytics.google.com")];
const SIGNALS: &[Host] = &[Is("stats.g.doubleclick.net")];
/// The library goes on to the advertising endpoints only if it is told to.
const TEXT: Answer =
    Answer::By(
        |address| {
            if address.bare_path().ends_with("/j/collect") { Answer::Script("1") } else { Gif }
        },
    );

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Is("/collect"), Endpoint::Event, Gif),
    on(HOSTS, Path::Is("/j/collect"), Endpoint::Event, TEXT),
    on(HOSTS, Path::Is("/r/collect"), Endpoint::Event, Gif),
    on(HOSTS, Path::Is("/batch"), Endpoint::Event, Gif),
    on(HOSTS, Path::Is("/debug/collect"), Endpoint::Aux, Gif),
    on(HOSTS, Path::Is("/__utm.gif"), Endpoint::Event, Gif),
    on(HOSTS, Path::Is("/r/__utm.gif"), Endpoint::Event, Gif),
    on(SIGNALS, Path::Is("/collect"), Endpoint::Event, Gif),
    on(SIGNALS, Path::Is("/j/collect"), Endpoint::Event, TEXT),
    on(SIGNALS, Path::Is("/r/collect"), Endpoint::Event, Gif),
    on(SIGNALS, Path::Is("/__utm.gif"), Endpoint::Event, Gif),
    on(SIGNALS, Path::Is("/r/__utm.gif"), Endpoint::Event, Gif),
    on(&[AnyTld("www.google")], Path::Is("/ads/ga-audiences"), Endpoint::Aux, Gif).when(is_old),
    anywhere(Ends("/collect"), Endpoint::Event, TEXT).when(is_proven),
    anywhere(Ends("/collect"), Endpoint::Event, TEXT).when(is_quiet).with_body(is_hit),
];

const LIBRARIES: &[Library] = &[
    library(HOSTS, Path::Is("/analytics.js")),
    library(HOSTS, Path::Is("/analytics_debug.js")),
    library(HOSTS, Path::Is("/ga.js")),
    library(HOSTS, Path::Is("/urchin.js")),
    library(HOSTS, Path::Under("/plugins")),
    library(HOSTS, Path::Is("/gtm/js")),
    library(SIGNALS, Path::Is("/dc.js")),
];

const PARAMS: &[ParamSpec] = &[
    param("_gid", "", Identifier),
    param("_r", "", Transport),
    param("_s", "", Transport),
    param("_u", "", Transport),
    param("_v", "", Environment),
    param("a", "", Transport),
    param("aid", "", Environment),
    param("aip", "anonymize_ip", Business).of(ParamType::Flag),
    param("an", "app_name", Environment),
    param("av", "", Environment),
    param("cc", "", Environment),
    param("cd", "page_name", Business),
    param("ci", "", Environment),
    param("cid", "client_id", Identifier),
    param("ck", "", Environment),
    param("cm", "", Environment),
    param("cn", "", Environment),
    param("cos", "", Business),
    param("cs", "", Environment),
    param("cu", "currency", Business),
    param("de", "", Environment),
    param("dh", "", Environment),
    param("dl", "url", Environment),
    param("dp", "page_path", Environment),
    param("dr", "referrer", Environment),
    param("ds", "", Environment),
    param("dt", "title", Environment),
    param("ea", "event_action", Business),
    param("ec", "event_category", Business),
    param("el", "event_label", Business),
    param("ev", "event_value", Business).of(ParamType::Number),
    param("exd", "description", Business),
    param("exf", "", Business).of(ParamType::Flag),
    param("fl", "", Environment),
    param("gclid", "", Identifier),
    param("gjid", "", Transport),
    param("gtm", "", Environment),
    param("ic", "product_id", Business),
    param("in", "content_name", Business),
    param("ip", "price", Business),
    param("iq", "quantity", Business),
    param("iv", "item_category", Business),
    param("je", "", Environment),
    param("jid", "", Transport),
    param("linkid", "", Environment),
    param("ni", "", Business).of(ParamType::Flag),
    param("npa", "non_personalized_ads", Business),
    param("pa", "", Business),
    param("pal", "", Business),
    param("plt", "", Transport),
    param("qt", "", Transport),
    param("sa", "", Business),
    param("sc", "", Transport),
    param("sd", "", Environment),
    param("sn", "", Business),
    param("sr", "", Environment),
    param("st", "", Business),
    param("t", "", Identity),
    param("ta", "affiliation", Business),
    param("tcc", "coupon", Business),
    param("ti", "order_id", Business),
    param("tid", "", Identity),
    param("tr", "value", Business),
    param("ts", "shipping", Business),
    param("tt", "tax", Business),
    param("ua", "", Environment),
    param("uid", "user_id", Identifier),
    param("uip", "", Identifier),
    param("ul", "", Environment),
    param("utc", "", Business),
    param("utl", "", Business),
    param("utmac", "", Identity),
    param("utmcc", "", Identifier),
    param("utmdt", "title", Environment),
    param("utme", "", Business),
    param("utmhid", "", Transport),
    param("utmhn", "", Environment),
    param("utmht", "", Transport),
    param("utmipc", "product_id", Business),
    param("utmipn", "content_name", Business),
    param("utmipr", "price", Business),
    param("utmiqt", "quantity", Business),
    param("utmiva", "item_category", Business),
    param("utmn", "", Transport),
    param("utmni", "", Business).of(ParamType::Flag),
    param("utmp", "page_path", Environment),
    param("utmr", "referrer", Environment),
    param("utms", "", Transport),
    param("utmt", "", Identity),
    param("utmtid", "order_id", Business),
    param("utmtsp", "shipping", Business),
    param("utmtst", "affiliation", Business),
    param("utmtto", "value", Business),
    param("utmttx", "tax", Business),
    param("utmu", "", Transport),
    param("utt", "", Transport),
    param("utv", "", Business),
    param("v", "", Environment),
    param("vp", "", Environment),
    param("z", "", Transport),
];

/// Numbered families of the page; what has fewer than the family's digits is in
/// the table.
const GROUPS: &[Group] = &[
    group("cd", "", Business, false),
    group("cm", "", Business, false),
    group("cg", "", Business, false),
    group("pr", "", Business, false),
    group("il", "", Business, false),
    group("promo", "", Business, false),
];

/// More than the protocol allows.
const MOST_ITEMS: usize = 500;

/// Short names of an item's fields.
const ITEM_FIELDS: &[(&str, &str)] = &[
    ("id", "id"),
    ("nm", "name"),
    ("br", "brand"),
    ("ca", "category"),
    ("va", "variant"),
    ("pr", "price"),
    ("qt", "quantity"),
    ("cc", "coupon"),
    ("ps", "position"),
];

fn is_old(look: &Look<'_>) -> bool {
    look.query_starts("v", "1") && look.query_starts("tid", "UA-")
}

/// A proxy on the shop's own host.
fn is_proven(look: &Look<'_>) -> bool {
    is_old(look) && look.has_query("t")
}

fn is_quiet(look: &Look<'_>) -> bool {
    look.address.query.is_empty()
}

fn is_hit(body: &[u8]) -> bool {
    let mut pairs = query::raw_pairs(body).take(200);
    let (mut version, mut account) = (false, false);
    pairs.any(|(name, value)| {
        version |= name == b"v" && value == b"1";
        account |= name == b"tid" && value.starts_with(b"UA-");
        version && account
    })
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let shared = exchange.query();
    let batch = exchange.address.bare_path() == "/batch";
    let hits: Vec<Fields<'a>> = if batch {
        lines::lines(exchange.body).map(|line| query::pairs(line).collect()).collect()
    } else {
        vec![exchange.fields()]
    };
    draft.account(shared.cow("tid").unwrap_or_default());
    for fields in hits {
        let account = fields.first_of(&["tid", "utmac"]).or_else(|| shared.cow("tid"));
        let account = account.unwrap_or_default();
        draft.account(account.clone());
        if !exchange.is_event() {
            continue;
        }
        let classic = fields.has("utmac");
        let name = match fields.first_of(&["t", "utmt"]) {
            // Tells the advertising side of a visitor.
            Some(name) if name == "dc" || name == "sr" => continue,
            Some(name) => name,
            None if classic || fields.has("v") => Cow::Borrowed("pageview"),
            None => {
                draft.problem("no hit type in `t`");
                continue;
            }
        };
        if account.is_empty() {
            draft.problem("no property id in `tid`");
        }
        let params = params(draft, fields);
        draft.event(name, account, params);
        if draft.is_full() {
            return;
        }
    }
}

type Members<'a> = Vec<(Cow<'a, str>, Json<'a>)>;

/// All pairs, and the products (`pr1id`, `pr1nm`, …) once more as one list.
fn params<'a>(draft: &Draft<'a>, fields: Fields<'a>) -> Vec<Param<'a>> {
    let mut items: Vec<(u32, Members<'a>)> = Vec::new();
    for (wire, value) in fields.iter() {
        let Some((number, short)) = item_field(wire) else { continue };
        let known = ITEM_FIELDS.iter().find(|(field, _)| *field == short);
        let name = match known {
            Some((_, name)) => Cow::Borrowed(*name),
            None => Cow::Owned(short.to_owned()),
        };
        let member = (name, Json::Text(value.clone()));
        if let Some((_, members)) = items.iter_mut().find(|(known, _)| *known == number) {
            members.push(member);
        } else if items.len() < MOST_ITEMS {
            items.push((number, vec![member]));
        }
    }
    let event = fields.get("utme").and_then(classic_event).map(|parts| parts.map(str::to_owned));
    let mut params = draft.params(fields);
    for param in &mut params {
        if is_dimension(&param.wire) {
            param.canonical = Some(param.wire.clone());
        }
    }
    if !items.is_empty() {
        items.sort_by_key(|(number, _)| *number);
        let list = items.into_iter().map(|(_, members)| Json::Object(members)).collect();
        let mut param = draft.param("pr", Json::List(list));
        param.canonical = Some(Cow::Borrowed("items"));
        param.class = Business;
        params.push(param);
    }
    if let Some(parts) = event {
        let names = ["event_category", "event_action", "event_label"];
        for (name, part) in names.into_iter().zip(parts).filter(|(_, part)| !part.is_empty()) {
            let mut param = draft.param(format!("utme.{name}"), part);
            param.canonical = Some(Cow::Borrowed(name));
            param.class = Business;
            params.push(param);
        }
    }
    params
}

/// `cd1`, `cm20`: a dimension or metric that the page defined is called so.
fn is_dimension(wire: &str) -> bool {
    let number = wire.strip_prefix("cd").or_else(|| wire.strip_prefix("cm")).unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// `pr1nm` → 1, `nm`.
fn item_field(wire: &str) -> Option<(u32, &str)> {
    let rest = wire.strip_prefix("pr")?;
    let end = rest.find(|letter: char| !letter.is_ascii_digit())?;
    let (number, short) = rest.split_at(end);
    Some((number.parse().ok()?, short))
}

/// Category, action and label of the classic library's `5(Video*play*Intro)(9)`.
fn classic_event(text: &str) -> Option<[&str; 3]> {
    let (_, rest) =
        text.split_once("5(").filter(|(before, _)| before.is_empty() || before.ends_with(')'))?;
    let mut parts = rest.split(')').next()?.split('*');
    let mut next = || parts.next().unwrap_or_default();
    Some([next(), next(), next()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_numbered() {
        assert_eq!(item_field("pr12nm"), Some((12, "nm")));
        assert_eq!(item_field("pr1cd2"), Some((1, "cd2")));
        for other in ["pr", "pr1", "prid", "pr99999999999id", "tr"] {
            assert_eq!(item_field(other), None, "{other}");
        }
    }

    #[test]
    fn a_classic_event_has_three_parts() {
        assert_eq!(classic_event("5(Video*play*Intro)(9)"), Some(["Video", "play", "Intro"]));
        assert_eq!(classic_event("8(a)9(b)5(c*d"), Some(["c", "d", ""]));
        for other in ["8(15(a*b))", "", "5"] {
            assert_eq!(classic_event(other), None, "{other}");
        }
    }
}

//! Matomo, formerly Piwik.
//!
//! Documentation: <https://developer.matomo.org/api-reference/tracking-api>.
//! Endpoints: `matomo.php` and `piwik.php` on any host, and `js/tracker.php`.
//! A hit is a query, a form body or, in bulk, a JSON body with one query per
//! event; the tracker calls that body a form as well.
//! Sample: `https://stats.shop.example/matomo.php?idsite=3&rec=1&e_c=Shop&e_a=add&e_v=5`
//!
//! It does not read what the heatmap and form plugins record.

use std::borrow::Cow;

use serde_json::Value;

use crate::model::call::Call;
use crate::model::hit::HitKind;
use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::model::vendor::CalledEvent;
use crate::vendors::frame::answer::Answer::NoContent;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::fields::Fields;
use crate::vendors::frame::probe::Probes;
use crate::vendors::frame::route::Path::Ends;
use crate::vendors::frame::route::{Look, Route, anywhere};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::Json;
use crate::wire::query;

pub static MATOMO: Vendor = Vendor {
    slug: "matomo",
    name: "Matomo",
    docs: "https://developer.matomo.org/api-reference/tracking-api",
    notes: "the account is `idsite`; the events are `pageview`, `event` (`e_c`), `goal`, \
            `order` and `cart` (goal 0 with and without `ec_id`), `search`, `link`, `download`, \
            `content` (`c_n`), `media`, `form`, `crash` and `ping`; a body may hold several",
    routes: ROUTES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    calls: Some(calls),
    batches: true,
    automatic: &["ping", "link", "download", "content", "crash"],
    probes: Probes {
        globals: &["_paq"],
        takes_over: true,
        spoken: "_paq.push([\"trackEvent\", …]) for {}",
        consent: |call| match call.args.first()?.get(0)?.as_str()? {
            "requireConsent" => Some(false),
            "setConsentGiven" | "rememberConsentGiven" => Some(true),
            _ => None,
        },
        holds_back: true,
        ..Probes::NONE
    },
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    anywhere(Ends("/matomo.php"), Endpoint::Event, NoContent),
    anywhere(Ends("/piwik.php"), Endpoint::Event, NoContent),
    anywhere(Ends("/js/tracker.php"), Endpoint::Event, NoContent).when(is_tracked),
    anywhere(Ends("/plugins/HeatmapSessionRecording/configs.php"), Endpoint::Aux, NoContent)
        .when(|look| look.has_query("idsite")),
];

/// Shared with Piwik PRO, which grew out of the same program.
pub(crate) const PARAMS: &[ParamSpec] = &[
    param("_cvar", "", Business).of(ParamType::Json),
    param("_id", "client_id", Identifier),
    param("_idn", "", Transport),
    param("_idts", "", Transport).of(ParamType::Time),
    param("_idvc", "", Transport),
    param("_pkc", "item_category", Business),
    param("_pkn", "product_name", Business),
    param("_pkp", "price", Business),
    param("_pks", "product_id", Business),
    param("_rck", "", Environment),
    param("_rcn", "", Environment),
    param("_ref", "", Environment).of(ParamType::Url),
    param("_refts", "", Transport).of(ParamType::Time),
    param("_viewts", "", Transport).of(ParamType::Time),
    param("action_name", "title", Environment),
    param("apiv", "", Transport),
    param("c_i", "content_interaction", Business),
    param("c_n", "content_name", Business),
    param("c_p", "content_piece", Business),
    param("c_t", "content_target", Business),
    param("ca", "", Transport),
    param("cdt", "", Transport).of(ParamType::Time),
    param("cid", "client_id", Identifier),
    param("cip", "", Identifier),
    param("cra", "", Business),
    param("cvar", "", Business).of(ParamType::Json),
    param("data", "", Business).of(ParamType::Json),
    param("download", "download", Business).of(ParamType::Url),
    param("e_a", "event_action", Business),
    param("e_c", "event_category", Business),
    param("e_cvar", "", Business).of(ParamType::Json),
    param("e_n", "event_label", Business),
    param("e_t", "", Identity),
    param("e_v", "event_value", Business).of(ParamType::Number),
    param("ec_dt", "discount", Business).of(ParamType::Number),
    param("ec_id", "order_id", Business),
    param("ec_items", "items", Business),
    param("ec_products", "items", Business),
    param("ec_sh", "shipping", Business),
    param("ec_st", "subtotal", Business).of(ParamType::Number),
    param("ec_tx", "tax", Business),
    param("gt_ms", "", Transport),
    param("h", "", Transport),
    param("idgoal", "goal_id", Business),
    param("idsite", "", Identity),
    param("link", "outlink", Business).of(ParamType::Url),
    param("m", "", Transport),
    param("ma_id", "", Transport),
    param("ma_mt", "", Business),
    param("ma_re", "", Business),
    param("ma_ti", "media_title", Business),
    param("new_visit", "", Business).of(ParamType::Flag),
    param("ping", "", Identity),
    param("pv_id", "", Transport),
    param("queuedtracking", "", Transport),
    param("r", "", Transport),
    param("rand", "", Transport),
    param("rec", "", Transport),
    param("revenue", "value", Business),
    param("s", "", Transport),
    param("search", "search_string", Business),
    param("search_cat", "search_category", Business),
    param("search_count", "search_count", Business).of(ParamType::Number),
    param("send_image", "", Transport),
    param("token_auth", "", Identifier),
    param("uid", "user_id", Identifier),
    param("url", "url", Environment),
    param("urlref", "referrer", Environment),
];

pub(crate) const GROUPS: &[Group] = &[
    group("dimension", "", Business, false),
    // Timing of the page and the player, and how far a form was filled.
    group("pf_", "", Transport, false),
    group("ma_", "", Transport, false),
    group("fa_", "", Transport, false),
];

/// Names of an item's fields, which the wire tells by their place.
const ITEM_FIELDS: &[&str] =
    &["sku", "name", "category", "price", "quantity", "brand", "variant", "custom_dimensions"];

fn is_tracked(look: &Look<'_>) -> bool {
    look.has_query("idsite") && look.has_query("rec")
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    requests(exchange, draft, |fields, draft| {
        if fields.iter().any(|(wire, _)| wire.starts_with("hsr_")) {
            draft.account(fields.cow("idsite").unwrap_or_default());
            draft.kind = HitKind::Replay;
            return;
        }
        let name = name_of(&fields);
        read(fields, name, draft);
    });
}

/// Hands over each tracking request that one HTTP request holds. What says
/// nothing of a site is turned away.
pub(crate) fn requests<'a>(
    exchange: &Exchange<'a>,
    draft: &mut Draft<'a>,
    mut each: impl FnMut(Fields<'a>, &mut Draft<'a>),
) {
    let is_json = matches!(exchange.body.trim_ascii_start().first(), Some(b'{' | b'['));
    if !is_json {
        let fields = exchange.fields();
        if ["idsite", "rec"].iter().any(|name| fields.get(name).is_some()) {
            each(fields, draft);
        } else {
            draft.reject();
        }
        return;
    }
    let site = query::first(exchange.address.query, "idsite");
    let Some(mut body) = draft.json(exchange) else { return };
    let list = match body.remove("requests") {
        Some(Json::List(list)) => list,
        _ => vec![body],
    };
    for request in list {
        if draft.is_full() {
            break;
        }
        let mut fields: Fields<'a> = match request {
            Json::Text(text) => pairs_of(text),
            Json::Object(members) => {
                members.into_iter().map(|(name, value)| (name, text_of(value))).collect()
            }
            _ => continue,
        };
        if let Some(site) = site.clone().filter(|_| !fields.has("idsite")) {
            fields.push("idsite", site);
        }
        if !fields.is_empty() {
            each(fields, draft);
        }
    }
}

fn text_of(value: Json<'_>) -> Cow<'_, str> {
    match value {
        Json::Text(text) => text,
        Json::Null => Cow::Borrowed(""),
        value => Cow::Owned(serde_json::to_string(&value).unwrap_or_default()),
    }
}

/// `?idsite=1&…`, with or without the question mark and what may precede it.
fn pairs_of(text: Cow<'_, str>) -> Fields<'_> {
    fn query_of(text: &str) -> &str {
        match text.split_once('?') {
            Some((before, query)) if !before.contains('=') => query,
            _ => text,
        }
    }
    match text {
        Cow::Borrowed(text) => query::text_pairs(query_of(text)).collect(),
        Cow::Owned(text) => query::text_pairs(query_of(&text))
            .map(|(name, value)| (name.into_owned().into(), value.into_owned().into()))
            .collect(),
    }
}

/// What the request tracks, by the parameter that only such a request has.
pub(crate) fn name_of<'a>(fields: &Fields<'a>) -> Cow<'a, str> {
    let has = |name: &str| fields.get(name).is_some();
    Cow::Borrowed(match fields.get("idgoal") {
        Some("0") if has("ec_id") => "order",
        Some("0") => "cart",
        Some(_) => "goal",
        None if has("ping") => "ping",
        None if fields.has("search") => "search",
        None if has("e_c") || has("e_a") => "event",
        None if has("link") => "link",
        None if has("download") => "download",
        None if has("c_n") || has("c_i") => "content",
        None if has("ma_id") => "media",
        None if has("fa_vid") || has("fa_fp") => "form",
        None if has("cra") => "crash",
        None => "pageview",
    })
}

/// Adds the event of one request.
pub(crate) fn read<'a>(fields: Fields<'a>, name: Cow<'a, str>, draft: &mut Draft<'a>) {
    let account = fields.cow("idsite").unwrap_or_default();
    if account.is_empty() {
        draft.problem("no site in `idsite`");
    }
    draft.account(account.clone());
    let params = fields
        .into_iter()
        .map(|(wire, value)| {
            let mut param = draft.text_param(wire, value);
            if matches!(&*param.wire, "ec_items" | "ec_products") {
                param.value = items(param.value);
            } else if is_dimension(&param.wire) {
                param.canonical = Some(param.wire.clone());
            }
            param
        })
        .collect();
    draft.event(name, account, params);
}

fn is_dimension(wire: &str) -> bool {
    let number = wire.strip_prefix("dimension").unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// `[["sku","name",["category"],10,1]]` with names for the places; anything
/// else stays what it is.
fn items(value: Json<'_>) -> Json<'_> {
    let Json::List(list) = value else { return value };
    let named = |item| match item {
        Json::List(fields) => {
            Json::Object(ITEM_FIELDS.iter().map(|name| Cow::Borrowed(*name)).zip(fields).collect())
        }
        item => item,
    };
    Json::List(list.into_iter().map(named).collect())
}

fn calls(call: &Call) -> Vec<CalledEvent> {
    if call.name != "_paq.push" {
        return Vec::new();
    }
    call.args.iter().filter_map(called).collect()
}

fn called(item: &Value) -> Option<CalledEvent> {
    let text = |at: usize| item.get(at).and_then(Value::as_str);
    // A tracker other than the first may be named before the method.
    let method = text(0)?.rsplit('.').next()?;
    let event = match method {
        "trackPageView" => "pageview",
        "trackEvent" => "event",
        "trackGoal" => "goal",
        "trackSiteSearch" => "search",
        "trackLink" if text(2) == Some("download") => "download",
        "trackLink" => "link",
        "trackEcommerceOrder" => "order",
        "trackEcommerceCartUpdate" => "cart",
        "trackContentImpression" | "trackContentInteraction" => "content",
        "ping" => "ping",
        _ => return None,
    };
    Some(CalledEvent {
        vendor: MATOMO.slug.to_owned(),
        event: Some(event.to_owned()),
        account: None,
        event_id: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_call_names_its_event() {
        let event = |item: Value| called(&item).and_then(|called| called.event);
        assert_eq!(event(json!(["trackEvent", "a", "b"])).as_deref(), Some("event"));
        assert_eq!(
            event(json!(["trackLink", "https://a", "download"])).as_deref(),
            Some("download")
        );
        assert_eq!(event(json!(["Piwik.trackGoal", 3])).as_deref(), Some("goal"));
        for item in [json!(["setUserId", "a"]), json!([]), json!("trackEvent"), json!(null)] {
            assert_eq!(event(item), None);
        }
    }

    #[test]
    fn a_bulk_request_is_a_query() {
        for text in
            ["?idsite=1&url=/a?b=c", "idsite=1&url=/a?b=c", "/matomo.php?idsite=1&url=/a?b=c"]
        {
            let fields = pairs_of(Cow::Borrowed(text));
            assert_eq!((fields.get("idsite"), fields.get("url")), (Some("1"), Some("/a?b=c")));
        }
    }

    #[test]
    fn an_items_places_are_named() {
        let read =
            |text: &'static str| Value::from(items(crate::wire::json::parse_text(text.into())));
        assert_eq!(
            read(r#"[["A","B",["C"],"1",2],7]"#),
            json!([{"sku": "A", "name": "B", "category": ["C"], "price": "1", "quantity": 2}, 7])
        );
        assert_eq!(read("x"), json!("x"));
    }
}

//! Adobe Analytics (`AppMeasurement`, formerly `SiteCatalyst`).
//!
//! Documentation: <https://experienceleague.adobe.com/en/docs/analytics/implementation/home>.
//! Endpoints: `/b/ss/<report suites>/<format>/<version>/s<random>` on
//! `*.sc.omtrdc.net`, `*.2o7.net`, `*.data.adobedc.net` and on any first-party
//! host, as GET or, where it is long, as a form body.
//! Sample: `https://smetrics.shop.example/b/ss/prod,global/1/JS-2.22.0/s1?AQB=1&v1=x&AQE=1`
//!
//! It does not read the XML that servers insert, and leaves `D=` references
//! between variables as they are.

use std::borrow::Cow;

use crate::model::hit::HitKind;
use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::Image;
use crate::vendors::frame::decoded::Param;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::fields::Fields;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{Any, Has, Under as Below};
use crate::vendors::frame::route::{Host, Library, Look, Route, anywhere, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json::Json;
use crate::wire::percent::{Plus, decode as unescape};

pub static ADOBE_ANALYTICS: Vendor = Vendor {
    slug: "adobe_analytics",
    name: "Adobe Analytics",
    docs: "https://experienceleague.adobe.com/en/docs/analytics/implementation/home",
    notes: "the accounts are the report suites in the path; a call without `pe` is `page_view`, \
            one with a link type (`lnk_o`, `lnk_d`, `lnk_e`) is `link`, any other is named by \
            `pe`; evars, props, hierarchies and lists are `evar1`, `prop1`, `hier1`, `list1`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    automatic: &["link"],
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("omtrdc.net"), Under("2o7.net"), Under("adobedc.net")];

const ROUTES: &[Route] = &[
    // The image for browsers without scripts has no query: the frame would take
    // an event's bare address for somebody who looks.
    on(HOSTS, Below("/b/ss"), Endpoint::Aux, Image).when(is_noscript),
    anywhere(Has("/b/ss"), Endpoint::Aux, Image).when(is_noscript),
    on(HOSTS, Below("/b/ss"), Endpoint::Event, Image),
    anywhere(Has("/b/ss"), Endpoint::Event, Image).when(has_suite),
];

const LIBRARIES: &[Library] = &[
    library(&[Is("assets.adobedtm.com")], Any),
    library(&[Is("assets.adobetarget.com"), Is("assets.adobeanalyticsdns.com")], Any),
];

const PARAMS: &[ParamSpec] = &[
    param("D", "", Transport),
    param("aamb", "", Identifier),
    param("aamlh", "", Transport),
    param("aid", "", Identifier),
    param("bh", "", Environment),
    param("bw", "", Environment),
    param("c", "", Environment),
    param("cc", "currency", Business),
    param("ce", "", Environment),
    param("ch", "channel", Business),
    param("events", "events", Business),
    param("fid", "", Identifier),
    param("g", "url", Environment),
    param("gn", "page_name", Business),
    param("linkTrackEvents", "", Transport),
    param("linkTrackVars", "", Transport),
    param("mcorgid", "", Environment),
    param("mid", "visitor_id", Identifier),
    param("ndh", "", Transport),
    param("ns", "", Environment),
    param("pageName", "page_name", Business),
    param("pageType", "page_type", Business),
    param("pccr", "", Transport),
    param("pe", "link_type", Identity),
    param("pev1", "link_url", Business).of(ParamType::Url),
    param("pev2", "link_name", Business),
    param("pev3", "", Business),
    param("pf", "", Transport),
    param("pl", "items", Business),
    param("products", "items", Business),
    param("purchaseID", "order_id", Business),
    param("r", "referrer", Environment),
    param("sdid", "", Transport),
    param("server", "server", Business),
    param("state", "state", Business),
    param("t", "", Transport).of(ParamType::Time),
    param("ts", "", Transport).of(ParamType::Time),
    param("v0", "campaign", Business),
    param("vid", "visitor_id", Identifier),
    param("vidn", "", Identifier),
    param("xact", "transaction_id", Business),
    param("zip", "zip", Business),
];

const GROUPS: &[Group] = &[
    // What the library notes by itself of the click before.
    group("c.a.activitymap.", "", Environment, false),
    group("c.a.", "", Business, false),
    group("c.", "", Business, true),
    group("cid.", "", Identifier, false),
];

/// Short and long names of the numbered variables.
const NUMBERED: &[(&str, &str)] = &[
    ("v", "evar"),
    ("eVar", "evar"),
    ("evar", "evar"),
    ("c", "prop"),
    ("prop", "prop"),
    ("h", "hier"),
    ("hier", "hier"),
    ("l", "list"),
    ("list", "list"),
];

const PRODUCT_FIELDS: &[&str] = &["category", "id", "quantity", "price", "events", "evars"];

/// The longest prefix that nested context data may give to a name.
const LONGEST_PREFIX: usize = 300;

/// On a host of the shop's own: a report suite and a number follow.
fn has_suite(look: &Look<'_>) -> bool {
    let mut segments = look.address.segments().skip_while(|segment| *segment != "b").skip(2);
    let suite = segments.next().is_some();
    let format = segments.next().unwrap_or_default();
    suite && !format.is_empty() && format.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_noscript(look: &Look<'_>) -> bool {
    has_suite(look) && look.address.is_bare() && look.address.path.contains("--NS")
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let mut segments = exchange.address.segments().skip_while(|segment| *segment != "ss").skip(1);
    // Without a suite the format's number stands in its place.
    if let Some(suites) = segments.next().filter(|suites| suites.parse::<u8>().is_err()) {
        draft.accounts(unescape(suites, Plus::Literal), ',');
    }
    if draft.accounts.is_empty() {
        draft.problem("no report suite in the path");
    }
    draft.kind = HitKind::Event;
    let fields = exchange.fields();
    let name = match fields.cow("pe") {
        Some(kind) if kind.starts_with("lnk_") => Cow::Borrowed("link"),
        Some(kind) => kind,
        None => Cow::Borrowed("page_view"),
    };
    let params = params(draft, fields);
    draft.event(name, draft.only_account(), params);
}

/// Context data is nested by pairs that open (`c.`) and close (`.c`) a prefix.
fn params<'a>(draft: &Draft<'a>, fields: Fields<'a>) -> Vec<Param<'a>> {
    let mut prefix = String::new();
    let mut open: Vec<usize> = Vec::new();
    let mut params = Vec::new();
    for (wire, value) in fields {
        if value.is_empty() && wire.len() > 1 && wire.ends_with('.') {
            open.push(prefix.len());
            if prefix.len() + wire.len() <= LONGEST_PREFIX {
                prefix.push_str(&wire);
            }
        } else if value.is_empty() && wire.len() > 1 && wire.starts_with('.') {
            prefix.truncate(open.pop().unwrap_or(0));
        } else if !matches!(&*wire, "AQB" | "AQE") {
            let wire = if prefix.is_empty() { wire } else { format!("{prefix}{wire}").into() };
            params.push(read_param(draft, wire, value));
        }
    }
    params
}

fn read_param<'a>(draft: &Draft<'a>, wire: Cow<'a, str>, value: Cow<'a, str>) -> Param<'a> {
    if let Some(canonical) = numbered(&wire) {
        let canonical = Some(Cow::Owned(canonical));
        return Param { wire, value: value.into(), canonical, class: Business };
    }
    match &*wire {
        "products" | "pl" => draft.param(wire, products(&value)),
        _ => draft.param(wire, value),
    }
}

fn numbered(wire: &str) -> Option<String> {
    NUMBERED.iter().find_map(|(prefix, canonical)| {
        let number = wire.strip_prefix(prefix)?;
        let is_number =
            number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0');
        (is_number && !number.is_empty()).then(|| format!("{canonical}{number}"))
    })
}

/// `category;product;quantity;price;events;evars` for each product, separated
/// by commas; fields that are empty are left out.
fn products(text: &str) -> Json<'static> {
    let product = |text: &str| {
        let fields = text.split(';').zip(PRODUCT_FIELDS).filter(|(value, _)| !value.is_empty());
        Json::Object(
            fields.map(|(value, name)| (Cow::Borrowed(*name), value.to_owned().into())).collect(),
        )
    };
    Json::List(text.split(',').filter(|text| !text.is_empty()).map(product).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn numbered_variables_have_one_name() {
        for (wire, name) in
            [("v12", "evar12"), ("eVar3", "evar3"), ("c1", "prop1"), ("l2", "list2")]
        {
            assert_eq!(numbered(wire).as_deref(), Some(name));
        }
        for wire in ["v", "v0", "c", "ch", "vid", "hp", "list", "c1x"] {
            assert_eq!(numbered(wire), None, "{wire}");
        }
    }

    #[test]
    fn a_product_is_its_fields() {
        assert_eq!(
            Value::from(products("Shoes;SKU-1;2;25.98;event5=1|event6=2;eVar3=red,;B")),
            json!([
                {"category": "Shoes", "id": "SKU-1", "quantity": "2", "price": "25.98",
                 "events": "event5=1|event6=2", "evars": "eVar3=red"},
                {"id": "B"},
            ])
        );
    }
}

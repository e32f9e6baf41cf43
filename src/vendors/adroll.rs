//! AdRoll (NextRoll) Pixel.
//!
//! Documentation: <https://help.adroll.com/>.
//! Endpoints on `d.adroll.com`: `/uev/<advertiser>/<pixel>` (named events),
//! `/pixel/…`, `/segment/…`, `/p/…`, `/on_conversion/…`; everything else there
//! (`/cm`, `/pex`, `/consent`, …) matches cookies or tells what may load.
//! Sample: `https://d.adroll.com/uev/RUQA/FMKQ?event_name=purchase&conv_value=10`
//!
//! It does not read the pixels of others that the answer loads.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path::{self, Under};
use crate::vendors::frame::route::{Host, Library, Look, Route, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};
use crate::wire::json;
use crate::wire::query;

pub static ADROLL: Vendor = Vendor {
    slug: "adroll",
    name: "AdRoll",
    docs: "https://help.adroll.com/",
    notes: "the account is the advertiser in the path; the event is `event_name`, \
            `adroll_product_action` or `ev`, without one `conversion` where there is a \
            conversion's value, else `page_view`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    ..Vendor::BASE
};

const HOSTS: &[Host] =
    &[Is("d.adroll.com"), Is("ipv4.d.adroll.com"), Is("d.adroll.mgr.consensu.org")];

const ROUTES: &[Route] = &[
    on(HOSTS, Under("/uev"), Endpoint::Event, Answer::Image).when(has_account).bare(),
    on(HOSTS, Under("/pixel"), Endpoint::Event, Answer::Image).when(has_account).bare(),
    on(HOSTS, Under("/p"), Endpoint::Event, Answer::Image).when(has_account).bare(),
    on(HOSTS, Under("/segment"), Endpoint::Event, Answer::Image).when(has_account).bare(),
    on(HOSTS, Under("/on_conversion"), Endpoint::Event, Answer::Image).when(has_account).bare(),
    on(HOSTS, Path::Any, Endpoint::Aux, Answer::Image).when(is_endpoint),
];

const LIBRARIES: &[Library] =
    &[library(&[Is("s.adroll.com")], Under("/j")), library(&[Is("s.adroll.com")], Under("/pixel"))];

const PARAMS: &[ParamSpec] = &[
    param("_s", "", Transport),
    param("adroll_conversion_value", "value", Business),
    param("adroll_conversion_value_in_dollars", "value", Business),
    param("adroll_currency", "currency", Business),
    param("adroll_email", "", Identifier),
    param("adroll_external_data.ORDER_ID", "", Business),
    param("adroll_external_data.USER_ID", "user_id", Identifier),
    param("adroll_external_data.checkout_token", "", Identifier),
    param("adroll_fpc", "", Identifier),
    param("adroll_order_id", "order_id", Business),
    param("adroll_product_action", "", Identity),
    param("adroll_product_id", "product_id", Business),
    param("adroll_products", "items", Business),
    param("adroll_s_ref", "referrer", Environment),
    param("adroll_segments", "", Business),
    param("adroll_tpc", "", Identifier),
    param("adroll_version", "", Environment),
    param("arconsent", "", Business),
    param("arrfrr", "url", Environment),
    param("conv_value", "value", Business),
    param("conversion_value", "value", Business),
    param("cookie", "", Identifier),
    param("currency", "currency", Business),
    param("cv", "value", Business),
    param("ev", "", Identity),
    param("event_attributes.ORDER_ID", "", Business),
    param("event_attributes.USER_ID", "user_id", Identifier),
    param("event_attributes.checkout_token", "", Identifier),
    param("event_attributes.conversion_value", "value", Business),
    param("event_attributes.products", "items", Business),
    param("event_name", "", Identity),
    param("flg", "", Transport),
    param("keyw", "", Business),
    param("name", "", Business),
    param("order_id", "order_id", Business),
    param("orderid", "order_id", Business),
    param("p0", "", Transport),
    param("pixel_type", "", Environment),
    param("product_id", "product_id", Business),
    param("product_ids", "content_ids", Business),
    param("pv", "", Transport),
    param("user_id", "user_id", Identifier),
    param("xa4", "", Transport),
    param("xid_ch", "", Transport),
];

const GROUPS: &[Group] = &[
    group("event_attributes.", "", Business, true),
    group("adroll_external_data.", "", Business, true),
    group("adroll_", "", Business, false),
];

/// Where a conversion's value stands.
const VALUES: &[&str] = &[
    "conv_value",
    "conversion_value",
    "adroll_conversion_value",
    "adroll_conversion_value_in_dollars",
    "cv",
];

fn has_account(look: &Look<'_>) -> bool {
    look.address.segments().nth(1).is_some()
}

fn is_endpoint(look: &Look<'_>) -> bool {
    let known = ["uev", "pixel", "p", "segment", "on_conversion"];
    let word = look.address.segments().next();
    word.is_some_and(|word| !word.contains('.') && !known.contains(&word))
}

/// Advertisers' ids are capitals and digits.
fn is_account(segment: &str) -> bool {
    segment.len() > 10
        && segment.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let mut fields = exchange.fields();
    let segments = || exchange.address.segments().skip(1);
    let of_path = segments().find(|segment| is_account(segment));
    let first = || segments().next().filter(|_| exchange.is_event());
    match of_path.or_else(first) {
        Some(account) => draft.account(account),
        None => draft.account(fields.first_of(&["advertisable", "adv"]).unwrap_or_default()),
    }
    if !exchange.is_event() {
        return;
    }
    let converts =
        exchange.address.path.starts_with("/on_conversion") || fields.first_of(VALUES).is_some();
    let unnamed = if converts { "conversion" } else { "page_view" };
    let names = ["event_name", "adroll_product_action", "ev"];
    let name = fields.first_of(&names).unwrap_or(Cow::Borrowed(unnamed));
    let attributes = fields.remove("event_attributes").map(json::parse_text);
    let external = fields.remove("adroll_external_data").unwrap_or_default();
    let mut params = draft.params(fields);
    if let Some(attributes) = attributes {
        params.extend(draft.nested("event_attributes", attributes));
    }
    // A query in the query.
    for (wire, value) in query::text_pairs(&external) {
        let wire = format!("adroll_external_data.{wire}");
        params.push(draft.text_param(wire, Cow::Owned(value.into_owned())));
    }
    draft.event(name, draft.only_account(), params);
}

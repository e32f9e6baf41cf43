//! Impact (Impact Radius).
//!
//! Documentation: <https://integrations.impact.com/>.
//! Endpoints on `sjv.io`, `pxf.io`, `evyy.net`, `7eer.net`, `ojrq.net` and brands'
//! own domains: `/xc/<account>/<tracker>/<campaign>` (a visit), `/xconv/…` and
//! `/ifconv/…` (conversions), `/pc/…` (page loads); `/cur/…` and `/gid/…` ask
//! for the visitor's id.
//! Sample: `POST https://shop.pxf.io/xconv/2871871/1080123/13831` with `orderid=O-1&currency=USD`
//!
//! It does not read clicks (`/c/…`) and banners (`/i/…`).

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Under as Below};
use crate::vendors::frame::route::{Host, Library, Look, Route, anywhere, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};
use crate::wire::json::Json;

pub static IMPACT: Vendor = Vendor {
    slug: "impact",
    name: "Impact",
    docs: "https://integrations.impact.com/",
    notes: "the account is the first number of the path; events are called `visit`, \
            `conversion` and `page_view` after their endpoint",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[
    Under("sjv.io"),
    Under("pxf.io"),
    Under("evyy.net"),
    Under("7eer.net"),
    Under("ojrq.net"),
    Under("impactradius-event.com"),
];
const OK: Answer = Answer::Image;

const ROUTES: &[Route] = &[
    on(HOSTS, Below("/xc"), Endpoint::Event, OK).when(has_account).bare(),
    on(HOSTS, Below("/xconv"), Endpoint::Event, OK).when(has_account).bare(),
    on(HOSTS, Below("/ifconv"), Endpoint::Event, OK).when(has_account).bare(),
    on(HOSTS, Below("/conv"), Endpoint::Event, OK).when(has_account).bare(),
    on(HOSTS, Below("/pc"), Endpoint::Event, OK).when(has_account).bare(),
    on(HOSTS, Below("/cur"), Endpoint::Aux, OK),
    on(HOSTS, Below("/gid"), Endpoint::Aux, OK),
    on(HOSTS, Below("/ur"), Endpoint::Aux, OK),
    // Brands' own domains: three numbers after the word.
    anywhere(Path::Has("/xc"), Endpoint::Event, OK).when(has_numbers).bare(),
    anywhere(Path::Has("/xconv"), Endpoint::Event, OK).when(has_numbers).bare(),
    anywhere(Path::Has("/ifconv"), Endpoint::Event, OK).when(has_numbers).bare(),
];

const LIBRARIES: &[Library] = &[library(
    &[
        Is("utt.impactcdn.com"),
        Is("d.impactradius-event.com"),
        Is("utt.pepperjam.com"),
        Is("d3cxv97fi8q177.cloudfront.net"),
    ],
    Path::Any,
)];

const PARAMS: &[ParamSpec] = &[
    param("Amount", "value", Business),
    param("CurrencyCode", "currency", Business),
    param("CustomerEmail", "email_sha256", Identifier),
    param("CustomerId", "user_id", Identifier),
    param("EventDate", "", Transport),
    param("OrderId", "order_id", Business),
    param("OrderPromoCode", "coupon", Business),
    param("OrderSubTotalPostDiscount", "value", Business),
    param("_ir", "", Identifier),
    param("amount", "value", Business),
    param("clickid", "", Identifier),
    param("currency", "currency", Business),
    param("currencyCode", "currency", Business),
    param("custemail", "email_sha256", Identifier),
    param("custid", "user_id", Identifier),
    param("customerEmail", "email_sha256", Identifier),
    param("customerId", "user_id", Identifier),
    param("landurl", "url", Environment),
    param("oid", "order_id", Business),
    param("orderId", "order_id", Business),
    param("orderPromoCode", "coupon", Business),
    param("orderSubTotalPostDiscount", "value", Business),
    param("orderid", "order_id", Business),
    param("promocode", "coupon", Business),
    param("refurl", "referrer", Environment),
    param("srcref", "referrer", Environment),
    param("ts", "", Transport),
    param("value", "value", Business),
];

/// Every conversion tells items and properties of the brand's own.
const GROUPS: &[Group] = &[group("_", "", Transport, false), group("", "", Business, false)];

fn is_number(segment: &str) -> bool {
    !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit())
}

fn has_account(look: &Look<'_>) -> bool {
    look.address.segments().nth(1).is_some_and(is_number)
}

fn has_numbers(look: &Look<'_>) -> bool {
    let segments = || look.address.segments();
    segments().count() == 4 && segments().skip(1).all(|part| is_number(part) && part.len() > 2)
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let mut segments = exchange.address.segments();
    let word = segments.next().unwrap_or_default();
    draft.account(segments.next().filter(|part| is_number(part)).unwrap_or_default());
    if !exchange.is_event() {
        return;
    }
    let name = match word {
        "xc" => "visit",
        "pc" => "page_view",
        _ => "conversion",
    };
    let mut fields = exchange.query();
    let mut params = Vec::new();
    if exchange.body.trim_ascii_start().starts_with(b"{") {
        params.extend(draft.json(exchange).map(|body: Json<'a>| draft.json_params(body)));
    } else {
        fields.read_body(exchange.body, exchange.request.content_type);
    }
    let mut all = draft.params(fields);
    all.extend(params.into_iter().flatten());
    draft.event(name, draft.only_account(), all);
}

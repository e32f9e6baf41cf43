//! Amazon Ads tag.
//!
//! Documentation: <https://advertising.amazon.com/help>.
//! Endpoints: `/iu3` on `s.amazon-adsystem.com` and the regional `aax` hosts;
//! `ara.paa-reporting-advertising.amazon/aat` takes each event a second time
//! for the browser's attribution reports; `/ecm3` and `/dcm` match cookies, as
//! does `/iu3` where `d` names a publisher's.
//! Sample: `https://s.amazon-adsystem.com/iu3?pid=1b3c&event=Checkout&value=10&currencyCode=EUR`
//!
//! It does not read publishers' header bidding.

use std::borrow::Cow;

use crate::model::hit::HitKind;
use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::fields::Fields;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Ends, Under as Below};
use crate::vendors::frame::route::{Host, Library, Route, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};

pub static AMAZON_ADS: Vendor = Vendor {
    slug: "amazon_ads",
    name: "Amazon Ads",
    docs: "https://advertising.amazon.com/help",
    notes: "the account is `pid`, in older pixels the `p` of `ex-hargs`; the event is `event`, \
            without a name `page_view`; what goes to `/aat` is a copy",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("amazon-adsystem.com")];
const COPIES: &[Host] = &[Is("ara.paa-reporting-advertising.amazon")];

const ROUTES: &[Route] = &[
    on(HOSTS, Ends("/iu3"), Endpoint::Event, Answer::Image),
    on(HOSTS, Ends("/iui3"), Endpoint::Event, Answer::Image),
    on(HOSTS, Ends("/ecm3"), Endpoint::Aux, Answer::Image),
    on(HOSTS, Ends("/dcm"), Endpoint::Aux, Answer::Image),
    on(COPIES, Below("/aat"), Endpoint::Duplicate, Answer::Json("{}")),
    on(COPIES, Path::Any, Endpoint::Aux, Answer::Empty),
];

const LIBRARIES: &[Library] = &[library(&[Is("c.amazon-adsystem.com")], Path::Any)];

const PARAMS: &[ParamSpec] = &[
    param("brand", "item_brand", Business),
    param("category", "item_category", Business),
    param("cb", "", Transport),
    param("clientDedupeId", "event_id", Identifier),
    param("currencyCode", "currency", Business),
    param("d", "", Environment),
    param("event", "", Identity),
    param("eventSource", "", Environment),
    param("ex-src", "url", Environment),
    param("gdpr", "", Business),
    param("gdpr_consent", "", Business),
    param("gtmVersion", "", Environment),
    param("matchId", "external_id", Identifier),
    param("pid", "", Identity),
    param("productid", "product_id", Business),
    param("ref", "referrer", Environment),
    param("ts", "", Transport),
    param("unitsSold", "num_items", Business),
    param("uuid", "", Transport),
    param("value", "value", Business),
];

/// Pages add attributes of their own beside the known ones.
const GROUPS: &[Group] = &[
    group("ex-", "", Environment, false),
    group("amzn", "", Identifier, false),
    group("", "", Business, false),
];

/// The pixel id of the older form: `ex-hargs=v=1.0;c=…;p=<id>`, or `id` in
/// `ex-fargs`.
fn older_account(fields: &Fields<'_>) -> Option<String> {
    let hargs = fields.get("ex-hargs").unwrap_or_default();
    let fargs = fields.get("ex-fargs").unwrap_or_default();
    let of_hargs = hargs.split(';').find_map(|part| part.strip_prefix("p="));
    let of_fargs =
        || fargs.trim_start_matches('?').split('&').find_map(|part| part.strip_prefix("id="));
    of_hargs.or_else(of_fargs).map(str::to_lowercase)
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let fields = exchange.fields();
    let account = fields.cow("pid").or_else(|| older_account(&fields).map(Cow::Owned));
    let Some(account) = account else {
        if exchange.is_event() {
            draft.kind = HitKind::Aux;
        }
        return;
    };
    draft.account(account.clone());
    if !exchange.is_event() {
        return;
    }
    let name = fields.cow("event").unwrap_or(Cow::Borrowed("page_view"));
    draft.event(name, account, draft.params(fields));
}

//! Outbrain Pixel.
//!
//! Documentation: <https://www.outbrain.com/help/advertisers/outbrain-pixel/>.
//! Endpoints on `tr.outbrain.com`: `/unifiedPixel`, `/pixel` (the older one);
//! `/cachedClickId` and the hosts `sync` and `wave` carry no event.
//! Sample: `https://tr.outbrain.com/unifiedPixel?marketerId=00ab&name=purchase&orderValue=12`
//!
//! It does not read publishers' widgets.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path;
use crate::vendors::frame::route::{Host, Library, Route, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, ParamSpec, ParamType, Vendor, param};

pub static OUTBRAIN: Vendor = Vendor {
    slug: "outbrain",
    name: "Outbrain",
    docs: "https://www.outbrain.com/help/advertisers/outbrain-pixel/",
    notes: "the accounts are `marketerId`, several with commas, the event `name`; one without a \
            name is called `conversion`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    decode,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("tr.outbrain.com")];
const SYNC: &[Host] = &[Is("sync.outbrain.com"), Is("wave.outbrain.com")];

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Is("/unifiedPixel"), Endpoint::Event, Answer::Image),
    on(HOSTS, Path::Is("/pixel"), Endpoint::Event, Answer::Image),
    on(HOSTS, Path::Is("/cachedClickId"), Endpoint::Aux, Answer::Script("")),
    on(HOSTS, Path::Is("/sync"), Endpoint::Aux, Answer::Image),
    on(SYNC, Path::Any, Endpoint::Aux, Answer::Empty),
];

const LIBRARIES: &[Library] = &[library(&[Is("amplify.outbrain.com")], Path::Under("/cp"))];

const PARAMS: &[ParamSpec] = &[
    param("au", "", Environment),
    param("bust", "", Transport),
    param("c", "", Transport),
    param("currency", "currency", Business),
    param("dl", "url", Environment),
    param("dr", "referrer", Environment),
    param("g", "", Transport),
    param("marketerId", "", Identity),
    param("name", "", Identity),
    param("obApiVersion", "", Environment),
    param("ob_click_id", "", Identifier),
    param("obtpVersion", "", Environment),
    param("optOut", "", Business).of(ParamType::Flag),
    param("orderId", "order_id", Business),
    param("orderValue", "value", Business),
    param("tagId", "", Environment),
];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let fields = exchange.fields();
    draft.accounts(fields.cow("marketerId").unwrap_or_default(), ',');
    if !exchange.is_event() {
        return;
    }
    if draft.accounts.is_empty() && !fields.has("ob_click_id") {
        draft.problem("no advertiser in `marketerId`");
    }
    let name = fields.cow("name").unwrap_or(Cow::Borrowed("conversion"));
    draft.event(name, draft.only_account(), draft.params(fields));
}

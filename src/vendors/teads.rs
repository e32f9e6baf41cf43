//! Teads Universal Pixel.
//!
//! Documentation: <https://support.teads.com/>.
//! Endpoint: `t.teads.tv/track`, where `buyer_pixel_id` tells an advertiser's
//! pixel from a publisher's ad; `sync` and `cm` match cookies.
//! Sample: `https://t.teads.tv/track?action=pageView&env=js-web&tag_version=7.7.0&buyer_pixel_id=4321`
//!
//! It does not read what the ads themselves report.

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path;
use crate::vendors::frame::route::{Host, Library, Route, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, ParamSpec, Vendor, param};

pub static TEADS: Vendor = Vendor {
    slug: "teads",
    name: "Teads",
    docs: "https://support.teads.com/",
    notes: "the account is `buyer_pixel_id`, the event `action`; without the account it is an \
            ad's own report",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    decode,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("t.teads.tv")];

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Is("/track"), Endpoint::Event, Answer::Image),
    on(&[Is("sync.teads.tv"), Is("cm.teads.tv")], Path::Any, Endpoint::Aux, Answer::Image),
];

const LIBRARIES: &[Library] = &[library(&[Is("p.teads.tv")], Path::Any)];

const PARAMS: &[ParamSpec] = &[
    param("action", "", Identity),
    param("auctid", "", Identifier),
    param("buyer_pixel_id", "", Identity),
    param("cht", "", Environment),
    param("conversion_name", "content_name", Business),
    param("conversion_type", "", Business),
    param("conversion_value", "value", Business),
    param("currency", "currency", Business),
    param("env", "", Environment),
    param("hasConsent", "", Business),
    param("name", "content_name", Business),
    param("order_id", "order_id", Business),
    param("price", "value", Business),
    param("provider", "", Environment),
    param("referer", "url", Environment),
    param("tag_version", "", Environment),
    param("ts", "", Transport),
    param("user_session_id", "session_id", Identifier),
    param("value", "value", Business),
];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let fields = exchange.fields();
    let Some(account) = fields.cow("buyer_pixel_id") else { return };
    draft.accounts(account, ',');
    if !exchange.is_event() {
        return;
    }
    let Some(name) = fields.cow("action") else {
        draft.problem("no event name in `action`");
        return;
    };
    draft.event(name, draft.only_account(), draft.params(fields));
}

//! Teads Universal Pixel.
//!
//! Documentation: <https://help.teads.com/en/articles/6202162-collect-conversion-event-metadata>.
//! Endpoint: `t.teads.tv/track`, where `buyer_pixel_id` tells an advertiser's
//! pixel from a publisher's ad; `sync` and `cm` match cookies.
//! Sample: `https://t.teads.tv/track?action=pageView&tag_version=7.7.0&buyer_pixel_id=4321`
//!
//! It does not read what the ads themselves report.

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path;
use crate::vendors::frame::route::{Host, Library, Route, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, ParamSpec, Vendor, param};
use crate::wire::json;

pub static TEADS: Vendor = Vendor {
    slug: "teads",
    name: "Teads",
    docs: "https://help.teads.com/en/articles/6202162-collect-conversion-event-metadata",
    notes: "the account is `buyer_pixel_id`, the event `action`; without the account it is an \
            ad's own report",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    decode,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("t.teads.tv")];

const MATCH: &[Host] = &[Is("sync.teads.tv"), Is("cm.teads.tv"), Is("at.teads.tv")];

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Is("/track"), Endpoint::Event, Answer::Image),
    on(MATCH, Path::Any, Endpoint::Aux, Answer::Image),
];

const LIBRARIES: &[Library] = &[library(&[Is("p.teads.tv")], Path::Any)];

const PARAMS: &[ParamSpec] = &[
    param("action", "", Identity),
    param("auctid", "", Identifier),
    param("buyer_pixel_id", "", Identity),
    param("cht", "", Environment),
    param("conversion_name", "content_name", Business),
    param("conversion_params.conversion_type", "", Business),
    param("conversion_params.currency", "currency", Business),
    param("conversion_params.name", "content_name", Business),
    param("conversion_params.price", "value", Business),
    param("conversion_type", "", Business),
    param("conversion_value", "value", Business),
    param("currency", "currency", Business),
    param("env", "", Environment),
    param("hasConsent", "", Business),
    param("name", "content_name", Business),
    param("order_id", "order_id", Business),
    param("price", "value", Business),
    param("product_name", "content_name", Business),
    param("provider", "", Environment),
    param("referer", "url", Environment),
    param("tag_version", "", Environment),
    param("ts", "", Transport),
    param("user_session_id", "session_id", Identifier),
    param("value", "value", Business),
];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let mut fields = exchange.fields();
    let Some(account) = fields.cow("buyer_pixel_id") else { return };
    draft.accounts(account, ',');
    if !exchange.is_event() {
        return;
    }
    let Some(name) = fields.cow("action") else {
        draft.problem("no event name in `action`");
        return;
    };
    let more = fields.remove("conversion_params").map(json::parse_text);
    let mut params = draft.params(fields);
    if let Some(more) = more {
        params.extend(draft.nested("conversion_params", more));
    }
    draft.event(name, draft.only_account(), params);
}

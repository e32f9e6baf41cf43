//! Seznam Sklik.
//!
//! Documentation: <https://napoveda.sklik.cz/en/tracking-scripts/>.
//! Endpoints: `c.seznam.cz/retargeting`, `c.seznam.cz/conv`; the older
//! `c.imedia.cz/checkConversion`.
//! Sample: `https://c.seznam.cz/conv?id=10000000&value=199.9&orderId=O-1&consent=1`
//!
//! It does not read the identities beyond their hashes.

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path;
use crate::vendors::frame::route::{Host, Library, Route, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};
use crate::wire::json;

pub static SEZNAM_SKLIK: Vendor = Vendor {
    slug: "seznam_sklik",
    name: "Seznam Sklik",
    docs: "https://napoveda.sklik.cz/en/tracking-scripts/",
    notes: "the account is `id`; events are called `retargeting` and `conversion` after their \
            endpoint",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("c.seznam.cz")];

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Is("/retargeting"), Endpoint::Event, Answer::Image),
    on(HOSTS, Path::Is("/conv"), Endpoint::Event, Answer::Image),
    on(&[Is("c.imedia.cz")], Path::Is("/checkConversion"), Endpoint::Event, Answer::Image),
];

const LIBRARIES: &[Library] =
    &[library(&[Is("c.seznam.cz"), Is("c.imedia.cz")], Path::Under("/js"))];

const PARAMS: &[ParamSpec] = &[
    param("c", "", Identity),
    param("category", "item_category", Business),
    param("color", "", Transport),
    param("consent", "consent", Business).of(ParamType::Flag),
    param("conversionHitId", "event_id", Identifier),
    param("id", "", Identity),
    param("ids.eid", "email_sha256", Identifier),
    param("itemId", "product_id", Business),
    param("orderId", "order_id", Business),
    param("pageType", "", Business),
    param("url", "url", Environment),
    param("v", "value", Business),
    param("value", "value", Business),
    param("zboziId", "", Business),
    param("zboziType", "", Business),
];

const GROUPS: &[Group] = &[group("ids.", "", Identifier, false)];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let mut fields = exchange.fields();
    let account = fields.first_of(&["id", "c"]).unwrap_or_default();
    if account.is_empty() {
        draft.problem("no id in `id`");
    }
    draft.account(account.clone());
    let ids = fields.remove("ids").map(json::parse_text);
    let mut params = draft.params(fields);
    if let Some(ids) = ids {
        params.extend(draft.nested("ids", ids));
    }
    let retargets = exchange.address.bare_path() == "/retargeting";
    let name = if retargets { "retargeting" } else { "conversion" };
    draft.event(name, account, params);
}

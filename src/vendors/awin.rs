//! Awin.
//!
//! Documentation: <https://wiki.awin.com/index.php/Advertiser_Tracking_Guide/Standard_Implementation>.
//! Endpoints on `www.awin1.com` and `www.zenaps.com`: `/sread.img` (image),
//! `/sread.js` (the master tag, with short names), `/sread.php` (servers).
//! Sample: `https://www.awin1.com/sread.img?tt=ns&tv=2&merchant=1001&amount=20.00&cr=GBP&ref=O-1`
//!
//! It does not read clicks (`cread.php`) and views of publishers' banners.

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path;
use crate::vendors::frame::route::{Host, Library, Route, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};

pub static AWIN: Vendor = Vendor {
    slug: "awin",
    name: "Awin",
    docs: "https://wiki.awin.com/index.php/Advertiser_Tracking_Guide/Standard_Implementation",
    notes: "the account is `merchant`, in the master tag's form `a`; every event is a sale and \
            called `conversion`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    ..Vendor::BASE
};

const HOSTS: &[Host] =
    &[Is("www.awin1.com"), Is("awin1.com"), Is("www.zenaps.com"), Is("zenaps.com")];

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Is("/sread.img"), Endpoint::Event, Answer::Image),
    on(HOSTS, Path::Is("/sread.php"), Endpoint::Event, Answer::Image),
    on(HOSTS, Path::Is("/sread.js"), Endpoint::Event, Answer::Script("")),
];

const LIBRARIES: &[Library] = &[library(&[Under("dwin1.com")], Path::Any)];

const PARAMS: &[ParamSpec] = &[
    param("a", "", Identity),
    param("amount", "value", Business),
    param("b", "value", Business),
    param("c", "order_id", Business),
    param("ch", "", Business),
    param("cks", "", Identifier),
    param("cr", "currency", Business),
    param("customeracquisition", "", Business),
    param("d", "parts", Business),
    param("l", "url", Environment),
    param("merchant", "", Identity),
    param("parts", "parts", Business),
    param("ref", "order_id", Business),
    param("rnd", "", Transport),
    param("t", "testmode", Business),
    param("testmode", "testmode", Business).of(ParamType::Flag),
    param("tt", "", Transport),
    param("tv", "", Environment),
    param("vc", "coupon", Business),
];

/// Products of the basket (`bd[0]`) and fields of the advertiser's own (`p1`).
const GROUPS: &[Group] = &[group("bd[", "]", Business, false), group("p", "", Business, false)];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let fields = exchange.fields();
    let Some(account) = fields.first_of(&["merchant", "a"]) else {
        draft.problem("no advertiser in `merchant`");
        return;
    };
    draft.account(account.clone());
    draft.event("conversion", account, draft.params(fields));
}

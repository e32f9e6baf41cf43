//! Quora Pixel.
//!
//! Documentation: <https://quoraadsupport.zendesk.com/hc/en-us/articles/115010303387-About-the-Quora-Pixel>.
//! Endpoint: `q.quora.com/_/ad/<pixel>/pixel`, always an image.
//! Sample: `https://q.quora.com/_/ad/ffa67ce8aa1a4f80b24619dfebd91bec/pixel?tag=Purchase&v=9.5`
//!
//! It does not read the Conversion API, which servers speak.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::Gif;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path::{self, Under};
use crate::vendors::frame::route::{Host, Library, Look, Route, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};

pub static QUORA: Vendor = Vendor {
    slug: "quora",
    name: "Quora Pixel",
    docs: "https://quoraadsupport.zendesk.com/hc/en-us/articles/115010303387-About-the-Quora-Pixel",
    notes: "the account is the pixel id in the path, the event `tag`, `Generic` where there is \
            none; the library sends no currency",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("q.quora.com")];

const ROUTES: &[Route] = &[
    on(HOSTS, Under("/_/ad"), Endpoint::Event, Gif).when(is_pixel),
    on(HOSTS, Under("/_/ad"), Endpoint::Aux, Gif),
];

const LIBRARIES: &[Library] = &[library(&[Is("a.quora.com")], Path::Is("/qevents.js"))];

const PARAMS: &[ParamSpec] = &[
    param("currency", "currency", Business),
    param("em", "email_sha256", Identifier),
    param("event_id", "event_id", Identifier),
    param("i", "", Environment),
    param("j", "", Environment),
    param("noscript", "", Environment).of(ParamType::Flag),
    param("tag", "", Identity),
    param("ts", "", Transport).of(ParamType::Time),
    param("u", "url", Environment),
    param("v", "value", Business),
    param("value", "value", Business),
];

const GROUPS: &[Group] = &[group("em", "", Identifier, false)];

fn is_pixel(look: &Look<'_>) -> bool {
    look.address.bare_path().ends_with("/pixel")
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let account = exchange.address.segments().nth(2).unwrap_or_default();
    draft.account(account);
    if !exchange.is_event() {
        return;
    }
    let fields = exchange.fields();
    let name = fields.cow("tag").unwrap_or(Cow::Borrowed("Generic"));
    draft.event(name, account, draft.params(fields));
}

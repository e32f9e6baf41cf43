//! AdRoll.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static ADROLL: Vendor = Vendor {
    slug: "adroll",
    name: "AdRoll",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(
        &[Host::Is("d.adroll.com"), Host::Is("ipv4.d.adroll.com")],
        Path::Under("/p"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[Host::Is("d.adroll.com"), Host::Is("ipv4.d.adroll.com")],
        Path::Under("/pixel"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[Host::Is("d.adroll.com"), Host::Is("ipv4.d.adroll.com")],
        Path::Under("/cm"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[Host::Is("d.adroll.com"), Host::Is("ipv4.d.adroll.com")],
        Path::Under("/segment"),
        Endpoint::Event,
        Answer::Gif,
    ),
];

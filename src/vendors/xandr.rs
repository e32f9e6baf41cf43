//! Xandr.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static XANDR: Vendor = Vendor {
    slug: "xandr",
    name: "Xandr",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(
        &[Host::Is("ib.adnxs.com"), Host::Is("secure.adnxs.com")],
        Path::Under("/px"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[Host::Is("ib.adnxs.com"), Host::Is("secure.adnxs.com")],
        Path::Under("/seg"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[Host::Is("ib.adnxs.com"), Host::Is("secure.adnxs.com")],
        Path::Under("/pixie"),
        Endpoint::Event,
        Answer::Gif,
    ),
];

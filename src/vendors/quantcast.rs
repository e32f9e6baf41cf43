//! Quantcast.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static QUANTCAST: Vendor = Vendor {
    slug: "quantcast",
    name: "Quantcast",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(
        &[Host::Is("pixel.quantserve.com"), Host::Is("pixel.quantcount.com")],
        Path::Under("/pixel"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[Host::Is("pixel.quantserve.com"), Host::Is("pixel.quantcount.com")],
        Path::Under("/pixel;r"),
        Endpoint::Event,
        Answer::Gif,
    ),
];

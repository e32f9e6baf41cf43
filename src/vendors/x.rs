//! X Pixel.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static X: Vendor = Vendor {
    slug: "x",
    name: "X Pixel",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(
        &[Host::Is("analytics.twitter.com"), Host::Is("t.co")],
        Path::Under("/i/adsct"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[Host::Is("analytics.twitter.com"), Host::Is("t.co")],
        Path::Under("/1/i/adsct"),
        Endpoint::Event,
        Answer::Gif,
    ),
];

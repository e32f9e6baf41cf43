//! Universal Analytics.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static UA: Vendor = Vendor {
    slug: "ua",
    name: "Universal Analytics",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(
        &[Host::Under("google-analytics.com"), Host::Is("stats.g.doubleclick.net")],
        Path::Under("/collect"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[Host::Under("google-analytics.com"), Host::Is("stats.g.doubleclick.net")],
        Path::Under("/j/collect"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[Host::Under("google-analytics.com"), Host::Is("stats.g.doubleclick.net")],
        Path::Under("/r/collect"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[Host::Under("google-analytics.com"), Host::Is("stats.g.doubleclick.net")],
        Path::Under("/batch"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[Host::Under("google-analytics.com"), Host::Is("stats.g.doubleclick.net")],
        Path::Under("/__utm.gif"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[Host::Under("google-analytics.com"), Host::Is("stats.g.doubleclick.net")],
        Path::Under("/r/__utm.gif"),
        Endpoint::Event,
        Answer::Gif,
    ),
];

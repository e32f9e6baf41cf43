//! Comscore.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static COMSCORE: Vendor = Vendor {
    slug: "comscore",
    name: "Comscore",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(
        &[Host::Is("sb.scorecardresearch.com"), Host::Is("b.scorecardresearch.com")],
        Path::Under("/b"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[Host::Is("sb.scorecardresearch.com"), Host::Is("b.scorecardresearch.com")],
        Path::Under("/b2"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[Host::Is("sb.scorecardresearch.com"), Host::Is("b.scorecardresearch.com")],
        Path::Under("/p"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[Host::Is("sb.scorecardresearch.com"), Host::Is("b.scorecardresearch.com")],
        Path::Under("/p2"),
        Endpoint::Event,
        Answer::Gif,
    ),
];

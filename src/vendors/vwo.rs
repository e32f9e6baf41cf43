//! VWO.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static VWO: Vendor = Vendor {
    slug: "vwo",
    name: "VWO",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(
        &[Host::Is("dev.visualwebsiteoptimizer.com")],
        Path::Under("/v.gif"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[Host::Is("dev.visualwebsiteoptimizer.com")],
        Path::Under("/l.gif"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[Host::Is("dev.visualwebsiteoptimizer.com")],
        Path::Under("/c.gif"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[Host::Is("dev.visualwebsiteoptimizer.com")],
        Path::Under("/s.gif"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[Host::Is("dev.visualwebsiteoptimizer.com")],
        Path::Under("/h.gif"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[Host::Is("dev.visualwebsiteoptimizer.com")],
        Path::Under("/ee.gif"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[Host::Is("dev.visualwebsiteoptimizer.com")],
        Path::Under("/t"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[Host::Is("dev.visualwebsiteoptimizer.com")],
        Path::Under("/events/t"),
        Endpoint::Event,
        Answer::Gif,
    ),
];

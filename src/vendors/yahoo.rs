//! Yahoo Dot.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static YAHOO: Vendor = Vendor {
    slug: "yahoo",
    name: "Yahoo Dot",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(&[Host::Is("sp.analytics.yahoo.com")], Path::Under("/sp.pl"), Endpoint::Event, Answer::Gif),
    on(&[Host::Is("sp.analytics.yahoo.com")], Path::Under("/spp.pl"), Endpoint::Event, Answer::Gif),
];

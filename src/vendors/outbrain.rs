//! Outbrain.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static OUTBRAIN: Vendor = Vendor {
    slug: "outbrain",
    name: "Outbrain",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(&[Host::Is("tr.outbrain.com")], Path::Under("/unifiedPixel"), Endpoint::Event, Answer::Gif),
    on(&[Host::Is("tr.outbrain.com")], Path::Under("/pixel"), Endpoint::Event, Answer::Gif),
];

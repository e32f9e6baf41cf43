//! Taboola.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static TABOOLA: Vendor = Vendor {
    slug: "taboola",
    name: "Taboola",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[on(
    &[Host::Is("trc.taboola.com"), Host::Is("trc-events.taboola.com")],
    Path::Any,
    Endpoint::Event,
    Answer::Gif,
)];

//! Contentsquare.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static CONTENTSQUARE: Vendor = Vendor {
    slug: "contentsquare",
    name: "Contentsquare",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[on(
    &[
        Host::Is("c.contentsquare.net"),
        Host::Is("k.contentsquare.net"),
        Host::Is("l.contentsquare.net"),
        Host::Is("m.contentsquare.net"),
    ],
    Path::Any,
    Endpoint::Event,
    Answer::NoContent,
)];

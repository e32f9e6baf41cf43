//! Hotjar.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static HOTJAR: Vendor = Vendor {
    slug: "hotjar",
    name: "Hotjar",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[on(
    &[Host::Is("in.hotjar.com"), Host::Under("hotjar.io")],
    Path::Any,
    Endpoint::Event,
    Answer::Json("{}"),
)];

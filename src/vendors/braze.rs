//! Braze.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static BRAZE: Vendor = Vendor {
    slug: "braze",
    name: "Braze",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[on(
    &[Host::Under("braze.com"), Host::Under("braze.eu")],
    Path::Under("/api/v3/data"),
    Endpoint::Event,
    Answer::Json("{}"),
)];

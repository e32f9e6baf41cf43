//! Umami.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static UMAMI: Vendor = Vendor {
    slug: "umami",
    name: "Umami",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[on(
    &[Host::Is("cloud.umami.is"), Host::Is("api-gateway.umami.dev")],
    Path::Under("/api/send"),
    Endpoint::Event,
    Answer::Json("{}"),
)];

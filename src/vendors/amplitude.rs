//! Amplitude.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static AMPLITUDE: Vendor = Vendor {
    slug: "amplitude",
    name: "Amplitude",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[on(
    &[
        Host::Is("api.amplitude.com"),
        Host::Is("api2.amplitude.com"),
        Host::Is("api.eu.amplitude.com"),
        Host::Is("api-sr.amplitude.com"),
        Host::Is("api-sr.eu.amplitude.com"),
    ],
    Path::Any,
    Endpoint::Event,
    Answer::Json("{}"),
)];

//! Customer.io.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static CUSTOMERIO: Vendor = Vendor {
    slug: "customerio",
    name: "Customer.io",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[on(
    &[Host::Is("track.customer.io"), Host::Is("track-eu.customer.io")],
    Path::Any,
    Endpoint::Event,
    Answer::Gif,
)];

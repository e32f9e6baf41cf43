//! Iterable.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static ITERABLE: Vendor = Vendor {
    slug: "iterable",
    name: "Iterable",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(
        &[Host::Is("api.iterable.com"), Host::Is("api.eu.iterable.com")],
        Path::Under("/api/events"),
        Endpoint::Event,
        Answer::Json("{}"),
    ),
    on(
        &[Host::Is("api.iterable.com"), Host::Is("api.eu.iterable.com")],
        Path::Under("/api/commerce"),
        Endpoint::Event,
        Answer::Json("{}"),
    ),
    on(
        &[Host::Is("api.iterable.com"), Host::Is("api.eu.iterable.com")],
        Path::Under("/api/users"),
        Endpoint::Event,
        Answer::Json("{}"),
    ),
];

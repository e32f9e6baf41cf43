//! OpenPanel.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static OPENPANEL: Vendor = Vendor {
    slug: "openpanel",
    name: "OpenPanel",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(
        &[Host::Is("api.openpanel.dev")],
        Path::Under("/track"),
        Endpoint::Event,
        Answer::Json("{}"),
    ),
    on(
        &[Host::Is("api.openpanel.dev")],
        Path::Under("/event"),
        Endpoint::Event,
        Answer::Json("{}"),
    ),
    on(
        &[Host::Is("api.openpanel.dev")],
        Path::Under("/profile"),
        Endpoint::Event,
        Answer::Json("{}"),
    ),
];

//! RudderStack.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static RUDDERSTACK: Vendor = Vendor {
    slug: "rudderstack",
    name: "RudderStack",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(
        &[Host::Under("dataplane.rudderstack.com"), Host::Under("rudderlabs.com")],
        Path::Under("/v1"),
        Endpoint::Event,
        Answer::Json("{}"),
    ),
    on(
        &[Host::Under("dataplane.rudderstack.com"), Host::Under("rudderlabs.com")],
        Path::Under("/beacon/v1"),
        Endpoint::Event,
        Answer::Json("{}"),
    ),
];

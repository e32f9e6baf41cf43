//! Segment.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static SEGMENT: Vendor = Vendor {
    slug: "segment",
    name: "Segment",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[on(
    &[Host::Is("api.segment.io"), Host::Is("api.segment.com"), Host::Under("segmentapis.com")],
    Path::Under("/v1"),
    Endpoint::Event,
    Answer::Json("{\"success\":true}"),
)];

//! FullStory.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static FULLSTORY: Vendor = Vendor {
    slug: "fullstory",
    name: "FullStory",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[on(
    &[Host::Under("fullstory.com")],
    Path::Under("/rec"),
    Endpoint::Event,
    Answer::Json("{}"),
)];

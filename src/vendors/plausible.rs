//! Plausible.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static PLAUSIBLE: Vendor = Vendor {
    slug: "plausible",
    name: "Plausible",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] =
    &[on(&[Host::Is("plausible.io")], Path::Under("/api/event"), Endpoint::Event, Answer::Empty)];

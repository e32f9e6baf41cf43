//! Criteo OneTag.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static CRITEO: Vendor = Vendor {
    slug: "criteo",
    name: "Criteo OneTag",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(&[Host::Under("criteo.com")], Path::Under("/event"), Endpoint::Event, Answer::Empty),
    on(&[Host::Under("criteo.com")], Path::Under("/m/event"), Endpoint::Event, Answer::Empty),
];

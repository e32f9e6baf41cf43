//! Attentive.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static ATTENTIVE: Vendor = Vendor {
    slug: "attentive",
    name: "Attentive",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] =
    &[on(&[Host::Is("events.attentivemobile.com")], Path::Any, Endpoint::Event, Answer::NoContent)];

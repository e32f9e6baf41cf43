//! Salesforce Pardot.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static PARDOT: Vendor = Vendor {
    slug: "pardot",
    name: "Salesforce Pardot",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] =
    &[on(&[Host::Is("pi.pardot.com")], Path::Under("/analytics"), Endpoint::Event, Answer::Empty)];

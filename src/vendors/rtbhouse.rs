//! RTB House.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static RTBHOUSE: Vendor = Vendor {
    slug: "rtbhouse",
    name: "RTB House",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] =
    &[on(&[Host::Under("creativecdn.com")], Path::Under("/tags"), Endpoint::Event, Answer::Empty)];

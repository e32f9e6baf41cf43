//! Microsoft Clarity.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static CLARITY: Vendor = Vendor {
    slug: "clarity",
    name: "Microsoft Clarity",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(&[Host::Under("clarity.ms")], Path::Under("/collect"), Endpoint::Event, Answer::NoContent),
    on(&[Host::Under("clarity.ms")], Path::Under("/c.gif"), Endpoint::Event, Answer::NoContent),
];

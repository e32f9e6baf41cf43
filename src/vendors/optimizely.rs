//! Optimizely.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static OPTIMIZELY: Vendor = Vendor {
    slug: "optimizely",
    name: "Optimizely",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] =
    &[on(&[Host::Is("logx.optimizely.com")], Path::Any, Endpoint::Event, Answer::NoContent)];

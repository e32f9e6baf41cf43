//! Reddit Pixel.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static REDDIT: Vendor = Vendor {
    slug: "reddit",
    name: "Reddit Pixel",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] =
    &[on(&[Host::Is("alb.reddit.com")], Path::Any, Endpoint::Event, Answer::Gif)];

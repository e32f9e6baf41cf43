//! Quora Pixel.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static QUORA: Vendor = Vendor {
    slug: "quora",
    name: "Quora Pixel",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] =
    &[on(&[Host::Is("q.quora.com")], Path::Under("/_/ad"), Endpoint::Event, Answer::Gif)];

//! Rakuten Advertising.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static RAKUTEN: Vendor = Vendor {
    slug: "rakuten",
    name: "Rakuten Advertising",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] =
    &[on(&[Host::Is("track.linksynergy.com")], Path::Any, Endpoint::Event, Answer::Gif)];

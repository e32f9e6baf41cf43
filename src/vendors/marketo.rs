//! Marketo Munchkin.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static MARKETO: Vendor = Vendor {
    slug: "marketo",
    name: "Marketo Munchkin",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] =
    &[on(&[Host::Under("mktoresp.com")], Path::Any, Endpoint::Event, Answer::Gif)];

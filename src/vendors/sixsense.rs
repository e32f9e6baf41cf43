//! 6sense.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static SIXSENSE: Vendor = Vendor {
    slug: "sixsense",
    name: "6sense",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[on(&[Host::Is("b.6sc.co")], Path::Any, Endpoint::Event, Answer::Gif)];

//! Awin.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static AWIN: Vendor = Vendor {
    slug: "awin",
    name: "Awin",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(&[Host::Is("www.awin1.com")], Path::Under("/sread.img"), Endpoint::Event, Answer::Gif),
    on(&[Host::Is("www.awin1.com")], Path::Under("/sread.php"), Endpoint::Event, Answer::Gif),
    on(&[Host::Is("www.awin1.com")], Path::Under("/sread.js"), Endpoint::Event, Answer::Gif),
];

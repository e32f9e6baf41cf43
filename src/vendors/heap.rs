//! Heap.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static HEAP: Vendor = Vendor {
    slug: "heap",
    name: "Heap",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(&[Host::Under("heapanalytics.com")], Path::Under("/h"), Endpoint::Event, Answer::Gif),
    on(&[Host::Under("heapanalytics.com")], Path::Under("/api"), Endpoint::Event, Answer::Gif),
];

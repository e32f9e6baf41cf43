//! StackAdapt.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static STACKADAPT: Vendor = Vendor {
    slug: "stackadapt",
    name: "StackAdapt",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(&[Host::Is("tags.srv.stackadapt.com")], Path::Under("/rt"), Endpoint::Event, Answer::Gif),
    on(&[Host::Is("tags.srv.stackadapt.com")], Path::Under("/conv"), Endpoint::Event, Answer::Gif),
    on(
        &[Host::Is("tags.srv.stackadapt.com")],
        Path::Under("/js_tracking"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[Host::Is("tags.srv.stackadapt.com")],
        Path::Under("/saq_pxl"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(&[Host::Is("tags.srv.stackadapt.com")], Path::Under("/lal"), Endpoint::Event, Answer::Gif),
];

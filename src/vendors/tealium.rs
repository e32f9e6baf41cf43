//! Tealium.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static TEALIUM: Vendor = Vendor {
    slug: "tealium",
    name: "Tealium",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(&[Host::Under("tealiumiq.com")], Path::Under("/event"), Endpoint::Event, Answer::Gif),
    on(&[Host::Under("tealiumiq.com")], Path::Under("/vdata"), Endpoint::Event, Answer::Gif),
    on(&[Host::Under("tealiumiq.com")], Path::Under("/bulk-event"), Endpoint::Event, Answer::Gif),
    on(&[Host::Under("tealiumiq.com")], Path::Under("/v.gif"), Endpoint::Event, Answer::Gif),
    on(&[Host::Under("tealiumiq.com")], Path::Under("/i.gif"), Endpoint::Event, Answer::Gif),
];

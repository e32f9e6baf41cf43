//! Pinterest Tag.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static PINTEREST: Vendor = Vendor {
    slug: "pinterest",
    name: "Pinterest Tag",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(&[Host::Is("ct.pinterest.com")], Path::Under("/v3"), Endpoint::Event, Answer::Gif),
    on(&[Host::Is("ct.pinterest.com")], Path::Under("/user"), Endpoint::Event, Answer::Gif),
    on(&[Host::Is("ct.pinterest.com")], Path::Under("/md"), Endpoint::Event, Answer::Gif),
    on(&[Host::Is("ct.pinterest.com")], Path::Under("/stats"), Endpoint::Event, Answer::Gif),
];

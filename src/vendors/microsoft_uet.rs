//! Microsoft Advertising UET.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static MICROSOFT_UET: Vendor = Vendor {
    slug: "microsoft_uet",
    name: "Microsoft Advertising UET",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(
        &[Host::Is("bat.bing.com"), Host::Is("bat.bing.net")],
        Path::Under("/action"),
        Endpoint::Event,
        Answer::NoContent,
    ),
    on(
        &[Host::Is("bat.bing.com"), Host::Is("bat.bing.net")],
        Path::Under("/actionp"),
        Endpoint::Event,
        Answer::NoContent,
    ),
];

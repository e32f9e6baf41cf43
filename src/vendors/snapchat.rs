//! Snap Pixel.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static SNAPCHAT: Vendor = Vendor {
    slug: "snapchat",
    name: "Snap Pixel",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(
        &[
            Host::Is("tr.snapchat.com"),
            Host::Is("tr6.snapchat.com"),
            Host::Is("tr-shadow.snapchat.com"),
        ],
        Path::Under("/p"),
        Endpoint::Event,
        Answer::Empty,
    ),
    on(
        &[
            Host::Is("tr.snapchat.com"),
            Host::Is("tr6.snapchat.com"),
            Host::Is("tr-shadow.snapchat.com"),
        ],
        Path::Under("/cm"),
        Endpoint::Event,
        Answer::Empty,
    ),
    on(
        &[
            Host::Is("tr.snapchat.com"),
            Host::Is("tr6.snapchat.com"),
            Host::Is("tr-shadow.snapchat.com"),
        ],
        Path::Under("/v2"),
        Endpoint::Event,
        Answer::Empty,
    ),
    on(
        &[
            Host::Is("tr.snapchat.com"),
            Host::Is("tr6.snapchat.com"),
            Host::Is("tr-shadow.snapchat.com"),
        ],
        Path::Under("/v3"),
        Endpoint::Event,
        Answer::Empty,
    ),
    on(
        &[
            Host::Is("tr.snapchat.com"),
            Host::Is("tr6.snapchat.com"),
            Host::Is("tr-shadow.snapchat.com"),
        ],
        Path::Under("/r"),
        Endpoint::Event,
        Answer::Empty,
    ),
    on(
        &[
            Host::Is("tr.snapchat.com"),
            Host::Is("tr6.snapchat.com"),
            Host::Is("tr-shadow.snapchat.com"),
        ],
        Path::Under("/gateway"),
        Endpoint::Event,
        Answer::Empty,
    ),
];

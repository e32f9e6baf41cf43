//! LinkedIn Insight Tag.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static LINKEDIN: Vendor = Vendor {
    slug: "linkedin",
    name: "LinkedIn Insight Tag",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(
        &[
            Host::Is("px.ads.linkedin.com"),
            Host::Is("px4.ads.linkedin.com"),
            Host::Is("dc.ads.linkedin.com"),
        ],
        Path::Any,
        Endpoint::Event,
        Answer::Gif,
    ),
    on(&[Host::Is("www.linkedin.com")], Path::Under("/px"), Endpoint::Event, Answer::Gif),
];

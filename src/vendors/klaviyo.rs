//! Klaviyo.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static KLAVIYO: Vendor = Vendor {
    slug: "klaviyo",
    name: "Klaviyo",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(
        &[Host::Is("a.klaviyo.com")],
        Path::Under("/client/events"),
        Endpoint::Event,
        Answer::NoContent,
    ),
    on(
        &[Host::Is("a.klaviyo.com")],
        Path::Under("/client/event-bulk-create"),
        Endpoint::Event,
        Answer::NoContent,
    ),
    on(
        &[Host::Is("a.klaviyo.com")],
        Path::Under("/client/profiles"),
        Endpoint::Event,
        Answer::NoContent,
    ),
    on(&[Host::Is("a.klaviyo.com")], Path::Under("/api/track"), Endpoint::Event, Answer::NoContent),
    on(
        &[Host::Is("a.klaviyo.com")],
        Path::Under("/api/identify"),
        Endpoint::Event,
        Answer::NoContent,
    ),
    on(
        &[Host::Is("a.klaviyo.com")],
        Path::Under("/onsite/track-analytics"),
        Endpoint::Event,
        Answer::NoContent,
    ),
    on(
        &[Host::Is("a.klaviyo.com")],
        Path::Under("/api/onsite"),
        Endpoint::Event,
        Answer::NoContent,
    ),
    on(&[Host::Is("telemetrics.klaviyo.com")], Path::Any, Endpoint::Event, Answer::NoContent),
];

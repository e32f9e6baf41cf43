//! PostHog.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static POSTHOG: Vendor = Vendor {
    slug: "posthog",
    name: "PostHog",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(
        &[Host::Under("i.posthog.com"), Host::Is("app.posthog.com")],
        Path::Under("/e"),
        Endpoint::Event,
        Answer::Json("{\"status\":1}"),
    ),
    on(
        &[Host::Under("i.posthog.com"), Host::Is("app.posthog.com")],
        Path::Under("/i/v0/e"),
        Endpoint::Event,
        Answer::Json("{\"status\":1}"),
    ),
    on(
        &[Host::Under("i.posthog.com"), Host::Is("app.posthog.com")],
        Path::Under("/capture"),
        Endpoint::Event,
        Answer::Json("{\"status\":1}"),
    ),
    on(
        &[Host::Under("i.posthog.com"), Host::Is("app.posthog.com")],
        Path::Under("/batch"),
        Endpoint::Event,
        Answer::Json("{\"status\":1}"),
    ),
    on(
        &[Host::Under("i.posthog.com"), Host::Is("app.posthog.com")],
        Path::Under("/s"),
        Endpoint::Event,
        Answer::Json("{\"status\":1}"),
    ),
    on(
        &[Host::Under("i.posthog.com"), Host::Is("app.posthog.com")],
        Path::Under("/track"),
        Endpoint::Event,
        Answer::Json("{\"status\":1}"),
    ),
    on(
        &[Host::Under("i.posthog.com"), Host::Is("app.posthog.com")],
        Path::Under("/engage"),
        Endpoint::Event,
        Answer::Json("{\"status\":1}"),
    ),
];

//! HubSpot.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static HUBSPOT: Vendor = Vendor {
    slug: "hubspot",
    name: "HubSpot",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(
        &[Host::Is("track.hubspot.com"), Host::Is("track-eu1.hubspot.com")],
        Path::Under("/__ptq.gif"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[Host::Is("track.hubspot.com"), Host::Is("track-eu1.hubspot.com")],
        Path::Under("/__ptbe.gif"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[Host::Is("track.hubspot.com"), Host::Is("track-eu1.hubspot.com")],
        Path::Under("/__pto.gif"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[Host::Is("track.hubspot.com"), Host::Is("track-eu1.hubspot.com")],
        Path::Under("/__ptc.gif"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[Host::Is("forms.hubspot.com"), Host::Is("forms-eu1.hubspot.com")],
        Path::Under("/collected-forms/submit"),
        Endpoint::Event,
        Answer::NoContent,
    ),
];

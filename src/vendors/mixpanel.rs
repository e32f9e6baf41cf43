//! Mixpanel.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static MIXPANEL: Vendor = Vendor {
    slug: "mixpanel",
    name: "Mixpanel",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(
        &[
            Host::Is("api.mixpanel.com"),
            Host::Is("api-js.mixpanel.com"),
            Host::Is("api-eu.mixpanel.com"),
            Host::Is("api-in.mixpanel.com"),
        ],
        Path::Under("/track"),
        Endpoint::Event,
        Answer::Json("1"),
    ),
    on(
        &[
            Host::Is("api.mixpanel.com"),
            Host::Is("api-js.mixpanel.com"),
            Host::Is("api-eu.mixpanel.com"),
            Host::Is("api-in.mixpanel.com"),
        ],
        Path::Under("/engage"),
        Endpoint::Event,
        Answer::Json("1"),
    ),
    on(
        &[
            Host::Is("api.mixpanel.com"),
            Host::Is("api-js.mixpanel.com"),
            Host::Is("api-eu.mixpanel.com"),
            Host::Is("api-in.mixpanel.com"),
        ],
        Path::Under("/groups"),
        Endpoint::Event,
        Answer::Json("1"),
    ),
    on(
        &[
            Host::Is("api.mixpanel.com"),
            Host::Is("api-js.mixpanel.com"),
            Host::Is("api-eu.mixpanel.com"),
            Host::Is("api-in.mixpanel.com"),
        ],
        Path::Under("/record"),
        Endpoint::Event,
        Answer::Json("1"),
    ),
    on(
        &[
            Host::Is("api.mixpanel.com"),
            Host::Is("api-js.mixpanel.com"),
            Host::Is("api-eu.mixpanel.com"),
            Host::Is("api-in.mixpanel.com"),
        ],
        Path::Under("/import"),
        Endpoint::Event,
        Answer::Json("1"),
    ),
];

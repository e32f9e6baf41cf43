//! Google Floodlight.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static FLOODLIGHT: Vendor = Vendor {
    slug: "floodlight",
    name: "Google Floodlight",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(
        &[
            Host::Is("ad.doubleclick.net"),
            Host::Is("fls.doubleclick.net"),
            Host::Under("fls.doubleclick.net"),
            Host::Is("ade.googlesyndication.com"),
        ],
        Path::Under("/activity"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[
            Host::Is("ad.doubleclick.net"),
            Host::Is("fls.doubleclick.net"),
            Host::Under("fls.doubleclick.net"),
            Host::Is("ade.googlesyndication.com"),
        ],
        Path::Under("/activityi"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[
            Host::Is("ad.doubleclick.net"),
            Host::Is("fls.doubleclick.net"),
            Host::Under("fls.doubleclick.net"),
            Host::Is("ade.googlesyndication.com"),
        ],
        Path::Under("/activityj"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[
            Host::Is("ad.doubleclick.net"),
            Host::Is("fls.doubleclick.net"),
            Host::Under("fls.doubleclick.net"),
            Host::Is("ade.googlesyndication.com"),
        ],
        Path::Under("/ddm/activity"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[
            Host::Is("ad.doubleclick.net"),
            Host::Is("fls.doubleclick.net"),
            Host::Under("fls.doubleclick.net"),
            Host::Is("ade.googlesyndication.com"),
        ],
        Path::Under("/ddm/activityi"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[
            Host::Is("ad.doubleclick.net"),
            Host::Is("fls.doubleclick.net"),
            Host::Under("fls.doubleclick.net"),
            Host::Is("ade.googlesyndication.com"),
        ],
        Path::Under("/ddm/fls"),
        Endpoint::Event,
        Answer::Gif,
    ),
];

//! Impact.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static IMPACT: Vendor = Vendor {
    slug: "impact",
    name: "Impact",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(
        &[
            Host::Under("sjv.io"),
            Host::Under("pxf.io"),
            Host::Under("evyy.net"),
            Host::Under("7eer.net"),
            Host::Under("ojrq.net"),
        ],
        Path::Under("/xc"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[
            Host::Under("sjv.io"),
            Host::Under("pxf.io"),
            Host::Under("evyy.net"),
            Host::Under("7eer.net"),
            Host::Under("ojrq.net"),
        ],
        Path::Under("/xconv"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[
            Host::Under("sjv.io"),
            Host::Under("pxf.io"),
            Host::Under("evyy.net"),
            Host::Under("7eer.net"),
            Host::Under("ojrq.net"),
        ],
        Path::Under("/cur"),
        Endpoint::Event,
        Answer::Gif,
    ),
    on(
        &[
            Host::Under("sjv.io"),
            Host::Under("pxf.io"),
            Host::Under("evyy.net"),
            Host::Under("7eer.net"),
            Host::Under("ojrq.net"),
        ],
        Path::Under("/pc"),
        Endpoint::Event,
        Answer::Gif,
    ),
];

//! Adobe Experience Platform Web SDK.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, anywhere, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static ADOBE_WEBSDK: Vendor = Vendor {
    slug: "adobe_websdk",
    name: "Adobe Experience Platform Web SDK",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(&[Host::Under("adobedc.net")], Path::Under("/ee"), Endpoint::Event, Answer::Json("{}")),
    anywhere(Path::Has("/ee/v1/interact"), Endpoint::Event, Answer::Json("{}")),
    anywhere(Path::Has("/ee/v1/collect"), Endpoint::Event, Answer::Json("{}")),
];

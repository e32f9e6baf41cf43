//! Adobe Analytics.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Path, Route, anywhere};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static ADOBE_ANALYTICS: Vendor = Vendor {
    slug: "adobe_analytics",
    name: "Adobe Analytics",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[anywhere(Path::Has("/b/ss"), Endpoint::Event, Answer::Gif)];

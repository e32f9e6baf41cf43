//! Matomo.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Path, Route, anywhere};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static MATOMO: Vendor = Vendor {
    slug: "matomo",
    name: "Matomo",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    anywhere(Path::Has("/matomo.php"), Endpoint::Event, Answer::NoContent),
    anywhere(Path::Has("/piwik.php"), Endpoint::Event, Answer::NoContent),
];

//! Piwik PRO.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Path, Route, anywhere};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static PIWIKPRO: Vendor = Vendor {
    slug: "piwikpro",
    name: "Piwik PRO",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[anywhere(Path::Has("/ppms.php"), Endpoint::Event, Answer::NoContent)];

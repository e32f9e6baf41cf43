//! Cloudflare Web Analytics.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Path, Route, anywhere};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static CLOUDFLARE_RUM: Vendor = Vendor {
    slug: "cloudflare_rum",
    name: "Cloudflare Web Analytics",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[anywhere(Path::Has("/cdn-cgi/rum"), Endpoint::Event, Answer::NoContent)];

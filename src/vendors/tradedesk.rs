//! The Trade Desk.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static TRADEDESK: Vendor = Vendor {
    slug: "tradedesk",
    name: "The Trade Desk",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[on(
    &[Host::Is("insight.adsrvr.org"), Host::Is("match.adsrvr.org")],
    Path::Under("/track"),
    Endpoint::Event,
    Answer::Gif,
)];

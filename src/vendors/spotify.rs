//! Spotify Pixel.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static SPOTIFY: Vendor = Vendor {
    slug: "spotify",
    name: "Spotify Pixel",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[on(
    &[Host::Is("pixels.spotify.com")],
    Path::Under("/v1"),
    Endpoint::Event,
    Answer::NoContent,
)];

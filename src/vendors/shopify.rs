//! Shopify.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, anywhere, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static SHOPIFY: Vendor = Vendor {
    slug: "shopify",
    name: "Shopify",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(&[Host::Is("monorail-edge.shopifysvc.com")], Path::Any, Endpoint::Event, Answer::NoContent),
    anywhere(Path::Has("/.well-known/shopify/monorail"), Endpoint::Event, Answer::NoContent),
];

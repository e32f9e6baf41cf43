//! Amazon Ads.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static AMAZON_ADS: Vendor = Vendor {
    slug: "amazon_ads",
    name: "Amazon Ads",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[
    on(&[Host::Under("amazon-adsystem.com")], Path::Under("/iu3"), Endpoint::Event, Answer::Gif),
    on(&[Host::Under("amazon-adsystem.com")], Path::Under("/ecm3"), Endpoint::Event, Answer::Gif),
];

//! Snowplow.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Path, Route, anywhere};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static SNOWPLOW: Vendor = Vendor {
    slug: "snowplow",
    name: "Snowplow",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] =
    &[anywhere(Path::Has("/com.snowplowanalytics.snowplow/tp2"), Endpoint::Event, Answer::Empty)];

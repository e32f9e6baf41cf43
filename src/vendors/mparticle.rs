//! mParticle.
//!
//! Not decoded yet: its requests are known and answered locally.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::route::{Host, Path, Route, on};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

pub static MPARTICLE: Vendor = Vendor {
    slug: "mparticle",
    name: "mParticle",
    docs: "https://example.com/",
    routes: ROUTES,
    ..Vendor::BASE
};

const ROUTES: &[Route] =
    &[on(&[Host::Is("jssdks.mparticle.com")], Path::Any, Endpoint::Event, Answer::Json("{}"))];

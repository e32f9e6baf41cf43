//! The few facts about vendors that layers above and beside `vendors` need as
//! plain values.

use serde::{Deserialize, Serialize};

use crate::model::request::{Header, RequestId};

/// A request as a decoder reads it, borrowed from wherever it is kept.
#[derive(Debug, Clone, Copy)]
pub struct WireRequest<'a> {
    pub url: &'a str,
    pub method: &'a str,
    pub body: &'a [u8],
    pub content_type: Option<&'a str>,
    pub content_encoding: Option<&'a str>,
    pub headers: &'a [Header],
}

/// The answer that a vendor's endpoint would give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StubResponse {
    pub status: u16,
    pub headers: Vec<Header>,
    pub body: Vec<u8>,
}

/// A file of a vendor that a page loaded: the library, its configuration. It
/// is no hit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    pub request: RequestId,
    pub vendor: String,
    /// Where the URL names one.
    pub account: Option<String>,
    pub version: Option<String>,
    /// `None`: no server answered.
    pub status: Option<u16>,
}

/// What is done with requests to pixel endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PixelPolicy {
    /// Recorded, then answered locally: nothing reaches the vendor.
    #[default]
    Stub,
    /// Recorded and let through.
    Deliver,
    /// Recorded and refused, as a content blocker would.
    Block,
}

/// A vendor event that a page-side call asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalledEvent {
    pub vendor: String,
    /// `None` where the call alone does not tell (a data layer push that a
    /// tag manager may map to another name).
    pub event: Option<String>,
    /// `None`: all accounts of the page.
    pub account: Option<String>,
    pub event_id: Option<String>,
}

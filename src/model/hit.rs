//! One vendor event decoded from a request.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::request::RequestId;

/// One event of one account. A request may hold many.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    pub request: RequestId,
    /// Position among the hits of its request.
    pub index: u32,
    /// Slug of the vendor: `meta`, `ga4`, …
    pub vendor: String,
    /// Pixel id, measurement id, …; empty when the request names none.
    pub account: String,
    /// The vendor's own name on the wire.
    pub event: String,
    pub kind: HitKind,
    /// Every parameter in wire order, decoded.
    pub params: Vec<Param>,
    /// Index of the step that caused it (not the one during which it left).
    pub step: Option<usize>,
    /// Index in `Trace::calls` of the call that asked for it.
    pub call: Option<usize>,
    /// What could not be decoded.
    pub problems: Vec<String>,
}

/// One decoded parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Param {
    /// The vendor's wire name, decoded: `cd[value]`, `epn.value`.
    pub wire: String,
    /// Numbers stay the text that was sent; JSON text in a parameter has
    /// become JSON; items are a list of objects.
    #[serde(deserialize_with = "crate::model::packed::json")]
    pub value: Value,
    /// `value`, `currency`, `content_ids`, `order_id`, `event_id`, …
    pub canonical: Option<String>,
    pub class: ParamClass,
}

/// What a parameter is for, which decides how snapshots compare it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParamClass {
    /// Account, event: part of what the hit is.
    Identity,
    /// Value, currency, content ids, order id: compared exactly.
    Business,
    /// Event id, browser id: the shape is compared, the value is not.
    Identifier,
    /// Screen, language, base URL: compared loosely or left out.
    Environment,
    /// Timestamps, counters, cache busters: left out.
    Transport,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HitKind {
    Event,
    /// The same event a second time on another endpoint: counted once.
    Duplicate,
    /// The vendor's, but no event: cookie sync, configuration, telemetry.
    Aux,
    /// A session-replay upload.
    Replay,
    None,
}

impl Hit {
    /// The first parameter of that canonical name.
    pub fn canonical(&self, name: &str) -> Option<&Value> {
        self.params
            .iter()
            .find(|param| param.canonical.as_deref() == Some(name))
            .map(|param| &param.value)
    }

    /// The first parameter of that wire name, or else of that canonical name.
    pub fn param(&self, name: &str) -> Option<&Value> {
        self.params
            .iter()
            .find(|param| param.wire == name)
            .map(|param| &param.value)
            .or_else(|| self.canonical(name))
    }
}

impl HitKind {
    pub fn as_text(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Duplicate => "duplicate",
            Self::Aux => "aux",
            Self::Replay => "replay",
            Self::None => "none",
        }
    }
}

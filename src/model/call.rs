//! What the page asked for before any request: a vendor's JavaScript call, a
//! data layer push, a form's submit.

use serde::{Deserialize, Serialize};

use crate::model::request::StackFrame;

/// One page-side call. Times are milliseconds since the scenario started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// `fbq`, `gtag`, `ttq.track`, `dataLayer.push`, `form.submit`,
    /// `form.invalid`, …
    pub name: String,
    /// The arguments as JSON; what JSON cannot hold becomes a text such as
    /// `"[function]"` or `"[object HTMLDivElement]"`.
    #[serde(deserialize_with = "crate::model::packed::json")]
    pub args: Vec<serde_json::Value>,
    pub at_ms: f64,
    pub frame: Option<String>,
    pub frame_url: String,
    /// Index in `Trace::documents`.
    pub document: Option<usize>,
    /// Index of the step during which it was made.
    pub step: Option<usize>,
    /// Innermost first; empty when the call was found in a queue after it
    /// had been made.
    pub stack: Vec<StackFrame>,
}

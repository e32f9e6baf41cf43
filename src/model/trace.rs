//! Everything that one play of a scenario left.

use serde::Serialize;

use crate::model::call::Call;
use crate::model::hit::Hit;
use crate::model::probe::{GlobalState, HeldScript, PageEvent};
use crate::model::request::{Body, Request, RequestId, StackFrame};
use crate::model::vendor::Load;

/// All times are milliseconds since the scenario started.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// Unix time of the start, in milliseconds.
    pub started_unix_ms: i64,
    pub duration_ms: f64,
    pub steps: Vec<StepRecord>,
    pub documents: Vec<Document>,
    pub calls: Vec<Call>,
    pub requests: Vec<Request>,
    pub hits: Vec<Hit>,
    pub loads: Vec<Load>,
    pub console: Vec<ConsoleMessage>,
    pub page_errors: Vec<PageError>,
    pub csp_reports: Vec<CspReport>,
    pub messages: Vec<Message>,
    /// It was read from an archive, which does not tell steps and calls.
    pub without_steps: bool,
    pub events: Vec<PageEvent>,
    pub globals: Vec<GlobalState>,
    pub held_scripts: Vec<HeldScript>,
}

/// One step as it went.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepRecord {
    /// `click`, `navigate`, …
    pub kind: String,
    /// What a person reads: the label, or a summary such as `click #buy`.
    pub label: String,
    pub started_ms: f64,
    pub duration_ms: f64,
    pub outcome: StepOutcome,
    /// URL of the tab when the step had settled.
    pub url: String,
    /// What was waited for until the deadline although the step was done;
    /// empty where it settled.
    pub waited_for: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum StepOutcome {
    Done,
    /// The site answered but the step cannot be done: the site is wrong.
    Failed {
        message: String,
        details: Vec<String>,
    },
    /// The site did not answer, or the browser failed.
    Broken {
        message: String,
        details: Vec<String>,
    },
    /// An earlier step ended the scenario.
    Skipped,
}

/// A document that was committed in a frame.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Document {
    pub frame: String,
    pub url: String,
    pub main_frame: bool,
    /// Index of the document around it, in the frame around its frame.
    pub parent: Option<usize>,
    pub committed_ms: f64,
    pub ended_ms: Option<f64>,
    pub step: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConsoleMessage {
    /// `log`, `warning`, `error`, …
    pub level: String,
    pub text: String,
    pub at_ms: f64,
    pub step: Option<usize>,
    pub frame_url: String,
    pub stack: Vec<StackFrame>,
}

/// A JavaScript exception that nothing caught.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PageError {
    pub text: String,
    pub at_ms: f64,
    pub step: Option<usize>,
    pub frame_url: String,
    pub stack: Vec<StackFrame>,
}

/// What went over a connection that stays open: a WebSocket, an event stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// The request that opened it.
    pub request: RequestId,
    /// By the page; else by the server.
    pub sent: bool,
    pub at_ms: f64,
    pub step: Option<usize>,
    pub body: Body,
}

/// The browser blocked something because of a content security policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CspReport {
    pub blocked_url: String,
    pub directive: String,
    pub document_url: String,
    pub step: Option<usize>,
    pub report_only: bool,
}

//! Everything that one play of a scenario left.

use serde::{Deserialize, Serialize};

use crate::model::call::Call;
use crate::model::hit::Hit;
use crate::model::probe::{GlobalState, HeldScript, PageEvent};
use crate::model::request::{Body, Request, RequestId, StackFrame};
use crate::model::vendor::Load;

/// All times are milliseconds since the scenario started.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
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
    /// Only checks read it, and it is kept in no file.
    #[serde(skip)]
    pub typed: Vec<Typed>,
    /// The same.
    #[serde(skip)]
    pub writes: Vec<StorageWrite>,
    /// The same. It was read from an archive, which knows requests only: that
    /// there are no calls, functions, events and exceptions says nothing.
    #[serde(skip)]
    pub without_calls: bool,
}

/// What a step gave a form field. It is a person's, so it is never
/// serialised, and `Debug` keeps it to itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Typed {
    pub step: Option<usize>,
    pub field: Field,
    pub value: String,
    /// URL of the document that the field stands in.
    pub frame_url: String,
}

/// A form field, as far as its markup says what it is for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Field {
    /// `text`, `email`, `tel`, …
    pub kind: String,
    pub id: String,
    pub name: String,
    pub autocomplete: String,
    pub label: String,
}

/// A cookie or a storage item that the site or a tag wrote. Values may be a
/// person's: they are treated as [`Typed`]'s.
#[derive(Clone, PartialEq)]
pub struct StorageWrite {
    pub kind: StorageKind,
    pub name: String,
    pub value: String,
    /// Domain of a cookie, without a leading dot; host of an item's origin.
    pub domain: String,
    /// The answer that set the cookie; `None` where a script wrote.
    pub request: Option<RequestId>,
    /// A cookie is noticed when its step ends.
    pub at_ms: f64,
    pub step: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StorageKind {
    Cookie,
    Local,
    Session,
}

/// One step as it went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageError {
    pub text: String,
    pub at_ms: f64,
    pub step: Option<usize>,
    pub frame_url: String,
    pub stack: Vec<StackFrame>,
}

/// What went over a connection that stays open: a WebSocket, an event stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CspReport {
    pub blocked_url: String,
    pub directive: String,
    pub document_url: String,
    pub step: Option<usize>,
    pub report_only: bool,
}

impl std::fmt::Debug for Typed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { step, field, frame_url, value: _ } = self;
        let mut shown = formatter.debug_struct("Typed");
        shown.field("step", step).field("field", field).field("frame_url", frame_url);
        shown.finish_non_exhaustive()
    }
}

impl std::fmt::Debug for StorageWrite {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kind, name, domain, request, at_ms, step, value: _ } = self;
        let mut shown = formatter.debug_struct("StorageWrite");
        shown.field("kind", kind).field("name", name).field("domain", domain);
        shown.field("request", request).field("at_ms", at_ms).field("step", step);
        shown.finish_non_exhaustive()
    }
}

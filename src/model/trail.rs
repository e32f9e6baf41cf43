//! The way of one event from the step that should cause it to the vendor's
//! answer, stage by stage: where a lost hit was lost, or who sent one that is
//! there. Walking it is the part of `checks::trail`.

use serde::{Deserialize, Serialize};

use crate::model::request::{RequestId, StackFrame};

/// The trail of one event of one vendor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trail {
    /// Vendor slug.
    pub vendor: String,
    pub event: String,
    /// `None`: any account.
    pub account: Option<String>,
    /// Index of the step that caused it, or should have; `None`: any.
    pub step: Option<usize>,
    /// Index in `Trace::hits`; `None`: no such hit came.
    pub hit: Option<usize>,
    /// One paragraph, a lowercase fragment without a period: the cause with
    /// its evidence, and what was otherwise the last time.
    pub summary: String,
    /// In the order of [`StageName`], each once.
    pub stages: Vec<Stage>,
    /// Indexes in `ScenarioReport::findings` that this explains.
    pub findings: Vec<usize>,
}

/// One link of the chain, with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    pub name: StageName,
    pub state: StageState,
    /// One line, a lowercase fragment without a period.
    pub evidence: String,
    /// Milliseconds since the scenario started.
    pub at_ms: Option<f64>,
    /// A place in a script of the page.
    pub place: Option<StackFrame>,
    /// Index of the step during which it happened.
    pub step: Option<usize>,
    /// Index in `Trace::calls`.
    pub call: Option<usize>,
    pub request: Option<RequestId>,
}

/// The stages, the same for every vendor, in the order of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageName {
    /// The step was done.
    Step,
    /// Click or submit arrived at the page, and travelled on.
    Event,
    /// The form was valid, submitted, and accepted by the server.
    Form,
    /// The page's own scripts loaded and ran without an exception.
    Script,
    /// The push that a tag manager listens for.
    DataLayer,
    /// Its container answered, and a trigger matched.
    TagManager,
    /// The vendor's function is on the page.
    Global,
    /// It was called for this event and account.
    Call,
    /// The vendor's library loaded.
    Library,
    /// Consent lets the event go.
    Consent,
    /// The library made a request of it.
    Request,
    /// The request left the browser.
    Sent,
    /// The vendor answered.
    Answered,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageState {
    Ok,
    /// Here the event was lost.
    Broken,
    /// Nothing is known that speaks for or against it.
    Unknown,
    /// Behind the broken one.
    NotReached,
}

impl Trail {
    /// The stage at which the event was lost.
    pub fn broken(&self) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.state == StageState::Broken)
    }
}

impl StageName {
    /// Every stage in the order of the chain.
    pub const ALL: [Self; 13] = [
        Self::Step,
        Self::Event,
        Self::Form,
        Self::Script,
        Self::DataLayer,
        Self::TagManager,
        Self::Global,
        Self::Call,
        Self::Library,
        Self::Consent,
        Self::Request,
        Self::Sent,
        Self::Answered,
    ];

    /// For people: `tag manager`.
    pub fn as_text(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Event => "event",
            Self::Form => "form",
            Self::Script => "script",
            Self::DataLayer => "data layer",
            Self::TagManager => "tag manager",
            Self::Global => "global",
            Self::Call => "call",
            Self::Library => "library",
            Self::Consent => "consent",
            Self::Request => "request",
            Self::Sent => "sent",
            Self::Answered => "answered",
        }
    }
}

impl StageState {
    pub fn as_text(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Broken => "broken",
            Self::Unknown => "unknown",
            Self::NotReached => "not reached",
        }
    }
}

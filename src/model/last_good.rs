//! What is kept of the last run of a scenario that passed, so that a later one
//! can say what was otherwise then: who asked for each hit, where, and what
//! came before it. Names and places only: no values, no queries of addresses.

use serde::{Deserialize, Serialize};

/// Raised when what was kept before cannot be read any more.
pub const FORMAT: u32 = 1;

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LastGood {
    pub format: u32,
    pub steps: Vec<LastStep>,
    pub hits: Vec<LastHit>,
    /// Tag managers' containers: their ids, or their addresses.
    pub containers: Vec<String>,
    /// Errors that the pages threw all the same.
    pub errors: Vec<LastError>,
    /// Requests that failed or were refused all the same: addresses without
    /// query.
    pub refused: Vec<String>,
    /// Data layers that a page put in the place of another all the same.
    #[serde(default)]
    pub replaced: Vec<String>,
}

/// What the page showed during a step.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is an event of its own")]
pub struct LastStep {
    pub label: String,
    /// Where the tab was when it had settled: an address without query.
    pub url: String,
    /// A click arrived.
    pub clicked: bool,
    /// A handler kept an event from travelling on.
    pub stopped: bool,
    /// A form was submitted.
    pub submitted: bool,
    /// A script took the submit over from the browser.
    #[serde(default)]
    pub taken: bool,
    /// How the server answered what the page sent: `POST /api/lead answered 200`.
    #[serde(default)]
    pub accepted: Option<String>,
    pub pushes: Vec<LastPush>,
}

/// A data layer push that names its event.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LastPush {
    pub event: String,
    pub place: Option<LastPlace>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LastHit {
    pub vendor: String,
    pub account: String,
    pub event: String,
    /// Label of the step that caused it.
    pub step: Option<String>,
    /// The call as it was written: `fbq("track", "Lead")`.
    pub call: Option<String>,
    /// Where the page called, or sent, in a script of its own.
    pub place: Option<LastPlace>,
    /// The container from which it was called or sent.
    pub container: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LastPlace {
    /// Address without query.
    pub url: String,
    pub line: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LastError {
    /// `TypeError`
    pub kind: String,
    /// Address of the script without query.
    pub url: String,
    /// The function that threw.
    pub function: String,
}

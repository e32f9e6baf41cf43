//! What a check or a comparison has to say.

use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable, in kebab case: `snapshot-missing-hit`, `expect-count`, …
    pub code: String,
    pub severity: Severity,
    /// One line, a lowercase fragment without a period.
    pub message: String,
    /// More lines of evidence.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub details: Vec<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Slug of the vendor that it is about, where it is about one.
    pub vendor: Option<String>,
    /// Why a person set it aside; it is a note then, whatever it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suppressed: Option<String>,
    /// Index of the step.
    pub step: Option<usize>,
    /// Indexes in `Trace::hits`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub hits: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// The hit that a comparison is about, for a diff on the terminal and in
    /// reports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<HitDifference>,
}

/// Ordered: an error fails the scenario, the rest does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Info,
    Warning,
    Error,
}

/// A place in a file, one-based.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub file: String,
    pub line: usize,
    pub column: usize,
}

/// How one hit differs from what was expected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HitDifference {
    pub kind: DifferenceKind,
    pub vendor: String,
    pub account: String,
    pub event: String,
    pub params: Vec<ParamDifference>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum DifferenceKind {
    Missing,
    Unexpected,
    /// The same hit more often than expected.
    Duplicated {
        expected: usize,
        found: usize,
    },
    Changed,
    /// It came with another step: labels of both.
    Moved {
        expected: String,
        found: String,
    },
    /// The event had another name.
    Renamed {
        expected: String,
    },
    /// It went to another account than this one.
    AccountChanged {
        expected: String,
    },
    /// It was fired but never reached its endpoint, and why.
    Lost {
        reason: String,
    },
}

/// `expected: None` means added, `found: None` means gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParamDifference {
    pub name: String,
    #[serde(deserialize_with = "crate::model::packed::optional_json")]
    pub expected: Option<Value>,
    #[serde(deserialize_with = "crate::model::packed::optional_json")]
    pub found: Option<Value>,
}

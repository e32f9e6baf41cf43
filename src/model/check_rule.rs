//! What a person settled about findings: how severe those of a code are, for
//! all vendors or for one, and which are set aside, with the reason.

use crate::model::finding::Severity;
use crate::model::span::Span;

/// One setting, from pixelproof.toml or from a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRule {
    /// A finding's code, or a check's name for all of its codes.
    pub code: String,
    /// Slug; `None` for every vendor.
    pub vendor: Option<String>,
    pub ruling: Ruling,
    /// Where it stands, for messages.
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// Such findings are not made.
    Off,
    /// They have this severity instead of their own.
    Severity(Severity),
    /// They stay in the report as a note, with this reason.
    Suppressed(String),
}

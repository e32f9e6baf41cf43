//! A scenario file, YAML or a DevTools Recorder export, as a [`Scenario`]:
//! every problem at once, each at its place. Reads no file, no environment
//! and no clock; whoever calls gives the text and the variables.
#![deny(clippy::disallowed_methods)]

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::model::expectation::Expectation;
use crate::steps::Step;

/// A funnel as a person would walk it, and what is expected of it. Variables
/// are resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// `name:` (or a recording's `title`), else the file's stem.
    pub name: String,
    /// For file names: ASCII letters, digits, `-`, `_`, at most 80.
    pub slug: String,
    /// As the user named it.
    pub file: String,
    pub tags: Vec<String>,
    pub description: Option<String>,
    /// Per step, where the step says nothing.
    pub timeout_ms: Option<u64>,
    /// The variables that the file's texts used, resolved, by name.
    pub variables: BTreeMap<String, String>,
    pub steps: Vec<Step>,
    pub expectations: Vec<Expectation>,
    /// Texts that must not be shown anywhere.
    pub secrets: Vec<String>,
    /// The first URL that is navigated to.
    pub start_url: Option<String>,
    /// What a person should know, but what is no mistake.
    pub notices: Vec<Diagnostic>,
}

/// What the caller knows about variables. Stronger first: command line,
/// environment, the file's own `vars`.
#[derive(Debug, Clone, Default)]
pub struct Variables {
    /// `--var name=value`.
    pub command_line: BTreeMap<String, String>,
    /// The whole environment: `${env.NAME}` reads it, and `PIXELPROOF_VAR_x`
    /// sets the variable `x`.
    pub environment: BTreeMap<String, String>,
    /// Generators (`${random.…}`, `${run.id}`) give the same texts for the
    /// same seed, file and place.
    pub seed: u64,
}

/// Reads a scenario file. `file` is its name as the user gave it, for
/// messages; every problem that can be told is told.
pub fn parse(file: &str, text: &[u8], variables: &Variables) -> Result<Scenario, Vec<Diagnostic>> {
    let _ = (text, variables);
    Err(vec![Diagnostic::new("reading scenarios is not built yet").in_file(file)])
}

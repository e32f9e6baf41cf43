//! What is wrong with a trace: one file per check, each from trace, snapshot
//! and expectations to findings. This file holds their table and the verdict.
//! Nothing here knows a browser, a file or a terminal.
#![deny(clippy::disallowed_methods)]

mod currencies;
pub mod definitions;
pub mod events;
pub mod identity;
pub mod matcher;
mod party;
pub mod settings;
pub mod trail;

mod click_ids;
mod consent;
mod consistency;
mod dedup;
mod duplicates;
mod expect;
mod health;
mod installed;
mod items;
mod names;
mod pii;
mod snapshot;
mod steps;
mod triggers;
mod values;

use std::collections::HashMap;

use crate::checks::events::Known;
use crate::model::consent::Choice;
use crate::model::expectation::Expectation;
use crate::model::finding::{Finding, Severity};
use crate::model::run::Verdict;
use crate::model::trace::{StepOutcome, Trace};
use crate::snapshot::Snapshot;
use crate::snapshot::redact::Redactor;

/// One check.
pub struct Check {
    /// Its name; every code that it gives begins with it.
    pub code: &'static str,
    /// One line, a fragment without a period.
    pub summary: &'static str,
    /// The manual's text: every code and what to do about it.
    pub docs: &'static str,
    pub run: fn(&CheckInput<'_>) -> Vec<Finding>,
}

/// All that a check may look at.
#[derive(Debug)]
pub struct CheckInput<'a> {
    pub trace: &'a Trace,
    /// Its hits of standard events, read once for all checks.
    pub known: Vec<Known<'a>>,
    /// `None`: the scenario has no snapshot yet.
    pub snapshot: Option<&'a Snapshot>,
    /// What the scenario says itself.
    pub expectations: &'a [Expectation],
    /// What it says that the visitor has chosen.
    pub consent: &'a [Choice],
    /// Path and text of the scenario file, for places.
    pub scenario_file: &'a str,
    pub scenario_text: &'a str,
    pub redactor: &'a Redactor,
}

impl<'a> CheckInput<'a> {
    /// A trace of which nothing is expected.
    pub fn of(trace: &'a Trace, redactor: &'a Redactor) -> Self {
        Self {
            trace,
            known: events::known(trace),
            snapshot: None,
            expectations: &[],
            consent: &[],
            scenario_file: "",
            scenario_text: "",
            redactor,
        }
    }
}

/// Every check, in the order in which findings are shown.
pub const CHECKS: &[&Check] = &[
    &steps::CHECK,
    &expect::CHECK,
    &snapshot::CHECK,
    &pii::CHECK,
    &click_ids::CHECK,
    &consent::CHECK,
    &health::CHECK,
    &triggers::CHECK,
    &duplicates::CHECK,
    &values::CHECK,
    &items::CHECK,
    &names::CHECK,
    &consistency::CHECK,
    &dedup::CHECK,
    &installed::CHECK,
];

/// What a manual says of one code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    pub name: &'static str,
    /// `error`, `warning`, `info`, as the manual has it.
    pub severity: &'static str,
    pub text: String,
}

/// Every code that a manual explains: from its name at the start of a line up
/// to the next one, or to an empty line. What has no severity is an error.
pub fn codes(docs: &'static str) -> Vec<Code> {
    let mut codes: Vec<Code> = Vec::new();
    let mut open = false;
    for line in docs.lines() {
        let entry = line.strip_prefix('`').and_then(|rest| rest.split_once('`'));
        // A command may stand at the start of a line as well.
        match entry.filter(|(name, _)| !name.contains(' ')) {
            Some((name, text)) => {
                let noted = text.trim_start().strip_prefix('(').and_then(|it| it.split_once(')'));
                let (severity, text) = noted.unwrap_or(("error", text));
                let text = text.trim_start_matches([':', ' ']).to_owned();
                codes.push(Code { name, severity, text });
                open = true;
            }
            None if line.is_empty() => open = false,
            None => {
                if let Some(code) = codes.last_mut().filter(|_| open) {
                    code.text.push(' ');
                    code.text.push_str(line.trim());
                }
            }
        }
    }
    codes
}

/// Runs every check.
pub fn run_all(input: &CheckInput<'_>) -> Vec<Finding> {
    CHECKS.iter().flat_map(|check| told_once((check.run)(input))).collect()
}

/// What a page does over and over is one finding. Differences and expectations
/// are each about something of their own.
fn told_once(found: Vec<Finding>) -> Vec<Finding> {
    let mut places: HashMap<(String, String), usize> = HashMap::new();
    let mut findings: Vec<Finding> = Vec::new();
    for finding in found {
        if finding.difference.is_some() || finding.place.is_some() {
            findings.push(finding);
            continue;
        }
        let key = (finding.code.clone(), finding.message.clone());
        let place = *places.entry(key).or_insert(findings.len());
        match findings.get_mut(place) {
            Some(first) => first.hits.extend(finding.hits),
            None => findings.push(finding),
        }
    }
    findings
}

/// Broken when a step was broken, whatever else was found: what a run that
/// went wrong says of the site is not to be trusted. Else failed when there
/// is an error among the findings or a step failed.
pub fn verdict(findings: &[Finding], trace: &Trace) -> Verdict {
    let any = |is: fn(&StepOutcome) -> bool| trace.steps.iter().any(|step| is(&step.outcome));
    if any(|outcome| matches!(outcome, StepOutcome::Broken { .. })) {
        Verdict::Broken
    } else if any(|outcome| matches!(outcome, StepOutcome::Failed { .. }))
        || findings.iter().any(|finding| finding.severity == Severity::Error)
    {
        Verdict::Failed
    } else {
        Verdict::Passed
    }
}

/// A finding without evidence yet.
fn finding(code: &str, severity: Severity, message: String) -> Finding {
    Finding {
        code: code.to_owned(),
        severity,
        message,
        details: Vec::new(),
        help: None,
        vendor: None,
        suppressed: None,
        step: None,
        hits: Vec::new(),
        place: None,
        difference: None,
    }
}

/// A step for messages: `` `click #buy` ``.
fn step_name(trace: &Trace, step: usize) -> String {
    let label = trace.steps.get(step).map_or("", |step| step.label.as_str());
    format!("`{}`", crate::snapshot::show::harmless(label))
}

/// What one check finds in a trace that has neither snapshot nor
/// expectations.
#[cfg(test)]
fn found(check: &Check, trace: &Trace) -> Vec<Finding> {
    (check.run)(&CheckInput::of(trace, &Redactor::default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::fixture::trace;

    /// A line for each finding.
    pub fn said(findings: &[Finding]) -> Vec<String> {
        findings
            .iter()
            .map(|finding| {
                let severity = format!("{:?}", finding.severity).to_lowercase();
                format!("{severity} {}: {}", finding.code, finding.message)
            })
            .collect()
    }

    #[test]
    fn the_table_is_consistent() {
        let mut names: Vec<&str> = CHECKS.iter().map(|check| check.code).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CHECKS.len());
        for check in CHECKS {
            assert!(!check.summary.ends_with('.') && !check.summary.is_empty());
            let own = format!("{}-", check.code);
            let codes = codes(check.docs);
            assert!(!codes.is_empty(), "{}", check.code);
            for code in codes {
                assert!(code.name.starts_with(&own), "{}", code.name);
                assert!(["error", "warning", "info"].contains(&code.severity), "{}", code.name);
            }
        }
    }

    #[test]
    fn the_same_is_told_once() {
        let with = |message: &str, hit: usize| {
            let mut finding = finding("value-negative", Severity::Warning, message.to_owned());
            finding.hits = vec![hit];
            finding
        };
        let told = told_once(vec![with("a", 1), with("b", 2), with("a", 3)]);
        assert_eq!(told.len(), 2);
        assert_eq!(told[0].hits, [1, 3]);
    }

    #[test]
    fn a_broken_step_outweighs_a_failed_one() {
        let outcome = |message: &str| (message.to_owned(), Vec::new());
        let mut trace = trace(&["a", "b"]);
        assert_eq!(verdict(&[], &trace), Verdict::Passed);
        let warning = finding("x", Severity::Warning, String::new());
        assert_eq!(verdict(&[warning], &trace), Verdict::Passed);
        let error = finding("x", Severity::Error, String::new());
        assert_eq!(verdict(std::slice::from_ref(&error), &trace), Verdict::Failed);
        let (message, details) = outcome("no button");
        trace.steps[0].outcome = StepOutcome::Failed { message, details };
        assert_eq!(verdict(&[], &trace), Verdict::Failed);
        let (message, details) = outcome("no answer");
        trace.steps[1].outcome = StepOutcome::Broken { message, details };
        assert_eq!(verdict(&[error], &trace), Verdict::Broken);
    }
}

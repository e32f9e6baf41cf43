//! What is wrong with a trace: one file per check, each from trace, snapshot
//! and expectations to findings. This file holds their table and the verdict.
//! Nothing here knows a browser, a file or a terminal.
#![deny(clippy::disallowed_methods)]

mod click_ids;
mod consent;
mod expect;
mod health;
pub mod identity;
pub mod matcher;
mod party;
mod pii;
mod snapshot;
mod steps;
pub mod trail;

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
#[derive(Debug, Clone, Copy)]
pub struct CheckInput<'a> {
    pub trace: &'a Trace,
    /// `None`: the scenario has no snapshot yet.
    pub snapshot: Option<&'a Snapshot>,
    /// What the scenario says itself.
    pub expectations: &'a [Expectation],
    /// Path and text of the scenario file, for places.
    pub scenario_file: &'a str,
    pub scenario_text: &'a str,
    pub redactor: &'a Redactor,
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
];

/// Runs every check.
pub fn run_all(input: &CheckInput<'_>) -> Vec<Finding> {
    CHECKS.iter().flat_map(|check| (check.run)(input)).collect()
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

/// What one check says of a trace that is expected nothing of.
#[cfg(test)]
fn judged(check: &Check, trace: &Trace) -> Vec<Finding> {
    (check.run)(&CheckInput {
        trace,
        snapshot: None,
        expectations: &[],
        scenario_file: "",
        scenario_text: "",
        redactor: &Redactor::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::fixture::trace;

    #[test]
    fn the_table_is_consistent() {
        let mut codes: Vec<&str> = CHECKS.iter().map(|check| check.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), CHECKS.len());
        for check in CHECKS {
            assert!(!check.summary.ends_with('.') && !check.summary.is_empty());
            assert!(check.docs.contains(&format!("`{}-", check.code)), "{}", check.code);
        }
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

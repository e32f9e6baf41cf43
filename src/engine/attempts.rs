//! A scenario played more often than once: again when it did not pass, or
//! over and over to find out how often it does. What the attempts told is one
//! report; those that are not reported stay in it.

use tokio::sync::mpsc;
use tokio::sync::watch as channel;

use crate::engine::judge::Judged;
use crate::engine::pool::Pool;
use crate::engine::{Plan, PlannedScenario, one, run_finding, tell};
use crate::model::finding::{Finding, Severity};
use crate::model::progress::Progress;
use crate::model::run::{ScenarioReport, Verdict};

/// How often a scenario is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempts {
    /// Until it passes, at most so many times more.
    Retry(usize),
    /// So many times, whatever comes.
    Repeat(usize),
}

/// Attempts whose traces are kept beside the one that is reported.
const MOST_KEPT: usize = 10;

/// Most errors of an attempt that are told in a line each.
const MOST_ERRORS: usize = 5;

impl Default for Attempts {
    fn default() -> Self {
        Self::Retry(0)
    }
}

/// Plays the scenario as often as it takes.
pub(crate) async fn attempts(
    plan: &Plan,
    pool: &Pool,
    index: usize,
    planned: &PlannedScenario,
    progress: &mpsc::UnboundedSender<Progress>,
    stop: channel::Receiver<bool>,
) -> Judged {
    let (most, until_passed) = match plan.attempts {
        Attempts::Retry(retries) => (retries + 1, true),
        Attempts::Repeat(times) => (times.max(1), false),
    };
    let mut ended: Vec<Judged> = Vec::new();
    let mut passed = 0;
    for number in 1..=most {
        let again = (number > 1).then(|| planned.again(number as u64));
        let planned = again.as_ref().unwrap_or(planned);
        let result = one(plan, pool, index, planned, number, progress, stop.clone()).await;
        let verdict = result.report.verdict;
        passed += usize::from(verdict == Verdict::Passed);
        // Of those that passed the last one is enough.
        ended.retain(|judged| judged.report.verdict != Verdict::Passed);
        if ended.len() <= MOST_KEPT || verdict == Verdict::Passed {
            ended.push(result);
        }
        let is_last = number == most
            || *stop.borrow()
            || (until_passed && matches!(verdict, Verdict::Passed | Verdict::Skipped));
        if is_last {
            return settle(ended, number, passed, until_passed);
        }
        if until_passed {
            let name = &planned.scenario.name;
            let text =
                format!("{name} {}; trying again ({number} of {})", verdict.as_text(), most - 1);
            tell(progress, Progress::Notice { text });
        }
    }
    Judged::skipped(planned)
}

/// Reported is the attempt that decides: with retries the last one, with
/// repetitions the first that did not pass.
fn settle(mut ended: Vec<Judged>, played: usize, passed: usize, until_passed: bool) -> Judged {
    let bad = ended.iter().position(|judged| judged.report.verdict != Verdict::Passed);
    let decides = match bad {
        Some(index) if !until_passed => index,
        _ => ended.len().saturating_sub(1),
    };
    let mut judged = ended.remove(decides);
    let report = &mut judged.report;
    report.attempts = played;
    report.others = ended.into_iter().map(|judged| judged.report).collect();
    if until_passed && report.is_flaky() {
        let finding = flaky(report, played);
        report.findings.push(finding);
    } else if !until_passed && played > 1 {
        report.findings.push(Finding {
            severity: if passed == played { Severity::Info } else { Severity::Warning },
            ..run_finding(
                "run-repeated",
                format!("passed in {passed} of {played} plays"),
                report.others.iter().flat_map(errors).collect(),
                None,
            )
        });
    }
    judged
}

/// What was otherwise when it did not pass.
fn flaky(report: &ScenarioReport, played: usize) -> Finding {
    Finding {
        severity: Severity::Warning,
        ..run_finding(
            "run-flaky",
            format!("passed at attempt {played} only"),
            report
                .others
                .iter()
                .enumerate()
                .flat_map(|(index, other)| {
                    errors(other)
                        .into_iter()
                        .map(move |line| format!("attempt {}: {line}", index + 1))
                })
                .collect(),
            Some(
                "compare the attempts: what differs is what the site does not do each time"
                    .to_owned(),
            ),
        )
    }
}

fn errors(report: &ScenarioReport) -> Vec<String> {
    let errors: Vec<String> = report
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.message.clone())
        .collect();
    let more = errors.len().saturating_sub(MOST_ERRORS);
    let mut lines: Vec<String> = errors.into_iter().take(MOST_ERRORS).collect();
    if more > 0 {
        lines.push(format!("… and {more} more"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use crate::report::sample;

    use super::*;

    fn ended(verdicts: &[Verdict]) -> Vec<Judged> {
        verdicts
            .iter()
            .map(|verdict| {
                let report = match verdict {
                    Verdict::Passed => sample::passed(),
                    _ => ScenarioReport { verdict: *verdict, ..sample::failed() },
                };
                Judged { report, recording: None, good: None }
            })
            .collect()
    }

    #[test]
    fn passed_when_tried_again_is_flaky_and_says_what_was_wrong() {
        let all = ended(&[Verdict::Failed, Verdict::Broken, Verdict::Passed]);
        let report = settle(all, 3, 1, true).report;
        assert!(report.is_flaky());
        assert_eq!((report.verdict, report.others.len()), (Verdict::Passed, 2));
        let told = report.findings.last().unwrap();
        assert_eq!((told.code.as_str(), told.severity), ("run-flaky", Severity::Warning));
        assert_eq!(told.details[0], "attempt 1: meta Lead has another value");
    }

    #[test]
    fn never_passed_is_no_flake() {
        let report = settle(ended(&[Verdict::Failed, Verdict::Failed]), 2, 0, true).report;
        assert!(!report.is_flaky() && report.verdict == Verdict::Failed);
        assert_eq!((report.attempts, report.others.len()), (2, 1));
        assert!(report.findings.iter().all(|finding| finding.code != "run-flaky"));
        let report = settle(ended(&[Verdict::Passed]), 1, 1, true).report;
        assert!(!report.is_flaky() && report.findings.is_empty());
    }

    #[test]
    fn one_bad_play_of_many_fails() {
        let report = settle(ended(&[Verdict::Failed, Verdict::Passed]), 20, 19, false).report;
        assert_eq!(report.verdict, Verdict::Failed);
        assert_eq!(report.findings.last().unwrap().message, "passed in 19 of 20 plays");
    }
}

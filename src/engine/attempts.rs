//! A scenario played more often than once: again when it did not pass, or
//! over and over to find out how often it does. What the attempts told is one
//! report; those that are not reported stay in it.

use std::collections::BTreeMap;

use futures::{StreamExt as _, stream};
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

impl Attempts {
    /// How many plays of one scenario may go on side by side.
    pub fn at_once(self) -> usize {
        match self {
            Self::Retry(_) => 1,
            Self::Repeat(times) => times.max(1),
        }
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
    let attempt = async |number: usize| {
        let again = (number > 1).then(|| planned.again(number as u64));
        let planned = again.as_ref().unwrap_or(planned);
        one(plan, pool, index, planned, number, progress, stop.clone()).await
    };
    let retries = match plan.attempts {
        Attempts::Retry(retries) => retries,
        Attempts::Repeat(times) => {
            let plays = stream::iter(1..=times.max(1))
                .map(async |number| (number, attempt(number).await))
                .buffer_unordered(plan.jobs.max(1));
            let repeated = plays.fold(Repeated::default(), async |repeated, (number, judged)| {
                repeated.with(number, judged)
            });
            return repeated.await.settle().unwrap_or_else(|| Judged::skipped(planned));
        }
    };
    let mut ended: Vec<Judged> = Vec::new();
    let mut number = 0;
    loop {
        number += 1;
        let judged = attempt(number).await;
        let verdict = judged.report.verdict;
        if ended.len() <= MOST_KEPT || verdict == Verdict::Passed {
            ended.push(judged);
        }
        let is_enough = matches!(verdict, Verdict::Passed | Verdict::Skipped);
        if is_enough || number > retries || *stop.borrow() {
            return settle(ended, number, usize::from(verdict == Verdict::Passed), true);
        }
        let name = &planned.scenario.name;
        let text = format!("{name} {}; trying again ({number} of {retries})", verdict.as_text());
        tell(progress, Progress::Notice { text });
    }
}

/// Plays of a scenario that is repeated, in whatever order they end.
#[derive(Default)]
struct Repeated {
    played: usize,
    passed: usize,
    /// Those that did not pass and have the lowest numbers; the last one where
    /// all passed.
    kept: BTreeMap<usize, Judged>,
}

impl Repeated {
    fn with(mut self, number: usize, judged: Judged) -> Self {
        let passes = |it: &Judged| it.report.verdict == Verdict::Passed;
        // Before its turn came the run was interrupted.
        if judged.report.verdict == Verdict::Skipped {
            return self;
        }
        self.played += 1;
        self.passed += usize::from(passes(&judged));
        self.kept.insert(number, judged);
        if self.passed == self.played {
            while self.kept.len() > 1 {
                self.kept.pop_first();
            }
        } else {
            self.kept.retain(|_, it| !passes(it));
            if self.kept.len() > MOST_KEPT + 1 {
                self.kept.pop_last();
            }
        }
        self
    }

    fn settle(self) -> Option<Judged> {
        let Self { played, passed, kept } = self;
        (played > 0).then(|| settle(kept.into_values().collect(), played, passed, false))
    }
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
    fn of_repeated_plays_the_first_bad_ones_are_kept_whatever_the_order() {
        let verdict = |number: usize| match number {
            7 => Verdict::Passed,
            30 => Verdict::Skipped,
            _ => Verdict::Failed,
        };
        let mut repeated = Repeated::default();
        for number in (1..=30).rev() {
            let mut judged = ended(&[verdict(number)]).remove(0);
            judged.report.attempts = number;
            repeated = repeated.with(number, judged);
        }
        let numbers: Vec<usize> = repeated.kept.keys().copied().collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12]);
        let report = repeated.settle().unwrap().report;
        assert_eq!(report.findings.last().unwrap().message, "passed in 1 of 29 plays");
        assert!(Repeated::default().settle().is_none());
    }

    #[test]
    fn of_plays_that_all_passed_the_last_is_kept() {
        let mut repeated = Repeated::default();
        for number in [2, 3, 1] {
            repeated = repeated.with(number, ended(&[Verdict::Passed]).remove(0));
        }
        assert_eq!(repeated.kept.keys().copied().collect::<Vec<_>>(), [3]);
        assert_eq!(repeated.settle().unwrap().report.verdict, Verdict::Passed);
    }

    #[test]
    fn one_bad_play_of_many_fails() {
        let report = settle(ended(&[Verdict::Failed, Verdict::Passed]), 20, 19, false).report;
        assert_eq!(report.verdict, Verdict::Failed);
        assert_eq!(report.findings.last().unwrap().message, "passed in 19 of 20 plays");
    }
}

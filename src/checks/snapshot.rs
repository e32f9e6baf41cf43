//! The comparison with the snapshot, put into words. How hits are paired and
//! what makes a difference is decided in the `snapshot` layer.

use std::collections::BTreeMap;

use crate::checks::{Check, CheckInput, finding, step_name};
use crate::model::finding::{DifferenceKind, Finding, Place, Severity};
use crate::model::trace::StepOutcome;
use crate::snapshot::compare::Difference;
use crate::snapshot::show::{harmless, param_sentence};

pub const CHECK: Check = Check {
    code: "snapshot",
    summary: "the hits are those of the reviewed snapshot",
    docs: "\
Each difference between the hits of a run and the snapshot is one finding. When
it is wanted, accept it with `pixelproof review` or record anew with
`pixelproof run --update`; when it is not, the site is to be repaired. All are
errors unless they say otherwise.

`snapshot-missing-hit`: an expected hit did not fire.
`snapshot-unexpected-hit`: a hit fired that the snapshot does not have.
`snapshot-duplicated-hit`: a hit fired more often than expected.
`snapshot-changed-hit`: parameters differ; numbers are equal as numbers (49.9
and 49.90), but 49,99 is none.
`snapshot-moved-hit`: it fired with another step.
`snapshot-renamed-hit`: an event of another name, all else alike.
`snapshot-changed-account`: it went to another pixel or property.
`snapshot-lost-hit`: it fired, but the request never reached its endpoint.
`snapshot-lost-extra` (info): the same for a hit that nobody expects.
`snapshot-not-reached` (info): hits of steps that were not played, or could not
be done.
`snapshot-none` (warning): there is no snapshot and no expectation, so that
nothing was verified.",
    run,
};

const UPDATE: &str = "if this is wanted, accept it with `pixelproof review` or record it with \
                      `pixelproof run --update`; else repair the tag";

fn run(input: &CheckInput<'_>) -> Vec<Finding> {
    let Some(snapshot) = input.snapshot else {
        if !input.expectations.is_empty() {
            return Vec::new();
        }
        let message = "no snapshot and no expectation: no hit was verified".to_owned();
        let mut finding = finding("snapshot-none", Severity::Warning, message);
        finding.help = Some("record one with `pixelproof run --update`".to_owned());
        return vec![finding];
    };
    let comparison = snapshot.compare(input.trace, input.redactor);
    let mut findings: Vec<Finding> =
        comparison.differences.into_iter().map(|d| describe(input, &snapshot.file.0, d)).collect();
    for (index, reason) in comparison.lost_unexpected {
        let Some(hit) = input.trace.hits.get(index) else { continue };
        let message = format!(
            "{} {} was fired but {}; the snapshot does not expect it",
            harmless(&hit.vendor),
            harmless(&hit.event),
            harmless(&reason)
        );
        let mut finding = finding("snapshot-lost-extra", Severity::Info, message);
        finding.vendor = Some(hit.vendor.clone());
        finding.step = hit.step;
        finding.hits = vec![index];
        findings.push(finding);
    }
    if comparison.not_reached > 0 {
        let steps = &input.trace.steps;
        let undone = steps.iter().position(|step| step.outcome != StepOutcome::Done);
        let ended = match undone.and_then(|step| Some((step, &steps.get(step)?.outcome))) {
            Some((step, StepOutcome::Skipped)) => {
                format!("before {}", step_name(input.trace, step))
            }
            Some((step, _)) => format!("at {}", step_name(input.trace, step)),
            None => "early".to_owned(),
        };
        let were = if comparison.not_reached == 1 { "hit was" } else { "hits were" };
        let message = format!(
            "{} expected {were} not judged: the scenario ended {ended}",
            comparison.not_reached
        );
        findings.push(finding("snapshot-not-reached", Severity::Info, message));
    }
    findings
}

fn describe(input: &CheckInput<'_>, file: &str, difference: Difference) -> Finding {
    let Difference { difference, line, step, hits, moved } = difference;
    let title = format!("{} {}", harmless(&difference.vendor), harmless(&difference.event));
    let at = match step {
        Some(step) => format!(" at step {}", step_name(input.trace, step)),
        None if input.trace.without_steps => String::new(),
        None => " at no step".to_owned(),
    };
    let (found, account) = (hits.len(), harmless(&difference.account));
    // The difference itself tells every parameter; the details tell the rest.
    let mut details: Vec<String> = Vec::new();
    let (code, message) = match &difference.kind {
        DifferenceKind::Missing => ("snapshot-missing-hit", format!("{title} is missing{at}")),
        DifferenceKind::Unexpected => {
            ("snapshot-unexpected-hit", format!("{title} was not expected{at}"))
        }
        DifferenceKind::Duplicated { expected, found } => (
            "snapshot-duplicated-hit",
            format!(
                "{title} fired {found} times instead of {}{}",
                times(*expected),
                at_steps(input, &hits).unwrap_or(at)
            ),
        ),
        DifferenceKind::Changed => (
            "snapshot-changed-hit",
            match difference.params.as_slice() {
                [only] => format!("{title}: {}", param_sentence(only)),
                all => format!("{title}: {} parameters differ{at}", all.len()),
            },
        ),
        DifferenceKind::Moved { expected, found } => (
            "snapshot-moved-hit",
            format!("{title} moved from step `{}` to `{}`", harmless(expected), harmless(found)),
        ),
        DifferenceKind::Renamed { expected } => (
            "snapshot-renamed-hit",
            format!(
                "{title}: event name changed from {} to {}{at}",
                harmless(expected),
                harmless(&difference.event)
            ),
        ),
        DifferenceKind::AccountChanged { expected } => (
            "snapshot-changed-account",
            format!("{title}: account changed from {} to {account}{at}", harmless(expected)),
        ),
        DifferenceKind::Lost { reason } => {
            ("snapshot-lost-hit", format!("{title} was fired but {}{at}", harmless(reason)))
        }
    };
    let mut finding = finding(code, Severity::Error, message);
    if let Some((from, to)) = moved {
        details.push(format!(
            "it also moved from step `{}` to `{}`",
            harmless(&from),
            harmless(&to)
        ));
    }
    if found > 0 && matches!(difference.kind, DifferenceKind::Unexpected) && !account.is_empty() {
        details.push(format!("account {account}"));
    }
    finding.details = details;
    finding.help = Some(match difference.kind {
        DifferenceKind::Lost { .. } => "let the request through, or take the tag out".to_owned(),
        _ => UPDATE.to_owned(),
    });
    finding.step = step;
    finding.hits = hits;
    finding.place = line.map(|line| Place { file: file.to_owned(), line, column: 9 });
    finding.vendor = Some(difference.vendor.clone());
    finding.difference = Some(difference);
    finding
}

/// Where each of several hits fired: ` at steps `a` and `b` (twice)`; `None`
/// when all fired at one step.
fn at_steps(input: &CheckInput<'_>, hits: &[usize]) -> Option<String> {
    let mut steps: BTreeMap<usize, usize> = BTreeMap::new();
    for hit in hits {
        let hit = input.trace.hits.get(*hit)?;
        *steps.entry(hit.step?).or_default() += 1;
    }
    if steps.len() < 2 {
        return None;
    }
    let named: Vec<String> = steps
        .into_iter()
        .map(|(step, count)| match count {
            1 => step_name(input.trace, step),
            2 => format!("{} (twice)", step_name(input.trace, step)),
            _ => format!("{} ({count} times)", step_name(input.trace, step)),
        })
        .collect();
    let (last, first) = named.split_last()?;
    Some(format!(" at steps {} and {last}", first.join(", ")))
}

fn times(count: usize) -> String {
    if count == 1 { "once".to_owned() } else { count.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    use crate::model::request::Outcome;
    use crate::model::trace::Trace;
    use crate::snapshot::fixture::{add, funnel, hit};
    use crate::snapshot::redact::Redactor;
    use crate::snapshot::{Header, Snapshot};

    fn findings(change: impl Fn(&mut Trace)) -> String {
        let redactor = Redactor {
            base_origins: vec![("http://127.0.0.1:1".to_owned(), "base".to_owned())],
            secrets: Vec::new(),
        };
        let takes = [funnel(1, 1), funnel(1, 2)];
        let text = Snapshot::record(Header::default(), &takes, None, &redactor).snapshot.render();
        let snapshot = Snapshot::parse("snapshots/buy.snap", &text).unwrap();
        let mut trace = funnel(1, 3);
        change(&mut trace);
        let findings =
            run(&CheckInput { snapshot: Some(&snapshot), ..CheckInput::of(&trace, &redactor) });
        let mut out = String::new();
        for finding in findings {
            assert!(CHECK.docs.contains(&format!("`{}`", finding.code)), "{}", finding.code);
            let place = finding.place.map_or(String::new(), |p| format!(" {}:{}", p.file, p.line));
            let (severity, code, message) = (finding.severity, finding.code, finding.message);
            let _ = writeln!(out, "{severity:?} {code}: {message}{place}");
            for detail in finding.details {
                let _ = writeln!(out, "    {detail}");
            }
        }
        out
    }

    #[test]
    fn every_difference_has_its_words() {
        assert_eq!(findings(|_| ()), "");
        let mut all = String::new();
        all += &findings(|t| t.hits[3].params[0].value = "49,99".into());
        all += &findings(|t| {
            t.hits[3].params[0].value = "49,99".into();
            t.hits[3].params[1].value = "USD".into();
            t.hits[3].step = Some(1);
        });
        all += &findings(|t| t.hits.truncate(3));
        all += &findings(|t| add(t, hit(1, "Lead\u{1b}[0m", vec![]), Outcome::Stubbed));
        all += &findings(|t| add(t, hit(1, "Lead", vec![]), Outcome::Blocked("client".to_owned())));
        all += &findings(|t| t.hits.push(t.hits[3].clone()));
        all += &findings(|t| t.hits[3].step = Some(0));
        all += &findings(|t| t.hits[3].event = "Bought".to_owned());
        all += &findings(|t| t.hits[3].account = "999".to_owned());
        all += &findings(|t| t.requests[3].outcome = Outcome::Blocked("csp:img-src".to_owned()));
        all += &findings(|t| {
            t.hits.truncate(3);
            t.steps[2].outcome = StepOutcome::Skipped;
        });
        insta::assert_snapshot!(all);
    }

    #[test]
    fn without_anything_to_compare_it_warns() {
        let trace = funnel(1, 1);
        let redactor = Redactor::default();
        assert_eq!(run(&CheckInput::of(&trace, &redactor))[0].code, "snapshot-none");
    }
}

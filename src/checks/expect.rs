//! The `expect` lines of a scenario: how many hits of an event there must be
//! and what their parameters must hold. What was found instead is listed, the
//! nearest first. The snapshot is no concern of this check.

use crate::checks::matcher::{describe, matches, shown};
use crate::checks::{Check, CheckInput, finding, step_name};
use crate::model::expectation::{Count, Expectation, ParamExpectation};
use crate::model::finding::{Finding, Place, Severity};
use crate::model::hit::{Hit, HitKind};
use crate::model::trace::{StepOutcome, Trace};
use crate::snapshot::redact::lost;
use crate::snapshot::show::harmless;

pub const CHECK: Check = Check {
    code: "expect",
    summary: "what the scenario itself expects has fired",
    docs: "\
An expectation counts the hits that have its vendor, event, account, step and
parameters, and that reached their endpoint. All codes are errors unless they
say otherwise; each names what was found instead.

`expect-missing`: nothing like it fired.
`expect-count`: it fired, but not as often as expected.
`expect-param`: it fired with other parameters.
`expect-account`: it fired for another account.
`expect-step`: it fired with another step.
`expect-lost`: it fired, but the request never reached its endpoint.
`expect-not-reached` (info): the scenario ended before it could fire, or an
archive was judged, which does not tell during which step.",
    run,
};

/// Near misses that are listed.
const MAX_DETAILS: usize = 8;

fn run(input: &CheckInput<'_>) -> Vec<Finding> {
    input.expectations.iter().filter_map(|expectation| judge(input, expectation)).collect()
}

/// What is wrong with a hit of the expected event; the first is the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Miss {
    Account,
    Step,
    Param,
    Lost,
}

fn judge(input: &CheckInput<'_>, expectation: &Expectation) -> Option<Finding> {
    let trace = input.trace;
    let mut fits = Vec::new();
    let mut misses: Vec<(Miss, usize, String)> = Vec::new();
    for (index, hit) in trace.hits.iter().enumerate() {
        let same = hit.vendor == expectation.vendor && hit.event == expectation.event;
        if hit.kind != HitKind::Event || !same {
            continue;
        }
        match miss(trace, hit, expectation) {
            None => fits.push(index),
            Some((miss, text)) => misses.push((miss, index, text)),
        }
    }
    let found = fits.len();
    let (least, most) = bounds(expectation.count);
    if found >= least && found <= most {
        return None;
    }
    let too_few = found < least;
    if !too_few && expectation.step.is_some() && trace.without_steps {
        let message = format!(
            "{} {} was not judged: an archive does not tell steps",
            harmless(&expectation.vendor),
            harmless(&expectation.event)
        );
        let mut finding = finding("expect-not-reached", Severity::Info, message);
        finding.place = place(input, expectation);
        return Some(finding);
    }
    let title = format!("{} {}", harmless(&expectation.vendor), harmless(&expectation.event));
    if too_few && !was_reached(trace, expectation.step) {
        let message = format!("{title} was not judged: its step was not played");
        let mut finding = finding("expect-not-reached", Severity::Info, message);
        finding.vendor = Some(expectation.vendor.clone());
        finding.place = place(input, expectation);
        return Some(finding);
    }
    // The one that came nearest tells what went wrong.
    misses.sort_by_key(|(miss, index, _)| (std::cmp::Reverse(*miss), *index));
    let nearest = misses.first().filter(|_| too_few).map(|(miss, _, _)| *miss);
    let code = match nearest {
        Some(Miss::Lost) => "expect-lost",
        Some(Miss::Param) => "expect-param",
        Some(Miss::Step) => "expect-step",
        Some(Miss::Account) => "expect-account",
        None if found == 0 => "expect-missing",
        None => "expect-count",
    };
    let message = format!(
        "expected {title}{} {}, found {}",
        wanted(trace, expectation),
        count_text(expectation.count),
        if found == 0 { "none".to_owned() } else { times(found) }
    );
    let mut finding = finding(code, Severity::Error, message);
    let fitting = fits.iter().map(|index| format!("found {}", whereabouts(trace, *index)));
    finding.details = fitting.collect();
    finding.hits = fits;
    if too_few {
        // What came near is told before what is as it should be.
        let near = misses.len();
        finding.hits.splice(0..0, misses.iter().map(|(_, index, _)| *index));
        finding.details.splice(0..0, misses.into_iter().map(|(_, _, text)| text));
        if near == 0 && found == 0 {
            finding.details.push(others(trace, expectation));
        }
    }
    if finding.details.len() > MAX_DETAILS {
        let more = finding.details.len() - MAX_DETAILS;
        finding.details.truncate(MAX_DETAILS);
        finding.details.push(format!("and {more} more"));
    }
    finding.step = expectation.step.or_else(|| {
        finding.hits.first().and_then(|index| trace.hits.get(*index)).and_then(|hit| hit.step)
    });
    finding.vendor = Some(expectation.vendor.clone());
    finding.place = place(input, expectation);
    Some(finding)
}

/// The first thing in which a hit of that event misses the expectation.
fn miss(trace: &Trace, hit: &Hit, expectation: &Expectation) -> Option<(Miss, String)> {
    let title = format!("{} {}", harmless(&hit.vendor), harmless(&hit.event));
    let at = at_step(trace, hit.step);
    if expectation.account.as_ref().is_some_and(|account| *account != hit.account) {
        let account = harmless(&hit.account);
        return Some((Miss::Account, format!("found {title} of account {account}{at}")));
    }
    let elsewhere = expectation.step.is_some() && expectation.step != hit.step;
    if elsewhere && !trace.without_steps {
        return Some((Miss::Step, format!("found {title}{at}")));
    }
    let wrong: Vec<String> =
        expectation.params.iter().filter_map(|param| param_miss(hit, param)).collect();
    if !wrong.is_empty() {
        return Some((Miss::Param, format!("found {title}{at}: {}", wrong.join("; "))));
    }
    let reason = harmless(&lost(trace, hit)?);
    Some((Miss::Lost, format!("found {title}{at}, but it was lost: {reason}")))
}

fn param_miss(hit: &Hit, expected: &ParamExpectation) -> Option<String> {
    let value = hit.param(&expected.name);
    if matches(&expected.matcher, value) {
        return None;
    }
    let found = value.map_or("absent".to_owned(), shown);
    Some(format!(
        "{} is {found}, expected {}",
        harmless(&expected.name),
        describe(&expected.matcher)
    ))
}

/// The least and the most hits that there may be.
pub fn bounds(count: Count) -> (usize, usize) {
    match count {
        Count::Exactly(count) => (count, count),
        Count::AtLeast(least) => (least, usize::MAX),
        Count::AtMost(most) => (0, most),
        Count::Between(least, most) => (least, most),
    }
}

fn count_text(count: Count) -> String {
    match count {
        Count::Exactly(0) => "never".to_owned(),
        Count::Exactly(count) => times(count),
        Count::AtLeast(least) => format!("at least {}", times(least)),
        Count::AtMost(most) => format!("at most {}", times(most)),
        Count::Between(least, most) => format!("{least} to {most} times"),
    }
}

fn times(count: usize) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

fn wanted(trace: &Trace, expectation: &Expectation) -> String {
    let account = expectation.account.as_ref();
    let account = account.map_or(String::new(), |a| format!(" of account {}", harmless(a)));
    format!("{account}{}", expectation.step.map_or(String::new(), |s| at_step(trace, Some(s))))
}

fn at_step(trace: &Trace, step: Option<usize>) -> String {
    match step {
        Some(step) => format!(" at step {} {}", step + 1, step_name(trace, step)),
        None if trace.without_steps => String::new(),
        None => " at no step".to_owned(),
    }
}

fn whereabouts(trace: &Trace, index: usize) -> String {
    let Some(hit) = trace.hits.get(index) else { return String::new() };
    let (vendor, event) = (harmless(&hit.vendor), harmless(&hit.event));
    let account = harmless(&hit.account);
    format!("{vendor} {event} of account {account}{}", at_step(trace, hit.step))
}

/// What else the vendor fired, when nothing of that name did.
fn others(trace: &Trace, expectation: &Expectation) -> String {
    let mut events: Vec<String> = Vec::new();
    for hit in trace.hits.iter().filter(|hit| hit.kind == HitKind::Event) {
        let event = harmless(&hit.event);
        if hit.vendor == expectation.vendor && !events.contains(&event) {
            events.push(event);
        }
    }
    events.sort_by_key(|event| strsim::damerau_levenshtein(event, &expectation.event));
    events.truncate(MAX_DETAILS);
    let vendor = harmless(&expectation.vendor);
    if events.is_empty() {
        format!("{vendor} fired nothing")
    } else {
        format!("{vendor} fired {}", events.join(", "))
    }
}

/// Whether the step, or the scenario's end, was played.
fn was_reached(trace: &Trace, step: Option<usize>) -> bool {
    let skipped = |step: &crate::model::trace::StepRecord| step.outcome == StepOutcome::Skipped;
    match step {
        Some(step) => trace.steps.get(step).is_none_or(|step| !skipped(step)),
        None => !trace.steps.iter().any(skipped),
    }
}

/// Where the expectation stands in the scenario.
pub fn place(input: &CheckInput<'_>, expectation: &Expectation) -> Option<Place> {
    if input.scenario_file.is_empty() {
        return None;
    }
    let (line, column) = expectation.span.line_column(input.scenario_text);
    Some(Place { file: input.scenario_file.to_owned(), line, column })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    use crate::model::expectation::Matcher;
    use crate::model::request::Outcome;
    use crate::model::span::Span;
    use crate::snapshot::fixture::{add, funnel, hit};
    use crate::snapshot::redact::Redactor;
    use serde_json::json;

    fn expect(event: &str, count: Count, matchers: Vec<(&str, Matcher)>) -> Expectation {
        let params = matchers.into_iter().map(|(name, matcher)| ParamExpectation {
            name: name.to_owned(),
            matcher,
            span: Span::default(),
        });
        Expectation {
            vendor: "meta".to_owned(),
            event: event.to_owned(),
            account: None,
            step: None,
            count,
            params: params.collect(),
            span: Span::new(4, 5),
        }
    }

    fn judged(trace: &Trace, expectation: Expectation) -> String {
        let findings = run(&CheckInput {
            expectations: &[expectation],
            scenario_file: "scenarios/buy.yaml",
            scenario_text: "a\nbcd",
            ..CheckInput::of(trace, &Redactor::default())
        });
        let mut out = String::new();
        for finding in findings {
            assert!(CHECK.docs.contains(&format!("`{}`", finding.code)), "{}", finding.code);
            let place = finding.place.unwrap();
            let _ = writeln!(
                out,
                "{}:{} {}: {} {:?} {:?}",
                place.line, place.column, finding.code, finding.message, finding.step, finding.hits
            );
            for detail in finding.details {
                let _ = writeln!(out, "    {detail}");
            }
        }
        if out.is_empty() { "fine\n".to_owned() } else { out }
    }

    #[test]
    fn every_miss_has_its_words() {
        let trace = funnel(1, 1);
        let mut all = judged(&trace, expect("Purchase", Count::Exactly(1), vec![]));
        all += &judged(&trace, expect("PageView", Count::AtMost(2), vec![]));
        all += &judged(&trace, expect("Lead", Count::Exactly(0), vec![]));
        all += &judged(&trace, expect("Lead", Count::AtLeast(1), vec![]));
        all += &judged(&trace, expect("PageView", Count::Exactly(1), vec![]));
        all += &judged(&trace, expect("PageView", Count::Between(3, 5), vec![]));
        all += &judged(&trace, expect("PageView", Count::Exactly(0), vec![]));
        let matchers = vec![
            ("value", Matcher::Number(59.0)),
            ("cd[currency]", Matcher::OneOf(vec![json!("USD"), json!("GBP")])),
            ("coupon", Matcher::Present),
            ("order_id", Matcher::Regex(regex::Regex::new("^order-").unwrap())),
        ];
        all += &judged(&trace, expect("Purchase", Count::Exactly(1), matchers));
        let mut other = expect("Purchase", Count::Exactly(1), vec![]);
        other.account = Some("999".to_owned());
        all += &judged(&trace, other);
        let mut other = expect("Purchase", Count::Exactly(1), vec![]);
        other.step = Some(1);
        all += &judged(&trace, other);
        let mut lost = trace.clone();
        lost.requests[3].outcome = Outcome::Blocked("csp:img-src".to_owned());
        all += &judged(&lost, expect("Purchase", Count::Exactly(1), vec![]));
        let mut vendor = expect("Lead", Count::Exactly(1), vec![]);
        vendor.vendor = "ga4".to_owned();
        all += &judged(&trace, vendor);
        let mut skipped = trace.clone();
        skipped.steps[2].outcome = StepOutcome::Skipped;
        skipped.hits.truncate(3);
        all += &judged(&skipped, expect("Purchase", Count::Exactly(1), vec![]));
        let mut many = trace;
        for _ in 0..20 {
            add(&mut many, hit(0, "Lead", vec![]), Outcome::Stubbed);
        }
        all += &judged(&many, expect("Lead", Count::Exactly(0), vec![]));
        insta::assert_snapshot!(all);
    }
}

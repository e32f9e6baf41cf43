//! Why an expected hit is missing, and who sent one that should not be there:
//! the way of each event that a finding tells of, from the step to the
//! vendor's answer.
//!
//! It finds nothing by itself and changes no verdict: it explains what the
//! checks have found. The stages are the same for every vendor; what is
//! particular about one stands in its table (`Vendor::probes`).

mod case;
mod form;
pub mod last;
mod library;
mod page;
mod sender;
mod vendor;
mod walk;
mod words;

use crate::checks::CheckInput;
use crate::checks::expect::{bounds, place};
use crate::checks::trail::case::Case;
use crate::checks::trail::last::Last;
use crate::model::expectation::Expectation;
use crate::model::finding::{DifferenceKind, Finding, Severity};
use crate::model::hit::HitKind;
use crate::model::last_good::LastGood;
use crate::model::trail::Trail;
use crate::model::vendor::CalledEvent;
use crate::vendors::Registry;

/// Trails of one kind of finding: a site that fires twice fires twice often.
const MOST_SEEN: usize = 4;

/// Bounds the work for a site that is wrong in thousands of places.
const MOST_TRAILS: usize = 500;

/// All that is known of a play that has been judged.
pub struct TrailInput<'a> {
    pub check: &'a CheckInput<'a>,
    pub registry: &'a Registry,
    /// What was kept of the last play that passed.
    pub last: Option<&'a LastGood>,
    pub wish: &'a Wish,
}

/// Which events are looked into.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Wish {
    /// Those that findings tell of.
    #[default]
    Findings,
    /// Those, and every hit that came.
    All,
    /// This vendor's event, whether it came or not.
    One { vendor: String, event: String },
}

/// One event to be looked into.
#[derive(Debug, Clone, PartialEq)]
enum Subject {
    Missing { vendor: String, event: String, account: Option<String>, step: Option<usize> },
    Seen(usize),
}

/// The trails of a play, those of the first findings first.
pub fn trails(input: &TrailInput<'_>, findings: &[Finding]) -> Vec<Trail> {
    let mut subjects: Vec<(Subject, Vec<usize>)> = Vec::new();
    for (index, finding) in findings.iter().enumerate() {
        if finding.severity == Severity::Info {
            continue;
        }
        for subject in subjects_of(input, finding) {
            note(&mut subjects, subject, index);
        }
    }
    if *input.wish != Wish::Findings {
        let hits = input.check.trace.hits.iter().enumerate();
        for (index, _) in hits.filter(|(_, hit)| hit.kind == HitKind::Event) {
            let subject = Subject::Seen(index);
            if !subjects.iter().any(|(known, _)| *known == subject) {
                subjects.push((subject, Vec::new()));
            }
        }
    }
    if let Wish::One { vendor, event } = input.wish {
        subjects.retain(|(subject, _)| match subject {
            Subject::Missing { vendor: of, event: name, .. } => of == vendor && name == event,
            Subject::Seen(hit) => {
                let hit = &input.check.trace.hits[*hit];
                hit.vendor == *vendor && hit.event == *event
            }
        });
        if subjects.is_empty() {
            let (vendor, event) = (vendor.clone(), event.clone());
            let subject = Subject::Missing { vendor, event, account: None, step: None };
            subjects.push((subject, Vec::new()));
        }
    }
    if subjects.is_empty() {
        return Vec::new();
    }
    let calls = input.check.trace.calls.iter().enumerate();
    let called: Vec<(usize, CalledEvent)> = calls
        .flat_map(|(index, call)| {
            input.registry.calls(call).into_iter().map(move |called| (index, called))
        })
        .collect();
    let subjects = subjects.into_iter().take(MOST_TRAILS);
    subjects.filter_map(|(subject, of)| walk_of(input, &called, &subject, of)).collect()
}

/// The events that a finding tells of.
fn subjects_of(input: &TrailInput<'_>, finding: &Finding) -> Vec<Subject> {
    let seen = || finding.hits.iter().take(MOST_SEEN).map(|hit| Subject::Seen(*hit)).collect();
    if let Some(difference) = &finding.difference {
        let missing = |event: &str, account: &str| {
            vec![Subject::Missing {
                vendor: difference.vendor.clone(),
                event: event.to_owned(),
                account: Some(account.to_owned()).filter(|account| !account.is_empty()),
                step: finding.step,
            }]
        };
        return match &difference.kind {
            DifferenceKind::Missing | DifferenceKind::Lost { .. } => {
                missing(&difference.event, &difference.account)
            }
            DifferenceKind::Renamed { expected } => missing(expected, &difference.account),
            DifferenceKind::AccountChanged { expected } => missing(&difference.event, expected),
            DifferenceKind::Unexpected
            | DifferenceKind::Duplicated { .. }
            | DifferenceKind::Moved { .. } => seen(),
            DifferenceKind::Changed => Vec::new(),
        };
    }
    if !finding.code.starts_with("expect-") || finding.code == "expect-param" {
        return Vec::new();
    }
    let Some(expectation) = expectation_of(input, finding) else { return Vec::new() };
    if finding.code == "expect-count" && finding.hits.len() >= bounds(expectation.count).0 {
        return seen();
    }
    vec![Subject::Missing {
        vendor: expectation.vendor.clone(),
        event: expectation.event.clone(),
        account: expectation.account.clone(),
        step: expectation.step,
    }]
}

/// The expectation that a finding is about, by its place in the scenario.
fn expectation_of<'a>(input: &TrailInput<'a>, finding: &Finding) -> Option<&'a Expectation> {
    let at = finding.place.as_ref()?;
    let mut expectations = input.check.expectations.iter();
    expectations.find(|expectation| place(input.check, expectation).as_ref() == Some(at))
}

/// Adds a subject, or a further finding to one that is known: what one finding
/// leaves open the other may say.
fn note(subjects: &mut Vec<(Subject, Vec<usize>)>, subject: Subject, finding: usize) {
    for (known, findings) in subjects.iter_mut() {
        if join(known, &subject) {
            findings.push(finding);
            return;
        }
    }
    subjects.push((subject, vec![finding]));
}

fn join(known: &mut Subject, other: &Subject) -> bool {
    fn agrees<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
        one.zip(other).is_none_or(|(one, other)| one == other)
    }
    match (known, other) {
        (
            Subject::Missing { vendor, event, account, step },
            Subject::Missing { vendor: of, event: name, account: to, step: at },
        ) if vendor == of
            && event == name
            && agrees(account.as_ref(), to.as_ref())
            && agrees(step.as_ref(), at.as_ref()) =>
        {
            if account.is_none() {
                account.clone_from(to);
            }
            *step = step.or(*at);
            true
        }
        (Subject::Seen(hit), Subject::Seen(other)) => hit == other,
        _ => false,
    }
}

fn walk_of(
    input: &TrailInput<'_>,
    called: &[(usize, CalledEvent)],
    subject: &Subject,
    findings: Vec<usize>,
) -> Option<Trail> {
    let trace = input.check.trace;
    let (index, (vendor, event, account), step) = match subject {
        Subject::Missing { vendor, event, account, step } => {
            (None, (&**vendor, &**event, account.as_deref()), *step)
        }
        Subject::Seen(index) => {
            let hit = trace.hits.get(*index)?;
            let account = Some(&*hit.account).filter(|account| !account.is_empty());
            (Some(*index), (&*hit.vendor, &*hit.event, account), hit.step)
        }
    };
    let mut case = Case::new(trace, input.registry, (vendor, event, account), step, called);
    let label = step.and_then(|step| Some((step, &*trace.steps.get(step)?.label)));
    case.last = input.last.map(|good| Last::of(good, vendor, event, account, label));
    case.settled = settled(input, vendor, event);
    case.knows_all = input.check.snapshot.is_some();
    Some(match index {
        Some(index) => walk::seen(&case, index, &trace.hits[index], findings),
        None => walk::missing(&case, findings),
    })
}

/// The other events of a vendor that are expected; its own name too, where it
/// is expected more than once.
fn settled<'a>(input: &TrailInput<'a>, vendor: &str, event: &str) -> Vec<&'a str> {
    let snapshot = input.check.snapshot.into_iter().flat_map(|snapshot| &snapshot.steps);
    let hits = snapshot.flat_map(|step| &step.hits).filter(|hit| hit.vendor == vendor);
    let mut events: Vec<&str> = hits.map(|hit| &*hit.event).collect();
    if let Some(own) = events.iter().position(|name| *name == event) {
        events.remove(own);
    }
    let expected = input.check.expectations.iter().filter(|it| it.vendor == vendor);
    events.extend(expected.map(|it| &*it.event).filter(|name| *name != event));
    events
}

#[cfg(test)]
mod tests;

//! A recorded HTTP archive instead of a play: the same decoding, comparison
//! and checks, without a browser. Pure.
//!
//! An archive knows requests only. Others than our own do not tell which step
//! caused one, so that steps make no difference to what is compared.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::engine::cause::{Evidence, hits};
use crate::engine::play::Played;
use crate::engine::{Plan, PlannedScenario, run_finding};
use crate::model::finding::{Finding, Severity};
use crate::model::request::{
    Body, Initiator, Outcome, Request, RequestId, Response, TargetKind, TargetRef,
};
use crate::model::trace::{Document, StepOutcome, StepRecord, Trace};
use crate::report::mask::Mask;
use crate::wire::har::{Archive, Entry};

/// What the archive holds, as if the scenario had left it.
pub(crate) fn replay(plan: &Plan, planned: &PlannedScenario, archive: &Archive) -> Played {
    let times: Vec<f64> = archive.entries.iter().map(unix_ms).collect();
    let start = times.iter().copied().filter(|time| *time > 0.0).fold(f64::INFINITY, f64::min);
    let start = if start.is_finite() { start } else { 0.0 };
    let since = |time: f64| (time - start).max(0.0);
    let entries = archive.entries.iter().zip(times).enumerate();
    let tells_steps = tells_steps(planned, archive);
    let requests: Vec<Request> = entries
        .map(|(index, (entry, time))| {
            let step = entry.step.as_ref().filter(|_| tells_steps).map(|(step, _)| *step);
            Request { step, ..request(index, entry, since(time)) }
        })
        .collect();
    let documents: Vec<Document> = requests
        .iter()
        .filter(|request| request.resource_type == "Document")
        .map(|request| Document {
            frame: String::new(),
            url: request.url.clone(),
            main_frame: true,
            parent: None,
            committed_ms: request.started_ms,
            ended_ms: None,
            step: None,
        })
        .collect();
    let leaving = HashSet::new();
    let evidence = Evidence {
        requests: &requests,
        calls: &[],
        documents: &documents,
        steps: &[],
        leaving: &leaving,
    };
    let mut hits = hits(&plan.registry, &evidence);
    for hit in &mut hits {
        // What the archive says of a hit is better than what could be inferred
        // without the calls, which are not in it.
        let entry = archive.entries.get(hit.request.0 as usize).filter(|_| tells_steps);
        hit.step = entry.and_then(|entry| entry.hit_steps.get(hit.index as usize).copied()?);
    }
    let steps = planned.scenario.steps.iter().map(|step| StepRecord {
        kind: step.action.spec().name.to_owned(),
        label: step.title(),
        started_ms: 0.0,
        duration_ms: 0.0,
        outcome: StepOutcome::Done,
        url: String::new(),
        waited_for: Vec::new(),
    });
    let ends = requests.iter().map(|request| request.ended_ms.unwrap_or(request.started_ms));
    Played {
        trace: Trace {
            started_unix_ms: start as i64,
            duration_ms: ends.fold(0.0, f64::max),
            steps: steps.collect(),
            loads: requests.iter().filter_map(|request| plan.registry.load(request)).collect(),
            without_steps: !tells_steps,
            without_calls: true,
            documents,
            requests,
            hits,
            ..Trace::default()
        },
        findings: archive.problems.iter().map(|problem| unreadable(problem)).collect(),
        artifacts: Vec::new(),
        stem: planned.scenario.slug.clone(),
        page: None,
        broken: false,
        stopped: false,
    }
}

/// Whether it is one of our own of this very scenario, so that its steps are
/// the scenario's.
fn tells_steps(planned: &PlannedScenario, archive: &Archive) -> bool {
    let mask = Mask::new(&planned.scenario.secrets);
    let steps = planned.scenario.steps.iter();
    let titles: Vec<String> = steps.map(|step| mask.text(&step.title())).collect();
    let mut told = archive.entries.iter().filter_map(|entry| entry.step.as_ref());
    let mut caused = archive.entries.iter().flat_map(|entry| &entry.hit_steps).flatten();
    archive.entries.iter().any(|entry| !entry.hit_steps.is_empty())
        && told.all(|(step, title)| titles.get(*step) == Some(title))
        && caused.all(|step| *step < titles.len())
}

fn unix_ms(entry: &Entry) -> f64 {
    let time = entry.started.as_deref().and_then(|text| text.parse::<Timestamp>().ok());
    time.map_or(0.0, |time| time.as_millisecond() as f64)
}

fn request(index: usize, entry: &Entry, started_ms: f64) -> Request {
    let (url, fragment) = match entry.url.split_once('#') {
        Some((url, fragment)) => (url.to_owned(), Some(fragment.to_owned())),
        None => (entry.url.clone(), None),
    };
    Request {
        id: RequestId(index as u32),
        method: entry.method.clone(),
        url,
        fragment,
        headers: entry.headers.clone(),
        body: (!entry.body.is_empty()).then(|| Body::new(entry.body.clone(), entry.exact)),
        resource_type: resource_type(entry.resource_type.as_deref().unwrap_or_default()),
        initiator: Initiator::default(),
        frame: None,
        target: TargetRef {
            kind: TargetKind::Page,
            id: String::new(),
            url: entry.page.clone().unwrap_or_default(),
        },
        document: None,
        step: None,
        redirected_from: None,
        outcome: outcome(entry),
        response: entry.status.map(|status| Response {
            status,
            headers: entry.response_headers.clone(),
            mime_type: entry.mime_type.clone().unwrap_or_default(),
            ..Response::default()
        }),
        started_ms,
        ended_ms: entry.duration_ms.map(|duration| started_ms + duration),
    }
}

/// The protocol's word for the exporter's: `ping` is `Ping`.
fn resource_type(word: &str) -> String {
    match word {
        "" => "Other".to_owned(),
        "xhr" => "XHR".to_owned(),
        _ => {
            let mut letters = word.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first.into_iter().chain(letters).collect()
        }
    }
}

/// Many exporters note no answer for a beacon that was sent: only a failure
/// that they name is one.
fn outcome(entry: &Entry) -> Outcome {
    let told = entry.outcome.as_deref().unwrap_or_default();
    match (told.split_once(':').unwrap_or((told, "")), &entry.error, entry.status) {
        (("stubbed", _), ..) => Outcome::Stubbed,
        (("blocked", reason), ..) => Outcome::Blocked(reason.to_owned()),
        (("failed", reason), ..) => Outcome::Failed(reason.to_owned()),
        (("local", source), ..) => Outcome::Local(source.to_owned()),
        (("aborted", _), ..) => Outcome::Aborted,
        (("delivered", _), ..) | (_, _, Some(_)) => Outcome::Delivered,
        (_, Some(error), None) if error.contains("ABORTED") => Outcome::Aborted,
        (_, Some(error), None) if error.contains("BLOCKED_BY_CLIENT") => {
            Outcome::Blocked("client".to_owned())
        }
        (_, Some(error), None) => Outcome::Failed(error.clone()),
        (_, None, None) => Outcome::Pending,
    }
}

fn unreadable(problem: &str) -> Finding {
    let message = format!("the archive has an entry that could not be read: {problem}");
    let severity = Severity::Warning;
    Finding { severity, ..run_finding("archive-entry", message, Vec::new(), None) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_became_of_a_request_is_read() {
        let with = |told: Option<&str>, status, error: Option<&str>| {
            let (outcome_text, error) = (told.map(str::to_owned), error.map(str::to_owned));
            outcome(&Entry { outcome: outcome_text, status, error, ..Entry::default() }).as_text()
        };
        assert_eq!(with(Some("blocked:csp:img-src"), None, None), "blocked:csp:img-src");
        assert_eq!(with(Some("stubbed"), Some(204), None), "stubbed");
        assert_eq!(with(None, Some(200), None), "delivered");
        assert_eq!(with(None, None, None), "pending");
        assert_eq!(with(None, None, Some("net::ERR_ABORTED")), "aborted");
        assert_eq!(with(None, None, Some("net::ERR_BLOCKED_BY_CLIENT")), "blocked:client");
        assert_eq!(with(None, None, Some("NS_ERROR_ABORT")), "failed:NS_ERROR_ABORT");
    }

    #[test]
    fn types_are_told_in_the_protocols_words() {
        let words = ["ping", "xhr", "Document", ""].map(resource_type);
        assert_eq!(words, ["Ping", "XHR", "Document", "Other"]);
    }
}

//! Which step caused a hit. Pure.
//!
//! A hit belongs to the step that caused it, not to the one during which it
//! happened to be sent: libraries batch for seconds, beacons leave with the
//! page. The rules do not depend on how fast the run is:
//!
//! - A library that sends at once: the step during which it sent, because a
//!   step has not settled before. While the page is being left: the step that
//!   left it.
//! - A step that only waits causes nothing: what was sent during it belongs to
//!   the last step that did something. Where a page sends a little later, it
//!   would else depend on the machine's speed whether the wait had begun.
//! - A library that batches: the step of the call that asked for the event,
//!   or the step that let it go (consent, the library itself). Without a call:
//!   the step that brought the document; of a page that was being left, the
//!   one that the hit itself names.

use std::collections::HashSet;

use crate::model::call::Call;
use crate::model::hit::{Hit, HitKind};
use crate::model::request::{Outcome, Request};
use crate::model::trace::{Document, StepRecord};
use crate::model::vendor::CalledEvent;
use crate::vendors::{Deduplicator, Registry};

/// A call may be reported a little after the request that it led to.
const REPORT_SLACK_MS: f64 = 250.0;

/// Kinds of steps that only look at the page.
const WAITS: &[&str] = &["waitForElement", "waitForExpression", "waitForText", "waitForUrl"];

/// What [`hits`] looks at.
pub(crate) struct Evidence<'a> {
    pub(crate) requests: &'a [Request],
    pub(crate) calls: &'a [Call],
    pub(crate) documents: &'a [Document],
    pub(crate) steps: &'a [StepRecord],
    /// Ids of requests whose document was on its way out.
    pub(crate) leaving: &'a HashSet<u32>,
}

/// Every hit of a play, each with its step and its call.
pub(crate) fn hits(registry: &Registry, evidence: &Evidence<'_>) -> Vec<Hit> {
    let mut dedup = Deduplicator::new();
    let mut hits = Vec::new();
    for request in evidence.requests {
        if carries_hits(request) {
            hits.extend(registry.hits(request, &mut dedup));
        }
    }
    let called: Vec<(usize, CalledEvent)> = evidence
        .calls
        .iter()
        .enumerate()
        .flat_map(|(index, call)| {
            registry.calls(call).into_iter().map(move |called| (index, called))
        })
        .collect();
    let mut used: HashSet<(usize, String, String)> = HashSet::new();
    for hit in &mut hits {
        let Some(request) = evidence.requests.get(hit.request.0 as usize) else { continue };
        hit.call = find_call(hit, request, evidence, &called, &mut used);
        let batches = registry.vendor(&hit.vendor).is_some_and(|vendor| vendor.batches);
        let step = match hit.call {
            Some(call) if batches => step_of_call(call, request, evidence),
            _ => step_of_request(batches, hit, request, evidence),
        };
        hit.step = step.map(|step| acting(step, evidence.steps));
    }
    hits
}

/// Requests whose content reached a vendor, or should have.
pub(crate) fn carries_hits(request: &Request) -> bool {
    request.resource_type != "Preflight" && !matches!(request.outcome, Outcome::Local(_))
}

/// The earliest call that asked for this event and has not been answered by
/// another hit of the same account.
fn find_call(
    hit: &Hit,
    request: &Request,
    evidence: &Evidence<'_>,
    called: &[(usize, CalledEvent)],
    used: &mut HashSet<(usize, String, String)>,
) -> Option<usize> {
    let event_id = hit.canonical("event_id").and_then(|id| id.as_str());
    // The sender of a beacon on leave is inferred: any document of its frame
    // may have made the call.
    let leaving = evidence.leaving.contains(&request.id.0);
    let fits = |index: usize, wanted: &CalledEvent| {
        let call = &evidence.calls[index];
        let same_document = match (call.document, request.document) {
            (Some(call), Some(request)) => call == request,
            _ => true,
        } || leaving
            && call.frame.is_some()
            && call.frame.as_ref() == request.frame.as_ref().map(|frame| &frame.id);
        wanted.vendor == hit.vendor
            && wanted.event.as_deref() == Some(hit.event.as_str())
            && wanted.account.as_deref().is_none_or(|account| same_account(account, &hit.account))
            && same_document
            && call.at_ms <= request.started_ms + REPORT_SLACK_MS
    };
    let slot = |index: usize, kind: &str| {
        (index, format!("{} {} {}", hit.vendor, hit.account, hit.event), kind.to_owned())
    };
    let kind = match hit.kind {
        HitKind::Duplicate => "duplicate",
        _ => "event",
    };
    let candidates = || called.iter().filter(|(index, wanted)| fits(*index, wanted));
    let by_id = event_id.and_then(|id| {
        candidates().find(|(index, wanted)| {
            wanted.event_id.as_deref() == Some(id) && !used.contains(&slot(*index, kind))
        })
    });
    let (index, _) = by_id.or_else(|| {
        candidates().find(|(index, wanted)| {
            let other_id = event_id.is_some()
                && wanted.event_id.is_some()
                && wanted.event_id.as_deref() != event_id;
            !other_id && !used.contains(&slot(*index, kind))
        })
    })?;
    used.insert(slot(*index, kind));
    Some(*index)
}

/// Accounts are written with or without a label behind a slash.
fn same_account(called: &str, found: &str) -> bool {
    called == found || called.split('/').next() == found.split('/').next() && !called.is_empty()
}

/// The step of the call; or a later one, when only that let the hit go: by
/// giving consent, or by loading the library that sent it.
fn step_of_call(call: usize, request: &Request, evidence: &Evidence<'_>) -> Option<usize> {
    // A step has settled before the next one begins: what it sent was let go
    // by none that came later.
    let granted = released_by(call, evidence)
        .filter(|grant| grant.at_ms <= request.started_ms + REPORT_SLACK_MS)
        .filter(|grant| request.step.is_none() || grant.step <= request.step)
        .and_then(|grant| grant.step);
    let call = &evidence.calls[call];
    let library = request.initiator.stack.first().and_then(|frame| {
        evidence
            .requests
            .iter()
            .find(|script| script.url == frame.url && script.document == call.document)
            .and_then(|script| script.step)
    });
    call.step.max(granted).max(library)
}

/// The consent that let the event of this call go, where it was held back:
/// the first one given in the document, if it was denied before and came
/// after the call. Consent that is given once more releases nothing.
fn released_by<'e>(call: usize, evidence: &'e Evidence<'_>) -> Option<&'e Call> {
    let document = evidence.calls[call].document;
    let mut signals = evidence
        .calls
        .iter()
        .enumerate()
        .filter(|(_, other)| other.document == document)
        .filter_map(|(index, other)| Some((index, consent_of(other)?)));
    let mut denied = false;
    let (index, _) = signals.find(|(_, granted)| {
        denied |= !granted;
        *granted
    })?;
    (denied && index >= call).then(|| &evidence.calls[index])
}

/// `gtag('consent', 'default' or 'update', …)`: whether something was granted;
/// `None` for any other call.
fn consent_of(call: &Call) -> Option<bool> {
    if call.args.first()?.as_str()? != "consent" {
        return None;
    }
    match (call.args.get(1)?.as_str()?, call.args.get(2)) {
        ("default" | "update", Some(serde_json::Value::Object(signals))) => {
            Some(signals.values().any(|signal| signal.as_str() == Some("granted")))
        }
        _ => None,
    }
}

fn step_of_request(
    batches: bool,
    hit: &Hit,
    request: &Request,
    evidence: &Evidence<'_>,
) -> Option<usize> {
    let document = request.document.and_then(|document| evidence.documents.get(document));
    if batches && let Some(document) = named_page(hit, request, evidence).or(document) {
        return document.step.or(request.step);
    }
    if evidence.leaving.contains(&request.id.0)
        && let Some(ended) = document.and_then(|document| document.ended_ms)
    {
        return step_at(evidence.steps, ended).or(request.step);
    }
    request.step
}

/// The page that the hit itself names, where the sender is only inferred: on a
/// slow machine the beacon of a page that is left is told of long after the
/// next page has come.
fn named_page<'e>(hit: &Hit, request: &Request, evidence: &Evidence<'e>) -> Option<&'e Document> {
    if !evidence.leaving.contains(&request.id.0) {
        return None;
    }
    let frame = &request.frame.as_ref()?.id;
    let url = hit.canonical("url")?.as_str()?;
    let inferred = request.document.and_then(|document| evidence.documents.get(document));
    // The inferred one is right, if it may be: a page may be loaded twice.
    inferred.into_iter().chain(evidence.documents.iter().rev()).find(|document| {
        document.frame == *frame
            && document.committed_ms <= request.started_ms
            && page_of(&document.url) == page_of(url)
    })
}

fn page_of(url: &str) -> Option<&str> {
    url.split('#').next()
}

/// The step itself, or the last before it that did something.
fn acting(step: usize, steps: &[StepRecord]) -> usize {
    let acts = |step: &StepRecord| !WAITS.contains(&step.kind.as_str());
    steps.iter().take(step + 1).rposition(acts).unwrap_or(step)
}

/// The step that was under way at that time, or the last before it.
fn step_at(steps: &[StepRecord], at_ms: f64) -> Option<usize> {
    steps.iter().rposition(|step| step.started_ms <= at_ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    use crate::model::hit::{Param, ParamClass};
    use crate::model::request::FrameRef;
    use crate::model::trace::StepOutcome;
    use crate::snapshot::fixture::{document, hit, param, played};
    use crate::steps::TABLE;

    fn step(kind: &str) -> StepRecord {
        StepRecord {
            kind: kind.to_owned(),
            label: String::new(),
            started_ms: 0.0,
            duration_ms: 0.0,
            outcome: StepOutcome::Done,
            url: String::new(),
            waited_for: Vec::new(),
        }
    }

    #[test]
    fn waiting_causes_nothing() {
        let steps = ["waitForUrl", "navigate", "waitForText", "waitForElement", "click"].map(step);
        let acting: Vec<usize> = (0..steps.len()).map(|index| acting(index, &steps)).collect();
        assert_eq!(acting, [0, 1, 1, 1, 4]);
    }

    fn called(step: usize, args: &serde_json::Value) -> Call {
        Call {
            name: "gtag".to_owned(),
            args: args.as_array().cloned().unwrap_or_default(),
            at_ms: 0.0,
            frame: None,
            frame_url: String::new(),
            document: Some(0),
            step: Some(step),
            stack: Vec::new(),
        }
    }

    #[test]
    fn only_the_first_consent_after_a_denial_releases() {
        let denied = || called(0, &json!(["consent", "default", {"analytics_storage": "denied"}]));
        let granted = |step| called(step, &json!(["consent", "update", {"ad_storage": "granted"}]));
        let event = |step| called(step, &json!(["event", "purchase"]));
        let released = |calls: &[Call], call| {
            let leaving = HashSet::new();
            let evidence =
                Evidence { requests: &[], calls, documents: &[], steps: &[], leaving: &leaving };
            released_by(call, &evidence).and_then(|grant| grant.step)
        };
        assert_eq!(released(&[denied(), event(0), granted(1), granted(2)], 1), Some(1));
        assert_eq!(released(&[event(0), denied(), granted(1)], 0), Some(1));
        assert_eq!(released(&[denied(), granted(0), event(0), granted(1)], 2), None);
        assert_eq!(released(&[event(0), granted(1)], 0), None, "nothing was held back");
        assert_eq!(released(&[denied(), event(0)], 1), None);
    }

    #[test]
    fn what_a_step_sent_no_later_one_let_go() {
        let calls = [
            called(0, &json!(["consent", "default", {"analytics_storage": "denied"}])),
            called(0, &json!(["event", "page_view"])),
            called(1, &json!(["consent", "update", {"analytics_storage": "granted"}])),
        ];
        let leaving = HashSet::new();
        let evidence = Evidence {
            requests: &[],
            calls: &calls,
            documents: &[],
            steps: &[],
            leaving: &leaving,
        };
        let mut request =
            played(&["open"], vec![hit(0, "page_view", Vec::new())]).requests.remove(0);
        assert_eq!(step_of_call(1, &request, &evidence), Some(0));
        request.step = Some(1);
        assert_eq!(step_of_call(1, &request, &evidence), Some(1));
    }

    #[test]
    fn a_late_beacon_belongs_to_the_page_that_it_names() {
        let url = Param {
            canonical: Some("url".to_owned()),
            ..param("dl", "https://shop.test/a#top", ParamClass::Environment)
        };
        let mut played = played(&["open", "next", "last"], vec![hit(1, "scroll", vec![url])]);
        let documents: Vec<Document> = ["a", "b", "a"]
            .into_iter()
            .enumerate()
            .map(|(step, path)| Document {
                frame: "F".to_owned(),
                committed_ms: step as f64 * 10.0,
                ..document(&format!("https://shop.test/{path}"), step)
            })
            .collect();
        let mut request = played.requests.remove(0);
        request.document = Some(1);
        request.started_ms = 15.0;
        request.frame = Some(FrameRef { id: "F".to_owned(), url: String::new(), parent: None });
        let step = |request: &Request, leaving: &HashSet<u32>| {
            let evidence =
                Evidence { requests: &[], calls: &[], documents: &documents, steps: &[], leaving };
            step_of_request(true, &played.hits[0], request, &evidence)
        };
        assert_eq!(step(&request, &HashSet::from([request.id.0])), Some(0));
        assert_eq!(step(&request, &HashSet::new()), Some(1), "the agent itself told who sent it");
        request.document = Some(0);
        request.started_ms = 30.0;
        assert_eq!(
            step(&request, &HashSet::from([request.id.0])),
            Some(0),
            "not the page that came after"
        );
    }

    #[test]
    fn every_waiting_step_is_known() {
        let waits: Vec<&str> =
            TABLE.iter().map(|spec| spec.name).filter(|name| name.starts_with("wait")).collect();
        let mut known = WAITS.to_vec();
        known.sort_unstable();
        let mut waits = waits;
        waits.sort_unstable();
        assert_eq!(waits, known);
    }
}

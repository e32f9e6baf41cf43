//! Which step caused a hit. Pure.
//!
//! A hit belongs to the step that caused it, not to the one during which it
//! happened to be sent: libraries batch for seconds, beacons leave with the
//! page. The rules do not depend on how fast the run is:
//!
//! - A library that sends at once: the step during which it sent, because a
//!   step has not settled before. While the page is being left: the step that
//!   left it.
//! - A library that batches: the step of the call that asked for the event,
//!   or the step that let it go (consent, the library itself). Without a call:
//!   the step that brought the document.

use std::collections::HashSet;

use crate::model::call::Call;
use crate::model::hit::{Hit, HitKind};
use crate::model::request::{Outcome, Request};
use crate::model::trace::{Document, StepRecord};
use crate::model::vendor::CalledEvent;
use crate::vendors::{Deduplicator, Registry};

/// A call may be reported a little after the request that it led to.
const REPORT_SLACK_MS: f64 = 250.0;

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
        hit.step = match hit.call {
            Some(call) if batches => step_of_call(call, request, evidence),
            _ => step_of_request(batches, request, evidence),
        };
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
    let call = &evidence.calls[call];
    let granted = evidence
        .calls
        .iter()
        .filter(|later| {
            later.document == call.document
                && later.at_ms >= call.at_ms
                && later.at_ms <= request.started_ms + REPORT_SLACK_MS
                && grants_consent(later)
        })
        .filter_map(|later| later.step)
        .max();
    let library = request.initiator.stack.first().and_then(|frame| {
        evidence
            .requests
            .iter()
            .find(|script| script.url == frame.url && script.document == call.document)
            .and_then(|script| script.step)
    });
    call.step.max(granted).max(library)
}

/// `gtag('consent', 'update', …)` with something granted, which is what lets
/// batching Google tags go.
fn grants_consent(call: &Call) -> bool {
    call.args.first().and_then(|word| word.as_str()) == Some("consent")
        && call.args.iter().skip(1).any(|argument| match argument {
            serde_json::Value::String(word) => word == "grant",
            serde_json::Value::Object(signals) => {
                signals.values().any(|signal| signal.as_str() == Some("granted"))
                    && call.args.get(1).and_then(|word| word.as_str()) == Some("update")
            }
            _ => false,
        })
}

fn step_of_request(batches: bool, request: &Request, evidence: &Evidence<'_>) -> Option<usize> {
    let document = request.document.and_then(|document| evidence.documents.get(document));
    if batches && let Some(document) = document {
        return document.step.or(request.step);
    }
    if evidence.leaving.contains(&request.id.0)
        && let Some(ended) = document.and_then(|document| document.ended_ms)
    {
        return step_at(evidence.steps, ended).or(request.step);
    }
    request.step
}

/// The step that was under way at that time, or the last before it.
fn step_at(steps: &[StepRecord], at_ms: f64) -> Option<usize> {
    steps.iter().rposition(|step| step.started_ms <= at_ms)
}

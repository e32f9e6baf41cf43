//! Which step caused a hit. Pure.
//!
//! A hit belongs to the step that caused it, not to the one during which it
//! happened to be sent: libraries batch for seconds, beacons leave with the
//! page. The call that asked for it tells, where there is one. Without a call
//! the document tells, by rules that do not depend on how fast the run is:
//! what a batching library sends by itself belongs to the step that brought
//! the document, and what another sends while the page is being left belongs
//! to the step that left it.

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
        hit.step = match hit.call {
            Some(call) => evidence.calls[call].step,
            None => step_without_call(registry, hit, request, evidence),
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
    let fits = |index: usize, wanted: &CalledEvent| {
        let call = &evidence.calls[index];
        let same_document = match (call.document, request.document) {
            (Some(call), Some(request)) => call == request,
            _ => true,
        };
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
            let other_id =
                event_id.is_some() && wanted.event_id.is_some() && wanted.event_id.as_deref() != event_id;
            !other_id && !used.contains(&slot(*index, kind))
        })
    })?;
    used.insert(slot(*index, kind));
    Some(*index)
}

/// Accounts are written with or without a label behind a slash.
fn same_account(called: &str, found: &str) -> bool {
    called == found
        || called.split('/').next() == found.split('/').next() && !called.is_empty()
}

fn step_without_call(
    registry: &Registry,
    hit: &Hit,
    request: &Request,
    evidence: &Evidence<'_>,
) -> Option<usize> {
    let document = request.document.and_then(|document| evidence.documents.get(document));
    let batches = registry.vendor(&hit.vendor).is_some_and(|vendor| vendor.batches);
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

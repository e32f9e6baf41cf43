//! What a run keeps of each scenario in memory: all that findings, trails and
//! totals are told by. What was sent and called in detail is left out.

use crate::model::hit::Hit;
use crate::model::request::{Initiator, Request, TargetRef};
use crate::model::run::ScenarioReport;
use crate::model::trace::Trace;

/// The scenario without what only reporters need that ask for the whole.
pub(super) fn outline(scenario: &ScenarioReport) -> ScenarioReport {
    let trace = &scenario.trace;
    ScenarioReport {
        name: scenario.name.clone(),
        slug: scenario.slug.clone(),
        file: scenario.file.clone(),
        verdict: scenario.verdict,
        trace: Trace {
            started_unix_ms: trace.started_unix_ms,
            duration_ms: trace.duration_ms,
            steps: trace.steps.clone(),
            hits: trace.hits.iter().map(named_params_only).collect(),
            without_steps: trace.without_steps,
            requests: trace.requests.iter().map(outcome_only).collect(),
            ..Trace::default()
        },
        findings: scenario.findings.clone(),
        trails: scenario.trails.clone(),
        snapshot: scenario.snapshot.clone(),
        secrets: scenario.secrets.clone(),
        artifacts: scenario.artifacts.clone(),
        attempts: scenario.attempts,
        others: scenario.others.iter().map(outline).collect(),
    }
}

fn named_params_only(hit: &Hit) -> Hit {
    Hit {
        request: hit.request,
        index: hit.index,
        vendor: hit.vendor.clone(),
        account: hit.account.clone(),
        event: hit.event.clone(),
        kind: hit.kind,
        params: hit.params.iter().filter(|param| param.canonical.is_some()).cloned().collect(),
        step: hit.step,
        call: hit.call,
        problems: hit.problems.clone(),
    }
}

fn outcome_only(request: &Request) -> Request {
    Request {
        id: request.id,
        method: String::new(),
        url: String::new(),
        fragment: None,
        headers: Vec::new(),
        body: None,
        resource_type: String::new(),
        initiator: Initiator::default(),
        frame: None,
        target: TargetRef { kind: request.target.kind, id: String::new(), url: String::new() },
        document: None,
        step: request.step,
        redirected_from: request.redirected_from,
        outcome: request.outcome.clone(),
        response: None,
        started_ms: request.started_ms,
        ended_ms: request.ended_ms,
    }
}

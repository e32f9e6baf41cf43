//! A step that could not be done is a finding. Why it could not, the step
//! itself has said; what is added are its place in the scenario and frames of
//! the page that did not come.

use crate::checks::{Check, CheckInput, finding, step_name};
use crate::model::finding::{Finding, Severity};
use crate::model::request::Outcome;
use crate::model::trace::{StepOutcome, Trace};
use crate::snapshot::show::harmless;

pub const CHECK: Check = Check {
    code: "step",
    summary: "every step of the scenario can be done",
    docs: "\
`step-failed` (error): the site answered, but the step cannot be done: the
element is not there, is covered or stays disabled. The details list what was
tried and what was there instead. The verdict is failed.

`step-broken` (error): the site did not answer, or the browser failed. The
verdict is broken, since nothing is known of the site.",
    run,
};

fn run(input: &CheckInput<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, step) in input.trace.steps.iter().enumerate() {
        let (code, message, details) = match &step.outcome {
            StepOutcome::Failed { message, details } => ("step-failed", message, details),
            StepOutcome::Broken { message, details } => ("step-broken", message, details),
            StepOutcome::Done | StepOutcome::Skipped => continue,
        };
        let name = step_name(input.trace, index);
        let message = format!("step {} {name}: {message}", index + 1);
        let mut finding = finding(code, Severity::Error, message);
        finding.details.clone_from(details);
        finding.details.extend(refused_frames(input.trace, index));
        finding.step = Some(index);
        let skipped = input.trace.steps.iter().skip(index + 1);
        let skipped = skipped.filter(|step| step.outcome == StepOutcome::Skipped).count();
        if skipped > 0 {
            let were = if skipped == 1 { "step was" } else { "steps were" };
            finding.details.push(format!("{skipped} later {were} not played"));
        }
        findings.push(finding);
    }
    findings
}

/// Frames of the page that did not come: what is not found may have stood in
/// one of them.
fn refused_frames(trace: &Trace, step: usize) -> Vec<String> {
    let page = trace.documents.iter().rposition(|it| it.main_frame && it.step <= Some(step));
    let mut refused: Vec<String> = trace
        .requests
        .iter()
        .filter(|request| {
            request.resource_type == "Document"
                && request.document == page
                && request.frame.as_ref().is_some_and(|frame| frame.parent.is_some())
        })
        .filter_map(|request| {
            let why = match &request.outcome {
                Outcome::Blocked(reason) => format!("was blocked ({})", harmless(reason)),
                Outcome::Failed(error) => format!("failed with {}", harmless(error)),
                _ => {
                    let status = request.response.as_ref()?.status;
                    (status >= 400).then(|| format!("answered {status}"))?
                }
            };
            Some(format!("its frame {} {why}", shown(&request.url)))
        })
        .collect();
    // A policy, or the framed site's own, refuses before anything is asked for.
    let said = trace.console.iter().filter(|message| {
        let words = ["Framing '", "Refused to frame", "Refused to display"];
        message.level == "error"
            && message.step <= Some(step)
            && words.iter().any(|words| message.text.starts_with(words))
    });
    refused.extend(said.map(|message| {
        format!(
            "the browser says: {}",
            harmless(&message.text.chars().take(300).collect::<String>())
        )
    }));
    refused.dedup();
    refused.truncate(5);
    refused
}

/// An address without its query, which may hold values.
fn shown(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    harmless(&url.chars().take(200).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::found;
    use crate::model::request::{FrameRef, Response};
    use crate::model::trace::ConsoleMessage;
    use crate::snapshot::fixture::{document, hit, played, trace};
    use crate::snapshot::redact::Redactor;

    #[test]
    fn frames_that_did_not_come_are_told() {
        let mut trace = played(&["open", "fill in"], vec![hit(0, "", Vec::new())]);
        trace.hits.clear();
        trace.documents.push(document("https://shop.test/", 0));
        let (message, details) = ("found no element".to_owned(), Vec::new());
        trace.steps[1].outcome = StepOutcome::Failed { message, details };
        let frame = &mut trace.requests[0];
        frame.resource_type = "Document".to_owned();
        frame.url = "https://forms.test/lead?mail=x".to_owned();
        frame.document = Some(0);
        frame.outcome = Outcome::Delivered;
        let parent = Some("F".to_owned());
        frame.frame = Some(FrameRef { id: "G".to_owned(), url: String::new(), parent });
        let details = |trace: &Trace| found(&CHECK, trace).remove(0).details;
        assert!(details(&trace).is_empty());
        trace.requests[0].response = Some(Response { status: 503, ..Response::default() });
        trace.console.push(ConsoleMessage {
            level: "error".to_owned(),
            text: "Framing 'https://other.test/' violates a policy".to_owned(),
            at_ms: 1.0,
            step: Some(0),
            frame_url: String::new(),
            stack: Vec::new(),
        });
        assert_eq!(
            details(&trace),
            [
                "its frame https://forms.test/lead answered 503",
                "the browser says: Framing 'https://other.test/' violates a policy",
            ]
        );
    }

    #[test]
    fn failed_and_broken_steps_are_found() {
        let mut trace = trace(&["open", "click #buy", "pay", "leave"]);
        let details = vec!["tried css #buy".to_owned()];
        let message = "found no element for #buy".to_owned();
        trace.steps[1].outcome = StepOutcome::Failed { message, details };
        trace.steps[2].outcome = StepOutcome::Skipped;
        let message = "net::ERR_CONNECTION_REFUSED".to_owned();
        trace.steps[3].outcome = StepOutcome::Broken { message, details: Vec::new() };
        let findings = run(&CheckInput::of(&trace, &Redactor::default()));
        insta::assert_debug_snapshot!(findings);
    }
}

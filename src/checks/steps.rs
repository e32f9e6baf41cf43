//! A step that could not be done is a finding. Why it could not, the step
//! itself has said; nothing is added but the place in the scenario.

use crate::checks::{Check, CheckInput, finding, step_name};
use crate::model::finding::{Finding, Severity};
use crate::model::trace::StepOutcome;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::fixture::trace;
    use crate::snapshot::redact::Redactor;

    #[test]
    fn failed_and_broken_steps_are_found() {
        let mut trace = trace(&["open", "click #buy", "pay", "leave"]);
        let details = vec!["tried css #buy".to_owned()];
        let message = "found no element for #buy".to_owned();
        trace.steps[1].outcome = StepOutcome::Failed { message, details };
        trace.steps[2].outcome = StepOutcome::Skipped;
        let message = "net::ERR_CONNECTION_REFUSED".to_owned();
        trace.steps[3].outcome = StepOutcome::Broken { message, details: Vec::new() };
        let findings = run(&CheckInput {
            trace: &trace,
            snapshot: None,
            expectations: &[],
            scenario_file: "",
            scenario_text: "",
            redactor: &Redactor::default(),
        });
        insta::assert_debug_snapshot!(findings);
    }
}

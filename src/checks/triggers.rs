//! What makes a conversion fire: not a form that was refused, and not a page
//! that anybody can open. A conversion that fires with the submit, before the
//! answer has come, may be meant and is not judged.

use url::Url;

use crate::checks::events::{Known, sent_by};
use crate::checks::{Check, CheckInput, step_name};
use crate::model::call::Call;
use crate::model::finding::{Finding, Severity};
use crate::model::trace::Trace;

pub const CHECK: Check = Check {
    code: "trigger",
    summary: "a conversion fires when it has happened",
    docs: "\
`trigger-invalid-form` (error): a lead or the like fired although the browser
had refused the form because of a field, and nothing was sent. Fire it when the
server has accepted the form, not on the click.
`trigger-refused-form` (warning): it fired although the server had answered the
form with an error.
`trigger-on-load` (warning): it fired while a page loaded that was opened by its
address, before any form was sent or anything was clicked. Whoever opens or
shares that address is counted.",
    run,
};

/// Steps that act on a page, after which a conversion may follow.
const ACTS: [&str; 6] = ["click", "doubleClick", "keyDown", "press", "change", "evaluate"];

fn run(input: &CheckInput<'_>) -> Vec<Finding> {
    let trace = input.trace;
    input
        .known
        .iter()
        .copied()
        .filter(|hit| hit.event.meaning.is_of_a_form())
        .filter_map(|hit| {
            let step = hit.called_at(trace)?;
            invalid(trace, &hit, step)
                .or_else(|| refused(trace, &hit, step))
                .or_else(|| on_load(trace, &hit, step))
        })
        .map(|mut finding| {
            let hit = finding.hits.first().and_then(|index| trace.hits.get(*index));
            finding.details.extend(hit.map(|hit| sent_by(trace, hit)));
            finding
        })
        .collect()
}

/// Calls of that name that the hit's own page made during the step.
fn calls<'a>(
    trace: &'a Trace,
    hit: &Known<'a>,
    step: usize,
    name: &'static str,
) -> impl Iterator<Item = &'a Call> {
    let document = hit.document(trace);
    let at = move |call: &&Call| call.step == Some(step) && call.document == document;
    trace.calls.iter().filter(at).filter(move |call| call.name == name)
}

fn invalid(trace: &Trace, hit: &Known<'_>, step: usize) -> Option<Finding> {
    let refused = calls(trace, hit, step, "form.invalid").next()?;
    // Only what the page itself said in that step, and nothing that was sent.
    let called = hit.hit.call.and_then(|call| trace.calls.get(call))?;
    if called.step != Some(step) || calls(trace, hit, step, "form.submit").next().is_some() {
        return None;
    }
    // A script may ask any form of the page whether it is valid, and send
    // another one.
    let is_sent = own_answers(trace, step, &called.frame_url).any(|status| status < 400);
    if is_sent {
        return None;
    }
    let message = format!(
        "{} fired in {} although the form was invalid",
        hit.title(),
        step_name(trace, step)
    );
    let mut finding = hit.finding("trigger-invalid-form", Severity::Error, message);
    let fields = refused.args.first().and_then(|form| form.get("fields"));
    let fields = fields.and_then(serde_json::Value::as_array).into_iter().flatten();
    let names: Vec<String> = fields
        .filter_map(serde_json::Value::as_str)
        .map(crate::checks::events::short)
        .take(5)
        .collect();
    finding.details = vec![format!("the browser refused the fields {}", names.join(", "))];
    finding.help = Some("fire it when the server has accepted the form".to_owned());
    Some(finding)
}

fn refused(trace: &Trace, hit: &Known<'_>, step: usize) -> Option<Finding> {
    let submit = calls(trace, hit, step, "form.submit").next()?;
    let mut answers = own_answers(trace, step, &submit.frame_url).peekable();
    let first = *answers.peek()?;
    if !answers.all(|status| (400..600).contains(&status)) {
        return None;
    }
    let at = step_name(trace, step);
    let message = format!("{} fired in {at} although the server answered {first}", hit.title());
    let mut finding = hit.finding("trigger-refused-form", Severity::Warning, message);
    finding.help = Some("fire it when the server has accepted the form".to_owned());
    Some(finding)
}

/// The status of each answer to what a page posted to its own host in a step.
/// Whether it was before a call or after nobody knows: what the page reports
/// and what the network does come in no order.
fn own_answers<'a>(trace: &'a Trace, step: usize, page: &str) -> impl Iterator<Item = u16> + 'a {
    let host = |url: &str| Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    let own = host(page);
    let posted = trace.requests.iter().filter(move |request| {
        request.step == Some(step)
            && request.method == "POST"
            && matches!(&*request.resource_type, "Document" | "XHR" | "Fetch")
            && own.is_some()
            && host(&request.url) == own
            && trace.hits.iter().all(|hit| hit.request != request.id)
    });
    posted.filter_map(|request| Some(request.response.as_ref()?.status))
}

fn on_load(trace: &Trace, hit: &Known<'_>, step: usize) -> Option<Finding> {
    let steps = trace.steps.get(..=step)?;
    let opened = steps.last().is_some_and(|step| step.kind == "navigate");
    let acted = steps.iter().any(|step| ACTS.contains(&step.kind.as_str()));
    let submitted =
        trace.calls.iter().any(|call| call.name == "form.submit" && call.step <= Some(step));
    // A hit without a call may have been caused by anything.
    hit.hit.call.filter(|_| opened && !acted && !submitted)?;
    let at = step_name(trace, step);
    let message =
        format!("{} fired while the page of {at} loaded, before anything was done", hit.title());
    Some(hit.finding("trigger-on-load", Severity::Warning, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::found;
    use crate::checks::tests::said;
    use crate::model::request::Response;
    use crate::snapshot::fixture::{hit, played};
    use serde_json::json;

    fn call(name: &str, step: usize) -> Call {
        Call {
            name: name.to_owned(),
            args: vec![json!({"fields": ["email"]})],
            at_ms: 0.0,
            frame: None,
            frame_url: "https://shop.test/lead".to_owned(),
            document: Some(0),
            step: Some(step),
            stack: Vec::new(),
        }
    }

    /// A Lead of step 1, the kinds of both steps and the calls beside it.
    fn trace(kinds: [&str; 2], event: &str, calls: &[&str]) -> Trace {
        let mut lead = hit(1, event, Vec::new());
        lead.call = Some(0);
        let mut trace = played(&["open", "send"], vec![lead]);
        for (step, kind) in trace.steps.iter_mut().zip(kinds) {
            step.kind = kind.to_owned();
        }
        trace.calls.push(call("fbq", 1));
        trace.calls.extend(calls.iter().map(|name| call(name, 1)));
        trace
    }

    fn told(kinds: [&str; 2], event: &str, calls: &[&str]) -> Vec<String> {
        said(&found(&CHECK, &trace(kinds, event, calls)))
    }

    #[test]
    fn a_form_that_was_refused_makes_no_lead() {
        let steps = ["navigate", "click"];
        assert!(told(steps, "Lead", &["form.submit"]).is_empty());
        assert!(told(steps, "Lead", &["form.invalid", "form.submit"]).is_empty());
        assert!(told(steps, "Search", &["form.invalid"]).is_empty());
        assert_eq!(
            told(steps, "Lead", &["form.invalid"]),
            ["error trigger-invalid-form: meta Lead fired in `send` although the form was invalid"]
        );
    }

    #[test]
    fn a_form_that_was_only_asked_whether_it_is_valid_refuses_nothing() {
        let mut trace = trace(["navigate", "click"], "Lead", &["form.invalid"]);
        let mut request = trace.requests[0].clone();
        request.id = crate::model::request::RequestId(1);
        request.method = "POST".to_owned();
        request.url = "https://shop.test/api/lead".to_owned();
        request.resource_type = "Fetch".to_owned();
        request.response = Some(Response { status: 200, ..Response::default() });
        trace.requests.push(request);
        trace.calls[0].frame_url = "https://shop.test/lead".to_owned();
        assert!(found(&CHECK, &trace).is_empty());
    }

    #[test]
    fn a_server_that_refuses_is_heard() {
        let answered = |statuses: &[u16]| {
            let mut trace = trace(["navigate", "click"], "Lead", &["form.submit"]);
            for status in statuses {
                let mut request = trace.requests[0].clone();
                request.id = crate::model::request::RequestId(trace.requests.len() as u32);
                request.method = "POST".to_owned();
                request.url = "https://shop.test/api/lead".to_owned();
                request.resource_type = "Fetch".to_owned();
                request.step = Some(1);
                request.response = Some(Response { status: *status, ..Response::default() });
                trace.requests.push(request);
            }
            said(&found(&CHECK, &trace))
        };
        assert!(answered(&[]).is_empty() && answered(&[200]).is_empty());
        assert!(answered(&[422, 200]).is_empty());
        assert_eq!(
            answered(&[422]),
            [
                "warning trigger-refused-form: meta Lead fired in `send` although the server answered 422"
            ]
        );
    }

    #[test]
    fn a_page_that_is_opened_makes_no_lead() {
        let load = told(["navigate", "navigate"], "Lead", &[]);
        assert_eq!(
            load,
            [
                "warning trigger-on-load: meta Lead fired while the page of `send` loaded, before anything was done"
            ]
        );
        assert!(told(["click", "navigate"], "Lead", &[]).is_empty());
        assert!(told(["navigate", "navigate"], "ViewContent", &[]).is_empty());
    }
}

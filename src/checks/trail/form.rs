//! The link of the form: valid, taken by a script or sent by the browser, and
//! accepted by the server. See `page` for what comes before and after it.

use crate::checks::trail::case::{Case, Evidence};
use crate::checks::trail::page;
use crate::checks::trail::page::{fate, is_refused};
use crate::checks::trail::words::{host_of, short};
use crate::model::request::{Outcome, Request};
use crate::model::trace::Trace;
use crate::model::trail::StageState;
use crate::vendors::Registry;

/// The form was valid, submitted, and accepted by the server.
pub fn form(case: &Case<'_>) -> Evidence {
    let calls = || {
        let calls = case.trace.calls.iter().enumerate();
        calls.filter(|(_, call)| case.is_within(call.step))
    };
    let submit = calls().rfind(|(_, call)| call.name == "form.submit");
    let refused = calls().rfind(|(_, call)| call.name == "form.invalid");
    if let (Some((index, call)), None) = (refused, submit) {
        let fields = call.args.first().and_then(|form| form.get("fields")?.as_array());
        let fields: Vec<String> = fields
            .into_iter()
            .flatten()
            .take(8)
            .filter_map(|field| Some(format!("`{}`", short(field.as_str()?))))
            .collect();
        let text = format!("the browser refused the form: {} not valid", fields.join(", "));
        return Evidence::broken(text).at_call(index, call);
    }
    let since_ms = submit.map(|(_, call)| call.at_ms);
    if let Some(request) = refusal(case, since_ms) {
        let what = if submit.is_some() { "the form" } else { "what the page sent" };
        let text = format!("the server did not accept {what}: {}", fate(request));
        return Evidence::broken(text).at_request(request);
    }
    let last = case.last.and_then(|last| last.step);
    let Some((index, call)) = submit else {
        if last.is_some_and(|step| step.submitted) {
            return Evidence::broken("no form was submitted; last time one was");
        }
        return Evidence::unknown("no form was submitted");
    };
    let taken = case.trace.events.iter().rfind(|event| {
        event.kind == "submit" && case.is_within(event.step) && event.document == call.document
    });
    if let Some(event) = taken.filter(|event| !event.prevented) {
        let text = format!(
            "no script took the submit of {}: the browser sent the form itself",
            short(&event.target)
        );
        // What should have taken it may never have come so far.
        if page::script(case).state == StageState::Broken {
            return Evidence::unknown(text).at_call(index, call);
        }
        let by_get = call.args.first().and_then(|form| form.get("method")?.as_str()) == Some("get");
        if last.is_some_and(|step| step.taken) {
            return Evidence::broken(format!("{text}; last time one did")).at_call(index, call);
        }
        // An address is no place for what people fill in, except for a search.
        if by_get && last.is_none() {
            return Evidence::weak(text).at_call(index, call);
        }
    }
    if let Some(request) =
        sent_by_page(case, since_ms).find(|request| request.method != "GET" && !is_refused(request))
    {
        let text = match request.outcome {
            Outcome::Pending => format!("the server is silent: {}", fate(request)),
            Outcome::Aborted => format!("the form was not sent: {}", fate(request)),
            _ => {
                let text = format!("submitted and accepted: {}", fate(request));
                return Evidence::ok(text).at_request(request);
            }
        };
        let is_weak = request.outcome == Outcome::Aborted;
        return Evidence { is_weak, ..Evidence::broken(text) }.at_request(request);
    }
    if taken.is_some_and(|event| event.prevented) {
        let text = "a script took the submit of the form, and sent nothing to the server";
        if let Some(accepted) = last.and_then(|step| step.accepted.as_ref()) {
            return Evidence::broken(format!("{text}; last time {accepted}")).at_call(index, call);
        }
        if last.is_none() {
            return Evidence::weak(text).at_call(index, call);
        }
    }
    Evidence::unknown("submitted; no request with it was seen").at_call(index, call)
}

/// How the server accepted what the site's own page sent with a step.
pub fn accepted(trace: &Trace, registry: &Registry, step: usize) -> Option<String> {
    let mut sent = trace.requests.iter().filter(|request| {
        request.step == Some(step)
            && request.method != "GET"
            && matches!(request.resource_type.as_str(), "Fetch" | "XHR" | "Document")
            && request.outcome == Outcome::Delivered
            && request.frame.as_ref().is_some_and(|it| host_of(&it.url) == host_of(&request.url))
            && registry.pixel_of(&request.url).is_none()
    });
    sent.find(|request| !is_refused(request)).map(fate)
}

/// Requests of the page's own that were made with the step.
fn sent_by_page<'a>(case: &Case<'a>, since_ms: Option<f64>) -> impl Iterator<Item = &'a Request> {
    let (registry, from) = (case.registry, since_ms.unwrap_or(0.0));
    let within: Vec<bool> =
        case.trace.requests.iter().map(|request| case.is_within(request.step)).collect();
    case.trace.requests.iter().zip(within).filter_map(move |(request, is_within)| {
        // A submit is told a little after the request that it made.
        let is_own = is_within
            && request.started_ms >= from - 250.0
            && matches!(request.resource_type.as_str(), "Fetch" | "XHR" | "Document")
            && registry.pixel_of(&request.url).is_none();
        is_own.then_some(request)
    })
}

/// The request with which the step's form, or what stands for it, was refused.
fn refusal<'a>(case: &Case<'a>, since_ms: Option<f64>) -> Option<&'a Request> {
    sent_by_page(case, since_ms).find(|request| {
        let page = request.frame.as_ref().map_or("", |frame| &*frame.url);
        let own = host_of(page) == host_of(&request.url) || since_ms.is_some();
        request.method != "GET"
            && own
            && is_refused(request)
            && !case.last.is_some_and(|last| last.knew_refusal(&request.url))
    })
}

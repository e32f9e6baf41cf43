//! The vendors' own files and endpoints: whether they load, answer, and what
//! their libraries complain about. Hits that a snapshot or an expectation is
//! about are judged there; here stands what nobody asked for.
//!
//! Source for `ec` and the console messages: the pixel's published library,
//! <https://connect.facebook.net/en_US/fbevents.js>.

use std::collections::BTreeMap;

use crate::checks::{Check, CheckInput, finding};
use crate::model::finding::{Finding, Severity};
use crate::model::hit::HitKind;
use crate::model::request::{Outcome, Request, RequestId};
use crate::model::trace::Trace;
use crate::snapshot::redact::lost;
use crate::snapshot::show::harmless;

pub const CHECK: Check = Check {
    code: "health",
    summary: "vendors' libraries load once, and their endpoints answer",
    docs: "\
`health-library` (warning): a vendor's library or configuration did not load;
the message has the status, the browser's error, or the policy's directive.

`health-library-twice` (warning): one page loaded the same library more than
once. Remove one of the two installations.

`health-slow-library` (info): a library took longer than ten seconds.

`health-hit-refused` (warning): an endpoint answered a hit with an error.

`health-lost-hit` (warning): a hit was blocked, failed, or was given up when
the page was left; only told where there is no snapshot.

`health-event-gap` (warning): Meta numbers the events of a page, and a number
is missing: an event was made and never became a request.

`health-vendor-message` (warning): a vendor's library complains on the console.

`health-insecure-hit` (warning): a page under https sent a hit under http.",
    run,
};

const SLOW_MS: f64 = 10_000.0;

fn run(input: &CheckInput<'_>) -> Vec<Finding> {
    let trace = input.trace;
    let mut findings = libraries(trace);
    findings.extend(hits(input));
    findings.extend(gaps(trace));
    findings.extend(messages(trace));
    findings
}

fn request_of(trace: &Trace, id: RequestId) -> Option<&Request> {
    trace.requests.get(id.0 as usize)
}

fn libraries(trace: &Trace) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut loads: BTreeMap<(Option<usize>, &str), usize> = BTreeMap::new();
    let mut say = |code: &str, severity, message: String, request: &Request, help: &str| {
        if findings.iter().any(|it| it.message == message) {
            return;
        }
        let mut finding = finding(code, severity, message);
        finding.step = request.step;
        finding.details.push(shown(&request.url));
        finding.help = Some(help.to_owned());
        findings.push(finding);
    };
    for load in &trace.loads {
        let Some(request) = request_of(trace, load.request) else { continue };
        let vendor = harmless(&load.vendor);
        let status = request.response.as_ref().map_or(0, |response| response.status);
        let why = match &request.outcome {
            Outcome::Blocked(reason) => Some(match reason.strip_prefix("csp:") {
                Some(directive) => {
                    format!("was blocked by the page's own policy, `{}`", harmless(directive))
                }
                None => format!("was blocked: {}", harmless(reason)),
            }),
            Outcome::Failed(error) => Some(format!("failed: {}", harmless(error))),
            _ if status >= 400 => Some(format!("answered with status {status}")),
            _ => None,
        };
        if let Some(why) = why {
            let message = format!("the library of {vendor} {why}");
            let help = "nothing of this vendor works without it";
            say("health-library", Severity::Warning, message, request, help);
            continue;
        }
        let took = request.ended_ms.map_or(0.0, |ended| ended - request.started_ms);
        if took > SLOW_MS {
            let message = format!("the library of {vendor} took longer than ten seconds");
            let help = "visitors who leave earlier are not counted";
            say("health-slow-library", Severity::Info, message, request, help);
        }
        let asked_by_page =
            request.initiator.kind != "preload" && request.redirected_from.is_none();
        if request.resource_type == "Script" && asked_by_page && request.document.is_some() {
            let count = loads.entry((request.document, &request.url)).or_default();
            *count += 1;
            if *count == 2 {
                let message = format!("a page loaded the library of {vendor} more than once");
                let help = "remove one of the two installations";
                say("health-library-twice", Severity::Warning, message, request, help);
            }
        }
    }
    findings
}

fn hits(input: &CheckInput<'_>) -> Vec<Finding> {
    let trace = input.trace;
    let mut findings: Vec<Finding> = Vec::new();
    for (index, hit) in trace.hits.iter().enumerate() {
        let Some(request) = request_of(trace, hit.request) else { continue };
        let title = format!("{} {}", harmless(&hit.vendor), harmless(&hit.event));
        let mut say = |code: &str, message: String| {
            if let Some(known) = findings.iter_mut().find(|it| it.message == message) {
                known.hits.push(index);
                return;
            }
            let mut finding = finding(code, Severity::Warning, message);
            finding.step = hit.step;
            finding.hits.push(index);
            findings.push(finding);
        };
        let status = request.response.as_ref().map_or(0, |response| response.status);
        if request.outcome == Outcome::Delivered && status >= 400 {
            say("health-hit-refused", format!("{title} was answered with status {status}"));
        }
        let by_policy = request.outcome == Outcome::Blocked("client".to_owned());
        if input.snapshot.is_none()
            && input.expectations.is_empty()
            && hit.kind == HitKind::Event
            && !by_policy
            && let Some(reason) = lost(trace, hit)
        {
            say("health-lost-hit", format!("{title} was lost: {}", harmless(&reason)));
        }
        let page = request.document.and_then(|at| trace.documents.get(at));
        if request.url.starts_with("http://")
            && page.is_some_and(|it| it.url.starts_with("https://"))
        {
            say(
                "health-insecure-hit",
                format!("{title} was sent under http from a page under https"),
            );
        }
    }
    findings
}

/// `ec` counts the events of one pixel on one page.
fn gaps(trace: &Trace) -> Vec<Finding> {
    let mut counted: BTreeMap<(usize, &str), Vec<u32>> = BTreeMap::new();
    for hit in trace.hits.iter().filter(|hit| hit.vendor == "meta") {
        let number = hit.param("ec").and_then(|value| value.as_str()?.parse().ok());
        let document = request_of(trace, hit.request).and_then(|request| request.document);
        if let (Some(number), Some(document)) = (number, document) {
            counted.entry((document, &hit.account)).or_default().push(number);
        }
    }
    let mut findings = Vec::new();
    for ((document, account), mut numbers) in counted {
        numbers.sort_unstable();
        numbers.dedup();
        let missing: u32 = numbers.windows(2).map(|pair| pair[1] - pair[0] - 1).sum();
        if missing > 0 {
            let account = harmless(account);
            let message =
                format!("{missing} events of the Meta pixel {account} never became requests");
            let mut finding = finding("health-event-gap", Severity::Warning, message);
            finding.step = trace.documents.get(document).and_then(|it| it.step);
            finding
                .details
                .push("numbers are missing in `ec`, the count of a page's events".to_owned());
            findings.push(finding);
        }
    }
    findings
}

/// Words of the library's messages, and the name that the library has for them.
const MESSAGES: &[(&str, &str)] = &[
    ("Duplicate Pixel ID", "DUPLICATE_PIXEL_ID"),
    ("conflicting versions", "CONFLICTING_VERSIONS"),
    ("Multiple pixels", "MULTIPLE_PIXELS"),
    ("Invalid PixelID", "INVALID_PIXEL_ID"),
    ("non-standard event", "NONSTANDARD_EVENT"),
    ("nonstandard event", "NONSTANDARD_EVENT"),
    ("is negative", "NEGATIVE_EVENT_PARAM"),
    ("unhashed PII", "PII_UNHASHED_PII"),
    ("is missing", "REQUIRED_PARAM_MISSING"),
    ("is invalid", "INVALID_PARAM"),
    ("not initialized", "PIXEL_NOT_INITIALIZED"),
    ("uninitialized", "SET_METADATA_ON_UNINITIALIZED_PIXEL_ID"),
    ("event ID", "NO_EVENT_ID"),
    ("JSON-LD", "INVALID_JSON_LD"),
    ("Consent", "INVALID_CONSENT_ACTION"),
];

fn messages(trace: &Trace) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for message in &trace.console {
        let text = ["[Meta Pixel]", "[Facebook Pixel]"]
            .iter()
            .find_map(|start| message.text.split_once(start))
            .map(|(_, text)| text.trim_start_matches([' ', '-']));
        let is_complaint = matches!(message.level.as_str(), "warning" | "error");
        let Some(text) = text.filter(|_| is_complaint) else { continue };
        let lower = text.to_lowercase();
        let name = MESSAGES.iter().find(|(words, _)| lower.contains(&words.to_lowercase()));
        let name = name.map_or(String::new(), |(_, name)| format!(" {name}"));
        let told = format!("Meta's library complains{name}: {}", shown(text));
        if !findings.iter().any(|it| it.message == told) {
            let mut finding = finding("health-vendor-message", Severity::Warning, told);
            finding.step = message.step;
            findings.push(finding);
        }
    }
    findings
}

/// A page's text, short enough for a line.
fn shown(text: &str) -> String {
    harmless(&text.chars().take(200).collect::<String>())
}

#[cfg(test)]
mod tests;

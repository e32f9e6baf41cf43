//! Pixels and libraries that a page installs more than once, and pixels that
//! receive one another's events.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::checks::events::{place, short};
use crate::checks::{Check, CheckInput, finding};
use crate::model::call::Call;
use crate::model::finding::{Finding, Severity};
use crate::model::hit::HitKind;
use crate::model::request::{Outcome, Request};

pub const CHECK: Check = Check {
    code: "installed",
    summary: "a pixel and its library are installed once a page",
    docs: "\
`installed-twice` (warning): one page initialises the same pixel or property
twice. The details say which scripts do; take one out.
`installed-library-twice` (warning): one page loads the same library of a vendor
twice, from two scripts or places.
`installed-shared-events` (info): one `fbq('track', …)` went to several pixels,
since it goes to every pixel that the page has initialised. `trackSingle` names
one.",
    run,
};

fn run(input: &CheckInput<'_>) -> Vec<Finding> {
    let mut findings = initialised(input);
    findings.extend(loaded(input));
    findings.extend(shared(input));
    findings
}

/// Vendor and account of a call that installs a pixel.
fn installs(call: &Call) -> Option<(&'static str, String)> {
    let text = |at: usize| match call.args.get(at) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    match (call.name.as_str(), call.args.first().and_then(Value::as_str)) {
        ("fbq", Some("init")) => Some(("meta", text(1)?)),
        // A single page configures again for each view that it draws.
        ("gtag", Some("config")) if call.args.len() < 3 => {
            let account = text(1)?;
            match account.split_once('-')?.0 {
                "G" => Some(("ga4", account)),
                "AW" => Some(("google_ads", account)),
                _ => None,
            }
        }
        ("ttq.load", _) => Some(("tiktok", text(0)?)),
        ("pintrk", Some("load")) => Some(("pinterest", text(1)?)),
        ("snaptr", Some("init")) => Some(("snapchat", text(1)?)),
        _ => None,
    }
}

fn initialised(input: &CheckInput<'_>) -> Vec<Finding> {
    let mut installed: BTreeMap<(&str, String), BTreeMap<usize, Vec<&Call>>> = BTreeMap::new();
    for call in &input.trace.calls {
        if let (Some(key), Some(document)) = (installs(call), call.document) {
            installed.entry(key).or_default().entry(document).or_default().push(call);
        }
    }
    let twice = installed.into_iter().filter_map(|(key, documents)| {
        Some((key, documents.into_values().find(|calls| calls.len() > 1)?))
    });
    twice
        .map(|((vendor, account), calls)| {
            let count = calls.len();
            let message =
                format!("{vendor} {} is initialised {count} times by one page", short(&account));
            let mut finding = finding("installed-twice", Severity::Warning, message);
            finding.vendor = Some(vendor.to_owned());
            finding.step = calls[0].step;
            finding.details = calls
                .iter()
                .map(|call| match call.stack.first() {
                    Some(frame) => format!("{} at {}", short(&call.name), place(frame)),
                    None => format!("{} before its library was there", short(&call.name)),
                })
                .collect();
            finding
        })
        .collect()
}

fn loaded(input: &CheckInput<'_>) -> Vec<Finding> {
    let trace = input.trace;
    let mut libraries: BTreeMap<(&str, Option<&str>, &str, usize), Vec<&Request>> = BTreeMap::new();
    for load in &trace.loads {
        let Some(request) = trace.requests.get(load.request.0 as usize) else {
            continue;
        };
        // The browser fetches a file early, or again where it was moved.
        let counts = request.resource_type == "Script"
            && request.initiator.kind != "preload"
            && request.redirected_from.is_none()
            && request.outcome == Outcome::Delivered
            && load.status == Some(200);
        if let Some(document) = request.document.filter(|_| counts) {
            let path = request.url.split(['?', '#']).next().unwrap_or_default();
            let file = path.rsplit('/').next().unwrap_or_default();
            let key = (&*load.vendor, load.account.as_deref(), file, document);
            libraries.entry(key).or_default().push(request);
        }
    }
    let mut told = BTreeSet::new();
    libraries
        .into_iter()
        .filter(|((vendor, account, file, _), requests)| {
            requests.len() > 1 && told.insert((*vendor, *account, *file))
        })
        .map(|((vendor, _, file, _), requests)| {
            let count = requests.len();
            let message = format!("{vendor}: one page loads {} {count} times", short(file));
            let mut finding = finding("installed-library-twice", Severity::Warning, message);
            finding.vendor = Some(vendor.to_owned());
            finding.step = requests[0].step;
            finding.details = requests
                .iter()
                .map(|request| {
                    let initiator = &request.initiator;
                    let by = initiator.stack.first().map(place).or_else(|| {
                        let line = initiator.line.map_or(String::new(), |line| format!(":{line}"));
                        Some(format!("{}{line}", short(initiator.url.as_deref()?)))
                    });
                    let by = by.map_or(String::new(), |by| format!(", asked for by {by}"));
                    format!("{}{by}", short(&request.url))
                })
                .collect();
            finding
        })
        .collect()
}

fn shared(input: &CheckInput<'_>) -> Option<Finding> {
    let trace = input.trace;
    let mut accounts: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
    for hit in trace.hits.iter().filter(|hit| hit.vendor == "meta" && hit.kind == HitKind::Event) {
        let call = hit.call.filter(|call| {
            let method = trace.calls.get(*call).and_then(|call| call.args.first());
            matches!(method.and_then(Value::as_str), Some("track" | "trackCustom"))
        });
        if let Some(call) = call {
            accounts.entry(call).or_default().insert(&hit.account);
        }
    }
    let (call, accounts) = accounts.into_iter().find(|(_, accounts)| accounts.len() > 1)?;
    let names: Vec<String> = accounts.into_iter().map(short).collect();
    let message = format!("meta: one call sends its event to the pixels {}", names.join(", "));
    let mut finding = finding("installed-shared-events", Severity::Info, message);
    finding.vendor = Some("meta".to_owned());
    finding.step = trace.calls.get(call).and_then(|call| call.step);
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::found;
    use crate::checks::tests::said;
    use crate::model::trace::Trace;
    use crate::model::vendor::Load;
    use crate::snapshot::fixture::{hit, played};
    use serde_json::json;

    fn call(name: &str, args: &Value, document: usize) -> Call {
        Call {
            name: name.to_owned(),
            args: args.as_array().cloned().unwrap_or_default(),
            at_ms: 0.0,
            frame: None,
            frame_url: String::new(),
            document: Some(document),
            step: Some(0),
            stack: Vec::new(),
        }
    }

    fn told(calls: Vec<Call>) -> Vec<String> {
        said(&found(&CHECK, &Trace { calls, ..played(&["open"], vec![]) }))
    }

    #[test]
    fn a_pixel_may_be_initialised_on_every_page_and_once() {
        let init = |document| call("fbq", &json!(["init", "12"]), document);
        assert!(told(vec![init(0), init(1), call("fbq", &json!(["init", 13]), 0)]).is_empty());
        assert_eq!(
            told(vec![init(0), init(0)]),
            ["warning installed-twice: meta 12 is initialised 2 times by one page"]
        );
        let config = |more: &Value| call("gtag", &json!(["config", "G-1", more]), 0);
        assert!(told(vec![config(&json!({"page_path": "/a"})), config(&json!({}))]).is_empty());
        let plain = || call("gtag", &json!(["config", "G-1"]), 0);
        assert_eq!(told(vec![plain(), plain()]).len(), 1);
    }

    #[test]
    fn libraries_are_loaded_once() {
        let mut trace = played(&["open"], vec![hit(0, "A", vec![]), hit(0, "B", vec![])]);
        for request in &mut trace.requests {
            request.resource_type = "Script".to_owned();
            request.outcome = Outcome::Delivered;
            request.document = Some(0);
            request.url = "https://connect.facebook.net/en_US/fbevents.js".to_owned();
            trace.loads.push(Load {
                request: request.id,
                vendor: "meta".to_owned(),
                account: None,
                version: None,
                status: Some(200),
            });
        }
        assert_eq!(
            said(&found(&CHECK, &trace)),
            ["warning installed-library-twice: meta: one page loads fbevents.js 2 times"]
        );
        trace.requests[0].initiator.kind = "preload".to_owned();
        assert!(found(&CHECK, &trace).is_empty());
    }

    #[test]
    fn pixels_that_share_a_call_are_noted() {
        let mut hits = vec![hit(0, "Lead", vec![]), hit(0, "Lead", vec![])];
        hits[1].account = "456".to_owned();
        for hit in &mut hits {
            hit.call = Some(0);
        }
        let mut trace = played(&["open"], hits);
        trace.calls.push(call("fbq", &json!(["track", "Lead"]), 0));
        assert_eq!(
            said(&found(&CHECK, &trace)),
            ["info installed-shared-events: meta: one call sends its event to the pixels 123, 456"]
        );
        trace.calls[0] = call("fbq", &json!(["trackSingle", "123", "Lead"]), 0);
        assert!(found(&CHECK, &trace).is_empty());
    }
}

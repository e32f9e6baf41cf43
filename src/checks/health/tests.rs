//! Libraries and endpoints that fail, and healthy ones.

use super::*;
use crate::checks::found;
use crate::model::hit::ParamClass;
use crate::model::request::Response;
use crate::model::trace::ConsoleMessage;
use crate::model::vendor::Load;
use crate::snapshot::fixture::{add, document, hit, param};

fn page() -> Trace {
    let mut trace = crate::snapshot::fixture::trace(&["open"]);
    trace.documents.push(document("https://shop.test/", 0));
    trace
}

/// A request of the page with an outcome and a status.
fn request(trace: &mut Trace, outcome: Outcome, status: u16) {
    add(trace, hit(0, "Lead", Vec::new()), outcome);
    if let Some(request) = trace.requests.last_mut() {
        request.document = Some(0);
        request.response = Some(Response { status, ..Response::default() });
    }
}

fn load(trace: &mut Trace, outcome: Outcome, status: u16) {
    request(trace, outcome, status);
    trace.hits.pop();
    if let Some(request) = trace.requests.last_mut() {
        "https://connect.facebook.net/en_US/fbevents.js".clone_into(&mut request.url);
        "Script".clone_into(&mut request.resource_type);
        trace.loads.push(Load {
            request: request.id,
            vendor: "meta".to_owned(),
            account: None,
            version: None,
            status: Some(status),
        });
    }
}

fn told(trace: &Trace) -> String {
    let findings = found(&CHECK, trace);
    let lines = findings.into_iter().map(|finding| {
        assert!(CHECK.docs.contains(&format!("`{}`", finding.code)), "{}", finding.code);
        assert_ne!(finding.severity, Severity::Error);
        format!("{}: {}\n", finding.code, finding.message)
    });
    lines.collect()
}

#[test]
fn what_fails_is_told() {
    let mut all = String::new();
    for (outcome, status) in [
        (Outcome::Blocked("csp:script-src".to_owned()), 0),
        (Outcome::Failed("net::ERR_NAME_NOT_RESOLVED".to_owned()), 0),
        (Outcome::Delivered, 404),
    ] {
        let mut trace = page();
        load(&mut trace, outcome.clone(), status);
        all += &told(&trace);
        let mut trace = page();
        request(&mut trace, outcome, status);
        all += &told(&trace);
    }
    let mut trace = page();
    load(&mut trace, Outcome::Delivered, 200);
    load(&mut trace, Outcome::Local("memory-cache".to_owned()), 200);
    all += &told(&trace);
    let mut trace = page();
    for number in ["0", "1", "4"] {
        add(
            &mut trace,
            hit(0, "Lead", vec![param("ec", number, ParamClass::Transport)]),
            Outcome::Stubbed,
        );
        trace.requests.last_mut().unwrap().document = Some(0);
    }
    all += &told(&trace);
    let mut trace = page();
    request(&mut trace, Outcome::Stubbed, 200);
    "http://www.facebook.com/tr/".clone_into(&mut trace.requests[0].url);
    let message = |level: &str, text: &str| ConsoleMessage {
        level: level.to_owned(),
        text: text.to_owned(),
        at_ms: 0.0,
        step: Some(0),
        frame_url: String::new(),
        stack: Vec::new(),
    };
    trace.console = vec![
        message("warning", "[Meta Pixel] - Duplicate Pixel ID: 123."),
        message("warning", "[Meta Pixel] - Duplicate Pixel ID: 123."),
        message("log", "[Meta Pixel] ready"),
        message("error", "theme.js is missing"),
    ];
    all += &told(&trace);
    insta::assert_snapshot!(all);
}

#[test]
fn a_healthy_page_is_silent() {
    let mut trace = page();
    load(&mut trace, Outcome::Delivered, 200);
    request(&mut trace, Outcome::Delivered, 200);
    request(&mut trace, Outcome::Stubbed, 200);
    request(&mut trace, Outcome::Pending, 0);
    assert_eq!(told(&trace), "");
}

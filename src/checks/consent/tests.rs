//! Pages that keep to the choice, and pages that do not.

use serde_json::json;

use super::*;
use crate::checks::found;
use crate::model::hit::ParamClass;
use crate::model::request::Outcome;
use crate::model::trace::StorageWrite;
use crate::snapshot::fixture::{add, document, hit, param};

/// A page and its calls, in their order: name, then arguments.
fn page(calls: &[Value]) -> Trace {
    let mut trace = crate::snapshot::fixture::trace(&["open", "accept"]);
    trace.documents.push(document("https://shop.test/", 0));
    for (at, call) in calls.iter().enumerate() {
        let words = call.as_array().cloned().unwrap_or_default();
        trace.calls.push(Call {
            name: words[0].as_str().unwrap_or_default().to_owned(),
            args: words[1..].to_vec(),
            at_ms: at as f64 * 1_000.0,
            frame: Some("F".to_owned()),
            frame_url: "https://shop.test/".to_owned(),
            document: Some(0),
            step: Some(0),
            stack: Vec::new(),
        });
    }
    trace
}

fn fired(trace: &mut Trace, vendor: &str, event: &str, gcd: &str, call: Option<usize>) {
    let params = vec![param("gcd", gcd, ParamClass::Environment)];
    let made = Hit { vendor: vendor.to_owned(), call, ..hit(0, event, params) };
    add(trace, made, Outcome::Stubbed);
    if let Some(request) = trace.requests.last_mut() {
        request.document = Some(0);
        request.started_ms = 90_000.0;
    }
}

fn cookie(trace: &mut Trace, name: &str) {
    trace.writes.push(StorageWrite {
        kind: StorageKind::Cookie,
        name: name.to_owned(),
        value: "1".to_owned(),
        domain: "shop.test".to_owned(),
        request: None,
        at_ms: 9.0,
        step: Some(0),
    });
}

fn codes(trace: &Trace) -> Vec<String> {
    let findings = found(&CHECK, trace);
    findings
        .into_iter()
        .map(|finding| {
            assert!(CHECK.docs.contains(&format!("`{}`", finding.code)), "{}", finding.code);
            format!("{} {}", finding.code, finding.message)
        })
        .collect()
}

#[test]
fn a_refusal_binds_hits_and_cookies() {
    let mut trace = page(&[json!(["fbq", "consent", "revoke"]), json!(["fbq", "track", "Lead"])]);
    fired(&mut trace, "meta", "Lead", "", Some(1));
    fired(&mut trace, "meta", "PageView", "", None);
    cookie(&mut trace, "_fbp");
    cookie(&mut trace, "cart");
    assert_eq!(
        codes(&trace),
        [
            "consent-denied-hit meta Lead was sent although the page had not given meta consent",
            "consent-denied-hit meta PageView was sent although the page had not given meta consent",
            "consent-denied-write the cookie `_fbp` was written although the page had denied it",
        ]
    );
}

#[test]
fn a_tag_knows_of_the_refusal() {
    let denied = json!(["gtag", "consent", "default", {"ad_storage": "denied", "analytics_storage": "denied"}]);
    let mut trace = page(std::slice::from_ref(&denied));
    fired(&mut trace, "ga4", "page_view", "13t3t3t3t5", None);
    assert_eq!(
        codes(&trace),
        [
            "consent-denied-signal ga4 page_view does not know that the page had denied ads, by `gcd`"
        ]
    );
    // Denied, and updated by a platform that does not call `gtag`.
    for gcd in ["13p3p3p3p5", "13r3r3r3r5"] {
        let mut trace = page(std::slice::from_ref(&denied));
        fired(&mut trace, "ga4", "page_view", gcd, None);
        assert_eq!(codes(&trace), [""; 0], "{gcd}");
    }
    let mut trace = page(std::slice::from_ref(&denied));
    fired(&mut trace, "ga4", "page_view", "13r3r3r3r5", None);
    cookie(&mut trace, "_ga");
    assert_eq!(codes(&trace), [""; 0]);
    let mut trace = page(&[denied]);
    cookie(&mut trace, "_ga");
    assert_eq!(
        codes(&trace),
        ["consent-denied-write the cookie `_ga` was written although the page had denied it"]
    );
}

#[test]
fn what_nobody_declared_is_not_judged() {
    let mut trace = page(&[
        json!(["fbq", "init", "1"]),
        json!(["gtag", "consent", "default", {"ad_storage": "denied", "region": ["DE"]}]),
    ]);
    fired(&mut trace, "meta", "PageView", "", None);
    fired(&mut trace, "ga4", "page_view", "13t3t3t3t5", None);
    cookie(&mut trace, "_fbp");
    assert_eq!(codes(&trace), [""; 0]);
}

#[test]
fn a_choice_frees_what_was_held() {
    let calls = [
        json!(["fbq", "consent", "revoke"]),
        json!(["fbq", "init", "1"]),
        json!(["fbq", "track", "PageView"]),
        json!(["fbq", "consent", "grant"]),
    ];
    let mut trace = page(&calls);
    fired(&mut trace, "meta", "PageView", "", Some(2));
    cookie(&mut trace, "_fbp");
    assert_eq!(codes(&trace), [""; 0]);
    assert_eq!(codes(&page(&calls)), [""; 0], "no pixel at all");
    let mut trace = page(&calls);
    fired(&mut trace, "meta", "Lead", "", Some(1));
    assert_eq!(
        codes(&trace),
        ["consent-not-released meta PageView was held back and not sent after consent was given"]
    );
}

#[test]
fn a_declaration_comes_first() {
    let trace = page(&[json!(["fbq", "init", "1"]), json!(["fbq", "consent", "revoke"])]);
    assert_eq!(codes(&trace), ["consent-late consent of meta was denied only after `fbq('init')`"]);
    let trace = page(&[json!(["fbq", "init", "1"]), json!(["fbq", "consent", "grant"])]);
    assert_eq!(codes(&trace), [""; 0]);
}

#[test]
fn another_vendors_tag_waits_for_the_same_choice() {
    let denied = json!(["gtag", "consent", "default", {"ad_storage": "denied"}]);
    let granted = json!(["gtag", "consent", "update", {"ad_storage": "granted"}]);
    let lead = json!(["fbq", "track", "Lead"]);
    let played = |calls: &[Value], at: usize, later: bool| {
        let mut trace = page(calls);
        fired(&mut trace, "meta", "Lead", "", Some(at));
        if later {
            trace.calls[2].step = Some(1);
        }
        codes(&trace)
    };
    let early = [denied.clone(), lead.clone(), granted.clone()];
    assert_eq!(
        played(&early, 1, true),
        ["consent-denied-hit meta Lead was sent while the page had denied `ad_storage`"]
    );
    assert!(played(&early, 1, false).is_empty(), "the choice may have let it out");
    assert!(played(&[denied.clone(), granted, lead.clone()], 2, false).is_empty());
    let unchosen = [denied, lead.clone(), lead];
    assert!(played(&unchosen, 1, true).is_empty(), "the choice may be told unseen");
}

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

/// From which step, ads, analytics, limited data use.
type Chosen = (Option<usize>, Option<bool>, Option<bool>, Option<bool>);

/// What is found where the visitor has chosen: severity, code, message.
fn chosen(trace: &Trace, choices: &[Chosen]) -> Vec<String> {
    let choices = choices.iter().map(|&(from, ads, analytics, limited)| {
        let span = crate::model::span::Span::default();
        crate::model::consent::Choice { from, ads, analytics, limited, span }
    });
    let consent: Vec<_> = choices.collect();
    let redactor = crate::snapshot::redact::Redactor::default();
    let input = CheckInput { consent: &consent, ..CheckInput::of(trace, &redactor) };
    crate::checks::tests::said(&run(&input))
}

const NO: Option<bool> = Some(false);
const YES: Option<bool> = Some(true);

/// A hit with these parameters, sent in the step that caused it.
fn sent(vendor: &str, params: &[(&str, &str)], step: usize) -> Trace {
    let mut trace = page(&[]);
    let params =
        params.iter().map(|(name, value)| param(name, *value, ParamClass::Business)).collect();
    let made = Hit { vendor: vendor.to_owned(), ..hit(step, "Lead", params) };
    add(&mut trace, made, Outcome::Stubbed);
    trace
}

#[test]
fn a_visitors_refusal_binds_every_vendor() {
    let denied = [(None, NO, NO, None)];
    for vendor in ["meta", "tiktok", "pinterest", "linkedin"] {
        let said = chosen(&sent(vendor, &[], 0), &denied);
        let expected = format!(
            "error consent-denied-hit: {vendor} Lead was sent although the visitor had denied ads"
        );
        assert_eq!(said, [expected]);
    }
    for (vendor, about) in [
        ("criteo", "ads"),
        ("mixpanel", "analytics"),
        ("ga4", "analytics"),
        ("microsoft_uet", "ads"),
    ] {
        let said = chosen(&sent(vendor, &[], 0), &denied);
        let expected = format!(
            "warning consent-denied-hit: {vendor} Lead was sent although the visitor had denied {about}"
        );
        assert_eq!(said, [expected]);
    }
    for vendor in ["plausible", "klaviyo", "matomo"] {
        assert_eq!(chosen(&sent(vendor, &[], 0), &denied), [""; 0], "{vendor}");
    }
    assert_eq!(chosen(&sent("meta", &[], 0), &[(None, None, NO, None)]), [""; 0]);
    assert_eq!(chosen(&sent("meta", &[], 0), &[(None, YES, YES, None)]), [""; 0]);
    let mut blocked = sent("meta", &[], 0);
    blocked.requests[0].outcome = Outcome::Blocked("client".to_owned());
    assert_eq!(chosen(&blocked, &denied), [""; 0]);
}

#[test]
fn a_choice_binds_from_the_step_after_it() {
    let changes = [(None, NO, NO, None), (Some(1), YES, YES, None)];
    assert_eq!(chosen(&sent("meta", &[], 0), &changes).len(), 1);
    assert_eq!(chosen(&sent("meta", &[], 1), &changes), [""; 0], "who knows what came first");
    let withdrawn = [(None, YES, None, None), (Some(0), NO, None, None)];
    assert_eq!(chosen(&sent("meta", &[], 0), &withdrawn), [""; 0]);
    assert_eq!(chosen(&sent("meta", &[], 1), &withdrawn).len(), 1);
    let mut held = sent("meta", &[], 0);
    held.requests[0].step = Some(1);
    assert_eq!(chosen(&held, &changes), [""; 0], "held back, and sent after the choice");
    let batch = |calls: &[Value]| {
        let mut trace = sent("tiktok", &[], 0);
        trace.calls = page(calls).calls;
        trace.hits[0].call = Some(0);
        trace.requests[0].step = Some(1);
        trace.requests[0].started_ms = 90_000.0;
        add(&mut trace, hit(0, "", Vec::new()), Outcome::Delivered);
        trace.hits.truncate(1);
        trace.requests[1].url = "https://analytics.tiktok.com/events.js".to_owned();
        trace.requests[1].document = Some(0);
        trace.requests[0].initiator.stack.push(crate::model::request::StackFrame {
            function: String::new(),
            url: "https://analytics.tiktok.com/events.js".to_owned(),
            line: 1,
            column: 1,
        });
        trace
    };
    let track = json!(["ttq.track", "Lead"]);
    assert_eq!(chosen(&batch(std::slice::from_ref(&track)), &changes).len(), 1, "nothing freed it");
    let mut late = batch(std::slice::from_ref(&track));
    late.requests[1].step = Some(1);
    assert_eq!(chosen(&late, &changes), [""; 0], "the choice brought the library");
    let freed = batch(&[track, json!(["ttq.grantConsent"])]);
    assert_eq!(chosen(&freed, &changes), [""; 0]);
    let mut batched = sent("meta", &[], 0);
    batched.requests[0].step = Some(1);
    assert_eq!(chosen(&batched, &withdrawn), [""; 0], "asked for before the choice");
    // An archive tells no steps.
    let mut archive = sent("meta", &[], 0);
    archive.hits[0].step = None;
    archive.requests[0].step = None;
    assert_eq!(chosen(&archive, &[(None, NO, NO, None)]).len(), 1);
    assert_eq!(chosen(&archive, &changes), [""; 0]);
}

#[test]
fn signals_agree_with_what_the_visitor_chose() {
    let said = |vendor: &str, signal: (&str, &str), ads, analytics| {
        chosen(&sent(vendor, &[signal], 0), &[(None, ads, analytics, None)])
    };
    for silent in [
        said("ga4", ("gcs", "G100"), NO, NO),
        said("ga4", ("gcd", "13q3q3q3q5"), NO, NO),
        said("ga4", ("gcs", "G101"), NO, YES),
        said("ga4", ("gcd", "13r3r3r3r5"), YES, YES),
        said("google_ads", ("gcs", "G10-"), NO, NO),
        said("microsoft_uet", ("asc", "D"), NO, NO),
        said("xandr", ("gdpr_consent", "CAAAAAAAAAAAAAAAAAAAAAAAAIAAAA"), NO, NO),
    ] {
        assert_eq!(silent, [""; 0]);
    }
    for (vendor, signal, ads, expected) in [
        (
            "ga4",
            ("gcs", "G111"),
            NO,
            "error consent-denied-signal: ga4 Lead does not know that the visitor had denied analytics, by `gcs`",
        ),
        (
            "ga4",
            ("gcd", "13l3l3l3l5"),
            NO,
            "error consent-denied-signal: ga4 Lead does not know that the visitor had denied analytics, by `gcd`",
        ),
        (
            "microsoft_uet",
            ("asc", "G"),
            NO,
            "error consent-denied-signal: microsoft_uet Lead does not know that the visitor had denied ads, by `asc`",
        ),
        (
            "google_ads",
            ("gcs", "G100"),
            YES,
            "warning consent-granted-signal: google_ads Lead does not know that the visitor had granted ads, by `gcs`",
        ),
    ] {
        assert_eq!(said(vendor, signal, ads, NO)[..1], [expected]);
    }
    assert_eq!(
        said("ga4", ("gcs", "G111"), NO, YES),
        [
            "warning consent-denied-signal: ga4 Lead does not know that the visitor had denied ads, by `gcs`"
        ]
    );
}

#[test]
fn what_a_vendor_writes_waits_for_the_visitor() {
    let denied = [(None, NO, NO, None)];
    let mut trace = page(&[]);
    for name in ["_fbp", "_ga_ABC", "_rdt_uuid", "cart"] {
        cookie(&mut trace, name);
    }
    assert_eq!(
        chosen(&trace, &denied),
        [
            "error consent-denied-write: the cookie `_fbp` was written although the visitor had denied ads",
            "error consent-denied-write: the cookie `_ga_ABC` was written although the visitor had denied analytics",
            "warning consent-denied-write: the cookie `_rdt_uuid` was written although the visitor had denied ads",
        ]
    );
    assert_eq!(chosen(&trace, &[(None, YES, YES, None)]), [""; 0]);
    let mut brought = page(&[]);
    cookie(&mut brought, "_fbp");
    add(&mut brought, hit(0, "", Vec::new()), Outcome::Delivered);
    brought.hits.clear();
    brought.requests[0].resource_type = "Document".to_owned();
    brought.requests[0].url = "https://www.shop.test/".to_owned();
    let (name, value) = ("Cookie".to_owned(), "a=b; _fbp=1".to_owned());
    brought.requests[0].headers.push(crate::model::request::Header { name, value });
    assert_eq!(chosen(&brought, &denied), [""; 0], "it was there before");
    brought.requests[0].url = "https://othershop.test/".to_owned();
    assert_eq!(chosen(&brought, &denied).len(), 1);
    let mut set = page(&[]);
    cookie(&mut set, "_fbp");
    set.steps[0].kind = "setCookies".to_owned();
    assert_eq!(chosen(&set, &denied), [""; 0], "the scenario set it itself");
    let mut stored = page(&[]);
    cookie(&mut stored, "_uetsid");
    stored.writes[0].kind = StorageKind::Local;
    assert_eq!(
        chosen(&stored, &denied),
        [
            "warning consent-denied-write: the item of local storage `_uetsid` was written although the visitor had denied ads"
        ]
    );
}

#[test]
fn limited_data_use_is_carried_by_those_who_were_promised_it() {
    let limited = |wire: &str, limited| {
        chosen(&sent("meta", &[("dpo", wire)], 0), &[(None, None, None, limited)])
    };
    assert_eq!(limited("LDU", YES), [""; 0]);
    assert_eq!(limited("", NO), [""; 0]);
    assert_eq!(limited("LDU", None), [""; 0]);
    assert_eq!(
        limited("", YES),
        [
            "warning consent-limited-use: meta Lead was sent without limited data use, which the visitor had chosen"
        ]
    );
    assert_eq!(
        limited("LDU", NO),
        [
            "warning consent-limited-use: meta Lead was sent with limited data use, which the visitor had not chosen"
        ]
    );
    // Denied and limited: only who says that this will do is content with it.
    let both = |said| chosen(&sent("meta", &[("dpo", "LDU")], 0), &[(None, NO, None, said)]);
    assert_eq!(both(YES), [""; 0]);
    assert_eq!(
        both(None),
        [
            "warning consent-denied-hit: meta Lead was sent although the visitor had denied ads, if for limited use"
        ]
    );
}

#[test]
fn limited_data_use_is_asked_for_rightly() {
    let ldu = json!(["fbq", "dataProcessingOptions", ["LDU"], 0, 0]);
    let lead = json!(["fbq", "track", "Lead"]);
    let played = |calls: &[Value], at: usize, dpo: &str| {
        let mut trace = page(calls);
        let params = vec![param("dpo", dpo, ParamClass::Business)];
        add(&mut trace, Hit { call: Some(at), ..hit(0, "Lead", params) }, Outcome::Stubbed);
        trace.requests[0].started_ms = 90_000.0;
        codes(&trace)
    };
    let early = [ldu.clone(), lead.clone()];
    assert_eq!(played(&early, 1, "LDU"), [""; 0]);
    assert_eq!(
        played(&early, 1, ""),
        [
            "consent-limited-use meta Lead was sent without limited data use, which the page had asked for"
        ]
    );
    let revoked = [ldu.clone(), lead.clone(), json!(["fbq", "dataProcessingOptions", []])];
    assert_eq!(played(&revoked, 1, ""), [""; 0], "it may have been sent after the change");
    assert_eq!(
        played(&[lead.clone(), ldu], 0, ""),
        ["consent-late limited data use was asked for only after `fbq('track')`"]
    );
    for (given, what) in [
        (json!("LDU"), "is given a text instead of a list"),
        (json!(["ldu"]), "names no option that there is; the one is `LDU`"),
    ] {
        assert_eq!(
            played(&[json!(["fbq", "dataProcessingOptions", given]), lead.clone()], 1, ""),
            [format!("consent-malformed `fbq('dataProcessingOptions', …)` {what}")]
        );
    }
    for fine in [json!([]), json!(null)] {
        assert_eq!(
            played(&[json!(["fbq", "dataProcessingOptions", fine]), lead.clone()], 1, ""),
            [""; 0]
        );
    }
}

#[test]
fn pinterest_is_told_by_a_call_of_its_own() {
    let played = |given: Value| {
        let calls = [json!(["pintrk", "setconsent", given]), json!(["pintrk", "track", "lead"])];
        let mut trace = page(&calls);
        fired(&mut trace, "pinterest", "lead", "", Some(1));
        cookie(&mut trace, "_pin_unauth");
        found(&CHECK, &trace)
    };
    for given in [json!(false), json!("false")] {
        assert_eq!(
            crate::checks::tests::said(&played(given)),
            [
                "warning consent-denied-hit: pinterest lead was sent although the page had not given pinterest consent",
                "warning consent-denied-write: the cookie `_pin_unauth` was written although the page had denied it",
            ]
        );
    }
    for given in [json!(true), json!("true"), json!("maybe"), json!(null), json!(1)] {
        assert!(played(given).is_empty());
    }
}

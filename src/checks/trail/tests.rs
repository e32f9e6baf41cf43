//! The walk on traces that are built by hand: one for each link that only a
//! browser in trouble shows, and what is merged, bounded and kept. The rest
//! stands in `tests/e2e/trail.rs`, on real pages.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::last::remember;
use super::*;
use crate::model::call::Call;
use crate::model::probe::{GlobalState, PageEvent, Presence};
use crate::model::request::{Outcome, Response, StackFrame};
use crate::model::trace::{PageError, StepOutcome, Trace};
use crate::model::trail::StageName;
use crate::snapshot::fixture::{add, document, hit, played};
use crate::snapshot::redact::Redactor;
use crate::snapshot::{Header, Snapshot};

fn frame(url: &str, line: u32) -> StackFrame {
    StackFrame { function: String::new(), url: url.to_owned(), line, column: 1 }
}

fn call(name: &str, args: Value, step: usize) -> Call {
    Call {
        name: name.to_owned(),
        args: match args {
            Value::Array(args) => args,
            other => vec![other],
        },
        at_ms: 10.0 + step as f64,
        frame: None,
        frame_url: "https://shop.test/lead".to_owned(),
        document: Some(0),
        step: Some(step),
        stack: vec![frame("https://shop.test/track.js?v=secret", 90)],
    }
}

/// A page that is opened and a form that is sent, with a lead of Meta's.
fn good() -> Trace {
    let mut trace = played(&["open", "send"], vec![hit(0, "PageView", vec![])]);
    add(&mut trace, hit(1, "Lead", vec![]), Outcome::Stubbed);
    trace.documents.push(document("https://shop.test/lead", 0));
    for request in &mut trace.requests {
        request.document = Some(0);
    }
    add(&mut trace, hit(0, "", vec![]), Outcome::Delivered);
    trace.hits.truncate(2);
    let script = &mut trace.requests[2];
    script.url = "https://shop.test/track.js".to_owned();
    script.resource_type = "Script".to_owned();
    trace.calls = vec![
        call("fbq", json!(["init", "123"]), 0),
        call("fbq", json!(["track", "PageView"]), 0),
        call("fbq", json!(["track", "Lead", {"value": 49.99, "em": "jane@shop.test"}]), 1),
    ];
    trace.hits[0].call = Some(1);
    trace.hits[1].call = Some(2);
    trace.events.push(PageEvent {
        kind: "click".to_owned(),
        target: "button#send".to_owned(),
        prevented: false,
        stopped: false,
        at_ms: 10.5,
        frame_url: String::new(),
        document: Some(0),
        step: Some(1),
    });
    trace.globals.push(GlobalState {
        name: "fbq".to_owned(),
        state: Presence::Real,
        at_ms: 2.0,
        document: Some(0),
        step: Some(0),
    });
    trace
}

/// The trails of a trace against the snapshot of the good one.
fn trails_of(trace: &Trace, last: bool, wish: &Wish) -> Vec<Trail> {
    let registry = Registry::default();
    let redactor = Redactor::default();
    let header = Header::for_scenario("a.yaml");
    let snapshot = Snapshot::record(header, &[good()], None, &redactor).snapshot;
    let check = CheckInput {
        snapshot: Some(&snapshot),
        scenario_file: "a.yaml",
        ..CheckInput::of(trace, &redactor)
    };
    let kept = remember(&good(), &registry);
    let last = last.then_some(&kept);
    let findings = crate::checks::run_all(&check);
    trails(&TrailInput { check: &check, registry: &registry, last, wish }, &findings)
}

/// The one trail of a lost lead: its stage and its paragraph.
#[track_caller]
fn lost(change: impl Fn(&mut Trace)) -> String {
    let mut trace = good();
    change(&mut trace);
    let mut told = String::new();
    for last in [false, true] {
        let trails = trails_of(&trace, last, &Wish::Findings);
        assert_eq!(trails.len(), 1, "{trails:#?}");
        assert!(trails[0].summary.starts_with(trails[0].broken().unwrap().name.as_text()));
        let lead = if last { "  knowing " } else { "  blind   " };
        let _ = writeln!(told, "{lead}{}", trails[0].summary);
    }
    told
}

fn submit(prevented: bool) -> PageEvent {
    PageEvent {
        kind: "submit".to_owned(),
        target: "form#lead".to_owned(),
        prevented,
        stopped: false,
        at_ms: 11.0,
        frame_url: String::new(),
        document: Some(0),
        step: Some(1),
    }
}

fn without_lead(trace: &mut Trace) {
    trace.hits.truncate(1);
    trace.requests[1].url = "https://shop.test/other".to_owned();
}

fn without_call(trace: &mut Trace) {
    without_lead(trace);
    trace.calls.truncate(2);
}

type Change = fn(&mut Trace);

#[test]
fn every_link_has_its_words() {
    let cases: &[(&str, Change)] = &[
        ("given up with its page", |trace| {
            trace.requests[1].outcome = Outcome::Aborted;
            trace.requests[1].ended_ms = Some(900.0);
            trace.documents[0].ended_ms = Some(901.0);
        }),
        ("given up by the page", |trace| trace.requests[1].outcome = Outcome::Aborted),
        ("mixed content", |trace| {
            trace.requests[1].outcome = Outcome::Blocked("mixed-content".to_owned());
        }),
        ("a content blocker", |trace| {
            trace.requests[1].outcome = Outcome::Blocked("client".to_owned());
        }),
        ("no such name", |trace| {
            trace.requests[1].outcome = Outcome::Failed("net::ERR_NAME_NOT_RESOLVED".to_owned());
        }),
        ("a blocked body", |trace| {
            trace.requests[1].outcome = Outcome::Blocked("csp:connect-src".to_owned());
            trace.hits.truncate(1);
        }),
        ("nobody called", without_call),
        ("another event", |trace| {
            without_call(trace);
            trace.calls.push(call("fbq", json!(["trackCustom", "Contacted"]), 1));
        }),
        ("the click did not arrive", |trace| {
            without_call(trace);
            trace.events.clear();
        }),
        ("a handler threw", |trace| {
            without_call(trace);
            trace.page_errors.push(PageError {
                text: "TypeError: x is null".to_owned(),
                at_ms: 10.9,
                step: Some(1),
                frame_url: String::new(),
                stack: vec![frame("https://shop.test/track.js", 88)],
            });
        }),
        ("the form was not valid", |trace| {
            without_call(trace);
            trace.calls.push(call("form.invalid", json!([{"fields": ["email", "phone"]}]), 1));
        }),
        ("no script took the submit", |trace| {
            without_call(trace);
            trace.calls.push(call("form.submit", json!([{"method": "get"}]), 1));
            trace.events.push(submit(false));
        }),
        ("a script took the submit and did nothing", |trace| {
            without_call(trace);
            trace.calls.push(call("form.submit", json!([{"method": "post"}]), 1));
            trace.events.push(submit(true));
        }),
        ("the server is silent", |trace| {
            without_call(trace);
            trace.calls.push(call("form.submit", json!([{"method": "post"}]), 1));
            trace.events.push(submit(true));
            let request = &mut trace.requests[1];
            request.method = "POST".to_owned();
            request.resource_type = "Fetch".to_owned();
            request.started_ms = 11.0;
            request.outcome = Outcome::Pending;
        }),
        ("called before its pixel was set up", |trace| {
            without_call(trace);
            trace.calls = vec![
                call("fbq", json!(["track", "Lead"]), 1),
                call("fbq", json!(["init", "123"]), 1),
            ];
            trace.hits[0].call = None;
        }),
        ("another function in its place", |trace| {
            without_call(trace);
            trace.events.push(PageEvent {
                kind: "overwritten".to_owned(),
                target: "fbq".to_owned(),
                ..submit(false)
            });
        }),
        ("a service worker answered", |trace| {
            trace.hits.truncate(1);
            trace.requests[1].outcome = Outcome::Local("service-worker".to_owned());
        }),
        ("called but not sent", without_lead),
        ("consent was taken back", |trace| {
            without_lead(trace);
            trace.calls.push(call("fbq", json!(["consent", "revoke"]), 1));
        }),
        ("its script is gone", |trace| {
            without_call(trace);
            trace.requests[2].url = "https://shop.test/other.js".to_owned();
        }),
        ("the stub was removed", |trace| {
            without_call(trace);
            trace.globals[0].state = Presence::Absent;
        }),
    ];
    let mut told = String::new();
    for (name, change) in cases {
        let _ = writeln!(told, "{name}\n{}", lost(change));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn an_error_of_the_last_good_run_is_no_cause() {
    let error = |trace: &mut Trace| {
        trace.page_errors.push(PageError {
            text: "TypeError: x is null".to_owned(),
            at_ms: 10.9,
            step: Some(1),
            frame_url: String::new(),
            stack: vec![frame("https://shop.test/widget.js", 3)],
        });
    };
    let mut trace = good();
    error(&mut trace);
    let kept = remember(&trace, &Registry::default());
    without_call(&mut trace);
    let registry = Registry::default();
    let event = ("meta", "Lead", Some("123"));
    let mut case = Case::new(&trace, &registry, event, Some(1), &[]);
    case.last = Some(Last::of(&kept, "meta", "Lead", Some("123"), Some((1, "send"))));
    assert_eq!(walk::missing(&case, vec![]).broken().unwrap().name, StageName::Call);
    case.last = None;
    assert_eq!(walk::missing(&case, vec![]).broken().unwrap().name, StageName::Script);
}

#[test]
fn a_script_is_known_in_another_build() {
    use super::last::same_script;
    assert!(same_script(
        "http://a.test:1/js/app.3f2ab9c1.js",
        "https://b.test/js/app.0d19e2.js?v=2"
    ));
    assert!(!same_script("http://a.test/js/app.3f2ab9c1.js", "http://a.test/js/cart.3f2ab9c1.js"));
    assert!(!same_script("http://a.test/js/app.js", "http://a.test/app.js"));
}

#[test]
fn an_archive_does_not_tell_what_was_on_the_page() {
    let told = lost(|trace| {
        trace.hits.truncate(1);
        trace.calls.clear();
        trace.events.clear();
        trace.globals.clear();
        trace.without_calls = true;
    });
    assert!(told.contains("request: no request of it was made with this step"), "{told}");
    assert!(!told.contains("fbq` "), "{told}");
    let mut trace = good();
    trace.without_calls = true;
    let seen = trails_of(&trace, true, &Wish::All);
    assert!(seen.iter().all(|trail| trail.broken().is_none()), "{seen:#?}");
}

#[test]
fn the_vendors_refusal_is_told() {
    let mut trace = good();
    trace.requests[1].outcome = Outcome::Delivered;
    trace.requests[1].response = Some(Response { status: 503, ..Response::default() });
    let trails = trails_of(&trace, false, &Wish::All);
    let lead = trails.iter().find(|trail| trail.event == "Lead").unwrap();
    assert_eq!(lead.broken().unwrap().evidence, "the vendor answered 503");
}

#[test]
fn a_step_that_failed_is_the_cause() {
    let mut trace = good();
    without_call(&mut trace);
    let (message, details) = ("found no element".to_owned(), Vec::new());
    trace.steps[1].outcome = StepOutcome::Failed { message, details };
    let wish = Wish::One { vendor: "meta".to_owned(), event: "Lead".to_owned() };
    let trails = trails_of(&trace, false, &wish);
    assert_eq!(trails.len(), 1);
    assert_eq!(trails[0].summary, "step: step 2 `send` could not be done: found no element");
    assert!(trails_of(&trace, false, &Wish::Findings).is_empty(), "its step tells enough");
}

#[test]
fn a_vendor_whose_calls_are_not_watched_is_followed_to_its_request() {
    let mut trace = good();
    trace.documents[0].ended_ms = None;
    let wish = Wish::One { vendor: "linkedin".to_owned(), event: "conversion".to_owned() };
    let trails = trails_of(&trace, false, &wish);
    assert_eq!(trails[0].broken().unwrap().name, StageName::Request);
}

#[test]
fn findings_of_one_event_have_one_trail() {
    let subject = |account: Option<&str>, step| Subject::Missing {
        vendor: "meta".to_owned(),
        event: "Lead".to_owned(),
        account: account.map(str::to_owned),
        step,
    };
    let mut subjects = Vec::new();
    note(&mut subjects, subject(None, Some(1)), 0);
    note(&mut subjects, subject(Some("1"), Some(1)), 3);
    note(&mut subjects, subject(Some("2"), Some(1)), 4);
    note(&mut subjects, subject(Some("1"), Some(2)), 5);
    note(&mut subjects, Subject::Seen(7), 6);
    note(&mut subjects, Subject::Seen(7), 8);
    let told: Vec<_> = subjects.iter().map(|(_, findings)| &**findings).collect();
    assert_eq!(told, [&[0, 3][..], &[4], &[5], &[6, 8]]);
    assert_eq!(subjects[0].0, subject(Some("1"), Some(1)));
}

#[test]
fn names_and_places_are_kept_but_no_values() {
    let kept = serde_json::to_string_pretty(&remember(&good(), &Registry::default())).unwrap();
    for secret in ["secret", "49.99", "jane"] {
        assert!(!kept.contains(secret), "{kept}");
    }
    insta::assert_snapshot!(kept);
}

#[test]
fn a_site_that_is_wrong_everywhere_is_bounded() {
    let mut trace = good();
    for _ in 0..2_000 {
        add(&mut trace, hit(1, "\u{1b}[31mOther\n", vec![]), Outcome::Stubbed);
    }
    let trails = trails_of(&trace, true, &Wish::All);
    assert_eq!(trails.len(), MOST_TRAILS);
    assert!(trails.iter().all(|trail| !trail.summary.contains(['\u{1b}', '\n'])));
}

#[test]
fn a_batch_may_have_been_asked_for_at_any_time_of_its_page() {
    let mut trace = good();
    trace.hits.truncate(1);
    trace.hits[0].vendor = "posthog".to_owned();
    let registry = Registry::default();
    let stage = |trace: &Trace| {
        let case = Case::new(trace, &registry, ("posthog", "lead sent", None), Some(0), &[]);
        let trail = walk::missing(&case, vec![]);
        (trail.broken().map(|stage| stage.name), trail.summary)
    };
    let (name, summary) = stage(&trace);
    assert_eq!(name, Some(StageName::Call), "its library works, so nobody asked: {summary}");
    trace.page_errors.push(PageError {
        text: "TypeError: x is null".to_owned(),
        at_ms: 10.9,
        step: Some(1),
        frame_url: String::new(),
        stack: vec![frame("https://shop.test/theme.js", 7)],
    });
    assert_eq!(stage(&trace).0, Some(StageName::Script));
}

#[test]
fn a_data_layer_that_is_replaced_each_time_is_no_cause() {
    let mut trace = good();
    add(&mut trace, hit(0, "", vec![]), Outcome::Delivered);
    trace.hits.truncate(2);
    let container = &mut trace.requests[3];
    container.url = "https://www.googletagmanager.com/gtm.js?id=GTM-A1".to_owned();
    container.resource_type = "Script".to_owned();
    container.document = Some(0);
    trace.events.push(PageEvent {
        kind: "replaced".to_owned(),
        target: "dataLayer".to_owned(),
        ..submit(false)
    });
    let kept = remember(&trace, &Registry::default());
    without_call(&mut trace);
    let registry = Registry::default();
    let event = ("meta", "Lead", Some("123"));
    let mut case = Case::new(&trace, &registry, event, Some(1), &[]);
    assert_eq!(walk::missing(&case, vec![]).broken().unwrap().name, StageName::DataLayer);
    case.last = Some(Last::of(&kept, "meta", "Lead", Some("123"), Some((1, "send"))));
    assert_eq!(walk::missing(&case, vec![]).broken().unwrap().name, StageName::Call);
}

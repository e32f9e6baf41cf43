//! What a hostile reader asks of the recorder, told by hand. Streams that a
//! browser sent are in `tests/capture.rs`.

use serde_json::{Value, json};

use crate::capture::Recorder;
use crate::model::request::{Outcome, Request, RequestId, TargetKind, TargetRef};

const URL: &str = "https://px.test/a";

fn recorder() -> Recorder {
    let mut recorder = Recorder::new("hook");
    let target = TargetRef { kind: TargetKind::Page, id: "F".to_owned(), url: String::new() };
    recorder.attached("s", None, target);
    commit(&mut recorder, "L1", "https://shop.test/1", 0.0);
    recorder
}

fn commit(recorder: &mut Recorder, loader: &str, url: &str, now_ms: f64) {
    let params = json!({"frame": {"id": "F", "loaderId": loader, "url": url}});
    recorder.event(Some("s"), "Page.frameNavigated", &params, now_ms);
}

fn tell(recorder: &mut Recorder, method: &str, params: &Value, now_ms: f64) {
    recorder.event(Some("s"), method, params, now_ms);
}

fn sent(recorder: &mut Recorder, id: &str, url: &str, more: &Value, now_ms: f64) {
    let mut params = json!({
        "requestId": id, "loaderId": "L1", "frameId": "F", "type": "Fetch",
        "request": {"url": url, "method": "GET", "headers": {"plain": id}},
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        params[key] = value.clone();
    }
    tell(recorder, "Network.requestWillBeSent", &params, now_ms);
}

fn paused(recorder: &mut Recorder, job: &str, more: &Value, now_ms: f64) -> Option<RequestId> {
    let mut params = json!({
        "requestId": job, "frameId": "F", "resourceType": "Ping",
        "request": {"url": URL, "method": "POST", "headers": {}},
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        params[key] = value.clone();
    }
    recorder.paused(&params, now_ms).map(|paused| paused.request)
}

fn forbidden(url: &str, line: u32) -> Value {
    json!({"issue": {"details": {"contentSecurityPolicyIssueDetails": {
        "blockedURL": url, "violatedDirective": "connect-src", "isReportOnly": false,
        "sourceCodeLocation": {"url": "https://shop.test/1", "lineNumber": line}}}}})
}

fn told(request: &Request) -> (&str, String) {
    (&request.url, request.outcome.as_text())
}

#[test]
fn a_redirect_that_the_browser_makes_up_reached_nobody() {
    let mut recorder = recorder();
    sent(&mut recorder, "1", "http://px.test/a", &json!({}), 1.0);
    // The headers of the second hop come before it is known that the first
    // has none.
    let extra = json!({"requestId": "1", "headers": {"host": "px.test"}});
    tell(&mut recorder, "Network.requestWillBeSentExtraInfo", &extra, 2.0);
    let redirect = json!({"redirectHasExtraInfo": false, "redirectResponse": {
        "status": 307, "headers": {"Location": URL, "Non-Authoritative-Reason": "HSTS"}}});
    sent(&mut recorder, "1", URL, &redirect, 3.0);
    tell(&mut recorder, "Network.loadingFinished", &json!({"requestId": "1"}), 4.0);
    let requests = recorder.requests();
    assert_eq!(told(&requests[0]), ("http://px.test/a", "local:internal-redirect".to_owned()));
    assert_eq!(told(&requests[1]), (URL, "delivered".to_owned()));
    assert_eq!(requests[0].header("host"), None);
    assert_eq!(requests[0].header("plain"), Some("1"));
    assert_eq!(requests[1].header("host"), Some("px.test"));
}

#[test]
fn a_request_that_is_cancelled_for_its_page_and_still_answered_was_delivered() {
    let mut recorder = recorder();
    sent(&mut recorder, "1", URL, &json!({}), 1.0);
    let gone = json!({"requestId": "1", "canceled": true, "errorText": "net::ERR_ABORTED"});
    tell(&mut recorder, "Network.loadingFailed", &gone, 2.0);
    assert_eq!(recorder.requests()[0].outcome, Outcome::Aborted);
    let answer = json!({"networkId": "1", "responseStatusCode": 204,
        "request": {"url": URL, "method": "GET", "headers": {}}});
    paused(&mut recorder, "j", &answer, 3.0);
    assert_eq!(recorder.requests().len(), 1);
    assert_eq!(recorder.requests()[0].outcome, Outcome::Delivered);
}

#[test]
fn an_answer_that_cors_keeps_from_the_page_was_given() {
    for (error, outcome) in [
        ("MissingAllowOriginHeader", "delivered"),
        ("PreflightMissingAllowOriginHeader", "blocked:cors-preflight"),
        ("HeaderDisallowedByPreflightResponse", "blocked:cors-preflight"),
        ("DisallowedByMode", "blocked:cors"),
    ] {
        let mut recorder = recorder();
        sent(&mut recorder, "1", URL, &json!({}), 1.0);
        let failed = json!({"requestId": "1", "errorText": "net::ERR_FAILED",
            "corsErrorStatus": {"corsError": error}});
        tell(&mut recorder, "Network.loadingFailed", &failed, 2.0);
        assert_eq!(recorder.requests()[0].outcome.as_text(), outcome, "{error}");
    }
}

#[test]
fn like_beacons_of_a_leaving_page_are_two_and_their_late_reports_none() {
    let mut recorder = recorder();
    paused(&mut recorder, "j1", &json!({}), 1.0);
    paused(&mut recorder, "j2", &json!({}), 1.0);
    let late = json!({"type": "Ping", "request": {"url": URL, "method": "POST", "headers": {}}});
    sent(&mut recorder, "1", URL, &late, 5.0);
    sent(&mut recorder, "2", URL, &late, 5.0);
    assert_eq!(recorder.requests().len(), 2);
    assert!(recorder.requests().iter().all(|request| request.resource_type == "Ping"));
    // One of another kind, of the next document, is another request.
    commit(&mut recorder, "L2", "https://shop.test/2", 6.0);
    paused(&mut recorder, "j3", &json!({}), 6.0);
    let image = json!({"type": "Image", "loaderId": "L2"});
    sent(&mut recorder, "3", URL, &image, 7.0);
    assert_eq!(recorder.requests().len(), 4);
}

#[test]
fn what_no_agent_told_of_came_from_the_page_that_was_left() {
    let mut recorder = recorder();
    commit(&mut recorder, "L2", "https://shop.test/2", 10.0);
    paused(&mut recorder, "j1", &json!({"networkId": "1"}), 12.0);
    paused(&mut recorder, "j2", &json!({"networkId": "2"}), 13.0);
    let late = json!({"type": "Ping", "loaderId": "L2", "request": {"url": URL, "method": "POST"}});
    sent(&mut recorder, "2", URL, &late, 14.0);
    paused(&mut recorder, "j3", &json!({"networkId": "3"}), 5_000.0);
    let captured = recorder.finish();
    let documents: Vec<_> = captured.requests.iter().map(|request| request.document).collect();
    assert_eq!(documents, [Some(0), Some(1), Some(1)]);
    assert_eq!(captured.requests[0].frame.as_ref().unwrap().url, "https://shop.test/1");
    assert_eq!(captured.leaving.into_iter().collect::<Vec<_>>(), [0]);
}

#[test]
fn an_origin_tells_a_page_from_the_blank_one_after_it() {
    let mut recorder = recorder();
    commit(&mut recorder, "L2", "about:blank", 10.0);
    let alone = |referrer: &str| {
        let headers = json!({"Referer": referrer});
        json!({"request": {"url": URL, "method": "POST", "headers": headers}})
    };
    // Long after it: the blank one may be closing by now.
    for (job, referrer) in [("j1", "https://shop.test/"), ("j2", "https://other.test/")] {
        paused(&mut recorder, job, &alone(referrer), 9_000.0);
    }
    let documents: Vec<_> = recorder.requests().iter().map(|request| request.document).collect();
    assert_eq!(documents, [Some(0), Some(1)]);
}

#[test]
fn a_call_that_was_told_late_came_before_what_it_led_to() {
    let mut recorder = recorder();
    let call = |recorder: &mut Recorder, name: &str, now_ms: f64| {
        let payload = json!({"t": "call", "name": name, "args": [], "stack": ""}).to_string();
        let params = json!({"name": "hook", "executionContextId": 7, "payload": payload});
        tell(recorder, "Runtime.bindingCalled", &params, now_ms);
    };
    let context = json!({"context": {"id": 7, "auxData": {"frameId": "F", "isDefault": true}}});
    tell(&mut recorder, "Runtime.executionContextCreated", &context, 0.5);
    paused(&mut recorder, "j1", &json!({"networkId": "1"}), 10.0);
    call(&mut recorder, "form.submit", 400.0);
    sent(&mut recorder, "1", URL, &json!({"request": {"url": URL, "method": "POST"}}), 401.0);
    call(&mut recorder, "fbq", 402.0);
    let captured = recorder.finish();
    let times: Vec<f64> = captured.calls.iter().map(|call| call.at_ms).collect();
    assert_eq!((times, captured.requests.len()), (vec![10.0, 402.0], 1));
}

#[test]
fn what_has_no_id_is_never_taken_for_another() {
    let mut recorder = recorder();
    sent(&mut recorder, "", URL, &json!({}), 1.0);
    sent(&mut recorder, "", URL, &json!({}), 2.0);
    sent(&mut recorder, "", "https://px.test/b", &json!({}), 2.0);
    let other = |path: &str| json!({"request": {"url": format!("https://px.test/{path}"), "method": "POST"}});
    paused(&mut recorder, "", &other("c"), 3.0);
    paused(&mut recorder, "", &other("d"), 3.0);
    assert_eq!(recorder.requests().len(), 5);
}

#[test]
fn two_policies_forbid_one_request() {
    let mut recorder = recorder();
    tell(&mut recorder, "Audits.issueAdded", &forbidden(URL, 7), 1.0);
    tell(&mut recorder, "Audits.issueAdded", &forbidden(URL, 7), 1.1);
    tell(&mut recorder, "Audits.issueAdded", &forbidden(URL, 8), 1.2);
    assert_eq!(recorder.requests().len(), 2);
    // The first is told after all, by a method that the report did not name.
    let post = json!({"request": {"url": URL, "method": "POST", "headers": {}}});
    sent(&mut recorder, "1", URL, &post, 2.0);
    assert_eq!(recorder.requests().len(), 2);
    assert_eq!(recorder.requests()[0].method, "POST");
    assert_eq!(recorder.requests()[0].outcome.as_text(), "blocked:csp:connect-src");
}

#[test]
fn a_policy_report_leaves_requests_alone_that_went_out() {
    let mut recorder = recorder();
    let pause = json!({"networkId": "1", "request": {"url": URL, "method": "GET"}});
    paused(&mut recorder, "j", &pause, 1.0);
    sent(&mut recorder, "1", URL, &json!({}), 1.0);
    tell(&mut recorder, "Audits.issueAdded", &forbidden(URL, 7), 2.0);
    assert_eq!(recorder.requests()[0].outcome, Outcome::Pending);
    assert_eq!(recorder.requests()[1].outcome.as_text(), "blocked:csp:connect-src");
}

#[test]
fn an_exact_body_replaces_a_longer_text() {
    let mut recorder = recorder();
    let post = json!({"request": {"url": URL, "method": "POST", "headers": {}, "hasPostData": true,
        "postData": "a=\u{fffd}\u{fffd}"}});
    sent(&mut recorder, "1", URL, &post, 1.0);
    recorder.body(RequestId(0), &json!({"postData": "", "base64Encoded": false}));
    assert_eq!(recorder.requests()[0].body_bytes(), "a=\u{fffd}\u{fffd}".as_bytes());
    recorder.body(RequestId(0), &json!({"postData": "YT3/", "base64Encoded": true}));
    assert_eq!(recorder.requests()[0].body_bytes(), b"a=\xff");
    recorder.body(RequestId(9), &json!({"postData": "x"}));
}

#[test]
fn a_beacon_under_way_at_the_end_was_not_given_up() {
    let mut recorder = recorder();
    paused(&mut recorder, "j1", &json!({}), 1.0);
    sent(&mut recorder, "1", "https://px.test/image", &json!({"type": "Image"}), 1.0);
    recorder.detached("s", 2.0);
    let captured = recorder.finish();
    assert_eq!(captured.requests[0].outcome, Outcome::Pending);
    assert_eq!(captured.requests[1].outcome, Outcome::Aborted);
}

#[test]
fn a_frame_that_went_elsewhere_has_loaded_when_the_page_around_it_has() {
    let mut recorder = recorder();
    let mut said = |method: &str, params: serde_json::Value| {
        tell(&mut recorder, method, &params, 1.0);
        recorder.frame("inner").is_some_and(|frame| frame.loading)
    };
    said("Page.frameStartedLoading", json!({"frameId": "F"}));
    said("Page.frameAttached", json!({"frameId": "inner", "parentFrameId": "F"}));
    assert!(said("Page.frameStartedLoading", json!({"frameId": "inner"})));
    assert!(said("Page.frameDetached", json!({"frameId": "inner", "reason": "swap"})));
    assert!(!said("Page.frameStoppedLoading", json!({"frameId": "F"})));
    // What begins there is told there.
    assert!(said("Page.frameStartedLoading", json!({"frameId": "inner"})));
    assert!(said("Page.frameStoppedLoading", json!({"frameId": "F"})));
}

#[test]
fn floods_are_bounded() {
    let mut recorder = recorder();
    for index in 0..20_000 {
        let now_ms = f64::from(index);
        let frame = format!("f{index}");
        let attached = json!({"frameId": frame, "parentFrameId": "F"});
        tell(&mut recorder, "Page.frameAttached", &attached, now_ms);
        tell(&mut recorder, "Page.frameDetached", &json!({"frameId": frame}), now_ms);
        let extra = json!({"requestId": format!("x{index}"), "headers": {"a": "b"}});
        tell(&mut recorder, "Network.requestWillBeSentExtraInfo", &extra, now_ms);
        let same = json!({"requestId": "same", "headers": {"a": "b"}});
        tell(&mut recorder, "Network.requestWillBeSentExtraInfo", &same, now_ms);
        let context = json!({"context": {"id": index, "auxData": {"frameId": frame}}});
        tell(&mut recorder, "Runtime.executionContextCreated", &context, now_ms);
        let gone = json!({"executionContextId": index});
        tell(&mut recorder, "Runtime.executionContextDestroyed", &gone, now_ms);
        tell(&mut recorder, "Log.entryAdded", &json!({"entry": {"text": "x"}}), now_ms);
    }
    assert!(recorder.frames.frames.len() < 2_000);
    assert!(recorder.contexts.is_empty());
    assert!(recorder.console().len() <= 10_001);
    // Nothing of that is taken for a request, nor in the way of one.
    sent(&mut recorder, "x19999", URL, &json!({}), 20_000.0);
    assert_eq!(recorder.requests()[0].header("a"), Some("b"));
    sent(&mut recorder, "x1", URL, &json!({}), 20_000.0);
    assert_eq!(recorder.requests()[1].header("a"), None);
}

//! Recorded and hand-written protocol streams through the recorder.
//!
//! A stream is a file of JSON lines in `tests/fixtures/capture/`, found by
//! glob. A line is an event as the browser sent it (`session`, `method`,
//! `params`, `at_ms`; `Fetch.requestPaused` has no session) or one of
//! `attached`, `detached`, `tree` (answer of `Page.getFrameTree`), `body`
//! (answer of `Network.getRequestPostData`), `stubbed`, `refused` and `step`.
//! Recorded streams were shortened: no timing, no security details, few
//! headers, ids and hosts renamed. What is not tested here: the browser.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::LazyLock;

use insta::assert_snapshot;
use pixelproof::capture::{Ask, Captured, Recorder};
use pixelproof::model::request::{Header, Request, RequestId, TargetKind, TargetRef};
use pixelproof::model::vendor::StubResponse;
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Plays lines as the browser layer would.
#[derive(Default)]
struct Player {
    recorder: Recorder,
    asked: HashMap<String, RequestId>,
    jobs: HashMap<String, RequestId>,
    now_ms: f64,
}

impl Player {
    fn play(&mut self, line: &Value) {
        self.now_ms = line.get("at_ms").and_then(Value::as_f64).unwrap_or(self.now_ms);
        let now_ms = self.now_ms;
        let params = line.get("params").unwrap_or(&Value::Null);
        if let Some(target) = line.get("attached") {
            self.recorder.attached(
                text(target, "session"),
                target.get("parent").and_then(Value::as_str),
                TargetRef {
                    kind: match text(target, "kind") {
                        "page" => TargetKind::Page,
                        "iframe" => TargetKind::Iframe,
                        "worker" => TargetKind::Worker,
                        "service_worker" => TargetKind::ServiceWorker,
                        _ => TargetKind::Other,
                    },
                    id: text(target, "target").to_owned(),
                    url: text(target, "url").to_owned(),
                },
            );
        } else if let Some(gone) = line.get("detached") {
            self.recorder.detached(text(gone, "session"), now_ms);
        } else if let Some(tree) = line.get("tree") {
            self.recorder.frame_tree(text(tree, "session"), &tree["answer"], now_ms);
        } else if let Some(body) = line.get("body") {
            if let Some(&request) = self.asked.get(text(body, "network_id")) {
                self.recorder.body(request, &body["answer"]);
            }
        } else if let Some(stub) = line.get("stubbed") {
            let answer = StubResponse {
                status: stub["status"].as_u64().unwrap_or(204) as u16,
                headers: stub["headers"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|header| Header {
                        name: text(header, "name").to_owned(),
                        value: text(header, "value").to_owned(),
                    })
                    .collect(),
                body: Vec::new(),
            };
            if let Some(&request) = self.jobs.get(text(stub, "job")) {
                self.recorder.stubbed(request, &answer, now_ms);
            }
        } else if let Some(refused) = line.get("refused") {
            if let Some(&request) = self.jobs.get(text(refused, "job")) {
                self.recorder.refused(request, now_ms);
            }
        } else if let Some(step) = line.get("step") {
            self.recorder.set_step(step.as_u64().map(|step| step as usize));
        } else if text(line, "method") == "Fetch.requestPaused" {
            if let Some(paused) = self.recorder.paused(params, now_ms) {
                self.jobs.insert(paused.job, paused.request);
            }
        } else {
            let session = line.get("session").and_then(Value::as_str);
            for ask in self.recorder.event(session, text(line, "method"), params, now_ms) {
                let Ask::Body { network_id, request, .. } = ask;
                self.asked.insert(network_id, request);
            }
        }
    }
}

fn replay<'a>(lines: impl IntoIterator<Item = &'a Value>) -> Captured {
    let mut player = Player { recorder: Recorder::new("__hook"), ..Player::default() };
    for line in lines {
        player.play(line);
    }
    player.recorder.finish()
}

fn read(path: &Path) -> Vec<Value> {
    let stream = std::fs::read_to_string(path).expect("the stream is readable");
    stream.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

/// Every fact of a request but its times, on a line.
fn told(request: &Request) -> String {
    let mut out = String::new();
    let _ = write!(
        out,
        "#{} {} {}\n     {} · {}",
        request.id.0,
        request.method,
        request.url,
        request.resource_type,
        request.outcome.as_text()
    );
    if let Some(response) = &request.response {
        let _ = write!(out, " · {} {}", response.status, response.mime_type);
    }
    if let Some(from) = request.redirected_from {
        let _ = write!(out, " · redirected from #{}", from.0);
    }
    let _ = write!(out, "\n     step {:?}", request.step);
    let _ = write!(out, " · document {:?}", request.document);
    let frame = request.frame.as_ref().map_or("none", |frame| &frame.url);
    let _ = write!(out, " · frame {frame} · {}", request.target.kind.as_text());
    let _ = write!(out, " {}", request.target.id);
    if !request.initiator.kind.is_empty() {
        let _ = write!(out, " · by {}", request.initiator.kind);
    }
    if let Some(fragment) = &request.fragment {
        let _ = write!(out, " · #{fragment}");
    }
    if let Some(body) = &request.body {
        let hash = Sha256::digest(&body.bytes);
        let _ = write!(
            out,
            "\n     body {} bytes {:02x}{:02x}{:02x} {}",
            body.bytes.len(),
            hash[0],
            hash[1],
            hash[2],
            if body.exact { "exact" } else { "not exact" }
        );
        let _ = write!(out, " {:?}", String::from_utf8_lossy(&body.bytes));
    }
    let shown = |name: &str| request.header(name).map(|value| format!("{name}: {value}"));
    let headers: Vec<String> =
        ["host", "content-type", "cookie"].into_iter().filter_map(shown).collect();
    if !headers.is_empty() {
        let _ = write!(out, "\n     {}", headers.join(" · "));
    }
    out
}

fn show(captured: &Captured) -> String {
    let mut out = String::new();
    for (index, document) in captured.documents.iter().enumerate() {
        let _ = writeln!(
            out,
            "document {index} {} in {}{} step {:?}{}",
            document.url,
            document.frame,
            if document.main_frame { " (main)" } else { "" },
            document.step,
            if document.ended_ms.is_some() { ", ended" } else { "" }
        );
    }
    for request in &captured.requests {
        let _ = writeln!(out, "{}", told(request));
    }
    for call in &captured.calls {
        let _ = writeln!(
            out,
            "call {} {:?} step {:?} {}",
            call.name, call.args, call.step, call.frame_url
        );
    }
    for message in &captured.messages {
        let _ = writeln!(
            out,
            "message of #{} {} {:?} step {:?}",
            message.request.0,
            if message.sent { "sent" } else { "received" },
            String::from_utf8_lossy(&message.body.bytes),
            message.step
        );
    }
    for report in &captured.csp_reports {
        let _ = writeln!(
            out,
            "policy {} {} step {:?}{}",
            report.directive,
            report.blocked_url,
            report.step,
            if report.report_only { " (report only)" } else { "" }
        );
    }
    for error in &captured.page_errors {
        let _ = writeln!(out, "error {}", error.text);
    }
    out
}

#[test]
fn recorded_streams() {
    insta::glob!("fixtures/capture/*.jsonl", |path| {
        let lines = read(path);
        let about = lines.first().map(|line| text(line, "about").to_owned()).unwrap_or_default();
        insta::with_settings!({ description => about, omit_expression => true }, {
            assert_snapshot!(show(&replay(&lines)));
        });
    });
}

/// Events of a worker that two sessions are attached to: a GET that is
/// redirected to another URL and once more to the same one, a beacon and a
/// request that is answered locally. One list per way on which events keep
/// their order.
fn ways() -> Vec<Vec<Value>> {
    let (a, b, c, d) =
        ("https://px.test/a", "https://px.test/b", "https://px.test/c", "https://px.test/d");
    let sent = |session: &str, id: &str, method: &str, url: &str, kind: &str, from: &str| {
        let mut params = json!({
            "requestId": id, "type": kind, "initiator": {"type": "script"},
            "request": {"url": url, "method": method, "headers": {"accept": "*/*"}},
        });
        if method == "POST" {
            params["request"]["hasPostData"] = json!(true);
            params["request"]["postDataEntries"] = json!([{"bytes": "eA=="}]);
        }
        if !from.is_empty() {
            params["redirectResponse"] = json!({
                "url": from, "status": 302, "statusText": "Found", "protocol": "h2",
                "headers": {"location": url}, "mimeType": "",
            });
            params["redirectHasExtraInfo"] = json!(true);
        }
        json!({"session": session, "method": "Network.requestWillBeSent", "params": params})
    };
    let received = |session: &str, id: &str| {
        json!({"session": session, "method": "Network.responseReceived", "params": {
            "requestId": id, "type": "Fetch", "response": {"status": 200, "statusText": "OK",
            "headers": {"via": "network"}, "mimeType": "image/gif", "protocol": "h2"}}})
    };
    let finished = |session: &str, id: &str| {
        json!({"session": session, "method": "Network.loadingFinished",
            "params": {"requestId": id, "encodedDataLength": 43}})
    };
    let extra = |session: &str, id: &str, hop: &str, status: u16| {
        [
            json!({"session": session, "method": "Network.requestWillBeSentExtraInfo", "params": {
                "requestId": id, "headers": {"accept": "*/*", "host": "px.test", "cookie": hop}}}),
            json!({"session": session, "method": "Network.responseReceivedExtraInfo", "params": {
                "requestId": id, "statusCode": status, "headers": {"via": "wire"}}}),
        ]
    };
    let paused = |job: &str, id: &str, method: &str, url: &str, status: u16, from: &str| {
        let mut params = json!({
            "requestId": job, "networkId": id, "resourceType": "XHR", "frameId": "",
            "request": {"url": url, "method": method, "headers": {"accept": "*/*"}},
        });
        if method == "POST" {
            params["request"]["hasPostData"] = json!(true);
            params["request"]["postDataEntries"] = json!([{"bytes": "eA=="}]);
        }
        if status != 0 {
            params["responseStatusCode"] = json!(status);
            params["responseHeaders"] = match status {
                302 => json!([{"name": "location", "value": "/"}]),
                _ => json!([{"name": "content-type", "value": "image/gif"}]),
            };
        }
        if !from.is_empty() {
            params["redirectedRequestId"] = json!(from);
        }
        json!({"method": "Fetch.requestPaused", "params": params})
    };
    let network = |session: &str| {
        vec![
            sent(session, "1", "GET", a, "Fetch", ""),
            sent(session, "1", "GET", b, "Fetch", a),
            sent(session, "1", "GET", b, "Fetch", b),
            sent(session, "2", "POST", c, "Fetch", ""),
            received(session, "1"),
            finished(session, "1"),
            received(session, "2"),
            sent(session, "3", "GET", d, "Fetch", ""),
            finished(session, "2"),
            received(session, "3"),
            finished(session, "3"),
        ]
    };
    let wire = |session: &str| {
        let mut way: Vec<Value> = Vec::new();
        way.extend(extra(session, "1", "hop=a", 302));
        way.extend(extra(session, "1", "hop=b1", 302));
        way.extend(extra(session, "2", "hop=c", 204));
        way.extend(extra(session, "1", "hop=b2", 200));
        way
    };
    let fetch = vec![
        paused("j1.0", "1", "GET", a, 302, ""),
        paused("j1.1", "1", "GET", b, 302, "j1.0"),
        paused("j2", "2", "POST", c, 0, ""),
        paused("j1.2", "1", "GET", b, 200, "j1.1"),
        paused("j3", "3", "GET", d, 0, ""),
        json!({"stubbed": {"job": "j3", "status": 204, "headers": []}}),
        paused("j2", "2", "POST", c, 200, ""),
    ];
    vec![network("s1"), network("s2"), wire("s1"), wire("s2"), fetch]
}

fn worker() -> Vec<Value> {
    ["s1", "s2"]
        .map(|session| {
            json!({"attached": {
                "session": session, "kind": "service_worker", "target": "T", "url": "https://shop.test/sw.js"}})
        })
        .to_vec()
}

/// What was recorded, whatever the order in which it was told.
fn sorted(captured: &Captured) -> Vec<String> {
    let url = |id: RequestId| captured.requests[id.0 as usize].url.clone();
    let mut told: Vec<String> = captured
        .requests
        .iter()
        .map(|request| {
            let mut alone = request.clone();
            alone.id = RequestId(0);
            let from = request.redirected_from.map(url);
            alone.redirected_from = None;
            format!("{} from {from:?} {:?}", told(&alone), request.response)
        })
        .collect();
    told.sort();
    told
}

#[test]
fn the_order_in_which_it_is_all_told_here() {
    let mut lines = worker();
    lines.extend(ways().into_iter().flatten());
    assert_snapshot!(show(&replay(&lines)));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_between_the_ways_records_the_same(picks in proptest::collection::vec(0..5_usize, 200)) {
        let mut straight = worker();
        straight.extend(ways().into_iter().flatten());
        let mut ways: Vec<_> = ways().into_iter().map(Vec::into_iter).collect();
        let mut lines = worker();
        for pick in picks {
            lines.extend(ways[pick].next());
        }
        lines.extend(ways.into_iter().flatten());
        prop_assert_eq!(sorted(&replay(&lines)), sorted(&replay(&straight)));
    }
}

/// Fields without which a request is not told at all.
const VITAL: &[&str] =
    &["request", "url", "method", "requestId", "networkId", "redirectedRequestId"];

fn leaves(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if !VITAL.contains(&&**key) || value.is_object() {
                    let path = format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
                    if !VITAL.contains(&&**key) {
                        found.push(path.clone());
                    }
                    leaves(value, &path, found);
                }
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                leaves(value, &format!("{path}/{index}"), found);
            }
        }
        _ => {}
    }
}

fn wrong(kind: usize) -> Value {
    match kind {
        0 => Value::Null,
        1 => json!("SomethingNew"),
        2 => json!(-1),
        3 => json!(1e300),
        4 => json!([[{"x": "\u{fffd}"}]]),
        5 => json!({"unknown": {"nested": true}}),
        6 => json!(true),
        _ => json!(""),
    }
}

static STREAMS: LazyLock<Vec<Vec<Value>>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/capture");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
});

fn counted(captured: &Captured) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for request in &captured.requests {
        *counts.entry(format!("{} {}", request.method, request.url)).or_default() += 1;
    }
    counts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_protocol_that_changes_loses_no_request(
        stream in any::<prop::sample::Index>(),
        changes in proptest::collection::vec(
            (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..8_usize), 1..12),
    ) {
        let original = stream.get(&STREAMS);
        let mut lines = original.clone();
        for (line, leaf, kind) in &changes {
            let at = line.index(lines.len());
            let line = &mut lines[at];
            let mut found = Vec::new();
            let params = line.get("params").cloned().unwrap_or_default();
            leaves(&params, "/params", &mut found);
            if found.is_empty() {
                continue;
            }
            // A request that was stopped early is known from these alone.
            let method = text(line, "method");
            if matches!(method, "Network.loadingFailed" | "Audits.issueAdded" | "Page.frameStartedNavigating") {
                continue;
            }
            if let Some(value) = line.pointer_mut(&found[leaf.index(found.len())]) {
                *value = wrong(*kind);
            }
            lines.insert(at, json!({"session": "s1", "method": "Network.somethingNew", "params": wrong(*kind)}));
        }
        let changed = counted(&replay(&lines));
        for (request, count) in counted(&replay(original)) {
            prop_assert!(
                changed.get(&request).copied().unwrap_or_default() >= count,
                "{} was told {} times", request, count
            );
        }
    }

    #[test]
    fn nothing_that_is_told_makes_it_panic(
        stream in any::<prop::sample::Index>(),
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), 0..8_usize), 1..30),
        swaps in proptest::collection::vec(any::<(prop::sample::Index, prop::sample::Index)>(), 0..30),
    ) {
        let mut lines = stream.get(&STREAMS).clone();
        for (line, kind) in cuts {
            let at = line.index(lines.len());
            match lines[at].get_mut("params").and_then(|params| params.get_mut("request")) {
                Some(request) if kind % 2 == 0 => *request = wrong(kind),
                _ => lines[at]["params"] = wrong(kind),
            }
        }
        for (one, other) in swaps {
            let (one, other) = (one.index(lines.len()), other.index(lines.len()));
            lines.swap(one, other);
        }
        replay(&lines);
    }
}

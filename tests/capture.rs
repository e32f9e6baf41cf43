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

use insta::assert_snapshot;
use pixelproof::capture::{Ask, Captured, Recorder};
use pixelproof::model::request::{Header, Request, RequestId, TargetKind, TargetRef};
use pixelproof::model::vendor::StubResponse;
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

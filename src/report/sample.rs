//! A run with a bit of everything, for the reporters' tests.

use std::collections::BTreeMap;

use serde_json::json;

use crate::model::call::Call;
use crate::model::finding::{
    DifferenceKind, Finding, HitDifference, ParamDifference, Place, Severity,
};
use crate::model::hit::{Hit, HitKind, Param, ParamClass};
use crate::model::probe::{GlobalState, HeldScript, PageEvent, Presence};
use crate::model::request::{
    Body, FrameRef, Header, Initiator, Outcome, Request, RequestId, Response, StackFrame,
    TargetKind, TargetRef,
};
use crate::model::run::{Artifact, Part, RunReport, ScenarioReport, Shelf, SnapshotState, Verdict};
use crate::model::trace::{
    ConsoleMessage, CspReport, Document, Field, PageError, StepOutcome, StepRecord, StorageKind,
    StorageWrite, Trace, Typed,
};
use crate::model::trail::{Stage, StageName, StageState, Trail};
use crate::model::vendor::Load;

/// 2026-11-23T10:00:00Z.
const START: i64 = 1_795_428_000_000;

/// Four scenarios, one of each verdict.
pub fn run() -> RunReport {
    RunReport {
        version: "0.1.0".into(),
        started_unix_ms: START,
        duration_ms: 4321.5,
        browser: "HeadlessChrome/156.0.1.2".into(),
        scenarios: vec![passed(), failed(), broken(), skipped()],
        findings: vec![Finding {
            code: "snapshot-obsolete".into(),
            severity: Severity::Warning,
            message: "no scenario belongs to snapshots/old.snap".into(),
            details: vec![],
            help: Some("delete it, or restore its scenario".into()),
            vendor: None,
            suppressed: None,
            step: None,
            hits: vec![],
            place: None,
            difference: None,
        }],
        complete: true,
        part: Part::default(),
        pictures: BTreeMap::new(),
        shelf: Shelf::default(),
    }
}

pub fn passed() -> ScenarioReport {
    let mut scenario = failed();
    scenario.name = "newsletter".into();
    scenario.slug = "newsletter".into();
    scenario.file = "scenarios/newsletter.yaml".into();
    scenario.verdict = Verdict::Passed;
    scenario.findings.clear();
    scenario.trails.clear();
    scenario.artifacts.clear();
    scenario.snapshot = SnapshotState::Written {
        path: "snapshots/newsletter.snap".into(),
        learnt: vec!["meta Lead `eid` differs from play to play: its shape is compared".into()],
    };
    scenario
}

pub fn failed() -> ScenarioReport {
    ScenarioReport {
        name: "lead form".into(),
        slug: "lead-form".into(),
        file: "scenarios/lead-form.yaml".into(),
        verdict: Verdict::Failed,
        trace: trace(),
        findings: vec![
            Finding {
                code: "snapshot-changed-hit".into(),
                severity: Severity::Error,
                message: "meta Lead has another value".into(),
                details: vec!["sent by https://shop.test/pixel.js:10:5".into()],
                help: Some("if this is right, accept it with `pixelproof review`".into()),
                vendor: Some("meta".into()),
                suppressed: None,
                step: Some(1),
                hits: vec![0],
                place: Some(Place { file: "snapshots/lead-form.snap".into(), line: 12, column: 5 }),
                difference: Some(HitDifference {
                    kind: DifferenceKind::Changed,
                    vendor: "meta".into(),
                    account: "123456".into(),
                    event: "Lead".into(),
                    params: vec![ParamDifference {
                        name: "value".into(),
                        expected: Some(json!("49.99")),
                        found: Some(json!("49,99")),
                    }],
                }),
            },
            Finding {
                code: "page-error".into(),
                severity: Severity::Info,
                message: "the page threw \u{1b}[31mTypeError".into(),
                details: vec![],
                help: None,
                vendor: None,
                suppressed: None,
                step: Some(0),
                hits: vec![],
                place: None,
                difference: None,
            },
            Finding {
                code: "dedup-no-event-id".into(),
                severity: Severity::Info,
                message: "meta Lead has no event id".into(),
                details: vec![],
                help: None,
                vendor: Some("meta".into()),
                suppressed: Some("jane@shop.test: no server events here".into()),
                step: Some(1),
                hits: vec![0],
                place: None,
                difference: None,
            },
        ],
        trails: vec![trail()],
        snapshot: SnapshotState::Different {
            path: "snapshots/lead-form.snap".into(),
            pending: Some("snapshots/lead-form.snap.new".into()),
        },
        secrets: vec!["jane@shop.test".into()],
        artifacts: vec![Artifact {
            kind: "har".into(),
            path: "out/lead-form.har".into(),
            step: None,
        }],
        attempts: 1,
        others: Vec::new(),
    }
}

fn broken() -> ScenarioReport {
    let mut scenario = failed();
    scenario.name = "checkout".into();
    scenario.slug = "checkout".into();
    scenario.file = "scenarios/checkout.yaml".into();
    scenario.verdict = Verdict::Broken;
    scenario.snapshot = SnapshotState::None;
    scenario.findings.clear();
    scenario.trails.clear();
    scenario.trace.hits.clear();
    scenario.trace.requests.truncate(1);
    scenario.trace.documents.clear();
    if let Some(step) = scenario.trace.steps.first_mut() {
        step.outcome = StepOutcome::Broken {
            message: "the site did not answer within 10 s".into(),
            details: vec!["http://shop.test/ is still loading".into()],
        };
    }
    if let Some(step) = scenario.trace.steps.get_mut(1) {
        step.outcome = StepOutcome::Skipped;
        step.duration_ms = 0.0;
    }
    scenario
}

fn skipped() -> ScenarioReport {
    let mut scenario = broken();
    scenario.name = "search".into();
    scenario.slug = "search".into();
    scenario.file = "scenarios/search.yaml".into();
    scenario.verdict = Verdict::Skipped;
    scenario.trace = Trace { started_unix_ms: START, ..Trace::default() };
    scenario.artifacts.clear();
    scenario
}

fn trace() -> Trace {
    Trace {
        started_unix_ms: START,
        duration_ms: 1234.5678,
        steps: vec![
            StepRecord {
                kind: "navigate".into(),
                label: "open the form".into(),
                started_ms: 0.0,
                duration_ms: 512.25,
                outcome: StepOutcome::Done,
                url: "https://shop.test/lead".into(),
                waited_for: vec!["GET https://shop.test/poll has no answer".into()],
            },
            StepRecord {
                kind: "click".into(),
                label: "send as jane@shop.test".into(),
                started_ms: 512.25,
                duration_ms: 722.3178,
                outcome: StepOutcome::Done,
                url: "https://shop.test/thanks".into(),
                waited_for: Vec::new(),
            },
        ],
        documents: vec![
            document("https://shop.test/lead", 40.0, 0),
            document("https://shop.test/thanks", 900.0, 1),
        ],
        calls: vec![Call {
            name: "fbq".into(),
            args: vec![json!("track"), json!("Lead"), json!({"value": "49,99", "currency": "EUR"})],
            at_ms: 600.0,
            frame: Some("F1".into()),
            frame_url: "https://shop.test/lead".into(),
            document: Some(0),
            step: Some(1),
            stack: vec![stack_frame()],
        }],
        requests: requests(),
        loads: vec![Load {
            request: RequestId(0),
            vendor: "meta".into(),
            account: None,
            version: Some("2.9.403".into()),
            status: Some(200),
        }],
        hits: vec![Hit {
            request: RequestId(2),
            index: 0,
            vendor: "meta".into(),
            account: "123456".into(),
            event: "Lead".into(),
            kind: HitKind::Event,
            params: vec![
                param("cd[value]", json!("49,99"), Some("value"), ParamClass::Business),
                param("cd[currency]", json!("EUR"), Some("currency"), ParamClass::Business),
                param("ts", json!("1795428000600"), None, ParamClass::Transport),
            ],
            step: Some(1),
            call: Some(0),
            problems: vec![],
        }],
        console: vec![ConsoleMessage {
            level: "warning".into(),
            text: "pixel is slow for jane@shop.test".into(),
            at_ms: 610.0,
            step: Some(1),
            frame_url: "https://shop.test/lead".into(),
            stack: vec![],
        }],
        page_errors: vec![PageError {
            text: "TypeError: x is not a function".into(),
            at_ms: 50.0,
            step: Some(0),
            frame_url: "https://shop.test/lead".into(),
            stack: vec![stack_frame()],
        }],
        csp_reports: vec![CspReport {
            blocked_url: "https://t.test/t.js".into(),
            directive: "script-src".into(),
            document_url: "https://shop.test/lead".into(),
            step: Some(0),
            report_only: false,
        }],
        messages: Vec::new(),
        without_steps: false,
        without_calls: false,
        // Neither may show up anywhere.
        typed: vec![Typed {
            step: Some(1),
            field: Field { name: "phone".into(), ..Field::default() },
            value: "+44 jane 7700".into(),
            frame_url: "https://shop.test/lead".into(),
        }],
        writes: vec![StorageWrite {
            kind: StorageKind::Local,
            name: "draft".into(),
            value: "jane of Main Street".into(),
            domain: "shop.test".into(),
            request: None,
            at_ms: 600.0,
            step: Some(1),
        }],
        events: vec![PageEvent {
            kind: "click".into(),
            target: "button#send".into(),
            prevented: false,
            stopped: true,
            at_ms: 590.0,
            frame_url: "https://shop.test/lead".into(),
            document: Some(0),
            step: Some(1),
        }],
        globals: vec![GlobalState {
            name: "fbq".into(),
            state: Presence::Real,
            at_ms: 120.0,
            document: Some(0),
            step: Some(0),
        }],
        held_scripts: vec![HeldScript {
            kind: "text/plain".into(),
            url: String::new(),
            names: vec!["ttq".into()],
            document: Some(0),
            step: Some(0),
        }],
    }
}

/// The second finding explained: one stage of each state.
fn trail() -> Trail {
    let stage = |name, state, evidence: &str| Stage {
        name,
        state,
        evidence: evidence.to_owned(),
        at_ms: None,
        place: None,
        step: None,
        call: None,
        request: None,
    };
    let stages = StageName::ALL.into_iter().map(|name| match name {
        StageName::Step => Stage {
            step: Some(1),
            at_ms: Some(512.25),
            ..stage(name, StageState::Ok, "step 2 `send as jane@shop.test` was done")
        },
        StageName::Form => stage(name, StageState::Unknown, "no form was sent"),
        StageName::Call => Stage {
            step: Some(1),
            at_ms: Some(600.123_456),
            place: Some(stack_frame()),
            call: Some(0),
            ..stage(name, StageState::Broken, "fbq(\"track\", \"Lead\") was called instead")
        },
        _ if name > StageName::Call => stage(name, StageState::NotReached, ""),
        _ => stage(name, StageState::Ok, "as it should be"),
    });
    Trail {
        vendor: "meta".into(),
        event: "Schedule".into(),
        account: Some("123456".into()),
        step: Some(1),
        hit: None,
        summary: "lost at the call for jane@shop.test: fbq(\"track\", \"Lead\") was called instead"
            .into(),
        stages: stages.collect(),
        findings: vec![0],
    }
}

fn requests() -> Vec<Request> {
    let base = Request {
        id: RequestId(0),
        method: "GET".into(),
        url: "https://shop.test/".into(),
        fragment: Some("top".into()),
        headers: vec![
            Header { name: "Accept".into(), value: "*/*".into() },
            Header { name: "Cookie".into(), value: "a=1; mail=jane%40shop.test".into() },
        ],
        body: None,
        resource_type: "Document".into(),
        initiator: Initiator { kind: "other".into(), ..Initiator::default() },
        frame: Some(FrameRef { id: "F1".into(), url: "about:blank".into(), parent: None }),
        target: TargetRef {
            kind: TargetKind::Page,
            id: "T1".into(),
            url: "https://shop.test/".into(),
        },
        document: None,
        step: Some(0),
        redirected_from: None,
        outcome: Outcome::Delivered,
        response: Some(Response {
            status: 302,
            status_text: "Found".into(),
            headers: vec![
                Header { name: "Location".into(), value: "/lead".into() },
                Header {
                    name: "Set-Cookie".into(),
                    value: "sid=9; Path=/; Secure; HttpOnly".into(),
                },
            ],
            mime_type: "text/html".into(),
            protocol: "h2".into(),
            remote_address: Some("127.0.0.1:443".into()),
            encoded_bytes: Some(120),
        }),
        started_ms: 1.0,
        ended_ms: Some(11.5),
    };
    let page = Request {
        id: RequestId(1),
        url: "https://shop.test/lead".into(),
        fragment: None,
        redirected_from: Some(RequestId(0)),
        response: Some(Response {
            status: 200,
            status_text: "OK".into(),
            mime_type: "text/html".into(),
            protocol: "http/1.1".into(),
            ..Response::default()
        }),
        started_ms: 12.0,
        ended_ms: Some(40.0),
        ..base.clone()
    };
    let pixel = Request {
        id: RequestId(2),
        method: "POST".into(),
        url: "https://www.facebook.com/tr/?id=123456&ev=Lead&cd%5Bvalue%5D=49%2C99&em=jane%40shop.test".into(),
        fragment: None,
        headers: vec![Header { name: "Content-Type".into(), value: "application/x-www-form-urlencoded".into() }],
        body: Some(Body::new(b"em=jane%40shop.test&ev=Lead".to_vec(), true)),
        resource_type: "Ping".into(),
        initiator: Initiator {
            kind: "script".into(),
            url: Some("https://shop.test/pixel.js".into()),
            line: Some(10),
            stack: vec![stack_frame()],
        },
        frame: Some(FrameRef { id: "F1".into(), url: "https://shop.test/lead".into(), parent: None }),
        document: Some(0),
        step: Some(1),
        redirected_from: None,
        outcome: Outcome::Stubbed,
        response: Some(Response { status: 200, mime_type: "image/gif".into(), ..Response::default() }),
        started_ms: 605.0,
        ended_ms: Some(606.0),
        ..base.clone()
    };
    let blocked = Request {
        id: RequestId(3),
        url: "https://t.test/t.js".into(),
        fragment: None,
        headers: vec![],
        resource_type: "Script".into(),
        document: Some(0),
        outcome: Outcome::Blocked("csp:script-src".into()),
        response: None,
        started_ms: 45.0,
        ended_ms: None,
        ..base.clone()
    };
    let failed = Request {
        id: RequestId(4),
        url: "https://worker.test/beacon".into(),
        fragment: None,
        resource_type: "Fetch".into(),
        frame: None,
        target: TargetRef {
            kind: TargetKind::ServiceWorker,
            id: "T2".into(),
            url: "https://shop.test/sw.js".into(),
        },
        document: None,
        step: None,
        outcome: Outcome::Failed("net::ERR_CONNECTION_REFUSED".into()),
        response: None,
        started_ms: 950.0,
        ended_ms: Some(951.0),
        ..base.clone()
    };
    vec![base, page, pixel, blocked, failed]
}

fn document(url: &str, committed_ms: f64, step: usize) -> Document {
    Document {
        frame: "F1".into(),
        url: url.into(),
        main_frame: true,
        parent: None,
        committed_ms,
        ended_ms: None,
        step: Some(step),
    }
}

fn param(
    wire: &str,
    value: serde_json::Value,
    canonical: Option<&str>,
    class: ParamClass,
) -> Param {
    Param { wire: wire.into(), value, canonical: canonical.map(str::to_owned), class }
}

fn stack_frame() -> StackFrame {
    StackFrame {
        function: "send".into(),
        url: "https://shop.test/pixel.js".into(),
        line: 10,
        column: 5,
    }
}

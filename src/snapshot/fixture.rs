//! Small traces for the tests of this layer and of those above it. Only
//! tests are built with it.

use serde_json::Value;

use crate::model::hit::{Hit, HitKind, Param, ParamClass};
use crate::model::request::{Initiator, Outcome, Request, RequestId, TargetKind, TargetRef};
use crate::model::trace::{Document, StepOutcome, StepRecord, Trace};

/// A trace of done steps with these labels and no hits.
pub fn trace(labels: &[&str]) -> Trace {
    let steps = labels.iter().map(|label| StepRecord {
        kind: "click".to_owned(),
        label: (*label).to_owned(),
        started_ms: 0.0,
        duration_ms: 1.0,
        outcome: StepOutcome::Done,
        url: String::new(),
        waited_for: Vec::new(),
    });
    Trace { steps: steps.collect(), ..Trace::default() }
}

/// The document of a step in the main frame.
pub fn document(url: &str, step: usize) -> Document {
    Document {
        frame: "F".to_owned(),
        url: url.to_owned(),
        main_frame: true,
        parent: None,
        committed_ms: 0.0,
        ended_ms: None,
        step: Some(step),
    }
}

/// A delivered hit of Meta account 123.
pub fn hit(step: usize, event: &str, params: Vec<Param>) -> Hit {
    Hit {
        request: RequestId(0),
        index: 0,
        vendor: "meta".to_owned(),
        account: "123".to_owned(),
        event: event.to_owned(),
        kind: HitKind::Event,
        params,
        step: Some(step),
        call: None,
        problems: Vec::new(),
    }
}

pub fn param(wire: &str, value: impl Into<Value>, class: ParamClass) -> Param {
    let canonical = wire.strip_prefix("cd[").and_then(|name| name.strip_suffix(']'));
    Param {
        wire: wire.to_owned(),
        value: value.into(),
        canonical: canonical.map(str::to_owned),
        class,
    }
}

pub fn business(wire: &str, value: impl Into<Value>) -> Param {
    param(wire, value, ParamClass::Business)
}

/// Adds a hit with a request of its own.
pub fn add(trace: &mut Trace, hit: Hit, outcome: Outcome) {
    let id = RequestId(trace.requests.len() as u32);
    trace.requests.push(Request {
        id,
        method: "GET".to_owned(),
        url: "https://www.facebook.com/tr/".to_owned(),
        fragment: None,
        headers: Vec::new(),
        body: None,
        resource_type: "Image".to_owned(),
        initiator: Initiator::default(),
        frame: None,
        target: TargetRef { kind: TargetKind::Page, id: String::new(), url: String::new() },
        document: None,
        step: hit.step,
        redirected_from: None,
        outcome,
        response: None,
        started_ms: 0.0,
        ended_ms: None,
    });
    trace.hits.push(Hit { request: id, ..hit });
}

/// A trace of these hits, all delivered.
pub fn played(labels: &[&str], hits: Vec<Hit>) -> Trace {
    let mut trace = trace(labels);
    for hit in hits {
        add(&mut trace, hit, Outcome::Stubbed);
    }
    trace
}

/// A shop's funnel as it should be: the values that vary come from `seed`.
pub fn funnel(port: u16, seed: u64) -> Trace {
    use ParamClass::{Environment, Identifier, Identity, Transport};
    let url =
        |path: &str| param("dl", format!("http://127.0.0.1:{port}/{path}?x=1#top"), Environment);
    let eid = |n: u64| {
        let text = format!("{:08x}-55d8-4b69-8f0c-{:012x}", seed * 7 + n, seed * 99 + n);
        param("eid", text, Identifier)
    };
    let noise = |n: u64| {
        vec![
            param("ts", (1_789_989_361_298 + seed * 1000 + n).to_string(), Transport),
            param("sw", "1280", Environment),
            param("fbp", format!("fb.1.{}.{}", 1_789_989_361_298 + seed, 55 + seed), Identifier),
            param("id", "123", Identity),
        ]
    };
    let with = |n: u64, mut params: Vec<Param>, path: &str| {
        params.extend(noise(n));
        params.push(eid(n));
        params.push(url(path));
        params
    };
    played(
        &["open the shop", "view the product", "click #buy"],
        vec![
            hit(0, "PageView", with(1, vec![], "")),
            hit(1, "PageView", with(2, vec![], "p/1")),
            hit(
                1,
                "ViewContent",
                with(3, vec![business("cd[content_ids]", vec!["A", "B"])], "p/1"),
            ),
            hit(
                2,
                "Purchase",
                with(
                    4,
                    vec![
                        business("cd[value]", "49.99"),
                        business("cd[currency]", "EUR"),
                        business("cd[order_id]", format!("purchase-{}", 1000 + seed)),
                    ],
                    "thanks",
                ),
            ),
        ],
    )
}

//! Requests that a person labelled, through the `decode` command's own code:
//! every line must come out as the label says.
//!
//! A label gives a canonical name, the wire name and the value; numbers are
//! compared as text, and objects may hold more than their label names.

use std::fmt::Write as _;

use base64::Engine as _;
use pixelproof::cli::decode;
use pixelproof::model::vendor::WireRequest;
use pixelproof::vendors::Registry;
use proptest::prelude::*;
use serde_json::Value;

const LABELLED: &str = include_str!("fixtures/decode/labelled.jsonl");

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn fits(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::Array(expected), Value::Array(found)) => {
            expected.len() == found.len()
                && expected.iter().zip(found).all(|(expected, found)| fits(expected, found))
        }
        (Value::Object(expected), Value::Object(found)) => expected
            .iter()
            .all(|(name, value)| found.get(name).is_some_and(|found| fits(value, found))),
        _ => text(expected) == text(found),
    }
}

fn problems_of(expected: &Value, found: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let kind = match expected["kind"].as_str() {
        Some("negative") => "none",
        Some(kind) => kind,
        None => "",
    };
    if found["kind"] != kind {
        problems.push(format!("kind is {}, expected {kind}", found["kind"]));
    }
    if found["vendor"] != expected["vendor"] {
        problems.push(format!("vendor is {}", found["vendor"]));
    }
    if expected["accounts"].is_array() && found["accounts"] != expected["accounts"] {
        problems.push(format!("accounts are {}", found["accounts"]));
    }
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (wanted, events) = (list(&expected["events"]), list(&found["events"]));
    if wanted.len() != events.len() {
        problems.push(format!("{} events, expected {}", events.len(), wanted.len()));
    }
    for (wanted, event) in wanted.iter().zip(&events) {
        if event["name"] != wanted["name"] {
            problems.push(format!("event is {}", event["name"]));
        }
        for param in list(&wanted["params"]) {
            let (name, wire) = (text(&param["name"]), text(&param["wire"]));
            for found in [&event["params"]["canonical"][&name], &event["params"][&wire]] {
                if !fits(&param["value"], found) {
                    problems.push(format!("{name} ({wire}) is {found}, not {}", param["value"]));
                }
            }
        }
    }
    problems
}

#[test]
fn every_labelled_request_is_read_as_labelled() {
    let mut output = Vec::new();
    decode::run(LABELLED.as_bytes(), &mut output, &Registry::default()).unwrap();
    let output = String::from_utf8(output).unwrap();
    assert_eq!(output.lines().count(), LABELLED.lines().count());
    let mut wrong = String::new();
    for (label, found) in LABELLED.lines().zip(output.lines()) {
        let label: Value = serde_json::from_str(label).unwrap();
        let found: Value = serde_json::from_str(found).unwrap();
        assert_eq!(label["id"], found["id"]);
        for problem in problems_of(&label["expected"], &found) {
            writeln!(wrong, "{}: {problem}", label["id"]).unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Negatives that are kept from their vendor all the same: a tracker's bare
/// address carries no event in its URL, but a POST to it may.
const BARE_TRACKERS: &[&str] =
    &["https://stats.shop.example/matomo.php", "https://api.segment.io/v1/t"];

/// What no label should be: an event read from a request that has none.
#[test]
fn no_negative_is_an_endpoint() {
    let registry = Registry::default();
    let (mut seen, mut wrong) = (0, Vec::new());
    for label in LABELLED.lines() {
        let label: Value = serde_json::from_str(label).unwrap();
        let url = label["url"].as_str().unwrap();
        let negative = label["expected"]["kind"] == "negative";
        let passes = negative && !BARE_TRACKERS.contains(&url);
        let body = label["body"].as_str().unwrap_or_default();
        let body = base64::engine::general_purpose::STANDARD.decode(body).unwrap();
        let request = WireRequest {
            url,
            method: label["method"].as_str().unwrap(),
            body: &body,
            content_type: label["content_type"].as_str(),
            content_encoding: label["content_encoding"].as_str(),
            headers: &[],
        };
        if registry.pixel(&request).is_none() != passes {
            wrong.push(format!("{url} {}", label["expected"]["note"]));
        }
        seen += usize::from(negative);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(seen, 43);
}

proptest! {
    /// Damaged copies of real requests, and any line at all: an answer each,
    /// never a panic.
    #[test]
    fn hostile_input_is_answered(
        at in 0..LABELLED.lines().count(),
        cut in any::<prop::sample::Index>(),
        noise in prop::collection::vec(any::<u8>(), 0..40),
        line in "\\PC*",
    ) {
        let engine = base64::engine::general_purpose::STANDARD;
        let mut label: Value = serde_json::from_str(LABELLED.lines().nth(at).unwrap()).unwrap();
        let mut body = engine.decode(label["body"].as_str().unwrap_or_default()).unwrap();
        body.splice(cut.index(body.len() + 1).., noise.iter().copied());
        label["body"] = engine.encode(&body).into();
        let mut url = label["url"].as_str().unwrap().to_owned();
        let end = (0..=cut.index(url.len() + 1)).rev().find(|end| url.is_char_boundary(*end));
        url.truncate(end.unwrap());
        url.push_str(&line);
        let mut input = label.to_string();
        label["url"] = url.into();
        writeln!(input, "\n{label}\nx{}", line.replace('\n', "")).unwrap();
        let mut output = Vec::new();
        decode::run(input.as_bytes(), &mut output, &Registry::default()).unwrap();
        prop_assert_eq!(output.split(|byte| *byte == b'\n').count() - 1, 3);
    }
}

#[test]
fn a_body_of_many_lines_is_cut_and_told() {
    let engine = base64::engine::general_purpose::STANDARD;
    let answer = |body: &str| -> Value {
        let line = serde_json::json!({
            "url": format!("https://www.google-analytics.com/g/collect?v=2&tid=G-1&x={}", "x".repeat(50_000)),
            "method": "POST",
            "body": engine.encode(body),
        });
        let mut output = Vec::new();
        decode::run(line.to_string().as_bytes(), &mut output, &Registry::default()).unwrap();
        serde_json::from_slice(&output).unwrap()
    };
    let many = answer(&"en=a\n".repeat(100_000));
    let events = many["events"].as_array().unwrap().len();
    assert!((100..=2_000).contains(&events), "{events}");
    assert_eq!(many["problems"][0], format!("only the first {events} events are read"));
    let nameless = answer(&"x\n".repeat(100_000));
    assert_eq!(nameless["problems"], serde_json::json!(["no event name in `en`"]));
}

//! The run as JSON, for other tools: a stable interface with a `schema`
//! number, described in docs/report-json.md and docs/report.schema.json.
//!
//! Keys stand in a fixed order and numbers are rounded, so that two reports
//! can be compared as text. Request and response bodies and headers are not
//! in it: those are in the HAR file.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Value, json};

use crate::model::call::Call;
use crate::model::finding::Finding;
use crate::model::hit::Hit;
use crate::model::request::Request;
use crate::model::run::{RunReport, ScenarioReport, Verdict};
use crate::model::trace::Trace;
use crate::model::trail::Trail;
use crate::report::Reporter;
use crate::report::mask::Mask;
use crate::vendors::frame::consent::{ConsentSignal, signals};

pub static REPORTER: Reporter = Reporter {
    name: "json",
    extension: "json",
    docs: "the whole run for other tools: steps, calls, requests, hits, findings, verdicts",
    write: |run, _, out| json_report(run, out),
};

/// Raised when a reader of the former shape would go wrong; added keys do not
/// count.
pub const SCHEMA: u32 = 1;

fn json_report(run: &RunReport, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Report(run))?;
    out.write_all(b"\n")
}

/// The report, of which one scenario at a time is a tree in memory.
struct Report<'a>(&'a RunReport);

impl Serialize for Report<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let run = self.0;
        let everywhere = Mask::new(run.scenarios.iter().flat_map(|scenario| &scenario.secrets));
        let head = everywhere.json(head(run));
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in head.as_object().into_iter().flatten() {
            map.serialize_entry(key, value)?;
        }
        map.serialize_entry("scenarios", &Scenarios(run, &everywhere))?;
        map.end()
    }
}

struct Scenarios<'a>(&'a RunReport, &'a Mask);

impl Serialize for Scenarios<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(run, mask) = self;
        serializer.collect_seq(run.wholes().map(|it| mask.json(scenario_value(&it))))
    }
}

/// All but the scenarios; not masked.
fn head(run: &RunReport) -> Value {
    let count =
        |verdict| run.scenarios.iter().filter(|scenario| scenario.verdict == verdict).count();
    json!({
        "schema": SCHEMA,
        "generator": {"name": "pixelproof", "version": run.version},
        "started": timestamp(run.started_unix_ms, 0.0),
        "duration_ms": milliseconds(run.duration_ms),
        "browser": run.browser,
        "complete": run.complete,
        "exit_code": run.exit_code(),
        "summary": {
            "scenarios": run.scenarios.len(),
            "passed": count(Verdict::Passed),
            "failed": count(Verdict::Failed),
            "broken": count(Verdict::Broken),
            "skipped": count(Verdict::Skipped),
            "flaky": run.scenarios.iter().filter(|scenario| scenario.is_flaky()).count(),
            "requests": run.scenarios.iter().map(|scenario| scenario.trace.requests.len()).sum::<usize>(),
            "hits": run.scenarios.iter().map(|scenario| scenario.trace.hits.len()).sum::<usize>(),
        },
        "findings": findings(&run.findings),
    })
}

/// One scenario; not masked.
pub fn scenario_value(scenario: &ScenarioReport) -> Value {
    let trace = &scenario.trace;
    json!({
        "name": scenario.name,
        "slug": scenario.slug,
        "file": scenario.file,
        "verdict": scenario.verdict,
        "flaky": scenario.is_flaky(),
        "attempts": scenario.attempts,
        "started": timestamp(trace.started_unix_ms, 0.0),
        "duration_ms": milliseconds(trace.duration_ms),
        "snapshot": scenario.snapshot,
        "findings": findings(&scenario.findings),
        "without_steps": trace.without_steps,
        "trails": trails(&scenario.trails),
        "steps": rounded(&trace.steps),
        "hits": trace.hits.iter().map(|hit| hit_value(trace, hit)).collect::<Vec<_>>(),
        "loads": trace.loads,
        "calls": calls(&trace.calls),
        "requests": trace.requests.iter().map(request_value).collect::<Vec<_>>(),
        "documents": rounded(&trace.documents),
        "console": rounded(&trace.console),
        "page_errors": rounded(&trace.page_errors),
        "csp_reports": rounded(&trace.csp_reports),
        "events": rounded(&trace.events),
        "globals": rounded(&trace.globals),
        "held_scripts": trace.held_scripts,
        "artifacts": scenario.artifacts,
        "others": scenario.others.iter().map(scenario_value).collect::<Vec<_>>(),
    })
}

/// Optional keys that the model leaves out are written as null or empty, so
/// that readers need no second way.
pub fn findings(findings: &[Finding]) -> Vec<Value> {
    findings
        .iter()
        .map(|finding| {
            json!({
                "code": finding.code,
                "severity": finding.severity,
                "message": finding.message,
                "details": finding.details,
                "help": finding.help,
                "vendor": finding.vendor,
                "suppressed": finding.suppressed,
                "step": finding.step,
                "hits": finding.hits,
                "place": finding.place,
                "difference": finding.difference,
            })
        })
        .collect()
}

/// What the hit says about consent, in words.
fn consent(hit: &Hit) -> Vec<ConsentSignal> {
    signals(hit.params.iter().filter_map(|param| Some((&*param.wire, param.value.as_str()?))))
}

fn hit_value(trace: &Trace, hit: &Hit) -> Value {
    let request = trace.requests.iter().find(|request| request.id == hit.request);
    json!({
        "request": hit.request,
        "index": hit.index,
        "vendor": hit.vendor,
        "account": hit.account,
        "event": hit.event,
        "kind": hit.kind,
        "step": hit.step,
        "call": hit.call,
        "outcome": request.map(|request| request.outcome.as_text()),
        "params": hit.params,
        "consent": consent(hit),
        "problems": hit.problems,
    })
}

fn calls(calls: &[Call]) -> Value {
    rounded(calls)
}

fn request_value(request: &Request) -> Value {
    json!({
        "id": request.id,
        "method": request.method,
        "url": request.url,
        "resource_type": request.resource_type,
        "target": request.target.kind,
        "frame_url": request.frame.as_ref().map(|frame| &frame.url),
        "document": request.document,
        "step": request.step,
        "redirected_from": request.redirected_from,
        "outcome": request.outcome.as_text(),
        "status": request.response.as_ref().map_or(0, |response| response.status),
        "body_bytes": request.body.as_ref().map(|body| body.size),
        "started_ms": milliseconds(request.started_ms),
        "ended_ms": request.ended_ms.map(milliseconds),
    })
}

/// Trails, whose stages have times.
fn trails(trails: &[Trail]) -> Vec<Value> {
    trails
        .iter()
        .map(|trail| {
            json!({
                "vendor": trail.vendor,
                "event": trail.event,
                "account": trail.account,
                "step": trail.step,
                "hit": trail.hit,
                "summary": trail.summary,
                "stages": rounded(&trail.stages),
                "findings": trail.findings,
            })
        })
        .collect()
}

/// A list of model values whose keys that end in `_ms` are rounded.
fn rounded<T: Serialize>(items: &[T]) -> Value {
    let mut value = serde_json::to_value(items).unwrap_or_default();
    for item in value.as_array_mut().into_iter().flatten() {
        for (key, number) in item.as_object_mut().into_iter().flatten() {
            if key.ends_with("_ms")
                && let Some(ms) = number.as_f64()
            {
                *number = json!(milliseconds(ms));
            }
        }
    }
    value
}

/// Rounded to microseconds; what is no number becomes 0.
pub fn milliseconds(ms: f64) -> f64 {
    if ms.is_finite() { (ms * 1000.0).round() / 1000.0 } else { 0.0 }
}

/// RFC 3339 in UTC with milliseconds: `2026-11-23T10:00:00.000Z`.
pub fn timestamp(started_unix_ms: i64, at_ms: f64) -> String {
    let offset = if at_ms.is_finite() { at_ms.round() as i64 } else { 0 };
    let moment =
        Timestamp::from_millisecond(started_unix_ms.saturating_add(offset)).unwrap_or_default();
    format!("{moment:.3}")
}

#[cfg(test)]
mod tests {
    use crate::report::{ReportOptions, sample};

    use super::*;

    fn bytes(run: &RunReport) -> Vec<u8> {
        REPORTER.bytes(run, &ReportOptions::default())
    }

    #[test]
    fn whole_report() {
        insta::assert_snapshot!(String::from_utf8(bytes(&sample::run())).unwrap());
    }

    #[test]
    fn matches_its_published_schema() {
        let schema: Value =
            serde_json::from_str(include_str!("../../docs/report.schema.json")).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let mut empty = sample::run();
        empty.scenarios.clear();
        for run in [sample::run(), empty] {
            let report: Value = serde_json::from_slice(&bytes(&run)).unwrap();
            let errors: Vec<String> = validator
                .iter_errors(&report)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{errors:#?}");
        }
        assert!(!validator.is_valid(&json!({"schema": 2})));
    }

    #[test]
    fn no_secret_is_left() {
        let text = String::from_utf8(bytes(&sample::run())).unwrap();
        assert!(!text.contains("jane"), "{text}");
    }

    #[test]
    fn moments_are_rfc_3339() {
        assert_eq!(timestamp(1_795_428_000_000, 12.4), "2026-11-23T10:00:00.012Z");
        assert_eq!(timestamp(i64::MAX, f64::NAN), "1970-01-01T00:00:00.000Z");
    }
}

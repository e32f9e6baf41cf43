//! SARIF 2.1.0, for code scanning: findings with their place in the scenario
//! or the snapshot file.
//!
//! Specification: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/>. What was
//! captured is not in it: a result says what is wrong with a file that can be
//! looked at.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value, json};

use crate::checks::CHECKS;
use crate::model::finding::Severity;
use crate::model::run::RunReport;
use crate::report::Reporter;
use crate::report::json::timestamp;
use crate::report::told::{Told, Voice};

pub static REPORTER: Reporter = Reporter {
    name: "sarif",
    extension: "sarif",
    docs: "SARIF 2.1.0 for code scanning: findings at their place in scenarios and snapshots",
    write: |run, _, out| out.write_all(&sarif(run)),
};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What a path may not hold in an address.
const IN_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

fn sarif(run: &RunReport) -> Vec<u8> {
    let told = Voice::new(run).tell_all(run);
    let mut rules: BTreeMap<&str, Value> = BTreeMap::new();
    for told in &told {
        rules.entry(&told.code).or_insert_with(|| rule(&told.code));
    }
    let codes: Vec<&str> = rules.keys().copied().collect();
    let results: Vec<Value> = told.iter().map(|told| result(told, &codes)).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "pixelproof",
                "version": run.version,
                "semanticVersion": run.version,
                "rules": rules.into_values().collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": run.exit_code() != 3,
                "exitCode": run.exit_code(),
                "startTimeUtc": timestamp(run.started_unix_ms, 0.0),
                "endTimeUtc": timestamp(run.started_unix_ms, run.duration_ms),
            }],
            "results": results,
        }],
    });
    let mut bytes = serde_json::to_vec_pretty(&log).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn rule(code: &str) -> Value {
    let mut rule = Map::new();
    rule.insert("id".into(), json!(code));
    let check = CHECKS
        .iter()
        .filter(|check| code == check.code || code.starts_with(&format!("{}-", check.code)))
        .max_by_key(|check| check.code.len());
    if let Some(check) = check {
        rule.insert("shortDescription".into(), json!({"text": check.summary}));
        rule.insert("help".into(), json!({"text": check.docs}));
    }
    Value::Object(rule)
}

fn result(told: &Told, codes: &[&str]) -> Value {
    let mut result = Map::new();
    result.insert("ruleId".into(), json!(told.code));
    if let Ok(index) = codes.binary_search(&told.code.as_str()) {
        result.insert("ruleIndex".into(), json!(index));
    }
    let level = match told.severity {
        Severity::Info => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    result.insert("level".into(), json!(level));
    result.insert("message".into(), json!({"text": told.text()}));
    if let Some(place) = &told.place {
        let location = json!({"physicalLocation": {
            "artifactLocation": {"uri": address(&place.file)},
            "region": {"startLine": place.line.max(1), "startColumn": place.column.max(1)},
        }});
        result.insert("locations".into(), json!([location]));
    }
    result.insert("partialFingerprints".into(), json!({"pixelproof/v1": told.fingerprint}));
    if let Some(reason) = &told.suppressed {
        let suppression = json!([{"kind": "external", "justification": reason}]);
        result.insert("suppressions".into(), suppression);
    }
    if let Some(scenario) = told.scenario {
        let properties = json!({"scenario": scenario.slug, "verdict": scenario.verdict});
        result.insert("properties".into(), properties);
    }
    Value::Object(result)
}

/// A path of the project as a relative reference, any other as `file:` URL.
fn address(path: &str) -> String {
    let encoded = utf8_percent_encode(path, IN_PATH).to_string();
    let has_drive = path.as_bytes().get(1) == Some(&b':');
    if has_drive {
        format!("file:///{encoded}")
    } else if path.starts_with('/') {
        format!("file://{encoded}")
    } else {
        encoded
    }
}

#[cfg(test)]
mod tests {
    use crate::report::sample;

    use super::*;

    #[test]
    fn whole_report() {
        let text = String::from_utf8(sarif(&sample::run())).unwrap();
        insta::assert_snapshot!(text);
        assert!(!text.contains("jane"));
    }

    #[test]
    fn holds_what_the_specification_demands() {
        let schema: Value =
            serde_json::from_str(include_str!("../../tests/fixtures/report/sarif.schema.json"))
                .unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let mut empty = sample::run();
        empty.scenarios.clear();
        empty.findings.clear();
        for run in [sample::run(), empty] {
            let log: Value = serde_json::from_slice(&sarif(&run)).unwrap();
            let errors: Vec<String> = validator
                .iter_errors(&log)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{errors:#?}");
        }
        assert!(!validator.is_valid(&json!({"version": "2.1.0", "runs": [{}]})));
    }

    #[test]
    fn every_result_names_its_rule() {
        let log: Value = serde_json::from_slice(&sarif(&sample::run())).unwrap();
        let run = &log["runs"][0];
        for result in run["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        }
    }

    #[test]
    fn paths_become_addresses() {
        for (path, expected) in [
            ("scenarios/a b#1.yaml", "scenarios/a%20b%231.yaml"),
            ("/srv/ä.yaml", "file:///srv/%C3%A4.yaml"),
            ("C:/shop/a.yaml", "file:///C:/shop/a.yaml"),
        ] {
            assert_eq!(address(path), expected);
        }
    }
}

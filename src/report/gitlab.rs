//! GitLab's code quality report: findings beside the changed lines of a merge
//! request.
//!
//! Format: <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>.

use serde_json::{Value, json};

use crate::model::finding::{Place, Severity};
use crate::model::run::RunReport;
use crate::report::Reporter;
use crate::report::told::{Told, Voice};

pub static REPORTER: Reporter = Reporter {
    name: "gitlab",
    extension: "json",
    docs: "GitLab code quality JSON, for `artifacts: reports: codequality`",
    write: |run, _, out| out.write_all(&code_quality(run)),
};

fn code_quality(run: &RunReport) -> Vec<u8> {
    let told = Voice::new(run).tell(run);
    let issues: Vec<Value> = told.iter().map(issue).collect();
    let mut bytes = serde_json::to_vec_pretty(&issues).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn issue(told: &Told) -> Value {
    let severity = match told.severity {
        Severity::Info => "info",
        Severity::Warning => "minor",
        Severity::Error => "major",
    };
    // A path is demanded; what the run itself has to say belongs to the
    // project's configuration.
    let (path, line) = match &told.place {
        Some(Place { file, line, .. }) => (file.as_str(), *line),
        None => ("pixelproof.toml", 1),
    };
    let subject = told.scenario.map_or(String::new(), |scenario| format!("{}: ", scenario.slug));
    json!({
        "description": format!("{subject}{}", told.message),
        "check_name": told.code,
        "content": {"body": told.text()},
        "fingerprint": told.fingerprint,
        "severity": severity,
        "location": {"path": path, "lines": {"begin": line.max(1)}},
    })
}

#[cfg(test)]
mod tests {
    use crate::report::sample;

    use super::*;

    #[test]
    fn whole_report() {
        let text = String::from_utf8(code_quality(&sample::run())).unwrap();
        insta::assert_snapshot!(text);
        assert!(!text.contains("jane"));
    }

    #[test]
    fn holds_what_gitlab_demands() {
        let schema = json!({
            "type": "array",
            "items": {
                "type": "object",
                "required": ["description", "check_name", "fingerprint", "severity", "location"],
                "properties": {
                    "description": {"type": "string", "minLength": 1},
                    "check_name": {"type": "string", "minLength": 1},
                    "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
                    "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
                    "location": {
                        "type": "object",
                        "required": ["path", "lines"],
                        "properties": {
                            "path": {"type": "string", "pattern": "^[^./]"},
                            "lines": {
                                "type": "object",
                                "required": ["begin"],
                                "properties": {"begin": {"type": "integer", "minimum": 1}},
                            },
                        },
                    },
                },
            },
        });
        let validator = jsonschema::validator_for(&schema).unwrap();
        let issues: Value = serde_json::from_slice(&code_quality(&sample::run())).unwrap();
        assert!(validator.is_valid(&issues), "{issues:#}");
        assert_eq!(issues.as_array().unwrap().len(), 4);
    }
}

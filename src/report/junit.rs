//! JUnit XML, as CI systems read it: a test case a scenario. A `failure` says
//! that the site is wrong, an `error` that the run went wrong.
//!
//! Shape: <https://github.com/testmoapp/junitxml>. A case has at most one
//! `failure` and one `system-out`, because parsers in the wild understand no
//! more. Escape sequences and characters that XML forbids are dropped.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::model::finding::Severity;
use crate::model::run::{RunReport, ScenarioReport, Verdict};
use crate::report::Reporter;
use crate::report::json::timestamp;
use crate::report::told::{Told, Voice};

pub static REPORTER: Reporter = Reporter {
    name: "junit",
    extension: "xml",
    docs: "JUnit XML for CI systems: a case a scenario, failure = site wrong, error = run broken",
    write: |run, _, out| out.write_all(&junit(run)),
};

fn junit(run: &RunReport) -> Vec<u8> {
    let voice = Voice::new(run);
    let told = voice.tell(run);
    let mut suite = TestSuite::new("pixelproof");
    suite.set_time(time(run.duration_ms));
    // The crate's own field would want a second library for dates.
    suite.extra.insert("timestamp".into(), timestamp(run.started_unix_ms, 0.0).into());
    for scenario in &run.scenarios {
        let own: Vec<&Told> = told.iter().filter(|told| told.is_of(scenario)).collect();
        suite.add_test_case(case(scenario, &own, &voice));
    }
    if let Some(case) = run_case(run, &told) {
        suite.add_test_case(case);
    }
    let mut report = Report::new("pixelproof");
    report.set_time(time(run.duration_ms));
    report.add_test_suite(suite);
    let text = report.to_string().unwrap_or_default();
    // The schema knows `skipped` of suites and not of their root, where the
    // crate writes it as well.
    let (root, suites) = text.split_at(text.find("<testsuite ").unwrap_or(text.len()));
    let skipped = format!(" skipped=\"{}\"", report.skipped);
    (root.replacen(&skipped, "", 1) + suites).into_bytes()
}

fn case(scenario: &ScenarioReport, told: &[&Told], voice: &Voice) -> TestCase {
    let errors: Vec<&Told> =
        told.iter().copied().filter(|told| told.severity == Severity::Error).collect();
    let status = match scenario.verdict {
        Verdict::Passed => TestCaseStatus::success(),
        Verdict::Failed => non_success(NonSuccessKind::Failure, &errors),
        Verdict::Broken => non_success(NonSuccessKind::Error, &errors),
        Verdict::Skipped => {
            let mut status = TestCaseStatus::skipped();
            status.set_message("not played to its end");
            status
        }
    };
    let mut case = TestCase::new(voice.say(&scenario.name), status);
    case.set_classname(voice.say(&scenario.file));
    case.set_time(time(scenario.trace.duration_ms));
    let mut lines = vec![voice.size(scenario)];
    lines.extend(
        told.iter()
            .filter(|told| told.severity == Severity::Warning)
            .map(|told| format!("warning[{}]: {}", told.code, told.text())),
    );
    case.set_system_out(lines.join("\n"));
    case
}

/// All errors in one element: the first is its message.
fn non_success(kind: NonSuccessKind, errors: &[&Told]) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    if let Some(first) = errors.first() {
        let more = if errors.len() > 1 {
            format!(" (and {} more)", errors.len() - 1)
        } else {
            String::new()
        };
        status.set_message(format!("{}{more}", first.message)).set_type(first.code.as_str());
        let texts: Vec<String> = errors
            .iter()
            .map(|told| {
                let place = told.place.as_ref().map_or_else(String::new, |place| {
                    format!("\nat {}:{}:{}", place.file, place.line, place.column)
                });
                format!("error[{}]: {}{place}", told.code, told.text())
            })
            .collect();
        status.set_description(texts.join("\n\n"));
    }
    status
}

/// A case for the run itself, where it went wrong outside of every scenario.
fn run_case(run: &RunReport, told: &[Told]) -> Option<TestCase> {
    let errors: Vec<&Told> = told
        .iter()
        .filter(|told| told.scenario.is_none() && told.severity == Severity::Error)
        .collect();
    if errors.is_empty() && run.complete {
        return None;
    }
    let mut status = non_success(NonSuccessKind::Error, &errors);
    if errors.is_empty() {
        status
            .set_message("the run ended before every scenario had; this report is incomplete")
            .set_type("incomplete");
    }
    let mut case = TestCase::new("the run itself", status);
    case.set_classname("pixelproof").set_time(Duration::ZERO);
    Some(case)
}

fn time(ms: f64) -> Duration {
    Duration::try_from_secs_f64(ms / 1000.0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use quick_xml::Reader;
    use quick_xml::events::Event;

    use crate::report::sample;

    use super::*;

    fn text(run: &RunReport) -> String {
        String::from_utf8(junit(run)).unwrap()
    }

    #[test]
    fn whole_report() {
        insta::assert_snapshot!(text(&sample::run()));
    }

    #[test]
    fn parses_and_counts_right() {
        let mut run = sample::run();
        run.complete = false;
        run.scenarios[1].name = "\u{1b}[31ma\u{0}b\u{fffe} <&\"]]>".into();
        let report = Report::deserialize_from_str(&text(&run)).unwrap();
        assert_eq!((report.tests, report.failures, report.errors), (5, 1, 2));
        let suite = &report.test_suites[0];
        assert_eq!((suite.tests, suite.skipped), (5, 1));
        assert_eq!(suite.test_cases[1].name.as_str(), "ab <&\"]]>");
        for case in &suite.test_cases {
            assert!(case.classname.is_some() && case.time.is_some(), "{}", case.name.as_str());
        }
    }

    #[test]
    fn an_empty_run_is_a_report_too() {
        let mut run = sample::run();
        run.scenarios.clear();
        run.findings.clear();
        run.duration_ms = f64::NAN;
        let report = Report::deserialize_from_str(&text(&run)).unwrap();
        assert_eq!((report.tests, report.failures, report.errors), (0, 0, 0));
    }

    /// Elements with the attributes and the elements in them that the schema
    /// of Jenkins' xUnit plugin allows, `junit-10.xsd` in
    /// <https://github.com/jenkinsci/xunit-plugin>; others take less strictly.
    const SCHEMA: [(&str, &[&str], &[&str]); 7] = [
        ("testsuites", &["name", "time", "tests", "failures", "errors"], &["testsuite"]),
        (
            "testsuite",
            &["name", "tests", "failures", "errors", "time", "skipped", "timestamp"],
            &["testcase"],
        ),
        (
            "testcase",
            &["name", "time", "classname"],
            &["skipped", "error", "failure", "system-out"],
        ),
        ("failure", &["type", "message"], &[]),
        ("error", &["type", "message"], &[]),
        ("skipped", &["type", "message"], &[]),
        ("system-out", &[], &[]),
    ];

    #[test]
    fn keeps_to_the_schema() {
        let mut incomplete = sample::run();
        incomplete.complete = false;
        incomplete.scenarios[0].name = "a \"b\" <testsuite skipped=\"1\">".into();
        let mut empty = sample::run();
        empty.scenarios.clear();
        for run in [sample::run(), incomplete, empty] {
            let text = text(&run);
            let mut reader = Reader::from_str(&text);
            let mut open: Vec<String> = Vec::new();
            loop {
                let (start, ends) = match reader.read_event().unwrap() {
                    Event::Start(start) => (start, false),
                    Event::Empty(start) => (start, true),
                    Event::End(_) => {
                        open.pop();
                        continue;
                    }
                    Event::Eof => break,
                    _ => continue,
                };
                let name = String::from_utf8(start.name().as_ref().to_vec()).unwrap();
                let rule = |name: &str| SCHEMA.iter().find(|(known, ..)| *known == name).unwrap();
                let (_, attributes, _) = rule(&name);
                for attribute in start.attributes() {
                    let key = String::from_utf8(attribute.unwrap().key.as_ref().to_vec()).unwrap();
                    assert!(attributes.contains(&&*key), "{name} {key}");
                }
                let fits = open
                    .last()
                    .map_or(name == "testsuites", |outer| rule(outer).2.contains(&&*name));
                assert!(fits, "{name} in {open:?}");
                if !ends {
                    open.push(name);
                }
            }
            assert!(open.is_empty());
        }
    }

    #[test]
    fn masks_secrets() {
        assert!(!text(&sample::run()).contains("jane"));
    }
}

//! OpenMetrics text for Prometheus, through a textfile collector or a push
//! gateway: verdicts, findings, hits, requests and durations of one run.
//!
//! Specification: <https://prometheus.io/docs/specs/om/open_metrics_spec/>.
//! All are gauges, because a run counts from zero. A page chooses the names
//! of its events, so that their number is bounded.

use std::collections::BTreeMap;

use crate::model::run::RunReport;
use crate::report::Reporter;
use crate::report::told::{VERDICTS, Voice, word};

pub static REPORTER: Reporter = Reporter {
    name: "openmetrics",
    extension: "prom",
    docs: "OpenMetrics text for Prometheus: verdicts, findings, hits and durations",
    write: |run, _, out| out.write_all(openmetrics(run).as_bytes()),
};

/// Most series of one family; the rest is summed up as `other`.
const MOST_SERIES: usize = 2_000;

fn openmetrics(run: &RunReport) -> String {
    let voice = Voice::new(run);
    let mut text = String::new();
    text.push_str("# TYPE pixelproof_build info\n# HELP pixelproof_build What made the run.\n");
    let build = labels(&[("version", &run.version), ("browser", &run.browser)]);
    text.push_str(&format!("pixelproof_build_info{build} 1\n"));
    let mut gauge = |name: &str, help: &str, samples: Vec<(String, String)>| {
        text.push_str(&format!("# TYPE {name} gauge\n"));
        if name.ends_with("_seconds") {
            text.push_str(&format!("# UNIT {name} seconds\n"));
        }
        text.push_str(&format!("# HELP {name} {help}\n"));
        for (labels, value) in samples {
            text.push_str(&format!("{name}{labels} {value}\n"));
        }
    };
    let alone = |value: String| vec![(String::new(), value)];
    gauge(
        "pixelproof_run_complete",
        "1 unless the run was interrupted.",
        alone(u8::from(run.complete).to_string()),
    );
    gauge(
        "pixelproof_run_exit_code",
        "0 passed, 1 failed, 3 broken.",
        alone(run.exit_code().to_string()),
    );
    gauge(
        "pixelproof_run_start_timestamp_seconds",
        "When the run began.",
        alone(seconds(run.started_unix_ms as f64)),
    );
    gauge(
        "pixelproof_run_duration_seconds",
        "How long the run took.",
        alone(seconds(run.duration_ms)),
    );

    let mut verdicts = Counts::default();
    let mut by_scenario = Vec::new();
    let mut durations = Vec::new();
    let mut hits = Counts::default();
    let mut requests = Counts::default();
    for verdict in VERDICTS {
        let scenarios = run.scenarios.iter();
        let number = scenarios.filter(|scenario| scenario.verdict_text() == verdict).count();
        verdicts.add(&[("verdict", verdict)], number);
    }
    for scenario in &run.scenarios {
        let name = ("scenario", scenario.slug.as_str());
        let verdict = [name, ("verdict", scenario.verdict_text())];
        by_scenario.push((labels(&verdict), "1".to_owned()));
        durations.push((labels(&[name]), seconds(scenario.trace.duration_ms)));
        for hit in &scenario.trace.hits {
            let (vendor, event) = (voice.say(&hit.vendor), voice.say(&hit.event));
            hits.add(
                &[name, ("vendor", &vendor), ("event", &event), ("kind", hit.kind.as_text())],
                1,
            );
        }
        for request in &scenario.trace.requests {
            let outcome = request.outcome.as_text();
            let outcome = outcome.split(':').next().unwrap_or_default();
            requests.add(&[name, ("outcome", outcome)], 1);
        }
    }
    let mut findings = Counts::default();
    for told in voice.tell(run) {
        let scenario = told.scenario.map_or("", |scenario| scenario.slug.as_str());
        findings.add(
            &[("scenario", scenario), ("code", &told.code), ("severity", word(told.severity))],
            1,
        );
    }
    gauge("pixelproof_scenarios", "Scenarios by verdict.", verdicts.samples());
    gauge("pixelproof_scenario_verdict", "1 for the verdict of a scenario.", by_scenario);
    gauge("pixelproof_scenario_duration_seconds", "How long a scenario took.", durations);
    gauge("pixelproof_findings", "Findings by code and severity.", findings.samples());
    gauge("pixelproof_hits", "Pixel hits by vendor and event.", hits.samples());
    gauge("pixelproof_requests", "Requests by what became of them.", requests.samples());
    text.push_str("# EOF\n");
    text
}

/// Numbers by labels.
#[derive(Default)]
struct Counts(BTreeMap<String, usize>);

impl Counts {
    fn add(&mut self, pairs: &[(&str, &str)], number: usize) {
        let mut key = labels(pairs);
        if self.0.len() >= MOST_SERIES && !self.0.contains_key(&key) {
            let other: Vec<(&str, &str)> = pairs.iter().map(|(name, _)| (*name, "other")).collect();
            key = labels(&other);
        }
        *self.0.entry(key).or_default() += number;
    }

    fn samples(self) -> Vec<(String, String)> {
        self.0.into_iter().map(|(labels, number)| (labels, number.to_string())).collect()
    }
}

fn labels(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            format!("{name}=\"{value}\"")
        })
        .collect();
    format!("{{{}}}", pairs.join(","))
}

fn seconds(ms: f64) -> String {
    if ms.is_finite() { format!("{:.3}", ms / 1000.0) } else { "NaN".to_owned() }
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use crate::report::sample;

    use super::*;

    #[test]
    fn whole_report() {
        let text = openmetrics(&sample::run());
        assert!(!text.contains("jane"));
        insta::assert_snapshot!(text);
    }

    /// The specification's grammar, as far as gauges and infos go, and its
    /// rules: a family stands in one piece, no series twice, an end.
    #[test]
    fn follows_the_grammar() {
        let mut run = sample::run();
        run.scenarios[0].trace.hits[0].event = "a\"b\\c\nd{}\u{1b}".into();
        run.duration_ms = f64::INFINITY;
        let text = openmetrics(&run);
        assert!(text.ends_with("\n# EOF\n"));
        let sample =
            Regex::new(r#"^([a-z_]+)(\{([a-z]+="([^"\\]|\\[\\"n])*"(,[a-z]+="([^"\\]|\\[\\"n])*")*)\})? (NaN|\d+(\.\d+)?)$"#)
                .unwrap();
        let (mut family, mut families, mut series) = (String::new(), Vec::new(), Vec::new());
        for line in text.lines().filter(|line| *line != "# EOF") {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                family = rest.split(' ').next().unwrap().to_owned();
                assert!(!families.contains(&family), "{family} stands twice");
                families.push(family.clone());
            } else if line.starts_with("# ") {
                assert_eq!(line.split(' ').nth(2), Some(&*family));
            } else {
                let name = &sample.captures(line).unwrap_or_else(|| panic!("{line}"))[1];
                assert_eq!(name.trim_end_matches("_info"), family);
                let key = line.rsplit_once(' ').unwrap().0.to_owned();
                assert!(!series.contains(&key), "{key} stands twice");
                series.push(key);
            }
        }
    }

    #[test]
    fn a_page_cannot_make_series_without_end() {
        let mut run = sample::run();
        let hit = run.scenarios[0].trace.hits[0].clone();
        for number in 0..5_000 {
            let mut hit = hit.clone();
            hit.event = format!("event {number}");
            run.scenarios[0].trace.hits.push(hit);
        }
        let text = openmetrics(&run);
        assert!(text.lines().count() < MOST_SERIES + 100);
        assert!(text.contains(r#"event="other""#));
    }
}

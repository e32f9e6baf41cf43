//! The Test Anything Protocol, version 14: a test point a scenario, with a
//! YAML block that says what was found.
//!
//! Specification: <https://testanything.org/tap-version-14-specification.html>.
//! Values of the block are JSON, which YAML includes.

use serde_json::{Value, json};

use crate::model::run::{RunReport, ScenarioReport, Verdict};
use crate::report::Reporter;
use crate::report::json::milliseconds;
use crate::report::told::{Told, Voice, word};

pub static REPORTER: Reporter = Reporter {
    name: "tap",
    extension: "tap",
    docs: "Test Anything Protocol 14: a test point a scenario",
    write: |run, _, out| out.write_all(tap(run).as_bytes()),
};

fn tap(run: &RunReport) -> String {
    let voice = Voice::new(run);
    let told = voice.tell(run);
    let mut text = format!("TAP version 14\n1..{}", run.scenarios.len());
    // A plan of nothing must say why, or it is taken for a failure.
    text.push_str(if run.scenarios.is_empty() { " # nothing was played\n" } else { "\n" });
    for (index, scenario) in run.scenarios.iter().enumerate() {
        let own: Vec<&Told> = told.iter().filter(|told| told.is_of(scenario)).collect();
        text.push_str(&point(index + 1, scenario, &own, &voice));
    }
    for told in told.iter().filter(|told| told.scenario.is_none()) {
        text.push_str(&format!("# {}[{}]: {}\n", word(told.severity), told.code, told.message));
    }
    if !run.complete {
        text.push_str("Bail out! the run was interrupted\n");
    }
    text
}

fn point(number: usize, scenario: &ScenarioReport, told: &[&Told], voice: &Voice) -> String {
    let state = match scenario.verdict {
        Verdict::Passed | Verdict::Skipped => "ok",
        Verdict::Failed | Verdict::Broken => "not ok",
    };
    let name = voice.say(&scenario.name).replace('\\', "\\\\").replace('#', "\\#");
    if scenario.verdict == Verdict::Skipped {
        return format!("{state} {number} - {name} # SKIP not played to its end\n");
    }
    let mut text = format!("{state} {number} - {name}\n  ---\n");
    let mut line = |key: &str, value: Value| text.push_str(&format!("  {key}: {value}\n"));
    line("file", json!(voice.say(&scenario.file)));
    line("verdict", json!(scenario.verdict_text()));
    line("duration_ms", json!(milliseconds(scenario.trace.duration_ms)));
    if !told.is_empty() {
        text.push_str("  findings:\n");
    }
    for told in told {
        let place = told.place.as_ref();
        let place = place.map(|place| format!("{}:{}:{}", place.file, place.line, place.column));
        let finding = json!({
            "code": told.code,
            "severity": told.severity,
            "message": told.message,
            "step": told.step,
            "details": told.lines,
            "help": told.help,
            "at": place,
        });
        text.push_str(&format!("    - {finding}\n"));
    }
    text.push_str("  ...\n");
    text
}

#[cfg(test)]
mod tests {
    use crate::report::sample;

    use super::*;

    #[test]
    fn whole_report() {
        let text = tap(&sample::run());
        assert!(!text.contains("jane"));
        insta::assert_snapshot!(text);
    }

    #[test]
    fn follows_the_grammar_whatever_a_name_holds() {
        let mut run = sample::run();
        run.complete = false;
        run.scenarios[0].name = "a # SKIP\nnot ok 9 - b \\".into();
        let text = tap(&run);
        assert!(text.contains("\nok 1 - a \\# SKIP not ok 9 - b \\\\\n"), "{text}");
        let grammar = regex::Regex::new(
            r"^(TAP version 14|1\.\.\d+|(not )?ok \d+ - .+|# .+|Bail out! .+|  (---|\.\.\.)|  \w+:.*|    - \{.*\})$",
        )
        .unwrap();
        for line in text.lines() {
            assert!(grammar.is_match(line), "{line}");
        }
        run.scenarios.clear();
        assert!(tap(&run).contains("1..0 # "));
    }
}

//! Markdown for a comment on a pull request and for a job's summary: what
//! failed first, the rest as numbers. GitHub and GitLab render it.
//!
//! Text from pages is written as character references, so that none of it is
//! markup, a link, a mention or a table's border.

use crate::model::finding::Severity;
use crate::model::run::{RunReport, ScenarioReport, Verdict};
use crate::report::Reporter;
use crate::report::painter::{count, duration};
use crate::report::told::{Told, Voice, verdicts_text};

pub static REPORTER: Reporter = Reporter {
    name: "markdown",
    extension: "md",
    docs: "a summary for a pull request's comment or a job's summary",
    write: |run, _, out| out.write_all(markdown(run).as_bytes()),
};

/// A comment may have 65,536 characters on GitHub; a little is left for
/// whoever adds a line.
const LONGEST: usize = 60_000;

fn markdown(run: &RunReport) -> String {
    let voice = Voice::new(run);
    let told = voice.tell(run);
    // By this line a job finds its former comment.
    let mut text = String::from("<!-- pixelproof -->\n");
    text.push_str(&format!("## {}\n\n", headline(run)));
    if !run.complete {
        text.push_str("> The run was interrupted: this report is incomplete.\n\n");
    }
    if !run.scenarios.is_empty() {
        text.push_str("| | scenario | steps and hits | time |\n| --- | --- | --- | ---: |\n");
    }
    let (bad, good): (Vec<_>, Vec<_>) =
        run.scenarios.iter().partition(|scenario| scenario.verdict_text() != "passed");
    let rows: Vec<String> = bad.iter().chain(&good).map(|scenario| row(scenario, &voice)).collect();
    append(&mut text, rows, LONGEST / 3);
    let mut sections: Vec<String> =
        bad.iter().map(|scenario| section(scenario, &told, &voice)).collect();
    let rest: Vec<&Told> = told.iter().filter(|told| told.scenario.is_none()).collect();
    if !rest.is_empty() {
        sections.push(format!("\n### The run itself\n\n{}", items(&rest)));
    }
    append(&mut text, sections, LONGEST);
    text
}

/// Adds pieces while there is room, and says how many had none.
fn append(text: &mut String, pieces: Vec<String>, room: usize) {
    let mut left_out = 0;
    for piece in pieces {
        if text.len() + piece.len() > room {
            left_out += 1;
        } else {
            text.push_str(&piece);
        }
    }
    if left_out > 0 {
        text.push_str(&format!("\n… and {left_out} more, for which there was no room.\n"));
    }
}

fn headline(run: &RunReport) -> String {
    let sign = match run.exit_code() {
        0 => "✅",
        1 => "❌",
        _ => "⚠️",
    };
    format!("{sign} pixelproof: {}", verdicts_text(run))
}

fn sign(scenario: &ScenarioReport) -> &'static str {
    match scenario.verdict {
        Verdict::Passed if scenario.is_flaky() => "🔁",
        Verdict::Passed => "✅",
        Verdict::Failed => "❌",
        Verdict::Broken => "⚠️",
        Verdict::Skipped => "⏭️",
    }
}

fn row(scenario: &ScenarioReport, voice: &Voice) -> String {
    format!(
        "| {} {} | {} | {} | {} |\n",
        sign(scenario),
        scenario.verdict_text(),
        literal(&voice.say(&scenario.name)),
        voice.size(scenario),
        duration(scenario.trace.duration_ms),
    )
}

fn section(scenario: &ScenarioReport, told: &[Told], voice: &Voice) -> String {
    let own: Vec<&Told> =
        told.iter().filter(|told| told.is_of(scenario) && told.severity > Severity::Info).collect();
    if own.is_empty() {
        return String::new();
    }
    format!("\n### {} {}\n\n{}", sign(scenario), literal(&voice.say(&scenario.name)), items(&own))
}

fn items(told: &[&Told]) -> String {
    told.iter().map(|told| item(told)).collect()
}

/// What is wrong, with the evidence folded away.
fn item(told: &Told) -> String {
    let lead = match told.severity {
        Severity::Error => "**error**",
        _ => "warning",
    };
    let step = told.step.as_ref().map_or(String::new(), |step| format!(", in {}", literal(step)));
    let mut text = format!("- {lead} {}: {}{step}\n", literal(&told.code), literal(&told.message));
    if !told.lines.is_empty() {
        let lines: Vec<String> = told.lines.iter().map(|line| literal(line)).collect();
        text.push_str(&format!(
            "  <details><summary>{}</summary>{}</details>\n",
            count(lines.len(), "line"),
            lines.join("<br>")
        ));
    }
    if let Some(help) = &told.help {
        text.push_str(&format!("  {}\n", literal(help)));
    }
    text
}

/// The same text, and nothing but text: a reference is no markup, and what
/// follows the at sign keeps it from being a mention.
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            ' ' | ',' | '-' | '/' | '(' | ')' | '\'' | '"' | '?' | ';' | '%' => out.push(character),
            '@' => out.push_str("&#64;&#8203;"),
            other if other.is_ascii_punctuation() => {
                out.push_str(&format!("&#{};", u32::from(other)));
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::report::sample;

    use super::*;

    #[test]
    fn whole_report() {
        let text = markdown(&sample::run());
        assert!(!text.contains("jane"));
        insta::assert_snapshot!(text);
    }

    #[test]
    fn page_text_stays_text() {
        let hostile = "</details> **b** [a](https://e.test) | `x` @team <img src=x> www.e.test #1";
        let shown = literal(hostile);
        assert!(shown.chars().all(|it| it.is_ascii_alphanumeric() || " ,&#;()/".contains(it)));
        assert!(!shown.contains("www."));
    }

    #[test]
    fn fits_into_a_comment() {
        let mut run = sample::run();
        let finding = run.scenarios[1].findings[0].clone();
        run.scenarios = vec![sample::failed(); 600];
        for scenario in &mut run.scenarios {
            scenario.findings = vec![finding.clone(); 3];
        }
        let text = markdown(&run);
        assert!(text.len() < 65_536, "{}", text.len());
        assert_eq!(text.matches("no room").count(), 2);
    }
}

//! Files that say how a scenario that did not pass ended: the page's markup
//! and what was in the console. Pictures are taken by the play itself.

use std::fmt::Write;

use crate::engine::Plan;
use crate::engine::play::Played;
use crate::model::run::{Artifact, Screenshots, Verdict};
use crate::model::trace::Trace;
use crate::report::clean::one_line;
use crate::report::mask::Mask;

/// Longest line of the console's log, in characters.
const LONGEST_LINE: usize = 4_000;

/// The page when a step could not be done.
#[derive(Debug, Clone)]
pub(crate) struct FailedPage {
    pub(crate) step: usize,
    pub(crate) html: String,
}

/// Keeps them where the play did not pass, without the secrets.
pub(crate) fn keep(
    plan: &Plan,
    played: &Played,
    verdict: Verdict,
    secrets: &[String],
) -> Vec<Artifact> {
    if plan.screenshots == Screenshots::Off || !matches!(verdict, Verdict::Failed | Verdict::Broken)
    {
        return Vec::new();
    }
    let mask =
        Mask::new(&[secrets.to_vec(), secrets.iter().map(|it| escaped(it)).collect()].concat());
    let mut artifacts = Vec::new();
    let mut add = |kind: &str, name: String, text: &str, step| {
        // A disk that is full is told by the reports.
        if let Ok(path) = (plan.keep)(&name, mask.text(text).as_bytes()) {
            artifacts.push(Artifact { kind: kind.to_owned(), path, step });
        }
    };
    if let Some(page) = &played.page {
        let name = format!("{}-step-{}.html", played.stem, page.step + 1);
        add("dom", name, &page.html, Some(page.step));
    }
    let log = console(&played.trace);
    if !log.is_empty() {
        add("console", format!("{}-console.txt", played.stem), &log, None);
    }
    artifacts
}

/// As markup writes it.
fn escaped(secret: &str) -> String {
    secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Messages and errors in the order of time, a line each.
fn console(trace: &Trace) -> String {
    let messages = trace.console.iter().map(|it| (it.at_ms, it.level.as_str(), &it.text));
    let errors = trace.page_errors.iter().map(|it| (it.at_ms, "uncaught", &it.text));
    let mut lines: Vec<(f64, &str, &String)> = messages.chain(errors).collect();
    lines.sort_by(|a, b| a.0.total_cmp(&b.0));
    lines.iter().fold(String::new(), |mut log, (at_ms, level, text)| {
        // Writing to a text does not fail.
        let _ = writeln!(
            log,
            "{:>10.3} {:8} {}",
            at_ms / 1_000.0,
            one_line(level, 20),
            one_line(text, LONGEST_LINE)
        );
        log
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_console_is_told_in_the_order_of_time() {
        let run = sample::run();
        let logs: String = run.scenarios.iter().map(|scenario| console(&scenario.trace)).collect();
        insta::assert_snapshot!(logs);
    }
}

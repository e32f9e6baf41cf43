//! GitHub's workflow commands: a finding becomes an annotation beside the line
//! of its file. The job summary is the Markdown report's.
//!
//! Commands: <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.
//! GitHub shows the first ten errors and the first ten warnings of a step, so
//! the worst come first, and notes are left out.

use crate::model::finding::Severity;
use crate::model::run::RunReport;
use crate::report::Reporter;
use crate::report::told::{Told, Voice, verdicts_text};

pub static REPORTER: Reporter = Reporter {
    name: "github",
    extension: "txt",
    docs: "annotations for GitHub Actions, as workflow commands: meant for github=-",
    write: |run, _, out| out.write_all(commands(run).as_bytes()),
};

fn commands(run: &RunReport) -> String {
    let told = Voice::new(run).tell(run);
    let mut text = String::new();
    for severity in [Severity::Error, Severity::Warning] {
        for told in told.iter().filter(|told| told.severity == severity) {
            text.push_str(&command(told));
        }
    }
    let interrupted = if run.complete { "" } else { "; the run was interrupted" };
    let counts = verdicts_text(run);
    text.push_str(&format!(
        "::notice title=pixelproof::{}\n",
        data(&format!("{counts}{interrupted}"))
    ));
    text
}

fn command(told: &Told) -> String {
    let name = if told.severity == Severity::Error { "error" } else { "warning" };
    let mut properties = Vec::new();
    if let Some(place) = &told.place {
        properties.push(format!("file={}", property(&place.file)));
        properties.push(format!("line={},col={}", place.line, place.column));
    }
    let subject = told.scenario.map_or("the run", |scenario| scenario.slug.as_str());
    properties.push(format!("title={}", property(&format!("{subject}: {}", told.code))));
    format!("::{name} {}::{}\n", properties.join(","), data(&told.text()))
}

/// Escaped as GitHub's own toolkit does it, so that no text ends a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use crate::report::sample;

    use super::*;

    #[test]
    fn whole_report() {
        insta::assert_snapshot!(commands(&sample::run()));
    }

    #[test]
    fn page_text_starts_no_command() {
        let mut run = sample::run();
        let finding = &mut run.scenarios[1].findings[0];
        finding.message = "x\n::set-env name=PATH::/tmp\r::error::%0A".into();
        finding.details = vec!["\n::stop-commands::jane@shop.test".into()];
        let text = commands(&run);
        for line in text.lines() {
            let known = ["::error file=", "::error title=", "::warning ", "::notice "];
            assert!(known.iter().any(|start| line.starts_with(start)), "{line}");
        }
        assert!(!text.contains("jane") && !text.contains('\r'));
    }
}

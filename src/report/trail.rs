//! The trails of a scenario as a person reads them: every stage on a line, and
//! below it the paragraph that findings show too. Pure, like every reporter.

use anstyle::Style;

use crate::model::run::ScenarioReport;
use crate::model::trail::{StageState, Trail};
use crate::report::ReportOptions;
use crate::report::clean::one_line;
use crate::report::mask::Mask;
use crate::report::painter::{BAD, BOLD, DIM, GOOD, NOTE, PLAIN, Painter};

/// Longest piece of evidence.
const LONGEST: usize = 600;

/// Every trail of a scenario; says so where there is none.
pub fn trails(report: &ScenarioReport, options: &ReportOptions) -> String {
    let mask = Mask::new(&report.secrets);
    let mut painter = Painter::new(*options);
    painter.blank();
    for trail in &report.trails {
        one(&mut painter, trail, report, &mask);
    }
    if report.trails.is_empty() {
        painter.line(&[(DIM, "no event came, and none was expected")], "");
    }
    painter.finish()
}

fn one(painter: &mut Painter, trail: &Trail, report: &ScenarioReport, mask: &Mask) {
    let safe = |text: &str| one_line(&mask.text(text), LONGEST);
    let account = trail.account.as_deref().map_or(String::new(), |it| format!(" {}", safe(it)));
    let step = trail.step.and_then(|step| Some((step, report.trace.steps.get(step)?)));
    let step = step.map_or(String::new(), |(index, step)| {
        format!("  step {}, {}", index + 1, safe(&step.label))
    });
    let (style, fate) = match (trail.hit, trail.broken()) {
        (_, Some(stage)) => (BAD, format!("  lost: {}", stage.name.as_text())),
        (Some(_), None) => (GOOD, "  came".to_owned()),
        (None, None) => (BAD, "  did not come".to_owned()),
    };
    painter.line(
        &[
            (NOTE, &safe(&trail.vendor)),
            (BOLD, &format!(" {}", safe(&trail.event))),
            (DIM, &account),
            (style, &fate),
            (DIM, &step),
        ],
        "",
    );
    for stage in &trail.stages {
        let (style, sign): (Style, &str) = match stage.state {
            StageState::Ok => (GOOD, "✓"),
            StageState::Broken => (BAD, "✗"),
            StageState::Unknown => (DIM, "?"),
            StageState::NotReached => (DIM, "-"),
        };
        let lead = format!("{sign} {:12}", stage.name.as_text());
        painter.wrapped(2, 14, (style, &lead), (PLAIN, &safe(&stage.evidence)));
    }
    let lead = if trail.hit.is_some() { "sent by: " } else { "why: " };
    painter.wrapped(2, 2, (NOTE, lead), (PLAIN, &safe(&trail.summary)));
    painter.blank();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn every_stage_has_a_line() {
        let options = ReportOptions { width: 80, ..ReportOptions::default() };
        let mut text = trails(&sample::failed(), &options);
        text += &trails(&sample::passed(), &options);
        assert!(!text.contains("jane"), "{text}");
        insta::assert_snapshot!(text);
    }
}

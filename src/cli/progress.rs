//! What is shown while a run goes on. Reads the engine's progress and is the
//! only one that prints during a run: bars and finished scenarios on a
//! terminal, plain lines elsewhere, never two scenarios mixed.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::screen::Screen;
use crate::model::progress::{Progress, Take};
use crate::model::run::ScenarioReport;
use crate::report::clean::one_line;
use crate::report::mask::Mask;
use crate::report::terminal;
use crate::report::{Detail, ReportOptions};

/// Longest label on a bar.
const LONGEST_LABEL: usize = 60;

/// How scenarios are shown while they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Bars below, each scenario in one piece when it has ended.
    Bars,
    /// A line when a scenario starts, all of it when it has ended: only then
    /// is known which step caused which hit.
    Lines,
    /// Each scenario in one piece when it has ended, and nothing else.
    Pieces,
}

/// How progress is shown: bars only where both outputs are terminals, since a
/// bar drawn into a file is noise.
pub fn style(bars_possible: bool, detail: Detail) -> Style {
    if detail == Detail::Quiet {
        Style::Pieces
    } else if bars_possible {
        Style::Bars
    } else {
        Style::Lines
    }
}

pub struct Display<'a> {
    screen: &'a Screen,
    options: ReportOptions,
    style: Style,
    mask: Mask,
    /// Results go to standard error where standard output carries a report.
    to_err: bool,
    bars: Option<MultiProgress>,
    total: usize,
    ended: usize,
    running: BTreeMap<usize, Running>,
}

struct Running {
    steps: usize,
    hits: usize,
    label: String,
    bar: Option<ProgressBar>,
}

impl<'a> Display<'a> {
    /// `mask` holds the secrets of every scenario of the run.
    pub fn new(
        screen: &'a Screen,
        options: ReportOptions,
        style: Style,
        mask: Mask,
        to_err: bool,
    ) -> Self {
        let bars = (style == Style::Bars)
            .then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10)));
        Self {
            screen,
            options,
            style,
            mask,
            to_err,
            bars,
            total: 0,
            ended: 0,
            running: BTreeMap::new(),
        }
    }

    pub fn show(&mut self, progress: &Progress) {
        match progress {
            Progress::RunStarted { scenarios, .. } => self.total = *scenarios,
            Progress::BrowserReady { version, launched_ms } => {
                if self.options.detail == Detail::Verbose {
                    let version = one_line(version, LONGEST_LABEL);
                    self.print(&format!("{version}, ready after {launched_ms:.0} ms\n"));
                }
            }
            Progress::ScenarioStarted { index, name, steps, take } => {
                self.start(*index, name, *steps, *take);
            }
            Progress::StepStarted { index, step, label } => self.begin_step(*index, *step, label),
            Progress::HitSeen { index, .. } => {
                if let Some(running) = self.running.get_mut(index) {
                    running.hits += 1;
                    running.tell();
                }
            }
            Progress::StepEnded { index, step, .. } => {
                if let Some(bar) = self.running.get(index).and_then(|it| it.bar.as_ref()) {
                    bar.set_position(*step as u64 + 1);
                }
            }
            Progress::ScenarioEnded { index, report } => self.end(*index, report),
            Progress::Notice { text } => self.notice(text),
        }
    }

    /// Something that a person should know at once.
    pub fn notice(&self, text: &str) {
        let text = one_line(&self.mask.text(text), 1000);
        self.print_err(&format!("note: {text}\n"));
    }

    /// Takes the bars away; nothing is drawn after it.
    pub fn finish(&mut self) {
        for running in std::mem::take(&mut self.running).into_values() {
            if let Some(bar) = running.bar {
                bar.finish_and_clear();
            }
        }
        if let Some(bars) = &self.bars {
            // A terminal that went away needs no clearing.
            let _ = bars.clear();
        }
    }

    /// Results, wherever they go in this run.
    pub fn print(&self, text: &str) {
        if text.is_empty() {
            return;
        }
        let print = || if self.to_err { self.screen.err(text) } else { self.screen.out(text) };
        match &self.bars {
            Some(bars) => bars.suspend(print),
            None => print(),
        }
    }

    fn print_err(&self, text: &str) {
        match &self.bars {
            Some(bars) => bars.suspend(|| self.screen.err(text)),
            None => self.screen.err(text),
        }
    }

    fn start(&mut self, index: usize, name: &str, steps: usize, take: Take) {
        let name = one_line(&self.mask.text(name), LONGEST_LABEL);
        let bar = self.bars.as_ref().map(|bars| {
            let bar = bars.add(ProgressBar::new(steps as u64));
            if let Ok(style) =
                ProgressStyle::with_template("{spinner} {prefix} [{pos}/{len}] {wide_msg}")
            {
                bar.set_style(style);
            }
            bar.set_prefix(format!(
                "({}/{}) {name}{}",
                self.ended + 1,
                self.total,
                take_text(take)
            ));
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        // The same scenario starts again for its next take.
        let former =
            self.running.insert(index, Running { steps, hits: 0, label: String::new(), bar });
        if let Some(bar) = former.and_then(|former| former.bar) {
            bar.finish_and_clear();
        }
        if self.style == Style::Lines {
            self.print(&format!("▶ {name}{}\n", take_text(take)));
        }
    }

    fn begin_step(&mut self, index: usize, step: usize, label: &str) {
        let label = one_line(&self.mask.text(label), LONGEST_LABEL);
        if let Some(running) = self.running.get_mut(&index) {
            running.label = label;
            if let Some(bar) = &running.bar {
                bar.set_position(step.min(running.steps) as u64);
            }
            running.tell();
        }
    }

    fn end(&mut self, index: usize, report: &ScenarioReport) {
        self.ended += 1;
        if let Some(bar) = self.running.remove(&index).and_then(|running| running.bar) {
            bar.finish_and_clear();
        }
        self.print(&terminal::scenario(report, &self.options));
    }
}

impl Running {
    /// What happens now, on its bar.
    fn tell(&self) {
        if let Some(bar) = &self.bar {
            let hits = match self.hits {
                0 => String::new(),
                1 => " · 1 hit".to_owned(),
                hits => format!(" · {hits} hits"),
            };
            bar.set_message(format!("{}{hits}", self.label));
        }
    }
}

/// ` (take 2 of 3)` while recording; nothing else.
fn take_text(take: Take) -> String {
    if take.of > 1 { format!(" (take {} of {})", take.number, take.of) } else { String::new() }
}

#[cfg(test)]
mod tests {
    use crate::report::sample;

    use super::*;

    fn play(style: Style, detail: Detail) -> String {
        let screen = Screen::captured(80);
        let options = ReportOptions { width: 80, color: false, detail };
        let run = sample::run();
        let mask = Mask::new(run.scenarios.iter().flat_map(|scenario| &scenario.secrets));
        let mut display = Display::new(&screen, options, style, mask, false);
        display.show(&Progress::RunStarted { scenarios: 2, jobs: 1 });
        display.show(&Progress::BrowserReady {
            version: "Chrome/1\u{1b}[0m".into(),
            launched_ms: 5.0,
        });
        // Two scenarios at once, as the engine may tell them.
        let reports = &run.scenarios[..2];
        let take = Take { number: 1, of: 1 };
        for (index, report) in reports.iter().enumerate() {
            display.show(&Progress::ScenarioStarted {
                index,
                name: report.name.clone(),
                steps: 2,
                take,
            });
            if style == Style::Lines {
                tell(&mut display, index, report);
            }
        }
        if style != Style::Lines {
            for (index, report) in reports.iter().enumerate() {
                tell(&mut display, index, report);
            }
        }
        display.show(&Progress::Notice { text: "jane@shop.test is slow".into() });
        display.finish();
        screen.text()
    }

    fn tell(display: &mut Display<'_>, index: usize, report: &ScenarioReport) {
        for (step, record) in report.trace.steps.iter().enumerate() {
            display.show(&Progress::StepStarted { index, step, label: record.label.clone() });
            for hit in report.trace.hits.iter().filter(|hit| hit.step == Some(step)) {
                display.show(&Progress::HitSeen { index, hit: Box::new(hit.clone()) });
            }
            display.show(&Progress::StepEnded { index, step, record: Box::new(record.clone()) });
        }
        display.show(&Progress::ScenarioEnded { index, report: Box::new(report.clone()) });
    }

    #[test]
    fn lines_as_they_come() {
        insta::assert_snapshot!(play(Style::Lines, Detail::Normal));
    }

    #[test]
    fn pieces_are_what_the_report_has() {
        insta::assert_snapshot!(play(Style::Pieces, Detail::Verbose));
    }

    #[test]
    fn quiet_shows_what_did_not_pass() {
        let text = play(Style::Pieces, Detail::Quiet);
        assert!(!text.contains("newsletter") && text.contains("lead form"), "{text}");
    }

    #[test]
    fn style_follows_terminal_and_detail() {
        for (bars, detail, expected) in [
            (true, Detail::Normal, Style::Bars),
            (true, Detail::Verbose, Style::Bars),
            (true, Detail::Quiet, Style::Pieces),
            (false, Detail::Normal, Style::Lines),
        ] {
            assert_eq!(style(bars, detail), expected);
        }
    }
}

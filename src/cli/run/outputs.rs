//! Where a run writes: reports, archives, screenshots. Places are checked
//! before anything is played; what is written is the reporters' business.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::cli::files;
use crate::cli::problems::{self, Problem, name_help};
use crate::cli::run::Arguments;
use crate::cli::screen::Screen;
use crate::model::run::{Artifact, RunReport, ScenarioReport, Shelf};
use crate::report::{self, ReportOptions, Reporter, har, html, terminal};

/// `--report json=-` writes to standard output.
const STANDARD_OUTPUT: &str = "-";

#[derive(Debug, Clone)]
pub struct Outputs {
    reports: Vec<Output>,
    har: Option<PathBuf>,
    /// Where screenshots and the like go, if the user says so.
    pub artifacts: Option<PathBuf>,
}

#[derive(Debug, Clone)]
struct Output {
    format: Format,
    path: PathBuf,
}

#[derive(Clone, Copy)]
struct Format(&'static Reporter);

impl std::fmt::Debug for Format {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.0.name)
    }
}

impl Outputs {
    /// What the arguments ask for; every place that cannot be written to is a
    /// problem.
    pub fn read(arguments: &Arguments, problems: &mut Vec<Problem>) -> Self {
        let mut reports = reports(&arguments.reports, problems);
        let mut har = arguments.har.clone();
        let mut artifacts = arguments.artifacts.clone();
        if let Some(folder) = &arguments.output {
            for reporter in [&html::REPORTER, &report::json::REPORTER] {
                let path = folder.join(format!("report.{}", reporter.extension));
                if reports.iter().all(|output| output.path != path) {
                    reports.push(Output { format: Format(reporter), path });
                }
            }
            har.get_or_insert_with(|| folder.join("har"));
            artifacts.get_or_insert_with(|| folder.join("screenshots"));
        }
        for output in reports.iter().filter(|output| !is_standard_output(&output.path)) {
            problems.extend(files::check_file(&output.path).err());
        }
        if let Some(folder) = &har {
            problems.extend(files::check_folder(folder).err());
        }
        Self { reports, har, artifacts }
    }

    /// Whether a report goes there, so that nothing else may.
    pub fn take_standard_output(&self) -> bool {
        self.reports.iter().any(|output| is_standard_output(&output.path))
    }

    /// Whether anything is written that can be written before the run has
    /// ended.
    pub fn have_files(&self) -> bool {
        self.har.is_some() || self.reports.iter().any(|output| is_plain_file(&output.path))
    }

    /// Everything that was asked for once the run has ended; `print` gets the
    /// summary in between. What cannot be written is told, and makes the run
    /// incomplete: the places were good before it, and a full disk is no bad
    /// input. `archived` are the scenarios whose archives are there already.
    pub fn write(
        &self,
        report: &mut RunReport,
        archived: &BTreeSet<String>,
        options: ReportOptions,
        screen: &Screen,
        print: impl FnOnce(&str),
    ) {
        let mut problems = Vec::new();
        let stored = report.shelf.clone();
        for scenario in &mut report.scenarios {
            let there = archived.contains(&scenario.slug);
            problems.extend(self.write_archive(scenario, there, &stored).err());
        }
        print(&terminal::summary(report, &options));
        for output in &self.reports {
            if is_standard_output(&output.path) {
                let options = ReportOptions { color: false, ..options };
                screen.out_with(|out| (output.format.0.write)(report, &options, out));
            } else {
                problems.extend(output.write(report, options).err());
            }
        }
        for problem in &problems {
            screen.err(&problems::draw(problem, screen.err_color, screen.columns));
        }
        report.complete &= problems.is_empty();
    }

    /// The reports of a run that goes on, for as long as `goes_on` says so.
    /// What cannot be written now is told at the end.
    pub fn write_so_far(
        &self,
        report: &mut RunReport,
        options: ReportOptions,
        goes_on: impl Fn() -> bool,
    ) {
        read_pictures(report);
        for output in self.reports.iter().filter(|output| is_plain_file(&output.path)) {
            if goes_on() {
                let _ = output.write(report, options);
            }
        }
    }

    /// A HAR file of the scenario, where one is wanted and not there yet.
    pub fn write_archive(
        &self,
        scenario: &mut ScenarioReport,
        is_there: bool,
        stored: &Shelf,
    ) -> Result<(), Problem> {
        let Some(folder) = &self.har else { return Ok(()) };
        let path = folder.join(format!("{}.har", scenario.slug));
        if !is_there {
            files::write(&path, &har::har(&stored.whole(scenario)))?;
        }
        let path = path.display().to_string();
        scenario.artifacts.push(Artifact { kind: "har".to_owned(), path, step: None });
        Ok(())
    }
}

/// The screenshots that a run of this machine left, for the reports that show
/// them. Never those of a blob: it holds its own, and may name any file.
pub fn read_pictures(report: &mut RunReport) {
    let wanted = html::pictures_wanted(report);
    let pictures = files::read_pictures(&wanted, html::PICTURE_ROOM);
    report.pictures.extend(pictures);
}

impl Output {
    fn write(&self, report: &RunReport, options: ReportOptions) -> Result<(), Problem> {
        let options = ReportOptions { color: false, width: 100, ..options };
        files::write_with(&self.path, |out| (self.format.0.write)(report, &options, out))
    }
}

fn reports(written: &[String], problems: &mut Vec<Problem>) -> Vec<Output> {
    let known: Vec<&str> = report::REPORTERS.iter().map(|reporter| reporter.name).collect();
    let mut outputs: Vec<Output> = Vec::new();
    for text in written {
        let (name, path) = text.split_once('=').unwrap_or((text, ""));
        let Some(reporter) = report::find(name) else {
            problems.push(
                Problem::new(format!("unknown report format `{name}`"))
                    .help(name_help(name, &known)),
            );
            continue;
        };
        if path.is_empty() {
            problems.push(
                Problem::new(format!("--report {text} names no file"))
                    .help(format!("expected such as `{name}=out/run.{}`", reporter.extension)),
            );
            continue;
        }
        let path = PathBuf::from(path);
        if outputs.iter().any(|output| output.path == path) {
            problems
                .push(Problem::new(format!("two reports would be written to {}", path.display())));
        }
        outputs.push(Output { format: Format(reporter), path });
    }
    outputs
}

/// One that may be written again and again.
fn is_plain_file(path: &Path) -> bool {
    !is_standard_output(path) && !files::is_special(path)
}

fn is_standard_output(path: &Path) -> bool {
    path == Path::new(STANDARD_OUTPUT)
}

//! Where a run writes: reports, archives, screenshots. Places are checked
//! before anything is played; what is written is the reporters' business.

use std::path::{Path, PathBuf};

use crate::cli::files;
use crate::cli::problems::{Problem, name_help};
use crate::cli::run::Arguments;
use crate::cli::screen::Screen;
use crate::model::run::{Artifact, RunReport};
use crate::report::{self, ReportOptions, Reporter, har, html};

/// `--report json=-` writes to standard output.
const STANDARD_OUTPUT: &str = "-";

/// Screenshots without `--output` and `--artifacts`.
const ARTIFACTS: &str = ".pixelproof";

#[derive(Debug)]
pub struct Outputs {
    reports: Vec<Output>,
    har: Option<PathBuf>,
    pub artifacts: PathBuf,
}

#[derive(Debug)]
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
        Self { reports, har, artifacts: artifacts.unwrap_or_else(|| ARTIFACTS.into()) }
    }

    /// Whether a report goes there, so that nothing else may.
    pub fn take_standard_output(&self) -> bool {
        self.reports.iter().any(|output| is_standard_output(&output.path))
    }

    /// A HAR file for each scenario that was played.
    pub fn write_archives(&self, report: &mut RunReport) -> Vec<Problem> {
        let Some(folder) = &self.har else { return Vec::new() };
        let mut problems = Vec::new();
        for scenario in &mut report.scenarios {
            let path = folder.join(format!("{}.har", scenario.slug));
            match files::write(&path, &har::har(scenario)) {
                Ok(()) => scenario.artifacts.push(Artifact {
                    kind: "har".to_owned(),
                    path: path.display().to_string(),
                    step: None,
                }),
                Err(problem) => problems.push(problem),
            }
        }
        problems
    }

    /// Every report; what could not be written is told, and the others are
    /// written all the same.
    pub fn write_reports(
        &self,
        report: &mut RunReport,
        options: ReportOptions,
        screen: &Screen,
    ) -> Vec<Problem> {
        if self.reports.iter().any(|output| output.format.0.name == html::REPORTER.name) {
            let wanted = html::pictures_wanted(report);
            report.pictures = files::read_pictures(&wanted, html::PICTURE_ROOM);
        }
        let mut problems = Vec::new();
        for Output { format: Format(reporter), path } in &self.reports {
            let options = ReportOptions { color: false, ..options };
            if is_standard_output(path) {
                screen.out_bytes(&(reporter.write)(report, &options));
            } else {
                let bytes = (reporter.write)(report, &ReportOptions { width: 100, ..options });
                problems.extend(files::write(path, &bytes).err());
            }
        }
        problems
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

fn is_standard_output(path: &Path) -> bool {
    path == Path::new(STANDARD_OUTPUT)
}

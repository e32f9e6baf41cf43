//! `pixelproof merge`: the blobs of a run's shards become the reports and the
//! exit code of one run. It plays nothing and judges nothing.

use std::collections::BTreeSet;
use std::fs::File;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use clap::Args;
use walkdir::WalkDir;

use crate::cli::Context;
use crate::cli::config::{self, shown_path};
use crate::cli::exit::{CommandResult, EXIT_CODES, Failure};
use crate::cli::problems::{self, Problem};
use crate::cli::run;
use crate::cli::run::outputs::Outputs;
use crate::cli::shelf::{self, Blobs, refused};
use crate::cli::state::State;
use crate::model::run::{RunReport, Shelf};
use crate::report::blob::{self, Head, Join, Line, Mistake, Reader};
use crate::report::{Detail, ReportOptions, terminal};

/// More files than this were not meant.
const MOST_FILES: usize = 10_000;

/// Join the blobs of a run's shards: reports and exit code as of one run
#[derive(Debug, Args)]
#[command(after_help = format!("\
Examples:
  pixelproof run --shard 2/5 --report blob=blobs/2.blob     on each machine
  pixelproof merge blobs --report html=out/run.html --report junit=out/junit.xml
  pixelproof merge blobs --output out

{EXIT_CODES}"))]
pub struct Arguments {
    /// Blobs, and folders to look for them in
    #[arg(value_name = "PATHS", required = true)]
    paths: Vec<PathBuf>,

    /// Write a report, as `pixelproof run` does; may be repeated; `-` is standard output
    #[arg(long = "report", value_name = "FORMAT=PATH")]
    reports: Vec<String>,

    /// Write a HAR file for each scenario into this folder
    #[arg(long, value_name = "DIR")]
    har: Option<PathBuf>,

    /// Write everything into this folder: report.html, report.json, har
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,

    /// Read this file instead of looking for pixelproof.toml
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,

    /// Tell scenarios that passed, requests and calls too
    #[arg(long, short)]
    verbose: bool,
}

/// A blob whose head has been read.
struct Blob {
    /// As the user would name it.
    name: String,
    path: PathBuf,
    version: String,
    head: Head,
}

pub fn execute(arguments: &Arguments, context: &Context) -> CommandResult {
    let environment = &context.environment;
    let config = config::load(arguments.config.as_deref(), environment)?;
    let mut problems = Vec::new();
    let outputs = Outputs::read(
        &run::Arguments {
            reports: arguments.reports.clone(),
            har: arguments.har.clone(),
            output: arguments.output.clone(),
            ..run::Arguments::default()
        },
        &mut problems,
    );
    let blobs = open(&arguments.paths, &environment.directory, &mut problems);
    if problems.is_empty() {
        let heads: Vec<_> =
            blobs.iter().map(|it| (it.name.as_str(), it.version.as_str(), &it.head)).collect();
        problems.extend(blob::mistakes(&heads).into_iter().map(Problem::from));
    }
    if !problems.is_empty() {
        return Err(Failure::Input(problems));
    }
    let (mut report, rest) = join(&blobs).map_err(Failure::input)?;
    State::beside(&config, &environment.directory).keep_failed(&report);

    let screen = &context.screen;
    let to_err = outputs.take_standard_output();
    let options = ReportOptions {
        width: screen.columns,
        color: if to_err { screen.err_color } else { screen.out_color },
        detail: if arguments.verbose { Detail::Verbose } else { Detail::Quiet },
    };
    let print = |text: &str| if to_err { screen.err(text) } else { screen.out(text) };
    for scenario in &report.scenarios {
        print(&terminal::scenario_of(&report, scenario, &options));
    }
    outputs.write(&mut report, &BTreeSet::new(), options, screen, print);
    if let Some(problem) = rest.problem() {
        screen.err(&problems::draw(&problem, screen.err_color, screen.columns));
        report.complete = false;
    }
    Ok(report.exit_code())
}

/// The blobs that the paths name, each once, in the order of their parts.
fn open(paths: &[PathBuf], directory: &Path, problems: &mut Vec<Problem>) -> Vec<Blob> {
    let mut files: BTreeSet<PathBuf> = BTreeSet::new();
    for path in paths {
        let whole = directory.join(path);
        if !whole.is_dir() {
            files.insert(whole);
            continue;
        }
        let found = blobs_in(&whole);
        if found.is_empty() {
            problems.push(
                Problem::new(format!("there is no blob in {}", path.display()))
                    .help("`pixelproof run --report blob=PATH` writes one"),
            );
        }
        files.extend(found);
    }
    if files.len() > MOST_FILES {
        let number = files.len();
        problems.push(Problem::new(format!("found {number} blobs, expected at most {MOST_FILES}")));
        return Vec::new();
    }
    let mut known = BTreeSet::new();
    let mut blobs = Vec::new();
    for path in files {
        // The same file may be named twice, and through a link.
        if !known.insert(std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone())) {
            continue;
        }
        let name = shown_path(&path, directory).display().to_string();
        match read(&path, &name) {
            Ok(Reader { version, head, .. }) => blobs.push(Blob { name, path, version, head }),
            Err(problem) => problems.push(problem),
        }
    }
    blobs.sort_by_key(|blob| blob.head.part.number);
    blobs
}

/// Files that are called blobs, and those that are some by another name.
fn blobs_in(folder: &Path) -> Vec<PathBuf> {
    let files = WalkDir::new(folder).into_iter().filter_map(Result::ok);
    files
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .filter(|path| {
            path.extension().is_some_and(|ending| ending == blob::REPORTER.extension)
                || File::open(path).is_ok_and(blob::is_blob)
        })
        .collect()
}

fn read(path: &Path, name: &str) -> Result<Reader<File>, Problem> {
    if path.is_dir() {
        return Err(Problem::new(format!("{name} is a folder, expected a blob")));
    }
    shelf::open(path, name)
}

/// The run and where the rest of it lies. Read side by side, a blob to a
/// thread, since unpacking is most of the work.
fn join(blobs: &[Blob]) -> Result<(RunReport, Arc<Blobs>), Problem> {
    let next = AtomicUsize::new(0);
    let read: Vec<OnceLock<Result<Vec<Line>, Problem>>> =
        blobs.iter().map(|_| OnceLock::new()).collect();
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(blobs.len()) {
            scope.spawn(|| {
                while let Some((blob, place)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    blobs.get(index).zip(read.get(index))
                } {
                    // Each place is taken once.
                    let _ = place.set(lines(blob));
                }
            });
        }
    });
    let heads: Vec<&Head> = blobs.iter().map(|blob| &blob.head).collect();
    let mut join = Join::new(blobs.first().map_or("", |blob| &blob.version), &heads);
    let mut rest = Blobs::default();
    for (blob, lines) in blobs.iter().zip(read) {
        join.begin(&blob.head);
        rest.begin(&blob.name, &blob.path);
        for line in lines.into_inner().transpose()?.unwrap_or_default() {
            rest.note(&line);
            join.add(line)?;
        }
    }
    let rest = Arc::new(rest);
    Ok((RunReport { shelf: Shelf::new(rest.clone()), ..join.finish() }, rest))
}

/// Everything after the head.
fn lines(blob: &Blob) -> Result<Vec<Line>, Problem> {
    let mut reader = read(&blob.path, &blob.name)?;
    let mut lines = Vec::new();
    loop {
        let line = reader.read().map_err(|error| refused(&blob.name, &error))?;
        let is_end = matches!(line, Line::End(_));
        lines.push(line);
        if is_end {
            return Ok(lines);
        }
    }
}

impl From<Mistake> for Problem {
    fn from(mistake: Mistake) -> Self {
        Self::new(mistake.message).help(mistake.help)
    }
}

#[cfg(test)]
mod tests;

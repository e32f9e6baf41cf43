//! `pixelproof report`: former runs, as a list, as the terminal showed them,
//! or as a page in the browser. It plays nothing.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::Context;
use crate::cli::config;
use crate::cli::environment::Environment;
use crate::cli::exit::{CommandResult, Failure, PASSED};
use crate::cli::run;
use crate::cli::run::outputs::Outputs;
use crate::cli::runs::{self, RunFolder};
use crate::cli::state::State;
use crate::model::run::{RunReport, Verdict};
use crate::report::json::timestamp;
use crate::report::told::verdicts_text;
use crate::report::{Detail, ReportOptions, terminal};

/// List former runs, or show one of them again
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixelproof report list
  pixelproof report show                            the last run
  pixelproof report show --report html=run.html
  pixelproof report open 20261123-100000-042")]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,

    /// Read this file instead of looking for pixelproof.toml
    #[arg(long, value_name = "PATH", global = true)]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Former runs, the newest first: when, how they ended, where they are
    List,
    /// Tell a run as the terminal did, or write reports of it
    Show(Show),
    /// Show a run in the browser
    Open(Which),
}

#[derive(Debug, Args)]
struct Which {
    /// The run, as `pixelproof report list` names it; the last one if not given
    #[arg(value_name = "RUN")]
    run: Option<String>,

    /// The last run
    #[arg(long, conflicts_with = "run")]
    last: bool,
}

#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    which: Which,

    /// Write a report, as `pixelproof run` does; may be repeated; `-` is standard output
    #[arg(long = "report", value_name = "FORMAT=PATH")]
    reports: Vec<String>,

    /// Tell only what did not pass, and the summary
    #[arg(long, short, conflicts_with = "verbose")]
    quiet: bool,

    /// Tell requests and calls too
    #[arg(long, short)]
    verbose: bool,
}

pub fn execute(arguments: &Arguments, context: &Context) -> CommandResult {
    let environment = &context.environment;
    let config = config::load(arguments.config.as_deref(), environment)?;
    let state = State::beside(&config, &environment.directory);
    match &arguments.command {
        Command::List => list(&runs::list(&state), context),
        Command::Show(arguments) => show(arguments, &state, context)?,
        Command::Open(which) => open(which, &state, context)?,
    }
    Ok(PASSED)
}

fn list(runs: &[RunFolder], context: &Context) {
    let screen = &context.screen;
    if runs.is_empty() {
        screen.err("note: no run is kept here\n");
    }
    for run in runs {
        let told = match run.read() {
            Ok((report, _)) => {
                let started = timestamp(report.started_unix_ms, 0.0);
                let started = started.get(..16).unwrap_or_default().replace('T', " ");
                format!("{started} UTC  {:10}  {}", ended(&report), verdicts_text(&report))
            }
            Err(problem) => problem.diagnostic.message.clone(),
        };
        screen.out(&format!("{}  {told}  {}\n", run.id, run.path.display()));
    }
}

/// How a run ended, in a word.
fn ended(report: &RunReport) -> &'static str {
    match report.exit_code() {
        _ if !report.complete => "incomplete",
        0 => Verdict::Passed.as_text(),
        1 => Verdict::Failed.as_text(),
        _ => Verdict::Broken.as_text(),
    }
}

fn show(arguments: &Show, state: &State, context: &Context) -> Result<(), Failure> {
    let mut problems = Vec::new();
    let wanted = run::Arguments { reports: arguments.reports.clone(), ..run::Arguments::default() };
    let outputs = Outputs::read(&wanted, &mut problems);
    if !problems.is_empty() {
        return Err(Failure::Input(problems));
    }
    let run = find(&arguments.which, state)?;
    let (mut report, rest) = run.read().map_err(Failure::input)?;
    let screen = &context.screen;
    let to_err = outputs.take_standard_output();
    let options = ReportOptions {
        width: screen.columns,
        color: if to_err { screen.err_color } else { screen.out_color },
        detail: if arguments.quiet {
            Detail::Quiet
        } else if arguments.verbose {
            Detail::Verbose
        } else {
            Detail::Normal
        },
    };
    let print = |text: &str| if to_err { screen.err(text) } else { screen.out(text) };
    for scenario in &report.scenarios {
        print(&terminal::scenario_of(&report, scenario, &options));
    }
    let complete = report.complete;
    outputs.write(&mut report, &BTreeSet::new(), options, screen, print);
    if let Some(problem) = rest.problem() {
        return Err(Failure::input(problem));
    }
    if report.complete == complete {
        return Ok(());
    }
    Err(anyhow::anyhow!("not every report could be written").into())
}

/// The page is always told, so that it can be opened from elsewhere.
fn open(which: &Which, state: &State, context: &Context) -> Result<(), Failure> {
    let run = find(which, state)?;
    let (report, rest) = run.read().map_err(Failure::input)?;
    let page = run.write_page(&report).map_err(Failure::input)?;
    if let Some(problem) = rest.problem() {
        return Err(Failure::input(problem));
    }
    let screen = &context.screen;
    screen.out(&format!("{}\n", page.display()));
    if has_display(&context.environment)
        && let Err(error) = opener::open_browser(&page)
    {
        screen.err(&format!("note: no browser could be opened: {error}\n"));
    }
    Ok(())
}

fn find(which: &Which, state: &State) -> Result<RunFolder, Failure> {
    runs::find(state, which.run.as_deref()).map_err(Failure::input)
}

/// Whether a person sits in front of this machine.
fn has_display(environment: &Environment) -> bool {
    let set = |name: &str| environment.all.get(name).is_some_and(|value| !value.is_empty());
    let somewhere =
        cfg!(any(windows, target_os = "macos")) || set("DISPLAY") || set("WAYLAND_DISPLAY");
    somewhere && !environment.ci
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::cli::screen::Screen;
    use crate::report::sample;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        report: Arguments,
    }

    /// Exit code and output, without what differs from run to run.
    fn report(folder: &std::path::Path, line: &str) -> (u8, String) {
        let arguments = Line::parse_from(std::iter::once("report").chain(line.split(' '))).report;
        let environment =
            Environment { directory: folder.to_owned(), ci: true, ..Environment::default() };
        let context = Context { environment, screen: Screen::captured(100) };
        let code = crate::cli::conclude(&context.screen, execute(&arguments, &context));
        (code, context.screen.text().replace(&folder.display().to_string(), "@"))
    }

    #[test]
    fn runs_are_listed_shown_and_opened() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::of(folder.path());
        assert_eq!(report(folder.path(), "list"), (0, "note: no run is kept here\n".to_owned()));
        let (code, text) = report(folder.path(), "show");
        assert!(code == 2 && text.contains("there is no run in @/.pixelproof/runs"), "{text}");
        let first = runs::begin(&state, 9).unwrap();
        first.keep(&sample::run());
        let second = runs::begin(&state, 9).unwrap();
        let mut passed = sample::run();
        passed.scenarios.truncate(1);
        second.keep(&passed);
        let third = runs::begin(&state, 9).unwrap();
        std::fs::write(third.path.join("run.blob"), "what?").unwrap();
        let (code, text) = report(folder.path(), "list");
        let text = text.replace(&first.id, "FIRST").replace(&second.id, "SECOND");
        assert_eq!(
            (code, text.replace(&third.id, "THIRD").as_str()),
            (
                0,
                "THIRD  @/.pixelproof/runs/THIRD/run.blob is no blob of pixelproof  @/.pixelproof/runs/THIRD\n\
                 SECOND  2026-11-23 10:00 UTC  passed      1 passed  @/.pixelproof/runs/SECOND\n\
                 FIRST  2026-11-23 10:00 UTC  broken      1 failed, 1 broken, 1 passed, 1 skipped  @/.pixelproof/runs/FIRST\n"
            )
        );
        let (code, text) = report(folder.path(), &format!("show {} --quiet", first.id));
        assert!(code == 0 && text.contains("error[snapshot-changed-hit]"), "{text}");
        let (code, text) = report(folder.path(), &format!("open {}", second.id));
        assert_eq!((code, text), (0, format!("@/.pixelproof/runs/{}/report.html\n", second.id)));
        assert!(second.path.join("report.html").is_file());
        let (code, text) = report(folder.path(), "show --last");
        assert!(code == 2 && text.contains("is no blob of pixelproof"), "{text}");
        let (code, text) = report(folder.path(), "open ../../etc");
        assert!(code == 2 && text.contains("there is no run `../../etc`"), "{text}");
    }
}

//! `pixelproof run`: plays scenarios, compares, reports. It checks everything
//! that a person wrote before a browser is started, and every place that will
//! be written to.

mod changes;
mod conditions;
mod durations;
pub mod outputs;
mod record;
mod selection;
pub mod settings;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use tokio::sync::{mpsc, watch};

use crate::checks::settings::settable;
use crate::cli::Context;
use crate::cli::archives;
use crate::cli::config::file::{Pixels, ScreenshotChoice};
use crate::cli::config::{Config, shown_path};
use crate::cli::discover::{self, Source};
use crate::cli::exit::{CommandResult, EXIT_CODES, Failure};
use crate::cli::joints::{
    self, Attempts, Condition, HOUSE, House, Plan, Scenario, SnapshotWrites, Variables, Wish,
};
use crate::cli::problems::{self, Problem, in_source};
use crate::cli::progress::{self, Display};
use crate::cli::run::changes::Changes;
use crate::cli::run::outputs::{Outputs, read_pictures};
use crate::cli::run::record::Recorder;
use crate::cli::run::selection::{Played, Selection, Shard, chosen};
use crate::cli::run::settings::settle;
use crate::cli::runs;
use crate::cli::signals;
use crate::cli::state::State;
use crate::model::progress::Progress;
use crate::model::run::{Part, RunReport};
use crate::report::mask::Mask;
use crate::report::{Detail, ReportOptions};

/// Play scenarios in Chrome and compare their pixel hits with snapshots
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = format!("\
Examples:
  pixelproof run                                    every scenario in scenarios/
  pixelproof run scenarios/lead.yaml --base https://staging.example.com
  pixelproof run --update                           record or renew the snapshots
  pixelproof run scenarios/lead.yaml --from-har recorded.har
  pixelproof run --block-list easyprivacy.txt --condition slow-3g
  pixelproof run --jobs 4 --output out --screenshots each --report junit=out/junit.xml

{EXIT_CODES}"))]
#[expect(clippy::struct_excessive_bools, reason = "one field a flag")]
pub struct Arguments {
    /// Scenario files, folders or patterns
    #[arg(value_name = "PATHS")]
    pub paths: Vec<PathBuf>,

    /// Scenarios to play side by side
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub jobs: Option<u16>,

    /// Play only scenarios whose name or file matches this regular expression
    #[arg(long, short, value_name = "REGEX")]
    pub grep: Option<String>,

    /// Play only scenarios with this tag; may be repeated
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,

    /// Play only what did not pass the last time; everything where nothing failed
    #[arg(long)]
    pub last_failed: bool,

    /// Play one part of the scenarios, such as 2/5; by name, so that parts stay the same
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,

    /// Make the parts last alike, by a `durations` report of an earlier run
    #[arg(long, value_name = "FILE", requires = "shard")]
    pub shard_by: Option<PathBuf>,

    /// Play only what changed since this commit: scenarios, their snapshots and files (needs git)
    #[arg(long, value_name = "REF")]
    pub changed_since: Option<String>,

    /// Play in another order each time; the seed is told, and repeats an order
    #[arg(long, value_name = "SEED", num_args = 0..=1, require_equals = true)]
    #[expect(clippy::option_option, reason = "not asked for, without a seed, with one")]
    pub shuffle: Option<Option<u64>>,

    /// Set the variable `base`, which scenarios start their URLs with
    #[arg(long, value_name = "URL")]
    pub base: Option<String>,

    /// Set a variable; may be repeated
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub vars: Vec<String>,

    /// Record: play twice, learn what varies, write the snapshots
    #[arg(long, short)]
    pub update: bool,

    /// What happens to pixel requests once they are recorded
    #[arg(long, value_name = "stub|deliver|block", hide_possible_values = true)]
    pub pixels: Option<Pixels>,

    /// Play once more as a visitor with this block list (Adblock Plus syntax),
    /// and tell which hits survive; may be repeated
    #[arg(long = "block-list", value_name = "FILE")]
    pub block_lists: Vec<PathBuf>,

    /// Play once more under this condition: slow-3g, fast-3g, slow-cpu, itp,
    /// etp, offline, exception; may be repeated
    #[arg(long = "condition", value_name = "NAME")]
    pub conditions: Vec<String>,

    /// Use a browser that runs already
    #[arg(long, value_name = "ws://…")]
    pub browser: Option<String>,

    /// Hold the record against Chrome's own log of what it sent
    // Of plays that are repeated not all are kept.
    #[arg(long, conflicts_with = "repeat")]
    pub witness: bool,

    /// Show the browser's window
    #[arg(long)]
    pub headed: bool,

    /// Milliseconds that a step may take
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=86_400_000))]
    pub timeout: Option<u64>,

    /// Play a scenario that did not pass again, at most N times; passed then is flaky, not failed
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "update")]
    pub retries: u16,

    /// Play each scenario N times; all must pass
    #[arg(long, value_name = "N", conflicts_with_all = ["retries", "update"],
          value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub repeat: Option<u16>,

    /// Start no further scenario once N did not pass
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub max_failures: Option<u16>,

    /// The same as --max-failures 1
    #[arg(long, conflicts_with = "max_failures")]
    pub fail_fast: bool,

    /// Write a report: blob, durations, github, gitlab, har, html, json, junit, markdown, openmetrics, sarif, tap,
    /// terminal; may be repeated; `-` is standard output
    #[arg(long = "report", value_name = "FORMAT=PATH")]
    pub reports: Vec<String>,

    /// Write a HAR file for each scenario into this folder
    #[arg(long, value_name = "DIR")]
    pub har: Option<PathBuf>,

    /// Judge a recorded HAR instead of playing: a file for one scenario, or a
    /// folder with `<scenario>.har` for each
    #[arg(long, value_name = "PATH", conflicts_with_all = ["browser", "headed", "pixels", "har", "jobs", "block_lists", "conditions", "retries", "repeat"])]
    pub from_har: Option<PathBuf>,

    /// Of which steps a screenshot is kept: each, failure (the default) or off
    #[arg(long, value_name = "WHICH", hide_possible_values = true)]
    pub screenshots: Option<ScreenshotChoice>,

    /// Write screenshots and other evidence into this folder [default: the kept run's]
    #[arg(long, value_name = "DIR")]
    pub artifacts: Option<PathBuf>,

    /// Write everything into this folder: report.html, report.json, har, screenshots
    #[arg(long, short, value_name = "DIR")]
    pub output: Option<PathBuf>,

    /// Folder of the snapshots
    #[arg(long, value_name = "DIR")]
    pub snapshots: Option<PathBuf>,

    /// Read this file instead of looking for pixelproof.toml
    #[arg(long, value_name = "PATH")]
    pub config: Option<PathBuf>,

    /// Behave as on a CI machine: write no `.snap.new` (on when CI is set)
    #[arg(long, overrides_with = "no_ci")]
    pub ci: bool,

    /// Behave as on a person's machine although CI is set
    #[arg(long, overrides_with = "ci")]
    pub no_ci: bool,

    /// Tell only what did not pass, and the summary
    #[arg(long, short, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Tell requests and calls too
    #[arg(long, short)]
    pub verbose: bool,
}

pub fn execute(arguments: &Arguments, context: &Context) -> CommandResult {
    let prepared = prepare(arguments, context)?;
    let report = play(&prepared, context, &HOUSE)?;
    Ok(report.exit_code())
}

/// Arguments, configuration and files, checked and read; no scenario parsed.
#[derive(Debug)]
pub struct Prepared {
    config: Config,
    variables: Variables,
    sources: Vec<Source>,
    selection: Selection,
    changes: Option<Changes>,
    jobs: usize,
    writes: SnapshotWrites,
    outputs: Outputs,
    attempts: Attempts,
    max_failures: Option<usize>,
    detail: Detail,
    whole_project: bool,
    from_har: Option<PathBuf>,
    conditions: Vec<Condition>,
    state: State,
    wish: Wish,
    keep_runs: usize,
}

impl Prepared {
    /// The configuration that was read.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Keeps what later runs compare with in another folder.
    pub fn keep_state_in(&mut self, folder: &Path) {
        self.state = State::of(folder);
    }

    /// Follows more events than those that findings tell of. It is a look, and
    /// no run that anyone would come back to.
    pub fn look_into(&mut self, wish: Wish) {
        self.wish = wish;
        self.keep_runs = 0;
    }

    /// What a person should know of the choice of scenarios.
    fn notices(&self, chosen: usize) -> Vec<String> {
        let mut notices = self.selection.notices();
        if let Some(changes) = &self.changes {
            let (since, all) = (&changes.since, self.sources.len());
            notices.push(format!("{chosen} of {all} scenarios changed since {since}"));
        }
        notices
    }

    /// Lets the browser reach this machine only.
    pub fn keep_to_loopback(&mut self) {
        self.config.browser.host_resolver_rules = vec![
            "MAP * ~NOTFOUND".to_owned(),
            "EXCLUDE localhost".to_owned(),
            "EXCLUDE *.localhost".to_owned(),
            "EXCLUDE 127.0.0.1".to_owned(),
        ];
    }
}

/// Reads configuration and files, lays the arguments over them; every problem
/// of the arguments at once.
pub fn prepare(arguments: &Arguments, context: &Context) -> Result<Prepared, Failure> {
    let mut problems = Vec::new();
    let (config, variables) = settle(arguments, context, &mut problems)?;
    let environment = &context.environment;
    let selection = Selection::read(arguments, &mut problems);
    let conditions = conditions::asked(arguments, &mut problems);
    let changes = changes::wanted(arguments, &config, environment, &mut problems);
    let outputs = Outputs::read(arguments, &mut problems);
    let sources = discover::sources(&arguments.paths, &config.scenarios, &environment.directory)
        .unwrap_or_else(|found| {
            problems.extend(found);
            Vec::new()
        });
    if !problems.is_empty() {
        return Err(Failure::Input(problems));
    }
    let whole_project = arguments.paths.is_empty() && selection.is_everything();
    let ci = (environment.ci || arguments.ci) && !arguments.no_ci;
    Ok(Prepared {
        variables,
        sources,
        selection,
        changes,
        jobs: config.jobs.unwrap_or(1),
        writes: if arguments.update {
            SnapshotWrites::Update
        } else if ci {
            SnapshotWrites::Nothing
        } else {
            SnapshotWrites::Pending
        },
        outputs,
        attempts: match arguments.repeat {
            Some(times) => Attempts::Repeat(usize::from(times)),
            None => Attempts::Retry(usize::from(arguments.retries)),
        },
        max_failures: if arguments.fail_fast {
            Some(1)
        } else {
            arguments.max_failures.map(usize::from)
        },
        detail: if arguments.quiet {
            Detail::Quiet
        } else if arguments.verbose {
            Detail::Verbose
        } else {
            Detail::Normal
        },
        from_har: arguments.from_har.clone(),
        conditions,
        whole_project,
        state: State::beside(&config, &environment.directory),
        wish: Wish::default(),
        keep_runs: config.keep_runs,
        config,
    })
}

/// Screenshots and the like of a run that is not kept.
const ARTIFACTS: &str = ".pixelproof";

/// Parses the scenarios, plays them, writes and prints everything.
pub fn play(prepared: &Prepared, context: &Context, house: &House) -> Result<RunReport, Failure> {
    let Played { scenarios, part } = read_scenarios(prepared, context, house)?;
    let part = Part { run_id: context.environment.run_id(), ..part };
    let known = joints::snapshots(&prepared.config.snapshots, &scenarios, prepared.writes)?;
    let registry = joints::registry(&prepared.config).map_err(Failure::Input)?;
    let notices = prepared.notices(scenarios.len());
    let archives = archives::read(prepared.from_har.as_deref(), &scenarios)?;
    let screen = &context.screen;
    let plays = scenarios.len() * prepared.attempts.at_once();
    let jobs = prepared.jobs.min(plays).max(1);
    let secrets: Vec<String> =
        scenarios.iter().flat_map(|scenario| scenario.secrets.clone()).collect();
    let to_err = prepared.outputs.take_standard_output();
    let options = ReportOptions {
        width: screen.columns,
        color: if to_err { screen.err_color } else { screen.out_color },
        detail: prepared.detail,
    };
    let environment = &context.environment;
    let bars_possible = environment.stdout_is_terminal
        && environment.stderr_is_terminal
        && !environment.dumb_terminal
        && !environment.ci;
    let style = progress::style(bars_possible, prepared.detail);
    let mut display = Display::new(screen, options, style, Mask::new(&secrets), to_err);

    let awaited = scenarios.iter().map(chosen).collect();
    // An archive is not played, and a recording only learns from ordinary plays.
    let plays = prepared.from_har.is_none() && prepared.writes != SnapshotWrites::Update;
    let conditions = scenarios.iter().map(|scenario| {
        let mut all = prepared.conditions.clone();
        if plays {
            all.extend(conditions::own(scenario, &prepared.conditions));
        }
        all
    });
    let folder = runs::begin(&prepared.state, prepared.keep_runs);
    // Beside the run that they belong to, and gone with it.
    let of_run = folder.as_ref().map(|folder| shown_path(&folder.path, &environment.directory));
    let artifacts =
        prepared.outputs.artifacts.clone().or(of_run).unwrap_or_else(|| ARTIFACTS.into());
    let plan = Plan {
        conditions: conditions.collect(),
        texts: prepared
            .sources
            .iter()
            .map(|source| {
                (source.file.clone(), String::from_utf8_lossy(&source.bytes).into_owned())
            })
            .collect(),
        scenarios,
        known,
        executable: joints::executable(&prepared.config.browser, &context.environment),
        browser: prepared.config.browser.clone(),
        registry: std::sync::Arc::new(registry),
        pixels: prepared.config.pixels,
        vendor_pixels: prepared
            .config
            .vendors
            .iter()
            .filter_map(|vendor| Some((vendor.slug.value.clone(), vendor.pixels?)))
            .collect(),
        checks: prepared.config.checks.clone(),
        jobs,
        step_timeout_ms: prepared.config.timeout_ms,
        snapshots: prepared.config.snapshots.clone(),
        writes: prepared.writes,
        whole_project: prepared.whole_project,
        artifacts,
        archives,
        screenshots: prepared.config.screenshots,
        attempts: prepared.attempts,
        max_failures: prepared.max_failures,
        state: prepared.state.clone(),
        wish: prepared.wish.clone(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::from(anyhow::Error::new(error).context("cannot start")))?;
    for notice in &notices {
        display.notice(notice);
    }
    let recorder = Recorder::start(&prepared.outputs, folder.as_ref(), &part, awaited, options);
    let mut report = runtime.block_on(drive(plan, house, &mut display, &recorder));
    display.finish();
    let written = recorder.finish();
    report.part = part;

    prepared.state.keep_failed(&report);
    read_pictures(&mut report);
    let print = |text: &str| display.print(text);
    prepared.outputs.write(&mut report, &written, options, screen, print);
    if let Some(folder) = folder {
        folder.keep(&report);
    }
    Ok(report)
}

/// The scenarios, after everything that can be checked without a browser has
/// been; notices are told.
pub fn read_scenarios(
    prepared: &Prepared,
    context: &Context,
    house: &House,
) -> Result<Played, Failure> {
    let registry = joints::registry(&prepared.config).map_err(Failure::Input)?;
    let played = parse(prepared, house)?;
    let scenarios = &played.scenarios;
    let vendors: Vec<&str> = registry.vendors().map(|vendor| vendor.slug).collect();
    let unknown: Vec<Problem> = scenarios
        .iter()
        .flat_map(|scenario| {
            let source = prepared.sources.iter().find(|source| source.file == scenario.file);
            let text = source.map(|source| String::from_utf8_lossy(&source.bytes).into_owned());
            let mut problems = scenario.unknown_vendors(&vendors);
            problems.extend(scenario.unknown_checks(&settable(), &vendors));
            problems.extend(conditions::unreadable(scenario));
            in_source(problems, &text.unwrap_or_default())
        })
        .collect();
    if !unknown.is_empty() {
        return Err(Failure::Input(unknown));
    }
    let screen = &context.screen;
    for scenario in scenarios {
        let source = prepared.sources.iter().find(|source| source.file == scenario.file);
        let text = source.map(|source| Arc::from(String::from_utf8_lossy(&source.bytes)));
        for notice in &scenario.notices {
            let problem = Problem { diagnostic: Box::new(notice.clone()), source: text.clone() };
            let color = screen.err_color;
            screen.err(&problems::draw_note(&problem, color, screen.columns));
        }
    }
    Ok(played)
}

/// Every scenario file, and every problem in all of them.
fn parse(prepared: &Prepared, house: &House) -> Result<Played, Failure> {
    let (mut scenarios, mut problems) = (Vec::<Scenario>::new(), Vec::new());
    for source in &prepared.sources {
        match (house.parse)(&source.file, &source.bytes, &prepared.variables) {
            Ok(scenario) => scenarios.push(scenario),
            Err(found) => {
                problems.extend(in_source(found, &String::from_utf8_lossy(&source.bytes)));
            }
        }
    }
    for (index, scenario) in scenarios.iter().enumerate() {
        let twin = scenarios.iter().take(index).find(|other| other.slug == scenario.slug);
        if let Some(twin) = twin {
            problems.push(
                Problem::new(format!(
                    "{} and {} have the same name `{}`, so they would share a snapshot",
                    twin.file, scenario.file, scenario.slug
                ))
                .help("give one of them another `name:`"),
            );
        }
    }
    if !problems.is_empty() {
        return Err(Failure::Input(problems));
    }
    let failed = prepared.state.last_failed();
    let is_concerned = |scenario: &Scenario| {
        let changes = prepared.changes.as_ref();
        changes.is_none_or(|changes| changes.concern(scenario, &prepared.config.snapshots))
    };
    prepared.selection.apply(scenarios, &failed, is_concerned).map_err(Failure::input)
}

/// Plays the plan while progress is shown and signals are listened to.
async fn drive(
    plan: Plan,
    house: &House,
    display: &mut Display<'_>,
    recorder: &Recorder,
) -> RunReport {
    let tell = |display: &mut Display<'_>, event: Progress| {
        display.show(&event);
        recorder.note(event);
    };
    let (sender, mut progress) = mpsc::unbounded_channel();
    let (stop, stopped) = watch::channel(false);
    let mut interrupted = stopped.clone();
    let mut playing = (house.play)(plan, sender, stopped);
    let listening = signals::listen(stop);
    tokio::pin!(listening);
    let mut told = false;
    let mut report = loop {
        tokio::select! {
            biased;
            Some(event) = progress.recv() => tell(display, event),
            _ = &mut listening => {}
            Ok(()) = interrupted.changed(), if !told => {
                told = true;
                display.notice("stopping; press Ctrl-C again to end at once");
            }
            report = &mut playing => break report,
        }
    };
    // What was sent before the engine returned.
    while let Ok(event) = progress.try_recv() {
        tell(display, event);
    }
    if *interrupted.borrow() {
        report.complete = false;
    }
    report
}

#[cfg(test)]
mod tests;

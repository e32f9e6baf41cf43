//! `pixelproof run`: plays scenarios, compares, reports. It checks everything
//! that a person wrote before a browser is started, and every place that will
//! be written to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use tokio::sync::{mpsc, watch};
use url::Url;

use crate::checks::settings::settable;
use crate::cli::Context;
use crate::cli::config::file::Pixels;
use crate::cli::config::{self, Config};
use crate::cli::discover::{self, Source};
use crate::cli::environment::VAR_PREFIX;
use crate::cli::exit::{BROKEN, CommandResult, EXIT_CODES, Failure};
use crate::cli::files;
use crate::cli::joints::{self, HOUSE, House, Plan, Scenario, SnapshotWrites, Variables};
use crate::cli::problems::{self, Problem, in_source, name_help};
use crate::cli::progress::{self, Display};
use crate::cli::signals;
use crate::model::browser_options::BrowserSource;
use crate::model::run::{Artifact, RunReport};
use crate::report::mask::Mask;
use crate::report::{self, Detail, ReportOptions, Reporter, har, terminal};

/// `--report json=-` writes to standard output.
const STANDARD_OUTPUT: &str = "-";

/// Play scenarios in Chrome and compare their pixel hits with snapshots
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = format!("\
Examples:
  pixelproof run                                    every scenario in scenarios/
  pixelproof run scenarios/lead.yaml --base https://staging.example.com
  pixelproof run --update                           record or renew the snapshots
  pixelproof run --jobs 4 --report json=out/run.json --har out

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

    /// Use a browser that runs already
    #[arg(long, value_name = "ws://…")]
    pub browser: Option<String>,

    /// Show the browser's window
    #[arg(long)]
    pub headed: bool,

    /// Milliseconds that a step may take
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=86_400_000))]
    pub timeout: Option<u64>,

    /// Write a report: json=PATH, har=PATH, terminal=PATH; `-` is standard output
    #[arg(long = "report", value_name = "FORMAT=PATH")]
    pub reports: Vec<String>,

    /// Write a HAR file for each scenario into this folder
    #[arg(long, value_name = "DIR")]
    pub har: Option<PathBuf>,

    /// Write screenshots of steps that could not be done into this folder
    #[arg(long, value_name = "DIR", default_value = ".pixelproof")]
    pub artifacts: PathBuf,

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
    grep: Option<regex::Regex>,
    jobs: usize,
    writes: SnapshotWrites,
    outputs: Vec<Output>,
    har: Option<PathBuf>,
    artifacts: PathBuf,
    detail: Detail,
    whole_project: bool,
}

impl Prepared {
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

#[derive(Clone, Copy)]
struct Format(&'static Reporter);

#[derive(Debug)]
struct Output {
    format: Format,
    path: PathBuf,
}

impl std::fmt::Debug for Format {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.0.name)
    }
}

/// Reads configuration and files, lays the arguments over them; every problem
/// of the arguments at once.
pub fn prepare(arguments: &Arguments, context: &Context) -> Result<Prepared, Failure> {
    let environment = &context.environment;
    let mut config = config::load(arguments.config.as_deref(), environment)?;
    let mut problems = Vec::new();

    if let Some(url) = &arguments.browser {
        if !Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "ws" | "wss")) {
            problems.push(
                Problem::new(format!("--browser {url} is no WebSocket URL"))
                    .help("expected what Chrome prints as DevTools URL: ws://127.0.0.1:9222/devtools/browser/…"),
            );
        }
        config.browser.source = BrowserSource::Connect(url.clone());
    }
    config.browser.headless &= !arguments.headed;
    config.timeout_ms = arguments.timeout.unwrap_or(config.timeout_ms);
    config.pixels = arguments.pixels.map_or(config.pixels, Pixels::policy);
    if let Some(folder) = &arguments.snapshots {
        config.snapshots.clone_from(folder);
    }
    let variables = variables(arguments, &config, context, &mut problems);
    let grep = arguments.grep.as_deref().and_then(|pattern| {
        regex::Regex::new(pattern)
            .map_err(|error| {
                let reason = error.to_string();
                let reason =
                    reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
                problems.push(Problem::new(format!(
                    "--grep `{pattern}` is no regular expression: {reason}"
                )));
            })
            .ok()
    });
    let outputs = outputs(&arguments.reports, &mut problems);
    for output in outputs.iter().filter(|output| !is_standard_output(&output.path)) {
        problems.extend(files::check_file(&output.path).err());
    }
    if let Some(folder) = &arguments.har {
        problems.extend(files::check_folder(folder).err());
    }
    let sources = discover::sources(&arguments.paths, &config.scenarios, &environment.directory)
        .unwrap_or_else(|found| {
            problems.extend(found);
            Vec::new()
        });
    if !problems.is_empty() {
        return Err(Failure::Input(problems));
    }
    let ci = (environment.ci || arguments.ci) && !arguments.no_ci;
    Ok(Prepared {
        variables,
        sources,
        grep,
        jobs: arguments.jobs.map(usize::from).or(config.jobs).unwrap_or(1),
        writes: if arguments.update {
            SnapshotWrites::Update
        } else if ci {
            SnapshotWrites::Nothing
        } else {
            SnapshotWrites::Pending
        },
        outputs,
        har: arguments.har.clone(),
        artifacts: arguments.artifacts.clone(),
        detail: if arguments.quiet {
            Detail::Quiet
        } else if arguments.verbose {
            Detail::Verbose
        } else {
            Detail::Normal
        },
        whole_project: arguments.paths.is_empty() && arguments.grep.is_none(),
        config,
    })
}

/// Arguments over environment over configuration. What the environment sets
/// is read by the scenario layer; here the configuration only gives way.
fn variables(
    arguments: &Arguments,
    config: &Config,
    context: &Context,
    problems: &mut Vec<Problem>,
) -> Variables {
    let environment = &context.environment.all;
    let mut command_line: BTreeMap<String, String> = config
        .vars
        .iter()
        .filter(|(name, _)| !environment.contains_key(&format!("{VAR_PREFIX}{name}")))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if let Some(base) = &arguments.base {
        if !Url::parse(base).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
            problems.push(
                Problem::new(format!("--base {base} is no address of a site"))
                    .help("expected such as `https://staging.example.com`"),
            );
        }
        // Scenarios write `${base}/cart`.
        command_line.insert("base".to_owned(), base.trim_end_matches('/').to_owned());
    }
    for pair in &arguments.vars {
        match pair.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                command_line.insert(name.trim().to_owned(), value.to_owned());
            }
            _ => problems.push(
                Problem::new(format!("--var {pair} sets nothing")).help("expected NAME=VALUE"),
            ),
        }
    }
    Variables { command_line, environment: environment.clone(), seed: fastrand::u64(..) }
}

fn outputs(written: &[String], problems: &mut Vec<Problem>) -> Vec<Output> {
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

/// Parses the scenarios, plays them, writes and prints everything.
pub fn play(prepared: &Prepared, context: &Context, house: &House) -> Result<RunReport, Failure> {
    let scenarios = read_scenarios(prepared, context, house)?;
    let known = joints::snapshots(&prepared.config.snapshots, &scenarios, prepared.writes)?;
    let registry = joints::registry(&prepared.config).map_err(Failure::Input)?;
    let screen = &context.screen;
    let jobs = prepared.jobs.min(scenarios.len()).max(1);
    let secrets: Vec<String> =
        scenarios.iter().flat_map(|scenario| scenario.secrets.clone()).collect();
    let to_err = prepared.outputs.iter().any(|output| is_standard_output(&output.path));
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

    let plan = Plan {
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
        artifacts: prepared.artifacts.clone(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::from(anyhow::Error::new(error).context("cannot start")))?;
    let mut report = runtime.block_on(drive(plan, house, &mut display));
    display.finish();

    let mut failed_writes = write_archives(&mut report, prepared.har.as_deref());
    display.print(&terminal::summary(&report, &options));
    for output in &prepared.outputs {
        let write = output.format.0.write;
        if is_standard_output(&output.path) {
            screen.out_bytes(&write(&report, &ReportOptions { color: false, ..options }));
        } else {
            let for_file = ReportOptions { color: false, width: 100, ..options };
            failed_writes.extend(files::write(&output.path, &write(&report, &for_file)).err());
        }
    }
    if failed_writes.is_empty() {
        return Ok(report);
    }
    // The places were good before the run: a full disk is no bad input.
    for problem in &failed_writes {
        screen.err(&problems::draw(problem, screen.err_color, screen.columns));
    }
    report.complete = false;
    debug_assert_eq!(report.exit_code(), BROKEN);
    Ok(report)
}

/// The scenarios, after everything that can be checked without a browser has
/// been; notices are told.
pub fn read_scenarios(
    prepared: &Prepared,
    context: &Context,
    house: &House,
) -> Result<Vec<Scenario>, Failure> {
    let registry = joints::registry(&prepared.config).map_err(Failure::Input)?;
    let scenarios = parse(prepared, house)?;
    let vendors: Vec<&str> = registry.vendors().map(|vendor| vendor.slug).collect();
    let unknown: Vec<Problem> = scenarios
        .iter()
        .flat_map(|scenario| {
            let source = prepared.sources.iter().find(|source| source.file == scenario.file);
            let text = source.map(|source| String::from_utf8_lossy(&source.bytes).into_owned());
            let mut problems = scenario.unknown_vendors(&vendors);
            problems.extend(scenario.unknown_checks(&settable(), &vendors));
            in_source(problems, &text.unwrap_or_default())
        })
        .collect();
    if !unknown.is_empty() {
        return Err(Failure::Input(unknown));
    }
    let screen = &context.screen;
    for scenario in &scenarios {
        let source = prepared.sources.iter().find(|source| source.file == scenario.file);
        let text = source.map(|source| Arc::from(String::from_utf8_lossy(&source.bytes)));
        for notice in &scenario.notices {
            let problem = Problem { diagnostic: Box::new(notice.clone()), source: text.clone() };
            let color = screen.err_color;
            screen.err(&problems::draw_note(&problem, color, screen.columns));
        }
    }
    Ok(scenarios)
}

/// Every scenario file, and every problem in all of them.
fn parse(prepared: &Prepared, house: &House) -> Result<Vec<Scenario>, Failure> {
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
    if let Some(grep) = &prepared.grep {
        scenarios.retain(|scenario| grep.is_match(&scenario.name) || grep.is_match(&scenario.file));
        if scenarios.is_empty() {
            return Err(Failure::input(Problem::new(format!(
                "no scenario matches --grep `{grep}`"
            ))));
        }
    }
    Ok(scenarios)
}

/// Plays the plan while progress is shown and signals are listened to.
async fn drive(plan: Plan, house: &House, display: &mut Display<'_>) -> RunReport {
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
            Some(event) = progress.recv() => display.show(event),
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
        display.show(event);
    }
    if *interrupted.borrow() {
        report.complete = false;
    }
    report
}

/// A HAR file for each scenario that was played; problems, if any.
fn write_archives(report: &mut RunReport, folder: Option<&Path>) -> Vec<Problem> {
    let Some(folder) = folder else { return Vec::new() };
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

fn is_standard_output(path: &Path) -> bool {
    path == Path::new(STANDARD_OUTPUT)
}

#[cfg(test)]
mod tests;

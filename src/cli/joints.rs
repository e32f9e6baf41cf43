//! Where the commands meet the layers below: the one file that names them, so
//! that commands can be tried without a browser. It decides nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::browser::find;
use crate::checks::settings::settable;
use crate::cli::config::Config;
use crate::cli::config::file::narrow;
use crate::cli::environment::Environment;
use crate::cli::exit::Failure;
use crate::cli::files;
use crate::cli::problems::{Problem, in_source};
use crate::cli::snapshots::Store;
use crate::cli::state::State;
use crate::diagnostic::Diagnostic;
use crate::engine;
use crate::engine::condition::under;
use crate::model::browser_options::{BrowserOptions, BrowserSource};
use crate::model::check_rule::CheckRule;
use crate::model::finding::{Finding, Severity};
use crate::model::progress::Progress;
use crate::model::run::{RunReport, Screenshots};
use crate::model::span::Span;
use crate::model::vendor::PixelPolicy;
use crate::scenario::unknown_rules;
use crate::shop::{ShopOptions, Theme, serve};
use crate::snapshot::Snapshot;
use crate::vendors::Registry;

pub use crate::checks::trail::Wish;
pub use crate::engine::Writes as SnapshotWrites;
pub use crate::engine::attempts::Attempts;
pub use crate::engine::condition::Condition;
pub use crate::model::condition::{ConditionKind, WORDS};
pub use crate::scenario::{Scenario, Variables};
pub use crate::shop::USUAL_PORT;
pub use crate::wire::har::Archive;

/// All that the engine needs for a run.
pub struct Plan {
    pub scenarios: Vec<Scenario>,
    /// Texts of the scenario files, by name.
    pub texts: BTreeMap<String, String>,
    pub known: Vec<Option<Snapshot>>,
    pub browser: BrowserOptions,
    /// `None` where the options name a browser that runs.
    pub executable: Option<PathBuf>,
    pub registry: Arc<Registry>,
    pub pixels: PixelPolicy,
    /// By slug, where a vendor differs.
    pub vendor_pixels: BTreeMap<String, PixelPolicy>,
    /// What the configuration settles about findings.
    pub checks: Vec<CheckRule>,
    pub jobs: usize,
    pub step_timeout_ms: u64,
    pub snapshots: PathBuf,
    pub writes: SnapshotWrites,
    /// Every scenario of the project is in the plan, so that a snapshot that
    /// none of them has is obsolete.
    pub whole_project: bool,
    pub screenshots: Screenshots,
    pub attempts: Attempts,
    pub max_failures: Option<usize>,
    /// Where they are kept.
    pub artifacts: PathBuf,
    /// Archives that are judged instead of plays, by slug.
    pub archives: BTreeMap<String, Archive>,
    /// What each scenario is played under too, in their order.
    pub conditions: Vec<Vec<Condition>>,
    /// What is kept between runs.
    pub state: State,
    pub wish: Wish,
}

pub type Playing = Pin<Box<dyn Future<Output = RunReport>>>;

/// A scenario from a file's name, its bytes and the variables.
pub type Parse = fn(&str, &[u8], &Variables) -> Result<Scenario, Vec<Diagnostic>>;

/// Starts playing a plan; the receiver turns true to stop early.
pub type Play = fn(Plan, mpsc::UnboundedSender<Progress>, watch::Receiver<bool>) -> Playing;

/// What commands call. Tests put fakes into it.
#[derive(Clone, Copy)]
pub struct House {
    pub parse: Parse,
    pub play: Play,
}

pub const HOUSE: House =
    House { parse, play: |plan, progress, stop| Box::pin(play(plan, progress, stop)) };

/// A built-in or user-defined vendor, for the list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorLine {
    pub slug: String,
    pub name: String,
    pub docs: String,
}

fn parse(file: &str, text: &[u8], variables: &Variables) -> Result<Scenario, Vec<Diagnostic>> {
    let mut scenario = crate::scenario::parse(file, text, variables)?;
    scenario.resolve_files(Path::new(file).parent().unwrap_or(Path::new("")));
    Ok(scenario)
}

/// The JSON Schema of a scenario file.
pub fn scenario_schema() -> serde_json::Value {
    crate::scenario::schema()
}

/// The decoders, with the vendors that the configuration defines and the
/// hosts that it adds.
pub fn registry(config: &Config) -> Result<Registry, Vec<Problem>> {
    let name = config.path.as_ref().map(|path| path.display().to_string());
    let mut diagnostics = Vec::new();
    let mut tell = |message: String, place: Option<(Span, &str)>| {
        let mut diagnostic = Diagnostic::new(message);
        if let Some(name) = &name {
            diagnostic = diagnostic.in_file(name);
        }
        if let Some((span, label)) = place {
            diagnostic = diagnostic.at(span, label);
        }
        diagnostics.push(diagnostic);
    };
    let custom = config.custom_vendors.iter().map(|table| table.value.clone()).collect();
    let mut hosts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for vendor in &config.vendors {
        if !vendor.hosts.is_empty() {
            hosts
                .entry(vendor.slug.value.clone())
                .or_default()
                .extend(vendor.hosts.iter().map(|host| host.value.clone()));
        }
    }
    let registry = match Registry::new(custom, hosts) {
        Ok(registry) => Some(registry),
        Err(problems) => {
            for problem in problems {
                let place = place_of(&problem, config);
                tell(problem, place.map(|span| (span, "")));
            }
            None
        }
    };
    if let Some(registry) = &registry {
        for vendor in &config.vendors {
            if registry.vendor(&vendor.slug.value).is_none() {
                tell(
                    format!("unknown vendor `{}`", vendor.slug.value),
                    Some((vendor.slug.span, "`pixelproof vendors` lists those that are known")),
                );
            }
        }
    }
    if let Some(registry) = &registry {
        let vendors: Vec<&str> = registry.vendors().map(|vendor| vendor.slug).collect();
        for mut problem in unknown_rules(&config.checks, &settable(), &vendors) {
            problem.file.clone_from(&name);
            diagnostics.push(problem);
        }
    }
    match registry {
        Some(registry) if diagnostics.is_empty() => Ok(registry),
        _ => Err(in_source(diagnostics, &config.source)),
    }
}

/// Where the configuration speaks of what the registry complains about: the
/// problem begins with what it is about, and then the field.
fn place_of(problem: &str, config: &Config) -> Option<Span> {
    let subject = problem.split('`').nth(1)?;
    let field = problem.split(": ").nth(1).unwrap_or_default();
    if let Some(table) = config.custom_vendors.iter().find(|table| table.value.slug == subject) {
        let text = config.source.get(table.span.start..table.span.end)?;
        let field = field.rsplit('.').next().unwrap_or_default();
        let mut start = table.span.start;
        for line in text.split_inclusive('\n') {
            let is_field = line
                .trim_start()
                .strip_prefix(field)
                .is_some_and(|rest| !field.is_empty() && rest.trim_start().starts_with('='));
            if is_field {
                return Some(Span::new(start, start + line.trim_end().len()));
            }
            start += line.len();
        }
        return Some(narrow(table.span.start..table.span.end, &config.source));
    }
    let vendors = &config.vendors;
    let host = vendors.iter().flat_map(|vendor| &vendor.hosts).find(|host| host.value == subject);
    host.map(|host| host.span).or_else(|| {
        vendors.iter().find(|vendor| vendor.slug.value == subject).map(|vendor| vendor.slug.span)
    })
}

pub fn vendors(config: &Config) -> Result<Vec<VendorLine>, Failure> {
    let registry = registry(config).map_err(Failure::Input)?;
    Ok(registry
        .vendors()
        .map(|vendor| VendorLine {
            slug: vendor.slug.to_owned(),
            name: vendor.name.to_owned(),
            docs: vendor.docs.to_owned(),
        })
        .collect())
}

/// The snapshots of the scenarios, in their order; every problem of all.
/// Where they are recorded anew, one that holds nonsense counts as none.
pub fn snapshots(
    folder: &Path,
    scenarios: &[Scenario],
    writes: SnapshotWrites,
) -> Result<Vec<Option<Snapshot>>, Failure> {
    let store = Store::new(folder);
    let mut problems = Vec::new();
    let mut known = Vec::new();
    for scenario in scenarios {
        match store.read(&scenario.slug) {
            Ok(snapshot) => known.push(snapshot),
            Err(error) if error.nonsense && writes == SnapshotWrites::Update => known.push(None),
            Err(error) => problems.extend(error.into_problems()),
        }
    }
    if problems.is_empty() { Ok(known) } else { Err(Failure::Input(problems)) }
}

/// The Chrome to launch, where one is to be launched.
pub fn executable(options: &BrowserOptions, environment: &Environment) -> Option<PathBuf> {
    match &options.source {
        BrowserSource::Connect(_) => None,
        BrowserSource::Executable(path) => Some(path.clone()),
        BrowserSource::Find => find_chrome(environment),
    }
}

fn find_chrome(environment: &Environment) -> Option<PathBuf> {
    let search_path = environment.all.get("PATH").map(std::ffi::OsString::from);
    find::find_chrome(search_path.as_deref(), &browsers(environment))
}

fn browsers(environment: &Environment) -> PathBuf {
    environment.cache.clone().unwrap_or_else(|| PathBuf::from(".pixelproof")).join("browsers")
}

/// A Chrome on this machine, or one that is downloaded now: its path.
pub async fn install_browser(environment: &Environment) -> Result<PathBuf, Failure> {
    if let Some(path) = environment.chrome.clone().or_else(|| find_chrome(environment)) {
        return Ok(path);
    }
    find::install_chrome(&browsers(environment)).await.map_err(|error| Failure::Broken {
        error: anyhow::anyhow!(error),
        help: Some("install Chrome or Chromium with your system's package manager, or set PIXELPROOF_CHROME to its executable".to_owned()),
    })
}

/// Plays the plan and writes what should be written.
async fn play(
    plan: Plan,
    progress: mpsc::UnboundedSender<Progress>,
    stop: watch::Receiver<bool>,
) -> RunReport {
    let store = Store::new(&plan.snapshots);
    let artifacts = plan.artifacts.clone();
    let state = plan.state;
    let writes = plan.writes;
    let whole_project = plan.whole_project;
    let mut texts = plan.texts;
    let mut archives = plan.archives;
    let scenarios = plan
        .scenarios
        .into_iter()
        .zip(plan.known)
        .zip(plan.conditions)
        .flat_map(|((scenario, snapshot), conditions)| {
            let planned = engine::PlannedScenario {
                text: texts.remove(&scenario.file).unwrap_or_default(),
                snapshot_path: store.path(&scenario.slug).display().to_string(),
                archive: archives.remove(&scenario.slug),
                condition: None,
                last_good: state.last_good(&scenario.slug),
                scenario,
                snapshot,
            };
            let further: Vec<_> =
                conditions.iter().map(|condition| under(&planned, condition)).collect();
            std::iter::once(planned).chain(further)
        })
        .collect::<Vec<_>>();
    let slugs: Vec<String> =
        scenarios.iter().map(|planned| planned.scenario.slug.clone()).collect();
    let outcome = engine::run(
        engine::Plan {
            scenarios,
            browser: plan.browser,
            executable: plan.executable,
            registry: plan.registry,
            pixels: plan.pixels,
            vendor_pixels: plan.vendor_pixels,
            checks: plan.checks,
            layers: Vec::new(),
            jobs: plan.jobs,
            step_timeout: Duration::from_millis(plan.step_timeout_ms),
            writes,
            screenshots: plan.screenshots,
            attempts: plan.attempts,
            max_failures: plan.max_failures,
            keep: Arc::new(move |name, bytes| {
                let path = artifacts.join(name);
                files::write(&path, bytes)
                    .map(|()| path.display().to_string())
                    .map_err(|problem| problem.diagnostic.message)
            }),
            wish: plan.wish,
        },
        progress,
        stop,
    )
    .await;
    let mut report = outcome.report;
    for (scenario, good) in report.scenarios.iter().zip(&outcome.goods) {
        if let Some(good) = good {
            state.keep(&scenario.slug, good, &scenario.secrets);
        }
    }
    for ((scenario, recording), slug) in
        report.scenarios.iter_mut().zip(outcome.recordings).zip(&slugs)
    {
        let written = match recording {
            Some(recording) if recording.pending => {
                store.write_pending(slug, &recording.recorded.snapshot).map(|_| ())
            }
            Some(recording) => store.write(slug, &recording.recorded.snapshot).map(|_| ()),
            None if scenario_agrees(scenario) && writes != SnapshotWrites::Nothing => {
                store.remove_pending(slug).map(|_| ())
            }
            None => Ok(()),
        };
        if let Err(error) = written {
            report.complete = false;
            report.findings.extend(error.problems.into_iter().map(|problem| {
                finding("snapshot-not-written", Severity::Error, problem.message, problem.help)
            }));
        }
    }
    if whole_project && report.complete {
        let known: Vec<&str> = slugs.iter().map(String::as_str).collect();
        for path in store.obsolete(&known).unwrap_or_default() {
            report.findings.push(finding(
                "snapshot-obsolete",
                Severity::Warning,
                format!("no scenario belongs to {}", path.display()),
                Some("remove it, or give a scenario that name".to_owned()),
            ));
        }
    }
    report
}

fn scenario_agrees(scenario: &crate::model::run::ScenarioReport) -> bool {
    matches!(scenario.snapshot, crate::model::run::SnapshotState::Same { .. })
}

fn finding(code: &str, severity: Severity, message: String, help: Option<String>) -> Finding {
    Finding {
        code: code.to_owned(),
        severity,
        message,
        details: Vec::new(),
        help,
        vendor: None,
        suppressed: None,
        step: None,
        hits: Vec::new(),
        place: None,
        difference: None,
    }
}

/// Names of the demo shop's themes, each with what it breaks.
pub fn themes() -> Vec<(&'static str, &'static str)> {
    Theme::all().map(|theme| (theme.name(), theme.description())).collect()
}

/// The demo shop, served until it is dropped.
pub struct Shop {
    shop: crate::shop::Shop,
}

impl Shop {
    /// On loopback; port 0 takes any free one.
    pub async fn open(theme: &str, port: u16) -> Result<Self, Failure> {
        let theme: Theme =
            theme.parse().map_err(|error| Failure::input(Problem::new(format!("{error}"))))?;
        let options = ShopOptions { theme, port: Some(port), ..ShopOptions::default() };
        let shop = serve(options).await.map_err(|error| {
            Failure::from(
                anyhow::Error::new(error).context(format!("cannot serve the shop on port {port}")),
            )
        })?;
        Ok(Self { shop })
    }

    pub fn base_url(&self) -> String {
        self.shop.base_url()
    }

    pub async fn close(self) {
        self.shop.shutdown().await;
    }
}

/// The demo's scenarios and snapshots: paths and contents.
pub fn demo_files() -> &'static [(&'static str, &'static [u8])] {
    macro_rules! files {
        ($($path:literal),* $(,)?) => {
            &[$(($path, include_bytes!(concat!("../../", $path)))),*]
        };
    }
    files![
        "scenarios/consent.yaml",
        "scenarios/contact.yaml",
        "scenarios/files/left-sock.svg",
        "scenarios/lead.yaml",
        "scenarios/newsletter.yaml",
        "scenarios/purchase.yaml",
        "scenarios/search.yaml",
        "scenarios/transports.yaml",
        "snapshots/consent.snap",
        "snapshots/contact.snap",
        "snapshots/lead.snap",
        "snapshots/newsletter.snap",
        "snapshots/purchase.snap",
        "snapshots/search.snap",
        "snapshots/transports.snap",
    ]
}

//! The loops that join the layers: scenarios to browser, browser to trace,
//! trace to findings and verdict. It reads no file and prints nothing; what
//! it tells while it works are [`Progress`] events, and what it wants kept
//! goes through [`Plan::keep`].

mod cause;
mod judge;
mod origins;
mod play;
mod pool;
mod watch;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures::StreamExt as _;
use tokio::sync::mpsc;
use tokio::sync::watch as channel;

use crate::engine::judge::judge;
use crate::engine::play::{Played, play};
use crate::engine::pool::Pool;
use crate::model::browser_options::BrowserOptions;
use crate::model::check_rule::CheckRule;
use crate::model::finding::{Finding, Severity};
use crate::model::progress::{Progress, Take};
use crate::model::run::{Artifact, RunReport, ScenarioReport, SnapshotState, Verdict};
use crate::model::trace::Trace;
use crate::model::vendor::PixelPolicy;
use crate::scenario::Scenario;
use crate::snapshot::Snapshot;
use crate::snapshot::record::Recorded;
use crate::vendors::Registry;

/// Keeps a file and returns its path: name, bytes.
pub type Keep = Arc<dyn Fn(&str, &[u8]) -> Result<String, String> + Send + Sync>;

/// Everything that a run needs, checked and read.
pub struct Plan {
    pub scenarios: Vec<PlannedScenario>,
    pub browser: BrowserOptions,
    /// The Chrome to launch; `None` when the options name one that runs.
    pub executable: Option<PathBuf>,
    pub registry: Arc<Registry>,
    pub pixels: PixelPolicy,
    /// By vendor slug, where a vendor differs.
    pub vendor_pixels: BTreeMap<String, PixelPolicy>,
    /// What holds for findings of every scenario; its own settings are stronger.
    pub checks: Vec<CheckRule>,
    /// Names of data layers beside `dataLayer`.
    pub layers: Vec<String>,
    pub jobs: usize,
    pub step_timeout: Duration,
    pub writes: Writes,
    pub keep: Keep,
}

pub struct PlannedScenario {
    pub scenario: Scenario,
    pub snapshot: Option<Snapshot>,
    /// Text of the scenario file, for excerpts.
    pub text: String,
    /// Path of its snapshot, whether it exists or not.
    pub snapshot_path: String,
}

impl PlannedScenario {
    /// For a further take: another address, another order, so that a
    /// recording learns what is generated.
    fn again(&self, take: u64) -> Self {
        Self {
            scenario: self.scenario.again(self.text.as_bytes(), take),
            snapshot: self.snapshot.clone(),
            text: self.text.clone(),
            snapshot_path: self.snapshot_path.clone(),
        }
    }
}

/// What is done with hits that have no snapshot or differ from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writes {
    /// Nothing is written.
    Nothing,
    /// A difference is offered as `.snap.new`; a first recording as `.snap`.
    Pending,
    /// The snapshot itself is recorded anew.
    Update,
}

/// What a run leaves: the report, and what should be written beside it.
pub struct Outcome {
    pub report: RunReport,
    /// In the order of the plan; `None`: nothing to write.
    pub recordings: Vec<Option<Recording>>,
}

pub struct Recording {
    pub recorded: Recorded,
    /// Replace the snapshot, or offer it as `.snap.new`.
    pub pending: bool,
}

/// How often a recording plays a scenario to learn what varies.
const TAKES: usize = 2;

/// Plays every scenario of the plan. Never fails: what goes wrong is in the
/// report. When `stop` becomes true, plays end at once and the report is
/// marked incomplete.
pub async fn run(
    plan: Plan,
    progress: mpsc::UnboundedSender<Progress>,
    stop: channel::Receiver<bool>,
) -> Outcome {
    let started = Instant::now();
    let started_unix_ms = unix_ms();
    let jobs = plan.jobs.clamp(1, plan.scenarios.len().max(1));
    tell(&progress, Progress::RunStarted { scenarios: plan.scenarios.len(), jobs });
    let pool = Pool::new(&plan, progress.clone());
    let (plan, pool) = (&plan, &pool);
    let mut ended: Vec<(usize, ScenarioReport, Option<Recording>)> =
        futures::stream::iter(plan.scenarios.iter().enumerate())
            .map(|(index, planned)| {
                let progress = progress.clone();
                let stop = stop.clone();
                async move {
                    let (report, recording) =
                        one(plan, pool, index, planned, &progress, stop).await;
                    tell(
                        &progress,
                        Progress::ScenarioEnded { index, report: Box::new(report.clone()) },
                    );
                    (index, report, recording)
                }
            })
            .buffer_unordered(jobs)
            .collect()
            .await;
    let browser = pool.product().await;
    pool.close().await;
    ended.sort_by_key(|(index, ..)| *index);
    let mut scenarios = Vec::new();
    let mut recordings = Vec::new();
    for (_, report, recording) in ended {
        scenarios.push(report);
        recordings.push(recording);
    }
    let report = RunReport {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_unix_ms,
        duration_ms: started.elapsed().as_secs_f64() * 1_000.0,
        browser,
        scenarios,
        findings: Vec::new(),
        complete: !*stop.borrow(),
    };
    Outcome { report, recordings }
}

/// One scenario, played as often as needed.
async fn one(
    plan: &Plan,
    pool: &Pool,
    index: usize,
    planned: &PlannedScenario,
    progress: &mpsc::UnboundedSender<Progress>,
    stop: channel::Receiver<bool>,
) -> (ScenarioReport, Option<Recording>) {
    let scenario = &planned.scenario;
    let record = match (plan.writes, &planned.snapshot) {
        (Writes::Update, _) | (Writes::Pending, None) => true,
        (Writes::Nothing | Writes::Pending, _) => false,
    };
    let of = if record { TAKES } else { 1 };
    let mut plays: Vec<Played> = Vec::new();
    let mut taken = None;
    for number in 1..=of {
        tell(
            progress,
            Progress::ScenarioStarted {
                index,
                name: scenario.name.clone(),
                steps: scenario.steps.len(),
                take: Take { number, of },
            },
        );
        let mut stopped = stop.clone();
        let browser = tokio::select! {
            biased;
            () = until_stopped(&mut stopped) => break,
            browser = pool.browser() => browser,
        };
        if number > 1 {
            taken = Some(planned.again(number as u64));
        }
        let planned = taken.as_ref().unwrap_or(planned);
        let played = match browser {
            Ok(browser) => {
                play(plan, &browser, index, planned, record, progress, stop.clone()).await
            }
            Err(error) => Played::without_browser(scenario, &error),
        };
        let whole = played.is_whole();
        plays.push(played);
        // A play that ended early has nothing to teach.
        if !whole {
            break;
        }
    }
    if plays.is_empty() {
        return (skipped(planned), None);
    }
    // The last play is the one that is judged.
    judge(plan, taken.as_ref().unwrap_or(planned), plays, record)
}

/// Returns when the run is to end, which may be never.
pub(crate) async fn until_stopped(stop: &mut channel::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        // Nobody can stop the run any more.
        std::future::pending::<()>().await;
    }
}

fn skipped(planned: &PlannedScenario) -> ScenarioReport {
    ScenarioReport {
        name: planned.scenario.name.clone(),
        slug: planned.scenario.slug.clone(),
        file: planned.scenario.file.clone(),
        verdict: Verdict::Skipped,
        trace: Trace::default(),
        findings: Vec::new(),
        snapshot: SnapshotState::None,
        secrets: planned.scenario.secrets.clone(),
        artifacts: Vec::new(),
    }
}

/// A finding about the run itself rather than about the site.
pub(crate) fn run_finding(
    code: &str,
    message: String,
    details: Vec<String>,
    help: Option<String>,
) -> Finding {
    Finding {
        code: code.to_owned(),
        severity: Severity::Error,
        message,
        details,
        help,
        vendor: None,
        suppressed: None,
        step: None,
        hits: Vec::new(),
        place: None,
        difference: None,
    }
}

pub(crate) fn unix_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
}

/// Nobody may listen any more; the run goes on all the same.
pub(crate) fn tell(progress: &mpsc::UnboundedSender<Progress>, event: Progress) {
    let _ = progress.send(event);
}

pub(crate) fn keep_screenshot(
    plan: &Plan,
    slug: &str,
    step: usize,
    png: &[u8],
) -> Option<Artifact> {
    let path = (plan.keep)(&format!("{slug}-step-{}.png", step + 1), png).ok()?;
    Some(Artifact { kind: "screenshot".to_owned(), path, step: Some(step) })
}

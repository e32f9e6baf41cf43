//! The loops that join the layers: scenarios to browser, browser to trace,
//! trace to findings and verdict. It reads no file and prints nothing; what
//! it tells while it works are [`Progress`] events, and what it wants kept
//! goes through [`Plan::keep`].

mod archive;
pub mod attempts;
mod cause;
pub mod condition;
mod evidence;
mod judge;
mod origins;
mod play;
mod pool;
mod watch;
mod witness;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures::StreamExt as _;
use tokio::sync::mpsc;
use tokio::sync::watch as channel;

use crate::checks::trail::Wish;
use crate::engine::archive::replay;
use crate::engine::attempts::{Attempts, attempts};
use crate::engine::condition::{Condition, survival};
use crate::engine::judge::{Judged, judge};
use crate::engine::play::{Place, Played, play};
use crate::engine::pool::Pool;
use crate::model::browser_options::BrowserOptions;
use crate::model::check_rule::CheckRule;
use crate::model::finding::{Finding, Severity};
use crate::model::last_good::LastGood;
use crate::model::progress::{Progress, Take};
use crate::model::request::Request;
use crate::model::run::{Chosen, Part, RunReport, ScenarioReport, Screenshots, Shelf, Verdict};
use crate::model::vendor::PixelPolicy;
use crate::scenario::Scenario;
use crate::snapshot::Snapshot;
use crate::snapshot::record::Recorded;
use crate::vendors::Registry;
use crate::wire::har::Archive;

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
    pub screenshots: Screenshots,
    pub attempts: Attempts,
    /// Nothing more is started once so many scenarios did not pass.
    pub max_failures: Option<usize>,
    pub keep: Keep,
    /// Which events are followed from step to vendor.
    pub wish: Wish,
}

impl Plan {
    /// Plays of these scenarios that judge and neither write nor keep a thing,
    /// one after another, with pixels answered here.
    pub fn of(scenarios: Vec<PlannedScenario>) -> Self {
        Self {
            scenarios,
            browser: BrowserOptions::default(),
            executable: None,
            registry: Arc::new(Registry::default()),
            pixels: PixelPolicy::Stub,
            vendor_pixels: BTreeMap::new(),
            checks: Vec::new(),
            layers: Vec::new(),
            jobs: 1,
            step_timeout: Duration::from_secs(10),
            writes: Writes::Nothing,
            screenshots: Screenshots::Failure,
            attempts: Attempts::default(),
            max_failures: None,
            keep: Arc::new(|_, _| Err("nothing is kept".to_owned())),
            wish: Wish::Findings,
        }
    }
}

pub struct PlannedScenario {
    pub scenario: Scenario,
    pub snapshot: Option<Snapshot>,
    /// Text of the scenario file, for excerpts.
    pub text: String,
    /// Path of its snapshot, whether it exists or not.
    pub snapshot_path: String,
    /// What was recorded elsewhere, to be judged instead of a play.
    pub archive: Option<Archive>,
    /// What it is played under, in a further play of its own.
    pub condition: Option<Condition>,
    /// What was kept of its last play that passed.
    pub last_good: Option<LastGood>,
}

impl PlannedScenario {
    /// A scenario of that text of which nothing else is known.
    pub fn of(scenario: Scenario, text: String, snapshot_path: String) -> Self {
        Self {
            scenario,
            snapshot: None,
            text,
            snapshot_path,
            archive: None,
            condition: None,
            last_good: None,
        }
    }

    /// Whether it is played where hits may be lost without a fault of the site.
    fn is_hindered(&self) -> bool {
        self.condition.as_ref().is_some_and(|condition| condition.kind().hinders())
    }

    /// For a further take: another address, another order, so that a
    /// recording learns what is generated.
    fn again(&self, take: u64) -> Self {
        Self {
            scenario: self.scenario.again(self.text.as_bytes(), take),
            snapshot: self.snapshot.clone(),
            text: self.text.clone(),
            snapshot_path: self.snapshot_path.clone(),
            archive: None,
            condition: self.condition.clone(),
            last_good: self.last_good.clone(),
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
    /// What to keep of those that passed, in the same order.
    pub goods: Vec<Option<LastGood>>,
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
    let plays = plan.scenarios.len() * plan.attempts.at_once();
    let jobs = plan.jobs.clamp(1, plays.max(1));
    tell(&progress, Progress::RunStarted { scenarios: plan.scenarios.len(), jobs });
    let pool = Pool::new(&plan, progress.clone());
    // All plays are polled by this one task.
    let failures = Cell::new(0);
    let (plan, pool, failures) = (&plan, &pool, &failures);
    let mut ended: Vec<(usize, Judged)> = futures::stream::iter(families(plan))
        .map(|family| {
            let (progress, stop) = (progress.clone(), stop.clone());
            async move { play_family(plan, pool, family, failures, &progress, &stop).await }
        })
        .buffer_unordered(jobs)
        .flat_map(futures::stream::iter)
        .collect()
        .await;
    let browser = pool.product().await;
    let log = pool.close().await;
    ended.sort_by_key(|(index, ..)| *index);
    let mut scenarios = Vec::new();
    let mut recordings = Vec::new();
    let mut goods = Vec::new();
    for (_, judged) in ended {
        scenarios.push(judged.report);
        recordings.push(judged.recording);
        goods.push(judged.good);
    }
    let mut findings = Vec::new();
    if plan.browser.witness && pool.started_once().await {
        findings = match log {
            Some(log) => witness::compare(&requests_of(&scenarios), &log),
            None => vec![run_finding(
                "witness-silent",
                "Chrome left no log to hold the record against".to_owned(),
                Vec::new(),
                Some("a witness needs a Chrome that pixelproof launched itself".to_owned()),
            )],
        };
    }
    let report = RunReport {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_unix_ms,
        duration_ms: started.elapsed().as_secs_f64() * 1_000.0,
        browser,
        scenarios,
        findings,
        complete: !*stop.borrow(),
        part: Part::default(),
        pictures: BTreeMap::new(),
        shelf: Shelf::default(),
    };
    Outcome { report, recordings, goods }
}

fn requests_of(scenarios: &[ScenarioReport]) -> Vec<&Request> {
    let plays = scenarios.iter().flat_map(|it| std::iter::once(it).chain(&it.others));
    plays.flat_map(|play| &play.trace.requests).collect()
}

/// Each scenario with what follows of it under conditions.
fn families(plan: &Plan) -> Vec<std::ops::Range<usize>> {
    let is_first = |index: &usize| plan.scenarios[*index].condition.is_none();
    let starts: Vec<usize> = (0..plan.scenarios.len()).filter(is_first).collect();
    let ends = starts.iter().copied().skip(1).chain([plan.scenarios.len()]);
    starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
}

/// A scenario, then the same under each condition, held against it. `failures`
/// counts those of the whole run.
async fn play_family(
    plan: &Plan,
    pool: &Pool,
    family: std::ops::Range<usize>,
    failures: &Cell<usize>,
    progress: &mpsc::UnboundedSender<Progress>,
    stop: &channel::Receiver<bool>,
) -> Vec<(usize, Judged)> {
    let mut ended: Vec<(usize, Judged)> = Vec::new();
    for index in family {
        let planned = &plan.scenarios[index];
        let enough = plan.max_failures.is_some_and(|most| failures.get() >= most);
        let mut judged = if enough {
            Judged::skipped(planned)
        } else {
            attempts(plan, pool, index, planned, progress, stop.clone()).await
        };
        let report = &mut judged.report;
        let bad = matches!(report.verdict, Verdict::Failed | Verdict::Broken);
        failures.set(failures.get() + usize::from(bad));
        if let Some(condition) = planned.condition.as_ref().filter(|_| planned.is_hindered())
            && report.verdict != Verdict::Skipped
            && let Some((_, plain)) = ended.first()
        {
            let finding = survival(condition, &plain.report.trace, report);
            report.findings.push(finding);
        }
        let report = Box::new(report.clone());
        tell(progress, Progress::ScenarioEnded { index, report });
        ended.push((index, judged));
    }
    ended
}

/// One attempt at a scenario: recording plays it as often as needed.
async fn one(
    plan: &Plan,
    pool: &Pool,
    index: usize,
    planned: &PlannedScenario,
    attempt: usize,
    progress: &mpsc::UnboundedSender<Progress>,
    stop: channel::Receiver<bool>,
) -> Judged {
    let scenario = &planned.scenario;
    let record = match (plan.writes, &planned.snapshot) {
        _ if planned.condition.is_some() => false,
        (Writes::Update, _) | (Writes::Pending, None) => true,
        (Writes::Nothing | Writes::Pending, _) => false,
    };
    if let Some(archive) = &planned.archive {
        return judge(plan, planned, vec![replay(plan, planned, archive)], record);
    }
    let mut waiting = stop.clone();
    let _slot = tokio::select! {
        biased;
        () = until_stopped(&mut waiting) => return Judged::skipped(planned),
        slot = pool.slot() => slot,
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
                let place = Place { index, attempt };
                play(plan, &browser, place, planned, record, progress, stop.clone()).await
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
        return Judged::skipped(planned);
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
    let scenario = &planned.scenario;
    let chosen = Chosen {
        name: scenario.name.clone(),
        slug: scenario.slug.clone(),
        file: scenario.file.clone(),
    };
    ScenarioReport { secrets: scenario.secrets.clone(), ..chosen.skipped() }
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

//! One play of one scenario: steps, settling, leaving, trace.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::sync::watch as channel;

use crate::browser::chrome::Browser;
use crate::browser::launch::LaunchError;
use crate::browser::tab::BrowserTab;
use crate::browser::tab::pictures::PictureFormat;
use crate::engine::cause::{Evidence, hits};
use crate::engine::condition::Condition;
use crate::engine::evidence::FailedPage;
use crate::engine::origins::redactor;
use crate::engine::watch::Watch;
use crate::engine::{Plan, PlannedScenario, run_finding, tell, unix_ms, until_stopped};
use crate::model::finding::Finding;
use crate::model::progress::Progress;
use crate::model::run::{Artifact, Screenshots};
use crate::model::trace::{StepOutcome, StepRecord, Trace};
use crate::scenario::Scenario;
use crate::steps::Step;
use crate::steps::tab::{Fault, StepError, StepResult};

/// What a play leaves.
pub(crate) struct Played {
    pub(crate) trace: Trace,
    /// Findings about the run itself.
    pub(crate) findings: Vec<Finding>,
    pub(crate) artifacts: Vec<Artifact>,
    /// What names of its files begin with.
    pub(crate) stem: String,
    /// Kept once it is known what in it is a secret.
    pub(crate) page: Option<FailedPage>,
    /// The run went wrong, whatever the site did.
    pub(crate) broken: bool,
    pub(crate) stopped: bool,
}

/// How long calls without a hit are waited for when no snapshot says what to
/// expect.
const UNANSWERED_CALLS: Duration = Duration::from_secs(2);

/// While recording, a page must stay quiet for this long after every step: a
/// recording is patient, so that later runs know what to wait for.
const RECORDING_QUIET: Duration = Duration::from_millis(500);

/// Real time that a page may take for its six seconds of virtual time.
const PASSING_LIMIT: Duration = Duration::from_secs(5);

const SCREENSHOT_LIMIT: Duration = Duration::from_secs(5);

const MARKUP_LIMIT: Duration = Duration::from_secs(5);

impl Played {
    /// There was no browser to play in.
    pub(crate) fn without_browser(scenario: &Scenario, error: &LaunchError) -> Self {
        let steps = scenario.steps.iter().map(|step| skipped(step, 0.0)).collect();
        Self {
            trace: Trace { started_unix_ms: unix_ms(), steps, ..Trace::default() },
            findings: vec![run_finding(
                "no-browser",
                error.message.clone(),
                error.details.clone(),
                Some(error.help.clone()),
            )],
            artifacts: Vec::new(),
            stem: scenario.slug.clone(),
            page: None,
            broken: true,
            stopped: false,
        }
    }

    /// The run was ended before the first step.
    fn stopped(scenario: &Scenario) -> Self {
        let steps = scenario.steps.iter().map(|step| skipped(step, 0.0)).collect();
        Self {
            trace: Trace { started_unix_ms: unix_ms(), steps, ..Trace::default() },
            findings: Vec::new(),
            artifacts: Vec::new(),
            stem: scenario.slug.clone(),
            page: None,
            broken: false,
            stopped: true,
        }
    }

    /// Every step was done.
    pub(crate) fn is_whole(&self) -> bool {
        !self.broken
            && !self.stopped
            && self.trace.steps.iter().all(|step| step.outcome == StepOutcome::Done)
    }
}

/// Which play of the run this is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// Of the scenario in the plan.
    pub(crate) index: usize,
    /// From 1.
    pub(crate) attempt: usize,
}

impl Place {
    fn stem(self, scenario: &Scenario) -> String {
        match self.attempt {
            1 => scenario.slug.clone(),
            number => format!("{}-attempt-{number}", scenario.slug),
        }
    }
}

/// Plays the scenario once in a context of its own.
pub(crate) async fn play(
    plan: &Plan,
    browser: &Browser,
    place: Place,
    planned: &PlannedScenario,
    record: bool,
    progress: &mpsc::UnboundedSender<Progress>,
    mut stop: channel::Receiver<bool>,
) -> Played {
    let scenario = &planned.scenario;
    let started_unix_ms = unix_ms();
    let started = Instant::now();
    let circumstances =
        planned.condition.as_ref().map(Condition::circumstances).unwrap_or_default();
    let opened = tokio::select! {
        biased;
        () = until_stopped(&mut stop) => return Played::stopped(scenario),
        opened = browser.new_context(circumstances) => opened,
    };
    let mut tab = match opened {
        Ok(tab) => tab,
        Err(error) => {
            let error = LaunchError {
                message: format!("could not open a tab: {error}"),
                details: browser.last_words(),
                help: "try again; if it happens often, lower --jobs".to_owned(),
            };
            return Played::without_browser(scenario, &error);
        }
    };
    let mut player = Player {
        plan,
        planned,
        place,
        stem: place.stem(scenario),
        record,
        progress,
        labels: scenario.steps.iter().map(Step::title).collect(),
        watch: Watch::new(&plan.registry),
        records: Vec::new(),
        artifacts: Vec::new(),
        page: None,
        notes: Vec::new(),
    };
    let stopped = tokio::select! {
        biased;
        () = until_stopped(&mut stop) => true,
        () = async {
            player.walk(&mut tab).await;
            player.depart(&mut tab).await;
        } => false,
    };
    let mut captured = browser.end_context(&tab).await;
    let lost = browser.is_lost();
    let now_ms = started.elapsed().as_secs_f64() * 1_000.0;
    let Player { mut records, artifacts, stem, page, notes, .. } = player;
    for step in scenario.steps.iter().skip(records.len()) {
        records.push(skipped(step, now_ms));
    }
    let evidence = Evidence {
        requests: &captured.requests,
        calls: &captured.calls,
        documents: &captured.documents,
        steps: &records,
        leaving: &captured.leaving,
    };
    let hits = hits(&plan.registry, &evidence);
    // What the scenario itself set is no write of the site.
    let is_ours = |step: usize| {
        let record: Option<&StepRecord> = records.get(step);
        record.is_some_and(|it| matches!(&*it.kind, "setCookies" | "setLocalStorage"))
    };
    captured.writes.retain(|write| !write.step.is_some_and(is_ours));
    let broken_step =
        records.iter().any(|record| matches!(record.outcome, StepOutcome::Broken { .. }));
    let mut findings = notes;
    if lost {
        findings.push(run_finding(
            "browser-lost",
            "the browser ended while the scenario was played".to_owned(),
            browser.last_words(),
            Some(
                "run it again; if it happens often, give the machine more memory or lower --jobs"
                    .to_owned(),
            ),
        ));
    }
    Played {
        trace: Trace {
            started_unix_ms,
            duration_ms: now_ms,
            steps: records,
            documents: captured.documents,
            calls: captured.calls,
            loads: captured.requests.iter().filter_map(|it| plan.registry.load(it)).collect(),
            requests: captured.requests,
            hits,
            console: captured.console,
            page_errors: captured.page_errors,
            csp_reports: captured.csp_reports,
            messages: captured.messages,
            without_steps: false,
            without_calls: false,
            events: captured.events,
            globals: captured.globals,
            held_scripts: captured.held_scripts,
            typed: captured.typed,
            writes: captured.writes,
        },
        findings,
        artifacts,
        stem,
        page,
        broken: broken_step || lost,
        stopped,
    }
}

fn skipped(step: &Step, now_ms: f64) -> StepRecord {
    StepRecord {
        kind: step.action.spec().name.to_owned(),
        label: step.title(),
        started_ms: now_ms,
        duration_ms: 0.0,
        outcome: StepOutcome::Skipped,
        url: String::new(),
        waited_for: Vec::new(),
    }
}

struct Player<'a> {
    plan: &'a Plan,
    planned: &'a PlannedScenario,
    place: Place,
    stem: String,
    record: bool,
    progress: &'a mpsc::UnboundedSender<Progress>,
    labels: Vec<String>,
    watch: Watch<'a>,
    records: Vec<StepRecord>,
    artifacts: Vec<Artifact>,
    page: Option<FailedPage>,
    notes: Vec<Finding>,
}

impl Player<'_> {
    async fn walk(&mut self, tab: &mut BrowserTab) {
        let planned = self.planned;
        let expected = match &planned.snapshot {
            Some(snapshot) if !self.record => {
                let labels: Vec<&str> = self.labels.iter().map(String::as_str).collect();
                snapshot.expected_by_step(&labels, &redactor(planned, &[]))
            }
            _ => Vec::new(),
        };
        let offline_after = (planned.condition.as_ref())
            .and_then(|condition| condition.offline_after(planned.scenario.steps.len()));
        for (number, step) in planned.scenario.steps.iter().enumerate() {
            let label = self.labels[number].clone();
            tell(
                self.progress,
                Progress::StepStarted {
                    index: self.place.index,
                    step: number,
                    label: label.clone(),
                },
            );
            tab.set_step(Some(number));
            if let Some(expected) = expected.get(number) {
                self.watch.begin_step(expected);
            }
            let started_ms = tab.context().now_ms();
            let timeout = self.timeout(Some(step));
            let outcome = self.perform(tab, step, timeout).await;
            let failed = outcome.is_err();
            let mut waited_for = Vec::new();
            let outcome = match outcome {
                Ok(()) => {
                    waited_for = self.settle(tab, timeout).await;
                    StepOutcome::Done
                }
                // Without network, what cannot be done is nobody's fault.
                Err(_) if offline_after.is_some_and(|after| after < number) => StepOutcome::Skipped,
                Err(error) => outcome_of(error),
            };
            if offline_after == Some(number) {
                tab.cut_network();
            }
            let duration_ms = tab.context().now_ms() - started_ms;
            self.keep_picture(tab, number, failed).await;
            let record = StepRecord {
                kind: step.action.spec().name.to_owned(),
                label,
                started_ms,
                duration_ms,
                outcome,
                url: tab.url(),
                waited_for,
            };
            self.tell_hits(Some(number));
            tell(
                self.progress,
                Progress::StepEnded {
                    index: self.place.index,
                    step: number,
                    record: Box::new(record.clone()),
                },
            );
            self.records.push(record);
            if failed {
                return;
            }
        }
    }

    /// Called when the step has been timed, because a picture takes a while. Of
    /// a step that could not be done the markup is kept beside it.
    async fn keep_picture(&mut self, tab: &BrowserTab, step: usize, failed: bool) {
        let format = match self.plan.screenshots {
            Screenshots::Each => PictureFormat::Webp,
            Screenshots::Failure if failed => PictureFormat::Png,
            Screenshots::Failure | Screenshots::Off => return,
        };
        let scenario = &self.planned.scenario;
        let picture = tab.screenshot(format, &scenario.secrets, SCREENSHOT_LIMIT).await;
        let name = format!("{}-step-{}.{}", self.stem, step + 1, format.extension());
        let path = picture.and_then(|bytes| (self.plan.keep)(&name, &bytes).ok());
        self.artifacts.extend(path.map(|path| Artifact {
            kind: "screenshot".to_owned(),
            path,
            step: Some(step),
        }));
        if failed {
            let html = tab.markup(MARKUP_LIMIT).await;
            self.page = html.map(|html| FailedPage { step, html });
        }
    }

    /// What the step says, the scenario, or else the run.
    fn timeout(&self, step: Option<&Step>) -> Duration {
        step.and_then(|step| step.timeout_ms)
            .or(self.planned.scenario.timeout_ms)
            .map_or(self.plan.step_timeout, Duration::from_millis)
    }

    async fn perform(
        &mut self,
        tab: &mut BrowserTab,
        step: &Step,
        timeout: Duration,
    ) -> StepResult {
        let deadline = tokio::time::Instant::now() + timeout;
        tab.set_deadline(deadline);
        let documents = tab.documents();
        let url = tab.url();
        tab.switch_to_target(step.target.as_deref()).await?;
        let condition = self.planned.condition.as_ref();
        if condition.and_then(Condition::throws_before) == Some(self.records.len()) {
            tab.throw().await?;
        }
        // A net under every wait of the tab: nothing may hold up the run.
        let net = timeout + Duration::from_secs(5);
        match tokio::time::timeout(net, step.perform(tab)).await {
            Ok(result) => result?,
            Err(_) => {
                return Err(StepError::run(format!(
                    "the browser did not answer within {} s",
                    net.as_secs()
                )));
            }
        }
        if !step.asserted_events.is_empty() {
            tab.wait_navigated(documents, &url).await?;
        }
        Ok(())
    }

    /// Waits for what the step started, and for what it should bring. Returns
    /// what was waited for in vain, until the deadline.
    async fn settle(&mut self, tab: &mut BrowserTab, timeout: Duration) -> Vec<String> {
        let deadline = tokio::time::Instant::now() + timeout;
        let since_ms = tab.context().now_ms();
        let watch = &mut self.watch;
        let expects = self.planned.snapshot.is_some() && !self.record;
        let settled = if expects {
            tab.settle(deadline, |state| watch.is_served(state)).await
        } else {
            let soon = deadline.min(tokio::time::Instant::now() + UNANSWERED_CALLS);
            let answered = tab.settle(soon, |state| watch.calls_are_answered(state)).await;
            match answered {
                Ok(()) => Ok(()),
                Err(_) => {
                    watch.give_up();
                    tab.settle(deadline, |_| true).await
                }
            }
        };
        let mut waited_for = Vec::new();
        if let Err(unsettled) = settled {
            waited_for = unsettled;
            if expects {
                waited_for.extend(tab.context().look(|state| watch.lacking(state)));
            }
            watch.give_up();
            tab.give_up(since_ms);
        }
        if self.record {
            tab.stay_quiet(RECORDING_QUIET, deadline).await;
        }
        waited_for
    }

    /// Ends the visit: lets time pass, so that what was put off happens, and
    /// leaves the page, so that what waits for that goes out.
    async fn depart(&mut self, tab: &mut BrowserTab) {
        let now = tokio::time::Instant::now;
        let timeout = self.timeout(None);
        let done = self.records.last().is_some_and(|last| last.outcome == StepOutcome::Done);
        tab.set_deadline(now() + timeout);
        if done {
            tab.pass_time(now() + PASSING_LIMIT).await;
        }
        tab.leave(now() + timeout).await;
        tab.note_cookies().await;
        let watch = &mut self.watch;
        let expects = done && self.planned.snapshot.is_some() && !self.record;
        tab.wait_delivered(now() + timeout, |state| !expects || watch.is_complete(state)).await;
        self.tell_hits(None);
    }

    fn tell_hits(&mut self, step: Option<usize>) {
        for mut hit in self.watch.take_fresh() {
            hit.step = step;
            tell(self.progress, Progress::HitSeen { index: self.place.index, hit: Box::new(hit) });
        }
    }
}

fn outcome_of(error: StepError) -> StepOutcome {
    let StepError { fault, message, details } = error;
    match fault {
        Fault::Site => StepOutcome::Failed { message, details },
        Fault::Run | Fault::Scenario => StepOutcome::Broken { message, details },
    }
}

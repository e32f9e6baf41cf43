//! The reports of a run that goes on. They are written when it begins, and
//! again as scenarios end, so that whatever ends the run, what was known is
//! there and says that it is incomplete.
//!
//! A thread of its own does it, so that no play waits. What has ended is kept
//! packed, as in a blob, and nothing is written while less than twenty times
//! the time has passed that writing took the last time: however long the run,
//! a twentieth of it at most is spent here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::cli::run::outputs::Outputs;
use crate::model::progress::Progress;
use crate::model::run::{Chosen, Part, RunReport, ScenarioReport};
use crate::report::mask::Mask;
use crate::report::{ReportOptions, blob};

/// How many times longer than the last writing took the next one waits.
const PATIENCE: u32 = 20;

/// Keeps the reports up to date; without any that are files it does nothing.
pub struct Recorder(Option<Running>);

struct Running {
    events: Sender<Progress>,
    ending: Arc<AtomicBool>,
    thread: JoinHandle<BTreeSet<String>>,
}

/// What is known of the run.
struct Record {
    outputs: Outputs,
    options: ReportOptions,
    part: Part,
    awaited: Vec<Chosen>,
    started: Instant,
    started_unix_ms: i64,
    browser: String,
    /// By their place in the plan, packed.
    ended: BTreeMap<usize, Vec<u8>>,
    /// Slugs of those whose archive has been written.
    archived: BTreeSet<String>,
    /// When it may be written again.
    due: Instant,
}

impl Recorder {
    /// `awaited`: the scenarios that are to be played, of this part.
    pub fn start(
        outputs: &Outputs,
        part: &Part,
        awaited: Vec<Chosen>,
        options: ReportOptions,
    ) -> Self {
        if !outputs.have_files() {
            return Self(None);
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let record = Record {
            outputs: outputs.clone(),
            options,
            part: part.clone(),
            awaited,
            started: Instant::now(),
            started_unix_ms: i64::try_from(now.as_millis()).unwrap_or(i64::MAX),
            browser: String::new(),
            ended: BTreeMap::new(),
            archived: BTreeSet::new(),
            due: Instant::now(),
        };
        let (events, received) = channel();
        let ending = Arc::new(AtomicBool::new(false));
        let is_ending = Arc::clone(&ending);
        let thread = std::thread::spawn(move || record.keep(&received, &is_ending));
        Self(Some(Running { events, ending, thread }))
    }

    /// Something has come to be known.
    pub fn note(&self, event: Progress) {
        if let Some(running) = &self.0
            && matches!(event, Progress::BrowserReady { .. } | Progress::ScenarioEnded { .. })
        {
            // Without the thread the reports are written at the end all the same.
            let _ = running.events.send(event);
        }
    }

    /// Nothing is written any more when it returns: slugs of the scenarios
    /// whose archives are there.
    pub fn finish(self) -> BTreeSet<String> {
        let Some(Running { events, ending, thread }) = self.0 else { return BTreeSet::new() };
        ending.store(true, Ordering::Relaxed);
        drop(events);
        thread.join().unwrap_or_default()
    }
}

impl Record {
    fn keep(mut self, events: &Receiver<Progress>, ending: &AtomicBool) -> BTreeSet<String> {
        self.write(ending);
        let mut is_written = true;
        loop {
            let event = if is_written {
                events.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                events.recv_timeout(self.due.saturating_duration_since(Instant::now()))
            };
            match event {
                Ok(event) => {
                    self.take(event);
                    is_written = false;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.archived,
            }
            let goes_on = !ending.load(Ordering::Relaxed);
            if goes_on && !is_written && Instant::now() >= self.due {
                self.write(ending);
                is_written = true;
            }
        }
    }

    fn take(&mut self, event: Progress) {
        match event {
            Progress::BrowserReady { version, .. } => self.browser = version,
            Progress::ScenarioEnded { index, mut report } => {
                if self.outputs.write_archive(&mut report, false).is_ok() {
                    self.archived.insert(report.slug.clone());
                }
                let mask = Mask::new(self.part.secrets.iter().chain(&report.secrets));
                self.ended.insert(index, blob::scenario(&report, &mask));
            }
            _ => {}
        }
    }

    fn write(&mut self, ending: &AtomicBool) {
        let begun = Instant::now();
        let mut run = self.so_far();
        self.outputs.write_so_far(&mut run, self.options, || !ending.load(Ordering::Relaxed));
        self.due = Instant::now() + begun.elapsed() * PATIENCE;
    }

    /// The run, in which everything that has not ended is skipped.
    fn so_far(&self) -> RunReport {
        let mut scenarios: Vec<ScenarioReport> =
            self.ended.values().filter_map(|packed| blob::read_scenario(packed)).collect();
        let ended: BTreeSet<String> = scenarios.iter().map(|it| it.slug.clone()).collect();
        let awaited = self.awaited.iter().filter(|it| !ended.contains(&it.slug));
        scenarios.extend(awaited.map(Chosen::skipped));
        RunReport {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started_unix_ms: self.started_unix_ms,
            duration_ms: self.started.elapsed().as_secs_f64() * 1_000.0,
            browser: self.browser.clone(),
            scenarios,
            findings: Vec::new(),
            complete: false,
            part: self.part.clone(),
            pictures: BTreeMap::new(),
        }
    }
}

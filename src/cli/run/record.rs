//! The reports of a run that goes on. They are written when it begins, and
//! again as scenarios end, so that whatever ends the run, what was known is
//! there and says that it is incomplete.
//!
//! A thread of its own does it, so that no play waits. Of what has ended the
//! outline is kept, and the whole as in a blob, packed. Nothing is written
//! while less than twenty times the time has passed that writing took the last
//! time: however long the run, a twentieth of it at most is spent here.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::cli::run::outputs::Outputs;
use crate::cli::runs::RunFolder;
use crate::model::progress::Progress;
use crate::model::run::{Chosen, Part, RunReport, ScenarioReport, Shelf, Stored};
use crate::report::mask::Mask;
use crate::report::{ReportOptions, blob};

/// How many times longer than the last writing took the next one waits.
const PATIENCE: u32 = 20;

/// Keeps reports and record up to date; where there is neither it does nothing.
pub struct Recorder(Option<Running>);

struct Running {
    events: Sender<Progress>,
    ending: Arc<AtomicBool>,
    thread: JoinHandle<BTreeSet<String>>,
}

/// Whole scenarios by their slug, packed.
#[derive(Clone, Default)]
struct Wholes(HashMap<String, Arc<[u8]>>);

impl Stored for Wholes {
    fn scenario(&self, slug: &str) -> Option<ScenarioReport> {
        blob::unpack_scenario(self.0.get(slug)?, slug).ok()
    }

    fn picture(&self, _: &str) -> Option<Vec<u8>> {
        None
    }
}

/// What is known of the run.
struct Record {
    /// What has ended is appended to it.
    file: Option<File>,
    outputs: Outputs,
    options: ReportOptions,
    part: Part,
    awaited: Vec<Chosen>,
    started: Instant,
    started_unix_ms: i64,
    browser: String,
    /// Outlines by their place in the plan.
    ended: BTreeMap<usize, ScenarioReport>,
    wholes: Wholes,
    /// Slugs of those whose archive has been written.
    archived: BTreeSet<String>,
    /// When it may be written again.
    due: Instant,
}

impl Recorder {
    /// `folder`: where the run itself is kept. `awaited`: the scenarios that
    /// are to be played, of this part.
    pub fn start(
        outputs: &Outputs,
        folder: Option<&RunFolder>,
        part: &Part,
        awaited: Vec<Chosen>,
        options: ReportOptions,
    ) -> Self {
        if folder.is_none() && !outputs.have_files() {
            return Self(None);
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut record = Record {
            file: folder.and_then(|folder| folder.append().ok()),
            outputs: outputs.clone(),
            options,
            part: part.clone(),
            awaited,
            started: Instant::now(),
            started_unix_ms: i64::try_from(now.as_millis()).unwrap_or(i64::MAX),
            browser: String::new(),
            ended: BTreeMap::new(),
            wholes: Wholes::default(),
            archived: BTreeSet::new(),
            due: Instant::now(),
        };
        let head = blob::head(&record.so_far(), &Mask::new(&part.secrets));
        record.append(&head);
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
                if self.outputs.write_archive(&mut report, false, &Shelf::default()).is_ok() {
                    self.archived.insert(report.slug.clone());
                }
                let mask = Mask::new(self.part.secrets.iter().chain(&report.secrets));
                let packed = blob::scenario(&report, &mask);
                self.append(&packed);
                if let Ok((outline, whole)) = blob::unpack_outline(&packed) {
                    self.wholes.0.insert(outline.slug.clone(), whole.into());
                    self.ended.insert(index, outline);
                }
            }
            _ => {}
        }
    }

    /// What cannot be written any more is not tried again: a hole would make
    /// the rest unreadable.
    fn append(&mut self, packed: &[u8]) {
        let written = self.file.as_mut().map(|file| file.write_all(packed));
        if matches!(written, Some(Err(_))) {
            self.file = None;
        }
    }

    fn write(&mut self, ending: &AtomicBool) {
        if !self.outputs.have_files() {
            return;
        }
        let begun = Instant::now();
        let mut run = self.so_far();
        self.outputs.write_so_far(&mut run, self.options, || !ending.load(Ordering::Relaxed));
        self.due = Instant::now() + begun.elapsed() * PATIENCE;
    }

    /// The run, in which everything that has not ended is skipped.
    fn so_far(&self) -> RunReport {
        let mut scenarios: Vec<ScenarioReport> = self.ended.values().cloned().collect();
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
            shelf: Shelf::new(Arc::new(self.wholes.clone())),
        }
    }
}

//! The result of a run: what reporters turn into bytes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::finding::Finding;
use crate::model::trace::Trace;
use crate::model::trail::Trail;

#[derive(Debug, Clone)]
pub struct RunReport {
    /// Version of pixelproof that made it.
    pub version: String,
    /// Unix time of the start, in milliseconds.
    pub started_unix_ms: i64,
    pub duration_ms: f64,
    /// `HeadlessChrome/156.0.…`, empty when no browser was needed.
    pub browser: String,
    pub scenarios: Vec<ScenarioReport>,
    /// Findings that belong to no scenario: obsolete snapshots and the like.
    pub findings: Vec<Finding>,
    /// False when the run was interrupted before every scenario had ended.
    pub complete: bool,
    pub part: Part,
    /// Screenshots that a report may show, by the path of the artifact; read
    /// by whoever writes such a report.
    pub pictures: BTreeMap<String, Vec<u8>>,
    /// Where the rest of it lies, if the scenarios are outlines.
    pub shelf: Shelf,
}

/// What of a run is not in memory.
pub trait Stored: Send + Sync {
    /// The whole scenario of that slug.
    fn scenario(&self, slug: &str) -> Option<ScenarioReport>;
    /// The screenshot of that path.
    fn picture(&self, path: &str) -> Option<Vec<u8>>;
}

/// Gives what is stored; nothing where everything is in memory.
#[derive(Clone, Default)]
pub struct Shelf(Option<Arc<dyn Stored>>);

impl Shelf {
    pub fn new(stored: Arc<dyn Stored>) -> Self {
        Self(Some(stored))
    }

    /// All that is known of the scenario; itself where no more can be had.
    pub fn whole<'a>(&self, scenario: &'a ScenarioReport) -> Cow<'a, ScenarioReport> {
        match self.0.as_ref().and_then(|stored| stored.scenario(&scenario.slug)) {
            // Files may have been written for it since it was stored.
            Some(whole) => {
                Cow::Owned(ScenarioReport { artifacts: scenario.artifacts.clone(), ..whole })
            }
            None => Cow::Borrowed(scenario),
        }
    }
}

impl fmt::Debug for Shelf {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_some() { "Shelf(..)" } else { "Shelf" })
    }
}

/// Which part of a run it is: a shard, or all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// From 1.
    pub number: u64,
    pub of: u64,
    /// The scenarios of all parts, in the order of their files.
    pub chosen: Vec<Chosen>,
    /// The seed of their order, where they were shuffled.
    pub seed: Option<u64>,
    /// What the CI system calls the run, the same for each of its machines.
    pub run_id: Option<String>,
    /// Texts that must not appear in what is kept of this part, those of
    /// scenarios of other parts among them.
    #[serde(skip)]
    pub secrets: Vec<String>,
}

/// A scenario that a run is to play.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    pub name: String,
    pub slug: String,
    pub file: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ScenarioReport {
    /// Name of the scenario: the file name without its endings, or `name:`.
    pub name: String,
    /// Slug that names its files: letters, digits, `-`, `_` only.
    pub slug: String,
    /// Path of the scenario file as the user gave it.
    pub file: String,
    pub verdict: Verdict,
    pub trace: Trace,
    pub findings: Vec<Finding>,
    /// Where lost hits were lost, and who sent those that should not be.
    pub trails: Vec<Trail>,
    pub snapshot: SnapshotState,
    /// Texts that must not appear in any file or on the terminal.
    #[serde(skip)]
    pub secrets: Vec<String>,
    /// Files that were written for it: screenshots, HAR.
    pub artifacts: Vec<Artifact>,
    /// How often it was played; 0: not at all.
    pub attempts: usize,
    /// Attempts beside the one that is reported here, in their order.
    pub others: Vec<ScenarioReport>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    pub kind: String,
    pub path: String,
    pub step: Option<usize>,
}

/// Of which steps a screenshot is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Screenshots {
    Each,
    /// Of a step that could not be done.
    #[default]
    Failure,
    Off,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Passed,
    /// The site is wrong.
    Failed,
    /// The run itself went wrong.
    Broken,
    /// The run was interrupted before it was played.
    Skipped,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum SnapshotState {
    /// There is none, and none was written.
    None,
    Same {
        path: String,
    },
    Different {
        path: String,
        pending: Option<String>,
    },
    /// First recording, or an update: what was written, and what was learnt.
    Written {
        path: String,
        learnt: Vec<String>,
    },
}

impl RunReport {
    /// 0 passed · 1 failed · 3 broken. (2, bad input, ends before a run.)
    pub fn exit_code(&self) -> u8 {
        let verdicts = || self.scenarios.iter().map(|scenario| scenario.verdict);
        if !self.complete || verdicts().any(|verdict| verdict == Verdict::Broken) {
            3
        } else {
            u8::from(verdicts().any(|verdict| verdict == Verdict::Failed))
        }
    }

    /// Every scenario with all that is known of it, one after another, for
    /// reporters that tell requests and calls: not all of them may fit into
    /// memory. One that cannot be had is given as its outline.
    pub fn wholes(&self) -> impl Iterator<Item = Cow<'_, ScenarioReport>> {
        self.scenarios.iter().map(|scenario| self.whole(scenario))
    }

    /// One of its scenarios with all that is known of it.
    pub fn whole<'a>(&self, scenario: &'a ScenarioReport) -> Cow<'a, ScenarioReport> {
        self.shelf.whole(scenario)
    }

    /// The screenshot of that path.
    pub fn picture(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        let stored = || self.shelf.0.as_ref()?.picture(path).map(Cow::Owned);
        self.pictures.get(path).map(|bytes| Cow::Borrowed(&**bytes)).or_else(stored)
    }
}

impl Default for Part {
    fn default() -> Self {
        Self { number: 1, of: 1, chosen: Vec::new(), seed: None, run_id: None, secrets: Vec::new() }
    }
}

impl Chosen {
    /// What is told of it where it was not played.
    pub fn skipped(&self) -> ScenarioReport {
        ScenarioReport {
            name: self.name.clone(),
            slug: self.slug.clone(),
            file: self.file.clone(),
            verdict: Verdict::Skipped,
            trace: Trace::default(),
            findings: Vec::new(),
            trails: Vec::new(),
            snapshot: SnapshotState::None,
            secrets: Vec::new(),
            artifacts: Vec::new(),
            attempts: 0,
            others: Vec::new(),
        }
    }
}

impl ScenarioReport {
    /// It passed, but not each time.
    pub fn is_flaky(&self) -> bool {
        self.verdict == Verdict::Passed
            && self.others.iter().any(|other| other.verdict != Verdict::Passed)
    }

    /// `passed`, `failed`, `broken`, `skipped`, or `flaky` for one that passed
    /// when it was tried again.
    pub fn verdict_text(&self) -> &'static str {
        if self.is_flaky() { "flaky" } else { self.verdict.as_text() }
    }
}

impl Verdict {
    pub fn as_text(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Broken => "broken",
            Self::Skipped => "skipped",
        }
    }
}

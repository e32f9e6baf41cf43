//! What the engine tells while it works. Displays read these; nothing else
//! flows from the engine to the terminal.

use crate::model::hit::Hit;
use crate::model::run::ScenarioReport;
use crate::model::trace::StepRecord;

#[derive(Debug, Clone)]
pub enum Progress {
    RunStarted {
        scenarios: usize,
        jobs: usize,
    },
    /// The browser is up.
    BrowserReady {
        version: String,
        launched_ms: f64,
    },
    ScenarioStarted {
        index: usize,
        name: String,
        steps: usize,
        take: Take,
    },
    StepStarted {
        index: usize,
        step: usize,
        label: String,
    },
    HitSeen {
        index: usize,
        hit: Box<Hit>,
    },
    StepEnded {
        index: usize,
        step: usize,
        record: Box<StepRecord>,
    },
    ScenarioEnded {
        index: usize,
        report: Box<ScenarioReport>,
    },
    /// Something a person should know at once; already free of secrets.
    Notice {
        text: String,
    },
}

/// Which play of a scenario this is: recording plays more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Take {
    pub number: usize,
    pub of: usize,
}

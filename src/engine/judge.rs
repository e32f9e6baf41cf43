//! From plays to a report: compares with the snapshot, runs the checks, and
//! says what should be written.

use crate::checks::identity::secrets;
use crate::checks::settings::settle;
use crate::checks::trail::last::remember;
use crate::checks::trail::{TrailInput, trails};
use crate::checks::{CheckInput, run_all, verdict};
use crate::engine::evidence;
use crate::engine::origins::redactor;
use crate::engine::play::Played;
use crate::engine::{Plan, PlannedScenario, Recording, Writes};
use crate::model::finding::Severity;
use crate::model::last_good::LastGood;
use crate::model::run::{ScenarioReport, SnapshotState, Verdict};
use crate::model::trace::Trace;
use crate::snapshot::{Header, Snapshot};

/// What became of one scenario.
pub(crate) struct Judged {
    pub(crate) report: ScenarioReport,
    pub(crate) recording: Option<Recording>,
    /// What to keep of it, if it passed.
    pub(crate) good: Option<LastGood>,
}

impl Judged {
    /// It was not played.
    pub(crate) fn skipped(planned: &PlannedScenario) -> Self {
        Self { report: crate::engine::skipped(planned), recording: None, good: None }
    }
}

/// The last play is the one that is reported; every play of a recording is
/// learnt from.
pub(crate) fn judge(
    plan: &Plan,
    planned: &PlannedScenario,
    mut plays: Vec<Played>,
    record: bool,
) -> Judged {
    let scenario = &planned.scenario;
    let whole = plays.iter().all(Played::is_whole);
    let takes: Vec<Trace> = if record && whole {
        plays.iter().map(|played| played.trace.clone()).collect()
    } else {
        Vec::new()
    };
    let Some(played) = plays.pop() else {
        return Judged::skipped(planned);
    };
    let redactor = redactor(planned, &played.trace.documents);
    // While a snapshot is recorded anew, the old one is not what is expected.
    let snapshot = planned.snapshot.as_ref().filter(|_| plan.writes != Writes::Update);
    let mut findings = played.findings.clone();
    let check = CheckInput {
        snapshot,
        expectations: &scenario.expectations,
        consent: &scenario.consent,
        scenario_file: &scenario.file,
        scenario_text: &planned.text,
        ..CheckInput::of(&played.trace, &redactor)
    };
    // What was interrupted says nothing about the site.
    if !played.stopped {
        findings.extend(run_all(&check));
    }
    if planned.is_hindered() {
        // A lost tag is no fault of the site; a funnel that cannot be walked
        // without it is.
        findings.retain(|finding| finding.code.starts_with("step-"));
    }
    findings = settle(findings, &plan.checks, &scenario.checks);
    let trails = if played.stopped || played.broken {
        Vec::new()
    } else {
        let registry = &plan.registry;
        let last = planned.last_good.as_ref();
        trails(&TrailInput { check: &check, registry, last, wish: &plan.wish }, &findings)
    };
    let verdict = if played.stopped {
        Verdict::Skipped
    } else if played.broken {
        Verdict::Broken
    } else {
        verdict(&findings, &played.trace)
    };
    let path = planned.snapshot_path.clone();
    let header = || Header {
        source: scenario.file.replace('\\', "/"),
        expression: Some(scenario.name.clone()),
        description: scenario.description.clone(),
    };
    let mut recording = None;
    // A first recording that nobody asked for is kept when all is well; what
    // fails should not become the expectation by itself.
    let wanted = plan.writes == Writes::Update || verdict == Verdict::Passed;
    let state = if !takes.is_empty() && wanted {
        let recorded = Snapshot::record(header(), &takes, planned.snapshot.as_ref(), &redactor);
        let learnt = recorded.learnt.clone();
        recording = Some(Recording { recorded, pending: false });
        SnapshotState::Written { path, learnt }
    } else if record || planned.snapshot.is_none() {
        let said = findings.iter().any(|finding| finding.code == "snapshot-none");
        let missed = planned.condition.is_none();
        if missed && !record && !said && verdict != Verdict::Broken && !played.stopped {
            findings.push(no_snapshot(&path));
        }
        SnapshotState::None
    } else {
        // Also where it was settled that a difference fails nothing.
        let differs = findings.iter().any(|finding| finding.difference.is_some());
        if differs {
            let complete = matches!(verdict, Verdict::Failed | Verdict::Passed) && whole;
            let first = planned.condition.is_none();
            let offered = first && plan.writes == Writes::Pending && complete;
            if offered {
                let takes = std::slice::from_ref(&played.trace);
                let recorded =
                    Snapshot::record(header(), takes, planned.snapshot.as_ref(), &redactor);
                recording = Some(Recording { recorded, pending: true });
            }
            let pending = offered.then(|| format!("{path}.new"));
            SnapshotState::Different { path, pending }
        } else if !whole {
            // Nothing differed so far, which does not make it the same.
            SnapshotState::None
        } else {
            SnapshotState::Same { path }
        }
    };
    // What a visitor without the condition would have sent is what is kept.
    let usual = planned.condition.is_none() && planned.archive.is_none();
    let good = (usual && verdict == Verdict::Passed && whole)
        .then(|| remember(&played.trace, &plan.registry));
    let secrets = [scenario.secrets.clone(), secrets(&played.trace)].concat();
    let kept = evidence::keep(plan, &played, verdict, &secrets);
    let report = ScenarioReport {
        name: scenario.name.clone(),
        slug: scenario.slug.clone(),
        file: scenario.file.clone(),
        verdict,
        findings,
        trails,
        snapshot: state,
        secrets,
        artifacts: [played.artifacts, kept].concat(),
        attempts: 1,
        others: Vec::new(),
        trace: played.trace,
    };
    Judged { report, recording, good }
}

/// A run that may not write has nothing to compare with: that must not look
/// like a pass of everything.
fn no_snapshot(path: &str) -> crate::model::finding::Finding {
    crate::model::finding::Finding {
        severity: Severity::Warning,
        ..crate::engine::run_finding(
            "snapshot-none",
            format!("there is no snapshot {path}, so only `expect` was checked"),
            Vec::new(),
            Some("record one with `pixelproof run --update` and commit it".to_owned()),
        )
    }
}

//! From plays to a report: compares with the snapshot, runs the checks, and
//! says what should be written.

use std::collections::BTreeSet;

use url::Url;

use crate::checks::{CheckInput, run_all, verdict};
use crate::engine::play::Played;
use crate::engine::{Plan, PlannedScenario, Recording, Writes};
use crate::model::finding::Severity;
use crate::model::run::{ScenarioReport, SnapshotState, Verdict};
use crate::model::trace::{Document, Trace};
use crate::snapshot::redact::Redactor;
use crate::snapshot::{Header, Snapshot};

/// The last play is the one that is reported; every play of a recording is
/// learnt from.
pub(crate) fn judge(
    plan: &Plan,
    planned: &PlannedScenario,
    mut plays: Vec<Played>,
    record: bool,
) -> (ScenarioReport, Option<Recording>) {
    let scenario = &planned.scenario;
    let whole = plays.iter().all(Played::is_whole);
    let takes: Vec<Trace> = if record && whole {
        plays.iter().map(|played| played.trace.clone()).collect()
    } else {
        Vec::new()
    };
    let Some(played) = plays.pop() else {
        return (crate::engine::skipped(planned), None);
    };
    let redactor = redactor(planned, &played.trace.documents);
    // While a snapshot is recorded anew, the old one is not what is expected.
    let snapshot = planned.snapshot.as_ref().filter(|_| plan.writes != Writes::Update);
    let mut findings = run_all(&CheckInput {
        trace: &played.trace,
        snapshot,
        expectations: &scenario.expectations,
        scenario_file: &scenario.file,
        scenario_text: &planned.text,
        redactor: &redactor,
    });
    let mut all = played.findings;
    all.append(&mut findings);
    let mut findings = all;
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
    let state = if !takes.is_empty() {
        let recorded = Snapshot::record(header(), &takes, planned.snapshot.as_ref(), &redactor);
        let learnt = recorded.learnt.clone();
        recording = Some(Recording { recorded, pending: false });
        SnapshotState::Written { path, learnt }
    } else if record || planned.snapshot.is_none() {
        let told = findings.iter().any(|finding| finding.code == "snapshot-none");
        if !told && !record && verdict != Verdict::Broken && !played.stopped {
            findings.push(no_snapshot(&path));
        }
        SnapshotState::None
    } else {
        let differs = findings
            .iter()
            .any(|finding| finding.difference.is_some() && finding.severity == Severity::Error);
        if differs {
            let complete = verdict == Verdict::Failed && whole;
            let offered = plan.writes == Writes::Pending && complete;
            if offered {
                let takes = std::slice::from_ref(&played.trace);
                let recorded =
                    Snapshot::record(header(), takes, planned.snapshot.as_ref(), &redactor);
                recording = Some(Recording { recorded, pending: true });
            }
            let pending = offered.then(|| format!("{path}.new"));
            SnapshotState::Different { path, pending }
        } else {
            SnapshotState::Same { path }
        }
    };
    let report = ScenarioReport {
        name: scenario.name.clone(),
        slug: scenario.slug.clone(),
        file: scenario.file.clone(),
        verdict,
        trace: played.trace,
        findings,
        snapshot: state,
        secrets: scenario.secrets.clone(),
        artifacts: played.artifacts,
    };
    (report, recording)
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

/// What differs from place to place: the site's address, under the names of
/// the variables that hold it. A site on a port of its own (a local server)
/// has its other hosts on the same port, and these are named by their host.
pub(crate) fn redactor(planned: &PlannedScenario, documents: &[Document]) -> Redactor {
    let scenario = &planned.scenario;
    let mut base_origins: Vec<(String, String)> = Vec::new();
    let mut add = |origin: String, name: &str| {
        if !base_origins.iter().any(|(known, _)| *known == origin) {
            base_origins.push((origin, name.to_owned()));
        }
    };
    let origin_of = |text: &str| {
        Url::parse(text)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .map(|url| url.origin().ascii_serialization())
    };
    // `base` first: it names the origin where several variables hold it.
    let base = scenario.variables.get_key_value("base");
    for (name, value) in base.into_iter().chain(&scenario.variables) {
        if let Some(origin) = origin_of(value) {
            add(origin, name);
        }
    }
    if let Some(origin) = scenario.start_url.as_deref().and_then(origin_of) {
        add(origin, "base");
    }
    let port = scenario
        .start_url
        .as_deref()
        .and_then(|url| Url::parse(url).ok())
        .and_then(|url| url.port());
    if let Some(port) = port {
        let beside: BTreeSet<(String, String)> = documents
            .iter()
            .filter_map(|document| Url::parse(&document.url).ok())
            .filter(|url| url.port() == Some(port))
            .filter_map(|url| {
                let host = url.host_str()?.to_owned();
                Some((url.origin().ascii_serialization(), host))
            })
            .collect();
        for (origin, host) in beside {
            add(origin, &host);
        }
    }
    Redactor { base_origins, secrets: scenario.secrets.clone() }
}

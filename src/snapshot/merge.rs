//! Compares two snapshots of one scenario, the accepted and the pending one,
//! and joins them hit by hit as a reviewer decides. It writes nothing.

use std::collections::BTreeSet;

use crate::model::finding::{DifferenceKind, HitDifference};
use crate::snapshot::compare::param_differences;
use crate::snapshot::pair::{At, ExpectedSide, FoundSide, pair};
use crate::snapshot::pattern::Pattern;
use crate::snapshot::{Header, NO_STEP, Snapshot, SnapshotHit, SnapshotStep};

/// What a reviewer decides upon: one hit that is new, gone or different.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub difference: HitDifference,
    /// Label of the step at which it shows.
    pub step: String,
    /// Step and position in the accepted snapshot.
    pub old: Option<(usize, usize)>,
    /// Step and position in the pending snapshot.
    pub new: Option<(usize, usize)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Accept,
    Reject,
    /// It stays pending.
    Skip,
}

/// What is left after a review.
#[derive(Debug, Clone, PartialEq)]
pub struct Reviewed {
    /// `None`: nothing of the pending one was accepted, so nothing changes.
    pub accepted: Option<Snapshot>,
    /// `None`: nothing is pending any more.
    pub pending: Option<Snapshot>,
}

/// Everything that differs, in the order of the scenario. `old: None` is a
/// scenario that has no snapshot yet.
pub fn changes(old: Option<&Snapshot>, new: &Snapshot) -> Vec<Change> {
    let empty = Snapshot::default();
    let old = old.unwrap_or(&empty);
    let labels = labels(new);
    let expected: Vec<((usize, usize), SnapshotHit, At)> = places(old)
        .into_iter()
        .zip(old.sides(&labels))
        // A hit that may come with any step still stands somewhere.
        .map(|(place, (_, side))| (place, folded(side.hit), side.at))
        .collect();
    let found: Vec<((usize, usize), SnapshotHit)> = places(new)
        .into_iter()
        .zip(new.steps.iter().flat_map(|step| &step.hits))
        .map(|(place, hit)| (place, folded(hit)))
        .collect();
    let expected_sides: Vec<_> =
        expected.iter().map(|(_, hit, at)| ExpectedSide { hit, at: *at }).collect();
    let found_sides: Vec<_> = found
        .iter()
        .map(|(place, hit)| FoundSide { hit, step: step_of(new, place.0), lost: false })
        .collect();
    let pairing = pair(&expected_sides, &found_sides);
    let mut out = Vec::new();
    let change = |kind, index: Option<usize>, other: Option<usize>| {
        let old_hit = index.and_then(|index| expected.get(index));
        let new_hit = other.and_then(|index| found.get(index));
        let nothing = SnapshotHit::default();
        let shown = new_hit.map(|(_, hit)| hit).or(old_hit.map(|(_, hit, _)| hit));
        let shown = shown.unwrap_or(&nothing);
        let params = param_differences(
            old_hit.map_or(&nothing, |(_, hit, _)| hit),
            new_hit.map_or(&nothing, |(_, hit)| hit),
        );
        let new_step = new_hit.map(|(place, _)| label(new, place.0));
        let old_step = || old_hit.map(|(place, _, _)| label(old, place.0));
        Change {
            difference: HitDifference {
                kind,
                vendor: shown.vendor.clone(),
                account: shown.account.clone(),
                event: shown.event.clone(),
                params,
            },
            step: new_step.or_else(old_step).unwrap_or_default(),
            old: old_hit.map(|(place, _, _)| *place),
            new: new_hit.map(|(place, _)| *place),
        }
    };
    for (index, other) in &pairing.pairs {
        let ((old_place, a, at), (new_place, b)) = (&expected[*index], &found[*other]);
        let kind = if a.account != b.account {
            DifferenceKind::AccountChanged { expected: a.account.clone() }
        } else if a.event != b.event {
            DifferenceKind::Renamed { expected: a.event.clone() }
        } else if !param_differences(a, b).is_empty() {
            DifferenceKind::Changed
        } else if !at.is(step_of(new, new_place.0)) {
            DifferenceKind::Moved {
                expected: label(old, old_place.0),
                found: label(new, new_place.0),
            }
        } else {
            continue;
        };
        out.push(change(kind, Some(*index), Some(*other)));
    }
    for index in &pairing.missing {
        out.push(change(DifferenceKind::Missing, Some(*index), None));
    }
    let repeats: BTreeSet<usize> = pairing.repeated.iter().map(|(_, found)| *found).collect();
    for other in pairing.unexpected.iter().chain(&repeats) {
        out.push(change(DifferenceKind::Unexpected, None, Some(*other)));
    }
    out.sort_by_key(|change| (change.new.or(change.old), change.new.is_none()));
    out
}

/// Joins two snapshots as was decided; one decision a change, in order. A
/// change without a decision is skipped.
pub fn apply(
    old: Option<&Snapshot>,
    new: &Snapshot,
    changes: &[Change],
    decisions: &[Decision],
) -> Reviewed {
    let empty = Snapshot::default();
    let old = old.unwrap_or(&empty);
    let of = |index: usize| decisions.get(index).copied().unwrap_or(Decision::Skip);
    let any = |decision| (0..changes.len()).any(|index| of(index) == decision);
    let accepted = any(Decision::Accept)
        .then(|| join(old, new, changes, |index| of(index) == Decision::Accept));
    let pending =
        any(Decision::Skip).then(|| join(old, new, changes, |index| of(index) != Decision::Reject));
    Reviewed { accepted, pending }
}

fn join(
    old: &Snapshot,
    new: &Snapshot,
    changes: &[Change],
    taken: impl Fn(usize) -> bool,
) -> Snapshot {
    let labels = labels(new);
    let aligned = old.align(&labels);
    let refused: Vec<&Change> = changes
        .iter()
        .enumerate()
        .filter(|(index, _)| !taken(*index))
        .map(|(_, change)| change)
        .collect();
    let dropped: BTreeSet<(usize, usize)> =
        refused.iter().filter_map(|change| change.new).collect();
    let mut steps: Vec<SnapshotStep> = new
        .steps
        .iter()
        .enumerate()
        .map(|(at, step)| SnapshotStep {
            label: step.label.clone(),
            hits: step
                .hits
                .iter()
                .enumerate()
                .filter(|(index, _)| !dropped.contains(&(at, *index)))
                .map(|(_, hit)| hit.clone())
                .collect(),
        })
        .collect();
    for (at, index) in refused.iter().filter_map(|change| change.old) {
        let Some(step) = old.steps.get(at) else { continue };
        let Some(hit) = step.hits.get(index).cloned() else { continue };
        let to = aligned.get(at).copied().flatten().or_else(|| {
            // The scenario has that step no more, yet its hit is to stay.
            steps.iter().position(|known| known.label == step.label)
        });
        match to.and_then(|to| steps.get_mut(to)) {
            Some(known) => known.hits.push(hit),
            None => steps.push(SnapshotStep { label: step.label.clone(), hits: vec![hit] }),
        }
    }
    let header = if new.header == Header::default() { &old.header } else { &new.header };
    let mut joined = Snapshot { file: old.file.clone(), header: header.clone(), steps };
    joined.sort();
    joined
}

/// The scenario's steps as the pending snapshot names them.
fn labels(new: &Snapshot) -> Vec<&str> {
    let labels = new.steps.iter().map(|step| step.label.as_str());
    labels.take_while(|label| *label != NO_STEP).collect()
}

/// Step and position of every hit.
fn places(snapshot: &Snapshot) -> Vec<(usize, usize)> {
    let steps = snapshot.steps.iter().enumerate();
    steps.flat_map(|(step, block)| (0..block.hits.len()).map(move |hit| (step, hit))).collect()
}

fn step_of(snapshot: &Snapshot, step: usize) -> Option<usize> {
    snapshot.steps.get(step).filter(|block| block.label != NO_STEP).map(|_| step)
}

fn label(snapshot: &Snapshot, step: usize) -> String {
    snapshot.steps.get(step).map_or(String::new(), |step| step.label.clone())
}

/// A hit whose marks are parameters, so that a change of a mark is seen. The
/// brackets keep their names apart from those on the wire.
fn folded(hit: &SnapshotHit) -> SnapshotHit {
    let mut folded = SnapshotHit { optional: false, anywhere: false, ..hit.clone() };
    for (name, value) in std::mem::take(&mut folded.sometimes) {
        folded.params.push((format!("{name} (sometimes)"), value));
    }
    for (name, set) in [("(optional)", hit.optional), ("(anywhere)", hit.anywhere)] {
        if set {
            folded.params.push((name.to_owned(), Pattern::Bool(true)));
        }
    }
    folded.params.sort_by(|a, b| a.0.cmp(&b.0));
    folded
}

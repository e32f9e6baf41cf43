//! Compares what was found with what is expected and says how they differ.
//! What to make of it, in severity and words, is the `snapshot` check's part.

use std::collections::BTreeMap;

use crate::model::finding::{DifferenceKind, HitDifference, ParamDifference};
use crate::model::trace::{StepOutcome, StepRecord, Trace};
use crate::snapshot::pair::{At, ExpectedSide, FoundSide, Pairing, lookup, pair};
use crate::snapshot::redact::{FoundHit, Redactor};
use crate::snapshot::{NO_STEP, Snapshot, SnapshotHit};

/// One difference between a snapshot and a trace.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    pub difference: HitDifference,
    /// Line of the expected hit in the snapshot's file.
    pub line: Option<usize>,
    /// Index of the step of the trace at which it shows.
    pub step: Option<usize>,
    /// Indexes in `Trace::hits`.
    pub hits: Vec<usize>,
    /// Expected step and found step, by label, where they differ as well.
    pub moved: Option<(String, String)>,
}

/// The result of [`Snapshot::compare`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Comparison {
    /// In the order of the scenario.
    pub differences: Vec<Difference>,
    /// Expected hits of steps that were never played, or could not be done.
    pub not_reached: usize,
    /// Hits that nobody expects and that never left the browser: indexes in
    /// `Trace::hits` and why.
    pub lost_unexpected: Vec<(usize, String)>,
    /// Expected hits that were found as they should be.
    pub agreed: usize,
}

impl Snapshot {
    /// Compares one play with this snapshot. Times, order, batching and what
    /// the redactor takes out make no difference.
    pub fn compare(&self, trace: &Trace, redactor: &Redactor) -> Comparison {
        let mut found = redactor.found(trace);
        // Where several pairings are equally good, the one that is taken must
        // not depend on which hit happened to leave first.
        found.sort_by_cached_key(|found| {
            let fixed = found.hit.params.iter().zip(&found.recorded);
            let fixed = fixed.filter(|(_, recorded)| recorded.is_literal());
            let fixed: Vec<_> = fixed.map(|((name, v), _)| (name.clone(), v.canonical())).collect();
            (found.step, found.hit.title(), found.hit.account.clone(), fixed)
        });
        let labels = redactor.labels(trace.steps.iter().map(|step| step.label.as_str()));
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let mut all = self.sides(&labels);
        if trace.without_steps {
            for (_, side) in &mut all {
                side.at = At::Anywhere;
            }
        }
        let reached = |side: &ExpectedSide<'_>| match side.at {
            At::Step(step) => !matches!(
                trace.steps.get(step).map(|step| &step.outcome),
                Some(StepOutcome::Skipped)
            ),
            _ => true,
        };
        let (expected, skipped): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|(_, side)| reached(side));
        let sides: Vec<ExpectedSide<'_>> = expected.iter().map(|(_, side)| *side).collect();
        let pairing = pair(&sides, &found_sides(&found));
        let ended_early = trace.steps.iter().any(|step| step.outcome == StepOutcome::Skipped);
        let context = Context {
            snapshot: self,
            expected: &expected,
            found: &found,
            labels: &labels,
            ended_early,
            steps: &trace.steps,
        };
        context.differences(&pairing, skipped.len())
    }

    /// Every hit with the index of its own step, aligned with a scenario.
    pub(crate) fn sides(&self, labels: &[&str]) -> Vec<(usize, ExpectedSide<'_>)> {
        let aligned = self.align(labels);
        let mut sides = Vec::new();
        for (index, (step, to)) in self.steps.iter().zip(aligned).enumerate() {
            let at = match to {
                Some(to) => At::Step(to),
                None if step.label == NO_STEP => At::Unattributed,
                None => At::Gone,
            };
            for hit in &step.hits {
                let at = if hit.anywhere { At::Anywhere } else { at };
                sides.push((index, ExpectedSide { hit, at }));
            }
        }
        sides
    }
}

pub(crate) fn found_sides(found: &[FoundHit]) -> Vec<FoundSide<'_>> {
    let side = |hit: &FoundHit| (hit.step, hit.lost.is_some());
    found
        .iter()
        .map(|hit| (hit, side(hit)))
        .map(|(hit, (step, lost))| FoundSide { hit: &hit.hit, step, lost })
        .collect()
}

/// How the parameters of two hits differ, one entry a leaf.
pub fn param_differences(expected: &SnapshotHit, found: &SnapshotHit) -> Vec<ParamDifference> {
    let mut out = Vec::new();
    let of =
        |name: &str, expected, found| ParamDifference { name: name.to_owned(), expected, found };
    for (name, pattern) in &expected.params {
        match lookup(&found.params, name) {
            Some(value) => pattern.differences(value, name, &mut out),
            None => out.push(of(name, Some(pattern.to_value()), None)),
        }
    }
    for (name, value) in &found.params {
        if lookup(&expected.params, name).is_some() {
            continue;
        }
        match lookup(&expected.sometimes, name) {
            Some(pattern) => pattern.differences(value, name, &mut out),
            None => out.push(of(name, None, Some(value.to_value()))),
        }
    }
    out
}

/// Every parameter as expected only, or as found only.
fn one_sided(hit: &SnapshotHit, expected: bool) -> Vec<ParamDifference> {
    hit.params
        .iter()
        .map(|(name, value)| {
            let (this, none) = (Some(value.to_value()), None);
            let (expected, found) = if expected { (this, none) } else { (none, this) };
            ParamDifference { name: name.clone(), expected, found }
        })
        .collect()
}

/// What a pairing is about; its indexes are those of `expected` and `found`.
struct Context<'c> {
    snapshot: &'c Snapshot,
    expected: &'c [(usize, ExpectedSide<'c>)],
    found: &'c [FoundHit],
    labels: &'c [&'c str],
    /// Some steps were not played.
    ended_early: bool,
    steps: &'c [StepRecord],
}

impl Context<'_> {
    fn differences(&self, pairing: &Pairing, mut not_reached: usize) -> Comparison {
        let mut out = Vec::new();
        let mut agreed = 0;
        for (expected, found) in &pairing.pairs {
            match self.paired(*expected, *found) {
                Some(difference) => out.push(difference),
                None => agreed += 1,
            }
        }
        for (expected, found) in &pairing.lost {
            let (hit, other) = (self.hit(*expected), &self.found[*found]);
            if hit.optional {
                continue;
            }
            let reason = other.lost.clone().unwrap_or_default();
            let params = param_differences(hit, &other.hit);
            let kind = DifferenceKind::Lost { reason };
            out.push(self.difference(kind, hit, params, Some(*expected), &[*found]));
        }
        for expected in &pairing.missing {
            let hit = self.hit(*expected);
            let undone = matches!(self.expected[*expected].1.at, At::Step(at) if self.undone(at));
            if undone || hit.anywhere && self.ended_early {
                not_reached += 1;
            } else if !hit.optional {
                let params = one_sided(hit, true);
                let kind = DifferenceKind::Missing;
                out.push(self.difference(kind, hit, params, Some(*expected), &[]));
            }
        }
        for found in &pairing.unexpected {
            let hit = &self.found[*found].hit;
            let params = one_sided(&self.found[*found].as_recorded(), false);
            let kind = DifferenceKind::Unexpected;
            out.push(self.difference(kind, hit, params, None, &[*found]));
        }
        out.extend(self.repeated(pairing));
        // Stable, so that two runs of the same site read the same.
        out.sort_by_cached_key(|difference| {
            let step = difference.step.unwrap_or(usize::MAX);
            (step, difference.line.unwrap_or(usize::MAX), format!("{:?}", difference.difference))
        });
        let lost_unexpected = pairing
            .lost_unexpected
            .iter()
            .map(|found| &self.found[*found])
            .map(|found| (found.index, found.lost.clone().unwrap_or_default()))
            .collect();
        Comparison { differences: out, not_reached, lost_unexpected, agreed }
    }

    /// The step was tried and could not be done: what it should have brought
    /// was never asked for.
    fn undone(&self, step: usize) -> bool {
        matches!(
            self.steps.get(step).map(|step| &step.outcome),
            Some(StepOutcome::Failed { .. } | StepOutcome::Broken { .. })
        )
    }

    fn hit(&self, expected: usize) -> &SnapshotHit {
        self.expected[expected].1.hit
    }

    fn paired(&self, expected: usize, found: usize) -> Option<Difference> {
        let (hit, other) = (self.hit(expected), &self.found[found]);
        let params = param_differences(hit, &other.hit);
        let moved = self.moved(expected, found);
        let kind = if hit.account != other.hit.account {
            DifferenceKind::AccountChanged { expected: hit.account.clone() }
        } else if hit.event != other.hit.event {
            DifferenceKind::Renamed { expected: hit.event.clone() }
        } else if !params.is_empty() {
            DifferenceKind::Changed
        } else if let Some((expected, found)) = moved.clone() {
            DifferenceKind::Moved { expected, found }
        } else {
            return None;
        };
        let alone = matches!(kind, DifferenceKind::Moved { .. });
        let mut difference = self.difference(kind, &other.hit, params, Some(expected), &[found]);
        difference.moved = moved.filter(|_| !alone);
        Some(difference)
    }

    fn moved(&self, expected: usize, found: usize) -> Option<(String, String)> {
        let (index, side) = &self.expected[expected];
        let step = self.found[found].step;
        if side.at.is(step) {
            return None;
        }
        let from = self.snapshot.steps.get(*index).map(|step| step.label.clone());
        Some((from.unwrap_or_default(), self.label(step)))
    }

    fn label(&self, step: Option<usize>) -> String {
        let label = step.and_then(|step| self.labels.get(step)).copied();
        label.unwrap_or(NO_STEP).to_owned()
    }

    /// Repeats of hits that are expected alike are one difference.
    fn repeated(&self, pairing: &Pairing) -> Vec<Difference> {
        let mut classes: BTreeMap<String, (usize, Vec<usize>)> = BTreeMap::new();
        let class = |expected: usize| {
            let (step, side) = &self.expected[expected];
            format!("{step} {}", side.hit.render())
        };
        for (expected, found) in &pairing.repeated {
            let entry = classes.entry(class(*expected)).or_insert((*expected, Vec::new()));
            entry.1.push(*found);
        }
        if classes.is_empty() {
            return Vec::new();
        }
        let mut paired: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (expected, found) in &pairing.pairs {
            let class = class(*expected);
            if classes.contains_key(&class) {
                paired.entry(class).or_default().push(*found);
            }
        }
        classes
            .into_iter()
            .map(|(class, (expected, mut found))| {
                let first = paired.remove(&class).unwrap_or_default();
                let kind = DifferenceKind::Duplicated {
                    expected: first.len(),
                    found: first.len() + found.len(),
                };
                let step = found.first().and_then(|found| self.found[*found].step);
                found.splice(0..0, first);
                found.sort_unstable();
                let hit = found.first().map_or(self.hit(expected), |found| &self.found[*found].hit);
                let mut difference = self.difference(kind, hit, Vec::new(), Some(expected), &found);
                difference.step = step;
                difference
            })
            .collect()
    }

    fn difference(
        &self,
        kind: DifferenceKind,
        hit: &SnapshotHit,
        params: Vec<ParamDifference>,
        expected: Option<usize>,
        found: &[usize],
    ) -> Difference {
        let at = expected.and_then(|expected| match self.expected[expected].1.at {
            At::Step(step) => Some(step),
            _ => None,
        });
        let found_step = found.first().and_then(|found| self.found[*found].step);
        Difference {
            difference: HitDifference {
                kind,
                vendor: hit.vendor.clone(),
                account: hit.account.clone(),
                event: hit.event.clone(),
                params,
            },
            line: expected.map(|expected| self.hit(expected).line.0).filter(|line| *line > 0),
            step: found_step.or(at),
            hits: found.iter().map(|found| self.found[*found].index).collect(),
            moved: None,
        }
    }
}

//! Makes a snapshot of one or more plays of a scenario. What differs between
//! plays becomes a matcher of its shape, and what was learnt is told.

use std::collections::BTreeMap;

use crate::model::trace::{StepOutcome, Trace};
use crate::snapshot::compare::found_sides;
use crate::snapshot::pair::{At, ExpectedSide, FoundSide, lookup, pair};
use crate::snapshot::pattern::Pattern;
use crate::snapshot::redact::{FoundHit, Redactor};
use crate::snapshot::{Header, NO_STEP, Snapshot, SnapshotHit, SnapshotStep, shape};

/// A snapshot and what a person should know about how it came to be.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Recorded {
    pub snapshot: Snapshot,
    /// One line each, fragments without a period; empty when every play was
    /// like the first.
    pub learnt: Vec<String>,
}

/// A hit while it is being learnt.
struct Draft {
    hit: SnapshotHit,
    step: Option<usize>,
    /// Its parameters as found, for each play in which it was.
    found: Vec<SnapshotHit>,
    /// Parameters of which something was learnt.
    learnt: BTreeMap<String, Vec<Pattern>>,
}

impl Snapshot {
    /// Records the hits of plays of the same scenario, best of two or more
    /// complete ones: of a single play only identifiers are known to vary.
    ///
    /// Of an older snapshot everything that still holds survives: matchers
    /// that accept what was found in every play, `optional`, `anywhere`,
    /// optional hits that did not fire, and the hits of steps that the first
    /// play skipped. So it also makes the pending snapshot of one play.
    pub fn record(
        header: Header,
        takes: &[Trace],
        old: Option<&Snapshot>,
        redactor: &Redactor,
    ) -> Recorded {
        let mut learnt = Vec::new();
        let mut drafts: Vec<Draft> = Vec::new();
        let Some(first) = takes.first() else {
            return Recorded { snapshot: Snapshot { header, ..Snapshot::default() }, learnt };
        };
        let labels = redactor.labels(first.steps.iter().map(|step| step.label.as_str()));
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let label =
            |step: Option<usize>| step.and_then(|step| labels.get(step)).unwrap_or(&NO_STEP);
        let mut first_found = Vec::new();
        for (number, take) in takes.iter().enumerate() {
            let (found, lost): (Vec<_>, Vec<_>) =
                redactor.found(take).into_iter().partition(|found| found.lost.is_none());
            for found in lost {
                let reason = found.lost.unwrap_or_default();
                let title = found.hit.title();
                note(&mut learnt, format!("{title}: {reason}, so it is not recorded"));
            }
            if number == 0 {
                drafts = found.iter().map(|found| Draft::new(found, false)).collect();
                first_found = found;
            } else {
                learn(&mut drafts, &found, |step| (*label(step)).to_owned(), &mut learnt);
            }
        }
        let mut kept = Vec::new();
        if let Some(old) = old {
            let skipped = first.steps.iter().enumerate();
            let skipped: Vec<usize> = skipped
                .filter(|(_, step)| step.outcome == StepOutcome::Skipped)
                .map(|(index, _)| index)
                .collect();
            kept = keep_what_holds(old, &labels, &skipped, &mut drafts, &first_found, &mut learnt);
        }
        for draft in &drafts {
            draft.report(label(draft.step), takes.len(), &mut learnt);
        }
        let mut steps: Vec<SnapshotStep> = labels
            .iter()
            .map(|label| SnapshotStep { label: (*label).to_owned(), hits: Vec::new() })
            .collect();
        let mut unattributed = Vec::new();
        let drafts = drafts.into_iter().map(|draft| (draft.step, draft.hit));
        for (step, hit) in drafts.chain(kept) {
            match step.and_then(|step| steps.get_mut(step)) {
                Some(step) => step.hits.push(hit),
                None => unattributed.push(hit),
            }
        }
        if !unattributed.is_empty() {
            steps.push(SnapshotStep { label: NO_STEP.to_owned(), hits: unattributed });
        }
        let mut snapshot = Snapshot { header, steps, ..Snapshot::default() };
        snapshot.sort();
        Recorded { snapshot, learnt }
    }

    /// Brings the hits of each step into the one order in which they are
    /// written; the order in which they fired is not theirs to keep.
    pub(crate) fn sort(&mut self) {
        for step in &mut self.steps {
            step.hits.sort_by_cached_key(|hit| {
                (hit.vendor.clone(), hit.event.clone(), hit.account.clone(), hit.render())
            });
        }
    }
}

impl Draft {
    fn new(found: &FoundHit, optional: bool) -> Self {
        let mut hit = found.as_recorded();
        hit.optional = optional;
        Self { hit, step: found.step, found: vec![found.hit.clone()], learnt: BTreeMap::new() }
    }

    /// Widens it so that it accepts this one too.
    fn widen(&mut self, found: &FoundHit) {
        for (name, value) in &found.hit.params {
            let known = self.hit.params.iter_mut().chain(&mut self.hit.sometimes);
            if let Some((_, pattern)) = known.into_iter().find(|(other, _)| other == name) {
                if !pattern.accepts(value) {
                    let seen = self.learnt.entry(name.clone()).or_default();
                    if seen.is_empty() {
                        let first = self.found.first().and_then(|hit| lookup(&hit.params, name));
                        seen.extend(first.cloned());
                    }
                    seen.push(value.clone());
                    *pattern = shape::join(pattern, value);
                }
            } else {
                let recorded = found.hit.params.iter().zip(&found.recorded);
                let recorded = recorded.filter(|((other, _), _)| other == name);
                let pattern = recorded.map(|(_, pattern)| pattern.clone()).next();
                let pattern = pattern.unwrap_or_else(|| value.clone());
                self.hit.sometimes.push((name.clone(), pattern));
                self.learnt.entry(name.clone()).or_default();
            }
        }
        let params = std::mem::take(&mut self.hit.params);
        for (name, pattern) in params {
            if lookup(&found.hit.params, &name).is_some() {
                self.hit.params.push((name, pattern));
            } else {
                self.learnt.entry(name.clone()).or_default();
                self.hit.sometimes.push((name, pattern));
            }
        }
        self.hit.sometimes.sort_by(|a, b| a.0.cmp(&b.0));
        self.found.push(found.hit.clone());
    }

    fn report(&self, label: &str, takes: usize, learnt: &mut Vec<String>) {
        let title = self.hit.title();
        if self.hit.optional && self.found.len() < takes {
            note(
                learnt,
                format!(
                    "{title} at `{label}` fired in {} of {takes} plays, recorded as optional: true",
                    self.found.len()
                ),
            );
        }
        for (name, values) in &self.learnt {
            if let Some(pattern) = lookup(&self.hit.params, name)
                .or_else(|| lookup(&self.hit.sometimes, name))
                .filter(|_| !values.is_empty())
            {
                let values: Vec<String> = values.iter().take(3).map(short).collect();
                let shape = short(pattern);
                let values = values.join(", ");
                let line = format!("{title}: {name} varies ({values}), recorded as {shape}");
                note(learnt, line);
            }
            if lookup(&self.hit.sometimes, name).is_some() {
                let line = format!("{title}: {name} is not always sent, recorded under sometimes");
                note(learnt, line);
            }
        }
    }
}

fn learn(
    drafts: &mut Vec<Draft>,
    found: &[FoundHit],
    label: impl Fn(Option<usize>) -> String,
    learnt: &mut Vec<String>,
) {
    let hits: Vec<(SnapshotHit, At)> = drafts
        .iter()
        .map(|draft| (draft.hit.clone(), draft.step.map_or(At::Unattributed, At::Step)))
        .collect();
    let sides: Vec<ExpectedSide<'_>> =
        hits.iter().map(|(hit, at)| ExpectedSide { hit, at: *at }).collect();
    let pairing = pair(&sides, &found_sides(found));
    let mut extra = pairing.unexpected.clone();
    extra.extend(pairing.repeated.iter().map(|(_, found)| found));
    for index in &pairing.missing {
        drafts[*index].hit.optional = true;
    }
    for (index, other) in &pairing.pairs {
        let (draft, found) = (&mut drafts[*index], &found[*other]);
        if draft.hit.account != found.hit.account || draft.hit.event != found.hit.event {
            draft.hit.optional = true;
            extra.push(*other);
            continue;
        }
        if draft.step != found.step && !draft.hit.anywhere {
            draft.hit.anywhere = true;
            let (title, from, to) = (draft.hit.title(), label(draft.step), label(found.step));
            let line = format!(
                "{title} came at `{from}` in one play and at `{to}` in another, recorded as anywhere: true"
            );
            note(learnt, line);
        }
        draft.widen(found);
    }
    extra.sort_unstable();
    drafts.extend(extra.into_iter().map(|index| Draft::new(&found[index], true)));
}

/// Puts what a person wrote, or an earlier recording learnt, over what this
/// one found, where it still holds. Returns optional hits that stayed away.
fn keep_what_holds(
    old: &Snapshot,
    labels: &[&str],
    skipped: &[usize],
    drafts: &mut [Draft],
    first: &[FoundHit],
    learnt: &mut Vec<String>,
) -> Vec<(Option<usize>, SnapshotHit)> {
    let sides = old.sides(labels);
    let expected: Vec<ExpectedSide<'_>> = sides.iter().map(|(_, side)| *side).collect();
    // Drafts begin with those of the first play, in its order.
    let found: Vec<FoundSide<'_>> = drafts
        .iter()
        .enumerate()
        .map(|(index, draft)| FoundSide {
            hit: first.get(index).map_or(&draft.hit, |found| &found.hit),
            step: draft.step,
            lost: false,
        })
        .collect();
    let pairing = pair(&expected, &found);
    let pairs = pairing.pairs.clone();
    let mut kept = Vec::new();
    let aligned = old.align(labels);
    for index in &pairing.missing {
        let Some((own_step, ExpectedSide { hit, .. })) = sides.get(*index) else { continue };
        let label = old.steps.get(*own_step).map_or(NO_STEP, |step| step.label.as_str());
        let step = aligned.get(*own_step).copied().flatten();
        let played = step.is_none_or(|step| !skipped.contains(&step));
        if (step.is_some() || label == NO_STEP) && (hit.optional || !played) {
            kept.push((step, (*hit).clone()));
        } else {
            let title = hit.title();
            note(learnt, format!("{title} at `{label}` fires no more, no longer recorded"));
        }
    }
    for (index, other) in pairs {
        let (Some(side), Some(draft)) = (expected.get(index), drafts.get_mut(other)) else {
            continue;
        };
        let old = side.hit;
        if old.account != draft.hit.account || old.event != draft.hit.event {
            continue;
        }
        draft.hit.optional |= old.optional;
        draft.hit.anywhere |= old.anywhere;
        let holds = |name: &str, pattern: &Pattern| {
            draft
                .found
                .iter()
                .all(|hit| lookup(&hit.params, name).is_none_or(|value| pattern.accepts(value)))
        };
        let mut params = Vec::new();
        let mut sometimes = Vec::new();
        for (name, new) in &draft.hit.params {
            if let Some(pattern) = lookup(&old.sometimes, name).filter(|p| holds(name, p)) {
                sometimes.push((name.clone(), pattern.clone()));
            } else {
                let pattern = match lookup(&old.params, name) {
                    Some(pattern) if holds(name, pattern) => pattern.clone(),
                    // It is known to vary, so the value of this play is not
                    // what the next one will bring.
                    Some(pattern) if !pattern.is_literal() && new.is_literal() => {
                        shape::of_identifier(new)
                    }
                    _ => new.clone(),
                };
                params.push((name.clone(), pattern));
            }
        }
        for (name, new) in &draft.hit.sometimes {
            let known = lookup(&old.sometimes, name).or_else(|| lookup(&old.params, name));
            let pattern = known.filter(|pattern| holds(name, pattern)).unwrap_or(new);
            sometimes.push((name.clone(), pattern.clone()));
        }
        for (name, pattern) in &old.sometimes {
            let is_new = |list: &[(String, Pattern)]| !list.iter().any(|(other, _)| other == name);
            if is_new(&params) && is_new(&sometimes) {
                sometimes.push((name.clone(), pattern.clone()));
            }
        }
        sometimes.sort_by(|a, b| a.0.cmp(&b.0));
        // What an older recording knew is not learnt again.
        draft.learnt.retain(|name, _| {
            lookup(&old.params, name).or_else(|| lookup(&old.sometimes, name))
                != lookup(&params, name).or_else(|| lookup(&sometimes, name))
        });
        draft.hit.params = params;
        draft.hit.sometimes = sometimes;
    }
    kept
}

fn note(learnt: &mut Vec<String>, line: String) {
    if !learnt.contains(&line) {
        learnt.push(line);
    }
}

/// A value short enough for a line.
fn short(pattern: &Pattern) -> String {
    let text = match pattern.to_value() {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    let mut short: String =
        text.chars().filter(|c| !crate::snapshot::format::is_hidden(*c)).take(60).collect();
    if text.chars().count() > 60 {
        short.push('…');
    }
    short
}

//! The expected hits of a scenario: their text format, what of a hit is
//! compared, pairing with the hits that were found, and what a recording
//! learns. Nothing here reads a file; `cli` keeps them.
#![deny(clippy::disallowed_methods)]

pub mod compare;
#[cfg(test)]
pub mod fixture;
pub mod format;
pub mod merge;
pub mod pair;
pub mod parse;
pub mod pattern;
pub mod record;
pub mod redact;
pub mod shape;
pub mod show;

use crate::snapshot::pattern::Pattern;
use crate::snapshot::redact::Redactor;

/// Label of the block that holds hits which no step caused.
pub const NO_STEP: &str = "(no step)";

/// The hits that a scenario is expected to fire.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Snapshot {
    /// The file's path as the user knows it; empty when it was never read.
    pub file: FileName,
    pub header: Header,
    /// Every step of the scenario in order, silent ones too.
    pub steps: Vec<SnapshotStep>,
}

/// What stands above the second `---`: insta's fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// The scenario's file.
    pub source: String,
    pub expression: Option<String>,
    pub description: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct SnapshotStep {
    pub label: String,
    pub hits: Vec<SnapshotHit>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct SnapshotHit {
    pub vendor: String,
    pub event: String,
    pub account: String,
    /// It may stay away.
    pub optional: bool,
    /// It may come with any step.
    pub anywhere: bool,
    /// By wire name, sorted. A name that was sent twice is `name` and
    /// `name#2`.
    pub params: Vec<(String, Pattern)>,
    /// Parameters that may be absent.
    pub sometimes: Vec<(String, Pattern)>,
    pub line: Line,
}

/// One-based line in the file, 0 when unknown. It is no part of what a hit
/// is, so any two are equal.
#[derive(Debug, Clone, Copy, Default)]
pub struct Line(pub usize);

impl PartialEq for Line {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Where a snapshot was read from. It is no part of what a snapshot says, so
/// any two are equal.
#[derive(Debug, Clone, Default)]
pub struct FileName(pub String);

impl PartialEq for FileName {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A hit to wait for while a step settles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpectedHit<'a> {
    pub vendor: &'a str,
    pub account: &'a str,
    pub event: &'a str,
    pub optional: bool,
}

impl Header {
    /// The header that a recording writes; `file` is the scenario's path.
    pub fn for_scenario(file: &str) -> Self {
        // The same on every machine, so that only hits make a difference.
        let file = file.replace('\\', "/");
        let expression = Some(format!("pixelproof run {file}"));
        Self { source: file, expression, description: None }
    }
}

impl Snapshot {
    /// The hits of one of its own steps. Use [`Snapshot::expected_by_step`]
    /// where the scenario may have been edited since.
    pub fn expected(&self, step: usize) -> impl Iterator<Item = ExpectedHit<'_>> {
        self.steps.get(step).into_iter().flat_map(|step| &step.hits).map(ExpectedHit::of)
    }

    /// The hits to wait for with each of the scenario's steps; `labels` are
    /// those of the trace, as they are shown. A hit that may come with any
    /// step is waited for with none.
    pub fn expected_by_step(
        &self,
        labels: &[&str],
        redactor: &Redactor,
    ) -> Vec<Vec<ExpectedHit<'_>>> {
        let mut expected = vec![Vec::new(); labels.len()];
        let labels = redactor.labels(labels.iter().copied());
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        for (step, at) in self.steps.iter().zip(self.align(&labels)) {
            if let Some(hits) = at.and_then(|at| expected.get_mut(at)) {
                hits.extend(step.hits.iter().filter(|hit| !hit.anywhere).map(ExpectedHit::of));
            }
        }
        expected
    }

    /// For each of its steps the index of the scenario's step that it is
    /// about: by label where labels agree, else by place between those.
    /// Labels are compared as the redactor leaves them.
    /// `None`: the scenario has no such step any more.
    pub fn align(&self, labels: &[&str]) -> Vec<Option<usize>> {
        let (indexes, own): (Vec<usize>, Vec<&str>) = self
            .steps
            .iter()
            .enumerate()
            .filter(|(_, step)| step.label != NO_STEP)
            .map(|(index, step)| (index, step.label.as_str()))
            .unzip();
        let mut aligned = vec![None; self.steps.len()];
        let operations = similar::capture_diff_slices(similar::Algorithm::Myers, &own, labels);
        for operation in operations {
            let (_, from, to) = operation.as_tag_tuple();
            for (from, to) in from.zip(to) {
                let slot = indexes.get(from).and_then(|index| aligned.get_mut(*index));
                if let Some(slot) = slot {
                    *slot = Some(to);
                }
            }
        }
        aligned
    }

    pub fn hit_count(&self) -> usize {
        self.steps.iter().map(|step| step.hits.len()).sum()
    }
}

impl<'a> ExpectedHit<'a> {
    fn of(hit: &'a SnapshotHit) -> Self {
        Self {
            vendor: &hit.vendor,
            account: &hit.account,
            event: &hit.event,
            optional: hit.optional,
        }
    }
}

#[cfg(test)]
mod tests;

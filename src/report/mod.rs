//! A finished run in, bytes out. One file per reporter and one table; no
//! reporter opens a file, asks the clock or knows whether it writes to a
//! terminal. What comes from pages is untrusted, and secrets are masked before
//! a byte leaves this layer.

#![deny(clippy::disallowed_methods)]

pub mod clean;
pub mod mask;

pub mod painter;
pub mod told;
pub mod trail;

#[cfg(test)]
pub mod sample;

pub mod blob;
pub mod durations;
pub mod github;
pub mod gitlab;
pub mod har;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod openmetrics;
pub mod sarif;
pub mod tap;
pub mod terminal;

use std::io::{self, Write};

use crate::model::run::RunReport;

/// A way to write down a run.
pub struct Reporter {
    /// As `--report NAME=PATH` names it.
    pub name: &'static str,
    /// Usual ending of its files, without the dot.
    pub extension: &'static str,
    /// One line for `--help`, more for the manual.
    pub docs: &'static str,
    /// Writes as it goes, since a run may be larger than memory: what needs
    /// more of a scenario than its outline asks [`RunReport::wholes`] for it.
    pub write: fn(&RunReport, &ReportOptions, &mut dyn Write) -> io::Result<()>,
}

impl Reporter {
    /// What it writes, for reports that are small.
    pub fn bytes(&self, run: &RunReport, options: &ReportOptions) -> Vec<u8> {
        let mut bytes = Vec::new();
        // Writing to memory does not fail.
        let _ = (self.write)(run, options, &mut bytes);
        bytes
    }
}

/// How text is laid out. Formats for machines ignore it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportOptions {
    /// Columns; lines are wrapped or cut to it.
    pub width: usize,
    pub color: bool,
    pub detail: Detail,
}

/// How much is told. Ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Detail {
    /// Scenarios that did not pass, and the summary.
    Quiet,
    /// Every step and hit.
    #[default]
    Normal,
    /// Requests and calls too.
    Verbose,
}

/// Every reporter, by name.
pub static REPORTERS: &[&Reporter] = &[
    &blob::REPORTER,
    &durations::REPORTER,
    &github::REPORTER,
    &gitlab::REPORTER,
    &har::REPORTER,
    &html::REPORTER,
    &json::REPORTER,
    &junit::REPORTER,
    &markdown::REPORTER,
    &openmetrics::REPORTER,
    &sarif::REPORTER,
    &tap::REPORTER,
    &terminal::REPORTER,
];

/// The reporter of that name.
pub fn find(name: &str) -> Option<&'static Reporter> {
    REPORTERS.iter().copied().find(|reporter| reporter.name == name)
}

impl Default for ReportOptions {
    fn default() -> Self {
        Self { width: 100, color: false, detail: Detail::Normal }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_sorted_complete_and_documented() {
        let names: Vec<_> = REPORTERS.iter().map(|reporter| reporter.name).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(names, sorted);
        for reporter in REPORTERS {
            assert!(!reporter.docs.is_empty() && !reporter.extension.is_empty());
            assert!(std::ptr::eq(find(reporter.name).unwrap(), *reporter));
        }
        assert!(find("html5").is_none());
    }
}

//! How long scenarios took in an earlier run, for parts of a run that last
//! alike. Which part a scenario belongs to follows from the record and the
//! scenario's name alone: every machine that has the same record divides
//! alike, whatever else it was told to choose.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::cli::config::read_text;
use crate::cli::problems::Problem;
use crate::cli::run::selection::by_name;

/// Larger files are not of our making.
const LARGEST: u64 = 16 << 20;

/// A day: no scenario takes longer.
const LONGEST_SECONDS: f64 = 86_400.0;

#[derive(Debug, Clone, Default)]
pub struct Durations {
    /// Milliseconds by slug.
    known: BTreeMap<String, u64>,
    /// Tells records apart.
    fingerprint: String,
    file: String,
}

impl Durations {
    pub fn read(path: &Path) -> Result<Self, Problem> {
        let file = path.display().to_string();
        read_text(path, LARGEST)
            .and_then(|text| Self::parse(&text))
            .map(|durations| Self { file: file.clone(), ..durations })
            .map_err(|reason| {
                Problem::new(format!("--shard-by {file} {reason}")).help(format!(
                    "a run with `--report durations={file}` writes it; `{{}}` divides by name"
                ))
            })
    }

    pub fn parse(text: &str) -> Result<Self, String> {
        // Other keys may come with later versions.
        let seconds: BTreeMap<String, f64> = serde_json::from_str(text)
            .and_then(|mut record: Map<String, Value>| {
                record.remove("seconds").map_or(Ok(BTreeMap::new()), serde_json::from_value)
            })
            .map_err(|error| format!("is no report of durations: {error}"))?;
        let known: BTreeMap<String, u64> = seconds
            .into_iter()
            .map(|(slug, seconds)| (slug, (seconds.clamp(0.0, LONGEST_SECONDS) * 1_000.0) as u64))
            .collect();
        let digest = Sha256::digest(format!("{known:?}"));
        let start = digest.iter().take(4).fold(0_u32, |sum, byte| (sum << 8) | u32::from(*byte));
        let fingerprint = format!("{start:08x}");
        Ok(Self { known, fingerprint, file: String::new() })
    }

    pub fn notice(&self) -> String {
        format!(
            "divided by {} ({} scenarios, record {}), which must be the same for every part",
            self.file,
            self.known.len(),
            self.fingerprint
        )
    }

    /// The part, from 1, that the scenario belongs to. The longest are given
    /// away first, each to the part that has least to do.
    pub fn part(&self, slug: &str, of: u64) -> u64 {
        if !self.known.contains_key(slug) {
            return by_name(slug, of);
        }
        let mut longest: Vec<(&String, u64)> =
            self.known.iter().map(|(slug, duration)| (slug, *duration)).collect();
        // Those that take equally long stay in the order of their names.
        longest.sort_by_key(|(_, duration)| std::cmp::Reverse(*duration));
        // Parts beyond the number of scenarios get nothing.
        let parts = of.min(self.known.len() as u64);
        let mut free: BTreeSet<(u64, u64)> = (1..=parts).map(|number| (0, number)).collect();
        for (other, duration) in longest {
            let Some((load, number)) = free.pop_first() else { break };
            if other == slug {
                return number;
            }
            free.insert((load + duration, number));
        }
        by_name(slug, of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_last_alike() {
        let seconds: Vec<String> = (0..40_u32)
            .map(|number| format!(r#""s{number}": {}"#, (number * 37) % 19 + 1))
            .collect();
        let text = format!(r#"{{"schema": 1, "seconds": {{{}}}}}"#, seconds.join(", "));
        let durations = Durations::parse(&text).unwrap();
        let mut loads = [0; 5];
        for (slug, duration) in &durations.known {
            loads[durations.part(slug, 5) as usize - 1] += duration;
        }
        let (least, most) = (loads.iter().min().unwrap(), loads.iter().max().unwrap());
        assert!(most - least <= 1_000, "{loads:?}");
        assert!((1..=5).contains(&durations.part("unknown", 5)));
        // Nothing to do takes no time, and is given away all the same.
        let idle = Durations::parse(r#"{"seconds": {"a": 0, "b": -1, "c": 1e300}}"#).unwrap();
        assert!(["a", "b", "c"].iter().all(|slug| (1..=3).contains(&idle.part(slug, u64::MAX))));
    }

    #[test]
    fn records_that_are_none_are_told() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["", "[]", "{\"seconds\": {\"a\": \"1\"}}", "{\"seconds\": [1]}"] {
            let path = folder.path().join("record.json");
            std::fs::write(&path, text).unwrap();
            let problem = Durations::read(&path).unwrap_err();
            assert!(problem.diagnostic.message.contains("is no report of durations"), "{text}");
        }
        let problem = Durations::read(&folder.path().join("missing.json")).unwrap_err();
        assert!(problem.diagnostic.message.ends_with("cannot be read: it does not exist"));
        assert!(Durations::parse("{}").unwrap().known.is_empty());
    }
}

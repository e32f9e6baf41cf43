//! What is kept between runs, in `.pixelproof` beside the configuration: of
//! each scenario's last play that passed, who sent its hits, and which ones
//! did not pass. Nothing depends
//! on it: where it cannot be read or written, later runs only say less.

use std::path::{Path, PathBuf};

use crate::cli::config::Config;
use crate::cli::files;
use crate::model::last_good::{FORMAT, LastGood};
use crate::model::run::{RunReport, Verdict};
use crate::report::mask::Mask;

/// Larger files are not of our making.
const LARGEST: u64 = 16 << 20;

/// The folder of the project that is kept out of version control.
#[derive(Debug, Clone)]
pub struct State(PathBuf);

impl State {
    /// `project`: where pixelproof.toml is, or would be.
    pub fn of(project: &Path) -> Self {
        Self(project.join(".pixelproof"))
    }

    /// Beside the configuration, or in the folder of the command.
    pub fn beside(config: &Config, directory: &Path) -> Self {
        let beside = config.path.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
        Self::of(&directory.join(beside))
    }

    /// What is known of the scenario's last play that passed.
    pub fn last_good(&self, slug: &str) -> Option<LastGood> {
        let path = self.path(slug);
        if std::fs::metadata(&path).ok()?.len() > LARGEST {
            return None;
        }
        let kept: LastGood = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
        (kept.format == FORMAT).then_some(kept)
    }

    /// Keeps it, where that is possible.
    pub fn keep(&self, slug: &str, good: &LastGood, secrets: &[String]) {
        let Ok(value) = serde_json::to_value(good) else { return };
        let Ok(bytes) = serde_json::to_vec_pretty(&Mask::new(secrets).json(value)) else { return };
        self.write(&self.path(slug), &bytes);
    }

    /// Slugs of the scenarios that did not pass when they were played last.
    pub fn last_failed(&self) -> Vec<String> {
        let path = self.failed_path();
        if std::fs::metadata(&path).is_ok_and(|metadata| metadata.len() > LARGEST) {
            return Vec::new();
        }
        let text = std::fs::read_to_string(path).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Keeps which ones did not pass; those that were not played stay as they
    /// were.
    pub fn keep_failed(&self, run: &RunReport) {
        let before = self.last_failed();
        let mut failed: Vec<String> = before
            .iter()
            .filter(|slug| {
                let played = run.scenarios.iter().find(|scenario| scenario.slug == **slug);
                played.is_none_or(|scenario| scenario.verdict == Verdict::Skipped)
            })
            .cloned()
            .collect();
        failed.extend(
            run.scenarios
                .iter()
                .filter(|it| matches!(it.verdict, Verdict::Failed | Verdict::Broken))
                .map(|scenario| scenario.slug.clone()),
        );
        failed.sort_unstable();
        if failed != before {
            failed.push(String::new());
            self.write(&self.failed_path(), failed.join("\n").as_bytes());
        }
    }

    fn write(&self, path: &Path, bytes: &[u8]) {
        if self.is_ignored() {
            // A disk that is full or read-only fails no run.
            let _ = files::write(path, bytes);
        }
    }

    /// Whether version control looks past it, which is seen to: only then is
    /// anything kept.
    pub fn is_ignored(&self) -> bool {
        let ignore = self.0.join(".gitignore");
        ignore.exists() || files::write(&ignore, b"*\n").is_ok()
    }

    /// Where former runs are.
    pub fn runs(&self) -> PathBuf {
        self.0.join("runs")
    }

    fn failed_path(&self) -> PathBuf {
        self.0.join("last-failed")
    }

    fn path(&self, slug: &str) -> PathBuf {
        self.0.join("last-good").join(format!("{slug}.json"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::last_good::LastStep;
    use crate::report::sample;

    #[test]
    fn what_was_kept_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::of(folder.path());
        assert_eq!(state.last_good("lead"), None);
        let label = "send as jane@shop.test".to_owned();
        let steps = vec![LastStep { label, clicked: true, ..LastStep::default() }];
        let good = LastGood { format: FORMAT, steps, ..LastGood::default() };
        state.keep("lead", &good, &[]);
        assert_eq!(state.last_good("lead"), Some(good.clone()));
        let ignored = std::fs::read_to_string(folder.path().join(".pixelproof/.gitignore"));
        assert_eq!(ignored.unwrap(), "*\n");
        state.keep("lead", &good, &["jane@shop.test".to_owned()]);
        assert_eq!(state.last_good("lead").unwrap().steps[0].label, "send as ***");
    }

    #[test]
    fn what_failed_stays_until_it_passes() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::of(folder.path());
        let mut run = sample::run();
        state.keep_failed(&run);
        assert_eq!(state.last_failed(), ["checkout", "lead-form"]);
        // Of the two, one is not played, and the other passes.
        run.scenarios.retain(|scenario| scenario.slug == "lead-form");
        run.scenarios[0].verdict = Verdict::Passed;
        state.keep_failed(&run);
        assert_eq!(state.last_failed(), ["checkout"]);
    }

    #[test]
    fn what_cannot_be_read_or_written_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::of(&folder.path().join("file"));
        std::fs::write(folder.path().join("file"), "").unwrap();
        state.keep("lead", &LastGood::default(), &[]);
        assert_eq!(state.last_good("lead"), None);
        let state = State::of(folder.path());
        std::fs::create_dir_all(folder.path().join(".pixelproof/last-good")).unwrap();
        for text in ["", "{", "{\"format\": 99}", "[1]"] {
            std::fs::write(folder.path().join(".pixelproof/last-good/lead.json"), text).unwrap();
            assert_eq!(state.last_good("lead"), None, "{text}");
        }
    }
}

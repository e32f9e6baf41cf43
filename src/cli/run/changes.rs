//! What has changed in the working tree since a commit, as git tells it:
//! committed, staged, unstaged, untracked. Files that git ignores do not count.
//! Git is run as a program of its own, without a shell; it changes nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::joints::Scenario;
use crate::cli::problems::Problem;
use crate::cli::run::Arguments;
use crate::cli::snapshots::Store;
use crate::report::clean::one_line;
use crate::steps::Action;

#[derive(Debug)]
pub struct Changes {
    /// As it was written.
    pub since: String,
    /// Where relative paths start.
    directory: PathBuf,
    files: BTreeSet<PathBuf>,
    /// The settings have changed, and with them perhaps everything.
    all: bool,
}

/// What `--changed-since` asks for.
pub fn wanted(
    arguments: &Arguments,
    config: &Config,
    environment: &Environment,
    problems: &mut Vec<Problem>,
) -> Option<Changes> {
    let since = arguments.changed_since.as_deref()?;
    let mut changes = Changes::read(since, &environment.directory)
        .map_err(|problem| problems.push(problem))
        .ok()?;
    changes.all = config.path.as_deref().is_some_and(|path| changes.hold(path));
    Some(changes)
}

impl Changes {
    fn read(since: &str, directory: &Path) -> Result<Self, Problem> {
        let tell = |reason: &str, help: &str| {
            Problem::new(format!("--changed-since {}: {reason}", one_line(since, 100))).help(help)
        };
        let git = |arguments: &[&str], place: &Path| {
            git(arguments, place).map_err(|error| {
                tell(&format!("cannot run git: {error}"), "install git, or leave the option out")
            })
        };
        let top = git(&["rev-parse", "--show-toplevel"], directory)?
            .map_err(|reason| tell(&reason, "expected to be run within a git repository"))?;
        let top = PathBuf::from(String::from_utf8_lossy(&top).trim_end_matches(['\n', '\r']));
        let commit = format!("{since}^{{commit}}");
        // A name that begins with a hyphen would be an option.
        let arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options", &commit];
        let commit = git(&arguments, &top)?.map_err(|_| {
            tell(
                "git knows no such commit here",
                "a shallow clone lacks most: fetch it first, with `fetch-depth: 0` in GitHub's checkout",
            )
        })?;
        let commit = hash(&commit);
        // What others have done since the branches parted is no change of ours.
        let base = git(&["merge-base", &commit, "HEAD"], &top)?.map_err(|_| {
            tell(
                "git knows no commit that it shares with HEAD",
                "a shallow clone may lack it: fetch more of the history",
            )
        })?;
        let base = hash(&base);
        let changed = [
            "-c",
            "diff.relative=false",
            "diff",
            "--name-only",
            "-z",
            "--no-renames",
            "--no-ext-diff",
            &base,
            "--",
        ];
        let untracked = ["ls-files", "--others", "--exclude-standard", "-z"];
        let mut files = BTreeSet::new();
        for arguments in [changed.as_slice(), untracked.as_slice()] {
            let names =
                git(arguments, &top)?.map_err(|reason| tell(&reason, "see `git status`"))?;
            files.extend(
                names
                    .split(|byte| *byte == 0)
                    .filter(|name| !name.is_empty())
                    .map(|name| real(&top.join(&*String::from_utf8_lossy(name)))),
            );
        }
        Ok(Self { since: since.to_owned(), directory: directory.to_owned(), files, all: false })
    }

    /// Whether the scenario, its snapshot or a file that it uploads changed.
    pub fn concern(&self, scenario: &Scenario, snapshots: &Path) -> bool {
        let snapshot = Store::new(snapshots).path(&scenario.slug);
        let uploads = scenario.steps.iter().filter_map(|step| match &step.action {
            Action::Upload(upload) => Some(&upload.files),
            _ => None,
        });
        self.all
            || self.hold(Path::new(&scenario.file))
            || self.hold(&snapshot)
            || uploads.flatten().any(|file| self.hold(file))
    }

    /// Also where git names only the folder: a submodule, another repository.
    fn hold(&self, path: &Path) -> bool {
        let path = self.directory.join(path);
        let target = std::fs::canonicalize(&path).ok();
        let is_changed = |path: &Path| path.ancestors().any(|folder| self.files.contains(folder));
        is_changed(&real(&path)) || target.is_some_and(|target| is_changed(&target))
    }
}

/// Without links on the way to it; the file itself may be one, or be gone.
fn real(path: &Path) -> PathBuf {
    let folder = path.parent().map(|folder| std::fs::canonicalize(folder).ok());
    match (folder.flatten(), path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

fn hash(output: &[u8]) -> String {
    String::from_utf8_lossy(output).trim().to_owned()
}

/// What git answers, or the first line of what it complains about.
fn git(arguments: &[&str], directory: &Path) -> std::io::Result<Result<Vec<u8>, String>> {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(directory)
        // It takes no locks, so that a commit made meanwhile does not fail.
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()?;
    if output.status.success() {
        return Ok(Ok(output.stdout));
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let line = complaint.lines().next().unwrap_or("git failed");
    let line = line.trim_start_matches("fatal: ").trim_start_matches("error: ");
    Ok(Err(one_line(line, 200)))
}

#[cfg(test)]
mod tests;

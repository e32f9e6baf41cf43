//! Former runs, in `.pixelproof/runs`: a folder for each, by the time at which
//! it began, with the run as a blob. It grows while the run goes on, so that
//! one that was killed is there as well. Screenshots and other evidence lie
//! beside it. Only what is certainly ours is ever removed, and no link is
//! followed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use crate::cli::files;
use crate::cli::problems::{Problem, name_help};
use crate::cli::shelf::{self, Blobs, refused};
use crate::cli::state::State;
use crate::model::run::{RunReport, Shelf};
use crate::report::blob::{self, BlobError, Join, Line};
use crate::report::{ReportOptions, html};

/// The run itself.
const BLOB: &str = "run.blob";

/// What `pixelproof report open` made of it.
const PAGE: &str = "report.html";

/// How many runs may begin in the same moment.
const MOST_AT_ONCE: i64 = 100;

/// The folder of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFolder {
    pub id: String,
    pub path: PathBuf,
}

/// A folder for a run that begins, where one can be made; the oldest of those
/// that are more than `keep` are removed first. Nothing depends on it.
pub fn begin(state: &State, keep: usize) -> Option<RunFolder> {
    let others = keep.checked_sub(1)?;
    if !state.is_ignored() {
        return None;
    }
    let runs = state.runs();
    fs::create_dir_all(&runs).ok()?;
    for old in list(state).into_iter().skip(others) {
        remove(&old);
    }
    let now = Timestamp::now().as_millisecond();
    (0..MOST_AT_ONCE).find_map(|later| {
        let id = id_of(now + later);
        let path = runs.join(&id);
        fs::create_dir(&path).ok().map(|()| RunFolder { id, path })
    })
}

/// Those that are kept, the newest first.
pub fn list(state: &State) -> Vec<RunFolder> {
    let runs = state.runs();
    if !is_folder(&runs) {
        return Vec::new();
    }
    let entries = fs::read_dir(&runs).into_iter().flatten().filter_map(Result::ok);
    let mut found: Vec<RunFolder> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|id| is_id(id))
        .map(|id| RunFolder { path: runs.join(&id), id })
        .filter(|run| is_folder(&run.path))
        .collect();
    found.sort_by(|a, b| b.id.cmp(&a.id));
    found
}

/// The run of that name, or the last one.
pub fn find(state: &State, id: Option<&str>) -> Result<RunFolder, Problem> {
    let mut runs = list(state);
    let place = state.runs().display().to_string();
    let Some(id) = id else {
        if runs.is_empty() {
            return Err(Problem::new(format!("there is no run in {place}"))
                .help("`pixelproof run` keeps the last ones, unless `keep_runs` is 0"));
        }
        return Ok(runs.remove(0));
    };
    if let Some(index) = runs.iter().position(|run| run.id == id) {
        return Ok(runs.remove(index));
    }
    let known: Vec<&str> = runs.iter().map(|run| run.id.as_str()).collect();
    let problem = Problem::new(format!("there is no run `{id}` in {place}"));
    Err(if known.is_empty() { problem } else { problem.help(name_help(id, &known)) })
}

impl RunFolder {
    /// The file that grows while the run goes on.
    pub fn append(&self) -> io::Result<File> {
        OpenOptions::new().append(true).create_new(true).open(self.path.join(BLOB))
    }

    /// The whole run, in the place of what had been known of it.
    pub fn keep(&self, run: &RunReport) {
        let write =
            |out: &mut dyn Write| (blob::REPORTER.write)(run, &ReportOptions::default(), out);
        // A disk that is full or read-only fails no run.
        let _ = files::write_with(&self.path.join(BLOB), write);
    }

    /// The run, as far as it is known, and where the rest of it lies.
    pub fn read(&self) -> Result<(RunReport, Arc<Blobs>), Problem> {
        let path = self.path.join(BLOB);
        let name = path.display().to_string();
        let mut reader = shelf::open(&path, &name)?;
        let head = blob::alone(&reader.head);
        let mut join = Join::new(&reader.version, &[&head]);
        let mut rest = Blobs::default();
        join.begin(&head);
        rest.begin(&name, &path);
        loop {
            let line = match reader.read() {
                // The run was killed: what it had written is there.
                Err(BlobError::CutOff) => break,
                line => line.map_err(|error| refused(&name, &error))?,
            };
            rest.note(&line);
            let is_end = matches!(line, Line::End(_));
            join.add(line)?;
            if is_end {
                break;
            }
        }
        let rest = Arc::new(rest);
        Ok((RunReport { shelf: Shelf::new(rest.clone()), ..join.finish() }, rest))
    }

    /// Its HTML report.
    pub fn write_page(&self, run: &RunReport) -> Result<PathBuf, Problem> {
        let path = self.path.join(PAGE);
        files::write(&path, &html::REPORTER.bytes(run, &ReportOptions::default()))?;
        Ok(path)
    }
}

/// Removes the folder if nothing but files of ours is in it.
fn remove(run: &RunFolder) {
    let Ok(entries) = fs::read_dir(&run.path) else { return };
    let mut ours = Vec::new();
    for entry in entries {
        let Ok(entry) = entry else { return };
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if !is_file || !is_ours(&entry.file_name().to_string_lossy()) {
            return;
        }
        ours.push(entry.path());
    }
    for path in ours {
        // What stays is tried again by the next run.
        let _ = fs::remove_file(path);
    }
    let _ = fs::remove_dir(&run.path);
}

/// A file that is written here, or what a run that was killed left of it.
fn is_ours(name: &str) -> bool {
    // `.run.blob.1234-0.tmp`
    let unfinished = name.strip_prefix('.').and_then(|rest| {
        let (whole, number) = rest.strip_suffix(".tmp")?.rsplit_once('.')?;
        number.bytes().all(|it| it.is_ascii_digit() || it == b'-').then_some(whole)
    });
    let name = unfinished.unwrap_or(name);
    [BLOB, PAGE].contains(&name) || is_evidence(name)
}

/// `lead-step-3.png`, `lead-step-3.html`, `lead-console.txt`.
fn is_evidence(name: &str) -> bool {
    let step = name.rsplit_once('.').and_then(|(stem, ending)| {
        let (_, number) = stem.rsplit_once("-step-")?;
        let fits = matches!(ending, "png" | "webp" | "html");
        (fits && number.bytes().all(|it| it.is_ascii_digit())).then_some(())
    });
    step.is_some() || name.ends_with("-console.txt")
}

/// `20261123-100000-042`, in UTC.
fn id_of(unix_ms: i64) -> String {
    let moment = Timestamp::from_millisecond(unix_ms).unwrap_or_default();
    format!("{}-{:03}", moment.strftime("%Y%m%d-%H%M%S"), unix_ms.rem_euclid(1_000))
}

fn is_id(name: &str) -> bool {
    let lengths: Vec<usize> = name.split('-').map(str::len).collect();
    lengths == [8, 6, 3] && name.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit())
}

/// A folder itself, not a link to one.
fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

#[cfg(test)]
mod tests {
    use crate::report::sample;

    use super::*;

    fn ids(state: &State) -> Vec<String> {
        list(state).into_iter().map(|run| run.id).collect()
    }

    #[test]
    fn the_newest_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::of(folder.path());
        assert_eq!(begin(&state, 0), None);
        assert!(!folder.path().join(".pixelproof").exists());
        let mut begun = Vec::new();
        for _ in 0..4 {
            let run = begin(&state, 3).unwrap();
            run.keep(&sample::run());
            run.write_page(&sample::run()).unwrap();
            begun.insert(0, run.id);
        }
        assert_eq!(ids(&state), begun[..3]);
        assert!(folder.path().join(".pixelproof/.gitignore").is_file());
        assert_eq!(find(&state, None).unwrap().id, begun[0]);
        assert_eq!(find(&state, Some(&begun[2])).unwrap().id, begun[2]);
        for unknown in [begun[3].as_str(), "..", "/etc", ""] {
            assert!(find(&state, Some(unknown)).is_err(), "{unknown}");
        }
    }

    #[test]
    fn a_run_is_read_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let run = begin(&State::of(folder.path()), 1).unwrap();
        let mut report = sample::run();
        // One shard is shown by itself.
        (report.part.number, report.part.of) = (2, 3);
        run.keep(&report);
        let json = &crate::report::json::REPORTER;
        let of = |run: &RunReport| json.bytes(run, &ReportOptions::default());
        let (again, rest) = run.read().unwrap();
        assert_eq!(of(&again), of(&report));
        assert!(rest.problem().is_none());
        // Cut off by a kill: what is whole is there, and marked incomplete.
        let bytes = fs::read(run.path.join(BLOB)).unwrap();
        fs::write(run.path.join(BLOB), &bytes[..bytes.len() - 30]).unwrap();
        let (cut, _) = run.read().unwrap();
        assert_eq!((cut.scenarios.len(), cut.complete), (4, false));
        // Gone since it was read: told, and the rest is there all the same.
        fs::remove_file(run.path.join(BLOB)).unwrap();
        assert!(String::from_utf8_lossy(&of(&again)).contains("\"scenarios\""));
        let told = rest.problem().unwrap().diagnostic.message;
        assert!(told.starts_with("cannot read "), "{told}");
        fs::write(run.path.join(BLOB), "no blob").unwrap();
        let told = run.read().map(|_| ()).unwrap_err().diagnostic.message;
        assert!(told.ends_with("is no blob of pixelproof"), "{told}");
    }

    #[test]
    fn files_are_known_by_their_names() {
        for ours in [
            "run.blob",
            "report.html",
            ".run.blob.77-1.tmp",
            "lead-step-3.png",
            "lead-2-step-12.webp",
            "lead-step-3.html",
            ".lead-step-3.html.12-0.tmp",
            "lead-console.txt",
        ] {
            assert!(is_ours(ours), "{ours}");
        }
        for other in
            ["notes.txt", "lead.png", "lead-step-a.png", "a-step-1.svg", ".run.blob.tmp", "b.tmp"]
        {
            assert!(!is_ours(other), "{other}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_what_is_ours_is_removed() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let state = State::of(folder.path());
        let runs = state.runs();
        let precious = folder.path().join("20200101-000000-000");
        fs::create_dir_all(&runs).unwrap();
        fs::create_dir(&precious).unwrap();
        fs::write(precious.join(BLOB), "mine").unwrap();
        // A link, a folder with notes in it, one with a link, one of another name.
        symlink(&precious, runs.join("20200101-000000-001")).unwrap();
        for name in ["20200101-000000-002", "20200101-000000-003", "2020", "20200101-000000-004"] {
            fs::create_dir(runs.join(name)).unwrap();
        }
        fs::write(runs.join("20200101-000000-002/notes.txt"), "mine").unwrap();
        symlink(precious.join(BLOB), runs.join("20200101-000000-003/run.blob")).unwrap();
        fs::write(runs.join("20200101-000000-004/.run.blob.77-1.tmp"), "ours").unwrap();
        begin(&state, 1).unwrap();
        assert_eq!(fs::read_to_string(precious.join(BLOB)).unwrap(), "mine");
        assert!(runs.join("20200101-000000-001").is_symlink());
        assert!(runs.join("20200101-000000-002/notes.txt").is_file());
        assert!(runs.join("20200101-000000-003/run.blob").is_symlink());
        assert!(runs.join("2020").is_dir());
        assert!(!runs.join("20200101-000000-004").exists());
        // All of it somewhere else: nothing there is ours.
        let other = tempfile::tempdir().unwrap();
        symlink(&runs, other.path().join("runs")).unwrap();
        assert!(list(&State::of(other.path())).is_empty());
    }

    #[test]
    fn names_are_times() {
        assert_eq!(id_of(1_795_428_000_042), "20261123-100000-042");
        assert!(is_id("20261123-100000-042"));
        for name in ["", "runs", "20261123-100000", "20261123-100000-04x", "2026112-3100000-042"] {
            assert!(!is_id(name), "{name}");
        }
    }
}

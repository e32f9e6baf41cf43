//! The files of the snapshots: `<slug>.snap`, and `<slug>.snap.new` for what
//! waits for a review. Files are written whole or not at all, and only where
//! no link or odd file stands in the way. What is in them is decided below.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::cli::problems::{Problem, in_source};
use crate::diagnostic::Diagnostic;
use crate::snapshot::Snapshot;

/// Files beyond this are not even read.
const MAX_BYTES: u64 = 33 * 1024 * 1024;

/// Tells temporary files of one process apart.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// The folder of the snapshots. It need not exist before the first is written.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

/// Why a snapshot could not be read or written: bad input, in the words of
/// exit codes.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", .problems.first().map_or("", |problem| problem.message.as_str()))]
pub struct StoreError {
    /// Never empty.
    pub problems: Vec<Diagnostic>,
    /// Text of the file that the places are in, when it could be read.
    pub text: Option<String>,
    /// The file could be read, but it holds no snapshot.
    pub nonsense: bool,
}

impl StoreError {
    /// The problems with the text that they are about.
    pub fn into_problems(self) -> Vec<Problem> {
        match self.text {
            Some(text) => in_source(self.problems, &text),
            None => self.problems.into_iter().map(Problem::from).collect(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Accepted,
    Pending,
}

impl Store {
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the accepted snapshot of a scenario stands.
    pub fn path(&self, slug: &str) -> PathBuf {
        self.folder.join(format!("{slug}.snap"))
    }

    /// Where the pending one stands.
    pub fn pending_path(&self, slug: &str) -> PathBuf {
        self.folder.join(format!("{slug}.snap.new"))
    }

    /// The accepted snapshot; `None` when there is no such file.
    ///
    /// # Errors
    ///
    /// Every problem of a file that cannot be read.
    pub fn read(&self, slug: &str) -> Result<Option<Snapshot>, StoreError> {
        Ok(self.load(slug, Kind::Accepted)?.map(|(snapshot, _)| snapshot))
    }

    /// The pending snapshot and the bytes that it was read from.
    ///
    /// # Errors
    ///
    /// Every problem of a file that cannot be read.
    pub fn read_pending(&self, slug: &str) -> Result<Option<(Snapshot, Vec<u8>)>, StoreError> {
        self.load(slug, Kind::Pending)
    }

    /// Writes the accepted snapshot; a pending one is done with.
    pub fn write(&self, slug: &str, snapshot: &Snapshot) -> Result<PathBuf, StoreError> {
        let path = self.write_accepted(slug, snapshot)?;
        self.remove_pending(slug)?;
        Ok(path)
    }

    /// Writes the accepted snapshot and leaves a pending one where it is.
    pub fn write_accepted(&self, slug: &str, snapshot: &Snapshot) -> Result<PathBuf, StoreError> {
        let path = self.place(slug, Kind::Accepted)?;
        write_whole(&path, snapshot.render().as_bytes())?;
        Ok(path)
    }

    /// Writes a snapshot that waits for a review.
    pub fn write_pending(&self, slug: &str, snapshot: &Snapshot) -> Result<PathBuf, StoreError> {
        let path = self.place(slug, Kind::Pending)?;
        write_whole(&path, snapshot.render().as_bytes())?;
        Ok(path)
    }

    /// Whether there was one.
    pub fn remove_pending(&self, slug: &str) -> Result<bool, StoreError> {
        let path = self.place(slug, Kind::Pending)?;
        // A read-only folder refuses even to remove what is not there.
        if fs::symlink_metadata(&path).is_err_and(|e| e.kind() == io::ErrorKind::NotFound) {
            return Ok(false);
        }
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(failed("remove", &path, &error)),
        }
    }

    /// Slugs of what waits for a review, sorted.
    pub fn pending(&self) -> Result<Vec<String>, StoreError> {
        self.slugs(".snap.new")
    }

    /// Snapshots, accepted or pending, of which no scenario knows. It removes
    /// none of them.
    pub fn obsolete(&self, slugs: &[&str]) -> Result<Vec<PathBuf>, StoreError> {
        let mut files = Vec::new();
        for ending in [".snap", ".snap.new"] {
            for slug in self.slugs(ending)? {
                if !slugs.contains(&slug.as_str()) {
                    files.push(self.folder.join(format!("{slug}{ending}")));
                }
            }
        }
        files.sort();
        Ok(files)
    }

    fn slugs(&self, ending: &str) -> Result<Vec<String>, StoreError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed("read", &self.folder, &error)),
        };
        let mut slugs: Vec<String> = entries
            .filter_map(Result::ok)
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter_map(|name| name.strip_suffix(ending).map(str::to_owned))
            .filter(|slug| is_slug(slug))
            .collect();
        slugs.sort();
        Ok(slugs)
    }

    fn load(&self, slug: &str, kind: Kind) -> Result<Option<(Snapshot, Vec<u8>)>, StoreError> {
        let path = self.place(slug, kind)?;
        let size = match fs::metadata(&path) {
            Ok(metadata) if !metadata.is_file() => {
                let help = "move it away, or name another folder with `snapshots`";
                return Err(refused(&path, "read", "it is no regular file", help));
            }
            Ok(metadata) => metadata.len(),
            // A link to nothing is no file either, but it is in the way.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return if fs::symlink_metadata(&path).is_ok() {
                    let help = "remove the link, or restore what it points to";
                    Err(refused(&path, "read", "it is a link to nothing", help))
                } else {
                    Ok(None)
                };
            }
            Err(error) => return Err(failed("read", &path, &error)),
        };
        if size > MAX_BYTES {
            let reason = format!("{} MB is no snapshot's size", size / (1024 * 1024));
            let help = "restore it from version control, or remove it and record it anew";
            return Err(refused(&path, "read", &reason, help));
        }
        let bytes = fs::read(&path).map_err(|error| failed("read", &path, &error))?;
        match Snapshot::parse_bytes(&shown(&path), &bytes) {
            Ok(snapshot) => Ok(Some((snapshot, bytes))),
            Err(problems) => {
                let text = String::from_utf8(bytes).ok();
                Err(StoreError { problems, text, nonsense: true })
            }
        }
    }

    fn place(&self, slug: &str, kind: Kind) -> Result<PathBuf, StoreError> {
        let path = match kind {
            Kind::Accepted => self.path(slug),
            Kind::Pending => self.pending_path(slug),
        };
        if is_slug(slug) {
            return Ok(path);
        }
        let help = "a scenario's file name may hold letters, digits, `-` and `_`";
        Err(refused(&path, "use", "it is no name for a snapshot", help))
    }
}

/// Letters, digits, `-`, `_`: no separator, no dot, nothing hidden.
fn is_slug(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
}

/// Writes beside the file and renames, so that a reader sees the old file or
/// the new one. A file that holds these bytes already is left alone.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => {
            let help = "replace the link by a file: writing would cut it off from its target";
            return Err(refused(path, "write", "it is a symbolic link", help));
        }
        Ok(metadata) if !metadata.is_file() => {
            let help = "move it away, or name another folder with `snapshots`";
            return Err(refused(path, "write", "it is no regular file", help));
        }
        Ok(metadata)
            if metadata.len() == bytes.len() as u64
                && fs::read(path).is_ok_and(|old| old == bytes) =>
        {
            return Ok(());
        }
        _ => {}
    }
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let write = || -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let (temporary, mut file) = temporary_in(folder, path)?;
        let written = file
            .write_all(bytes)
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&temporary, path));
        if written.is_err() {
            // The error that matters is the first one.
            let _ = fs::remove_file(&temporary);
        }
        written
    };
    write().map_err(|error| failed("write", path, &error))?;
    // The name itself is to survive a power cut; where a folder cannot be
    // synchronised the file is whole all the same.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// A new file of a name that nobody else has: `create_new` follows no link.
fn temporary_in(folder: &Path, path: &Path) -> io::Result<(PathBuf, File)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut tries = 0;
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let unique = format!(".{name}.{}-{number}-{:x}.tmp", std::process::id(), fastrand::u32(..));
        let temporary = folder.join(unique);
        match OpenOptions::new().write(true).create_new(true).open(&temporary) {
            Ok(file) => return Ok((temporary, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries < 8 => tries += 1,
            Err(error) => return Err(error),
        }
    }
}

fn failed(what: &str, path: &Path, error: &io::Error) -> StoreError {
    let (reason, help) = match error.kind() {
        io::ErrorKind::PermissionDenied => (
            "permission denied".to_owned(),
            "make the file and its folder readable and writable for you",
        ),
        io::ErrorKind::ReadOnlyFilesystem => (
            "the file system is read-only".to_owned(),
            "name a folder that can be written to with `snapshots`",
        ),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            ("the disk is full".to_owned(), "make room; no file was changed")
        }
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            ("a file stands where its folder should be".to_owned(), "move that file away")
        }
        _ => (error.to_string(), "see to the cause and run again; no file was changed"),
    };
    refused(path, what, &reason, help)
}

fn refused(path: &Path, what: &str, reason: &str, help: &str) -> StoreError {
    let file = shown(path);
    let problem = Diagnostic::new(format!("cannot {what} {file}: {reason}"));
    let problems = vec![problem.in_file(file).help(help)];
    StoreError { problems, text: None, nonsense: false }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Header, SnapshotHit, SnapshotStep};

    pub(crate) fn snapshot(event: &str) -> Snapshot {
        let hit = SnapshotHit {
            vendor: "meta".to_owned(),
            event: event.to_owned(),
            account: "123".to_owned(),
            ..SnapshotHit::default()
        };
        Snapshot {
            header: Header { source: "scenarios/lead.yaml".to_owned(), ..Header::default() },
            steps: vec![SnapshotStep { label: "open".to_owned(), hits: vec![hit] }],
            ..Snapshot::default()
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("snapshots"));
        (folder, store)
    }

    #[test]
    fn files_come_and_go() {
        let (_folder, store) = store();
        assert_eq!(store.read("lead").unwrap(), None);
        assert_eq!(store.pending().unwrap(), Vec::<String>::new());
        store.write("lead", &snapshot("Lead")).unwrap();
        assert_eq!(store.read("lead").unwrap(), Some(snapshot("Lead")));
        assert!(!store.remove_pending("lead").unwrap());
        store.write_pending("lead", &snapshot("Contact")).unwrap();
        assert_eq!(names(store.folder()), ["lead.snap", "lead.snap.new"]);
        assert_eq!(store.pending().unwrap(), ["lead"]);
        assert!(store.remove_pending("lead").unwrap());
        assert_eq!(names(store.folder()), ["lead.snap"]);
        store.write_pending("lead", &snapshot("Contact")).unwrap();
        store.write("lead", &snapshot("Contact")).unwrap();
        assert_eq!(store.read("lead").unwrap(), Some(snapshot("Contact")));
        assert_eq!(names(store.folder()), ["lead.snap"]);
    }

    #[test]
    fn obsolete_files_are_listed_and_left() {
        let (_folder, store) = store();
        for slug in ["lead", "gone"] {
            store.write(slug, &snapshot("Lead")).unwrap();
        }
        store.write_pending("old", &snapshot("Lead")).unwrap();
        fs::write(store.folder().join("notes.txt"), "").unwrap();
        fs::write(store.folder().join(".lead.snap.1-1.tmp"), "").unwrap();
        let obsolete = store.obsolete(&["lead"]).unwrap();
        assert_eq!(obsolete, [store.path("gone"), store.pending_path("old")]);
        assert_eq!(names(store.folder()).len(), 5);
    }

    #[test]
    fn nonsense_is_refused_and_kept() {
        let (_folder, store) = store();
        store.write("lead", &snapshot("Lead")).unwrap();
        fs::write(store.path("lead"), "nonsense").unwrap();
        let error = store.read("lead").unwrap_err();
        assert!(error.problems[0].message.contains("does not begin with its header"));
        assert_eq!(error.text.as_deref(), Some("nonsense"));
        assert!(error.nonsense);
        assert_eq!(fs::read(store.path("lead")).unwrap(), b"nonsense");
        for slug in ["", "../x", "a/b", "a.b", "a b", "a\0"] {
            let error = store.write(slug, &snapshot("Lead")).unwrap_err();
            assert!(error.to_string().contains("no name for a snapshot"), "{error}");
            assert!(!error.nonsense);
        }
        assert!(names(store.folder().parent().unwrap()).len() == 1);
    }

    #[test]
    fn what_stands_in_the_way_is_named() {
        let (folder, _) = store();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let blocked = Store::new(&file);
        let error = blocked.write("lead", &snapshot("Lead")).unwrap_err();
        assert!(error.to_string().contains("a file stands where its folder should be"), "{error}");
        let store = Store::new(folder.path());
        fs::create_dir(store.path("lead")).unwrap();
        for error in
            [store.read("lead").unwrap_err(), store.write("lead", &snapshot("Lead")).unwrap_err()]
        {
            assert!(error.to_string().ends_with("it is no regular file"), "{error}");
        }
        let huge = File::create(store.path("huge")).unwrap();
        huge.set_len(MAX_BYTES + 1).unwrap();
        let error = store.read("huge").unwrap_err();
        assert!(error.to_string().contains("33 MB"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_written_through() {
        let (folder, store) = store();
        fs::create_dir(store.folder()).unwrap();
        let target = folder.path().join("precious");
        fs::write(&target, "precious").unwrap();
        std::os::unix::fs::symlink(&target, store.path("lead")).unwrap();
        let error = store.write("lead", &snapshot("Lead")).unwrap_err();
        assert!(error.to_string().ends_with("it is a symbolic link"), "{error}");
        assert_eq!(fs::read(&target).unwrap(), b"precious");
        fs::remove_file(&target).unwrap();
        let error = store.read("lead").unwrap_err();
        assert!(error.to_string().ends_with("it is a link to nothing"), "{error}");
        assert_eq!(names(store.folder()), ["lead.snap"]);
    }

    #[test]
    fn writers_at_the_same_time_leave_one_whole_file() {
        let (_folder, store) = store();
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let store = &store;
                scope.spawn(move || {
                    for round in 0..20 {
                        store.write("lead", &snapshot(&format!("E{writer}x{round}"))).unwrap();
                        assert!(store.read("lead").unwrap().is_some());
                    }
                });
            }
        });
        assert_eq!(names(store.folder()), ["lead.snap"]);
    }
}

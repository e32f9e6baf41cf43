//! Files that a run leaves: checked before it starts, written whole or not at
//! all. It knows nothing of what is in them.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::cli::config::io_reason;
use crate::cli::problems::Problem;

/// Tells temporary files of one process apart.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// Makes sure that a file can be written there, its folders included, without
/// touching the file itself.
pub fn check_file(path: &Path) -> Result<(), Problem> {
    let probe = || -> io::Result<()> {
        let path = &real(path);
        fs::create_dir_all(folder_of(path))?;
        if path.is_dir() {
            return Err(io::Error::other("it is a folder, expected a file"));
        }
        if is_special(path) {
            // Looking is all that leaves a pipe or a device as it is.
            return Ok(());
        }
        let (temporary, _) = create_temporary(path)?;
        fs::remove_file(temporary)
    };
    probe().map_err(|error| cannot_write(path, &error))
}

/// The same for a folder that will hold files.
pub fn check_folder(path: &Path) -> Result<(), Problem> {
    let probe = || -> io::Result<()> {
        fs::create_dir_all(path)?;
        let (temporary, _) = create_temporary(&path.join("probe"))?;
        fs::remove_file(temporary)
    };
    probe().map_err(|error| cannot_write(path, &error))
}

/// Writes the file under another name beside it and renames it, so that a
/// reader sees the old file or the new one, and a full disk spoils neither.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    write_with(path, |out| out.write_all(bytes))
}

/// The same for what is made as it is written.
pub fn write_with(
    path: &Path,
    content: impl Fn(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Problem> {
    let put = |file: &File| -> io::Result<()> {
        let mut out = BufWriter::new(file);
        content(&mut out)?;
        out.flush()
    };
    let write = || -> io::Result<()> {
        let path = &real(path);
        if is_special(path) {
            return put(&OpenOptions::new().write(true).open(path)?);
        }
        fs::create_dir_all(folder_of(path))?;
        let (temporary, file) = create_temporary(path)?;
        let written =
            put(&file).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&temporary, path));
        if written.is_err() {
            // The error that matters is the first one.
            let _ = fs::remove_file(&temporary);
        }
        written
    };
    write().map_err(|error| cannot_write(path, &error))
}

/// The files that can be read, by path, until they are as large as `room`. A
/// report lacks what is not there, and is worth writing all the same.
pub fn read_pictures(paths: &[&str], room: usize) -> BTreeMap<String, Vec<u8>> {
    let mut pictures = BTreeMap::new();
    let mut taken = 0;
    for path in paths {
        if taken >= room {
            break;
        }
        if let Ok(bytes) = fs::read(path) {
            taken += bytes.len();
            pictures.insert((*path).to_owned(), bytes);
        }
    }
    pictures
}

fn cannot_write(path: &Path, error: &io::Error) -> Problem {
    Problem::new(format!("cannot write {}: {}", path.display(), io_reason(error)))
        .help("name a place where files can be written")
}

/// Where a link leads: the link itself must stay.
fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// `/dev/null`, a named pipe: written to, never replaced by a file.
pub fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// With the usual permissions, unlike the files of the `tempfile` crate.
fn create_temporary(path: &Path) -> io::Result<(PathBuf, File)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let temporary = folder_of(path).join(format!(".{name}.{}-{number}.tmp", std::process::id()));
    let file = OpenOptions::new().write(true).create_new(true).open(&temporary)?;
    Ok((temporary, file))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn checking_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        check_file(&folder.path().join("deep/report.json")).unwrap();
        check_folder(&folder.path().join("har")).unwrap();
        assert_eq!(names(folder.path()), ["deep", "har"]);
        assert!(names(&folder.path().join("deep")).is_empty());
        assert!(names(&folder.path().join("har")).is_empty());
    }

    #[test]
    fn writes_whole_files_and_replaces_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        write(&path, b"one, which is longer").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(names(folder.path()), ["report.json"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_devices_stay_what_they_are() {
        use std::os::unix::fs::{FileTypeExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (link, target) = (folder.path().join("link"), folder.path().join("target"));
        fs::write(&target, "old").unwrap();
        symlink(&target, &link).unwrap();
        check_file(&link).unwrap();
        write(&link, b"new").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        // Through a link, so that a mistake could not spoil the machine.
        let null = folder.path().join("null");
        symlink("/dev/null", &null).unwrap();
        check_file(&null).unwrap();
        write(&null, b"new").unwrap();
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
        assert_eq!(names(folder.path()), ["link", "null", "target"]);
    }

    #[test]
    fn bad_places_are_told_before_and_after() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        for path in [folder.path().join("file/report.json"), folder.path().to_owned()] {
            for problem in [check_file(&path).unwrap_err(), write(&path, b"x").unwrap_err()] {
                assert!(problem.diagnostic.message.starts_with("cannot write "), "{problem:?}");
            }
        }
        assert_eq!(names(folder.path()), ["file"]);
    }
}

//! Scenario files named on the command line: files, folders and patterns
//! become a sorted list of files with their bytes. It does not read what is
//! in them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use globset::GlobBuilder;
use walkdir::WalkDir;

use crate::cli::config::{io_reason, shown_path};
use crate::cli::problems::{Problem, did_you_mean};
use crate::diagnostic::Diagnostic;

/// Endings of scenario files in folders; a file that is named may have any.
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// More files than this were not meant.
const MOST_FILES: usize = 10_000;

/// Larger files are no scenarios.
const LARGEST: u64 = 8 * 1024 * 1024;

/// One scenario file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// As the user would name it.
    pub file: String,
    pub bytes: Vec<u8>,
}

/// Reads every file that the paths name, once each, sorted. Without paths:
/// the folder `usual`. Every problem at once.
pub fn sources(
    paths: &[PathBuf],
    usual: &Path,
    directory: &Path,
) -> Result<Vec<Source>, Vec<Problem>> {
    let usual = [usual.to_owned()];
    let is_usual = paths.is_empty();
    let paths = if is_usual { usual.as_slice() } else { paths };
    let mut found = BTreeSet::new();
    let mut problems = Vec::new();
    for path in paths {
        let files = expand(path, directory);
        match files {
            Ok(files) if files.is_empty() => problems.push(
                Problem::new(format!("no scenario found in {}", path.display()))
                    .help("scenarios are files that end in .yaml, .yml or .json"),
            ),
            Ok(files) => found.extend(files),
            Err(problem) if is_usual => problems.push(
                problem.help("name a scenario file or folder, or put scenarios into that folder"),
            ),
            Err(problem) => problems.push(problem),
        }
    }
    if found.len() > MOST_FILES {
        problems.push(Problem::new(format!(
            "found {} files, expected at most {MOST_FILES}",
            found.len()
        )));
        found.clear();
    }
    let mut sources = Vec::new();
    for path in found {
        let file = shown_path(&path, directory).display().to_string();
        match read(&path) {
            Ok(bytes) => sources.push(Source { file, bytes }),
            Err(reason) => problems.push(Diagnostic::new(reason).in_file(file).into()),
        }
    }
    if problems.is_empty() { Ok(sources) } else { Err(problems) }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let length = std::fs::metadata(path).map(|metadata| metadata.len());
    match length {
        Ok(length) if length > LARGEST => {
            Err(format!("is too large for a scenario: {length} bytes, expected at most {LARGEST}"))
        }
        _ => std::fs::read(path).map_err(|error| format!("cannot be read: {}", io_reason(&error))),
    }
}

fn expand(path: &Path, directory: &Path) -> Result<Vec<PathBuf>, Problem> {
    let whole = directory.join(path);
    let text = path.to_string_lossy();
    if whole.is_file() {
        return Ok(vec![whole]);
    }
    if whole.is_dir() {
        return walk(&whole, |file| {
            let ending = file.extension().unwrap_or_default().to_string_lossy().to_lowercase();
            ENDINGS.contains(&ending.as_str())
        });
    }
    if whole.exists() {
        // A pipe or a device: reading it tells what is wrong.
        return Ok(vec![whole]);
    }
    if text.contains(['*', '?', '[', '{']) {
        return pattern(&whole, &text);
    }
    let problem = Problem::new(format!("there is no {text}"));
    Err(match near(&whole) {
        Some(name) => {
            problem.help(format!("did you mean `{}`?", path.with_file_name(name).display()))
        }
        None => problem,
    })
}

/// Every file that a pattern such as `scenarios/**/lead-*.yaml` names.
fn pattern(whole: &Path, text: &str) -> Result<Vec<PathBuf>, Problem> {
    let bad =
        |error: globset::Error| Problem::new(format!("`{text}` is no pattern: {}", error.kind()));
    let glob = GlobBuilder::new(&whole.to_string_lossy())
        .literal_separator(true)
        .build()
        .map_err(bad)?
        .compile_matcher();
    let base: PathBuf = whole
        .components()
        .take_while(|part| !part.as_os_str().to_string_lossy().contains(['*', '?', '[', '{']))
        .collect();
    if !base.is_dir() {
        return Ok(Vec::new());
    }
    walk(&base, |file| glob.is_match(file))
}

/// Files below a folder that are wanted. Hidden ones are left out.
fn walk(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>, Problem> {
    let mut files = Vec::new();
    let entries = WalkDir::new(folder).follow_links(true).into_iter().filter_entry(|entry| {
        entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.')
    });
    for entry in entries {
        let entry = entry.map_err(|error| {
            let place = error.path().unwrap_or(folder).display().to_string();
            let reason = error.io_error().map_or("links lead in a circle".to_owned(), io_reason);
            Problem::new(format!("cannot read {place}: {reason}"))
        })?;
        if entry.file_type().is_file() && wanted(entry.path()) {
            files.push(entry.into_path());
            if files.len() > MOST_FILES {
                break;
            }
        }
    }
    Ok(files)
}

/// The file in the same folder whose name is nearest.
fn near(path: &Path) -> Option<String> {
    let names: Vec<String> = std::fs::read_dir(path.parent()?)
        .ok()?
        .take(MOST_FILES)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    let name = path.file_name()?.to_string_lossy();
    did_you_mean(&name, names.iter().map(String::as_str)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in
            ["a.yaml", "b.yml", "deep/c.json", "deep/note.md", ".hidden.yaml", "deep/.x/d.yaml"]
        {
            let path = folder.path().join("scenarios").join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, file).unwrap();
        }
        folder
    }

    fn find(paths: &[&str]) -> Result<Vec<String>, Vec<String>> {
        let folder = folder();
        let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        sources(&paths, Path::new("scenarios"), folder.path())
            .map(|sources| sources.into_iter().map(|source| source.file).collect())
            .map_err(|problems| {
                problems
                    .into_iter()
                    .map(|problem| {
                        let Diagnostic { message, help, .. } = *problem.diagnostic;
                        format!("{message} ({})", help.unwrap_or_default())
                    })
                    .collect()
            })
    }

    #[test]
    fn files_folders_and_patterns() {
        let all = ["scenarios/a.yaml", "scenarios/b.yml", "scenarios/deep/c.json"];
        assert_eq!(find(&[]).unwrap(), all);
        assert_eq!(find(&["scenarios", "scenarios/a.yaml"]).unwrap(), all);
        assert_eq!(find(&["scenarios/*.y*ml"]).unwrap(), all[..2]);
        assert_eq!(find(&["scenarios/**/c.*"]).unwrap(), all[2..]);
        assert_eq!(find(&["scenarios/deep/note.md"]).unwrap(), ["scenarios/deep/note.md"]);
    }

    #[test]
    fn what_is_not_there_is_told() {
        assert_eq!(
            find(&["scenarios/a.yml", "nowhere", "scenarios/*.txt", "scenarios/[a"]).unwrap_err(),
            [
                "there is no scenarios/a.yml (did you mean `scenarios/a.yaml`?)",
                "there is no nowhere ()",
                "no scenario found in scenarios/*.txt (scenarios are files that end in .yaml, .yml or .json)",
                "`scenarios/[a` is no pattern: unclosed character class; missing ']' ()",
            ]
        );
    }

    #[test]
    fn large_files_are_refused_unread() {
        let folder = tempfile::tempdir().unwrap();
        let file = std::fs::File::create(folder.path().join("large.yaml")).unwrap();
        file.set_len(LARGEST + 1).unwrap();
        let problems =
            sources(&["large.yaml".into()], Path::new("scenarios"), folder.path()).unwrap_err();
        assert!(problems[0].diagnostic.message.starts_with("is too large"), "{problems:?}");
    }
}

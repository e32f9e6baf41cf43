//! House rules that a compiler does not hold: every file says what it is for,
//! stays short, belongs to the build, and stands in its table.

#![expect(clippy::unwrap_used, reason = "a test that cannot read the sources must fail")]

use std::fs;
use std::path::{Path, PathBuf};

const LONGEST_FILE: usize = 600;

/// Folders with one table in their `mod.rs`, and the type of its entries.
const TABLES: [(&str, &str); 3] =
    [("report", "Reporter"), ("vendors", "Vendor"), ("checks", "Check")];

#[test]
fn every_file_says_what_it_is_for() {
    for (path, text) in sources() {
        assert!(text.starts_with("//! "), "{} does not open with `//!`", path.display());
    }
}

#[test]
fn no_file_is_too_long() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(
            lines <= LONGEST_FILE,
            "{} has {lines} lines, expected at most {LONGEST_FILE}",
            path.display()
        );
    }
}

#[test]
fn every_file_belongs_to_the_build() {
    for (path, _) in sources().into_iter().filter(|(path, _)| path.starts_with("src")) {
        let Some(parent) = parent_of(&path) else { continue };
        let stem = match path.file_stem().unwrap().to_str().unwrap() {
            "mod" => path.parent().unwrap().file_name().unwrap().to_str().unwrap(),
            stem => stem,
        };
        let text = fs::read_to_string(root().join(&parent)).unwrap();
        let declared = text.lines().any(|line| {
            let line = line.trim().strip_suffix(';').unwrap_or_default();
            line.rsplit_once("mod ").is_some_and(|(_, name)| name == stem)
        });
        assert!(declared, "{} lacks `mod {stem};`", parent.display());
    }
}

#[test]
fn tables_are_complete() {
    let mut entries = 0;
    for (path, text) in sources() {
        let Some((folder, kind)) = TABLES.iter().find(|(folder, _)| {
            path.parent().is_some_and(|it| it == Path::new("src").join(folder))
        }) else {
            continue;
        };
        let table = fs::read_to_string(root().join("src").join(folder).join("mod.rs")).unwrap();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        for line in text.lines().filter_map(|line| line.strip_prefix("pub static ")) {
            let Some((name, rest)) = line.split_once(':') else { continue };
            if rest.trim().trim_start_matches('&').starts_with(&format!("{kind} ")) {
                entries += 1;
                let entry = format!("{stem}::{name}");
                assert!(table.contains(&entry), "src/{folder}/mod.rs lacks {entry}");
            }
        }
    }
    assert!(entries >= 3, "found {entries} entries: the test looks past the tables");
}

#[test]
fn no_place_is_left_for_what_is_forbidden() {
    for (path, text) in sources().into_iter().filter(|(path, _)| path.starts_with("src")) {
        // Written in two parts, so that this file may be read too.
        for word in [concat!("todo", "!("), concat!("unimplemented", "!("), concat!("#[al", "low(")]
        {
            assert!(!text.contains(word), "{} contains {word}", path.display());
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The file that must declare it: `None` for the crate's roots.
fn parent_of(path: &Path) -> Option<PathBuf> {
    let folder = path.parent()?;
    let name = path.file_name()?;
    if name == "mod.rs" {
        let above = folder.parent()?;
        return Some(if above == Path::new("src") {
            above.join("lib.rs")
        } else {
            module_of(above)
        });
    }
    if folder == Path::new("src") {
        return (name != "lib.rs" && name != "main.rs").then(|| folder.join("lib.rs"));
    }
    Some(module_of(folder))
}

/// `a/mod.rs`, or `a.rs` beside the folder.
fn module_of(folder: &Path) -> PathBuf {
    let inside = folder.join("mod.rs");
    if root().join(&inside).is_file() { inside } else { folder.with_extension("rs") }
}

/// Rust files of the crate and its tests, by path from the root.
fn sources() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut folders = vec![root().join("src"), root().join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                files.push((path.strip_prefix(root()).unwrap().to_owned(), text));
            }
        }
    }
    files.sort();
    files
}

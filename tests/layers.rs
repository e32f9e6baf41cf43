//! Holds the layers: a module imports lower layers only, never a sibling. The
//! layers are the groups of `mod` lines in src/lib.rs, lowest first. It reads
//! `crate::` paths as text, so grouped roots (`use crate::{…}`) are forbidden.

#![expect(clippy::unwrap_used, reason = "a test that cannot read the sources must fail")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Modules without input, output, clock or runtime; the lint that holds them
/// to it must stand at their top.
const PURE: [&str; 9] =
    ["model", "capture", "snapshot", "steps", "wire", "checks", "scenario", "vendors", "report"];

#[test]
fn modules_import_lower_layers_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let layers = layers(&fs::read_to_string(root.join("lib.rs")).unwrap());
    let mut problems = Vec::new();
    for path in rust_files(&root) {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let module = name.split(['/', '.']).next().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        if !["lib", "main"].contains(&module) {
            problems.extend(violations(&name, module, &text, &layers));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn pure_layers_are_held_to_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for module in PURE {
        let text = fs::read_to_string(root.join(module).join("mod.rs")).unwrap();
        // A few lines declare modules and hold nothing that could be impure.
        assert!(
            text.lines().count() <= 5 || text.contains("\n#![deny(clippy::disallowed_methods)]\n"),
            "src/{module}/mod.rs lacks #![deny(clippy::disallowed_methods)]"
        );
        assert!(!text.contains("allow(clippy::disallowed_methods"), "src/{module}/mod.rs");
    }
}

#[test]
fn violations_are_seen() {
    let layers = layers("//! Docs.\npub mod model;\n\npub mod wire;\nmod steps;\n\npub mod cli;\n");
    assert_eq!(
        layers,
        BTreeMap::from(
            [("model", 0), ("wire", 1), ("steps", 1), ("cli", 2)]
                .map(|(name, layer)| (name.to_owned(), layer))
        )
    );
    let count = |text: &str| violations("wire/mod.rs", "wire", text, &layers).len();
    assert_eq!(count("use crate::model::hit::Hit;\nuse crate::wire::query;\n"), 0);
    assert_eq!(count("use crate::steps::Step;\n"), 1);
    assert_eq!(count("fn f() { crate::cli::main(); }\n"), 1);
    assert_eq!(count("use crate::{model, cli};\n"), 1);
    assert_eq!(count("use crate::nowhere::X;\n"), 1);
    assert_eq!(count("use super::super::cli;\n"), 1);
    assert_eq!(count("use chromiumoxide::Browser;\n"), 1);
    assert_eq!(count("//! Nothing of chromiumoxide here.\n"), 0);
}

/// Modules and the number of the group in which they stand.
fn layers(lib: &str) -> BTreeMap<String, usize> {
    let mut layers = BTreeMap::new();
    let mut layer = 0;
    let mut in_group = false;
    for line in lib.lines() {
        let module = line
            .trim_start_matches("pub ")
            .strip_prefix("mod ")
            .and_then(|rest| rest.strip_suffix(';'));
        match module {
            Some(module) => {
                layers.insert(module.to_owned(), layer);
                in_group = true;
            }
            None if line.trim().is_empty() && in_group => {
                layer += 1;
                in_group = false;
            }
            None => {}
        }
    }
    layers
}

fn violations(
    file: &str,
    module: &str,
    text: &str,
    layers: &BTreeMap<String, usize>,
) -> Vec<String> {
    let mut problems = Vec::new();
    let Some(own) = layers.get(module) else {
        return vec![format!("src/{file}: module {module} has no layer in src/lib.rs")];
    };
    for (index, line) in text.lines().enumerate() {
        let mut tell = |what: String| problems.push(format!("src/{file}:{}: {what}", index + 1));
        let is_comment = line.trim_start().starts_with("//");
        for rest in line.split("crate::").skip(1) {
            let end = rest.find(|it: char| !it.is_alphanumeric() && it != '_');
            let name = &rest[..end.unwrap_or(rest.len())];
            match layers.get(name) {
                _ if is_comment => {}
                _ if rest.starts_with('{') => tell("grouped root `crate::{`".to_owned()),
                _ if name == module => {}
                None => tell(format!("`crate::{name}` has no layer in src/lib.rs")),
                Some(other) if other < own => {}
                Some(other) if other == own => tell(format!("imports its sibling {name}")),
                Some(_) => tell(format!("imports {name}, which stands above it")),
            }
        }
        if !is_comment && line.contains("super::super") {
            tell("`super::super` hides where it leads".to_owned());
        }
        if !is_comment && line.contains("chromiumoxide") && module != "browser" {
            tell("chromiumoxide is for src/browser alone".to_owned());
        }
    }
    problems
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

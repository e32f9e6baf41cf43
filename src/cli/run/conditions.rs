//! What scenarios are played under: what the command line asks for all of
//! them, and what each asks for itself.

use std::path::{Path, PathBuf};

use crate::cli::joints::{Condition, ConditionKind, Scenario, WORDS};
use crate::cli::problems::{Problem, name_help};
use crate::cli::run::Arguments;
use crate::diagnostic::Diagnostic;

/// What every scenario is played under as well.
pub fn asked(arguments: &Arguments, problems: &mut Vec<Problem>) -> Vec<Condition> {
    let known: Vec<&str> = WORDS.iter().map(|(word, ..)| *word).collect();
    let mut conditions = Vec::new();
    for name in &arguments.conditions {
        match ConditionKind::named(name) {
            Some(kind) => conditions.push(Condition::new(kind, &[])),
            None => problems.push(
                Problem::new(format!("unknown condition `{name}`")).help(name_help(name, &known)),
            ),
        }
    }
    let mut lists = Vec::new();
    for path in &arguments.block_lists {
        match list(path) {
            Ok(list) => lists.push(list),
            Err(error) => problems.push(Problem::new(format!(
                "cannot read --block-list {}: {error}",
                path.display()
            ))),
        }
    }
    if !lists.is_empty() {
        conditions.push(Condition::new(ConditionKind::BlockLists(Vec::new()), &lists));
    }
    conditions
}

/// What the scenario asks for itself and is not asked for anyway. A block list
/// that cannot be read has been told by [`unreadable`].
pub fn own(scenario: &Scenario, asked: &[Condition]) -> Vec<Condition> {
    let kinds = scenario.conditions.iter().map(|spec| &spec.kind);
    kinds
        .filter(|kind| asked.iter().all(|condition| condition.kind() != *kind))
        .map(|kind| {
            let lists: Vec<String> = files(kind).iter().filter_map(|it| list(it).ok()).collect();
            Condition::new(kind.clone(), &lists)
        })
        .collect()
}

/// Block lists of a scenario that cannot be read.
pub fn unreadable(scenario: &Scenario) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for spec in &scenario.conditions {
        for file in files(&spec.kind) {
            if let Err(error) = list(file) {
                problems.push(
                    Diagnostic::new(format!("cannot read the list {}: {error}", file.display()))
                        .at(spec.span, "named here, relative to the scenario file")
                        .in_file(&scenario.file),
                );
            }
        }
    }
    problems
}

fn files(kind: &ConditionKind) -> &[PathBuf] {
    match kind {
        ConditionKind::BlockLists(files) => files,
        _ => &[],
    }
}

/// Lists are told to be UTF-8, and a stray byte spoils one rule at most.
fn list(path: &Path) -> std::io::Result<String> {
    Ok(String::from_utf8_lossy(&std::fs::read(path)?).into_owned())
}

//! `conditions`: what a scenario is played under as well. Files of block lists
//! are only named here, and read by whoever may read files.

use std::path::PathBuf;

use crate::diagnostic::Diagnostic;
use crate::model::condition::{ConditionKind, ConditionSpec, WORDS};
use crate::model::span::Located;
use crate::scenario::expect::find_step;
use crate::steps::Step;
use crate::steps::arguments::unknown;
use crate::steps::node::{Kind, Node};

/// Conditions that take something more, with what it is.
pub const KEYS: &[(&str, &str)] = &[
    ("offline", "the step after which there is no network: label, or number from 1"),
    ("exception", "the step before which an exception is thrown: label, or number from 1"),
    ("blockList", "file, or files, in the syntax of Adblock Plus, relative to the scenario"),
];

/// A condition whose step is still a word.
#[derive(Debug, Clone)]
pub struct Wanted {
    spec: ConditionSpec,
    step: Option<Located<String>>,
}

pub fn read(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Wanted> {
    let wanted = |kind, step| Some(Wanted { spec: ConditionSpec { kind, span: node.span }, step });
    let Kind::Map(entries) = &node.kind else {
        let Some(word) = node.as_text() else {
            problems.push(
                Diagnostic::new(format!("a condition is {}, expected a word", node.describe()))
                    .at(node.span, "expected such as `slow-3g` or `offline: <step>`"),
            );
            return None;
        };
        if let Some(kind) = ConditionKind::named(word) {
            return wanted(kind, None);
        }
        let known: Vec<&str> = WORDS.iter().map(|(word, ..)| *word).collect();
        problems.push(unknown("condition", &Located::new(word.to_owned(), node.span), &known));
        return None;
    };
    let [(key, value)] = entries.as_slice() else {
        problems.push(
            Diagnostic::new(format!("a condition has {} keys, expected one", entries.len()))
                .at(node.span, "one condition an item of the list"),
        );
        return None;
    };
    let mut wrong = |expected: &str| {
        problems.push(
            Diagnostic::new(format!(
                "`{}` is {}, expected {expected}",
                key.value,
                value.describe()
            ))
            .at(value.span, format!("expected {expected}")),
        );
        None
    };
    let step = || value.as_text().map(|word| Located::new(word.to_owned(), value.span));
    match key.value.as_str() {
        "offline" | "exception" => match (step(), ConditionKind::named(&key.value)) {
            (Some(step), Some(kind)) => wanted(kind, Some(step)),
            _ => wrong("a step's label or number"),
        },
        "blockList" => {
            let files = value.as_list().unwrap_or(std::slice::from_ref(value));
            let files: Option<Vec<PathBuf>> = files
                .iter()
                .map(|file| file.as_text().filter(|file| !file.is_empty()).map(PathBuf::from))
                .collect();
            match files.filter(|files| !files.is_empty()) {
                Some(files) => wanted(ConditionKind::BlockLists(files), None),
                None => wrong("a file, or a list of files"),
            }
        }
        _ => {
            let known: Vec<&str> = KEYS.iter().map(|(key, _)| *key).collect();
            problems.push(unknown("condition with a value", key, &known));
            None
        }
    }
}

/// Finds the steps that conditions name, and those that stand twice.
pub fn resolve(
    wanted: Vec<Wanted>,
    steps: &[Step],
    problems: &mut Vec<Diagnostic>,
) -> Vec<ConditionSpec> {
    let mut specs: Vec<ConditionSpec> = Vec::new();
    for Wanted { mut spec, step } in wanted {
        let step = match step {
            None => None,
            Some(word) => match find_step(&word, steps, problems) {
                None => continue,
                found => found,
            },
        };
        if let ConditionKind::Offline(at) | ConditionKind::Exception(at) = &mut spec.kind {
            *at = step;
        }
        if specs.iter().any(|known| known.kind == spec.kind) {
            problems.push(
                Diagnostic::new("the same condition stands twice").at(spec.span, "again here"),
            );
            continue;
        }
        specs.push(spec);
    }
    specs
}

#[cfg(test)]
mod tests {
    use crate::model::condition::ConditionKind;
    use crate::scenario::{Scenario, Variables, parse, to_yaml};

    fn read(conditions: &str) -> Result<Scenario, Vec<String>> {
        let text =
            format!("steps: [reload, {{ click: '#a', label: send }}]\nconditions: {conditions}\n");
        let read = parse("a.yaml", text.as_bytes(), &Variables::default());
        read.map_err(|problems| {
            let told = |problem: &crate::diagnostic::Diagnostic| {
                format!("{} {}", problem.message, problem.help.clone().unwrap_or_default())
            };
            problems.iter().map(told).collect()
        })
    }

    #[test]
    fn conditions_are_words_or_name_what_they_need() {
        let scenario = read(
            "[slow-3g, itp, offline, offline: send, exception: 1, { blockList: [a.txt, b.txt] }]",
        )
        .unwrap();
        let kinds: Vec<&ConditionKind> = scenario.conditions.iter().map(|it| &it.kind).collect();
        assert_eq!(
            kinds,
            [
                &ConditionKind::Slow3g,
                &ConditionKind::Itp,
                &ConditionKind::Offline(None),
                &ConditionKind::Offline(Some(1)),
                &ConditionKind::Exception(Some(0)),
                &ConditionKind::BlockLists(vec!["a.txt".into(), "b.txt".into()]),
            ]
        );
        let again = parse("a.yaml", to_yaml(&scenario).as_bytes(), &Variables::default()).unwrap();
        let again: Vec<&ConditionKind> = again.conditions.iter().map(|it| &it.kind).collect();
        assert_eq!(again, kinds);
    }

    #[test]
    fn mistakes_in_conditions_are_told() {
        for (conditions, expected) in [
            ("slow-3g", "`conditions` is"),
            ("[slow-4g]", "did you mean `slow-3g`"),
            ("[{ ofline: send }]", "did you mean `offline`"),
            ("[{ offline: sned }]", "did you mean `send`"),
            ("[{ offline: 7 }]", "there is no step 7"),
            ("[{ exception: [] }]", "expected a step's label or number"),
            ("[{ blockList: [] }]", "expected a file"),
            ("[{ offline: send, exception: send }]", "has 2 keys"),
            ("[[]]", "expected a word"),
            ("[itp, itp]", "stands twice"),
        ] {
            let problems = read(conditions).unwrap_err();
            assert!(problems.iter().any(|it| it.contains(expected)), "{conditions}: {problems:?}");
        }
    }
}

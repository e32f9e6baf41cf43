//! A scenario file, YAML or a DevTools Recorder export, as a [`Scenario`]:
//! every problem at once, each at its place. Reads no file, no environment
//! and no clock; whoever calls gives the text and the variables.
#![deny(clippy::disallowed_methods)]

mod checks;
mod conditions;
mod consent;
mod expect;
mod export;
mod read;
mod schema;
mod tree;
mod variables;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use crate::diagnostic::Diagnostic;
use crate::model::check_rule::CheckRule;
use crate::model::condition::{ConditionKind, ConditionSpec};
use crate::model::consent::Choice;
use crate::model::expectation::Expectation;
use crate::model::span::Located;
use crate::scenario::read::Reader;
use crate::scenario::variables::Resolver;
use crate::steps::arguments::unknown;
use crate::steps::node::{Kind, Node};
use crate::steps::{Action, Step};

pub use crate::scenario::checks::read as read_checks;
pub use crate::scenario::export::{to_recorder, to_yaml};
pub use crate::scenario::schema::schema;
pub use crate::scenario::variables::Variables;

/// A funnel as a person would walk it, and what is expected of it. Variables
/// are resolved.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scenario {
    /// `name:` (or a recording's `title`), else the file's stem.
    pub name: String,
    /// For file names: ASCII letters, digits, `-`, `_`, at most 80.
    pub slug: String,
    /// As the user named it.
    pub file: String,
    pub tags: Vec<String>,
    pub description: Option<String>,
    /// Per step, where the step says nothing.
    pub timeout_ms: Option<u64>,
    /// The variables that the file defines or uses, resolved, by name.
    pub variables: BTreeMap<String, String>,
    pub steps: Vec<Step>,
    pub expectations: Vec<Expectation>,
    /// What it settles about findings.
    pub checks: Vec<CheckRule>,
    /// What it is played under as well.
    pub conditions: Vec<ConditionSpec>,
    /// What the visitor has chosen, in the order of the steps.
    pub consent: Vec<Choice>,
    /// Texts that must not be shown anywhere.
    pub secrets: Vec<String>,
    /// The first URL that is navigated to.
    pub start_url: Option<String>,
    /// What a person should know, but what is no mistake.
    pub notices: Vec<Diagnostic>,
    /// To read it again for another play.
    pub given: Given,
}

/// What a scenario was read with. Debug prints hold no environment, and two
/// scenarios are the same whatever they were read with.
#[derive(Clone, Default)]
pub struct Given(Arc<Variables>);

impl fmt::Debug for Given {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Given")
    }
}

impl PartialEq for Given {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Scenario {
    /// The same scenario for another play: everything generated is generated
    /// anew. `text` is that of its file; 0 gives what is there already.
    #[must_use]
    pub fn again(&self, text: &[u8], play: u64) -> Self {
        let mut variables = Variables::clone(&self.given.0);
        // Neighbouring seeds would do; far ones cannot meet another run's.
        variables.seed ^= play.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        // It was read before, so it can be read again.
        let Ok(mut scenario) = parse(&self.file, text, &variables) else { return self.clone() };
        scenario.resolve_files(Path::new(&self.file).parent().unwrap_or(Path::new("")));
        scenario
    }

    /// Files to upload and block lists are named relative to the scenario
    /// file; `folder` is that file's.
    pub fn resolve_files(&mut self, folder: &Path) {
        for condition in &mut self.conditions {
            if let ConditionKind::BlockLists(files) = &mut condition.kind {
                for file in files {
                    *file = folder.join(&*file);
                }
            }
        }
        for step in &mut self.steps {
            if let Action::Upload(upload) = &mut step.action {
                for file in &mut upload.files {
                    *file = folder.join(&*file);
                }
            }
        }
    }

    /// Expectations of vendors that are not known. Vendors are configured, so
    /// only a caller who read the configuration can ask.
    pub fn unknown_vendors(&self, known: &[&str]) -> Vec<Diagnostic> {
        self.expectations
            .iter()
            .filter(|expectation| !known.contains(&expectation.vendor.as_str()))
            .map(|expectation| {
                let found = Located::new(expectation.vendor.clone(), expectation.span);
                unknown("vendor", &found, known).in_file(&self.file)
            })
            .collect()
    }

    /// Settings of findings that there are none of, and of vendors that are
    /// not known.
    pub fn unknown_checks(&self, codes: &[&str], vendors: &[&str]) -> Vec<Diagnostic> {
        let problems = unknown_rules(&self.checks, codes, vendors);
        problems.into_iter().map(|problem| problem.in_file(&self.file)).collect()
    }
}

/// What settings name that does not exist.
pub fn unknown_rules(rules: &[CheckRule], codes: &[&str], vendors: &[&str]) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for rule in rules {
        if !codes.contains(&rule.code.as_str()) {
            let code = Located::new(rule.code.clone(), rule.span);
            problems.push(unknown("finding", &code, codes));
        }
        if let Some(vendor) = rule.vendor.as_ref().filter(|it| !vendors.contains(&it.as_str())) {
            problems.push(unknown("vendor", &Located::new(vendor.clone(), rule.span), vendors));
        }
    }
    problems.dedup();
    problems
}

/// Reads a scenario file. `file` is its name as the user gave it, for
/// messages; every problem that can be told is told, in the order of the file.
pub fn parse(file: &str, text: &[u8], variables: &Variables) -> Result<Scenario, Vec<Diagnostic>> {
    let source = tree::text_of(text).map_err(|problem| vec![problem.in_file(file)])?;
    let (root, mut problems) = tree::read(source);
    let scenario = root.and_then(|root| read_root(file, source, root, variables, &mut problems));
    match scenario {
        Some(scenario) if problems.is_empty() => Ok(scenario),
        _ => Err(finish(file, problems)),
    }
}

fn empty() -> Diagnostic {
    Diagnostic::new("the file is empty")
        .help("a scenario has `steps:` with a list such as `- navigate: https://…`")
}

/// What could be read; `None` when the file is no scenario at all.
fn read_root(
    file: &str,
    source: &str,
    mut root: Node,
    variables: &Variables,
    problems: &mut Vec<Diagnostic>,
) -> Option<Scenario> {
    if root.is_null() {
        problems.push(empty());
        return None;
    }
    let Kind::Map(entries) = &mut root.kind else {
        problems.push(
            Diagnostic::new(format!("a scenario is a map with `steps`, found {}", root.describe()))
                .at(root.span, "expected `name:`, `steps:`, …"),
        );
        return None;
    };
    let mut take = |name: &str| {
        let at = entries.iter().position(|(key, _)| key.value == name)?;
        Some(entries.remove(at).1)
    };
    let vars = take("vars").filter(|node| !node.is_null());
    let secrets = take("secrets").filter(|node| !node.is_null());
    let vars: &[(Located<String>, Node)] = match &vars {
        None => &[],
        Some(node) => node.as_map().unwrap_or_else(|| {
            problems.push(
                Diagnostic::new(format!("`vars` is {}, expected a map", node.describe()))
                    .at(node.span, "expected `name: value`"),
            );
            &[]
        }),
    };
    let recording = vars.is_empty()
        && entries.iter().any(|(key, node)| {
            key.value == "steps"
                && node.as_list().is_some_and(|steps| steps.iter().any(|s| s.get("type").is_some()))
        });
    let stem = stem(file);
    let mut resolver = Resolver::new(variables, vars, stem, recording);
    resolver.resolve_file(vars);
    for (_, node) in entries.iter_mut() {
        resolver.replace(node);
    }
    let mut hidden = secret_names(secrets.as_ref(), &mut resolver, problems);

    let mut reader = Reader { source, problems: Vec::new(), notices: Vec::new() };
    let parts = reader.file(entries);
    let Reader { problems: mut found, mut notices, .. } = reader;
    let expectations = expect::resolve(parts.wanted, &parts.steps, &mut found);
    let conditions = conditions::resolve(parts.conditions, &parts.steps, &mut found);
    let consent = consent::resolve(parts.consent, &parts.steps, &mut found);
    let values = resolver.values();
    hidden.append(&mut resolver.secrets);
    for step in parts.steps.iter().filter(|step| step.secret) {
        hidden_texts(step, &mut hidden);
    }
    let secrets: Vec<String> =
        hidden.into_iter().filter(|text| text.chars().count() >= SHORTEST_SECRET).collect();

    let is_unresolved = |problem: &Diagnostic| {
        problem.label.as_ref().is_some_and(|(span, _)| resolver.unresolved.contains(span))
    };
    found.retain(|problem| !is_unresolved(problem));
    problems.extend(resolver.problems);
    problems.extend(found);
    for problem in problems.iter_mut() {
        hide(problem, &secrets);
    }
    notices.extend(resolver.notices);
    for notice in &mut notices {
        hide(notice, &secrets);
        notice.file = Some(file.to_owned());
    }
    let name = parts.name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| stem.to_owned());
    let start_url = parts.steps.iter().find_map(|step| match &step.action {
        Action::Navigate(navigate) => Some(navigate.url.clone()),
        _ => None,
    });
    Some(Scenario {
        slug: slug(&name),
        name,
        file: file.to_owned(),
        tags: parts.tags,
        description: parts.description,
        timeout_ms: parts.timeout_ms,
        variables: values,
        steps: parts.steps,
        expectations,
        checks: parts.checks,
        conditions,
        consent,
        secrets,
        start_url,
        notices,
        given: Given(Arc::new(variables.clone())),
    })
}

/// Shorter texts occur everywhere; hiding them would hide nothing.
const SHORTEST_SECRET: usize = 3;

/// The values of the variables that `secrets` names.
fn secret_names(
    secrets: Option<&Node>,
    resolver: &mut Resolver,
    problems: &mut Vec<Diagnostic>,
) -> BTreeSet<String> {
    let mut hidden = BTreeSet::new();
    let names: &[Node] = match secrets {
        None => &[],
        Some(node) => node.as_list().unwrap_or(std::slice::from_ref(node)),
    };
    for node in names.iter().take(tree::MOST_PROBLEMS) {
        let Some(name) = node.as_text() else {
            problems.push(
                Diagnostic::new(format!("a secret is {}, expected a name", node.describe()))
                    .at(node.span, "expected the name of a variable"),
            );
            continue;
        };
        let known = resolver.names();
        if known.contains(name) {
            hidden.extend(resolver.lookup(name, node.span));
        } else {
            let known: Vec<&str> = known.into_iter().collect();
            let name = Located::new(name.to_owned(), node.span);
            problems.push(unknown("variable under `secrets`", &name, &known));
        }
    }
    hidden
}

/// The texts of the argument that `secret: true` hides.
fn hidden_texts(step: &Step, hidden: &mut BTreeSet<String>) {
    fn collect(value: &Value, hidden: &mut BTreeSet<String>) {
        match value {
            Value::String(text) => {
                hidden.insert(text.clone());
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, hidden)),
            Value::Object(map) => map.values().for_each(|item| collect(item, hidden)),
            _ => {}
        }
    }
    if let Some(value) = step.action.spec().value.and_then(|name| step.action.write().remove(name))
    {
        collect(&value, hidden);
    }
}

/// Messages quote what was found, which may come from a variable.
fn hide(problem: &mut Diagnostic, secrets: &[String]) {
    let label = problem.label.as_mut().map(|(_, label)| label);
    for text in [Some(&mut problem.message), problem.help.as_mut(), label].into_iter().flatten() {
        *text = redact(text, secrets);
    }
}

/// The text without any of the secrets, longest first; also without the
/// beginning of one where a text was cut (`…`), as step titles are.
pub fn redact(text: &str, secrets: &[String]) -> String {
    const HIDDEN: &str = "•••";
    let mut ordered: Vec<&String> = secrets.iter().filter(|secret| !secret.is_empty()).collect();
    ordered.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    let mut text = text.to_owned();
    for secret in ordered {
        if text.contains(secret.as_str()) {
            text = text.replace(secret.as_str(), HIDDEN);
        }
        let mut from = 0;
        while let Some(at) = text.get(from..).and_then(|rest| rest.find('…')).map(|at| from + at)
        {
            let before = text.get(..at).unwrap_or_default();
            // No cut text shows more than a line, and two letters tell nothing.
            let start = secret
                .char_indices()
                .skip(SHORTEST_SECRET)
                .take(200)
                .filter(|(end, _)| secret.get(..*end).is_some_and(|start| before.ends_with(start)))
                .map(|(end, _)| at - end)
                .last();
            from = at + '…'.len_utf8();
            if let Some(start) = start {
                text.replace_range(start..at, HIDDEN);
                from = start + HIDDEN.len() + '…'.len_utf8();
            }
        }
    }
    text
}

/// In the order of the file, each once, not too many.
fn finish(file: &str, mut problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    problems.sort_by_key(|problem| problem.label.as_ref().map(|(span, _)| *span));
    problems.dedup();
    if problems.len() > tree::MOST_PROBLEMS {
        let more = problems.len() - tree::MOST_PROBLEMS;
        problems.truncate(tree::MOST_PROBLEMS);
        problems.push(Diagnostic::new(format!("and {more} more problems")));
    }
    if problems.is_empty() {
        problems.push(empty());
    }
    problems.into_iter().map(|problem| problem.in_file(file)).collect()
}

/// The file's name without folders and endings: `shop/lead.pixel.yaml` is
/// `lead.pixel`.
fn stem(file: &str) -> &str {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => name,
    }
}

/// A name that is safe in every file system and URL: lowercase ASCII letters
/// and digits, `-`, `_`, at most 80 of them, never empty. A name that loses
/// letters gets a short mark of the whole, so that two names stay two.
pub fn slug(name: &str) -> String {
    const LONGEST: usize = 80;
    let mut slug = String::new();
    let mut lost = false;
    for character in name.chars() {
        if character.is_ascii_alphanumeric() || character == '_' {
            slug.push(character.to_ascii_lowercase());
        } else {
            lost |= character.is_alphanumeric();
            if !slug.ends_with('-') {
                slug.push('-');
            }
        }
    }
    let trimmed = slug.trim_matches('-');
    lost |= trimmed.len() > LONGEST || trimmed.is_empty();
    // Windows keeps these names for devices.
    let reserved = ["con", "prn", "aux", "nul"].contains(&trimmed)
        || (trimmed.len() == 4 && (trimmed.starts_with("com") || trimmed.starts_with("lpt")));
    if !lost && !reserved {
        return trimmed.to_owned();
    }
    let mark = name
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let cut: String = trimmed.chars().take(LONGEST - 9).collect();
    let joint = if cut.is_empty() { "scenario-" } else { "-" };
    format!("{}{joint}{mark:08x}", cut.trim_end_matches('-'))
}

#[cfg(test)]
mod tests;

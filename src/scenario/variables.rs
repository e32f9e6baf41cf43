//! `${name}` in a scenario's texts. Values are looked up on the command line,
//! then in the environment, then in the file; generators draw from the seed
//! that the caller gives, so that a run can be repeated. Keys are never
//! replaced, and a replaced text is never read as YAML again.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Diagnostic;
use crate::model::span::{Located, Span};
use crate::scenario::tree::MOST_PROBLEMS;
use crate::steps::arguments::{closest, listed};
use crate::steps::node::{Kind, Node, shortened};

/// What the caller knows about variables. Stronger first: command line,
/// environment, the file's own `vars`.
#[derive(Debug, Clone, Default)]
pub struct Variables {
    /// `--var name=value`. Taken as they are, not searched for variables.
    pub command_line: BTreeMap<String, String>,
    /// The whole environment: `${env.NAME}` reads it, and `PIXELPROOF_VAR_x`
    /// sets the variable `x`.
    pub environment: BTreeMap<String, String>,
    /// Generators (`${random.…}`, `${run.id}`) give the same texts for the
    /// same seed, file name and place; another play wants another seed.
    pub seed: u64,
}

const GENERATED: &[&str] = &["random.email", "random.int", "random.word", "run.id"];
/// What all replacements of a file may add up to.
const MOST_TEXT: usize = 8 * 1024 * 1024;
const DEEPEST: usize = 32;

pub struct Resolver<'a> {
    given: &'a Variables,
    file: BTreeMap<&'a str, &'a Node>,
    resolved: BTreeMap<String, Option<String>>,
    /// Names that are being resolved, outermost first.
    stack: Vec<String>,
    random: fastrand::Rng,
    run_id: String,
    added: usize,
    /// In a recording `${x}` may be page text or a template in JavaScript:
    /// what is no variable stays as it is.
    lenient: bool,
    /// Texts that came out of the environment.
    pub secrets: BTreeSet<String>,
    /// Texts that could not be replaced: what else is wrong with them is not
    /// known.
    pub unresolved: BTreeSet<Span>,
    pub problems: Vec<Diagnostic>,
    pub notices: Vec<Diagnostic>,
}

/// Why one reference was not replaced.
enum Failure {
    /// It was told where the variable is defined.
    Told,
    Here(Diagnostic),
}

impl<'a> Resolver<'a> {
    /// `stem` is the file's name, so that two files of one run differ.
    pub fn new(
        given: &'a Variables,
        vars: &'a [(Located<String>, Node)],
        stem: &str,
        lenient: bool,
    ) -> Self {
        let mixed = stem.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut run = fastrand::Rng::with_seed(given.seed);
        Self {
            given,
            file: vars.iter().map(|(name, node)| (name.value.as_str(), node)).collect(),
            resolved: BTreeMap::new(),
            stack: Vec::new(),
            random: fastrand::Rng::with_seed(given.seed ^ mixed),
            run_id: (0..8).map(|_| run.digit(36)).collect(),
            added: 0,
            lenient,
            secrets: BTreeSet::new(),
            unresolved: BTreeSet::new(),
            problems: Vec::new(),
            notices: Vec::new(),
        }
    }

    /// Resolves what the file defines, used or not, so that each mistake in
    /// it is told.
    pub fn resolve_file(&mut self, vars: &[(Located<String>, Node)]) {
        for (name, node) in vars {
            if !is_name(&name.value) || name.value.contains('.') {
                self.problems.push(
                    Diagnostic::new(format!(
                        "`{}` cannot be the name of a variable",
                        shortened(&name.value, 60)
                    ))
                    .at(name.span, "letters, digits, `_` and `-`, a letter first"),
                );
            } else if !matches!(node.kind, Kind::Scalar { .. }) {
                self.problems.push(
                    Diagnostic::new(format!(
                        "the variable `{}` is {}, expected text",
                        name.value,
                        node.describe()
                    ))
                    .at(node.span, "expected text"),
                );
            } else {
                let _ = self.variable(&name.value, node.span);
            }
        }
    }

    /// Resolved variables, without those that failed.
    pub fn values(&self) -> BTreeMap<String, String> {
        self.resolved
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), value.clone()?)))
            .collect()
    }

    /// What the file, the command line and the environment define.
    pub fn names(&self) -> BTreeSet<&str> {
        let environment =
            self.given.environment.keys().filter_map(|name| name.strip_prefix("PIXELPROOF_VAR_"));
        self.file
            .keys()
            .copied()
            .chain(self.given.command_line.keys().map(String::as_str))
            .chain(environment)
            .collect()
    }

    /// The value of a name that is asked for outside of a text.
    pub fn lookup(&mut self, name: &str, span: Span) -> Option<String> {
        self.variable(name, span).ok()
    }

    /// Replaces the variables in every scalar below.
    pub fn replace(&mut self, node: &mut Node) {
        let span = node.span;
        match &mut node.kind {
            Kind::List(items) => items.iter_mut().for_each(|item| self.replace(item)),
            Kind::Map(entries) => entries.iter_mut().for_each(|(_, value)| self.replace(value)),
            Kind::Scalar { text, plain } => {
                let verbatim = node.verbatim;
                if !text.contains("${") || self.problems.len() >= MOST_PROBLEMS {
                    return;
                }
                if let Some(new) = self.expand(text, (span, verbatim), 0) {
                    // A variable that holds nothing is an empty text, not null.
                    *plain &= !Node::scalar(new.as_str(), true, span).is_null();
                    *text = new;
                    node.verbatim = None;
                } else {
                    self.unresolved.insert(span);
                }
            }
        }
    }

    /// `verbatim` as in [`Node`]. `None` when a problem was told.
    fn expand(
        &mut self,
        text: &str,
        (span, verbatim): (Span, Option<usize>),
        depth: usize,
    ) -> Option<String> {
        let mut out = String::new();
        let mut rest = text;
        let mut failed = false;
        while let Some(at) = rest.find("${") {
            if self.problems.len() >= MOST_PROBLEMS {
                return None;
            }
            let (before, reference) = rest.split_at(at);
            if let Some(before) = before.strip_suffix('$') {
                out.push_str(before);
                out.push_str("${");
                rest = reference.get(2..).unwrap_or_default();
                continue;
            }
            out.push_str(before);
            let offset = text.len() - reference.len();
            let length = closing(reference).map_or(reference.len(), |end| end + 1);
            let place =
                verbatim.map_or(span, |start| Span::new(start + offset, start + offset + length));
            match self.reference(reference.get(..length).unwrap_or(reference), place, depth) {
                Ok(value) => {
                    self.added += value.len();
                    if self.added > MOST_TEXT {
                        self.problems.push(
                            Diagnostic::new(format!(
                                "variables add up to more than {} MiB of text",
                                MOST_TEXT / 1_048_576
                            ))
                            .at(place, "reached here"),
                        );
                        return None;
                    }
                    out.push_str(&value);
                }
                Err(Failure::Told) => failed = true,
                Err(Failure::Here(notice)) if self.lenient => {
                    if self.notices.len() < MOST_PROBLEMS {
                        self.notices.push(
                            notice.help("a recording may hold such text: it is kept as it is"),
                        );
                    }
                    out.push_str(reference.get(..length).unwrap_or(reference));
                }
                Err(Failure::Here(problem)) => {
                    self.problems.push(problem);
                    failed = true;
                }
            }
            rest = reference.get(length..).unwrap_or_default();
        }
        out.push_str(rest);
        (!failed).then_some(out)
    }

    /// One `${…}`, braces included.
    fn reference(&mut self, whole: &str, place: Span, depth: usize) -> Result<String, Failure> {
        let malformed = |message: &str| {
            let problem = Diagnostic::new(message).at(place, "in this variable").help(
                "`${name}` or `${name:-default}` is a variable; write `$${` for a literal `${`",
            );
            Err(Failure::Here(problem))
        };
        let Some(inner) = whole.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) else {
            return malformed("`${` is never closed");
        };
        let (name, default) = match inner.split_once(":-") {
            Some((name, default)) => (name.trim(), Some(default)),
            None => (inner.trim(), None),
        };
        if !is_name(name) {
            let shown = shortened(name, 40);
            return malformed(&format!("`{shown}` cannot be the name of a variable"));
        }
        if depth >= DEEPEST {
            return malformed("defaults are nested too deep");
        }
        if let Some(default) = default {
            // As in a shell: the default stands in for what is unset or empty.
            if self.is_set(name) {
                let value = self.variable(name, place)?;
                if !value.is_empty() {
                    return Ok(value);
                }
            }
            return self.expand(default, (place, None), depth + 1).ok_or(Failure::Told);
        }
        self.variable(name, place)
    }

    fn is_set(&self, name: &str) -> bool {
        match name.strip_prefix("env.") {
            Some(key) => self.given.environment.contains_key(key),
            None => {
                GENERATED.contains(&name)
                    || self.file.contains_key(name)
                    || self.given.command_line.contains_key(name)
                    || self.given.environment.contains_key(&format!("PIXELPROOF_VAR_{name}"))
            }
        }
    }

    fn variable(&mut self, name: &str, place: Span) -> Result<String, Failure> {
        if let Some(key) = name.strip_prefix("env.") {
            let Some(value) = self.given.environment.get(key) else {
                let problem = Diagnostic::new(format!("the environment has no variable `{key}`"))
                    .at(place, "is not set")
                    .help(format!("set it, or give a default: `${{{name}:-…}}`"));
                return Err(Failure::Here(problem));
            };
            self.secrets.insert(value.clone());
            return Ok(value.clone());
        }
        match name {
            "run.id" => return Ok(self.run_id.clone()),
            "random.int" => return Ok(self.random.u32(100_000..1_000_000).to_string()),
            "random.word" => return Ok(self.word()),
            "random.email" => {
                let word = self.word();
                return Ok(format!("{word}.{}@example.com", self.random.u32(100_000..1_000_000)));
            }
            _ => {}
        }
        if let Some(value) = self.resolved.get(name) {
            return value.clone().ok_or(Failure::Told);
        }
        if let Some(start) = self.stack.iter().position(|open| open == name) {
            let mut around: Vec<&str> = self.stack.iter().skip(start).map(String::as_str).collect();
            around.push(name);
            let problem =
                Diagnostic::new(format!("variables go in a circle: {}", around.join(" → ")))
                    .at(place, "needs its own value")
                    .help("give one of them a value of its own");
            self.problems.push(problem);
            return Err(Failure::Told);
        }
        let environment = self.given.environment.get(&format!("PIXELPROOF_VAR_{name}"));
        let value = if let Some(value) = self.given.command_line.get(name).or(environment) {
            Some(value.clone())
        } else {
            let Some(node) = self.file.get(name).copied() else {
                return Err(Failure::Here(self.unknown(name, place)));
            };
            if self.stack.len() >= DEEPEST {
                let problem = Diagnostic::new(format!(
                    "variables stand in one another deeper than {DEEPEST} levels"
                ));
                self.problems.push(problem.at(place, "here"));
                return Err(Failure::Told);
            }
            match &node.kind {
                Kind::Scalar { .. } if node.is_null() => Some(String::new()),
                Kind::Scalar { text, .. } => {
                    self.stack.push(name.to_owned());
                    let value = self.expand(text, (node.span, node.verbatim), 0);
                    self.stack.pop();
                    value
                }
                _ => None,
            }
        };
        self.resolved.insert(name.to_owned(), value.clone());
        value.ok_or(Failure::Told)
    }

    fn unknown(&self, name: &str, place: Span) -> Diagnostic {
        if self.problems.len().max(self.notices.len()) >= MOST_PROBLEMS {
            return Diagnostic::new(format!("unknown variable `{name}`"));
        }
        let names = self.names();
        let known: Vec<&str> = names.iter().copied().chain(GENERATED.iter().copied()).collect();
        let problem =
            Diagnostic::new(format!("unknown variable `{name}`")).at(place, "is defined nowhere");
        match closest(name, &known) {
            Some(close) => problem.help(format!("did you mean `{close}`?")),
            None if names.is_empty() => problem.help(format!(
                "define it under `vars`, or pass `--var {name}=…`; write `$${{` for a literal `${{`"
            )),
            None => {
                let names: Vec<&str> = names.into_iter().take(20).collect();
                problem.help(format!(
                    "known are {}; define it under `vars`, or pass `--var {name}=…`",
                    listed(&names)
                ))
            }
        }
    }

    /// Six to nine letters that can be spoken.
    fn word(&mut self) -> String {
        const SYLLABLES: [&str; 16] = [
            "ba", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ra", "se", "ti", "vo", "wa",
            "xe", "zu",
        ];
        let count = self.random.usize(3..5);
        (0..count).filter_map(|_| self.random.choice(SYLLABLES)).collect()
    }
}

/// The text of a recording that [`Resolver`] reads as this text. Only what
/// would be replaced is escaped: a template in JavaScript stays as it is, so
/// that other tools replay it.
pub fn escape_recorded(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, reference) = rest.split_at(at);
        let length = closing(reference).map_or(reference.len(), |end| end + 1);
        let inner = reference.get(2..length).unwrap_or_default().trim_end_matches('}');
        let name = inner.split(":-").next().unwrap_or_default().trim();
        let replaced =
            GENERATED.contains(&name) || name.starts_with("env.") || inner.contains(":-");
        out.push_str(before);
        let copied = if before.ends_with('$') || replaced {
            out.push('$');
            2
        } else {
            length
        };
        out.push_str(reference.get(..copied).unwrap_or_default());
        rest = reference.get(copied..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

fn is_name(name: &str) -> bool {
    name.len() <= 100
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

/// Byte offset of the brace that closes the `${` at the start, over defaults
/// that hold variables themselves.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut before = ' ';
    for (at, character) in text.char_indices() {
        match character {
            '{' if before == '$' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
        before = character;
    }
    None
}

//! Reading a step's arguments from a tree: every problem is collected with
//! its place, and reading goes on. The same table of arguments tells the
//! reader which keys there are and the JSON Schema how they look.
//! Expectations and the file's top level are read with it too.

use serde_json::{Value, json};

use crate::diagnostic::Diagnostic;
use crate::model::span::{Located, Span};
use crate::steps::node::{Node, shortened};
use crate::steps::selector;
use crate::steps::tab::{ElementQuery, TextPattern};

/// One argument of a step, for the reader, the schema and the manual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argument {
    pub name: &'static str,
    pub kind: ArgumentKind,
    pub required: bool,
    pub doc: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentKind {
    Text,
    Number,
    /// A whole number from 0.
    Whole,
    Boolean,
    Selectors,
    /// Child frame indexes.
    Frame,
    OneOf(&'static [&'static str]),
    /// One text or a list of texts.
    Texts,
    /// A map of texts.
    TextMap,
    /// A map of any JSON.
    JsonMap,
    /// A list of maps with these keys.
    Records(&'static [Argument]),
    Json,
}

pub const fn required(name: &'static str, kind: ArgumentKind, doc: &'static str) -> Argument {
    Argument { name, kind, required: true, doc }
}

pub const fn optional(name: &'static str, kind: ArgumentKind, doc: &'static str) -> Argument {
    Argument { name, kind, required: false, doc }
}

pub const SELECTORS: Argument = required(
    "selectors",
    ArgumentKind::Selectors,
    "the element: one selector, or alternatives that are tried in order",
);
pub const FRAME: Argument = optional(
    "frame",
    ArgumentKind::Frame,
    "child frame indexes from the main frame down; left out: the main frame first, then any other",
);

/// Keys that every step takes.
pub const COMMON: &[Argument] = &[
    optional("label", ArgumentKind::Text, "how reports and `expect` name this step"),
    optional("timeout", ArgumentKind::Whole, "milliseconds that this step may take"),
    optional(
        "target",
        ArgumentKind::Text,
        "`main`, or the URL of another page or of a cross-origin frame (Recorder)",
    ),
    optional(
        "assertedEvents",
        ArgumentKind::Records(&[
            optional("type", ArgumentKind::OneOf(&["navigation"]), "the only kind there is"),
            optional("url", ArgumentKind::Text, "URL of the page that is reached"),
            optional("title", ArgumentKind::Text, "its title"),
        ]),
        "navigations that the step must lead to",
    ),
    optional("secret", ArgumentKind::Boolean, "keep this step's value out of every output"),
];

/// The map that is read, and where problems go.
pub struct Fields<'a> {
    /// What the map is, for messages: `click`.
    pub what: &'a str,
    pub entries: &'a [(Located<String>, Node)],
    /// Where a missing key is shown: the step's name, say.
    pub span: Span,
    pub problems: &'a mut Vec<Diagnostic>,
}

impl Fields<'_> {
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.entries
            .iter()
            .find(|(key, _)| key.value == name)
            .map(|(_, node)| node)
            .filter(|node| !node.is_null())
    }

    /// The value of a key that must be there.
    pub fn require(&mut self, name: &str) -> Option<Node> {
        let found = self.get(name).cloned();
        if found.is_none() {
            let problem = Diagnostic::new(format!("`{}` needs `{name}`", self.what))
                .at(self.span, format!("`{name}` is missing"));
            self.problems.push(problem);
        }
        found
    }

    fn named(&self) -> String {
        if self.what.starts_with("the ") {
            self.what.to_owned()
        } else {
            format!("`{}`", self.what)
        }
    }

    pub fn wrong(&mut self, name: &str, node: &Node, expected: &str) {
        let problem = Diagnostic::new(format!(
            "`{name}` of {} is {}, expected {expected}",
            self.named(),
            node.describe()
        ))
        .at(node.span, format!("expected {expected}"));
        self.problems.push(problem);
    }

    fn read<T>(
        &mut self,
        name: &str,
        expected: &str,
        read: impl FnOnce(&Node) -> Option<T>,
    ) -> Option<T> {
        let node = self.get(name)?.clone();
        let value = read(&node);
        if value.is_none() {
            self.wrong(name, &node, expected);
        }
        value
    }

    pub fn text(&mut self, name: &str) -> Option<String> {
        self.read(name, "text", |node| node.as_text().map(str::to_owned))
    }

    pub fn required_text(&mut self, name: &str) -> Option<String> {
        self.require(name)?;
        self.text(name)
    }

    pub fn number(&mut self, name: &str) -> Option<f64> {
        self.read(name, "a number", Node::as_number)
    }

    pub fn required_number(&mut self, name: &str) -> Option<f64> {
        self.require(name)?;
        self.number(name)
    }

    pub fn whole(&mut self, name: &str) -> Option<u64> {
        self.read(name, "a whole number, 0 or more", |node| {
            node.as_number()
                .filter(|n| n.fract() == 0.0 && (0.0..=9_007_199_254_740_991.0).contains(n))
                .map(|n| n as u64)
        })
    }

    pub fn required_whole(&mut self, name: &str) -> Option<u64> {
        self.require(name)?;
        self.whole(name)
    }

    pub fn boolean(&mut self, name: &str) -> Option<bool> {
        self.read(name, "`true` or `false`", Node::as_bool)
    }

    /// One word of a list.
    pub fn one_of(&mut self, name: &str, words: &'static [&'static str]) -> Option<&'static str> {
        let node = self.get(name)?.clone();
        let found = node.as_text().and_then(|text| words.iter().find(|word| **word == text));
        if found.is_none() {
            let mut problem = Diagnostic::new(format!(
                "`{name}` of {} is {}, expected one of {}",
                self.named(),
                node.describe(),
                listed(words)
            ))
            .at(node.span, "not one of the known words");
            if let Some(close) = node.as_text().and_then(|text| closest(text, words)) {
                problem = problem.help(format!("did you mean `{close}`?"));
            }
            self.problems.push(problem);
        }
        found.copied()
    }

    /// A text, or a list of texts.
    pub fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        self.read(name, "text or a list of texts", |node| match node.as_list() {
            Some(items) => items.iter().map(|item| item.as_text().map(str::to_owned)).collect(),
            None => node.as_text().map(|text| vec![text.to_owned()]),
        })
    }

    /// A map of texts, in the order of the file.
    pub fn text_map(&mut self, name: &str) -> Option<Vec<(String, String)>> {
        self.read(name, "a map of texts", |node| {
            node.as_map()?
                .iter()
                .map(|(key, value)| Some((key.value.clone(), value.as_text()?.to_owned())))
                .collect()
        })
    }

    pub fn json_map(&mut self, name: &str) -> Option<Vec<(String, Value)>> {
        self.read(name, "a map", |node| {
            Some(node.as_map()?.iter().map(|(k, v)| (k.value.clone(), v.to_json())).collect())
        })
    }

    /// A list of maps with the keys of `arguments`. `None` when any of them
    /// has a problem; all are read.
    pub fn records<T>(
        &mut self,
        name: &str,
        arguments: &[Argument],
        mut read: impl FnMut(&mut Fields) -> Option<T>,
    ) -> Option<Vec<T>> {
        let node = self.get(name)?.clone();
        let Some(items) = node.as_list() else {
            self.wrong(name, &node, "a list");
            return None;
        };
        let known: Vec<&str> = arguments.iter().map(|argument| argument.name).collect();
        let what = format!("{}.{name}", self.what);
        let mut records = Vec::new();
        for item in items {
            let Some(entries) = item.as_map() else {
                self.wrong(name, item, "a map");
                continue;
            };
            let mut fields =
                Fields { what: &what, entries, span: item.span, problems: &mut *self.problems };
            fields.reject_unknown(&known);
            records.extend(read(&mut fields));
        }
        (records.len() == items.len()).then_some(records)
    }

    pub fn frame(&mut self) -> Vec<usize> {
        self.read("frame", "a list of frame indexes such as `[0, 1]`", |node| {
            node.as_list()?
                .iter()
                .map(|item| {
                    item.as_number()
                        .filter(|n| n.fract() == 0.0 && (0.0..1000.0).contains(n))
                        .map(|n| n as usize)
                })
                .collect()
        })
        .unwrap_or_default()
    }

    /// `selectors` and `frame`. A malformed alternative is a problem, the
    /// others are still read.
    pub fn query(&mut self) -> Option<ElementQuery> {
        let node = self.require("selectors")?;
        let frame = self.frame();
        let selectors = selector::read(&node, self.what, self.problems)?;
        Some(ElementQuery { selectors, frame })
    }

    pub fn optional_query(&mut self) -> Option<ElementQuery> {
        self.get("selectors")?;
        self.query()
    }

    /// Exactly one of `contains`, `equals` and `regex`.
    pub fn pattern(&mut self) -> Option<TextPattern> {
        let given: Vec<&str> = ["contains", "equals", "regex"]
            .into_iter()
            .filter(|name| self.get(name).is_some())
            .collect();
        let [name] = given.as_slice() else {
            let problem = Diagnostic::new(format!(
                "`{}` needs exactly one of `contains`, `equals` and `regex`, found {}",
                self.what,
                if given.is_empty() { "none".to_owned() } else { listed(&given) }
            ))
            .at(self.span, "here");
            self.problems.push(problem);
            return None;
        };
        let text = self.text(name)?;
        match *name {
            "contains" => Some(TextPattern::Contains(text)),
            "equals" => Some(TextPattern::Equals(text)),
            _ => {
                let span = self.get(name).map_or(self.span, |node| node.span);
                regex_at(&text, span, self.problems).map(TextPattern::Regex)
            }
        }
    }

    /// Reports every key that no argument explains.
    pub fn reject_unknown(&mut self, known: &[&str]) {
        // Nobody reads hundreds of them, and each costs a search.
        const MOST: usize = 20;
        let mut told = 0;
        for (key, _) in self.entries {
            if told < MOST && !known.contains(&key.value.as_str()) {
                told += 1;
                let problem = unknown(&format!("key of `{}`", self.what), key, known);
                self.problems.push(problem);
            }
        }
    }
}

/// Compiles a person's pattern; a mistake in it is a problem at its place.
pub fn regex_at(text: &str, span: Span, problems: &mut Vec<Diagnostic>) -> Option<regex::Regex> {
    match regex::RegexBuilder::new(text).size_limit(1 << 20).build() {
        Ok(regex) => Some(regex),
        Err(error) => {
            let reason = error.to_string();
            let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
            problems.push(
                Diagnostic::new(format!("malformed regular expression: {reason}"))
                    .at(span, "in this pattern"),
            );
            None
        }
    }
}

/// `unknown key of `click`: `selctors`` with the closest known word.
pub fn unknown(what: &str, found: &Located<String>, known: &[&str]) -> Diagnostic {
    let shown = shortened(&found.value, 60);
    let problem = Diagnostic::new(format!("unknown {what}: `{shown}`"));
    match closest(&found.value, known) {
        Some(close) => problem
            .at(found.span, format!("unknown {}", what.split(' ').next().unwrap_or(what)))
            .help(format!("did you mean `{close}`?")),
        None => problem
            .at(found.span, format!("unknown {}", what.split(' ').next().unwrap_or(what)))
            .help(format!("known are {}", listed(known))),
    }
}

/// The known word that a person probably meant.
pub fn closest<'a>(found: &str, known: &[&'a str]) -> Option<&'a str> {
    if found.chars().count() > 80 {
        return None;
    }
    let folded = found.to_lowercase().replace(['_', '-', ' '], "");
    known
        .iter()
        .map(|word| {
            (
                strsim::damerau_levenshtein(
                    &folded,
                    &word.to_lowercase().replace(['_', '-', ' '], ""),
                ),
                *word,
            )
        })
        .filter(|(distance, word)| {
            let length = word.chars().count();
            *distance <= length.max(3) / 3 && *distance < length.min(folded.chars().count())
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

pub fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{}`", shortened(word, 60))).collect::<Vec<_>>().join(", ")
}

/// JSON Schema of an argument. A variable may stand wherever a number or a
/// word may, so texts with `${` are let through.
pub fn schema_of(argument: &Argument) -> Value {
    let variable = json!({ "type": "string", "pattern": "\\$\\{" });
    let mut schema = match argument.kind {
        ArgumentKind::Text => json!({ "type": ["string", "number", "boolean"] }),
        ArgumentKind::Number => json!({ "anyOf": [{ "type": "number" }, variable] }),
        ArgumentKind::Whole => json!({ "anyOf": [{ "type": "integer", "minimum": 0 }, variable] }),
        ArgumentKind::Boolean => json!({ "anyOf": [{ "type": "boolean" }, variable] }),
        ArgumentKind::Selectors => json!({ "$ref": "#/$defs/selectors" }),
        ArgumentKind::Frame => {
            json!({ "type": "array", "items": { "type": "integer", "minimum": 0 } })
        }
        ArgumentKind::OneOf(words) => json!({ "anyOf": [{ "enum": words }, variable] }),
        ArgumentKind::Texts => json!({ "anyOf": [
            { "type": ["string", "number", "boolean"] },
            { "type": "array", "items": { "type": ["string", "number", "boolean"] } },
        ] }),
        ArgumentKind::TextMap => json!({
            "type": "object",
            "additionalProperties": { "type": ["string", "number", "boolean"] },
        }),
        ArgumentKind::JsonMap => json!({ "type": "object" }),
        ArgumentKind::Records(arguments) => {
            json!({ "type": "array", "items": object_schema(arguments.iter()) })
        }
        ArgumentKind::Json => json!({}),
    };
    if let Some(map) = schema.as_object_mut() {
        map.insert("description".to_owned(), json!(argument.doc));
    }
    schema
}

/// A closed object with these keys.
pub fn object_schema<'a>(arguments: impl Iterator<Item = &'a Argument> + Clone) -> Value {
    let properties: serde_json::Map<String, Value> =
        arguments.clone().map(|argument| (argument.name.to_owned(), schema_of(argument))).collect();
    let needed: Vec<&str> =
        arguments.filter(|argument| argument.required).map(|argument| argument.name).collect();
    let mut schema =
        json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if let (false, Some(map)) = (needed.is_empty(), schema.as_object_mut()) {
        map.insert("required".to_owned(), json!(needed));
    }
    schema
}

/// The three ways to say which text is meant; exactly one is given.
pub const PATTERN: [Argument; 3] = [
    optional("contains", ArgumentKind::Text, "a text that it must contain"),
    optional("equals", ArgumentKind::Text, "the whole text"),
    optional("regex", ArgumentKind::Text, "a regular expression that must match somewhere"),
];

/// A pattern as one of these arguments.
pub fn pattern_value(pattern: &TextPattern) -> (&'static str, Option<Value>) {
    let name = match pattern {
        TextPattern::Contains(_) => "contains",
        TextPattern::Equals(_) => "equals",
        TextPattern::Regex(_) => "regex",
    };
    (name, Some(pattern_text(pattern).into()))
}

pub fn pattern_text(pattern: &TextPattern) -> &str {
    match pattern {
        TextPattern::Contains(text) | TextPattern::Equals(text) => text,
        TextPattern::Regex(regex) => regex.as_str(),
    }
}

//! Reads a snapshot that a person may have edited: every problem has its
//! place, and all problems of one kind of reading come at once (YAML itself
//! stops at its first).

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use serde_saphyr::{Location, Spanned};

use crate::diagnostic::Diagnostic;
use crate::model::span::Span;
use crate::snapshot::pattern::Pattern;
use crate::snapshot::{FileName, Header, Line, Snapshot, SnapshotHit, SnapshotStep};

/// Snapshots beyond this are no work of ours, nor can a person review them.
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// Any YAML, with the place of every node.
#[derive(Debug)]
enum Node {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Spanned<Node>>),
    Map(Vec<(Spanned<String>, Spanned<Node>)>),
}

impl Snapshot {
    /// Reads the text of a `.snap` or `.snap.new` file. `file` is the path as
    /// the user knows it.
    ///
    /// # Errors
    ///
    /// Every problem found, in the order of the file.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let mut reader = Reader { file, text, base: 0, problems: Vec::new() };
        let snapshot = reader.read();
        if reader.problems.is_empty() {
            if let Some(snapshot) = snapshot {
                return Ok(snapshot);
            }
            reader.problem(Span::new(0, 0), "cannot read this snapshot", "here");
        }
        Err(reader.problems)
    }

    /// Reads the bytes of a file: as [`Snapshot::parse`], and says so when
    /// they are no text.
    ///
    /// # Errors
    ///
    /// Every problem found, in the order of the file.
    pub fn parse_bytes(file: &str, bytes: &[u8]) -> Result<Self, Vec<Diagnostic>> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::parse(file, text),
            Err(error) => Err(vec![
                Diagnostic::new(format!(
                    "this is no snapshot: byte {} is not UTF-8 text",
                    error.valid_up_to() + 1
                ))
                .in_file(file)
                .help(RESTORE),
            ]),
        }
    }
}

const RESTORE: &str =
    "restore the file from version control, or record it anew with `pixelproof run --update`";

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    /// Byte offset of the YAML document that is being read.
    base: usize,
    problems: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn read(&mut self) -> Option<Snapshot> {
        if self.text.len() > MAX_BYTES {
            let message = format!(
                "this is no snapshot: {} MB, more than the {} MB that are read",
                self.text.len() / (1024 * 1024),
                MAX_BYTES / (1024 * 1024)
            );
            self.problems.push(Diagnostic::new(message).in_file(self.file).help(RESTORE));
            return None;
        }
        if let Some(at) = self.text.find('\0') {
            self.problem(Span::new(at, at), "this is no snapshot but binary data", "a zero byte");
            return None;
        }
        if self.text.trim().is_empty() {
            self.problems
                .push(Diagnostic::new("this snapshot is empty").in_file(self.file).help(RESTORE));
            return None;
        }
        if let Some(at) = conflict_marker(self.text) {
            self.problem(
                Span::new(at, at + 7),
                "this snapshot has an unresolved merge conflict",
                "conflict marker",
            );
            self.help("resolve it, or take one side and run `pixelproof run --update`");
            return None;
        }
        let (header_at, body_at) = self.split()?;
        self.base = header_at.start;
        let header_node = self.yaml(&self.text[header_at.start..header_at.end])?;
        let header = self.header(&header_node);
        self.base = body_at;
        let body_node = self.yaml(&self.text[body_at..])?;
        let steps = self.steps(&body_node)?;
        Some(Snapshot { file: FileName(self.file.to_owned()), header, steps })
    }

    /// Span of the header's YAML and where the body starts.
    fn split(&mut self) -> Option<(Span, usize)> {
        let bom = if self.text.starts_with('\u{feff}') { 3 } else { 0 };
        let mut at = bom;
        let mut fences = Vec::new();
        for line in self.text[bom..].split_inclusive('\n') {
            if line.trim_end() == "---" {
                fences.push((at, at + line.len()));
                if fences.len() == 2 {
                    break;
                }
            } else if fences.is_empty() {
                break;
            }
            at += line.len();
        }
        if let [(_, header), (header_end, body)] = fences.as_slice() {
            Some((Span::new(*header, *header_end), *body))
        } else {
            let (message, label) = if fences.is_empty() {
                ("this snapshot does not begin with its header", "expected `---`")
            } else {
                ("the header of this snapshot does not end", "no second `---` after this one")
            };
            self.problem(Span::new(bom, bom), message, label);
            self.help(RESTORE);
            None
        }
    }

    fn yaml(&mut self, text: &str) -> Option<Spanned<Node>> {
        let options = serde_saphyr::options! {
            with_snippet: false,
            strict_booleans: true,
        };
        match serde_saphyr::from_str_with_options::<Spanned<Node>>(text, options) {
            Ok(node) => Some(node),
            Err(error) => {
                let span = error.location().map_or(Span::new(self.base, self.base), |location| {
                    self.span_in(&location, text)
                });
                let message = error.render_with_formatter(&serde_saphyr::DefaultMessageFormatter);
                let message = strip_place(&message);
                self.problem(span, format!("this snapshot is no valid YAML: {message}"), "here");
                self.help(RESTORE);
                None
            }
        }
    }

    fn header(&mut self, node: &Spanned<Node>) -> Header {
        let mut header = Header::default();
        let Node::Map(fields) = &node.value else {
            // Nothing between the fences, or a line that is no field.
            if !matches!(node.value, Node::Null) {
                let span = self.span(&node.referenced);
                self.problem(span, "the header must have the form `source: …`", "no field");
            }
            return header;
        };
        for (key, value) in fields {
            let text = match &value.value {
                Node::Text(text) => Some(text.clone()),
                Node::Number(number) => Some(number.to_string()),
                Node::Bool(value) => Some(value.to_string()),
                _ => None,
            };
            match key.value.as_str() {
                "source" => header.source = text.unwrap_or_default(),
                "description" => header.description = text,
                "expression" => header.expression = text,
                // insta's other fields mean nothing here and do no harm.
                "assertion_line" | "info" | "input_file" | "snapshot_kind" => {}
                other => {
                    let span = self.key_span(key);
                    self.unknown_key(span, other, &["source", "description", "expression"]);
                }
            }
        }
        header
    }

    fn steps(&mut self, body: &Spanned<Node>) -> Option<Vec<SnapshotStep>> {
        let Node::Map(fields) = &body.value else {
            let span = self.span(&body.referenced);
            self.problem(span, "the body must be `steps:` and a list", "expected `steps:`");
            self.help(RESTORE);
            return None;
        };
        let mut steps = None;
        for (key, value) in fields {
            if key.value == "steps" {
                let list = self.list(value, "steps");
                steps = Some(list.iter().filter_map(|node| self.step(node)).collect());
            } else {
                let span = self.key_span(key);
                self.unknown_key(span, &key.value, &["steps"]);
            }
        }
        if steps.is_none() {
            let span = self.span(&body.referenced);
            self.problem(span, "the body has no `steps:`", "expected `steps:`");
            self.help(RESTORE);
        }
        steps
    }

    fn step(&mut self, node: &Spanned<Node>) -> Option<SnapshotStep> {
        let Node::Map(fields) = &node.value else {
            let span = self.span(&node.referenced);
            self.problem(span, "a step must have the form `- step: …`", "no step");
            return None;
        };
        let mut label = None;
        let mut hits = Vec::new();
        for (key, value) in fields {
            match key.value.as_str() {
                "step" => label = self.string(value, "step"),
                "hits" => {
                    let list = self.list(value, "hits");
                    hits = list.iter().filter_map(|node| self.hit(node)).collect();
                }
                other => {
                    let span = self.key_span(key);
                    self.unknown_key(span, other, &["step", "hits"]);
                }
            }
        }
        let Some(label) = label else {
            if !fields.iter().any(|(key, _)| key.value == "step") {
                let span = self.span(&node.referenced);
                self.problem(span, "this step has no `step:`", "expected its label");
            }
            return None;
        };
        Some(SnapshotStep { label, hits })
    }

    fn hit(&mut self, node: &Spanned<Node>) -> Option<SnapshotHit> {
        let fields = match &node.value {
            Node::Map(fields) => fields.as_slice(),
            _ => &[],
        };
        let [(title, body)] = fields else {
            let span = self.span(&node.referenced);
            self.problem(span, "a hit must have the form `- meta Lead:`", "one hit expected here");
            self.help("what belongs to a hit is indented below its name");
            return None;
        };
        let at = self.key_span(title);
        let Some((vendor, event)) = title.value.split_once(' ').filter(|(v, _)| !v.is_empty())
        else {
            self.problem(at, "a hit's name is its vendor and its event", "expected `meta Lead`");
            return None;
        };
        let mut hit = SnapshotHit {
            vendor: vendor.to_owned(),
            event: event.to_owned(),
            line: Line(Span::new(at.start, at.start).line_column(self.text).0),
            ..SnapshotHit::default()
        };
        let Node::Map(fields) = &body.value else {
            self.problem(at, "this hit has no `account:`", "expected it below");
            return None;
        };
        let mut has_account = false;
        for (key, value) in fields {
            match key.value.as_str() {
                "account" => {
                    has_account = true;
                    if let Some(account) = self.string(value, "account") {
                        hit.account = account;
                    }
                }
                "optional" => hit.optional = self.boolean(value, "optional"),
                "anywhere" => hit.anywhere = self.boolean(value, "anywhere"),
                "params" => hit.params = self.params(value, "params"),
                "sometimes" => hit.sometimes = self.params(value, "sometimes"),
                other => {
                    let span = self.key_span(key);
                    let known = ["account", "optional", "anywhere", "params", "sometimes"];
                    self.unknown_key(span, other, &known);
                }
            }
        }
        if !has_account {
            self.problem(at, "this hit has no `account:`", "expected it below");
        }
        if let Some((name, _)) =
            hit.sometimes.iter().find(|(name, _)| hit.params.iter().any(|(n, _)| n == name))
        {
            let message = format!("`{name}` stands under `params` and under `sometimes`");
            self.problem(at, message, "in this hit");
        }
        Some(hit)
    }

    fn params(&mut self, node: &Spanned<Node>, name: &str) -> Vec<(String, Pattern)> {
        let fields = match &node.value {
            Node::Map(fields) => fields,
            Node::Null => return Vec::new(),
            _ => {
                let span = self.span(&node.referenced);
                self.problem(span, format!("`{name}` must be `name: value` lines"), "no names");
                return Vec::new();
            }
        };
        self.fields(fields)
    }

    fn fields(&mut self, fields: &[(Spanned<String>, Spanned<Node>)]) -> Vec<(String, Pattern)> {
        let mut patterns: Vec<_> =
            fields.iter().map(|(key, value)| (key.value.clone(), self.pattern(value))).collect();
        patterns.sort_by(|a, b| a.0.cmp(&b.0));
        patterns
    }

    fn pattern(&mut self, node: &Spanned<Node>) -> Pattern {
        match &node.value {
            Node::Null => Pattern::Null,
            Node::Bool(value) => Pattern::Bool(*value),
            Node::Number(number) => Pattern::Number(number.clone()),
            Node::List(items) => {
                Pattern::List(items.iter().map(|item| self.pattern(item)).collect())
            }
            Node::Map(fields) => Pattern::Map(self.fields(fields)),
            Node::Text(text) => Pattern::parse_text(text).unwrap_or_else(|error| {
                let span = self.span(&node.referenced);
                self.problem(span, error.to_string(), "unknown");
                let plain = format!("write `\\\\[{}]` for plain text", error.name);
                self.help(match error.nearest {
                    Some(nearest) => format!("did you mean `[{nearest}]`? {plain}"),
                    None => plain,
                });
                Pattern::Null
            }),
        }
    }

    fn list<'n>(&mut self, node: &'n Spanned<Node>, name: &str) -> &'n [Spanned<Node>] {
        match &node.value {
            Node::List(items) => items,
            Node::Null => &[],
            _ => {
                let span = self.span(&node.referenced);
                self.problem(span, format!("`{name}` must be a list"), "no list");
                &[]
            }
        }
    }

    fn string(&mut self, node: &Spanned<Node>, name: &str) -> Option<String> {
        if let Node::Text(text) = &node.value {
            return Some(text.clone());
        }
        let span = self.span(&node.referenced);
        self.problem(span, format!("`{name}` must be a text"), "no text");
        self.help("put it in double quotes");
        None
    }

    fn boolean(&mut self, node: &Spanned<Node>, name: &str) -> bool {
        if let Node::Bool(value) = node.value {
            return value;
        }
        let span = self.span(&node.referenced);
        self.problem(span, format!("`{name}` must be true or false"), "neither");
        false
    }

    fn unknown_key(&mut self, span: Span, key: &str, known: &[&str]) {
        self.problem(span, format!("unknown key `{key}`"), "unknown");
        let nearest = known.iter().min_by_key(|name| strsim::damerau_levenshtein(name, key));
        match nearest.filter(|name| strsim::damerau_levenshtein(name, key) <= 3) {
            Some(name) => self.help(format!("did you mean `{name}`?")),
            None => self.help(format!("known here: {}", known.join(", "))),
        }
    }

    fn problem(&mut self, span: Span, message: impl Into<String>, label: &str) {
        let diagnostic = Diagnostic::new(message).in_file(self.file).at(span, label);
        self.problems.push(diagnostic);
    }

    fn help(&mut self, help: impl Into<String>) {
        if let Some(last) = self.problems.last_mut() {
            last.help = Some(help.into());
        }
    }

    fn key_span(&self, key: &Spanned<String>) -> Span {
        self.span(&key.referenced)
    }

    fn span(&self, location: &Location) -> Span {
        self.span_in(location, self.text.get(self.base..).unwrap_or_default())
    }

    /// The place in the file of a place in the document that starts at `base`.
    fn span_in(&self, location: &Location, document: &str) -> Span {
        let span = location.span();
        let start = span.byte_offset().map_or_else(
            || offset_of(document, location.line() as usize, location.column() as usize),
            |offset| offset as usize,
        );
        let end = start + span.byte_len().unwrap_or(0) as usize;
        Span::new((self.base + start).min(self.text.len()), (self.base + end).min(self.text.len()))
    }
}

fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let columns = column.saturating_sub(1);
    start + text[start..].chars().take(columns).map(char::len_utf8).sum::<usize>()
}

/// The reader's messages begin with `line 3 column 5: `, counted from where
/// the document starts; the label shows the place in the file.
fn strip_place(message: &str) -> &str {
    let message = message.strip_prefix("error: ").unwrap_or(message);
    let rest = message.strip_prefix("line ").and_then(|rest| rest.split_once(": "));
    let message = match rest {
        Some((place, rest)) if place.len() < 40 && !place.contains('`') => rest,
        _ => message,
    };
    let message = message.lines().next().unwrap_or(message);
    // Advice for programmers who use the reader is no advice for people.
    [" at line ", ", set DuplicateKeyPolicy", " rejected by the configured policy"]
        .iter()
        .fold(message, |message, end| message.split(end).next().unwrap_or(message))
}

fn conflict_marker(text: &str) -> Option<usize> {
    let at = if text.starts_with("<<<<<<< ") { 0 } else { text.find("\n<<<<<<< ")? + 1 };
    text[at..].contains("\n>>>>>>>").then_some(at)
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Node, E> {
        Number::from_f64(value)
            .map(Node::Number)
            .ok_or_else(|| E::custom("a number that is not finite; put it in double quotes"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut fields: Vec<(Spanned<String>, Spanned<Node>)> = Vec::new();
        let mut names = std::collections::HashSet::new();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            if !names.insert(key.value.clone()) {
                return Err(A::Error::custom(format!("duplicate key `{}`", key.value)));
            }
            fields.push((key, map.next_value()?));
        }
        Ok(Node::Map(fields))
    }
}

#[cfg(test)]
mod tests;

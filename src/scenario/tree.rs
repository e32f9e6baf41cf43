//! Bytes of a file as a tree of nodes with places. JSON goes the same way,
//! since YAML holds it. Bounds size, depth and what aliases may unfold to,
//! because a file may come from anywhere; knows nothing about scenarios.

use std::collections::{HashMap, HashSet};

use serde_saphyr::granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, options};

use crate::diagnostic::Diagnostic;
use crate::model::span::{Located, Span};
use crate::steps::node::{Kind, Node, shortened};

/// Larger files are refused unread.
pub const LARGEST_FILE: usize = 4 * 1024 * 1024;
const DEEPEST: usize = 64;
const MOST_NODES: usize = 200_000;
const MOST_TEXT: usize = 4 * LARGEST_FILE;
/// Nobody reads more; a hostile file could have a hundred thousand.
pub const MOST_PROBLEMS: usize = 100;

/// The text of a file, if it is text at all.
pub fn text_of(bytes: &[u8]) -> Result<&str, Diagnostic> {
    if bytes.len() > LARGEST_FILE {
        let size = bytes.len() as f64 / 1_048_576.0;
        return Err(Diagnostic::new(format!(
            "the file has {size:.1} MiB, a scenario has at most {} MiB",
            LARGEST_FILE / 1_048_576
        ))
        .help("a scenario is a short text; was another file meant?"));
    }
    let binary = |at: usize, what: &str| {
        Diagnostic::new(format!("the file is binary: {what} at byte {at}"))
            .help("a scenario is UTF-8 text, YAML or a DevTools Recorder export (JSON)")
    };
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(
            Diagnostic::new("the file is UTF-16 text, expected UTF-8").help("save it as UTF-8")
        );
    }
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(binary(at, "a NUL"));
    }
    std::str::from_utf8(bytes).map_err(|error| binary(error.valid_up_to(), "invalid UTF-8"))
}

/// The one document of a file. Problems that leave a tree (a key that stands
/// twice) come with it; without a tree there is at least one problem.
pub fn read(text: &str) -> (Option<Node>, Vec<Diagnostic>) {
    let mut builder = Builder { source: text, ..Builder::default() };
    let root = builder.build(text);
    (root, builder.problems)
}

#[derive(Default)]
struct Builder<'a> {
    source: &'a str,
    open: Vec<Open>,
    root: Option<Node>,
    /// Node, its depth, its nodes, its bytes.
    anchors: HashMap<usize, (Node, usize, usize, usize)>,
    nodes: usize,
    bytes: usize,
    problems: Vec<Diagnostic>,
}

/// A list or map whose end has not been seen.
struct Open {
    start: usize,
    anchor: usize,
    contents: Contents,
}

enum Contents {
    List(Vec<Node>),
    Map { entries: Vec<(Located<String>, Node)>, seen: HashSet<String>, key: Option<Key> },
}

/// A key that waits for its value.
enum Key {
    Good(Located<String>),
    /// Told already; its value is dropped.
    Bad,
}

impl Builder<'_> {
    fn build(&mut self, text: &str) -> Option<Node> {
        let limits = options! {
            emit_comments: false,
            flow_nesting_limit: DEEPEST,
            block_nesting_limit: DEEPEST,
        };
        for event in Parser::new_from_str_with_options(text, limits) {
            let (event, span) = match event {
                Ok((event, span)) => (
                    event,
                    span.byte_range().map_or(Span::default(), |r| Span::new(r.start, r.end)),
                ),
                Err(error) => {
                    self.problems.push(syntax_error(&error, text));
                    return None;
                }
            };
            match self.take(event, span) {
                Ok(true) => {}
                Ok(false) => break,
                Err(problem) => {
                    self.problems.push(*problem);
                    return None;
                }
            }
        }
        self.root.take()
    }

    /// `false` when nothing further is of interest.
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<bool, Box<Diagnostic>> {
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                self.problems.push(
                    Diagnostic::new("the file holds more than one document")
                        .at(span, "a second one starts here")
                        .help("put every scenario into a file of its own"),
                );
                return Ok(false);
            }
            Event::Scalar(value, style, anchor, tag) => {
                self.count(1, value.len(), 0, span)?;
                let mut plain = style == ScalarStyle::Plain;
                if let Some(tag) = tag {
                    if tag.is_yaml_core_schema() {
                        plain &= tag.suffix() != "str";
                    } else {
                        self.refuse_tag(&tag.original(), span);
                    }
                }
                let mut node = Node::scalar(value.into_owned(), plain, span);
                node.verbatim = self.verbatim(node.as_text().unwrap_or_default(), span);
                if anchor != 0 {
                    let bytes = node.as_text().map_or(0, str::len);
                    self.anchors.insert(anchor, (node.clone(), 0, 1, bytes));
                }
                self.add(node);
            }
            Event::SequenceStart(_, anchor, tag) => {
                if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) {
                    self.refuse_tag(&tag.original(), span);
                }
                self.count(1, 0, 0, span)?;
                let contents = Contents::List(Vec::new());
                self.open.push(Open { start: span.start, anchor, contents });
            }
            Event::MappingStart(_, anchor, tag) => {
                if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) {
                    self.refuse_tag(&tag.original(), span);
                }
                self.count(1, 0, 0, span)?;
                let contents =
                    Contents::Map { entries: Vec::new(), seen: HashSet::new(), key: None };
                self.open.push(Open { start: span.start, anchor, contents });
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(id) => {
                let Some((node, depth, nodes, bytes)) = self.anchors.get(&id).cloned() else {
                    return Err(Box::new(
                        Diagnostic::new("an alias stands inside the value that it names")
                            .at(span, "this would never end"),
                    ));
                };
                self.count(nodes, bytes, depth, span)?;
                self.add(node);
            }
            _ => {}
        }
        Ok(true)
    }

    /// Where the text stands as it is, perhaps between quotes.
    fn verbatim(&self, text: &str, span: Span) -> Option<usize> {
        [0, 1].into_iter().map(|quote| span.start + quote).find(|start| {
            let end = span.end.saturating_sub(start - span.start);
            self.source.get(*start..end) == Some(text)
        })
    }

    fn refuse_tag(&mut self, tag: &str, span: Span) {
        self.problems.push(
            Diagnostic::new(format!("YAML tags mean nothing here: `{tag}`"))
                .at(span, "has a tag")
                .help(
                    "write steps as `- click: …`, without `!`; quote a text that starts with `!`",
                ),
        );
    }

    fn count(
        &mut self,
        nodes: usize,
        bytes: usize,
        depth: usize,
        span: Span,
    ) -> Result<(), Box<Diagnostic>> {
        self.nodes += nodes;
        self.bytes += bytes;
        let told = |message: String| Err(Box::new(Diagnostic::new(message).at(span, "here")));
        if self.open.len() + depth > DEEPEST {
            return told(format!("the file is nested deeper than {DEEPEST} levels"));
        }
        if self.nodes > MOST_NODES || self.bytes > MOST_TEXT {
            return told(format!("the file unfolds to more than {MOST_NODES} values"));
        }
        Ok(())
    }

    fn close(&mut self, span: Span) {
        let Some(Open { start, anchor, contents }) = self.open.pop() else { return };
        let kind = match contents {
            Contents::List(items) => Kind::List(items),
            Contents::Map { entries, .. } => Kind::Map(entries),
        };
        // A block ends at the next token; its own text ends with its last child.
        let end = match &kind {
            _ if span.end > span.start => span.end,
            Kind::List(items) => items.last().map_or(span.end, |item| item.span.end),
            Kind::Map(entries) => entries.last().map_or(span.end, |(_, value)| value.span.end),
            Kind::Scalar { .. } => span.end,
        };
        let node = Node::new(kind, Span::new(start, end));
        if anchor != 0 {
            let (depth, nodes, bytes) = measure(&node);
            self.anchors.insert(anchor, (node.clone(), depth, nodes, bytes));
            // The copy that is kept counts like one that an alias makes.
            self.nodes += nodes;
            self.bytes += bytes;
        }
        self.add(node);
    }

    fn add(&mut self, node: Node) {
        let problems = &mut self.problems;
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        match &mut open.contents {
            Contents::List(items) => items.push(node),
            Contents::Map { entries, seen, key } => match key.take() {
                Some(Key::Good(name)) => entries.push((name, node)),
                Some(Key::Bad) => {}
                None => *key = Some(read_key(node, seen, problems)),
            },
        }
    }
}

fn read_key(node: Node, seen: &mut HashSet<String>, problems: &mut Vec<Diagnostic>) -> Key {
    let span = node.span;
    let Kind::Scalar { text, plain } = node.kind else {
        problems.push(
            Diagnostic::new("a key is a list or a map, expected text").at(span, "this key").help(
                "quote a text that starts with `[` or `{`, or that holds `${…}` inside brackets",
            ),
        );
        return Key::Bad;
    };
    if plain && text == "<<" {
        problems
            .push(Diagnostic::new("merge keys (`<<`) are not read").at(span, "write the keys out"));
        return Key::Bad;
    }
    if seen.insert(text.clone()) {
        return Key::Good(Located::new(text, span));
    }
    if problems.len() < MOST_PROBLEMS {
        let shown = shortened(&text, 60);
        problems.push(
            Diagnostic::new(format!("the key `{shown}` stands twice"))
                .at(span, "again here")
                .help("keep one of them; what is done twice stands twice in the list"),
        );
    }
    Key::Bad
}

/// Depth, nodes and bytes of a subtree. Depth is bounded by `DEEPEST`.
fn measure(node: &Node) -> (usize, usize, usize) {
    let children: Box<dyn Iterator<Item = &Node>> = match &node.kind {
        Kind::Scalar { text, .. } => return (0, 1, text.len()),
        Kind::List(items) => Box::new(items.iter()),
        Kind::Map(entries) => Box::new(entries.iter().map(|(_, value)| value)),
    };
    children.map(measure).fold((1, 1, 0), |(depth, nodes, bytes), (d, n, b)| {
        (depth.max(d + 1), nodes + n, bytes + b)
    })
}

fn syntax_error(error: &ScanError, text: &str) -> Diagnostic {
    let at = error.marker().byte_offset().unwrap_or(0).min(text.len());
    let next = text.get(at..).and_then(|rest| rest.chars().next());
    let span = Span::new(at, at + next.filter(|c| *c != '\n').map_or(0, char::len_utf8));
    let after_dollar = text.get(..at).is_some_and(|before| before.ends_with('$'));
    let (message, help) = match error.kind() {
        ErrorKind::TabInBlockIndentation => {
            ("a tab indents this line".to_owned(), Some("indent with spaces"))
        }
        _ if after_dollar && next == Some('{') => (
            "a variable stands unquoted inside `{ }` or `[ ]`".to_owned(),
            Some("quote the text: \"${…}\""),
        ),
        ErrorKind::MappingValueNotAllowed => (
            "a `:` stands where no key can end".to_owned(),
            Some("quote a text that holds `: `; indent the keys of one map alike"),
        ),
        ErrorKind::UnexpectedCharacter { character } => (
            format!("a text cannot start with `{}`", character.escape_debug()),
            Some("quote the text"),
        ),
        _ => {
            let info = error.info();
            let mut info: String = info.chars().filter(|c| !c.is_control()).take(200).collect();
            if info.contains("nesting") || info.contains("recursion") {
                info = format!("the file is nested deeper than {DEEPEST} levels");
            }
            (info, None)
        }
    };
    let problem = Diagnostic::new(message).at(span, "here");
    match help {
        Some(help) => problem.help(help),
        None => problem,
    }
}

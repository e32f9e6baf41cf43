//! What a snapshot expects of one value: the value itself, or a matcher of
//! the shape that it varies in.
//!
//! A text may hold matchers among plain characters: `purchase-[digits]`. A
//! plain `[word]` that only looks like a matcher is written `\[word]`, so the
//! two cannot be taken for each other. This file knows nothing of files,
//! hits or vendors.

use serde_json::{Map, Number, Value};

use crate::model::finding::ParamDifference;

/// An expected value. Found values take the same form, without shapes.
#[derive(Debug, Clone, PartialEq)]
pub enum Pattern {
    Null,
    Bool(bool),
    Number(Number),
    /// Plain characters and shapes, never two plain pieces in a row and never
    /// an empty one; no piece is the empty text.
    Text(Vec<Piece>),
    List(Vec<Pattern>),
    /// Sorted by key.
    Map(Vec<(String, Pattern)>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Plain(String),
    Shape(Shape),
}

/// What a part of a text may look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Any value of any type, the empty text included.
    Any,
    /// Any text but the empty one.
    Text,
    /// 8-4-4-4-12 hexadecimal digits.
    Uuid,
    Digits(Option<usize>),
    /// Hexadecimal digits of either case.
    Hex(Option<usize>),
    /// Letters, digits, `_` and `-`.
    Id(Option<usize>),
    /// 64 hexadecimal digits.
    Sha256,
    /// A plain decimal number in a text: `-12`, `49.90`.
    Number,
    /// A number that is no text, in JSON.
    JsonNumber,
    /// `true` or `false` that is no text, in JSON.
    JsonBoolean,
}

type CharClass = fn(char) -> bool;

/// A matcher that nothing is known of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown matcher `[{name}]`")]
pub struct UnknownShape {
    pub name: String,
    /// The known matcher that is spelt most alike.
    pub nearest: Option<&'static str>,
}

/// Every matcher and what it stands for, as the manual lists them.
pub const SHAPES: &[(&str, &str)] = &[
    ("any", "any value of any type"),
    ("text", "any text but the empty one"),
    ("uuid", "8-4-4-4-12 hexadecimal digits"),
    ("digits", "digits; `[digits(13)]` is exactly 13 of them"),
    ("hex", "hexadecimal digits; `[hex(32)]` is exactly 32 of them"),
    ("id", "letters, digits, `_` and `-`; `[id(11)]` is exactly 11 of them"),
    ("sha256", "64 hexadecimal digits"),
    ("number", "a decimal number written as text"),
    ("json-number", "a number that is no text, in JSON"),
    ("json-boolean", "true or false that is no text, in JSON"),
];

impl Shape {
    /// What stands between the brackets.
    pub fn as_text(self) -> String {
        let counted = |name: &str, count: Option<usize>| match count {
            Some(count) => format!("{name}({count})"),
            None => name.to_owned(),
        };
        match self {
            Self::Any => "any".to_owned(),
            Self::Text => "text".to_owned(),
            Self::Uuid => "uuid".to_owned(),
            Self::Digits(count) => counted("digits", count),
            Self::Hex(count) => counted("hex", count),
            Self::Id(count) => counted("id", count),
            Self::Sha256 => "sha256".to_owned(),
            Self::Number => "number".to_owned(),
            Self::JsonNumber => "json-number".to_owned(),
            Self::JsonBoolean => "json-boolean".to_owned(),
        }
    }

    fn from_text(text: &str) -> Result<Self, UnknownShape> {
        let unknown = || {
            let name = text.split('(').next().unwrap_or(text);
            let nearest = SHAPES
                .iter()
                .map(|(known, _)| (strsim::damerau_levenshtein(known, name), *known))
                .min()
                .filter(|(distance, _)| *distance <= 2)
                .map(|(_, known)| known);
            UnknownShape { name: text.to_owned(), nearest }
        };
        let (name, count) = match text.split_once('(') {
            Some((name, rest)) => {
                let count = rest.strip_suffix(')').and_then(|count| count.parse().ok());
                (name, Some(count.filter(|count| *count > 0).ok_or_else(unknown)?))
            }
            None => (text, None),
        };
        match (name, count) {
            ("digits", count) => Ok(Self::Digits(count)),
            ("hex", count) => Ok(Self::Hex(count)),
            ("id", count) => Ok(Self::Id(count)),
            ("any", None) => Ok(Self::Any),
            ("text", None) => Ok(Self::Text),
            ("uuid", None) => Ok(Self::Uuid),
            ("sha256", None) => Ok(Self::Sha256),
            ("number", None) => Ok(Self::Number),
            ("json-number", None) => Ok(Self::JsonNumber),
            ("json-boolean", None) => Ok(Self::JsonBoolean),
            _ => Err(unknown()),
        }
    }

    /// The class of characters of a shape that is a run of them, and how many.
    fn run(self) -> Option<(CharClass, Option<usize>)> {
        match self {
            Self::Any | Self::Text => Some((|_| true, None)),
            Self::Digits(count) => Some((|c| c.is_ascii_digit(), count)),
            Self::Hex(count) => Some((|c| c.is_ascii_hexdigit(), count)),
            Self::Sha256 => Some((|c| c.is_ascii_hexdigit(), Some(64))),
            Self::Id(count) => Some((|c| c.is_ascii_alphanumeric() || c == '_' || c == '-', count)),
            Self::Uuid | Self::Number | Self::JsonNumber | Self::JsonBoolean => None,
        }
    }
}

impl Pattern {
    /// The value as it is: nothing in it is a matcher.
    pub fn literal(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::text(text),
            Value::Array(values) => Self::List(values.iter().map(Self::literal).collect()),
            Value::Object(fields) => {
                let mut fields: Vec<_> =
                    fields.iter().map(|(key, value)| (key.clone(), Self::literal(value))).collect();
                fields.sort_by(|a, b| a.0.cmp(&b.0));
                Self::Map(fields)
            }
        }
    }

    /// Plain text.
    pub fn text(text: &str) -> Self {
        if text.is_empty() {
            Self::Text(Vec::new())
        } else {
            Self::Text(vec![Piece::Plain(text.to_owned())])
        }
    }

    pub fn shape(shape: Shape) -> Self {
        Self::Text(vec![Piece::Shape(shape)])
    }

    /// A text of pieces, brought to the form that [`Pattern::Text`] promises.
    pub fn pieces(pieces: impl IntoIterator<Item = Piece>) -> Self {
        let mut joined: Vec<Piece> = Vec::new();
        for piece in pieces {
            match (joined.last_mut(), piece) {
                (_, Piece::Plain(text)) if text.is_empty() => {}
                (Some(Piece::Plain(last)), Piece::Plain(text)) => last.push_str(&text),
                (_, piece) => joined.push(piece),
            }
        }
        Self::Text(joined)
    }

    /// Reads the written form of a text: `purchase-[digits]`, `\[plain]`.
    pub fn parse_text(written: &str) -> Result<Self, UnknownShape> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = written;
        while let Some(first) = rest.chars().next() {
            let mut taken = first.len_utf8();
            if first == '\\' && rest[1..].starts_with(['\\', '[']) {
                plain.push_str(&rest[1..2]);
                taken = 2;
            } else if let Some(inner) = matcher_at(rest) {
                pieces.push(Piece::Plain(std::mem::take(&mut plain)));
                pieces.push(Piece::Shape(Shape::from_text(inner)?));
                taken = inner.len() + 2;
            } else {
                plain.push(first);
            }
            rest = &rest[taken..];
        }
        pieces.push(Piece::Plain(plain));
        Ok(Self::pieces(pieces))
    }

    /// The written form of a text; `None` for what is no text.
    pub fn written_text(&self) -> Option<String> {
        let Self::Text(pieces) = self else { return None };
        let mut written = String::new();
        for (index, piece) in pieces.iter().enumerate() {
            match piece {
                Piece::Shape(shape) => {
                    written.push('[');
                    written.push_str(&shape.as_text());
                    written.push(']');
                }
                Piece::Plain(text) => {
                    for (at, c) in text.char_indices() {
                        let after = &text[at + c.len_utf8()..];
                        let escaped = match c {
                            '\\' if after.is_empty() => index + 1 < pieces.len(),
                            '\\' => after.starts_with(['\\', '[']),
                            '[' => matcher_at(&text[at..]).is_some(),
                            _ => false,
                        };
                        if escaped {
                            written.push('\\');
                        }
                        written.push(c);
                    }
                }
            }
        }
        Some(written)
    }

    /// For people and reports: matchers as `[uuid]`, plain text as it is.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(pieces) => Value::String(
                pieces
                    .iter()
                    .map(|piece| match piece {
                        Piece::Plain(text) => text.clone(),
                        Piece::Shape(shape) => format!("[{}]", shape.as_text()),
                    })
                    .collect(),
            ),
            Self::List(items) => Value::Array(items.iter().map(Self::to_value).collect()),
            Self::Map(fields) => Value::Object(
                fields
                    .iter()
                    .map(|(key, value)| (key.clone(), value.to_value()))
                    .collect::<Map<_, _>>(),
            ),
        }
    }

    /// Whether nothing in it is a matcher.
    pub fn is_literal(&self) -> bool {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) => true,
            Self::Text(pieces) => pieces.iter().all(|piece| matches!(piece, Piece::Plain(_))),
            Self::List(items) => items.iter().all(Self::is_literal),
            Self::Map(fields) => fields.iter().all(|(_, value)| value.is_literal()),
        }
    }

    /// The plain text, when it is one.
    pub fn as_plain(&self) -> Option<&str> {
        match self {
            Self::Text(pieces) => match pieces.as_slice() {
                [] => Some(""),
                [Piece::Plain(text)] => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a found value is as expected. Two patterns that are alike
    /// accept each other, so that snapshots can be compared as well.
    ///
    /// Numbers are equal as numbers, in JSON and as text (`49.9`, `49.90`); a
    /// number and a text are not equal, nor is `49,99` a number.
    pub fn accepts(&self, found: &Self) -> bool {
        match (self, found) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => same_number(a, b),
            (Self::List(a), Self::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.accepts(b))
            }
            (Self::Map(a), Self::Map(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && a.1.accepts(&b.1))
            }
            (Self::Text(pieces), found) => {
                if let [Piece::Shape(shape)] = pieces.as_slice() {
                    match (shape, found) {
                        (Shape::Any, _)
                        | (Shape::JsonNumber, Self::Number(_))
                        | (Shape::JsonBoolean, Self::Bool(_)) => return true,
                        _ => {}
                    }
                }
                let Self::Text(found_pieces) = found else { return false };
                if pieces == found_pieces {
                    return true;
                }
                match (self.as_plain(), found.as_plain()) {
                    (Some(a), Some(b)) => a == b || same_decimal(a, b),
                    (None, Some(text)) => pieces_match(pieces, text),
                    (_, None) => false,
                }
            }
            _ => false,
        }
    }

    /// Adds one difference a leaf: `contents[0].id`, not all of `contents`.
    pub fn differences(&self, found: &Self, path: &str, out: &mut Vec<ParamDifference>) {
        if self.accepts(found) {
            return;
        }
        match (self, found) {
            (Self::Map(expected), Self::Map(found)) => {
                for (key, value) in expected {
                    let path = field_path(path, key);
                    match found.iter().find(|(name, _)| name == key) {
                        Some((_, found)) => value.differences(found, &path, out),
                        None => out.push(gone(path, value)),
                    }
                }
                for (key, value) in found {
                    if !expected.iter().any(|(name, _)| name == key) {
                        out.push(added(field_path(path, key), value));
                    }
                }
            }
            (Self::List(expected), Self::List(found)) => {
                for index in 0..expected.len().max(found.len()) {
                    let path = format!("{path}[{index}]");
                    match (expected.get(index), found.get(index)) {
                        (Some(expected), Some(found)) => expected.differences(found, &path, out),
                        (Some(expected), None) => out.push(gone(path, expected)),
                        (None, Some(found)) => out.push(added(path, found)),
                        (None, None) => {}
                    }
                }
            }
            _ => out.push(ParamDifference {
                name: path.to_owned(),
                expected: Some(self.to_value()),
                found: Some(found.to_value()),
            }),
        }
    }

    /// A text that is the same for any two literals that accept each other.
    pub fn canonical(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Number(number) => number.as_f64().map_or_else(
                || number.to_string(),
                // Whole numbers beyond 2^53 are told apart by their digits.
                |float| if number.is_f64() { format!("n{float}") } else { format!("n{number}") },
            ),
            Self::Text(_) => {
                let text = self.written_text().unwrap_or_default();
                let text = trimmed_decimal(&text).unwrap_or(&text);
                format!("{text:?}")
            }
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(Self::canonical).collect();
                format!("[{}]", items.join(","))
            }
            Self::Map(fields) => {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|(key, value)| format!("{key:?}:{}", value.canonical()))
                    .collect();
                format!("{{{}}}", fields.join(","))
            }
        }
    }
}

fn gone(name: String, expected: &Pattern) -> ParamDifference {
    ParamDifference { name, expected: Some(expected.to_value()), found: None }
}

fn added(name: String, found: &Pattern) -> ParamDifference {
    ParamDifference { name, expected: None, found: Some(found.to_value()) }
}

fn field_path(path: &str, key: &str) -> String {
    format!("{path}.{key}")
}

/// What stands between the brackets when the text starts with a matcher, or
/// with what would be read as one.
fn matcher_at(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?;
    let inner = &inner[..inner.find(']')?];
    let (name, count) = inner.split_once('(').map_or((inner, None), |(a, b)| (a, Some(b)));
    let named = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    let counted = count.is_none_or(|count| {
        count.strip_suffix(')').is_some_and(|count| count.chars().all(|c| c.is_ascii_digit()))
    });
    (named && counted).then_some(inner)
}

fn same_number(a: &Number, b: &Number) -> bool {
    if a == b {
        return true;
    }
    // Whole numbers are exact; only a fraction makes the detour over floats.
    (a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64()
}

/// `49.9` and `49.90`, `5` and `5.0`; not `007` and `7`, not `49,90`.
fn same_decimal(a: &str, b: &str) -> bool {
    match (trimmed_decimal(a), trimmed_decimal(b)) {
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}

/// A plain decimal number without the zeros that end its fraction.
fn trimmed_decimal(text: &str) -> Option<&str> {
    if !is_decimal(text) {
        return None;
    }
    let fraction = text.contains('.');
    Some(if fraction { text.trim_end_matches('0').trim_end_matches('.') } else { text })
}

/// Digits without a leading zero, maybe a sign, maybe a fraction.
pub fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    all_digits(whole) && all_digits(fraction) && (whole == "0" || !whole.starts_with('0'))
}

pub fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Whether the whole text is made of the pieces, in order.
///
/// It keeps the set of places that the pieces so far may end at, so its time
/// grows with pieces times length however the shapes overlap.
fn pieces_match(pieces: &[Piece], text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let mut ends = vec![false; chars.len() + 1];
    ends[0] = true;
    for piece in pieces {
        let mut next = vec![false; chars.len() + 1];
        match piece {
            Piece::Plain(plain) => {
                let plain: Vec<char> = plain.chars().collect();
                for (start, _) in ends.iter().enumerate().filter(|(_, reached)| **reached) {
                    if chars.get(start..).is_some_and(|rest| rest.starts_with(&plain)) {
                        next[start + plain.len()] = true;
                    }
                }
            }
            Piece::Shape(shape) => match shape.run() {
                Some((class, None)) => {
                    let mut running = false;
                    for (at, c) in chars.iter().enumerate() {
                        running = (running || ends[at]) && class(*c);
                        next[at + 1] = running;
                    }
                    if *shape == Shape::Any {
                        for (end, reached) in ends.iter().enumerate() {
                            next[end] |= *reached;
                        }
                    }
                }
                Some((class, Some(count))) => {
                    let mut run = 0;
                    for (at, c) in chars.iter().enumerate() {
                        run = if class(*c) { run + 1 } else { 0 };
                        if run >= count && ends[at + 1 - count] {
                            next[at + 1] = true;
                        }
                    }
                }
                None => {
                    for (start, _) in ends.iter().enumerate().filter(|(_, reached)| **reached) {
                        // A number has at most forty characters here, which
                        // bounds the work; longer ones are no numbers.
                        let longest = chars.len().min(start + 40);
                        for end in start + 1..=longest {
                            let part: String = chars[start..end].iter().collect();
                            let fits = match shape {
                                Shape::Uuid => is_uuid(&part),
                                Shape::Number => is_decimal(&part),
                                _ => false,
                            };
                            next[end] |= fits;
                        }
                    }
                }
            },
        }
        ends = next;
    }
    ends.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests;

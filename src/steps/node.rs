//! A file's values before anybody knows what they mean: a tree in which every
//! value remembers its place. Scalars keep their text as it was written, so
//! that `value: 49.90` types `49.90` and not `49.9`; what a scalar is, its
//! reader decides. Parsing a file into this tree is `scenario`'s part.

use serde_json::{Map, Number, Value};

use crate::model::span::{Located, Span};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    pub kind: Kind,
    pub span: Span,
    /// Where a scalar's text starts, if it stands in the file byte for byte:
    /// without escapes, folded lines and replaced variables.
    pub verbatim: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Scalar {
        text: String,
        /// Written without quotes: may be a number, a boolean or null.
        plain: bool,
    },
    List(Vec<Node>),
    /// In the order of the file; keys are unique.
    Map(Vec<(Located<String>, Node)>),
}

impl Node {
    pub fn scalar(text: impl Into<String>, plain: bool, span: Span) -> Self {
        Self::new(Kind::Scalar { text: text.into(), plain }, span)
    }

    pub fn new(kind: Kind, span: Span) -> Self {
        Self { kind, span, verbatim: None }
    }

    /// The place of some bytes of a scalar's text: exact where the text is
    /// verbatim, else the whole scalar.
    pub fn part(&self, offset: usize, length: usize) -> Span {
        self.verbatim.map_or(self.span, |start| Span::new(start + offset, start + offset + length))
    }

    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar { text, plain: true }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// The text of a scalar that is not null, as it was written.
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } if !self.is_null() => Some(text),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match &self.kind {
            Kind::Scalar { text, plain: true } => match text.as_str() {
                "true" | "True" | "TRUE" => Some(true),
                "false" | "False" | "FALSE" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// A finite decimal number written without quotes.
    pub fn as_number(&self) -> Option<f64> {
        match &self.kind {
            Kind::Scalar { text, plain: true } if looks_numeric(text) => {
                text.parse().ok().filter(|number: &f64| number.is_finite())
            }
            _ => None,
        }
    }

    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    pub fn as_map(&self) -> Option<&[(Located<String>, Node)]> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value under a key of a map.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?.iter().find(|(name, _)| name.value == key).map(|(_, node)| node)
    }

    /// What was found, for a message: `a list`, `the number 3`, `nothing`.
    pub fn describe(&self) -> String {
        match &self.kind {
            Kind::List(items) if items.is_empty() => "an empty list".to_owned(),
            Kind::List(_) => "a list".to_owned(),
            Kind::Map(_) => "a map".to_owned(),
            Kind::Scalar { .. } if self.is_null() => "nothing".to_owned(),
            Kind::Scalar { text, .. } => {
                let kind = if self.as_bool().is_some() {
                    "the boolean"
                } else if self.as_number().is_some() {
                    "the number"
                } else {
                    "the text"
                };
                format!("{kind} `{}`", shortened(text, 40))
            }
        }
    }

    /// As JSON: plain scalars become numbers, booleans and null.
    pub fn to_json(&self) -> Value {
        match &self.kind {
            Kind::List(items) => Value::Array(items.iter().map(Node::to_json).collect()),
            Kind::Map(entries) => Value::Object(
                entries
                    .iter()
                    .map(|(key, node)| (key.value.clone(), node.to_json()))
                    .collect::<Map<_, _>>(),
            ),
            Kind::Scalar { .. } if self.is_null() => Value::Null,
            Kind::Scalar { text, .. } => {
                if let Some(boolean) = self.as_bool() {
                    return Value::Bool(boolean);
                }
                if self.as_number().is_none() {
                    return Value::String(text.clone());
                }
                json_number(text).map_or_else(|| Value::String(text.clone()), Value::Number)
            }
        }
    }
}

/// At most so many characters, then an ellipsis: whoever hides secrets knows
/// a cut text by it.
pub fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

fn json_number(text: &str) -> Option<Number> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.into());
    }
    if let Ok(whole) = text.parse::<u64>() {
        return Some(whole.into());
    }
    text.parse().ok().and_then(Number::from_f64)
}

/// `parse::<f64>` also takes `inf`, `nan` and `+.5`; YAML writers mean text
/// by these, and `1_000` or `0x1F` are texts for everybody's sake.
fn looks_numeric(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Node {
        Node::scalar(text, true, Span::default())
    }

    #[test]
    fn scalars_are_resolved_when_read() {
        assert_eq!(plain("49.90").as_text(), Some("49.90"));
        assert_eq!(plain("49.90").as_number(), Some(49.9));
        assert_eq!(plain("12").to_json(), serde_json::json!(12));
        assert_eq!(plain("inf").to_json(), serde_json::json!("inf"));
        assert_eq!(plain("1e999").to_json(), serde_json::json!("1e999"));
        assert_eq!(plain("yes").as_bool(), None);
        assert!(plain("~").is_null());
        assert_eq!(Node::scalar("true", false, Span::default()).as_bool(), None);
    }
}

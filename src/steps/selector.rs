//! The Recorder's selector syntax: `aria/…`, `text/…`, `xpath/…`, `pierce/…`,
//! CSS otherwise, and lists of alternatives and chains. What is certainly
//! malformed is told before a browser is started; whether CSS or XPath is
//! valid beyond that, the browser decides.

use std::fmt::{Display, Formatter};

use serde_json::{Value, json};

use crate::diagnostic::Diagnostic;
use crate::steps::node::{Kind, Node};
use crate::steps::tab::{ElementQuery, Selector};

/// Why a text is no selector. The offset counts bytes in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    pub message: String,
    pub offset: usize,
}

/// One selector.
pub fn parse(text: &str) -> Result<Selector, Malformed> {
    let empty = |offset| Err(Malformed { message: "the selector is empty".to_owned(), offset });
    if text.trim().is_empty() {
        return empty(0);
    }
    if let Some(rest) = text.strip_prefix("aria/") {
        return parse_aria(rest, text.len() - rest.len());
    }
    if let Some(rest) = text.strip_prefix("text/") {
        return if rest.trim().is_empty() { empty(5) } else { Ok(Selector::Text(rest.to_owned())) };
    }
    if let Some(rest) = text.strip_prefix("xpath/") {
        if rest.trim().is_empty() {
            return empty(6);
        }
        balanced(rest, 6, false)?;
        return Ok(Selector::XPath(rest.to_owned()));
    }
    if let Some(rest) = text.strip_prefix("pierce/") {
        if rest.trim().is_empty() {
            return empty(7);
        }
        balanced(rest, 7, true)?;
        return Ok(Selector::Pierce(rest.to_owned()));
    }
    balanced(text, 0, true)?;
    Ok(Selector::Css(text.to_owned()))
}

/// `Name`, `Name[role="button"]` or `[role="button"]`. Other brackets belong
/// to the name, as the Recorder writes names as they are.
fn parse_aria(rest: &str, offset: usize) -> Result<Selector, Malformed> {
    let mut name = rest;
    let mut role = None;
    if let Some(open) = rest.rfind("[role=")
        && let Some(inner) = rest.get(open + 6..).and_then(|tail| tail.strip_suffix(']'))
    {
        let word = inner.trim().trim_matches(['"', '\'']);
        if word.is_empty() {
            return Err(Malformed {
                message: "the role is empty".to_owned(),
                offset: offset + open,
            });
        }
        role = Some(word.to_owned());
        name = rest.get(..open).unwrap_or_default();
    }
    let name = (!name.trim().is_empty()).then(|| name.to_owned());
    if name.is_none() && role.is_none() {
        return Err(Malformed {
            message: "the selector has neither name nor role".to_owned(),
            offset,
        });
    }
    Ok(Selector::Aria { name, role })
}

/// Brackets and quotes close; `escapes`: a backslash hides the next character
/// (CSS has them, XPath has not).
fn balanced(text: &str, offset: usize, escapes: bool) -> Result<(), Malformed> {
    let mut open: Vec<(char, usize)> = Vec::new();
    let mut quote: Option<(char, usize)> = None;
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        if escapes && character == '\\' {
            characters.next();
            continue;
        }
        if let Some((mark, _)) = quote {
            if mark == character {
                quote = None;
            }
            continue;
        }
        match character {
            '"' | '\'' => quote = Some((character, at)),
            '=' if escapes && open.is_empty() => {
                return Err(Malformed {
                    message: "`=` outside of brackets; quote a selector that starts with `[`"
                        .to_owned(),
                    offset: offset + at,
                });
            }
            '(' | '[' => open.push((character, at)),
            ')' | ']' => {
                let wanted = if character == ')' { '(' } else { '[' };
                match open.pop() {
                    Some((opened, _)) if opened == wanted => {}
                    _ => {
                        return Err(Malformed {
                            message: format!("`{character}` closes nothing"),
                            offset: offset + at,
                        });
                    }
                }
            }
            _ => {}
        }
    }
    match quote.or_else(|| open.pop()) {
        None => Ok(()),
        Some((mark, at)) => {
            Err(Malformed { message: format!("`{mark}` is never closed"), offset: offset + at })
        }
    }
}

/// `"#buy"`, `["#buy", "text/Buy"]` or `[["my-shop", "#buy"], "text/Buy"]`.
/// `None` when no alternative is left; every problem is told.
pub fn read(node: &Node, what: &str, problems: &mut Vec<Diagnostic>) -> Option<Vec<Vec<Selector>>> {
    let before = problems.len();
    let alternatives: Vec<Vec<Selector>> = match &node.kind {
        Kind::List(items) => items
            .iter()
            .filter_map(|item| match &item.kind {
                Kind::List(links) => {
                    if links.is_empty() {
                        problems.push(
                            Diagnostic::new(format!("a selector of `{what}` is an empty list"))
                                .at(item.span, "expected at least one selector"),
                        );
                    }
                    links.iter().map(|link| read_one(link, what, problems)).collect()
                }
                _ => read_one(item, what, problems).map(|selector| vec![selector]),
            })
            .collect(),
        _ => {
            read_one(node, what, problems).map(|selector| vec![vec![selector]]).unwrap_or_default()
        }
    };
    if alternatives.is_empty() && problems.len() == before {
        problems.push(
            Diagnostic::new(format!("`{what}` needs at least one selector"))
                .at(node.span, "this list is empty"),
        );
    }
    (problems.len() == before).then_some(alternatives)
}

fn read_one(node: &Node, what: &str, problems: &mut Vec<Diagnostic>) -> Option<Selector> {
    let Some(text) = node.as_text() else {
        problems.push(
            Diagnostic::new(format!(
                "a selector of `{what}` is {}, expected text such as `#buy` or `aria/Buy`",
                node.describe()
            ))
            .at(node.span, "expected a selector"),
        );
        return None;
    };
    match parse(text) {
        Ok(selector) => Some(selector),
        Err(Malformed { message, offset }) => {
            let length = text.get(offset..).and_then(|rest| rest.chars().next());
            let span = node.part(offset, length.map_or(0, char::len_utf8));
            problems.push(
                Diagnostic::new(format!("malformed selector of `{what}`: {message}"))
                    .at(span, message),
            );
            None
        }
    }
}

impl Display for Selector {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Css(css) => f.write_str(css),
            Self::Text(text) => write!(f, "text/{text}"),
            Self::XPath(path) => write!(f, "xpath/{path}"),
            Self::Pierce(css) => write!(f, "pierce/{css}"),
            Self::Aria { name, role } => {
                write!(f, "aria/{}", name.as_deref().unwrap_or_default())?;
                role.as_ref().map_or(Ok(()), |role| write!(f, "[role=\"{role}\"]"))
            }
        }
    }
}

impl Display for ElementQuery {
    /// The first alternative, for one line on a terminal: `"#buy"`.
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let first = self.selectors.first().map(Vec::as_slice).unwrap_or_default();
        let links: Vec<String> = first.iter().map(ToString::to_string).collect();
        write!(f, "\"{}\"", links.join(" >>> "))
    }
}

/// The Recorder's form: a list of chains.
pub fn to_json(query: &ElementQuery) -> Value {
    query
        .selectors
        .iter()
        .map(|chain| chain.iter().map(|selector| json!(selector.to_string())).collect::<Value>())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aria(name: Option<&str>, role: Option<&str>) -> Selector {
        Selector::Aria { name: name.map(str::to_owned), role: role.map(str::to_owned) }
    }

    #[test]
    fn prefixes_choose_the_kind_and_are_written_again() {
        let css = |text: &str| Selector::Css(text.to_owned());
        for (text, expected) in [
            ("#buy", css("#buy")),
            ("a[href=\"/x]\"] > b:not(.c)", css("a[href=\"/x]\"] > b:not(.c)")),
            ("#\\31 0", css("#\\31 0")),
            ("aria/Buy now", aria(Some("Buy now"), None)),
            ("aria/Buy [2]", aria(Some("Buy [2]"), None)),
            ("aria/Buy[role=\"button\"]", aria(Some("Buy"), Some("button"))),
            ("aria/[role=\"button\"]", aria(None, Some("button"))),
            ("text/it's", Selector::Text("it's".to_owned())),
            ("xpath//html/body", Selector::XPath("/html/body".to_owned())),
            ("xpath///*[@id=\"a\"]", Selector::XPath("//*[@id=\"a\"]".to_owned())),
            ("pierce/#in", Selector::Pierce("#in".to_owned())),
        ] {
            let selector = parse(text).unwrap();
            assert_eq!(selector, expected, "{text}");
            assert_eq!(selector.to_string(), text);
        }
    }

    #[test]
    fn malformed_ones_say_where() {
        for (text, message, offset) in [
            ("", "the selector is empty", 0),
            ("text/", "the selector is empty", 5),
            ("aria/", "the selector has neither name nor role", 5),
            ("aria/x[role=\"\"]", "the role is empty", 6),
            ("a[href", "`[` is never closed", 1),
            ("a)", "`)` closes nothing", 1),
            ("a[b=\"c]", "`\"` is never closed", 4),
            ("xpath///a[1", "`[` is never closed", 9),
            ("data-id=buy", "`=` outside of brackets; quote a selector that starts with `[`", 7),
        ] {
            let expected = Malformed { message: message.to_owned(), offset };
            assert_eq!(parse(text), Err(expected), "{text}");
        }
    }
}

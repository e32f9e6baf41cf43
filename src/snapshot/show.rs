//! Draws a difference for a terminal, as styled pieces of text. The report
//! and the review use it; neither the terminal nor its width is found here.
//!
//! What a page sent is made harmless first: control characters and marks that
//! reorder a line are shown as escapes, long values are cut where they agree.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde_json::Value;

use crate::model::finding::{DifferenceKind, HitDifference, ParamDifference};
use crate::snapshot::format::is_hidden;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    pub text: String,
    pub style: Style,
}

/// Parameters shown of one hit; a line tells how many more there are.
const MAX_PARAMS: usize = 40;

const PLAIN: Style = Style::new();
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default();
const GREEN: Style = AnsiColor::Green.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();

/// The lines of a difference; a line is a list of segments. `width` is the
/// number of columns, 0 for no limit.
pub fn difference_lines(difference: &HitDifference, width: usize) -> Vec<Vec<Segment>> {
    let mut lines = vec![headline(difference)];
    let (sign, style) = match &difference.kind {
        DifferenceKind::Missing | DifferenceKind::Lost { .. } => ("-", RED),
        DifferenceKind::Unexpected | DifferenceKind::Duplicated { .. } => ("+", GREEN),
        _ => (" ", PLAIN),
    };
    for param in difference.params.iter().take(MAX_PARAMS) {
        let name = harmless(&param.name);
        match (&param.expected, &param.found) {
            (Some(expected), Some(found)) => {
                let room = room(width, name.len());
                let (expected, found) = shortened(expected, found, room);
                lines.push(line("-", RED, &name, &expected));
                lines.push(line("+", GREEN, &name, &found));
            }
            (Some(value), None) => {
                lines.push(line("-", RED, &name, &cut(value_text(value), room(width, name.len()))));
            }
            (None, Some(value)) => {
                lines.push(line(
                    "+",
                    GREEN,
                    &name,
                    &cut(value_text(value), room(width, name.len())),
                ));
            }
            (None, None) => lines.push(line(sign, style, &name, "")),
        }
    }
    if difference.params.len() > MAX_PARAMS {
        let more = difference.params.len() - MAX_PARAMS;
        lines.push(vec![segment(format!("    … and {more} more parameters"), DIM)]);
    }
    lines
}

/// The same as one text, with a line end after every line.
pub fn render_difference(difference: &HitDifference, color: bool, width: usize) -> String {
    let mut out = String::new();
    for line in difference_lines(difference, width) {
        for Segment { text, style } in line {
            if color && style != PLAIN {
                let _ = write!(out, "{style}{text}{style:#}");
            } else {
                out.push_str(&text);
            }
        }
        out.push('\n');
    }
    out
}

/// One line of words: `value changed from 49.99 to "49,99"`.
pub fn param_sentence(param: &ParamDifference) -> String {
    let name = harmless(&param.name);
    match (&param.expected, &param.found) {
        (Some(expected), Some(found)) => {
            let (expected, found) = shortened(expected, found, 60);
            format!("{name} changed from {expected} to {found}")
        }
        (Some(expected), None) => format!("{name} is gone, was {}", cut(value_text(expected), 60)),
        (None, Some(found)) => format!("{name} is new: {}", cut(value_text(found), 60)),
        (None, None) => name,
    }
}

/// Text of a page without what a terminal or a reader would take wrongly.
pub fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if is_hidden(c) => out.push_str(&c.escape_unicode().to_string()),
            c => out.push(c),
        }
    }
    out
}

fn headline(difference: &HitDifference) -> Vec<Segment> {
    let event = harmless(&difference.event);
    let account = harmless(&difference.account);
    let (sign, style, note) = match &difference.kind {
        DifferenceKind::Missing => ("-", RED, "missing".to_owned()),
        DifferenceKind::Unexpected => ("+", GREEN, "unexpected".to_owned()),
        DifferenceKind::Duplicated { expected, found } => {
            ("+", YELLOW, format!("{found} times instead of {expected}"))
        }
        DifferenceKind::Changed => ("~", YELLOW, "changed".to_owned()),
        DifferenceKind::Moved { expected, found } => {
            ("~", YELLOW, format!("moved from `{}` to `{}`", harmless(expected), harmless(found)))
        }
        DifferenceKind::Renamed { expected } => {
            ("~", YELLOW, format!("renamed, was {}", harmless(expected)))
        }
        DifferenceKind::AccountChanged { expected } => {
            ("~", YELLOW, format!("account changed, was {}", harmless(expected)))
        }
        DifferenceKind::Lost { reason } => ("-", RED, harmless(reason)),
    };
    let account = if account.is_empty() { String::new() } else { format!(" ({account})") };
    vec![
        segment(format!("{sign} "), style),
        segment(format!("{} {event}", harmless(&difference.vendor)), BOLD),
        segment(account, DIM),
        segment(format!(" {note}"), style),
    ]
}

fn line(sign: &str, style: Style, name: &str, value: &str) -> Vec<Segment> {
    vec![
        segment(format!("    {sign} "), style),
        segment(format!("{name}: "), DIM),
        segment(value.to_owned(), style),
    ]
}

fn segment(text: String, style: Style) -> Segment {
    Segment { text, style }
}

fn room(width: usize, name: usize) -> usize {
    if width == 0 { usize::MAX } else { width.saturating_sub(name + 8).max(20) }
}

/// Texts in quotes, so that their type can be seen; the rest as JSON.
fn value_text(value: &Value) -> String {
    match value {
        Value::String(text) => format!("\"{}\"", harmless(text)),
        other => harmless(&other.to_string()),
    }
}

/// Both values in at most `room` characters, cut so that the place where they
/// part can be seen.
fn shortened(expected: &Value, found: &Value, room: usize) -> (String, String) {
    let (a, b) = (value_text(expected), value_text(found));
    if a.chars().count() <= room && b.chars().count() <= room {
        return (a, b);
    }
    let shared = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let skip = if shared > room / 2 { shared - room / 4 } else { 0 };
    let from = |text: &str| {
        let rest: String = text.chars().skip(skip).collect();
        cut(if skip > 0 { format!("…{rest}") } else { rest }, room)
    };
    (from(&a), from(&b))
}

fn cut(text: String, room: usize) -> String {
    if text.chars().count() <= room {
        return text;
    }
    let mut short: String = text.chars().take(room.saturating_sub(1)).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn difference(kind: DifferenceKind) -> HitDifference {
        let param = |name: &str, expected: Option<Value>, found: Option<Value>| ParamDifference {
            name: name.to_owned(),
            expected,
            found,
        };
        HitDifference {
            kind,
            vendor: "meta".to_owned(),
            account: "123".to_owned(),
            event: "Purchase\u{1b}[31m".to_owned(),
            params: vec![
                param("value", Some(json!("49.99")), Some(json!("49,99"))),
                param("currency", Some(json!("EUR")), None),
                param("evil", None, Some(json!("\u{202e}\u{1b}]0;x\u{7}\n"))),
                param("long", Some(json!("a".repeat(99))), Some(json!("a".repeat(98) + "b"))),
            ],
        }
    }

    #[test]
    fn what_cannot_be_seen_is_shown() {
        assert_eq!(harmless("49,99\u{a0}€\u{200b}\u{7f}ü 😀"), "49,99\\u{a0}€\\u{200b}\\u{7f}ü 😀");
    }

    #[test]
    fn a_difference_is_drawn() {
        let mut all = String::new();
        for kind in [
            DifferenceKind::Changed,
            DifferenceKind::Missing,
            DifferenceKind::Unexpected,
            DifferenceKind::Duplicated { expected: 1, found: 2 },
            DifferenceKind::Moved { expected: "a".to_owned(), found: "b".to_owned() },
            DifferenceKind::Renamed { expected: "Lead".to_owned() },
            DifferenceKind::AccountChanged { expected: "9".to_owned() },
            DifferenceKind::Lost { reason: "blocked by CSP".to_owned() },
        ] {
            let mut difference = difference(kind);
            if all.len() > 10 {
                difference.params.truncate(1);
            }
            all += &render_difference(&difference, false, 60);
        }
        insta::assert_snapshot!(all);
        let colored = render_difference(&difference(DifferenceKind::Changed), true, 60);
        assert!(colored.contains("\u{1b}[31m    - \u{1b}[0m"), "{colored:?}");
        assert!(!colored.contains("Purchase\u{1b}[31m"), "{colored:?}");
    }
}

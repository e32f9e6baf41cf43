//! An error that a person reads: message, source excerpt, help. Drawing
//! gives text; where it goes, and whether colours are wanted, others decide.
#![deny(clippy::disallowed_methods)]

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::fmt::Write as _;

use anstyle::Style;

use crate::model::span::Span;

/// One problem. Messages are lowercase fragments without a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub message: String,
    /// File as the user named it; `None` for arguments.
    pub file: Option<String>,
    /// Where in that file, with a word for the caret.
    pub label: Option<(Span, String)>,
    pub help: Option<String>,
}

impl Diagnostic {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), file: None, label: None, help: None }
    }

    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }

    #[must_use]
    pub fn at(mut self, span: Span, label: impl Into<String>) -> Self {
        self.label = Some((span, label.into()));
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Lines are cut to this when the terminal's width is not known.
const WIDEST: usize = 400;

impl Diagnostic {
    /// For a person: message, excerpt with a caret, help. Ends with a line
    /// break. `source` is the text of the file that the place refers to;
    /// without it, or without a place, there is no excerpt. `width` counts
    /// columns; 0: not known.
    pub fn render(&self, source: Option<&str>, color: bool, width: usize) -> String {
        self.draw(Level::ERROR, source, color, width)
    }

    /// The same for what is no mistake: `note: …`.
    pub fn render_notice(&self, source: Option<&str>, color: bool, width: usize) -> String {
        self.draw(Level::NOTE, source, color, width)
    }

    fn draw(&self, level: Level, source: Option<&str>, color: bool, width: usize) -> String {
        let width = if width == 0 { WIDEST } else { width.clamp(40, WIDEST) };
        let message = visible(&self.message);
        let file = self.file.as_deref().map(visible);
        let excerpt = match (&self.label, source) {
            (Some((span, label)), Some(source)) if !source.is_empty() => {
                Some((Excerpt::new(source, *span, width), visible(label)))
            }
            _ => None,
        };
        let help = self.help.as_deref().map(visible);
        let message = match (&excerpt, &file) {
            (None, Some(file)) => format!("{file}: {message}"),
            _ => message,
        };
        let mut group = Group::with_title(level.primary_title(message.as_str()));
        if let Some((excerpt, label)) = &excerpt {
            let mut snippet = Snippet::source(excerpt.text.as_str())
                .line_start(excerpt.first_line)
                .fold(false)
                .annotation(
                    AnnotationKind::Primary
                        .span(excerpt.start..excerpt.end)
                        .label((!label.is_empty()).then_some(label.as_str())),
                );
            if let Some(file) = &file {
                snippet = snippet.path(file.as_str());
            }
            group = group.element(snippet);
        }
        if let (Some(help), Some(_)) = (&help, &excerpt) {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let mut drawn = renderer.term_width(width).render(&[group]);
        drawn.push('\n');
        if let (Some(help), None) = (&help, &excerpt) {
            // Without an excerpt there is no margin to hang it on.
            let lead = if color { Style::new().bold() } else { Style::new() };
            // Writing to a String cannot fail.
            let _ = writeln!(drawn, "  {lead}help{lead:#}: {help}");
        }
        // The place was counted in the excerpt, whose line may have been cut.
        if let (Some(file), Some((span, _)), Some(source), Some((excerpt, _))) =
            (&file, &self.label, source, &excerpt)
        {
            let (line, shown) = Span::new(excerpt.start, excerpt.end).line_column(&excerpt.text);
            let line = line + excerpt.first_line - 1;
            let (_, column) = span.line_column(source);
            if column != shown {
                drawn = drawn.replacen(
                    &format!("{file}:{line}:{shown}"),
                    &format!("{file}:{line}:{column}"),
                    1,
                );
            }
        }
        drawn
    }
}

/// The line of a place and the one before it, cut to what can be shown.
struct Excerpt {
    text: String,
    first_line: usize,
    /// Of the place, in `text`.
    start: usize,
    end: usize,
}

impl Excerpt {
    fn new(source: &str, span: Span, width: usize) -> Self {
        let floor = |mut at: usize| {
            at = at.min(source.len());
            while !source.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let mut start = floor(span.start);
        // A place behind the last line is shown at the end of that line.
        if start == source.len() {
            start = source.trim_end_matches(['\n', '\r']).len().min(start);
        }
        let end = floor(span.end).max(start);
        let line_start = source.get(..start).and_then(|s| s.rfind('\n')).map_or(0, |at| at + 1);
        let rest = source.get(line_start..).unwrap_or_default();
        let line = rest.lines().next().unwrap_or_default();
        let (from, to) = (start - line_start, (end - line_start).min(line.len()));
        let from = from.min(line.len());

        // Gutter, caret and label want room beside the line.
        let room = width.saturating_sub(12).max(20);
        let head = line.get(..from).unwrap_or_default();
        let marked = line.get(from..to.max(from)).unwrap_or_default();
        let tail = line.get(to.max(from)..).unwrap_or_default();
        // A line may have megabytes; no more of it is looked at than is shown.
        let keep = (room / 3).max(8);
        let long = line.chars().nth(room).is_some();
        let head = match head.char_indices().rev().nth(keep) {
            Some((at, first)) if long => {
                format!("…{}", visible(head.get(at + first.len_utf8()..).unwrap_or_default()))
            }
            _ => visible(head),
        };
        let used = head.chars().count();
        let marked = cut(marked, room.saturating_sub(used));
        let tail = match room.saturating_sub(used + marked.chars().count()) {
            0 => String::new(),
            left => cut(tail, left),
        };

        let mut text = String::new();
        let mut first_line = source.get(..line_start).unwrap_or_default().matches('\n').count() + 1;
        let before = source.get(..line_start.saturating_sub(1)).unwrap_or_default();
        if first_line > 1 {
            let before = before.rsplit('\n').next().unwrap_or_default();
            text = cut(before.trim_end_matches('\r'), room);
            text.push('\n');
            first_line -= 1;
        }
        let start = text.len() + head.len();
        let end = start + marked.len();
        text.push_str(&head);
        text.push_str(&marked);
        text.push_str(&tail);
        Self { text, first_line, start, end }
    }
}

/// At most so many characters, the last an ellipsis where some are left out.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => visible(text),
        Some((end, _)) => {
            let mut kept = visible(text.get(..end).unwrap_or_default());
            kept.pop();
            kept.push('…');
            kept
        }
    }
}

/// Text that cannot steer a terminal: control characters as their pictures,
/// tabs as a space, and nothing that turns the direction of writing.
fn visible(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\t' => ' ',
            '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(character)).unwrap_or(' '),
            '\u{7f}' => '\u{2421}',
            '\u{80}'..='\u{9f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}' => '\u{fffd}',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(source: &str, word: &str) -> String {
        let start = source.find(word).unwrap();
        Diagnostic::new("it is wrong")
            .in_file("a.yaml")
            .at(Span::new(start, start + word.len()), "here")
            .help("do better")
            .render(Some(source), false, 60)
    }

    #[test]
    fn an_excerpt_shows_the_place() {
        insta::assert_snapshot!(at("one:\n  two: é three\nfour\n", "three"), @r"
        error: it is wrong
         --> a.yaml:2:10
          |
        1 | one:
        2 |   two: é three
          |          ^^^^^ here
          |
          = help: do better
        ");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let source = format!("{}wrong{}", "a".repeat(100_000), "b".repeat(100_000));
        insta::assert_snapshot!(at(&source, "wrong"), @r"
        error: it is wrong
         --> a.yaml:1:100001
          |
        1 | …aaaaaaaaaaaaaaaawrongbbbbbbbbbbbbbbbbbbbbbbbbb…
          |                  ^^^^^ here
          |
          = help: do better
        ");
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        let source = "\u{1b}[31m: \u{202e}x\u{7} wrong\u{9b}\r\n";
        let shown = at(source, "wrong");
        assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
        assert!(!shown.contains('\u{202e}'));
        insta::assert_snapshot!(shown, @r"
        error: it is wrong
         --> a.yaml:1:12
          |
        1 | ␛[31m: �x␇ wrong�
          |            ^^^^^ here
          |
          = help: do better
        ");
    }

    #[test]
    fn without_a_source_the_file_is_still_named() {
        let problem = Diagnostic::new("it is gone").in_file("b.yaml");
        assert_eq!(problem.render(None, false, 80), "error: b.yaml: it is gone\n");
        assert_eq!(problem.render_notice(Some(""), false, 80), "note: b.yaml: it is gone\n");
    }

    #[test]
    fn colours_are_asked_for() {
        let problem = Diagnostic::new("x");
        assert!(problem.render(None, true, 80).contains('\u{1b}'));
        assert!(!problem.render(None, false, 80).contains('\u{1b}'));
    }

    #[test]
    fn places_outside_of_the_text_are_shown_at_its_end() {
        let problem = Diagnostic::new("x").in_file("a").at(Span::new(900, 950), "y");
        assert!(problem.render(Some("one\ntwo\n"), false, 80).contains("2 | two"));
        assert!(problem.render(Some("\n"), false, 80).contains('x'));
    }
}

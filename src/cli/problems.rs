//! Problems in what a person wrote, drawn for the terminal: message, place,
//! excerpt with a caret, help. It finds no problems itself.

use std::fmt::Write as _;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use anstyle::{AnsiColor, Style};

use crate::diagnostic::Diagnostic;
use crate::model::span::Span;
use crate::report::clean::one_line;

/// Longest message that is shown.
const LONGEST: usize = 600;

/// Longest source line that is shown; a minified file has longer ones.
const LONGEST_LINE: usize = 400;

/// One problem, with the text of the file that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub diagnostic: Box<Diagnostic>,
    pub source: Option<Arc<str>>,
}

impl From<Diagnostic> for Problem {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { diagnostic: Box::new(diagnostic), source: None }
    }
}

impl Problem {
    pub fn new(message: impl Into<String>) -> Self {
        Diagnostic::new(message).into()
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.diagnostic.help = Some(help.into());
        self
    }
}

/// Every problem in a file, together with the file's text.
pub fn in_source(diagnostics: Vec<Diagnostic>, source: &str) -> Vec<Problem> {
    let source: Arc<str> = Arc::from(source);
    diagnostics
        .into_iter()
        .map(|diagnostic| Problem {
            diagnostic: Box::new(diagnostic),
            source: Some(Arc::clone(&source)),
        })
        .collect()
}

/// How grave it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Error,
    /// Nothing is wrong, but a person should know.
    Note,
}

/// The problem as lines that end with a line break.
pub fn draw(problem: &Problem, color: bool, columns: usize) -> String {
    draw_as(Kind::Error, problem, color, columns)
}

pub fn draw_as(kind: Kind, problem: &Problem, color: bool, columns: usize) -> String {
    let Diagnostic { message, file, label, help } = problem.diagnostic.as_ref();
    let message = one_line(message, LONGEST);
    let file = file.as_ref().map(|file| one_line(file, LONGEST));
    let help = help.as_ref().map(|help| one_line(help, LONGEST));
    let (Some(source), Some((span, word))) = (&problem.source, label) else {
        return placeless(kind, &message, file.as_deref(), help.as_deref(), color);
    };
    let level = match kind {
        Kind::Error => Level::ERROR,
        Kind::Note => Level::NOTE,
    };
    let excerpt = excerpt(source, *span);
    let word = one_line(word, LONGEST);
    let annotation = AnnotationKind::Primary.span(excerpt.start..excerpt.end);
    let annotation = if word.is_empty() { annotation } else { annotation.label(word) };
    let mut group = level.primary_title(message).element(
        Snippet::source(excerpt.text)
            .line_start(excerpt.line)
            .fold(false)
            .path(file)
            .annotation(annotation),
    );
    if let Some(help) = help {
        group = group.element(Level::HELP.message(help));
    }
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    format!("{}\n", renderer.term_width(columns).render(&[group]).trim_end())
}

/// What has no excerpt takes a line each for message, file and help.
fn placeless(
    kind: Kind,
    message: &str,
    file: Option<&str>,
    help: Option<&str>,
    color: bool,
) -> String {
    let style = |style: Style| if color { style } else { Style::new() };
    let (lead, word) = match kind {
        Kind::Error => (style(AnsiColor::BrightRed.on_default().bold()), "error"),
        Kind::Note => (style(AnsiColor::BrightCyan.on_default().bold()), "note"),
    };
    let mut text = format!("{lead}{word}{lead:#}: {message}\n");
    // Writing to a String cannot fail.
    if let Some(file) = file {
        let _ = writeln!(text, "  --> {file}");
    }
    if let Some(help) = help {
        let lead = style(Style::new().bold());
        let _ = writeln!(text, "  {lead}help{lead:#}: {help}");
    }
    text
}

/// `a`, did you mean `b`: the known name nearest to a mistyped one.
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&name, &candidate.to_lowercase()), candidate))
        .filter(|(score, _)| *score >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// Help for a mistyped name: the nearest one, or the list of them.
pub fn name_help(name: &str, known: &[&str]) -> String {
    match did_you_mean(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("expected one of {}", known.join(", ")),
    }
}

/// The lines around a span, and where it is in them.
struct Excerpt {
    text: String,
    /// One-based number of the first line.
    line: usize,
    start: usize,
    end: usize,
}

/// One line before and one after; lines are cut so that neither a minified
/// nor a hostile file floods the terminal.
fn excerpt(source: &str, span: Span) -> Excerpt {
    let floor = |mut at: usize| {
        at = at.min(source.len());
        while !source.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let (start, end) = (floor(span.start), floor(span.end).max(floor(span.start)));
    let line_start = source[..start].rfind('\n').map_or(0, |at| at + 1);
    let first = source[..line_start.saturating_sub(1)].rfind('\n').map_or(0, |at| at + 1);
    let line_end = source[start..].find('\n').map_or(source.len(), |at| start + at);
    let after = source.get(line_end + 1..).unwrap_or_default();
    let last =
        line_end + after.find('\n').map_or(after.len(), |at| at) + usize::from(!after.is_empty());
    let end = end.min(line_end);

    // A long line keeps what is around the span.
    let from = if start - line_start > LONGEST_LINE {
        floor(start - LONGEST_LINE / 2)
    } else {
        line_start
    };
    let to = if line_end - from > LONGEST_LINE {
        floor(from + LONGEST_LINE).max(start)
    } else {
        line_end
    };
    let mut text = String::new();
    let before_lines = source[first..line_start].trim_end_matches('\n');
    let line = if first < line_start && before_lines.len() <= LONGEST_LINE {
        text.push_str(before_lines);
        text.push('\n');
        source[..first].matches('\n').count() + 1
    } else {
        source[..line_start].matches('\n').count() + 1
    };
    let offset = text.len();
    text.push_str(&source[from..to]);
    let rest = source.get(line_end..last).unwrap_or_default();
    if rest.len() <= LONGEST_LINE {
        text.push_str(rest);
    }
    // The same number of bytes, so that offsets stay right.
    let text: String = text
        .chars()
        .map(
            |character| {
                if character.is_ascii_control() && character != '\n' { ' ' } else { character }
            },
        )
        .collect();
    Excerpt {
        start: offset + (start - from),
        end: offset + (end.min(to).max(start) - from),
        text,
        line,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn draws_place_excerpt_and_help() {
        let source = "[browser]\nlocal = \"de-DE\"\nargs = []\n";
        let diagnostic = Diagnostic::new("unknown key `local`")
            .in_file("pixelproof.toml")
            .at(Span::new(10, 15), "not a setting of [browser]")
            .help("did you mean `locale`?");
        let problem = Problem { diagnostic: Box::new(diagnostic), source: Some(source.into()) };
        insta::assert_snapshot!(draw(&problem, false, 100), @r#"
        error: unknown key `local`
         --> pixelproof.toml:2:1
          |
        1 | [browser]
        2 | local = "de-DE"
          | ^^^^^ not a setting of [browser]
        3 | args = []
          |
          = help: did you mean `locale`?
        "#);
    }

    #[test]
    fn draws_what_has_no_place() {
        insta::assert_snapshot!(draw(&Problem::new("no scenario found\u{1b}[2J").help("name a file"), false, 100), @r"
        error: no scenario found
          help: name a file
        ");
        insta::assert_snapshot!(draw(&Diagnostic::new("is empty").in_file("a.yaml").into(), false, 100), @r"
        error: is empty
          --> a.yaml
        ");
    }

    #[test]
    fn finds_the_nearest_name() {
        assert_eq!(did_you_mean("jsn", ["har", "json", "terminal"]), Some("json"));
        assert_eq!(did_you_mean("xml", ["har", "json"]), None);
        assert_eq!(name_help("xml", &["har", "json"]), "expected one of har, json");
    }

    proptest! {
        #[test]
        fn excerpts_never_panic(source in "(\\PC|\n|\r|\t|\u{1b}){0,60}", start in 0_usize..80, length in 0_usize..80) {
            let diagnostic = Diagnostic::new("x").in_file("f").at(Span::new(start, start + length), "y");
            let drawn = draw(&Problem { diagnostic: Box::new(diagnostic), source: Some(source.into()) }, false, 80);
            prop_assert!(!drawn.chars().any(|it| it == '\x1b'));
        }

        #[test]
        fn excerpts_are_bounded(before in 0_usize..3000, after in 0_usize..3000) {
            let source = format!("{}!{}", "a".repeat(before), "b".repeat(after));
            let excerpt = excerpt(&source, Span::new(before, before + 1));
            prop_assert_eq!(&excerpt.text[excerpt.start..excerpt.end], "!");
            prop_assert!(excerpt.text.len() <= LONGEST_LINE + 1);
        }
    }
}

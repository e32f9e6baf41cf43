//! Styled lines of bounded width. It knows colours and columns, not runs.

use anstyle::{AnsiColor, Style};

use crate::report::ReportOptions;

/// Below this nothing can be laid out.
const NARROWEST: usize = 20;

/// Lines in the making.
pub struct Painter {
    options: ReportOptions,
    out: String,
}

pub const PLAIN: Style = Style::new();
pub const BOLD: Style = Style::new().bold();
pub const DIM: Style = Style::new().dimmed();
pub const GOOD: Style = AnsiColor::Green.on_default();
pub const BAD: Style = AnsiColor::Red.on_default();
pub const WARN: Style = AnsiColor::Yellow.on_default();
pub const NOTE: Style = AnsiColor::Cyan.on_default();

impl Painter {
    pub fn new(options: ReportOptions) -> Self {
        Self { options, out: String::new() }
    }

    pub fn finish(self) -> String {
        self.out
    }

    /// Columns that a line may take.
    pub fn width(&self) -> usize {
        self.options.width.max(NARROWEST)
    }

    pub fn blank(&mut self) {
        self.out.push('\n');
    }

    /// One line of styled pieces, cut at the width. `right` is put at the
    /// right margin where it fits, and stays when the rest is cut.
    pub fn line(&mut self, pieces: &[(Style, &str)], right: &str) {
        let width = self.options.width.max(NARROWEST);
        let reserved = if right.is_empty() { 0 } else { columns(right) + 1 };
        let mut left = width.saturating_sub(reserved);
        for (style, text) in pieces {
            if left == 0 {
                break;
            }
            let cut = cut_to(text, left);
            left -= columns(&cut).min(left);
            self.push(*style, &cut);
        }
        if !right.is_empty() {
            // A short gap keeps times beside their steps on wide terminals.
            let gap = left.min(width.min(80).saturating_sub(width - left));
            self.out.extend(std::iter::repeat_n(' ', gap + 1));
            self.push(DIM, right);
        }
        self.end_line();
    }

    /// Text wrapped at spaces; every line starts with `indent` spaces, and
    /// those after the first with `hang` more.
    pub fn wrapped(
        &mut self,
        indent: usize,
        hang: usize,
        lead: (Style, &str),
        rest: (Style, &str),
    ) {
        let width = self.options.width.max(NARROWEST + indent + hang);
        let (lead_style, lead_text) = lead;
        let (style, text) = rest;
        let mut column = indent + columns(lead_text);
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.push(lead_style, lead_text);
        let mut line = String::new();
        for word in text.split(' ') {
            for (index, part) in pieces_of(word, width - indent - hang).into_iter().enumerate() {
                let gap = usize::from(!line.is_empty() && index == 0);
                if column + gap + columns(&part) > width && (!line.is_empty() || index > 0) {
                    self.push(style, &line);
                    self.end_line();
                    self.out.extend(std::iter::repeat_n(' ', indent + hang));
                    column = indent + hang;
                    line.clear();
                } else if gap == 1 {
                    line.push(' ');
                    column += 1;
                }
                column += columns(&part);
                line.push_str(&part);
            }
        }
        self.push(style, &line);
        self.end_line();
    }

    fn push(&mut self, style: Style, text: &str) {
        use std::fmt::Write as _;
        if text.is_empty() {
            return;
        }
        if self.options.color && style != PLAIN {
            // Writing to a String cannot fail.
            let _ = write!(self.out, "{style}{text}{style:#}");
        } else {
            self.out.push_str(text);
        }
    }

    fn end_line(&mut self) {
        let trimmed = self.out.trim_end_matches(' ').len();
        self.out.truncate(trimmed);
        self.out.push('\n');
    }
}

/// Columns that a text takes.
pub fn columns(text: &str) -> usize {
    console::measure_text_width(text)
}

fn cut_to(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut used = 1;
    for character in text.chars() {
        let mut buffer = [0; 4];
        used += columns(character.encode_utf8(&mut buffer));
        if used > width {
            break;
        }
        cut.push(character);
    }
    cut.push('…');
    cut
}

/// A word that is longer than a line, in parts that fit.
fn pieces_of(word: &str, width: usize) -> Vec<String> {
    if columns(word) <= width {
        return vec![word.to_owned()];
    }
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for character in word.chars() {
        piece.push(character);
        if columns(&piece) >= width {
            pieces.push(std::mem::take(&mut piece));
        }
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}

/// `340 ms`, `2.3 s`, `2 min 5 s`.
pub fn duration(ms: f64) -> String {
    if !ms.is_finite() || ms < 0.0 {
        "?".to_owned()
    } else if ms < 1000.0 {
        format!("{ms:.0} ms")
    } else if ms < 60_000.0 {
        format!("{:.1} s", ms / 1000.0)
    } else {
        let seconds = (ms / 1000.0).round() as u64;
        format!("{} min {} s", seconds / 60, seconds % 60)
    }
}

/// `1 hit`, `2 hits`.
pub fn count(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paint(width: usize, color: bool, draw: fn(&mut Painter)) -> String {
        let mut painter = Painter::new(ReportOptions { width, color, ..ReportOptions::default() });
        draw(&mut painter);
        painter.finish()
    }

    #[test]
    fn cuts_lines_and_keeps_what_stands_right() {
        let draw: fn(&mut Painter) =
            |painter| painter.line(&[(PLAIN, "  "), (BOLD, "a long label that is cut")], "12 ms");
        assert_eq!(paint(24, false, draw), "  a long label th… 12 ms\n");
        assert_eq!(
            paint(24, true, draw),
            "  \u{1b}[1ma long label th…\u{1b}[0m \u{1b}[2m12 ms\u{1b}[0m\n"
        );
    }

    #[test]
    fn wraps_words_and_breaks_what_is_too_long() {
        let draw: fn(&mut Painter) = |painter| {
            painter.wrapped(
                2,
                2,
                (BAD, "error: "),
                (PLAIN, "one two three four abcdefghijklmnopqrstuvwxyz"),
            );
        };
        let text = paint(24, false, draw);
        assert_eq!(
            text,
            "  error: one two three\n    four\n    abcdefghijklmnopqrst\n    uvwxyz\n"
        );
    }

    #[test]
    fn durations_read_well() {
        for (ms, text) in [
            (0.4, "0 ms"),
            (999.0, "999 ms"),
            (1500.0, "1.5 s"),
            (125_000.0, "2 min 5 s"),
            (f64::NAN, "?"),
        ] {
            assert_eq!(duration(ms), text);
        }
    }
}

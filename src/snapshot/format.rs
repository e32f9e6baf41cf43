//! Writes a snapshot as text: insta's header, then YAML with one parameter a
//! line, so that a pull request shows exactly what changed.
//!
//! Texts are always in double quotes and everything else never is, so a
//! value's type can be seen and survives. Characters that a reviewer could
//! not see, or that would reorder the line, are written as escapes. Reading
//! is `parse`'s part.

use std::fmt::Write as _;

use crate::snapshot::pattern::Pattern;
use crate::snapshot::{Snapshot, SnapshotHit};

impl Snapshot {
    /// The whole file. [`Snapshot::parse`] reads back an equal snapshot.
    pub fn render(&self) -> String {
        let mut out = String::from("---\n");
        let _ = writeln!(out, "source: {}", word(&self.header.source));
        if let Some(description) = &self.header.description {
            let _ = writeln!(out, "description: {}", word(description));
        }
        if let Some(expression) = &self.header.expression {
            let _ = writeln!(out, "expression: {}", word(expression));
        }
        out.push_str("---\n");
        if self.steps.is_empty() {
            out.push_str("steps: []\n");
            return out;
        }
        out.push_str("steps:\n");
        for step in &self.steps {
            let _ = writeln!(out, "  - step: {}", word(&step.label));
            if step.hits.is_empty() {
                out.push_str("    hits: []\n");
                continue;
            }
            out.push_str("    hits:\n");
            for hit in &step.hits {
                render_hit(hit, &mut out);
            }
        }
        out
    }
}

impl SnapshotHit {
    /// `meta Lead`, as it stands in the file and in messages.
    pub fn title(&self) -> String {
        format!("{} {}", self.vendor, self.event)
    }

    /// The block of this hit, for showing it and for a stable order.
    pub fn render(&self) -> String {
        let mut out = String::new();
        render_hit(self, &mut out);
        out
    }
}

fn render_hit(hit: &SnapshotHit, out: &mut String) {
    let _ = writeln!(out, "      - {}:", word(&hit.title()));
    let _ = writeln!(out, "          account: {}", quoted(&hit.account));
    if hit.optional {
        out.push_str("          optional: true\n");
    }
    if hit.anywhere {
        out.push_str("          anywhere: true\n");
    }
    for (name, params) in [("params", &hit.params), ("sometimes", &hit.sometimes)] {
        if params.is_empty() {
            continue;
        }
        let _ = writeln!(out, "          {name}:");
        for (key, value) in params {
            let _ = write!(out, "            {}:", word(key));
            render_value(value, 14, out);
        }
    }
}

/// Writes what follows a `key:` or a `-`, line end included.
fn render_value(value: &Pattern, indent: usize, out: &mut String) {
    match value {
        Pattern::List(items) if !items.is_empty() => {
            out.push('\n');
            for item in items {
                let _ = write!(out, "{:indent$}-", "");
                render_value(item, indent + 2, out);
            }
        }
        Pattern::Map(fields) if !fields.is_empty() => {
            out.push('\n');
            for (key, value) in fields {
                let _ = write!(out, "{:indent$}{}:", "", word(key));
                render_value(value, indent + 2, out);
            }
        }
        scalar => {
            let _ = writeln!(out, " {}", scalar_text(scalar));
        }
    }
}

/// One value on one line, as it stands in the file.
fn scalar_text(value: &Pattern) -> String {
    match value {
        Pattern::Null => "null".to_owned(),
        Pattern::Bool(value) => value.to_string(),
        Pattern::Number(number) => number.to_string(),
        Pattern::Text(_) => quoted(&value.written_text().unwrap_or_default()),
        Pattern::List(_) => "[]".to_owned(),
        Pattern::Map(_) => "{}".to_owned(),
    }
}

/// A key or label: plain where YAML cannot take it for anything else.
fn word(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !text.ends_with(' ')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || " _-./[]".contains(c))
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf", "infinity"]
            .contains(&text.to_ascii_lowercase().as_str());
    if plain { text.to_owned() } else { quoted(text) }
}

/// A YAML text in double quotes.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_hidden(c) => {
                let code = u32::from(c);
                let _ = if code <= 0xffff {
                    write!(out, "\\u{code:04x}")
                } else {
                    write!(out, "\\U{code:08x}")
                };
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Characters that a terminal or a reviewer does not see as themselves:
/// controls, invisible ones, spaces that are none, marks that change the
/// direction of writing.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            u32::from(c),
            0xa0 | 0xad | 0x61c | 0x180e
                | 0x200b..=0x200f
                | 0x2028..=0x202f
                | 0x205f..=0x206f
                | 0xfe00..=0xfe0f
                | 0xfeff
                | 0xfff9..=0xffff
                | 0xe0000..=0xe0fff
        )
        || u32::from(c) & 0xfffe == 0xfffe
}

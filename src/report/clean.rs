//! Text from pages made safe to show: no escape sequences, no control or
//! direction characters, bounded length. It does not mask secrets (`mask`).

/// The text on one line, at most `max` characters. Escape sequences are
/// dropped whole, line breaks and tabs become spaces, and what is cut is
/// marked with `…`.
pub fn one_line(text: &str, max: usize) -> String {
    let mut clean = String::new();
    let mut length = 0;
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        let shown = match character {
            '\u{1b}' | '\u{9b}' => {
                skip_escape(character, &mut rest);
                continue;
            }
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
            other if is_hidden(other) => continue,
            other => other,
        };
        if length == max {
            clean.pop();
            clean.push('…');
            return clean;
        }
        clean.push(shown);
        length += 1;
    }
    clean
}

/// Control characters, and those that reorder or hide text around them.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{fffe}'..='\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}

/// Passes over the rest of one escape sequence: `ESC [ … letter` (CSI),
/// `ESC ] … BEL` (OSC and the other strings), or `ESC` and one character.
fn skip_escape(first: char, rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    let kind = if first == '\u{9b}' { Some('[') } else { rest.next() };
    match kind {
        Some('[') => {
            while let Some(next) = rest.peek().copied() {
                // Parameters and intermediates; anything else ends it, and
                // only a final byte belongs to it.
                if ('\u{20}'..='\u{3f}').contains(&next) {
                    rest.next();
                } else {
                    if ('\u{40}'..='\u{7e}').contains(&next) {
                        rest.next();
                    }
                    break;
                }
            }
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            while let Some(next) = rest.next() {
                if next == '\u{7}' || next == '\u{9c}' {
                    break;
                }
                if next == '\u{1b}' {
                    if rest.peek() == Some(&'\\') {
                        rest.next();
                    }
                    break;
                }
            }
        }
        Some('(' | ')' | '*' | '+' | '#' | '%') => {
            rest.next();
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn drops_escapes_whole() {
        for (input, expected) in [
            ("plain", "plain"),
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{1b}]8;;https://evil.test\u{7}link\u{1b}]8;;\u{1b}\\", "link"),
            ("\u{1b}]0;title\u{1b}\\after", "after"),
            ("\u{9b}2Jx", "x"),
            ("a\nb\tc", "a b c"),
            ("\u{202e}gpj.exe", "gpj.exe"),
            ("\u{1b}", ""),
            ("\u{1b}(Bx", "x"),
            ("bell\u{7}", "bell"),
            ("no\u{fffe}character", "nocharacter"),
            ("größe €", "größe €"),
        ] {
            assert_eq!(one_line(input, 100), expected, "{input:?}");
        }
    }

    #[test]
    fn bounds_the_length() {
        assert_eq!(one_line("abcdef", 6), "abcdef");
        assert_eq!(one_line("abcdefg", 6), "abcde…");
        assert_eq!(one_line("anything", 0), "…");
    }

    proptest! {
        #[test]
        fn never_lets_a_control_through(text in "\\PC*|(\u{1b}|\u{9b}|[\\[\\]0-9;mA-Z]|\u{7})*") {
            let clean = one_line(&text, 40);
            prop_assert!(!clean.chars().any(char::is_control));
            prop_assert!(clean.chars().count() <= 40);
        }
    }
}

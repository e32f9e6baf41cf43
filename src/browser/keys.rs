//! Keys by their names in the DOM (`KeyboardEvent.key`), as the Recorder
//! writes them, for `Input.dispatchKeyEvent`.
//!
//! Source: UI Events KeyboardEvent key and code values, US layout.

use serde_json::{Value, json};

/// One key as the protocol wants it.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_field_names, reason = "named as the DOM names them")]
pub(crate) struct Key {
    pub(crate) key: String,
    pub(crate) code: String,
    pub(crate) key_code: u32,
    /// What the key types, if anything.
    pub(crate) text: Option<String>,
    pub(crate) location: u32,
}

pub(crate) const ALT: u8 = 1;
pub(crate) const CONTROL: u8 = 2;
pub(crate) const META: u8 = 4;
pub(crate) const SHIFT: u8 = 8;

const NAMED: &[(&str, &str, u32, Option<&str>, u32)] = &[
    ("Enter", "Enter", 13, Some("\r"), 0),
    ("Tab", "Tab", 9, None, 0),
    ("Escape", "Escape", 27, None, 0),
    ("Backspace", "Backspace", 8, None, 0),
    ("Delete", "Delete", 46, None, 0),
    ("Insert", "Insert", 45, None, 0),
    ("Home", "Home", 36, None, 0),
    ("End", "End", 35, None, 0),
    ("PageUp", "PageUp", 33, None, 0),
    ("PageDown", "PageDown", 34, None, 0),
    ("ArrowLeft", "ArrowLeft", 37, None, 0),
    ("ArrowUp", "ArrowUp", 38, None, 0),
    ("ArrowRight", "ArrowRight", 39, None, 0),
    ("ArrowDown", "ArrowDown", 40, None, 0),
    ("Shift", "ShiftLeft", 16, None, 1),
    ("Control", "ControlLeft", 17, None, 1),
    ("Alt", "AltLeft", 18, None, 1),
    ("Meta", "MetaLeft", 91, None, 1),
    ("CapsLock", "CapsLock", 20, None, 0),
    ("ContextMenu", "ContextMenu", 93, None, 0),
    ("Space", "Space", 32, Some(" "), 0),
    ("F1", "F1", 112, None, 0),
    ("F2", "F2", 113, None, 0),
    ("F3", "F3", 114, None, 0),
    ("F4", "F4", 115, None, 0),
    ("F5", "F5", 116, None, 0),
    ("F6", "F6", 117, None, 0),
    ("F7", "F7", 118, None, 0),
    ("F8", "F8", 119, None, 0),
    ("F9", "F9", 120, None, 0),
    ("F10", "F10", 121, None, 0),
    ("F11", "F11", 122, None, 0),
    ("F12", "F12", 123, None, 0),
];

/// Characters with a key of their own on a US keyboard: plain, shifted, code,
/// Windows key code.
const SYMBOLS: &[(char, char, &str, u32)] = &[
    ('`', '~', "Backquote", 192),
    ('-', '_', "Minus", 189),
    ('=', '+', "Equal", 187),
    ('[', '{', "BracketLeft", 219),
    (']', '}', "BracketRight", 221),
    ('\\', '|', "Backslash", 220),
    (';', ':', "Semicolon", 186),
    ('\'', '"', "Quote", 222),
    (',', '<', "Comma", 188),
    ('.', '>', "Period", 190),
    ('/', '?', "Slash", 191),
    ('0', ')', "Digit0", 48),
    ('1', '!', "Digit1", 49),
    ('2', '@', "Digit2", 50),
    ('3', '#', "Digit3", 51),
    ('4', '$', "Digit4", 52),
    ('5', '%', "Digit5", 53),
    ('6', '^', "Digit6", 54),
    ('7', '&', "Digit7", 55),
    ('8', '*', "Digit8", 56),
    ('9', '(', "Digit9", 57),
];

/// A key by its name or its character. `None`: no key has that name.
pub(crate) fn find_key(name: &str) -> Option<Key> {
    if let Some((key, code, key_code, text, location)) =
        NAMED.iter().find(|(key, code, ..)| key == &name || code == &name)
    {
        let key = if *key == "Space" { " " } else { key };
        return Some(Key {
            key: key.to_owned(),
            code: (*code).to_owned(),
            key_code: *key_code,
            text: text.map(str::to_owned),
            location: *location,
        });
    }
    let mut characters = name.chars();
    let character = characters.next()?;
    if characters.next().is_some() {
        return None;
    }
    Some(key_of(character))
}

/// The key that types a character; one without a key of its own (é, 正) comes
/// as text alone.
pub(crate) fn key_of(character: char) -> Key {
    let (code, key_code) = match character {
        'a'..='z' | 'A'..='Z' => {
            let upper = character.to_ascii_uppercase();
            (format!("Key{upper}"), u32::from(upper))
        }
        ' ' => ("Space".to_owned(), 32),
        _ => SYMBOLS
            .iter()
            .find(|(plain, shifted, ..)| *plain == character || *shifted == character)
            .map_or_else(
                || (String::new(), 0),
                |(_, _, code, number)| ((*code).to_owned(), *number),
            ),
    };
    if character == '\n' || character == '\r' {
        return find_key("Enter").unwrap_or(Key {
            key: "Enter".to_owned(),
            code: "Enter".to_owned(),
            key_code: 13,
            text: Some("\r".to_owned()),
            location: 0,
        });
    }
    Key {
        key: character.to_string(),
        code,
        key_code,
        text: Some(character.to_string()),
        location: 0,
    }
}

pub(crate) fn modifier_of(key: &str) -> u8 {
    match key {
        "Alt" => ALT,
        "Control" => CONTROL,
        "Meta" => META,
        "Shift" => SHIFT,
        _ => 0,
    }
}

/// `Control+Shift+A` → modifiers, and the key itself.
pub(crate) fn split_chord(chord: &str) -> Option<(Vec<Key>, Key)> {
    let (modifiers, last) = match chord.rsplit_once('+') {
        // `+` itself, alone or as the last of a chord.
        Some(("", "")) => ("", "+"),
        Some((modifiers, "")) => (modifiers.trim_end_matches('+'), "+"),
        Some((modifiers, last)) => (modifiers, last),
        None => ("", chord),
    };
    let mut keys = Vec::new();
    for name in modifiers.split('+').filter(|name| !name.is_empty()) {
        if modifier_of(name) == 0 {
            return None;
        }
        keys.push(find_key(name)?);
    }
    Some((keys, find_key(last)?))
}

impl Key {
    pub(crate) fn event(&self, down: bool, modifiers: u8) -> Value {
        // With Control, Alt or Meta held, a key commands and types nothing.
        let types = modifiers & (ALT | CONTROL | META) == 0;
        let text = self.text.as_deref().filter(|_| down && types);
        let mut event = json!({
            "type": match (down, text) {
                (false, _) => "keyUp",
                (true, Some(_)) => "keyDown",
                (true, None) => "rawKeyDown",
            },
            "key": self.key, "code": self.code, "windowsVirtualKeyCode": self.key_code,
            "modifiers": modifiers, "location": self.location,
        });
        if let Some(text) = text {
            event["text"] = json!(text);
            event["unmodifiedText"] = json!(text);
        }
        if down && modifiers & (CONTROL | META) != 0 && self.key.eq_ignore_ascii_case("a") {
            event["commands"] = json!(["selectAll"]);
        }
        event
    }
}

#[cfg(test)]
mod tests {
    use super::{find_key, key_of, split_chord};

    #[test]
    fn keys_have_their_codes() {
        assert_eq!(find_key("Enter").unwrap().key_code, 13);
        assert_eq!(find_key("a").unwrap().code, "KeyA");
        assert_eq!(find_key("@").unwrap().code, "Digit2");
        assert_eq!(key_of('é').text.as_deref(), Some("é"));
        assert_eq!(find_key("Nonsense"), None);
    }

    #[test]
    fn chords_are_split() {
        let (modifiers, key) = split_chord("Control+Shift+A").unwrap();
        assert_eq!(modifiers.len(), 2);
        assert_eq!(key.key, "A");
        assert_eq!(split_chord("+").unwrap().1.key, "+");
        assert_eq!(split_chord("Control++").unwrap().1.key, "+");
        assert_eq!(split_chord("Foo+A"), None);
    }
}

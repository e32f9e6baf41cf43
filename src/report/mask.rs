//! Secrets taken out of text and bytes, in every form in which a browser may
//! have written them: plain, percent-encoded (once or twice), form-encoded,
//! JSON-escaped, base64. It does not know what a secret is: the run says.

use std::io::Read;

use serde_json::Value;

use crate::wire::base64::runs;

/// Stands where a secret was.
pub const MASKED: &str = "***";

/// Shorter texts would mask half of every report.
const SHORTEST: usize = 3;

#[derive(Debug, Clone)]
struct Needle {
    text: String,
    characters: Vec<char>,
}

/// Most bytes that a compressed body is looked through for.
const LARGEST_GZIP: u64 = 16 * 1024 * 1024;

/// Secrets made ready to be looked for.
#[derive(Debug, Clone, Default)]
pub struct Mask {
    /// Longest first, so that a secret inside another leaves no remainder.
    needles: Vec<Needle>,
    secrets: Vec<String>,
    /// Bytes with which a match may begin: most of a report is passed by.
    starts: Vec<u8>,
}

impl Mask {
    /// Secrets shorter than three characters are ignored.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a String>) -> Self {
        let mut secrets: Vec<String> = secrets
            .into_iter()
            .filter(|secret| secret.chars().count() >= SHORTEST)
            .cloned()
            .collect();
        secrets.sort_unstable();
        secrets.dedup();
        let mut needles: Vec<String> = secrets.clone();
        needles.extend(secrets.iter().flat_map(|secret| runs(secret.as_bytes())));
        needles.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        needles.dedup();
        let mut starts: Vec<u8> = needles.iter().filter_map(|text| text.bytes().next()).collect();
        starts.extend(*b"%+\\");
        let needles = needles
            .into_iter()
            .map(|text| Needle { characters: text.chars().collect(), text })
            .collect();
        Self { needles, secrets, starts }
    }

    pub fn is_empty(&self) -> bool {
        self.needles.is_empty()
    }

    pub fn text(&self, text: &str) -> String {
        if self.is_empty() {
            return text.to_owned();
        }
        // Matches start and end on character boundaries, because needles are
        // characters; the fallback is never taken but must not panic.
        String::from_utf8(self.bytes(text.as_bytes()))
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }

    pub fn bytes(&self, bytes: &[u8]) -> Vec<u8> {
        if self.is_empty() {
            return bytes.to_vec();
        }
        let mut masked = Vec::with_capacity(bytes.len());
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let rest = bytes.get(at..).unwrap_or_default();
            // An escape of the first character may start the match.
            if self.starts.contains(byte)
                && let Some(length) = self.needles.iter().find_map(|needle| length_of(needle, rest))
            {
                masked.extend_from_slice(MASKED.as_bytes());
                at += length;
            } else {
                masked.push(*byte);
                at += 1;
            }
        }
        masked
    }

    /// Whether a gzip body holds a secret that masking bytes cannot reach. A
    /// body too large to be looked through counts as one that does.
    pub fn hides_in_gzip(&self, bytes: &[u8]) -> bool {
        if self.is_empty() || !bytes.starts_with(&[0x1f, 0x8b]) {
            return false;
        }
        let mut plain = Vec::new();
        let reader = flate2::read::MultiGzDecoder::new(bytes);
        // A broken stream is looked through as far as it goes.
        let _ = reader.take(LARGEST_GZIP + 1).read_to_end(&mut plain);
        plain.len() as u64 > LARGEST_GZIP || self.bytes(&plain) != plain
    }

    /// Masks keys and texts of a JSON tree, and numbers that are a secret.
    pub fn json(&self, value: Value) -> Value {
        if self.is_empty() {
            return value;
        }
        match value {
            Value::String(text) => Value::String(self.text(&text)),
            Value::Number(number) if self.secrets.contains(&number.to_string()) => {
                Value::String(MASKED.to_owned())
            }
            Value::Array(items) => {
                Value::Array(items.into_iter().map(|item| self.json(item)).collect())
            }
            Value::Object(entries) => Value::Object(
                entries.into_iter().map(|(key, item)| (self.text(&key), self.json(item))).collect(),
            ),
            other => other,
        }
    }
}

/// Length of the needle at the start of `bytes`: as it is, or whichever way
/// each of its characters is written.
fn length_of(needle: &Needle, bytes: &[u8]) -> Option<usize> {
    if bytes.starts_with(needle.text.as_bytes()) {
        return Some(needle.text.len());
    }
    let mut at = 0;
    for character in &needle.characters {
        at += character_length(*character, bytes.get(at..)?)?;
    }
    Some(at)
}

fn character_length(character: char, bytes: &[u8]) -> Option<usize> {
    let mut buffer = [0; 4];
    let plain = character.encode_utf8(&mut buffer).as_bytes();
    match *bytes.first()? {
        b'%' => percent_length(plain, bytes).or_else(|| (character == '%').then_some(1)),
        b'+' if character == ' ' => Some(1),
        b'\\' => escape_length(character, bytes).or_else(|| (character == '\\').then_some(1)),
        _ => bytes.starts_with(plain).then_some(plain.len()),
    }
}

/// `%C3%A9`, and `%25C3%25A9` where an encoded text was encoded again.
fn percent_length(plain: &[u8], bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    for byte in plain {
        let rest = bytes.get(at..)?.strip_prefix(b"%")?;
        let (rest, prefix) = match rest.strip_prefix(b"25") {
            Some(after) if hex_byte(after) == Some(*byte) => (after, 3),
            _ => (rest, 1),
        };
        if hex_byte(rest)? != *byte {
            return None;
        }
        at += prefix + 2;
    }
    Some(at)
}

fn hex_byte(bytes: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(bytes.get(..2)?).ok()?;
    u8::from_str_radix(digits, 16).ok()
}

/// `\"`, `\n`, `\u00e9` with one or more backslashes, as JSON in JSON has.
fn escape_length(character: char, bytes: &[u8]) -> Option<usize> {
    let slashes = bytes.iter().take_while(|byte| **byte == b'\\').count();
    if character == '\\' {
        // `\` is `\\` escaped; in plain text it stands alone.
        return Some(if slashes >= 2 { 2 } else { 1 });
    }
    let rest = bytes.get(slashes..)?;
    let short = match character {
        '"' => b'"',
        '/' => b'/',
        '\n' => b'n',
        '\r' => b'r',
        '\t' => b't',
        _ => 0,
    };
    if short != 0 && rest.first() == Some(&short) {
        return Some(slashes + 1);
    }
    let mut units = [0; 2];
    let mut at = slashes;
    for (index, unit) in character.encode_utf16(&mut units).iter().enumerate() {
        if index > 0 {
            at += bytes.get(at..)?.iter().take_while(|byte| **byte == b'\\').count();
        }
        let digits = bytes.get(at..)?.strip_prefix(b"u")?.get(..4)?;
        let digits = std::str::from_utf8(digits).ok()?;
        if u16::from_str_radix(digits, 16).ok()? != *unit {
            return None;
        }
        at += 5;
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn mask(secrets: &[&str]) -> Mask {
        let secrets: Vec<String> = secrets.iter().map(|secret| (*secret).to_owned()).collect();
        Mask::new(&secrets)
    }

    #[test]
    fn masks_every_form() {
        let mask = mask(&["jane doe+x@shop.test", "p\"w/é\\1"]);
        for (input, expected) in [
            ("mail=jane doe+x@shop.test&a=1", "mail=***&a=1"),
            ("mail=jane%20doe%2Bx%40shop.test&a=1", "mail=***&a=1"),
            ("mail=jane%20doe%2bx@shop.test", "mail=***"),
            ("mail=jane+doe%2Bx%40shop.test", "mail=***"),
            (
                "u=https%3A%2F%2Fa%3Fm%3Djane%2520doe%252Bx%2540shop.test",
                "u=https%3A%2F%2Fa%3Fm%3D***",
            ),
            (r#"{"pw":"p\"w/\u00e9\\1"}"#, r#"{"pw":"***"}"#),
            (r#"{"pw":"p\"w\/é\\1"}"#, r#"{"pw":"***"}"#),
            ("p\"w/é\\1", "***"),
            ("p%22w%2F%C3%A9%5C1", "***"),
            ("nothing here", "nothing here"),
        ] {
            assert_eq!(mask.text(input), expected, "{input}");
        }
    }

    #[test]
    fn masks_base64_at_every_offset() {
        let mask = mask(&["correct horse battery"]);
        for before in ["", "x", "xy", "xyz"] {
            for after in ["", "1", "12", "123"] {
                let text = STANDARD_NO_PAD.encode(format!("{before}correct horse battery{after}"));
                let masked = mask.text(&text);
                assert!(masked.contains(MASKED), "{before:?} {after:?}: {masked}");
                assert!(masked.len() < 16, "{masked}");
            }
        }
    }

    #[test]
    fn ignores_short_secrets_and_prefers_long_ones() {
        assert_eq!(mask(&["ab", ""]).text("abc"), "abc");
        assert_eq!(mask(&["pass", "password"]).text("a password"), "a ***");
        assert!(mask(&["ab"]).is_empty());
    }

    #[test]
    fn masks_json_keys_texts_and_numbers() {
        let masked = mask(&["4111", "secret"]).json(json!({"secret": [4111, "a secret", 12]}));
        assert_eq!(masked, json!({"***": ["***", "a ***", 12]}));
    }

    proptest! {
        #[test]
        fn leaves_no_plain_secret(secret in "[a-zA-Z0-9 @+é\"\\\\]{3,12}", before in "\\PC{0,9}", after in "\\PC{0,9}") {
            let text = format!("{before}{secret}{after}");
            let masked = mask(&[&secret]).text(&text);
            prop_assert!(masked.contains(MASKED));
        }

        #[test]
        fn never_breaks_utf8(text in "\\PC*") {
            let _ = mask(&["éé€", "%%%"]).text(&text);
        }
    }
}

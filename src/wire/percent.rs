//! Percent-decoding that forgives: what is no escape stays as it was written.
//!
//! It does not report bad escapes; a pixel with `100%` in a name is read as a
//! person would read it.

use std::borrow::Cow;

use crate::wire::scan;

/// What a plus sign means where a text was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plus {
    /// Queries and urlencoded bodies.
    Space,
    /// Paths, multipart bodies, JSON.
    Literal,
}

/// Decodes once. Bytes that are no UTF-8 become U+FFFD.
pub fn decode(text: &str, plus: Plus) -> Cow<'_, str> {
    match first_escape(text.as_bytes(), plus) {
        Some(at) => Cow::Owned(unescape(text.as_bytes(), at, plus)),
        None => Cow::Borrowed(text),
    }
}

/// [`decode`] for bytes that need not be UTF-8 themselves.
pub fn decode_bytes(bytes: &[u8], plus: Plus) -> Cow<'_, str> {
    match first_escape(bytes, plus) {
        Some(at) => Cow::Owned(unescape(bytes, at, plus)),
        None => text(bytes),
    }
}

/// Bytes that are meant to be text. Nearly all are, which is found out faster
/// than where others would have to be replaced.
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

fn first_escape(bytes: &[u8], plus: Plus) -> Option<usize> {
    match plus {
        Plus::Space => scan::find(bytes, |word| word.is(b'%') | word.is(b'+')),
        Plus::Literal => scan::find(bytes, |word| word.is(b'%')),
    }
}

/// Decodes from the first escape on.
fn unescape(bytes: &[u8], first: usize, plus: Plus) -> String {
    let mut decoded = Vec::with_capacity(bytes.len());
    let (clean, rest) = bytes.split_at(first);
    decoded.extend_from_slice(clean);
    // Byte by byte: what stands between two escapes is seldom long enough for
    // a copy of the whole to be cheaper.
    let mut at = 0;
    while let Some(byte) = rest.get(at).copied() {
        at += 1;
        decoded.push(match byte {
            b'%' => match rest.get(at..).and_then(escaped) {
                Some(byte) => {
                    at += 2;
                    byte
                }
                None => b'%',
            },
            b'+' if plus == Plus::Space => b' ',
            byte => byte,
        });
    }
    String::from_utf8(decoded)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// The byte that the two digits after a percent sign stand for.
fn escaped(digits: &[u8]) -> Option<u8> {
    let [high, low, ..] = digits else { return None };
    let (high, low) = (DIGITS[usize::from(*high)], DIGITS[usize::from(*low)]);
    (high | low != NONE).then_some(high << 4 | low)
}

/// What is no digit; it has all bits, so that nothing hides it.
const NONE: u8 = 0xff;

/// What each byte is worth as a digit.
static DIGITS: [u8; 256] = {
    let mut digits = [NONE; 256];
    let mut digit = 0;
    while digit < 16 {
        digits[b"0123456789abcdef"[digit] as usize] = digit as u8;
        digits[b"0123456789ABCDEF"[digit] as usize] = digit as u8;
        digit += 1;
    }
    digits
};

/// Decodes until nothing changes, at most `depth` times: for texts that a
/// library escaped more than once.
pub fn decode_deep(text: &str, plus: Plus, depth: usize) -> Cow<'_, str> {
    let mut decoded = Cow::Borrowed(text);
    for _ in 0..depth {
        let next = decode(&decoded, plus);
        if next == decoded {
            break;
        }
        decoded = Cow::Owned(next.into_owned());
    }
    decoded
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_stray_percent_stays() {
        assert_eq!(decode("100%25 off%", Plus::Space), "100% off%");
        assert_eq!(decode("%zz%4", Plus::Space), "%zz%4");
        assert_eq!(decode("%%41", Plus::Space), "%A");
    }

    #[test]
    fn a_plus_is_a_space_only_in_queries() {
        assert_eq!(decode("a+b%2Bc", Plus::Space), "a b+c");
        assert_eq!(decode("a+b%2Bc", Plus::Literal), "a+b+c");
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        assert_eq!(decode("%ff%C3%A9", Plus::Space), "\u{fffd}é");
        assert_eq!(decode_bytes(b"\xff", Plus::Space), "\u{fffd}");
    }

    #[test]
    fn what_needs_nothing_is_borrowed() {
        assert!(matches!(decode("plain", Plus::Space), Cow::Borrowed("plain")));
    }

    #[test]
    fn several_layers_come_off() {
        assert_eq!(decode_deep("a%25252520b", Plus::Literal, 8), "a b");
        assert_eq!(decode_deep("a%25252520b", Plus::Literal, 2), "a%2520b");
    }

    proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = decode_bytes(&bytes, Plus::Space);
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let _ = decode_deep(&text, Plus::Literal, 5);
        }

        #[test]
        fn encoding_is_undone(text in "\\PC*") {
            let mut encoded = String::new();
            for byte in text.bytes() {
                write!(encoded, "%{byte:02x}").unwrap();
            }
            prop_assert_eq!(decode(&encoded, Plus::Space), text);
        }
    }
}

//! Percent-decoding that forgives: what is no escape stays as it was written.
//!
//! It does not report bad escapes; a pixel with `100%` in a name is read as a
//! person would read it.

use std::borrow::Cow;

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
    if text.bytes().any(|byte| byte == b'%' || (byte == b'+' && plus == Plus::Space)) {
        decode_bytes(text.as_bytes(), plus)
    } else {
        Cow::Borrowed(text)
    }
}

/// [`decode`] for bytes that need not be UTF-8 themselves.
pub fn decode_bytes(bytes: &[u8], plus: Plus) -> Cow<'_, str> {
    let escaped = |byte: &u8| *byte == b'%' || (*byte == b'+' && plus == Plus::Space);
    let Some(first) = bytes.iter().position(escaped) else {
        return String::from_utf8_lossy(bytes);
    };
    let mut decoded = Vec::with_capacity(bytes.len());
    let (clean, mut rest) = bytes.split_at(first);
    decoded.extend_from_slice(clean);
    while let [byte, tail @ ..] = rest {
        match byte {
            b'%' => {
                let escaped = tail
                    .split_first_chunk::<2>()
                    .and_then(|([high, low], after)| Some((hex(*high)?, hex(*low)?, after)));
                let (byte, after) =
                    escaped.map_or((b'%', tail), |(high, low, after)| (high << 4 | low, after));
                decoded.push(byte);
                rest = after;
            }
            b'+' if plus == Plus::Space => {
                decoded.push(b' ');
                rest = tail;
            }
            // What stands between two escapes is copied at once.
            _ => {
                let end = rest.iter().position(escaped).unwrap_or(rest.len());
                let (clean, after) = rest.split_at(end.max(1));
                decoded.extend_from_slice(clean);
                rest = after;
            }
        }
    }
    match String::from_utf8(decoded) {
        Ok(text) => Cow::Owned(text),
        Err(error) => Cow::Owned(String::from_utf8_lossy(error.as_bytes()).into_owned()),
    }
}

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

fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
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

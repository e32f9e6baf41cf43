//! Name–value pairs of a URL's query or an urlencoded body, in their order.
//!
//! Repeated names stay repeated and empty values stay present; what to make of
//! either is the vendor's knowledge.

use std::borrow::Cow;

use crate::wire::percent::{Plus, decode, decode_bytes};
use crate::wire::scan::{self, Word};

/// One pair, decoded. A name without `=` has an empty value.
pub type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Pairs of a query (without its question mark) or of an urlencoded body.
pub fn pairs(bytes: &[u8]) -> impl Iterator<Item = Pair<'_>> {
    let (text, other) = match std::str::from_utf8(bytes) {
        Ok(text) => (text, &b""[..]),
        Err(_) => ("", bytes),
    };
    text_pairs(text).chain(decoded_pairs(other))
}

fn decoded_pairs(bytes: &[u8]) -> impl Iterator<Item = Pair<'_>> {
    raw_pairs(bytes)
        .map(|(name, value)| (decode_bytes(name, Plus::Space), decode_bytes(value, Plus::Space)))
}

/// [`pairs`] of a text, which need not be checked again for being one.
pub fn text_pairs(query: &str) -> impl Iterator<Item = Pair<'_>> {
    let mut rest = query;
    std::iter::from_fn(move || {
        while let Some(after) = rest.strip_prefix('&') {
            rest = after;
        }
        if rest.is_empty() {
            return None;
        }
        let (name, after) = take(rest, |word| word.is(b'&') | word.is(b'='));
        let (value, after) = match after.strip_prefix('=') {
            Some(value) => take(value, |word| word.is(b'&')),
            None => (Cow::Borrowed(""), after),
        };
        rest = after;
        Some((name, value))
    })
}

/// What stands before the first byte that `ends` finds, decoded, and the rest
/// from that byte on.
fn take(text: &str, ends: impl Fn(Word) -> u64) -> (Cow<'_, str>, &str) {
    let bytes = text.as_bytes();
    // One look tells where most parts end, and that they need no decoding.
    let first = scan::find(bytes, |word| ends(word) | word.is(b'%') | word.is(b'+'));
    let first = first.unwrap_or(bytes.len());
    if !matches!(bytes.get(first), Some(b'%' | b'+')) {
        let (part, rest) = text.split_at(first);
        return (Cow::Borrowed(part), rest);
    }
    let end = scan::find(&bytes[first..], ends).map_or(bytes.len(), |at| first + at);
    let (part, rest) = text.split_at(end);
    (decode(part, Plus::Space), rest)
}

/// The same, still encoded.
pub fn raw_pairs(bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    bytes.split(|byte| *byte == b'&').filter(|part| !part.is_empty()).map(|part| {
        let at = part.iter().position(|byte| *byte == b'=').unwrap_or(part.len());
        let (name, rest) = part.split_at(at);
        (name, rest.strip_prefix(b"=").unwrap_or(rest))
    })
}

/// The first value of that name, where the name is written without escapes.
pub fn first<'a>(query: &'a str, name: &str) -> Option<Cow<'a, str>> {
    query.as_bytes().split(|byte| *byte == b'&').find_map(|part| {
        match part.strip_prefix(name.as_bytes())? {
            [] => Some(Cow::Borrowed("")),
            [b'=', value @ ..] => Some(decode_bytes(value, Plus::Space)),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Vec<(String, String)> {
        pairs(text.as_bytes()).map(|(a, b)| (a.into_owned(), b.into_owned())).collect()
    }

    fn owned(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn pairs_keep_their_order_and_their_repetitions() {
        assert_eq!(
            read("a=1&b=&&c&a=2=3&%5B=%5D&=x"),
            owned(&[("a", "1"), ("b", ""), ("c", ""), ("a", "2=3"), ("[", "]"), ("", "x")])
        );
    }

    #[test]
    fn brackets_need_no_escape() {
        assert_eq!(read("cd[value]=&cd%5Bx%5D=a+b"), owned(&[("cd[value]", ""), ("cd[x]", "a b")]));
    }

    #[test]
    fn the_first_of_a_name() {
        assert_eq!(first("tid=G-1&tid=G-2", "tid").as_deref(), Some("G-1"));
        assert_eq!(first("xtid=G-1", "tid"), None);
    }

    proptest! {
        #[test]
        fn a_text_reads_as_its_bytes(text in "[a&=%+é]*|\\PC*") {
            prop_assert_eq!(
                text_pairs(&text).collect::<Vec<_>>(),
                decoded_pairs(text.as_bytes()).collect::<Vec<_>>()
            );
        }

        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = pairs(&bytes).count();
        }
    }
}

//! Name–value pairs of a URL's query or an urlencoded body, in their order.
//!
//! Repeated names stay repeated and empty values stay present; what to make of
//! either is the vendor's knowledge.

use std::borrow::Cow;

use crate::wire::percent::{Plus, decode, decode_bytes};

/// One pair, decoded. A name without `=` has an empty value.
pub type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Pairs of a query (without its question mark) or of an urlencoded body.
pub fn pairs(bytes: &[u8]) -> impl Iterator<Item = Pair<'_>> {
    raw_pairs(bytes)
        .map(|(name, value)| (decode_bytes(name, Plus::Space), decode_bytes(value, Plus::Space)))
}

/// [`pairs`] of a text, which need not be checked again for being one.
pub fn text_pairs(query: &str) -> impl Iterator<Item = Pair<'_>> {
    let mut rest = query;
    std::iter::from_fn(move || {
        // A plain loop over bytes: pairs are short, and one pass tells both
        // where a pair ends and where its name does.
        while !rest.is_empty() {
            let mut name_end = None;
            let mut end = rest.len();
            for (at, byte) in rest.bytes().enumerate() {
                match byte {
                    b'&' => {
                        end = at;
                        break;
                    }
                    b'=' if name_end.is_none() => name_end = Some(at),
                    _ => {}
                }
            }
            let part = &rest[..end];
            rest = rest.get(end + 1..).unwrap_or_default();
            if !part.is_empty() {
                let (name, value) =
                    name_end.map_or((part, ""), |at| (&part[..at], &part[at + 1..]));
                return Some((decode(name, Plus::Space), decode(value, Plus::Space)));
            }
        }
        None
    })
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
    raw_pairs(query.as_bytes())
        .find(|(key, _)| *key == name.as_bytes())
        .map(|(_, value)| decode_bytes(value, Plus::Space))
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
                pairs(text.as_bytes()).collect::<Vec<_>>()
            );
        }

        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = pairs(&bytes).count();
        }
    }
}

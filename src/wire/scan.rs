//! Finds bytes in short texts, eight at a time.
//!
//! Names and values seldom have thirty bytes: `memchr`, which is faster in long
//! texts, would take longer to begin than this takes in all.

/// Eight bytes, the first in the lowest place.
#[derive(Debug, Clone, Copy)]
pub struct Word(u64);

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

impl Word {
    /// Sets the highest bit of each byte that is this one. Such a byte, made
    /// zero, borrows from the one above it, so that only the lowest bit that is
    /// set is sure.
    pub fn is(self, byte: u8) -> u64 {
        let zero = self.0 ^ (ONES * u64::from(byte));
        zero.wrapping_sub(ONES) & !zero & HIGHS
    }
}

/// Where the first byte stands whose highest bit `wanted` sets.
pub fn find(bytes: &[u8], wanted: impl Fn(Word) -> u64) -> Option<usize> {
    let mut at = 0;
    let mut rest = bytes;
    while let Some((chunk, after)) = rest.split_first_chunk() {
        let found = wanted(Word(u64::from_le_bytes(*chunk)));
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
        rest = after;
    }
    // What is left, and zeros above it.
    let left = match bytes.last_chunk() {
        Some(last) if !rest.is_empty() => u64::from_le_bytes(*last) >> (8 * (8 - rest.len())),
        _ => rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    at += wanted(Word(left)).trailing_zeros() as usize / 8;
    (at < bytes.len()).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_finds_what_a_plain_search_finds(bytes in "[\0\x01\x1f !\"\u{7f}é&=]{0,40}") {
            let bytes = bytes.as_bytes();
            for byte in [0, 1, b' ', b'"', 0x7f, 0x80, 0xc3, b'&'] {
                let known = bytes.iter().position(|it| *it == byte);
                prop_assert_eq!(find(bytes, |word| word.is(byte)), known);
            }
            let known = bytes.iter().position(|it| matches!(it, b'!' | b'"'));
            prop_assert_eq!(find(bytes, |word| word.is(b'!') | word.is(b'"')), known);
        }
    }
}

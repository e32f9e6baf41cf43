//! Base64 as it is found: either alphabet, padded or not, with white space.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);

/// `None` when a letter is of neither alphabet, or the length is impossible.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    // Most texts are of the standard alphabet, without white space.
    STANDARD.decode(text).ok().or_else(|| {
        let plain: Vec<u8> = text
            .iter()
            .filter(|byte| !byte.is_ascii_whitespace())
            .map(|byte| match byte {
                b'-' => b'+',
                b'_' => b'/',
                other => *other,
            })
            .collect();
        STANDARD.decode(plain).ok()
    })
}

/// In the standard alphabet, padded.
pub fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// A run shorter than this is found by chance in any long text.
const SHORTEST_RUN: usize = 5;

/// What base64 makes of bytes at each of the three places where they may begin
/// in a longer text, without the characters that their neighbours decide.
pub fn runs(bytes: &[u8]) -> Vec<String> {
    let mut runs = Vec::new();
    for before in 0..3 {
        let mut padded = vec![0; before];
        padded.extend_from_slice(bytes);
        let text = STANDARD_NO_PAD.encode(&padded);
        let skip = [0, 2, 3].get(before).copied().unwrap_or_default();
        let partial = usize::from(padded.len() % 3 != 0);
        let Some(run) = text.get(skip..text.len() - partial) else { continue };
        if run.len() >= SHORTEST_RUN {
            runs.push(run.to_owned());
            runs.push(run.replace('+', "-").replace('/', "_"));
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_both_alphabets_with_and_without_padding() {
        for text in ["+/8=", "+/8", "-_8", "-_8=", " +/\n8="] {
            assert_eq!(decode(text.as_bytes()).as_deref(), Some(&[0xfb, 0xff][..]), "{text}");
        }
        assert_eq!(decode(b""), Some(Vec::new()));
    }

    #[test]
    fn refuses_what_is_none() {
        for text in ["a", "{}", "a===="] {
            assert_eq!(decode(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = decode(&bytes);
        }

        #[test]
        fn encoding_is_undone(bytes: Vec<u8>) {
            let text = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&bytes);
            prop_assert_eq!(decode(text.as_bytes()), Some(bytes));
        }
    }
}

//! Base64: what is decoded is never longer than its text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pixelproof::wire::base64;

fuzz_target!(|text: &[u8]| {
    if let Some(bytes) = base64::decode(text) {
        assert!(bytes.len() <= text.len());
    }
});

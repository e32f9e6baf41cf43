//! Packed bodies: never more than the limit, whatever they announce.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pixelproof::wire::compress::{self, LIMIT};

fuzz_target!(|input: (Option<&str>, &[u8])| {
    let (encoding, bytes) = input;
    if let Ok(plain) = compress::unpack(bytes, encoding) {
        assert!(plain.len() <= LIMIT.max(bytes.len()));
    }
});

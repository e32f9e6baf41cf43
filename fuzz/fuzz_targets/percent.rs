//! Percent-escapes: a decoded text is never longer than three times its own
//! bytes, since a bad byte becomes a letter of three.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pixelproof::wire::percent::{Plus, decode_bytes, decode_deep};

fuzz_target!(|bytes: &[u8]| {
    let once = decode_bytes(bytes, Plus::Space);
    assert!(once.len() <= 3 * bytes.len());
    let _ = decode_deep(&String::from_utf8_lossy(bytes), Plus::Literal, 4);
});

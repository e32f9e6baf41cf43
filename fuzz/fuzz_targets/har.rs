//! HTTP archives, whole and as a single entry.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pixelproof::wire::har;

fuzz_target!(|bytes: &[u8]| {
    let _ = har::read(bytes);
    let mut whole = br#"{"log":{"entries":[{"request":{"url":"https://a.test/","#.to_vec();
    whole.extend_from_slice(bytes);
    whole.extend_from_slice(b"}}]}}");
    let _ = har::read(&whole);
});

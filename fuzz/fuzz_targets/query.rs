//! Queries and urlencoded bodies.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pixelproof::wire::query;

fuzz_target!(|bytes: &[u8]| {
    assert!(query::pairs(bytes).count() <= bytes.len() + 1);
});

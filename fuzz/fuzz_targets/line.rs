//! The decode interface: one line in, one line out, and that one is JSON.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use pixelproof::vendors::{LineDecoder, Registry};
use pixelproof::wire::json;

static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::default);

fuzz_target!(|line: &[u8]| {
    let mut output = Vec::new();
    LineDecoder::new(&REGISTRY).decode(line, &mut output);
    assert_eq!(output.iter().filter(|byte| **byte == b'\n').count(), 1);
    assert!(json::parse(&output).is_ok());
});

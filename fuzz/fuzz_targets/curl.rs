//! Pasted commands.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pixelproof::wire::curl;

fuzz_target!(|text: &str| {
    let _ = curl::read(text);
    let _ = curl::read(&format!("curl {text}"));
});

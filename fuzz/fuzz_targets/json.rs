//! JSON bodies and texts; the dotted names of a body stay bounded.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pixelproof::wire::json;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let _ = json::parse_text(text.clone());
    if let Ok(value) = json::parse(bytes) {
        let mut names = 0;
        json::flatten(value.into_owned(), |name, _| names += name.len());
        assert!(names <= 8 * 1024 * 1024 + 10 * bytes.len());
    }
});

//! Lines of a body: none holds a line end, and none is blank.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pixelproof::wire::lines;

fuzz_target!(|bytes: &[u8]| {
    for line in lines::lines(bytes) {
        assert!(!line.contains(&b'\n') && !line.iter().all(u8::is_ascii_whitespace));
    }
});

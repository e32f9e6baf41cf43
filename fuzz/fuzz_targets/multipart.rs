//! Multipart bodies, with and without a content type that tells the boundary.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pixelproof::wire::multipart;

fuzz_target!(|input: (Option<&str>, &[u8])| {
    let (content_type, body) = input;
    let _ = multipart::fields(body, content_type);
});

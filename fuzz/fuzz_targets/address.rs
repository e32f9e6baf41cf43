//! Addresses: any text is split, or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pixelproof::wire::address::Address;

fuzz_target!(|text: &str| {
    if let Some(address) = Address::parse(text) {
        assert!(!address.host.is_empty());
        assert!(address.segments().count() <= text.len());
    }
});

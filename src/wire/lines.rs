//! Lines of a body: LF or CRLF, blank ones left out.

/// The lines without their ends.
pub fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.iter().all(u8::is_ascii_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_trailing_end_is_no_line() {
        let read = |text: &'static str| lines(text.as_bytes()).count();
        assert_eq!(read("en=a\r\nen=b\r\n"), 2);
        assert_eq!(read("en=a\nen=b"), 2);
        assert_eq!(read("\n\r\n  \n"), 0);
        assert_eq!(lines(b"a\r\n").next(), Some(&b"a"[..]));
    }

    proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = lines(&bytes).count();
        }
    }
}

//! Unpacks gzip, zlib and raw deflate, announced or not.
//!
//! The result is bounded: a small body that unpacks to gigabytes is cut off
//! with an error instead.

use std::borrow::Cow;
use std::io::Read;

use flate2::bufread::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

/// The most that one body may unpack to, in bytes.
pub const LIMIT: usize = 32 * 1024 * 1024;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompressError {
    #[error("unpacks to more than {LIMIT} bytes")]
    TooLarge,
    #[error("is not valid {0}: {1}")]
    Invalid(&'static str, String),
    #[error("has the unknown encoding {0:?}")]
    Unknown(String),
}

/// The plain bytes. `encoding` is the `content-encoding` header; without one,
/// gzip is known by its first bytes. A body that was announced as packed but
/// is not comes back as it is: browsers report bodies either way.
pub fn unpack<'a>(bytes: &'a [u8], encoding: Option<&str>) -> Result<Cow<'a, [u8]>, CompressError> {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return read(bytes, MultiGzDecoder::new, "gzip").map(Cow::Owned);
    }
    let encoding = encoding.map_or("", str::trim);
    if bytes.is_empty()
        || ["", "identity", "gzip", "x-gzip"].iter().any(|name| encoding.eq_ignore_ascii_case(name))
    {
        return Ok(Cow::Borrowed(bytes));
    }
    if encoding.eq_ignore_ascii_case("deflate") {
        return read(bytes, ZlibDecoder::new, "zlib")
            .or_else(|error| match error {
                CompressError::TooLarge => Err(error),
                _ => read(bytes, DeflateDecoder::new, "deflate"),
            })
            .map(Cow::Owned)
            .or_else(|error| if is_text(bytes) { Ok(Cow::Borrowed(bytes)) } else { Err(error) });
    }
    if is_text(bytes) {
        return Ok(Cow::Borrowed(bytes));
    }
    Err(CompressError::Unknown(encoding.chars().take(40).collect()))
}

/// Whether the bytes are plain text: nothing that is packed looks like that.
fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| {
        text.chars().all(|letter| !letter.is_control() || letter.is_ascii_whitespace())
    })
}

fn read<'a, D: Read>(
    bytes: &'a [u8],
    decoder: fn(&'a [u8]) -> D,
    name: &'static str,
) -> Result<Vec<u8>, CompressError> {
    // Room for what JSON usually unpacks to.
    let mut plain = Vec::with_capacity(LIMIT.min(bytes.len() * 4));
    match decoder(bytes).take(LIMIT as u64 + 1).read_to_end(&mut plain) {
        Ok(length) if length > LIMIT => Err(CompressError::TooLarge),
        Ok(_) => Ok(plain),
        Err(error) => Err(CompressError::Invalid(name, error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use proptest::prelude::*;
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn gzip_needs_no_announcement() {
        assert_eq!(*unpack(&gzip(b"hello"), None).unwrap(), *b"hello");
        assert_eq!(*unpack(&gzip(b"hello"), Some("gzip")).unwrap(), *b"hello");
    }

    #[test]
    fn deflate_comes_with_and_without_a_zlib_header() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(b"hello").unwrap();
        assert_eq!(*unpack(&zlib.finish().unwrap(), Some("deflate")).unwrap(), *b"hello");
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
        raw.write_all(b"hello").unwrap();
        assert_eq!(*unpack(&raw.finish().unwrap(), Some("Deflate")).unwrap(), *b"hello");
    }

    #[test]
    fn plain_bytes_stay() {
        assert_eq!(*unpack(b"a=1", None).unwrap(), *b"a=1");
        assert_eq!(*unpack(b"a=1", Some("gzip")).unwrap(), *b"a=1");
    }

    #[test]
    fn a_bomb_is_cut_off() {
        let bomb = gzip(&vec![0; LIMIT + 1]);
        assert!(bomb.len() < 100_000);
        assert_eq!(unpack(&bomb, None), Err(CompressError::TooLarge));
    }

    #[test]
    fn damage_is_told() {
        let mut damaged = gzip(b"hello hello hello");
        damaged.truncate(14);
        assert!(matches!(unpack(&damaged, None), Err(CompressError::Invalid("gzip", _))));
        assert!(matches!(unpack(b"\x8b\0\x80x\x03", Some("br")), Err(CompressError::Unknown(_))));
        // Announced as packed, yet plain: a browser reports either.
        assert_eq!(*unpack(b"{}", Some("br")).unwrap(), *b"{}");
        assert_eq!(*unpack(b"a=1&b=2", Some("deflate")).unwrap(), *b"a=1&b=2");
    }

    proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = unpack(&bytes, Some("deflate"));
            let mut marked = vec![0x1f, 0x8b, 8];
            marked.extend(bytes);
            let _ = unpack(&marked, None);
        }
    }
}

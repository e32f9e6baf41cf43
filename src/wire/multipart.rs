//! `multipart/form-data` bodies: the named fields, in their order.
//!
//! A plus sign is a plus sign here. Files are read as text like any field.
//! The boundary is taken from the body's first line when the content type
//! does not tell it, or tells another one.

use std::borrow::Cow;

use memchr::memchr_iter;

use crate::wire::percent;
use crate::wire::query::Pair;

/// The most fields that one body may have; the rest is not read.
const MOST_FIELDS: usize = 10_000;

/// The longest boundary that is taken; the standard allows 70 letters. What is
/// searched for in a large body must be short.
const LONGEST_BOUNDARY: usize = 200;

/// Whether a content type announces such a body.
pub fn is_multipart(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("multipart/form-data")
}

/// The fields. Nothing when the body has no boundary.
pub fn fields<'a>(body: &'a [u8], content_type: Option<&str>) -> Vec<Pair<'a>> {
    let announced = content_type.and_then(boundary).map(|name| format!("--{name}").into_bytes());
    let told = announced
        .as_deref()
        .and_then(|delimiter| Some((delimiter, split_once(body, delimiter)?.1)))
        .or_else(|| {
            let delimiter = first_line(body)?;
            Some((delimiter, body.strip_prefix(delimiter)?))
        });
    let Some((delimiter, mut rest)) = told else { return Vec::new() };
    let mut fields = Vec::new();
    while fields.len() < MOST_FIELDS && !rest.starts_with(b"--") {
        let (part, after) = match split_once(rest, delimiter) {
            Some((part, after)) => (part, Some(after)),
            None => (rest, None),
        };
        fields.extend(field(part));
        match after {
            Some(after) => rest = after,
            None => break,
        }
    }
    fields
}

fn boundary(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|part| {
        let (name, value) = part.split_once('=')?;
        let value = value.trim().trim_matches('"');
        let sound = !value.is_empty() && value.len() <= LONGEST_BOUNDARY;
        (sound && name.trim().eq_ignore_ascii_case("boundary")).then_some(value)
    })
}

fn first_line(body: &[u8]) -> Option<&[u8]> {
    let line = split_once(body, b"\n")?.0.trim_ascii_end();
    (line.len() > 2 && line.len() <= LONGEST_BOUNDARY && line.starts_with(b"--")).then_some(line)
}

fn field(part: &[u8]) -> Option<Pair<'_>> {
    let part = strip_line_end_before(part);
    let (head, value) = split_once(part, b"\r\n\r\n").or_else(|| split_once(part, b"\n\n"))?;
    let value = value.strip_suffix(b"\n").unwrap_or(value);
    let value = value.strip_suffix(b"\r").unwrap_or(value);
    let head = percent::text(head);
    let name = head.lines().find_map(disposition_name)?;
    Some((Cow::Owned(name), percent::text(value)))
}

fn strip_line_end_before(part: &[u8]) -> &[u8] {
    let part = part.strip_prefix(b"\r").unwrap_or(part);
    part.strip_prefix(b"\n").unwrap_or(part)
}

fn disposition_name(line: &str) -> Option<String> {
    let (header, value) = line.split_once(':')?;
    if !header.trim().eq_ignore_ascii_case("content-disposition") {
        return None;
    }
    let mut rest = value;
    loop {
        let (_, after) = rest.split_once(';')?;
        rest = after.trim_start();
        if let Some(text) = rest.strip_prefix("name=") {
            // Browsers write a quotation mark in a name as %22, line ends as
            // %0D and %0A, and escape nothing else.
            let name = match text.strip_prefix('"') {
                Some(quoted) => quoted.split('"').next().unwrap_or_default(),
                None => text.split(';').next().unwrap_or_default().trim(),
            };
            return Some(name.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n"));
        }
    }
}

/// What stands before and after the first `separator`.
fn split_once<'a>(bytes: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    // Both are too short for a search of the whole to be worth its preparation.
    let first = *separator.first()?;
    memchr_iter(first, bytes).find_map(|at| {
        let (before, rest) = bytes.split_at(at);
        Some((before, rest.strip_prefix(separator)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(body: &str, content_type: Option<&str>) -> Vec<(String, String)> {
        fields(body.as_bytes(), content_type)
            .into_iter()
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect()
    }

    const BODY: &str = "--XX\r\nContent-Disposition: form-data; name=\"cd[a]\"\r\n\r\n1 + 2\r\n\
        --XX\r\ncontent-disposition: form-data; name=\"cd[a]\"; filename=\"x\"\r\n\
        Content-Type: text/plain\r\n\r\n\r\n--XX\r\n\
        Content-Disposition: form-data; filename=\"f\"; name=\"q%22\"\r\n\r\na\r\nb\r\n--XX--\r\n";

    fn expected() -> Vec<(String, String)> {
        [("cd[a]", "1 + 2"), ("cd[a]", ""), ("q\"", "a\r\nb")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec()
    }

    #[test]
    fn reads_fields_in_order_with_repeated_names() {
        assert_eq!(read(BODY, Some("multipart/form-data; boundary=XX")), expected());
        assert_eq!(read(BODY, Some("multipart/form-data; Boundary=\"XX\"; charset=x")), expected());
    }

    #[test]
    fn the_boundary_may_be_missing_or_wrong() {
        assert_eq!(read(BODY, None), expected());
        assert_eq!(read(BODY, Some("multipart/form-data")), expected());
        assert_eq!(read(BODY, Some("multipart/form-data; boundary=YY")), expected());
    }

    #[test]
    fn line_feeds_alone_and_cut_bodies_are_read() {
        assert_eq!(read(&BODY.replace("\r\n", "\n"), None).len(), 3);
        let cut = &BODY[..60];
        assert_eq!(read(cut, Some("multipart/form-data; boundary=XX")).len(), 1);
    }

    #[test]
    fn other_bodies_have_no_fields() {
        for body in ["", "a=1&b=2", "--", "--\r\n", "{\"a\":1}\n"] {
            assert_eq!(read(body, None), Vec::<(String, String)>::new(), "{body}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, kind in "\\PC*") {
            let _ = fields(&bytes, Some(&kind));
            let mut framed = b"--X\r\n".to_vec();
            framed.extend(bytes);
            framed.extend(b"\r\n--X");
            let _ = fields(&framed, Some("multipart/form-data; boundary=X"));
        }
    }
}

//! JSON bodies and JSON texts inside parameters.
//!
//! Nesting is bounded by the parser's own recursion limit, so a body of a
//! million brackets is an error, not a crash.

use std::borrow::Cow;

use serde_json::Value;

/// The bytes of dotted names that one body may become. A long name around many
/// members would be repeated for each; beyond this, objects stay nested.
const MOST_NAME_BYTES: usize = 4 * 1024 * 1024;

/// A whole body, a byte order mark and white space around it left aside.
pub fn parse(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    serde_json::from_slice(bytes).or_else(|error| match mended(bytes) {
        Some(text) => serde_json::from_str(&text).map_err(|_| error),
        None => Err(error),
    })
}

/// The text with U+FFFD for bytes that are no UTF-8 and for halves of
/// surrogate pairs, which `JSON.stringify` writes for a title that was cut in
/// the middle of an emoji. `None` when there is neither.
fn mended(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut changed = matches!(text, Cow::Owned(_));
    let mut mended = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        mended.push_str(before);
        let taken = match (surrogate(escape), escape.get(6..).and_then(surrogate)) {
            (Some(high), Some(low)) if high < 0xdc00 && low >= 0xdc00 => 12,
            (Some(_), _) => {
                mended.push_str("\\ufffd");
                changed = true;
                rest = escape.get(6..).unwrap_or_default();
                continue;
            }
            // The backslash and the letter after it.
            (None, _) => escape.char_indices().nth(2).map_or(escape.len(), |(end, _)| end),
        };
        let (kept, after) = escape.split_at(taken);
        mended.push_str(kept);
        rest = after;
    }
    mended.push_str(rest);
    changed.then_some(mended)
}

/// The surrogate that an escape at the start of the text stands for.
fn surrogate(escape: &str) -> Option<u32> {
    let digits = escape.strip_prefix("\\u")?.get(..4)?;
    let unit = u32::from_str_radix(digits, 16).ok()?;
    (0xd800..0xe000).contains(&unit).then_some(unit)
}

/// The object or array that a parameter's text holds; any other text stays
/// text, numbers and `true` included.
pub fn parse_text(text: &str) -> Value {
    let inner = text.trim();
    let bracketed = (inner.starts_with('[') && inner.ends_with(']'))
        || (inner.starts_with('{') && inner.ends_with('}'));
    if bracketed && let Ok(value) = parse(inner.as_bytes()) {
        return value;
    }
    Value::String(text.to_owned())
}

/// Every leaf under dotted names (`context.page.url`), in document order.
/// Arrays are leaves: a list of items stays a list. An empty object is a leaf
/// of its own. Anything but an object has no leaves.
pub fn flatten(value: Value, mut leaf: impl FnMut(String, Value)) {
    let mut left = MOST_NAME_BYTES;
    if let Value::Object(members) = value {
        for (name, member) in members {
            flatten_into(name, member, &mut left, &mut leaf);
        }
    }
}

fn flatten_into(
    name: String,
    value: Value,
    left: &mut usize,
    leaf: &mut impl FnMut(String, Value),
) {
    let Value::Object(members) = value else { return leaf(name, value) };
    let needed = members.keys().map(|inner| name.len() + 1 + inner.len()).sum();
    if members.is_empty() || *left < needed {
        return leaf(name, Value::Object(members));
    }
    *left -= needed;
    for (inner, member) in members {
        flatten_into(format!("{name}.{inner}"), member, left, leaf);
    }
}

/// The value at a dotted path; array positions are numbers.
pub fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, name| match value {
        Value::Object(members) => members.get(name),
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn half_an_emoji_does_not_lose_the_rest() {
        let read = |text: &str| parse(text.as_bytes()).ok();
        assert_eq!(read(r#"{"a":"x\ud83d","b":1}"#), Some(json!({"a": "x\u{fffd}", "b": 1})));
        assert_eq!(read(r#"["\ude00\ud83d\ude00\\ud83d"]"#), Some(json!(["\u{fffd}😀\\ud83d"])));
        assert_eq!(read(r#"["\ud83d\ud83d\ude00"]"#), Some(json!(["\u{fffd}😀"])));
        assert_eq!(parse(b"{\"a\":\"\xff\",\"b\":1}").ok(), Some(json!({"a": "\u{fffd}", "b": 1})));
        assert_eq!(parse_text(r#"{"a":"\ud83d"}"#), json!({"a": "\u{fffd}"}));
        for broken in [r#"["\ud83"#, r#"["\"#, r#"{"a":"\ud83d""#, "\\u"] {
            assert_eq!(read(broken), None, "{broken}");
        }
    }

    #[test]
    fn flattening_keeps_lists_and_order() {
        let mut leaves = Vec::new();
        flatten(json!({"b": {"c": 1, "d": {}}, "a": [{"x": 1}], "e": null}), |name, value| {
            leaves.push((name, value));
        });
        assert_eq!(
            leaves,
            [
                ("b.c".to_owned(), json!(1)),
                ("b.d".to_owned(), json!({})),
                ("a".to_owned(), json!([{"x": 1}])),
                ("e".to_owned(), json!(null)),
            ]
        );
    }

    #[test]
    fn only_brackets_make_a_text_json() {
        assert_eq!(parse_text("[\"A\"]"), json!(["A"]));
        assert_eq!(parse_text("12"), json!("12"));
        assert_eq!(parse_text("true"), json!("true"));
        assert_eq!(parse_text("[a]"), json!("[a]"));
        assert_eq!(parse_text(""), json!(""));
    }

    #[test]
    fn deep_nesting_is_an_error() {
        let deep = "[".repeat(1_000_000);
        assert!(parse(deep.as_bytes()).is_err());
        assert!(parse_text(&format!("{deep}{}", "]".repeat(1_000_000))).is_string());
    }

    #[test]
    fn long_names_are_not_multiplied() {
        let inner: serde_json::Map<String, Value> =
            (0..1000).map(|number| (number.to_string(), json!({"a": 1}))).collect();
        let mut leaves = 0;
        flatten(json!({ "n".repeat(100_000): inner }), |_, _| leaves += 1);
        assert_eq!(leaves, 1);
    }

    #[test]
    fn a_path_finds_its_value() {
        let value = json!({"a": [{"b": 1}]});
        assert_eq!(at(&value, "a.0.b"), Some(&json!(1)));
        assert_eq!(at(&value, "a.1.b"), None);
        assert_eq!(at(&value, "a.x"), None);
    }

    proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, text in "\\PC*") {
            let _ = parse(&bytes);
            let _ = parse_text(&format!("{{{text}}}"));
        }
    }
}

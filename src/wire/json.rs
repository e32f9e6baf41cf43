//! JSON bodies and JSON texts inside parameters.
//!
//! Nesting is bounded by the parser's own recursion limit, so a body of a
//! million brackets is an error, not a crash.

use serde_json::Value;

/// Object members, two dots deep or more, end here: the rest stays nested.
const MOST_LEAVES: usize = 20_000;

/// A whole body, a byte order mark and white space around it left aside.
pub fn parse(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    serde_json::from_slice(bytes)
}

/// The object or array that a parameter's text holds; any other text stays
/// text, numbers and `true` included.
pub fn parse_text(text: &str) -> Value {
    let inner = text.trim();
    let bracketed = (inner.starts_with('[') && inner.ends_with(']'))
        || (inner.starts_with('{') && inner.ends_with('}'));
    if bracketed && let Ok(value) = serde_json::from_str(inner) {
        return value;
    }
    Value::String(text.to_owned())
}

/// Every leaf under dotted names (`context.page.url`), in document order.
/// Arrays are leaves: a list of items stays a list. An empty object is a leaf
/// of its own.
pub fn flatten(value: Value, mut leaf: impl FnMut(String, Value)) {
    let mut left = MOST_LEAVES;
    if let Value::Object(_) = value {
        flatten_into(String::new(), value, &mut left, &mut leaf);
    }
}

fn flatten_into(
    prefix: String,
    value: Value,
    left: &mut usize,
    leaf: &mut impl FnMut(String, Value),
) {
    match value {
        Value::Object(members) if (!members.is_empty() || prefix.is_empty()) && *left > 0 => {
            for (name, member) in members {
                let name = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
                flatten_into(name, member, left, leaf);
            }
        }
        other => {
            *left = left.saturating_sub(1);
            leaf(prefix, other);
        }
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

//! The matchers of expectations: whether a value is as expected, and the
//! words for what was expected. Counting hits is the `expect` check's part.

use serde_json::Value;

use crate::model::expectation::{Matcher, ValueType};
use crate::snapshot::pattern::is_decimal;
use crate::snapshot::show::harmless;

/// Whether a parameter's value is as expected.
pub fn matches(matcher: &Matcher, value: Option<&Value>) -> bool {
    let Some(value) = value else { return matches!(matcher, Matcher::Absent) };
    match matcher {
        Matcher::Equal(expected) => equal(expected, value),
        Matcher::Number(expected) => number(value)
            .is_some_and(|found| (found - expected).abs() <= f64::EPSILON * found.abs().max(1.0)),
        Matcher::OneOf(values) => values.iter().any(|expected| equal(expected, value)),
        Matcher::Regex(regex) => regex.is_match(&text(value)),
        Matcher::Present => true,
        Matcher::Absent => false,
        Matcher::Type(kind) => match kind {
            ValueType::Number => number(value).is_some(),
            ValueType::Integer => {
                value.is_i64()
                    || value.is_u64()
                    || value.as_str().is_some_and(|text| is_decimal(text) && !text.contains('.'))
            }
            ValueType::String => value.is_string(),
            ValueType::Boolean => {
                value.is_boolean() || matches!(value.as_str(), Some("true" | "false"))
            }
            ValueType::Array => value.is_array(),
            ValueType::Object => value.is_object(),
        },
    }
}

/// As JSON, or as the text that would be sent.
fn equal(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        _ => expected == found || text(expected) == text(found),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) if is_decimal(text) => text.parse().ok(),
        _ => None,
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A value for messages, cut where it is long.
pub fn shown(value: &Value) -> String {
    let text: String = harmless(&value.to_string()).chars().take(80).collect();
    text
}

/// What a matcher asks for, in words.
pub fn describe(matcher: &Matcher) -> String {
    match matcher {
        Matcher::Equal(value) => shown(value),
        Matcher::Number(number) => format!("the number {number}"),
        Matcher::OneOf(values) => {
            let values: Vec<String> = values.iter().map(shown).collect();
            format!("one of {}", values.join(", "))
        }
        Matcher::Regex(regex) => format!("a match of /{}/", harmless(regex.as_str())),
        Matcher::Present => "any value".to_owned(),
        Matcher::Absent => "none".to_owned(),
        Matcher::Type(kind) => match kind {
            ValueType::Number => "a number",
            ValueType::Integer => "a whole number",
            ValueType::String => "a text",
            ValueType::Boolean => "true or false",
            ValueType::Array => "a list",
            ValueType::Object => "an object",
        }
        .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn matchers_hold_as_documented() {
        let yes = |matcher: Matcher, value: Value| {
            assert!(matches(&matcher, Some(&value)), "{matcher:?} {value}");
        };
        let no = |matcher: Matcher, value: Value| {
            assert!(!matches(&matcher, Some(&value)), "{matcher:?} {value}");
        };
        yes(Matcher::Equal(json!(49.99)), json!("49.99"));
        yes(Matcher::Equal(json!(["A", 1])), json!(["A", "1"]));
        yes(Matcher::Equal(json!({"a": 1, "b": 2})), json!({"b": 2, "a": "1"}));
        no(Matcher::Equal(json!(49.9)), json!("49,9"));
        no(Matcher::Equal(json!(["A"])), json!(["A", "B"]));
        yes(Matcher::Number(49.9), json!("49.90"));
        no(Matcher::Number(49.99), json!("49,99"));
        no(Matcher::Number(0.0), json!(""));
        yes(Matcher::OneOf(vec![json!("EUR"), json!(5)]), json!("5"));
        no(Matcher::OneOf(vec![]), json!("5"));
        yes(Matcher::Regex(regex::Regex::new("^A.$").unwrap()), json!("AB"));
        yes(Matcher::Regex(regex::Regex::new("\"id\":1").unwrap()), json!({"id": 1}));
        yes(Matcher::Present, json!(null));
        no(Matcher::Absent, json!(""));
        assert!(matches(&Matcher::Absent, None) && !matches(&Matcher::Present, None));
        for (kind, good, bad) in [
            (ValueType::Number, json!("-1.5"), json!("1,5")),
            (ValueType::Integer, json!("15"), json!(1.5)),
            (ValueType::String, json!(""), json!(1)),
            (ValueType::Boolean, json!("true"), json!("1")),
            (ValueType::Array, json!([]), json!("[]")),
            (ValueType::Object, json!({}), json!([])),
        ] {
            yes(Matcher::Type(kind), good);
            no(Matcher::Type(kind), bad);
        }
    }
}

//! The smallest template language that a demo shop needs: `{{name}}` is a
//! value made safe for HTML, `{{&name}}` one that is HTML already. No loops
//! and no conditions; pages put their parts together in Rust.

use std::fmt::Write as _;

/// Values by name.
pub(crate) type Values<'a> = [(&'a str, String)];

/// A name without a value leaves nothing behind.
pub(crate) fn fill(template: &str, values: &Values<'_>) -> String {
    let mut out = String::with_capacity(template.len() + 256);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((name, after)) = after.split_once("}}") else {
            out.push_str("{{");
            rest = after;
            continue;
        };
        let raw = name.strip_prefix('&');
        let wanted = raw.unwrap_or(name);
        if let Some((_, value)) = values.iter().find(|(name, _)| *name == wanted) {
            match raw {
                Some(_) => out.push_str(value),
                None => out.push_str(&escape(value)),
            }
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Safe in HTML text and in quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' | '<' | '>' | '"' | '\'' => {
                // Writing to a String cannot fail.
                let _ = write!(out, "&#{};", character as u32);
            }
            _ => out.push(character),
        }
    }
    out
}

/// JSON that cannot end the script element that it stands in.
pub(crate) fn script_json(value: &serde_json::Value) -> String {
    value.to_string().replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped_unless_asked() {
        let values = [("a", "<b>".to_owned())];
        assert_eq!(fill("{{a}} {{&a}} {{none}} {{open", &values), "&#60;b&#62; <b>  {{open");
    }

    #[test]
    fn a_value_is_never_read_as_a_template() {
        let values = [("a", "{{b}}".to_owned()), ("b", "secret".to_owned())];
        assert_eq!(fill("{{a}}{{&a}}", &values), "{{b}}{{b}}");
    }

    #[test]
    fn json_stays_inside_its_script() {
        let json = serde_json::json!({ "q": "</script>" });
        assert_eq!(script_json(&json), r#"{"q":"\u003c/script>"}"#);
    }
}

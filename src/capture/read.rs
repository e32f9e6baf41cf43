//! Lenient access to untyped protocol messages. A missing or mistyped field
//! reads as empty: the protocol grows, and a hit must not be lost for it.

use base64::Engine as _;
use serde_json::Value;

use crate::model::request::{Header, StackFrame};

pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

pub(crate) fn owned(value: &Value, key: &str) -> String {
    text(value, key).to_owned()
}

pub(crate) fn optional(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

pub(crate) fn number(value: &Value, key: &str) -> Option<u64> {
    let value = value.get(key)?;
    value.as_u64().or_else(|| value.as_f64().filter(|n| *n >= 0.0).map(|n| n as u64))
}

/// A line or column, which the protocol counts from zero.
pub(crate) fn one_based(value: &Value, key: &str) -> Option<u32> {
    let place = number(value, key)?.saturating_add(1);
    Some(u32::try_from(place).unwrap_or(u32::MAX))
}

pub(crate) fn truth(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or_default()
}

/// Headers come as an object (`Network`) or as a list of name and value
/// (`Fetch`). A value with line breaks is several headers of one name.
pub(crate) fn headers(value: Option<&Value>) -> Vec<Header> {
    let mut headers = Vec::new();
    let mut add = |name: &str, value: &str| {
        for line in value.split('\n') {
            headers.push(Header { name: name.to_owned(), value: line.to_owned() });
        }
    };
    match value {
        Some(Value::Object(map)) => {
            for (name, value) in map {
                match value {
                    Value::String(value) => add(name, value),
                    other => add(name, &other.to_string()),
                }
            }
        }
        Some(Value::Array(list)) => {
            for entry in list {
                add(text(entry, "name"), text(entry, "value"));
            }
        }
        _ => {}
    }
    headers
}

/// The exact bytes, when every entry of the body has its bytes.
pub(crate) fn post_data_entries(request: &Value) -> Option<Vec<u8>> {
    let entries = request.get("postDataEntries")?.as_array()?;
    if entries.is_empty() {
        return None;
    }
    let mut bytes = Vec::new();
    for entry in entries {
        let part = entry.get("bytes")?.as_str()?;
        bytes.extend(base64::engine::general_purpose::STANDARD.decode(part).ok()?);
    }
    Some(bytes)
}

/// The frames of a `Runtime.StackTrace`, asynchronous parents included.
/// Depth is bounded, because a page can nest asynchronous parents at will.
pub(crate) fn stack(value: Option<&Value>) -> Vec<StackFrame> {
    const MOST: usize = 50;
    let mut frames = Vec::new();
    let mut current = value;
    while let Some(trace) = current {
        let list = trace.get("callFrames").and_then(Value::as_array);
        for frame in list.into_iter().flatten() {
            if frames.len() == MOST {
                return frames;
            }
            frames.push(StackFrame {
                function: bounded_url(text(frame, "functionName")),
                url: bounded_url(text(frame, "url")),
                line: one_based(frame, "lineNumber").unwrap_or(1),
                column: one_based(frame, "columnNumber").unwrap_or(1),
            });
        }
        current = trace.get("parent");
    }
    frames
}

/// Reads the text of a JavaScript `Error.stack` as V8 writes it.
pub(crate) fn stack_text(stack: &str) -> Vec<StackFrame> {
    stack
        .lines()
        .take(50)
        .filter_map(|line| {
            let line = line.trim().strip_prefix("at ")?;
            let (function, place) = match line.strip_suffix(')').and_then(|l| l.split_once(" (")) {
                Some((function, place)) => (function, place),
                None => ("", line),
            };
            let mut parts = place.rsplitn(3, ':');
            let column = parts.next()?.parse().ok()?;
            let line = parts.next()?.parse().ok()?;
            let url = parts.next()?.trim_start_matches("async ").to_owned();
            let function = bounded_url(function);
            // A script that another one wrote into the page has no address.
            let url = if url == "<anonymous>" { String::new() } else { bounded_url(&url) };
            Some(StackFrame { function, url, line, column })
        })
        .collect()
}

/// A URL as something that is shown, not asked for: a `data:` URL can hold
/// megabytes.
pub(crate) fn bounded_url(url: &str) -> String {
    const LONGEST: usize = 8_192;
    match url.char_indices().nth(LONGEST) {
        Some((end, _)) => url[..end].to_owned(),
        None => url.to_owned(),
    }
}

/// URL without fragment, and the fragment.
pub(crate) fn split_fragment(url: &str) -> (String, Option<String>) {
    match url.split_once('#') {
        Some((url, fragment)) => (url.to_owned(), Some(fragment.to_owned())),
        None => (url.to_owned(), None),
    }
}

//! The `decode --format jsonl` interface: one request a line in, one line out.
//!
//! Bytes in, bytes out; reading and writing them is the command's part.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::hit::{Decoded, DecodedEvent, Param};
use crate::model::request::Header;
use crate::model::vendor::WireRequest;
use crate::vendors::frame::dedup::Deduplicator;
use crate::vendors::frame::draft::nothing;
use crate::vendors::frame::registry::Registry;
use crate::wire::base64;

/// Decodes the lines of one input, in order: what was carried before makes a
/// later line a duplicate. Its memory is bounded.
#[derive(Debug)]
pub struct LineDecoder<'r> {
    registry: &'r Registry,
    dedup: Deduplicator,
}

/// One line of input; what else stands in it is left alone.
#[derive(Deserialize)]
struct Input<'a> {
    #[serde(default)]
    id: Value,
    #[serde(borrow)]
    url: Cow<'a, str>,
    #[serde(borrow, default = "get")]
    method: Cow<'a, str>,
    #[serde(borrow, default)]
    body: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    content_type: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    content_encoding: Option<Cow<'a, str>>,
    #[serde(default)]
    headers: Value,
}

#[derive(Serialize)]
struct Output<'a> {
    id: Value,
    vendor: Option<String>,
    kind: &'a str,
    accounts: Vec<String>,
    events: Vec<OutputEvent>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<String>,
}

#[derive(Serialize)]
struct OutputEvent {
    name: String,
    /// All of them, joined by commas, where the event is of several.
    account: String,
    params: Map<String, Value>,
}

fn get() -> Cow<'static, str> {
    Cow::Borrowed("GET")
}

impl<'r> LineDecoder<'r> {
    pub fn new(registry: &'r Registry) -> Self {
        Self { registry, dedup: Deduplicator::new() }
    }

    /// Appends the answer to a line, with its line end. A line that cannot be
    /// read is answered with its problem.
    pub fn decode(&mut self, line: &[u8], output: &mut Vec<u8>) {
        let input: Input<'_> = match serde_json::from_slice(line) {
            Ok(input) => input,
            Err(error) => {
                let id = serde_json::from_slice::<Value>(line)
                    .ok()
                    .and_then(|line| line.get("id").cloned())
                    .unwrap_or_default();
                let problem = format!("line is no request: {error}");
                write(id, nothing(vec![problem]), output);
                return;
            }
        };
        let headers = headers(&input.headers);
        let header = |name: &str| {
            headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|h| &*h.value)
        };
        let mut problem = None;
        let body = match input.body.as_deref() {
            None => Vec::new(),
            Some(text) => base64::decode(text.as_bytes()).unwrap_or_else(|| {
                problem = Some("body is not valid base64".to_owned());
                Vec::new()
            }),
        };
        let request = WireRequest {
            url: &input.url,
            method: &input.method,
            body: &body,
            content_type: input.content_type.as_deref().or_else(|| header("content-type")),
            content_encoding: input
                .content_encoding
                .as_deref()
                .or_else(|| header("content-encoding")),
            headers: &headers,
        };
        let mut decoded = self.registry.decode(&request);
        self.dedup.mark(&request, &mut decoded);
        decoded.problems.splice(0..0, problem);
        write(input.id, decoded, output);
    }

    /// The answer to a line that is longer than the reader takes.
    pub fn refuse(&self, problem: &str, output: &mut Vec<u8>) {
        write(Value::Null, nothing(vec![problem.to_owned()]), output);
    }
}

/// An object of names and values, or a list of `{"name","value"}` or pairs.
fn headers(value: &Value) -> Vec<Header> {
    let header = |name: &Value, value: &Value| {
        Some(Header { name: name.as_str()?.to_owned(), value: value.as_str()?.to_owned() })
    };
    match value {
        Value::Object(members) => members
            .iter()
            .filter_map(|(name, value)| {
                Some(Header { name: name.clone(), value: value.as_str()?.to_owned() })
            })
            .collect(),
        Value::Array(list) => list
            .iter()
            .filter_map(|item| match item {
                Value::Array(pair) => header(pair.first()?, pair.get(1)?),
                item => header(item.get("name")?, item.get("value")?),
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn write(id: Value, decoded: Decoded, output: &mut Vec<u8>) {
    let Decoded { vendor, kind, accounts, events, problems } = decoded;
    let events = events.into_iter().map(|event| output_event(event, &accounts)).collect();
    let answer = Output { id, vendor, kind: kind.as_text(), accounts, events, problems };
    let start = output.len();
    if serde_json::to_writer(&mut *output, &answer).is_err() {
        // Writing plain values to memory cannot fail; a half line must not
        // stay if it ever does.
        output.truncate(start);
    }
    output.push(b'\n');
}

/// Repeated wire names become a list; of a canonical name the first counts.
fn output_event(event: DecodedEvent, accounts: &[String]) -> OutputEvent {
    let DecodedEvent { name, mut account, params } = event;
    if account.is_empty() {
        account = accounts.join(",");
    }
    let mut wire: Map<String, Value> = Map::with_capacity(params.len() + 1);
    let mut canonical = Map::new();
    let mut repeated: Vec<String> = Vec::new();
    for Param { wire: name, value, canonical: common, .. } in params {
        if let Some(common) = common {
            canonical.entry(common).or_insert_with(|| value.clone());
        }
        match wire.get_mut(&name) {
            None => {
                wire.insert(name, value);
            }
            Some(Value::Array(values)) if repeated.contains(&name) => values.push(value),
            Some(first) => {
                *first = Value::Array(vec![first.take(), value]);
                repeated.push(name);
            }
        }
    }
    wire.insert("canonical".to_owned(), Value::Object(canonical));
    OutputEvent { name, account, params: wire }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer(lines: &[&str]) -> Vec<Value> {
        let registry = Registry::default();
        let mut decoder = LineDecoder::new(&registry);
        let mut output = Vec::new();
        for line in lines {
            decoder.decode(line.as_bytes(), &mut output);
        }
        String::from_utf8(output)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn a_request_becomes_its_events() {
        let line = r#"{"id":"a","url":"https://www.facebook.com/tr/?id=1&ev=Lead&cd[value]=2&x=1&x=2","method":"GET","body":null}"#;
        assert_eq!(
            answer(&[line]),
            [json!({
                "id": "a", "vendor": "meta", "kind": "event", "accounts": ["1"],
                "events": [{"name": "Lead", "account": "1", "params": {
                    "id": "1", "ev": "Lead", "cd[value]": "2", "x": ["1", "2"],
                    "canonical": {"value": "2"},
                }}],
            })]
        );
    }

    #[test]
    fn what_cannot_be_read_is_still_a_line() {
        let answers = answer(&[
            "nonsense",
            r#"{"id":7}"#,
            r#"{"id":8,"url":"https://www.facebook.com/tr/","method":"POST","body":"?"}"#,
            r#"{"id":9,"url":"nonsense"}"#,
        ]);
        assert_eq!(answers.len(), 4);
        for answer in &answers[..3] {
            assert!(!answer["problems"].as_array().unwrap().is_empty(), "{answer}");
        }
        assert_eq!(answers[1]["id"], 7);
        assert_eq!((&answers[2]["vendor"], &answers[2]["kind"]), (&json!("meta"), &json!("aux")));
        assert_eq!((&answers[3]["vendor"], &answers[3]["kind"]), (&json!(null), &json!("none")));
    }

    #[test]
    fn headers_tell_what_the_line_does_not() {
        let body = "ev=Lead&id=1";
        let body = base64_of(body);
        for headers in [
            r#"{"Content-Type":"application/x-www-form-urlencoded"}"#,
            r#"[["content-type","application/x-www-form-urlencoded"]]"#,
            r#"[{"name":"content-type","value":"text/plain"}]"#,
        ] {
            let line = format!(
                r#"{{"url":"https://www.facebook.com/tr/","method":"POST","body":"{body}","headers":{headers}}}"#
            );
            assert_eq!(answer(&[&line])[0]["events"][0]["name"], "Lead");
        }
    }

    fn base64_of(text: &str) -> String {
        use ::base64::Engine as _;
        ::base64::engine::general_purpose::STANDARD.encode(text)
    }
}

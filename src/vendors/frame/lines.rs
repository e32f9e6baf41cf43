//! The `decode --format jsonl` interface: one request a line in, one line out.
//!
//! Bytes in, bytes out; reading and writing them is the command's part.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use foldhash::fast::FixedState;
use serde::ser::{SerializeMap as _, Serializer};
use serde::{Deserialize, Serialize};

use crate::model::request::Header;
use crate::model::vendor::WireRequest;
use crate::vendors::frame::consent::ConsentSignal;
use crate::vendors::frame::decoded::{Decoded, DecodedEvent, Param};
use crate::vendors::frame::dedup::Deduplicator;
use crate::vendors::frame::registry::Registry;
use crate::wire::base64;
use crate::wire::json::{self, Json};

/// Of one event; their order in here is never shown.
type Names<'a> = HashSet<&'a str, FixedState>;

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
    #[serde(borrow, default)]
    id: Json<'a>,
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
    #[serde(borrow, default)]
    headers: Json<'a>,
}

#[derive(Serialize)]
struct Output<'a> {
    id: &'a Json<'a>,
    vendor: Option<&'a str>,
    kind: &'a str,
    accounts: &'a [Cow<'a, str>],
    events: Vec<OutputEvent<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    problems: &'a [String],
}

#[derive(Serialize)]
struct OutputEvent<'a> {
    name: &'a str,
    /// All of them, joined by commas, where the event is of several.
    account: Cow<'a, str>,
    params: Params<'a>,
    /// Left out when the event says nothing about consent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    consent: Vec<ConsentSignal>,
}

/// Repeated wire names become a list; of a canonical name the first counts.
struct Params<'a>(&'a [Param<'a>]);

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
                let mut line = json::parse(line).unwrap_or_default();
                let id = line.remove("id").unwrap_or_default();
                let problem = format!("line is no request: {error}");
                write(&id, &Decoded::nothing(vec![problem]), output);
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
        self.read(&request, |mut decoded| {
            decoded.problems.splice(0..0, problem);
            write(&input.id, &decoded, output);
        });
    }

    /// Decodes one request of the input; pass each once, in order.
    pub fn read<R>(&mut self, request: &WireRequest<'_>, then: impl FnOnce(Decoded<'_>) -> R) -> R {
        let dedup = &mut self.dedup;
        self.registry.decode(request, |mut decoded| {
            dedup.mark(request, &mut decoded);
            then(decoded)
        })
    }

    /// The answer to a request that did not come as a line.
    pub fn answer(&mut self, id: &Json<'_>, request: &WireRequest<'_>, output: &mut Vec<u8>) {
        self.read(request, |decoded| write(id, &decoded, output));
    }

    /// The answer to a line that is longer than the reader takes.
    pub fn refuse(&self, problem: &str, output: &mut Vec<u8>) {
        write(&Json::Null, &Decoded::nothing(vec![problem.to_owned()]), output);
    }
}

/// An object of names and values, or a list of `{"name","value"}` or pairs.
fn headers(value: &Json<'_>) -> Vec<Header> {
    let header = |name: &Json<'_>, value: &Json<'_>| {
        Some(Header { name: name.as_str()?.to_owned(), value: value.as_str()?.to_owned() })
    };
    match value {
        Json::Object(members) => members
            .iter()
            .filter_map(|(name, value)| {
                Some(Header { name: name.to_string(), value: value.as_str()?.to_owned() })
            })
            .collect(),
        Json::List(list) => list
            .iter()
            .filter_map(|item| match item {
                Json::List(pair) => header(pair.first()?, pair.get(1)?),
                item => header(item.get("name")?, item.get("value")?),
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn write(id: &Json<'_>, decoded: &Decoded<'_>, output: &mut Vec<u8>) {
    let events = decoded.events.iter().map(|event| output_event(event, decoded)).collect();
    let answer = Output {
        id,
        vendor: decoded.vendor.as_deref(),
        kind: decoded.kind.as_text(),
        accounts: &decoded.accounts,
        events,
        problems: &decoded.problems,
    };
    let start = output.len();
    if serde_json::to_writer(&mut *output, &answer).is_err() {
        // Writing plain values to memory cannot fail; a half line must not
        // stay if it ever does.
        output.truncate(start);
    }
    output.push(b'\n');
}

fn output_event<'a>(event: &'a DecodedEvent<'a>, decoded: &'a Decoded<'a>) -> OutputEvent<'a> {
    let account = if event.account.is_empty() {
        decoded.accounts.join(",").into()
    } else {
        Cow::Borrowed(&*event.account)
    };
    OutputEvent {
        name: &event.name,
        account,
        params: Params(&event.params),
        consent: event.consent(),
    }
}

impl Serialize for Params<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut names = Names::with_capacity_and_hasher(self.0.len(), FixedState::default());
        if self.0.iter().all(|param| names.insert(&param.wire)) {
            for param in self.0 {
                map.serialize_entry(&param.wire, &param.value)?;
            }
        } else {
            for (wire, values) in lists(self.0) {
                match values.as_slice() {
                    [value] => map.serialize_entry(wire, value)?,
                    values => map.serialize_entry(wire, values)?,
                }
            }
        }
        map.serialize_entry("canonical", &Canonical(self.0))?;
        map.end()
    }
}

/// The values of each wire name, in the order in which the names come first.
fn lists<'a>(params: &'a [Param<'a>]) -> Vec<(&'a str, Vec<&'a Json<'a>>)> {
    let mut first: HashMap<&str, usize, FixedState> = HashMap::default();
    let mut lists: Vec<(&str, Vec<&Json<'_>>)> = Vec::with_capacity(params.len());
    for param in params {
        let at = *first.entry(&*param.wire).or_insert(lists.len());
        match lists.get_mut(at) {
            Some((_, values)) => values.push(&param.value),
            None => lists.push((&*param.wire, vec![&param.value])),
        }
    }
    lists
}

struct Canonical<'a>(&'a [Param<'a>]);

impl Serialize for Canonical<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut known = Names::with_capacity_and_hasher(self.0.len(), FixedState::default());
        let mut map = serializer.serialize_map(None)?;
        for param in self.0 {
            if let Some(name) = param.canonical.as_deref()
                && known.insert(name)
            {
                map.serialize_entry(name, &param.value)?;
            }
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

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

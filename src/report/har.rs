//! HTTP Archive 1.2: every request of every target, as it left the browser.
//!
//! Beyond the standard, as names with an underscore: `_id` and
//! `_redirectedFrom` (ids of requests), `_fragment` (no part of a HAR's URL),
//! `_step` (index from 0) and
//! `_stepLabel`, `_hitSteps` (of each hit in it, the step that caused it),
//! `_target`, `_frameUrl`, `_resourceType`, `_initiator`,
//! `_outcome`, and `postData._encoding: "base64"` where a body is not UTF-8.
//! `_webSocketMessages` are what went over a socket or an event stream.
//! A status of 0 says that no answer came. Format:
//! <http://www.softwareishard.com/blog/har-12-spec/>. Response bodies are not
//! kept.

use std::borrow::Cow;
use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::ser::SerializeSeq as _;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};
use url::{Url, form_urlencoded};

use crate::model::request::{Body, Header, Initiator, Outcome, Request, StackFrame};
use crate::model::run::{RunReport, ScenarioReport};
use crate::model::trace::{Document, Trace};
use crate::report::Reporter;
use crate::report::json::{milliseconds, timestamp};
use crate::report::mask::Mask;

pub static REPORTER: Reporter = Reporter {
    name: "har",
    extension: "har",
    docs: "HTTP Archive 1.2 with every request of every scenario, for DevTools and HAR viewers",
    write: |run, _, out| run_archive(run, out),
};

/// The archive of one scenario.
pub fn har(scenario: &ScenarioReport) -> Vec<u8> {
    let mut bytes = Vec::new();
    let scenarios = || std::iter::once(Cow::Borrowed(scenario));
    // Writing to memory does not fail.
    let _ = archive(env!("CARGO_PKG_VERSION"), "", Entries(1, scenarios), &mut bytes);
    bytes
}

fn run_archive(run: &RunReport, out: &mut dyn Write) -> io::Result<()> {
    archive(&run.version, &run.browser, Entries(run.scenarios.len(), || run.wholes()), out)
}

fn archive<'a, I: Iterator<Item = Cow<'a, ScenarioReport>>>(
    version: &str,
    browser: &str,
    entries: Entries<impl Fn() -> I>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let pages = entries.each().flat_map(|(prefix, mask, scenario)| {
        pages_of(&scenario, &prefix).into_iter().map(move |page| mask.json(page))
    });
    let log = Log {
        version: "1.2",
        creator: Program { name: "pixelproof", version },
        browser: (!browser.is_empty()).then(|| {
            let (name, version) = browser.split_once('/').unwrap_or((browser, ""));
            Program { name, version }
        }),
        pages: pages.collect(),
        entries,
    };
    serde_json::to_writer_pretty(&mut *out, &Archive { log })?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Archive<'a, E> {
    log: Log<'a, E>,
}

#[derive(Serialize)]
struct Log<'a, E> {
    version: &'a str,
    creator: Program<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    browser: Option<Program<'a>>,
    pages: Vec<Value>,
    entries: E,
}

#[derive(Serialize)]
struct Program<'a> {
    name: &'a str,
    version: &'a str,
}

/// The entries of so many scenarios, each made when its turn comes: all at
/// once, with their bodies, would take several times the room of the text.
struct Entries<F>(usize, F);

impl<'a, I: Iterator<Item = Cow<'a, ScenarioReport>>, F: Fn() -> I> Entries<F> {
    /// Each scenario with what its ids begin with and what it hides.
    fn each(&self) -> impl Iterator<Item = (String, Mask, Cow<'a, ScenarioReport>)> {
        let Self(number, scenarios) = self;
        let prefix = |index: usize| match number {
            1 => String::new(),
            _ => format!("{index}_"),
        };
        (scenarios)()
            .enumerate()
            .map(move |(index, it)| (prefix(index), Mask::new(&it.secrets), it))
    }
}

impl<'a, I, F> Serialize for Entries<F>
where
    I: Iterator<Item = Cow<'a, ScenarioReport>>,
    F: Fn() -> I,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for (prefix, mask, scenario) in self.each() {
            let trace = &scenario.trace;
            for request in &trace.requests {
                let masked = mask.json(entry(trace, request, &prefix, &mask));
                let whole = with_messages(with_body(masked, request, &mask), trace, request, &mask);
                list.serialize_element(&whole)?;
            }
        }
        list.end()
    }
}

/// One page per document of a main frame; one for the scenario where there
/// was none, because an entry's `pageref` must lead somewhere.
fn pages_of(scenario: &ScenarioReport, prefix: &str) -> Vec<Value> {
    let trace = &scenario.trace;
    let page = |id: String, title: &str, at_ms: f64| {
        json!({
            "startedDateTime": timestamp(trace.started_unix_ms, at_ms),
            "id": id,
            "title": title,
            "pageTimings": {"onContentLoad": -1, "onLoad": -1},
        })
    };
    let pages: Vec<_> = main_documents(trace)
        .map(|(index, document)| page(page_id(prefix, index), &document.url, document.committed_ms))
        .collect();
    if pages.is_empty() { vec![page(page_id(prefix, 0), &scenario.name, 0.0)] } else { pages }
}

fn page_id(prefix: &str, document: usize) -> String {
    format!("page_{prefix}{document}")
}

fn main_documents(trace: &Trace) -> impl Iterator<Item = (usize, &Document)> {
    trace.documents.iter().enumerate().filter(|(_, document)| document.main_frame)
}

/// The page that a request belongs to: the one that it loads, or else the one
/// that was open when it was sent.
fn page_of(trace: &Trace, request: &Request) -> usize {
    let loads = (request.resource_type == "Document")
        .then(|| {
            main_documents(trace).find(|(_, document)| {
                document.committed_ms >= request.started_ms
                    && document.url.split('#').next() == Some(request.url.as_str())
                    && request.frame.as_ref().is_none_or(|frame| frame.id == document.frame)
            })
        })
        .flatten();
    loads
        .or_else(|| {
            let mut index = request.document?;
            // Parents come before what they hold: this ends.
            while let Some(parent) = trace.documents.get(index)?.parent.filter(|&it| it < index) {
                index = parent;
            }
            let document = trace.documents.get(index)?;
            document.main_frame.then_some((index, document))
        })
        .or_else(|| {
            main_documents(trace)
                .filter(|(_, document)| document.committed_ms <= request.started_ms)
                .last()
        })
        .or_else(|| main_documents(trace).next())
        .map_or(0, |(index, _)| index)
}

fn entry(trace: &Trace, request: &Request, prefix: &str, mask: &Mask) -> Value {
    let wait =
        request.ended_ms.map_or(0.0, |ended| milliseconds((ended - request.started_ms).max(0.0)));
    let mut entry = Map::new();
    entry.insert("pageref".into(), json!(page_id(prefix, page_of(trace, request))));
    entry.insert(
        "startedDateTime".into(),
        json!(timestamp(trace.started_unix_ms, request.started_ms)),
    );
    entry.insert("time".into(), json!(wait));
    entry.insert("request".into(), request_value(request, mask));
    entry.insert("response".into(), response_value(trace, request));
    entry.insert("cache".into(), json!({}));
    entry.insert(
        "timings".into(),
        json!({"blocked": -1, "dns": -1, "connect": -1, "send": 0, "wait": wait, "receive": 0, "ssl": -1}),
    );
    let address = request.response.as_ref().and_then(|response| response.remote_address.as_deref());
    if let Some(address) = address {
        entry.insert("serverIPAddress".into(), json!(without_port(address)));
    }
    entry.insert("_id".into(), json!(request.id.0));
    if let Some(from) = request.redirected_from {
        entry.insert("_redirectedFrom".into(), json!(from.0));
    }
    if let Some(fragment) = &request.fragment {
        entry.insert("_fragment".into(), json!(fragment));
    }
    entry.insert("_step".into(), json!(request.step));
    let label = request.step.and_then(|step| trace.steps.get(step)).map(|step| &step.label);
    entry.insert("_stepLabel".into(), json!(label));
    let hits = trace.hits.iter().filter(|hit| hit.request == request.id);
    let causes: Vec<Option<usize>> = hits.map(|hit| hit.step).collect();
    if !causes.is_empty() {
        entry.insert("_hitSteps".into(), json!(causes));
    }
    entry.insert("_target".into(), json!(request.target.kind.as_text()));
    entry.insert(
        "_frameUrl".into(),
        json!(request.frame.as_ref().map_or(&request.target.url, |frame| &frame.url)),
    );
    entry.insert("_resourceType".into(), json!(request.resource_type.to_lowercase()));
    entry.insert("_initiator".into(), initiator_value(&request.initiator));
    entry.insert("_outcome".into(), json!(request.outcome.as_text()));
    Value::Object(entry)
}

fn request_value(request: &Request, mask: &Mask) -> Value {
    // Masked before it is taken apart: a secret may hold `&` or `=`.
    let query: Vec<Value> = Url::parse(&mask.text(&request.url))
        .map(|url| {
            let query = url.query().unwrap_or_default().as_bytes().to_vec();
            form_urlencoded::parse(&query)
                .map(|(name, value)| json!({"name": name, "value": value}))
                .collect()
        })
        .unwrap_or_default();
    let cookies: Vec<Value> = all(&request.headers, "cookie")
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    json!({
        "method": request.method,
        "url": request.url,
        "httpVersion": version_text(request),
        "cookies": cookies,
        "headers": request.headers,
        "queryString": query,
        "headersSize": -1,
        "bodySize": body_size(request.body.as_ref()),
    })
}

fn body_size(body: Option<&Body>) -> i64 {
    match body {
        None => 0,
        Some(body) if body.exact => i64::try_from(body.size).unwrap_or(-1),
        Some(_) => -1,
    }
}

/// Adds the body, which is masked already.
fn with_body(mut entry: Value, request: &Request, mask: &Mask) -> Value {
    if let Some(data) = body_value(request, mask)
        && let Some(request) = entry.get_mut("request").and_then(Value::as_object_mut)
    {
        request.insert("postData".into(), data);
    }
    entry
}

/// The body as `postData`, masked as bytes: base64 would hide a secret from
/// the mask.
pub fn body_value(request: &Request, mask: &Mask) -> Option<Value> {
    let body = request.body.as_ref()?;
    let mut data = Map::new();
    data.insert("mimeType".into(), json!(request.header("content-type").unwrap_or_default()));
    let bytes = if body.is_left_out() || mask.hides_in_gzip(&body.bytes) {
        data.insert("_masked".into(), json!("a compressed body that holds a secret was left out"));
        Vec::new()
    } else {
        mask.bytes(&body.bytes)
    };
    match String::from_utf8(bytes) {
        Ok(text) => data.insert("text".into(), json!(text)),
        Err(error) => {
            data.insert("text".into(), json!(STANDARD.encode(error.as_bytes())));
            data.insert("_encoding".into(), json!("base64"))
        }
    };
    if !body.exact {
        data.insert("_incomplete".into(), json!(true));
    }
    Some(mask_header(Value::Object(data), mask))
}

/// What went over a socket or an event stream, as DevTools exports it.
fn with_messages(mut entry: Value, trace: &Trace, request: &Request, mask: &Mask) -> Value {
    let of_it = trace.messages.iter().filter(|message| message.request == request.id);
    let messages: Vec<Value> = of_it
        .map(|message| {
            let (opcode, data) = match String::from_utf8(mask.bytes(&message.body.bytes)) {
                Ok(text) => (1, text),
                Err(error) => (2, STANDARD.encode(error.as_bytes())),
            };
            json!({
                "type": if message.sent { "send" } else { "receive" },
                "time": (trace.started_unix_ms as f64 + message.at_ms) / 1_000.0,
                "opcode": opcode, "data": data,
            })
        })
        .collect();
    if !messages.is_empty()
        && let Some(entry) = entry.as_object_mut()
    {
        entry.insert("_webSocketMessages".into(), json!(messages));
    }
    entry
}

/// The content type may hold a secret too; the text has been masked already.
fn mask_header(mut data: Value, mask: &Mask) -> Value {
    if let Some(mime) = data.get_mut("mimeType") {
        *mime = mask.json(mime.take());
    }
    data
}

fn response_value(trace: &Trace, request: &Request) -> Value {
    let response = request.response.clone().unwrap_or_default();
    let redirect_url = trace
        .requests
        .iter()
        .find(|next| next.redirected_from == Some(request.id))
        .map(|next| next.url.clone())
        .or_else(|| {
            let location = all(&response.headers, "location").next()?;
            (300..400).contains(&response.status).then(|| location.to_owned())
        })
        .unwrap_or_default();
    let cookies: Vec<Value> = all(&response.headers, "set-cookie")
        .flat_map(str::lines)
        .filter_map(response_cookie)
        .collect();
    let mut value = Map::new();
    value.insert("status".into(), json!(response.status));
    value.insert("statusText".into(), json!(response.status_text));
    value.insert("httpVersion".into(), json!(version_text(request)));
    value.insert("cookies".into(), json!(cookies));
    value.insert("headers".into(), json!(response.headers));
    value.insert("content".into(), json!({"size": 0, "mimeType": response.mime_type}));
    value.insert("redirectURL".into(), json!(redirect_url));
    value.insert("headersSize".into(), json!(-1));
    value.insert("bodySize".into(), json!(-1));
    if let Some(bytes) = response.encoded_bytes {
        value.insert("_transferSize".into(), json!(bytes));
    }
    if let Outcome::Failed(error) = &request.outcome {
        value.insert("_error".into(), json!(error));
    }
    Value::Object(value)
}

/// `name=value; Path=/; Secure` as HAR has it.
fn response_cookie(line: &str) -> Option<Value> {
    let mut parts = line.split(';').map(str::trim);
    let (name, value) = parts.next()?.split_once('=')?;
    let mut cookie = Map::new();
    cookie.insert("name".into(), json!(name));
    cookie.insert("value".into(), json!(value));
    for part in parts {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        match key.to_ascii_lowercase().as_str() {
            "path" => cookie.insert("path".into(), json!(value)),
            "domain" => cookie.insert("domain".into(), json!(value)),
            "httponly" => cookie.insert("httpOnly".into(), json!(true)),
            "secure" => cookie.insert("secure".into(), json!(true)),
            "samesite" => cookie.insert("sameSite".into(), json!(value)),
            _ => None,
        };
    }
    Some(Value::Object(cookie))
}

/// As DevTools exports it, but lines and columns are one-based.
fn initiator_value(initiator: &Initiator) -> Value {
    let mut value = Map::new();
    value.insert("type".into(), json!(initiator.kind));
    if let Some(url) = &initiator.url {
        value.insert("url".into(), json!(url));
    }
    if let Some(line) = initiator.line {
        value.insert("lineNumber".into(), json!(line));
    }
    if !initiator.stack.is_empty() {
        let frames: Vec<Value> = initiator.stack.iter().map(stack_value).collect();
        value.insert("stack".into(), json!({"callFrames": frames}));
    }
    Value::Object(value)
}

fn stack_value(frame: &StackFrame) -> Value {
    json!({
        "functionName": frame.function,
        "url": frame.url,
        "lineNumber": frame.line,
        "columnNumber": frame.column,
    })
}

/// `HTTP/2` for the browser's `h2`; unknown where no answer came.
fn version_text(request: &Request) -> String {
    let protocol = request.response.as_ref().map_or("", |response| response.protocol.as_str());
    match protocol {
        "" => "unknown".to_owned(),
        "h2" => "HTTP/2".to_owned(),
        "h3" => "HTTP/3".to_owned(),
        other => other.to_uppercase(),
    }
}

/// `127.0.0.1` of `127.0.0.1:80`, `::1` of `[::1]:80`.
fn without_port(address: &str) -> &str {
    if let Some((host, _)) = address.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        host
    } else if address.matches(':').count() == 1 {
        address.split(':').next().unwrap_or_default()
    } else {
        address
    }
}

fn all<'a>(headers: &'a [Header], name: &'a str) -> impl Iterator<Item = &'a str> {
    headers
        .iter()
        .filter(move |header| header.name.eq_ignore_ascii_case(name))
        .map(|header| header.value.as_str())
}

#[cfg(test)]
mod tests {
    use crate::report::{ReportOptions, sample};

    use super::*;

    fn parsed(bytes: &[u8]) -> Value {
        serde_json::from_slice(bytes).unwrap()
    }

    #[test]
    fn whole_archive() {
        let text = String::from_utf8(har(&sample::failed())).unwrap();
        let text = text.replace(env!("CARGO_PKG_VERSION"), "[version]");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn every_entry_has_what_the_standard_requires() {
        let archive = parsed(&REPORTER.bytes(&sample::run(), &ReportOptions::default()));
        let log = &archive["log"];
        let pages: Vec<_> =
            log["pages"].as_array().unwrap().iter().map(|page| page["id"].clone()).collect();
        let entries = log["entries"].as_array().unwrap();
        let expected: usize =
            sample::run().scenarios.iter().map(|scenario| scenario.trace.requests.len()).sum();
        assert_eq!(entries.len(), expected);
        for entry in entries {
            assert!(pages.contains(&entry["pageref"]), "{entry}");
            for key in ["startedDateTime", "time", "request", "response", "cache", "timings"] {
                assert!(!entry[key].is_null(), "{key} of {entry}");
            }
            for key in ["send", "wait", "receive"] {
                assert!(entry["timings"][key].as_f64().unwrap() >= 0.0);
            }
            for key in [
                "method",
                "url",
                "httpVersion",
                "cookies",
                "headers",
                "queryString",
                "headersSize",
                "bodySize",
            ] {
                assert!(!entry["request"][key].is_null(), "{key} of {entry}");
            }
            for key in [
                "status",
                "statusText",
                "httpVersion",
                "cookies",
                "headers",
                "content",
                "redirectURL",
                "headersSize",
                "bodySize",
            ] {
                assert!(!entry["response"][key].is_null(), "{key} of {entry}");
            }
        }
    }

    #[test]
    fn bodies_are_text_or_base64_and_masked() {
        let mut scenario = sample::failed();
        scenario.secrets = vec!["hunter22".to_owned()];
        let mut binary = vec![0xff, 0xfe];
        binary.extend_from_slice(b"pw=hunter22");
        scenario.trace.requests[0].body = Some(Body::new(binary, true));
        scenario.trace.requests[1].body = Some(Body::new(b"pw=hunter22".to_vec(), false));
        let entries = parsed(&har(&scenario))["log"]["entries"].clone();
        let data = &entries[0]["request"]["postData"];
        assert_eq!(data["_encoding"], "base64");
        assert_eq!(STANDARD.decode(data["text"].as_str().unwrap()).unwrap(), b"\xff\xfepw=***");
        let data = &entries[1]["request"]["postData"];
        assert_eq!((&data["text"], &data["_incomplete"]), (&json!("pw=***"), &json!(true)));
        assert_eq!(entries[1]["request"]["bodySize"], -1);
    }

    #[test]
    fn no_secret_survives_in_compressed_bodies() {
        use std::io::Write as _;
        let mut scenario = sample::failed();
        scenario.secrets = vec!["hunter22".to_owned()];
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(b"{\"password\":\"hunter22\"}").unwrap();
        scenario.trace.requests[0].body = Some(Body::new(gzip.finish().unwrap(), true));
        let data = parsed(&har(&scenario))["log"]["entries"][0]["request"]["postData"].clone();
        assert_eq!(data["text"], "");
        assert!(data["_masked"].is_string());
    }

    #[test]
    fn addresses_lose_their_port() {
        for (address, host) in [("127.0.0.1:80", "127.0.0.1"), ("[::1]:443", "::1"), ("::1", "::1")]
        {
            assert_eq!(without_port(address), host);
        }
    }
}

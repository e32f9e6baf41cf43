//! Everything that can send a request, and everything that can keep one from
//! being sent: one file a case in `tests/fixtures/torture`, held against what
//! the server received. What is looked at is the HAR, as other tools see it.
//!
//! A file has parts, each begun by `=== `: `=== /path [status] [| name:
//! value]…` is what the site answers, `=== steps` the funnel, and
//! `=== expect` one line for each pixel request that there must be, told
//! apart by the first word of its query:
//!
//! ```text
//! image step=0 target=page frame=/page page=/page outcome=delivered times=1
//! ```
//!
//! which are also the values of what a line leaves out; `*` is anything. `$shop`, `$other` and
//! `$third` stand for three sites, `$secure` for one over TLS, and `$plain` for
//! one without whose name is none of this machine's.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use pixelproof::model::browser_options::BrowserOptions;
use pixelproof::model::run::ScenarioReport;
use pixelproof::model::trace::StepOutcome;
use pixelproof::report::har::har;
use serde_json::Value;

use crate::e2e::ground::{Reply, Site, Stage, When};

/// One file.
struct Case {
    name: String,
    replies: BTreeMap<String, Reply>,
    steps: String,
    expected: Vec<Expected>,
}

struct Expected {
    what: String,
    /// `None`: as often as it arrived.
    times: Option<usize>,
    fields: BTreeMap<String, String>,
}

const USUAL: [(&str, &str); 5] = [
    ("step", "0"),
    ("target", "page"),
    ("frame", "/page"),
    ("page", "/page"),
    ("outcome", "delivered"),
];

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/torture");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    if let Ok(only) = std::env::var("TORTURE") {
        files.retain(|file| file.file_stem().unwrap().to_str().unwrap().contains(&only));
    }
    files
}

/// `text` with the names of sites in place.
fn fill_in(text: &str, port: u16) -> String {
    text.replace("$secure", &format!("https://shop.test:{port}"))
        .replace("$plain", &format!("http://other.test:{port}"))
        .replace("$shop", &format!("http://shop.localhost:{port}"))
        .replace("$other", &format!("http://other.localhost:{port}"))
        .replace("$third", &format!("http://third.localhost:{port}"))
}

fn read_case(file: &Path, port: u16) -> Case {
    let text = fill_in(&std::fs::read_to_string(file).unwrap(), port);
    let mut case = Case {
        name: file.file_stem().unwrap().to_str().unwrap().to_owned(),
        replies: BTreeMap::new(),
        steps: String::new(),
        expected: Vec::new(),
    };
    for part in text.split("\n=== ").skip(1) {
        let (head, body) = part.split_once('\n').unwrap_or((part, ""));
        match head {
            "steps" => body.clone_into(&mut case.steps),
            "expect" => {
                let lines = body.lines().filter(|line| !line.trim().is_empty());
                case.expected = lines.map(read_expected).collect();
            }
            _ => {
                let (path, reply) = read_reply(head, body);
                case.replies.insert(path, reply);
            }
        }
    }
    case
}

fn read_expected(line: &str) -> Expected {
    let mut words = line.split_whitespace();
    let what = words.next().unwrap().to_owned();
    let mut fields: BTreeMap<String, String> =
        USUAL.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    for word in words {
        let (name, value) = word.split_once('=').unwrap_or_else(|| panic!("{line}"));
        fields.insert(name.to_owned(), value.to_owned());
    }
    let times = fields.remove("times").map_or(Some(1), |times| times.parse().ok());
    Expected { what, times, fields }
}

/// `/page 200 | name: value | …`; `when` is a delay in milliseconds, `never`
/// or `gone`.
fn read_reply(head: &str, body: &str) -> (String, Reply) {
    let (place, headers) = head.split_once(" | ").unwrap_or((head, ""));
    let mut words = place.split_whitespace();
    let path = words.next().unwrap().to_owned();
    let status = words.next().map_or(200, |status| status.parse().unwrap());
    let kind = match path.rsplit_once('.') {
        Some((_, "js")) => "text/javascript",
        Some((_, "css")) => "text/css",
        Some((_, "json")) => "application/json",
        _ => "text/html; charset=utf-8",
    };
    let mut reply = if kind.starts_with("text/html") {
        Reply { status, ..Reply::html(body) }
    } else {
        Reply::new(status, kind, body)
    };
    for header in headers.split(" | ").filter(|header| !header.is_empty()) {
        let (name, value) = header.split_once(": ").unwrap_or_else(|| panic!("{header}"));
        match (name, value) {
            ("when", "never") => reply.when = When::Never,
            ("when", "gone") => reply.when = When::Gone,
            ("when", ms) => reply.when = When::Later(ms.parse().unwrap()),
            ("content-type", _) => {
                reply.headers.retain(|(known, _)| known != name);
                reply = reply.with(name, value);
            }
            _ => reply = reply.with(name, value),
        }
    }
    (path, reply)
}

/// What stands in the HAR of a pixel request.
struct Entry {
    what: String,
    fields: BTreeMap<String, String>,
    /// Method, URL and body, as the server would have seen them.
    line: String,
    left: bool,
}

fn body_of(entry: &Value) -> Vec<u8> {
    use base64::Engine as _;
    let data = &entry["request"]["postData"];
    let text = data["text"].as_str().unwrap_or_default();
    if data["_encoding"] == "base64" {
        base64::engine::general_purpose::STANDARD.decode(text).unwrap()
    } else {
        text.as_bytes().to_vec()
    }
}

fn line(method: &str, url: &str, body: &[u8]) -> String {
    let hash = body
        .iter()
        .fold(0_u64, |hash, &byte| hash.wrapping_mul(1_099_511_628_211) ^ u64::from(byte));
    let start = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
    // The opening of a socket arrives as any other request.
    let url = url.replacen("ws://", "http://", 1);
    format!("{method} {url} {} bytes {hash:x} {start:?}", body.len())
}

fn name_of(url: &str) -> String {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    query.split('&').next().unwrap_or_default().to_owned()
}

fn entries(archive: &Value) -> Vec<Entry> {
    let titles: BTreeMap<&str, &str> = archive["log"]["pages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|page| (page["id"].as_str().unwrap(), page["title"].as_str().unwrap()))
        .collect();
    let of_pixels = |entry: &&Value| {
        let url = entry["request"]["url"].as_str().unwrap();
        url.split('/').nth(3).is_some_and(|path| path.starts_with("px"))
            && entry["request"]["method"] != "OPTIONS"
    };
    let list = archive["log"]["entries"].as_array().unwrap();
    list.iter()
        .filter(of_pixels)
        .map(|entry| {
            let url = entry["request"]["url"].as_str().unwrap();
            let outcome = entry["_outcome"].as_str().unwrap();
            let fields = [
                ("step", entry["_step"].to_string()),
                ("target", entry["_target"].as_str().unwrap().to_owned()),
                ("frame", entry["_frameUrl"].as_str().unwrap().to_owned()),
                ("page", titles[entry["pageref"].as_str().unwrap()].to_owned()),
                ("outcome", outcome.to_owned()),
                ("type", entry["_resourceType"].as_str().unwrap().to_owned()),
                ("status", entry["response"]["status"].to_string()),
            ];
            Entry {
                what: name_of(url),
                fields: fields.map(|(name, value)| (name.to_owned(), value)).into(),
                line: line(entry["request"]["method"].as_str().unwrap(), url, &body_of(entry)),
                left: matches!(outcome, "delivered" | "stubbed" | "pending"),
            }
        })
        .collect()
}

/// Addresses are told by how they end.
fn fits(name: &str, found: &str, wanted: &str) -> bool {
    match name {
        _ if wanted == "*" => true,
        "frame" | "page" => found.ends_with(wanted),
        _ => found == wanted,
    }
}

/// What is wrong, a line each.
fn judge(case: &Case, found: &[Entry], arrived: &[(String, String)]) -> String {
    let mut wrong = String::new();
    for expected in &case.expected {
        let of_it: Vec<&Entry> = found.iter().filter(|entry| entry.what == expected.what).collect();
        if expected.times.is_some_and(|times| times != of_it.len()) {
            let _ = writeln!(wrong, "  {} recorded {} times", expected.what, of_it.len());
        }
        for entry in of_it {
            for (name, wanted) in &expected.fields {
                let is = &entry.fields[name];
                if !fits(name, is, wanted) {
                    let _ = writeln!(wrong, "  {}: {name} is {is}, not {wanted}", expected.what);
                }
            }
        }
    }
    let known = |what: &str| case.expected.iter().any(|expected| expected.what == what);
    for entry in found.iter().filter(|entry| !known(&entry.what)) {
        let _ = writeln!(wrong, "  not expected: {} {:?}", entry.line, entry.fields);
    }
    for (what, line) in arrived.iter().filter(|(what, _)| !known(what)) {
        let _ = writeln!(wrong, "  {what} arrived and is not expected: {line}");
    }
    let mut balance = BTreeMap::<&str, i64>::new();
    for (_, line) in arrived {
        *balance.entry(line).or_default() += 1;
    }
    for entry in found.iter().filter(|entry| entry.left) {
        *balance.entry(&entry.line).or_default() -= 1;
    }
    // What failed or was given up may have arrived all the same, and more than
    // once: Chrome tries again where a connection was closed.
    for entry in found.iter().filter(|entry| !entry.left) {
        if let Some(open) = balance.get_mut(entry.line.as_str()) {
            *open = (*open).min(0);
        }
    }
    for (line, difference) in balance.into_iter().filter(|(_, difference)| *difference != 0) {
        let _ = match difference {
            1.. => writeln!(wrong, "  arrived, not recorded as sent: {line}"),
            _ => writeln!(wrong, "  recorded as sent, did not arrive: {line}"),
        };
    }
    wrong
}

/// A case and the site that it is played against.
async fn prepare(file: &Path) -> (Case, Site) {
    let replies = Arc::new(OnceLock::<BTreeMap<String, Reply>>::new());
    let known = Arc::clone(&replies);
    let site = Site::start(move |seen| known.get()?.get(seen.path()).cloned()).await;
    let mut case = read_case(file, site.port);
    let _ = replies.set(std::mem::take(&mut case.replies));
    (case, site)
}

fn look(case: &Case, site: &Site, scenario: &ScenarioReport) -> Option<String> {
    let mut wrong = String::new();
    for step in &scenario.trace.steps {
        if step.outcome != StepOutcome::Done {
            let _ = writeln!(wrong, "  step {}: {:?}", step.label, step.outcome);
        }
        if !step.waited_for.is_empty() {
            let _ = writeln!(wrong, "  step {} waited for {:?}", step.label, step.waited_for);
        }
    }
    let archive: Value = serde_json::from_slice(&har(scenario)).unwrap();
    let arrived: Vec<(String, String)> = site
        .pixels()
        .iter()
        .map(|seen| (name_of(&seen.target), line(&seen.method, &seen.url(), &seen.body)))
        .collect();
    wrong += &judge(case, &entries(&archive), &arrived);
    (!wrong.is_empty()).then(|| format!("{}:\n{wrong}", case.name))
}

/// All in one Chrome, some at a time, so that nothing may be taken for
/// another's.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_and_nothing_is_invented() {
    let cases = futures::future::join_all(fixtures().iter().map(|file| prepare(file))).await;
    let browser = BrowserOptions {
        host_resolver_rules: vec![
            "MAP *.test 127.0.0.1".to_owned(),
            "MAP *.invalid ~NOTFOUND".to_owned(),
        ],
        accept_invalid_certificates: true,
        witness: true,
        ..BrowserOptions::default()
    };
    let texts = cases
        .iter()
        .map(|(case, _)| {
            let text = format!("name: {}\nsteps:\n{}", case.name, case.steps);
            (case.name.clone(), text)
        })
        .collect();
    let stage = Stage { browser, jobs: 4, ..Stage::default() };
    let report = stage.play_texts(texts).await;
    let told = cases.iter().zip(&report.scenarios);
    let mut wrong: String =
        told.filter_map(|((case, site), scenario)| look(case, site, scenario)).collect();
    for finding in &report.findings {
        let _ = writeln!(
            wrong,
            "{}: {}\n  {}",
            finding.code,
            finding.message,
            finding.details.join("\n  ")
        );
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

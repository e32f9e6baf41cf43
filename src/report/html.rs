//! One HTML file for people: every scenario with its findings, steps,
//! screenshots, hits, requests and console. It loads nothing, and its content
//! security policy lets nothing else run: script and style are named by hash,
//! and what pages said is data, which the script puts in as text.
//!
//! The run's overview is JSON; each scenario is packed (gzip, base64) and
//! unpacked when it is opened, so that hundreds of them open at once and stay
//! within a few megabytes; they stand behind the script, so that the overview is
//! there before they are. Page, style and scripts are files of their own in
//! `html/`.

use std::collections::{BTreeMap, HashSet};
use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::model::finding::Severity;
use crate::model::hit::HitKind;
use crate::model::request::RequestId;
use crate::model::run::{RunReport, ScenarioReport, Verdict};
use crate::report::Reporter;
use crate::report::har::body_value;
use crate::report::json::{findings, milliseconds, scenario_value, timestamp};
use crate::report::mask::Mask;
use crate::report::told::{Told, Voice};

pub static REPORTER: Reporter = Reporter {
    name: "html",
    extension: "html",
    docs: "one file for people: findings, steps, screenshots, hits, requests, console",
    write: |run, _, out| out.write_all(html(run).as_bytes()),
};

const PAGE: &str = include_str!("html/page.html");
const STYLE: &str = include_str!("html/style.css");

/// One function, so that nothing of it can be reached from outside.
const SCRIPT: &str = concat!(
    "'use strict';\n(() => {\n",
    include_str!("html/base.js"),
    include_str!("html/overview.js"),
    include_str!("html/findings.js"),
    include_str!("html/hits.js"),
    include_str!("html/scenario.js"),
    include_str!("html/ways.js"),
    "})();\n",
);

/// Most entries of a list of a scenario; the JSON report has all.
const MOST: [(&str, usize); 4] =
    [("requests", 2_000), ("calls", 1_000), ("console", 500), ("page_errors", 200)];

/// Longest text, in characters; a body or an address of a hit is rarely longer.
const LONGEST: usize = 8_000;

/// Packed bytes that scenarios may take altogether; beyond that, what passed
/// is told without requests and calls.
const ROOM: usize = 5 * 1024 * 1024;

/// Bytes that screenshots may take altogether.
pub const PICTURE_ROOM: usize = 4 * 1024 * 1024;

fn html(run: &RunReport) -> String {
    let mask = Mask::new(run.scenarios.iter().flat_map(|scenario| &scenario.secrets));
    let (blobs, pictures) = pictures(run);
    let blobs = blobs + &scenarios(run, &mask, &pictures);
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; img-src data:; base-uri 'none'; form-action 'none'",
        source_hash(SCRIPT),
        source_hash(STYLE)
    );
    fill(&[
        ("policy", &policy),
        ("style", STYLE),
        ("run", &data(&mask.json(overview(run)))),
        ("script", SCRIPT),
        ("blobs", &blobs),
    ])
}

/// The page with its parts in place; what is put in is not looked at again.
fn fill(parts: &[(&str, &str)]) -> String {
    let mut out = String::new();
    let mut rest = PAGE;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").unwrap_or(("", after));
        out.push_str(before);
        if let Some((_, text)) = parts.iter().find(|(part, _)| *part == name) {
            out.push_str(text);
        }
        rest = after;
    }
    out + rest
}

/// How a policy names a script or style.
fn source_hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

/// JSON that cannot end the element that it stands in.
fn data(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// What the first view shows and search looks through.
fn overview(run: &RunReport) -> Value {
    let voice = Voice::new(run);
    let told = voice.tell(run);
    let scenarios: Vec<Value> = run
        .scenarios
        .iter()
        .map(|scenario| {
            let own: Vec<&Told> = told.iter().filter(|told| told.is_of(scenario)).collect();
            let errors: Vec<&&Told> =
                own.iter().filter(|told| told.severity == Severity::Error).collect();
            let events = events(scenario, &voice);
            let words = [voice.say(&scenario.name), voice.say(&scenario.file)]
                .into_iter()
                .chain(own.iter().flat_map(|told| [told.code.clone(), told.message.clone()]))
                .chain(events.iter().map(|((vendor, event), _)| format!("{vendor} {event}")))
                .collect::<Vec<_>>()
                .join("\n")
                .to_lowercase();
            json!({
                "slug": scenario.slug,
                "name": voice.say(&scenario.name),
                "file": voice.say(&scenario.file),
                "verdict": scenario.verdict_text(),
                "duration_ms": milliseconds(scenario.trace.duration_ms),
                "steps": scenario.trace.steps.len(),
                "hits": events.values().sum::<usize>(),
                "errors": errors.len(),
                "why": errors.first().map(|told| &told.message),
                "events": events.iter().map(|((vendor, event), number)| json!([vendor, event, number])).collect::<Vec<_>>(),
                "words": words,
            })
        })
        .collect();
    json!({
        "version": run.version,
        "started": timestamp(run.started_unix_ms, 0.0),
        "duration_ms": milliseconds(run.duration_ms),
        "browser": voice.say(&run.browser),
        "complete": run.complete,
        "findings": findings(&run.findings),
        "scenarios": scenarios,
    })
}

/// How often each event of each vendor fired; a page may make up names, so
/// that their number is bounded.
fn events(scenario: &ScenarioReport, voice: &Voice) -> BTreeMap<(String, String), usize> {
    const MOST_EVENTS: usize = 200;
    let mut events = BTreeMap::new();
    for hit in scenario.trace.hits.iter().filter(|hit| hit.kind == HitKind::Event) {
        let mut key = (voice.say(&hit.vendor), voice.say(&hit.event));
        if events.len() >= MOST_EVENTS && !events.contains_key(&key) {
            "…".clone_into(&mut key.1);
        }
        *events.entry(key).or_default() += 1;
    }
    events
}

/// Every scenario, packed; those that did not pass take their room first.
fn scenarios(run: &RunReport, mask: &Mask, pictures: &BTreeMap<&str, usize>) -> String {
    let mut order: Vec<usize> = (0..run.scenarios.len()).collect();
    order.sort_by_key(|index| run.scenarios.get(*index).map(|it| it.verdict == Verdict::Passed));
    let mut text = String::new();
    let mut taken = 0;
    for index in order {
        let Some(scenario) = run.scenarios.get(index) else { continue };
        let scenario = run.whole(scenario);
        let mut packed = pack(&details(&scenario, mask, pictures, true));
        if taken + packed.len() > ROOM {
            packed = pack(&details(&scenario, mask, pictures, false));
        }
        taken += packed.len();
        text.push_str(&blob(&format!("s{index}"), "application/gzip", &packed));
    }
    text
}

/// The same as in the JSON report, bounded, with what was sent on the wire for
/// each request that has hits. `full: false` leaves requests and calls out.
fn details(
    scenario: &ScenarioReport,
    mask: &Mask,
    pictures: &BTreeMap<&str, usize>,
    full: bool,
) -> Value {
    let mut value = scenario_value(scenario);
    let with_hits: HashSet<RequestId> = scenario.trace.hits.iter().map(|hit| hit.request).collect();
    let mut left_out = Map::new();
    for (list, most) in MOST {
        let most = if full || !matches!(list, "requests" | "calls") { most } else { 0 };
        let Some(items) = value.get_mut(list).and_then(Value::as_array_mut) else { continue };
        let number = items.len();
        if list == "requests" && number > most {
            // What pixels sent is what the report is for.
            items.sort_by_key(|item| !is_of(item, &with_hits));
        }
        items.truncate(most);
        if number > most {
            left_out.insert(list.to_owned(), json!(number - most));
        }
    }
    let mut value = mask.json(value);
    let raw: Map<String, Value> = scenario
        .trace
        .requests
        .iter()
        .filter(|request| full && with_hits.contains(&request.id))
        .take(2_000)
        .map(|request| {
            let sent = json!({
                "headers": mask.json(json!(request.headers)),
                "body": body_value(request, mask),
            });
            (request.id.0.to_string(), sent)
        })
        .collect();
    let shown: Map<String, Value> = scenario
        .artifacts
        .iter()
        .filter_map(|file| Some((file.step?.to_string(), json!(pictures.get(&*file.path)?))))
        .collect();
    let others: Vec<Value> = scenario
        .others
        .iter()
        .map(|other| details(other, mask, pictures, full && scenario.others.len() <= 3))
        .collect();
    if let Some(entries) = value.as_object_mut() {
        entries.insert("others".into(), json!(others));
        entries.insert("raw".into(), Value::Object(raw));
        entries.insert("pictures".into(), Value::Object(shown));
        if !left_out.is_empty() {
            entries.insert("left_out".into(), Value::Object(left_out));
        }
    }
    shorten(&mut value);
    value
}

fn is_of(request: &Value, wanted: &HashSet<RequestId>) -> bool {
    let id = request.get("id").and_then(Value::as_u64);
    id.is_some_and(|id| wanted.contains(&RequestId(id as u32)))
}

/// Cuts every long text of the tree.
fn shorten(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some((end, _)) = text.char_indices().nth(LONGEST) {
                text.truncate(end);
                text.push('…');
            }
        }
        Value::Array(items) => items.iter_mut().for_each(shorten),
        Value::Object(entries) => entries.values_mut().for_each(shorten),
        _ => {}
    }
}

fn pack(value: &Value) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Writing to memory does not fail.
    let _ = encoder.write_all(value.to_string().as_bytes());
    encoder.finish().unwrap_or_default()
}

/// Screenshots as far as there is room, those of bad scenarios first, and
/// which number each path has.
fn pictures(run: &RunReport) -> (String, BTreeMap<&str, usize>) {
    let mut text = String::new();
    let mut numbers = BTreeMap::new();
    let mut taken = 0;
    for path in pictures_wanted(run) {
        if taken >= PICTURE_ROOM || numbers.contains_key(path) {
            continue;
        }
        let Some(bytes) = run.picture(path) else { continue };
        let Some(kind) = picture_kind(&bytes) else { continue };
        if taken + bytes.len() > PICTURE_ROOM {
            continue;
        }
        taken += bytes.len();
        let number = numbers.len();
        numbers.insert(path, number);
        text.push_str(&blob(&format!("p{number}"), kind, &bytes));
    }
    (text, numbers)
}

/// Paths of screenshots, those of scenarios that did not pass first.
pub fn pictures_wanted(run: &RunReport) -> Vec<&str> {
    let (good, bad): (Vec<&ScenarioReport>, Vec<&ScenarioReport>) =
        run.scenarios.iter().partition(|scenario| scenario.verdict == Verdict::Passed);
    bad.into_iter()
        .chain(good)
        .flat_map(|scenario| &scenario.artifacts)
        .filter(|file| file.kind == "screenshot")
        .map(|file| file.path.as_str())
        .collect()
}

/// By the first bytes, which the browser goes by as well.
fn picture_kind(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// Data that no browser runs: base64 in a script of another type.
fn blob(id: &str, kind: &str, bytes: &[u8]) -> String {
    format!(
        "<script type=\"text/plain\" id=\"{id}\" data-type=\"{kind}\">{}</script>\n",
        STANDARD.encode(bytes)
    )
}

#[cfg(test)]
mod tests;

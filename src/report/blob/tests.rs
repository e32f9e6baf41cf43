//! Blobs written and read again: nothing is lost, no secret is left, and what
//! is damaged is refused.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::model::run::{Chosen, Shelf, Stored, Verdict};
use crate::report::{REPORTERS, ReportOptions, json, sample};

use super::*;

fn blob(run: &RunReport) -> Vec<u8> {
    REPORTER.bytes(run, &ReportOptions::default())
}

/// The run that a blob holds, all of it.
fn read(bytes: &[u8]) -> Result<RunReport, BlobError> {
    let reader = Reader::open(Cursor::new(bytes))?;
    let mut join = Join::new(&reader.version, &[&reader.head]);
    let stored = add(&mut join, reader, bytes)?;
    let run = join.finish();
    let run = RunReport { shelf: Shelf::new(Arc::new(stored)), ..run };
    Ok(RunReport { scenarios: run.wholes().map(Cow::into_owned).collect(), ..run })
}

/// Adds a part to a run; everything in it is unpacked.
fn add(
    join: &mut Join,
    mut reader: Reader<Cursor<&[u8]>>,
    bytes: &[u8],
) -> Result<Memory, BlobError> {
    let mut stored = Memory::default();
    let part = |span: Span| &bytes[span.offset as usize..(span.offset + span.length) as usize];
    join.begin(&reader.head);
    loop {
        let line = reader.read()?;
        match &line {
            Line::Scenario { outline, whole } => {
                let whole = unpack_scenario(part(*whole), &outline.slug)?;
                stored.scenarios.insert(outline.slug.clone(), whole);
            }
            Line::Picture { path, whole } => {
                stored.pictures.insert(path.clone(), unpack_picture(part(*whole), path)?);
            }
            Line::End(_) => {}
        }
        let is_end = matches!(line, Line::End(_));
        join.add(line).unwrap();
        if is_end {
            return Ok(stored);
        }
    }
}

#[derive(Default)]
struct Memory {
    scenarios: BTreeMap<String, ScenarioReport>,
    pictures: BTreeMap<String, Vec<u8>>,
}

impl Stored for Memory {
    fn scenario(&self, slug: &str) -> Option<ScenarioReport> {
        self.scenarios.get(slug).cloned()
    }

    fn picture(&self, path: &str) -> Option<Vec<u8>> {
        self.pictures.get(path).cloned()
    }
}

fn unpacked(bytes: &[u8]) -> String {
    let mut text = String::new();
    MultiGzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    text
}

fn json_of(run: &RunReport) -> String {
    String::from_utf8(json::REPORTER.bytes(run, &ReportOptions::default())).unwrap()
}

/// What every reporter but this one makes of a run.
fn reports(run: &RunReport) -> Vec<(&'static str, String)> {
    REPORTERS
        .iter()
        .filter(|reporter| reporter.name != REPORTER.name)
        .map(|reporter| {
            let bytes = reporter.bytes(run, &ReportOptions::default());
            (reporter.name, String::from_utf8(bytes).unwrap())
        })
        .collect()
}

/// Six scenarios, with a screenshot.
fn whole_run() -> RunReport {
    let mut run = sample::run();
    run.scenarios.extend([sample::passed(), sample::failed()]);
    for (index, scenario) in run.scenarios.iter_mut().enumerate() {
        scenario.name = format!("scenario {index}");
        scenario.slug = format!("scenario-{index}");
        scenario.file = format!("scenarios/{index}.yaml");
        for artifact in &mut scenario.artifacts {
            artifact.path = format!("{index}-{}", artifact.path);
        }
    }
    for path in html::pictures_wanted(&run).into_iter().map(str::to_owned).collect::<Vec<_>>() {
        run.pictures.insert(path, b"\x89PNG and so on".to_vec());
    }
    run.part.chosen = run.scenarios.iter().map(chosen).collect();
    run
}

fn chosen(scenario: &ScenarioReport) -> Chosen {
    Chosen { name: scenario.name.clone(), slug: scenario.slug.clone(), file: scenario.file.clone() }
}

/// The run as so many shards would have played it.
fn shards(run: &RunReport, of: u64) -> Vec<RunReport> {
    (1..=of)
        .map(|number| {
            let mut part = run.clone();
            let mut index = 0;
            part.scenarios.retain(|_| {
                index += 1;
                index % of == number - 1
            });
            (part.part.number, part.part.of) = (number, of);
            part
        })
        .collect()
}

fn merged(parts: &[RunReport]) -> RunReport {
    let blobs: Vec<Vec<u8>> = parts.iter().map(blob).collect();
    let heads: Vec<Head> =
        blobs.iter().map(|bytes| Reader::open(Cursor::new(bytes)).unwrap().head).collect();
    let mut join = Join::new("0.1.0", &heads.iter().collect::<Vec<_>>());
    let mut stored = Memory::default();
    for bytes in &blobs {
        let reader = Reader::open(Cursor::new(&**bytes)).unwrap();
        let part = add(&mut join, reader, bytes).unwrap();
        stored.scenarios.extend(part.scenarios);
        stored.pictures.extend(part.pictures);
    }
    RunReport { shelf: Shelf::new(Arc::new(stored)), ..join.finish() }
}

#[test]
fn every_report_of_a_blob_is_that_of_the_run() {
    let run = whole_run();
    for ((name, of_run), (_, of_blob)) in
        reports(&run).into_iter().zip(reports(&read(&blob(&run)).unwrap()))
    {
        assert_eq!(of_blob, of_run, "{name}");
    }
}

#[test]
fn every_report_of_merged_shards_is_that_of_the_whole_run() {
    let run = whole_run();
    // One of them is empty.
    for of in [1, 2, 3, 7] {
        let mut parts = shards(&run, of);
        parts.reverse();
        for ((name, of_run), (_, of_parts)) in
            reports(&run).into_iter().zip(reports(&merged(&parts)))
        {
            assert_eq!(of_parts, of_run, "{name} of {of}");
        }
    }
}

#[test]
fn what_a_blob_of_format_2_looks_like() {
    // A difference here is a new format: raise FORMAT.
    let mut run = sample::run();
    run.scenarios.truncate(2);
    run.scenarios.remove(0);
    run.part.chosen = run.scenarios.iter().map(chosen).collect();
    let lines: Vec<Value> =
        unpacked(&blob(&run)).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(FORMAT, 2);
    insta::assert_json_snapshot!(lines);
}

#[test]
fn no_secret_is_in_it() {
    let mut run = sample::run();
    // Typed in a scenario of another part.
    run.part.secrets = vec!["TypeError".to_owned()];
    let text = unpacked(&blob(&run));
    assert!(!text.contains("jane") && !text.contains("TypeError"), "{text}");
    let body = &read(&blob(&run)).unwrap().scenarios[1].trace.requests[2];
    let body = body.body.as_ref().unwrap();
    assert_eq!((&*body.bytes, body.size), (&b"em=***&ev=Lead"[..], 27));
}

#[test]
fn a_compressed_body_that_hides_a_secret_is_left_out() {
    let mut run = sample::run();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(b"mail=jane@shop.test").unwrap();
    let body = crate::model::request::Body::new(gzip.finish().unwrap(), true);
    run.scenarios[1].trace.requests[2].body = Some(body);
    let again = read(&blob(&run)).unwrap();
    assert!(again.scenarios[1].trace.requests[2].body.as_ref().unwrap().is_left_out());
    assert_eq!(reports(&again), reports(&run));
}

#[test]
fn our_own_words_may_be_secrets() {
    let mut run = sample::run();
    let words = ["passed", "failed", "same", "written", "done", "page", "error", "scenario", "end"];
    run.part.secrets = words.map(str::to_owned).to_vec();
    let again = read(&blob(&run)).unwrap();
    let verdicts: Vec<Verdict> = again.scenarios.iter().map(|it| it.verdict).collect();
    assert_eq!(verdicts, run.scenarios.iter().map(|it| it.verdict).collect::<Vec<_>>());
}

#[test]
fn numbers_in_what_pages_say_may_be_secrets() {
    let mut run = sample::run();
    run.part.secrets = vec!["4111".to_owned()];
    let trace = &mut run.scenarios[1].trace;
    trace.hits[0].params[0].value = json!({"card": [4111, 4112]});
    trace.requests[0].started_ms = 4111.0;
    let trace = &read(&blob(&run)).unwrap().scenarios[1].trace;
    assert_eq!(trace.hits[0].params[0].value, json!({"card": ["***", 4112]}));
    assert!((trace.requests[0].started_ms - 4111.0).abs() < f64::EPSILON);
}

#[test]
fn depth_and_odd_numbers_spoil_nothing() {
    let mut run = sample::run();
    // As deep as a reader of JSON goes.
    let deep: Value = serde_json::from_str(&("[".repeat(126) + &"]".repeat(126))).unwrap();
    let trace = &mut run.scenarios[1].trace;
    trace.calls[0].args = vec![deep.clone()];
    trace.hits[0].params[0].value = deep.clone();
    trace.duration_ms = f64::NAN;
    trace.requests[0].started_ms = f64::INFINITY;
    let again = read(&blob(&run)).unwrap();
    assert_eq!(again.scenarios[1].trace.calls[0].args, [deep]);
    assert_eq!(json_of(&again), json_of(&run));
}

#[test]
fn null_and_nothing_are_not_the_same() {
    let mut run = sample::run();
    let param = |run: &mut RunReport| {
        run.scenarios[1].findings[0].difference.as_mut().unwrap().params[0].clone()
    };
    let difference = run.scenarios[1].findings[0].difference.as_mut().unwrap();
    difference.params[0].expected = None;
    difference.params[0].found = Some(Value::Null);
    assert_eq!(param(&mut read(&blob(&run)).unwrap()), param(&mut run));
}

#[test]
fn what_is_cut_off_is_refused_wherever_it_was_cut() {
    let bytes = blob(&sample::run());
    for length in (0..bytes.len()).step_by(11).chain([bytes.len() - 1]) {
        let error = read(&bytes[..length]).unwrap_err();
        assert!(matches!(error, BlobError::CutOff | BlobError::NotOne), "{length}: {error}");
        assert!(length < 200 || error == BlobError::CutOff, "{length}: {error}");
    }
}

#[test]
fn what_is_damaged_is_refused() {
    let bytes = blob(&sample::run());
    let expected = json_of(&read(&bytes).unwrap());
    for index in (0..bytes.len()).step_by(7) {
        let mut damaged = bytes.clone();
        damaged[index] ^= 0x10;
        // Of a packed file few bytes mean nothing: its time, its system.
        if let Ok(run) = read(&damaged) {
            assert_eq!(json_of(&run), expected, "{index}");
        }
    }
    let twice = [bytes.clone(), bytes.clone()].concat();
    assert_eq!(read(&twice).unwrap_err().to_string(), "is damaged: it goes on after its end");
    for text in ["", "{}", "not packed", "\u{1f}\u{8b}"] {
        assert_eq!(read(text.as_bytes()).unwrap_err(), BlobError::NotOne);
    }
    assert!(is_blob(&*bytes) && !is_blob(&b"<html>"[..]));
}

#[test]
fn other_formats_are_refused_by_their_version() {
    let mark = json!({"pixelproof_blob": 7, "version": "9.9.9", "more": [1]});
    let bytes = [pack(&mark), b"what nobody knows".to_vec()].concat();
    assert_eq!(
        read(&bytes).unwrap_err().to_string(),
        "was written by pixelproof 9.9.9, whose blobs have format 7; this one reads format 2"
    );
    assert!(is_blob(&*bytes));
}

#[test]
fn lines_out_of_order_are_refused() {
    let run = sample::run();
    let mask = Mask::default();
    let (head, one, end) =
        (head(&run, &mask), scenario(&run.scenarios[0], &mask), end(&run, &mask));
    for (pieces, expected) in [
        (vec![&head, &head], "is damaged: unknown variant `pixelproof_blob`"),
        (vec![&head, &one, &end], "is damaged: it does not have the scenarios that it says it has"),
        (vec![&head, &one], "is cut off"),
    ] {
        let bytes = pieces.into_iter().flatten().copied().collect::<Vec<u8>>();
        let told = read(&bytes).unwrap_err().to_string();
        assert!(told.starts_with(expected), "{told}");
    }
}

#[test]
fn what_would_lead_elsewhere_is_refused() {
    for slug in ["../../home", "/etc/passwd", "a/b", "a\nb", "", "."] {
        let mut run = sample::run();
        run.scenarios[0].slug = slug.to_owned();
        let told = read(&blob(&run)).unwrap_err().to_string();
        assert!(told.contains("cannot be that of a file"), "{slug}: {told}");
    }
    let mut run = sample::run();
    run.version = "0.1.0\u{1b}[31m".to_owned();
    assert_eq!(read(&blob(&run)).unwrap_err(), BlobError::NotOne);
}

#[test]
fn a_missing_part_is_told_and_its_scenarios_are_skipped() {
    let run = whole_run();
    let mut parts = shards(&run, 3);
    parts.remove(1);
    let merged = merged(&parts);
    assert_eq!((merged.complete, merged.exit_code()), (false, 3));
    assert_eq!(merged.findings.last().unwrap().message, "part 2 of 3 is missing");
    let slugs: Vec<&str> = merged.scenarios.iter().map(|it| it.slug.as_str()).collect();
    assert_eq!(slugs, run.scenarios.iter().map(|it| it.slug.as_str()).collect::<Vec<_>>());
    let skipped = merged.scenarios.iter().filter(|it| it.verdict == Verdict::Skipped).count();
    assert_eq!(skipped, 2);
    let mut one = shards(&run, 2).remove(0);
    (one.part.number, one.part.of) = (7, 1_000_000_000_000);
    assert_eq!(
        self::merged(&[one]).findings.last().unwrap().message,
        "parts 1, 2, 3, 4, 5 and 999999999994 more of 1000000000000 are missing"
    );
}

#[test]
fn a_scenario_that_no_part_has_makes_it_incomplete() {
    let mut run = whole_run();
    let part = run.scenarios.remove(2);
    let merged = merged(&[run]);
    assert_eq!(merged.findings.last().unwrap().message, "`scenario 2` is in no part");
    assert_eq!((merged.scenarios[2].name.as_str(), merged.complete), (&*part.name, false));
}

#[test]
fn an_interrupted_part_makes_it_incomplete() {
    let mut parts = shards(&whole_run(), 2);
    parts[1].complete = false;
    let merged = merged(&parts);
    assert_eq!((merged.complete, merged.exit_code()), (false, 3));
}

#[test]
fn times_and_browsers_are_those_of_all_parts() {
    let mut parts = shards(&whole_run(), 3);
    parts[0].started_unix_ms += 5_000;
    parts[1].duration_ms = 9_000.0;
    parts[2].browser = "HeadlessChrome/157.0".to_owned();
    let merged = merged(&parts);
    assert_eq!(merged.started_unix_ms, parts[1].started_unix_ms);
    assert!((merged.duration_ms - 9_000.0).abs() < f64::EPSILON);
    assert_eq!(merged.browser, "HeadlessChrome/156.0.1.2, HeadlessChrome/157.0");
    assert_eq!(merged.findings.len(), 1, "what each part says is told once");
}

#[test]
fn shuffled_parts_come_in_the_order_of_the_seed() {
    let mut run = whole_run();
    run.part.seed = Some(7);
    let mut parts = shards(&run, 3);
    let mut expected = run.part.chosen.clone();
    fastrand::Rng::with_seed(7).shuffle(&mut expected);
    let slugs = |run: RunReport| run.scenarios.into_iter().map(|it| it.slug).collect::<Vec<_>>();
    assert_eq!(slugs(merged(&parts)), expected.into_iter().map(|it| it.slug).collect::<Vec<_>>());
    // Each with a seed of its own: as the files stand.
    parts[1].part.seed = Some(8);
    assert_eq!(slugs(merged(&parts)), slugs(run));
}

#[test]
fn what_is_played_under_a_condition_follows_its_scenario() {
    let mut run = whole_run();
    for index in (0..run.scenarios.len()).rev() {
        let mut under = run.scenarios[index].clone();
        under.slug.push_str("-slow-3g");
        run.scenarios.insert(index + 1, under);
    }
    let mut parts = shards(&run, 2);
    for part in &mut parts {
        let own: Vec<bool> = run
            .scenarios
            .iter()
            .enumerate()
            .map(|(index, _)| (index / 2) as u64 % 2 == part.part.number - 1)
            .collect();
        let mut own = own.into_iter();
        part.scenarios.clone_from(&run.scenarios);
        part.scenarios.retain(|_| own.next().unwrap_or_default());
    }
    let slugs =
        |run: &RunReport| run.scenarios.iter().map(|it| it.slug.clone()).collect::<Vec<_>>();
    assert_eq!(slugs(&merged(&parts)), slugs(&run));
}

#[test]
fn parts_of_different_runs_are_told() {
    let run = whole_run();
    let parts = shards(&run, 3);
    let head = |run: &RunReport| Head { started_unix_ms: 0, part: run.part.clone() };
    let first = head(&parts[0]);
    let with = |change: &dyn Fn(&mut Head)| {
        let mut second = head(&parts[1]);
        change(&mut second);
        second
    };
    let mut of_ci = first.clone();
    of_ci.part.run_id = Some("41".to_owned());
    let cases = [
        ("0.1.0", with(&|_| ())),
        ("0.2.0", with(&|_| ())),
        ("0.1.0", with(&|head| head.part.of = 4)),
        ("0.1.0", with(&|head| head.part.number = 1)),
        ("0.1.0", with(&|head| head.part.run_id = Some("42".to_owned()))),
        ("0.1.0", with(&|head| head.part.chosen[3].slug = "new\u{1b}[31m".to_owned())),
        ("0.1.0", with(&|head| drop(head.part.chosen.pop()))),
        ("0.1.0", with(&|head| head.part.chosen.swap(0, 1))),
    ];
    let told: Vec<String> = cases
        .iter()
        .flat_map(|(version, head)| {
            mistakes(&[("a.blob", "0.1.0", &of_ci), ("b.blob", version, head)])
        })
        .map(|mistake| format!("{}\n  help: {}", mistake.message, mistake.help))
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    // Each case writes and reads two whole runs.
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn whatever_a_page_says_survives(
        args in prop::collection::vec(any_json(), 0..4),
        value in any_json(),
        texts in prop::collection::vec(any::<String>(), 6),
        times in prop::collection::vec(any::<f64>(), 3),
        body in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let mut run = sample::run();
        let scenario = &mut run.scenarios[1];
        scenario.name.clone_from(&texts[0]);
        scenario.findings[0].details.clone_from(&texts);
        let trace = &mut scenario.trace;
        trace.calls[0].args = args;
        trace.hits[0].params[0].value = value;
        trace.hits[0].event.clone_from(&texts[1]);
        trace.steps[0].label.clone_from(&texts[2]);
        trace.steps[0].started_ms = times[0];
        trace.requests[0].url.clone_from(&texts[3]);
        trace.requests[0].started_ms = times[1];
        trace.requests[1].ended_ms = Some(times[2]);
        trace.requests[2].body = Some(crate::model::request::Body::new(body, true));
        trace.page_errors.iter_mut().for_each(|it| it.text.clone_from(&texts[4]));
        trace.console.iter_mut().for_each(|it| it.text.clone_from(&texts[5]));
        let again = read(&blob(&run)).unwrap();
        prop_assert_eq!(json_of(&again), json_of(&run));
        prop_assert_eq!(blob(&again), blob(&read(&blob(&again)).unwrap()));
    }

    #[test]
    fn whatever_is_read_ends_with_a_reason(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
        let mark = pack(&Mark { pixelproof_blob: FORMAT, version: "0".to_owned() });
        prop_assert!(read(&[mark.clone(), bytes.clone()].concat()).is_err());
        prop_assert!(read(&[mark, pack(&String::from_utf8_lossy(&bytes))].concat()).is_err());
    }
}

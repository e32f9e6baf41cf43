//! Files in, scenarios or rendered problems out.

use std::collections::BTreeMap;
use std::fmt::Write;

use proptest::prelude::{ProptestConfig, any, prop, proptest};
use serde_json::Value;

use crate::diagnostic::Diagnostic;
use crate::model::expectation::{Count, Matcher};
use crate::model::span::Span;
use crate::scenario::{Scenario, Variables, parse, redact, schema, slug, to_recorder, to_yaml};
use crate::steps::{Action, Step};

const LEAD: &str = include_str!("fixtures/good/lead.yaml");
const RECORDING: &str = include_str!("fixtures/recordings/checkout.json");

fn variables() -> Variables {
    let environment = BTreeMap::from([("TOKEN".to_owned(), "hunter2".to_owned())]);
    Variables { environment, seed: 7, ..Variables::default() }
}

fn good(text: &str) -> Scenario {
    parse("a.yaml", text.as_bytes(), &variables())
        .unwrap_or_else(|problems| panic!("{}", rendered(&problems, text)))
}

fn rendered_notices(notices: &[Diagnostic], text: &str) -> String {
    notices.iter().map(|notice| notice.render_notice(Some(text), false, 100)).collect()
}

fn rendered(problems: &[Diagnostic], text: &str) -> String {
    problems.iter().map(|problem| problem.render(Some(text), false, 100)).collect()
}

fn messages(text: &[u8]) -> Vec<String> {
    let problems = parse("a.yaml", text, &variables()).unwrap_err();
    problems.into_iter().map(|problem| problem.message).collect()
}

/// Places and files are not part of what a round trip keeps.
fn without_places(mut scenario: Scenario) -> Scenario {
    for step in &mut scenario.steps {
        step.span = Span::default();
    }
    for expectation in &mut scenario.expectations {
        expectation.span = Span::default();
        for param in &mut expectation.params {
            param.span = Span::default();
        }
    }
    scenario.file.clear();
    scenario.notices.clear();
    // An export holds no variables, hence no secrets by name.
    scenario.variables.clear();
    scenario.secrets.clear();
    scenario
}

#[test]
fn bad_files_tell_everything() {
    let mut out = String::new();
    for case in include_str!("fixtures/bad.txt").split("=== ").skip(1) {
        let (title, text) = case.split_once('\n').unwrap();
        let problems = match parse("bad.yaml", text.as_bytes(), &variables()) {
            Err(problems) => problems,
            Ok(scenario) => panic!("{title} is taken: {scenario:#?}"),
        };
        assert!(problems.iter().all(|problem| problem.file.as_deref() == Some("bad.yaml")));
        writeln!(out, "=== {title}\n{}", rendered(&problems, text)).unwrap();
    }
    assert!(!out.contains("hunter2") && !out.contains('\u{1b}'));
    insta::assert_snapshot!(out);
}

#[test]
fn a_scenario_is_read_whole() {
    let scenario = good(LEAD);
    assert_eq!(scenario.notices, []);
    insta::assert_debug_snapshot!(without_places(scenario));
}

#[test]
fn a_recording_is_read_as_exported() {
    let scenario = good(RECORDING);
    let notices = rendered_notices(&scenario.notices, RECORDING);
    insta::assert_snapshot!("recording_notices", notices);
    insta::assert_debug_snapshot!("recording", without_places(scenario));
}

/// Parsed content, since whitespace and the order of keys carry nothing.
#[test]
fn a_recording_is_exported_as_it_came() {
    let mut original: Value = serde_json::from_str(RECORDING).unwrap();
    let exported = to_recorder(&good(RECORDING));
    // What the Recorder writes but nobody reads, and our own spelling.
    original.as_object_mut().unwrap().remove("selectorAttribute");
    let steps = original["steps"].as_array_mut().unwrap();
    let close = steps.pop().unwrap();
    assert_eq!(close["somethingNewer"]["than"], "us");
    let expectation = steps.pop().unwrap();
    steps.push(serde_json::json!({"type": "close", "target": "main"}));
    steps.push(expectation);
    steps[5]["duration"] = 912.into();
    steps[9].as_object_mut().unwrap().remove("x");
    steps[4].as_object_mut().unwrap().remove("button");
    assert_eq!(exported, original);
}

#[test]
fn exports_read_back_as_the_same_scenario() {
    for text in [LEAD, RECORDING] {
        let scenario = good(text);
        let yaml = to_yaml(&scenario);
        let recording = to_recorder(&scenario).to_string();
        assert_eq!(without_places(good(&yaml)), without_places(scenario.clone()), "{yaml}");
        assert_eq!(without_places(good(&recording)), without_places(scenario));
    }
    insta::assert_snapshot!(to_yaml(&good(LEAD)));
}

/// What the Recorder's own reader insists on (SchemaUtils.ts of
/// puppeteer/replay): offsets of clicks, lists of selectors, whole viewports.
#[test]
fn exports_are_recordings_to_the_recorder() {
    let text = "steps: [{setViewport: {width: 9, height: 9}}, {click: '#a'}, {doubleClick: 'text/a'}, {change: {selectors: '#a', value: 3}}]";
    let recording = to_recorder(&good(text));
    assert!(recording["title"].is_string());
    let steps = recording["steps"].as_array().unwrap();
    for step in steps {
        assert!(step["type"].is_string());
        if let Some(selectors) = step.get("selectors") {
            assert!(selectors.as_array().unwrap().iter().all(Value::is_array));
        }
    }
    assert!(steps[0]["isMobile"].is_boolean() && steps[0]["deviceScaleFactor"].is_number());
    assert!(steps[1]["offsetX"].is_number() && steps[2]["offsetY"].is_number());
    assert_eq!(steps[3]["value"], "3");
}

#[test]
fn the_schema_takes_what_the_reader_takes() {
    let schema = schema();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let json = |text: &str| crate::scenario::tree::read(text).0.unwrap().to_json();
    for text in [LEAD, RECORDING, &to_yaml(&good(LEAD)), &to_recorder(&good(LEAD)).to_string()] {
        let errors: Vec<String> = validator
            .iter_errors(&json(text))
            .map(|e| format!("{} {e}", e.instance_path()))
            .collect();
        assert_eq!(errors, Vec::<String>::new());
    }
    for text in [
        "name: x",
        "steps: []",
        "steps: [relod]",
        "steps: [{clik: '#a'}]",
        "steps: [{click: {selctors: '#a'}}]",
        "steps: [{click: '#a', hover: '#a'}]",
        "steps: [{change: {selectors: '#a'}}]",
        "steps: [{setViewport: {width: wide, height: 3}}]",
        "steps: [{type: clik}]",
        "steps: [{type: click}]",
        "{steps: [reload], expect: [{vendor: meta}]}",
        "{steps: [reload], expect: [{vendor: meta, event: x, times: often}]}",
        "{steps: [reload], expect: [{vendor: meta, event: x, params: {a: {regx: b}}}]}",
        "{step: [reload], steps: [reload]}",
    ] {
        assert!(!validator.is_valid(&json(text)), "{text}");
        assert!(parse("a", text.as_bytes(), &variables()).is_err(), "{text}");
    }
}

#[test]
fn names_and_slugs() {
    assert_eq!(good("steps: [reload]").name, "a");
    let stem = parse("x/My Shop.pixel.yml", b"steps: [reload]", &variables()).unwrap();
    assert_eq!((stem.name.as_str(), stem.slug.as_str()), ("My Shop.pixel", "my-shop-pixel"));
    for (name, expected) in [
        ("Lead form", "lead-form"),
        ("../../etc/passwd", "etc-passwd"),
        ("a_b-C  9", "a_b-c-9"),
        ("CON", "con-?"),
        ("größe", "gr-e-?"),
        ("", "scenario-?"),
        ("日本", "scenario-?"),
    ] {
        let slug = slug(name);
        match expected.strip_suffix('?') {
            None => assert_eq!(slug, expected),
            Some(start) => {
                let mark = slug.strip_prefix(start).unwrap_or_else(|| panic!("{slug}"));
                assert!(mark.len() == 8 && mark.chars().all(|c| c.is_ascii_hexdigit()), "{slug}");
            }
        }
    }
    assert_ne!(slug("größe"), slug("grüße"));
    assert!(slug(&"x".repeat(500)).len() <= 80);
}

#[test]
fn stronger_variables_win() {
    let text = "vars: {x: file, y: \"<${x}>\"}\nsteps: [{navigate: \"http://h/${y}/${x:-z}/${n:-d${x}}/$${x}/${e:-empty}\"}]";
    let url =
        |variables: &Variables| parse("a", text.as_bytes(), variables).unwrap().start_url.unwrap();
    let mut given = Variables::default();
    assert_eq!(url(&given), "http://h/<file>/file/dfile/${x}/empty");
    given.environment.insert("PIXELPROOF_VAR_x".to_owned(), "env".to_owned());
    given.environment.insert("PIXELPROOF_VAR_e".to_owned(), String::new());
    assert_eq!(url(&given), "http://h/<env>/env/denv/${x}/empty");
    given.command_line.insert("x".to_owned(), "${line}".to_owned());
    assert_eq!(url(&given), "http://h/<${line}>/${line}/d${line}/${x}/empty");
}

#[test]
fn variables_keep_the_type_that_they_are_written_as() {
    let text =
        "vars: {n: 3, none: \"\"}\nsteps:\n  - click: { selectors: '#a', timeout: \"${n}\" }\n";
    assert!(parse("a", text.as_bytes(), &variables()).is_err());
    let text = "vars: {n: 3, none: \"\"}\nsteps:\n  - click: '#a'\n    timeout: ${n}\n  - change:\n      selectors: '#a'\n      value: ${none}\n";
    let scenario = good(text);
    assert_eq!(scenario.steps[0].timeout_ms, Some(3));
    assert!(matches!(&scenario.steps[1].action, Action::Change(change) if change.value.is_empty()));
}

#[test]
fn generators_follow_the_seed() {
    let text = "vars: {e: \"${random.email}\"}\nsteps: [{navigate: \"http://h/${e}/${e}/${random.email}/${random.int}/${random.word}/${run.id}\"}]";
    let url = |file: &str, seed| {
        let variables = Variables { seed, ..Variables::default() };
        parse(file, text.as_bytes(), &variables).unwrap().start_url.unwrap()
    };
    assert_eq!(url("a", 1), url("a", 1));
    assert_ne!(url("a", 1), url("a", 2));
    assert_ne!(url("a", 1), url("b", 1));
    let first = url("a", 1);
    let (one, other) = (url("a", 1), url("b", 1));
    assert_eq!(one.rsplit('/').next(), other.rsplit('/').next(), "one run, one id");
    let parts: Vec<&str> = first.split('/').skip(3).collect();
    assert_eq!(parts[0], parts[1]);
    assert_ne!(parts[0], parts[2]);
    assert!(parts[0].ends_with("@example.com"));
    assert_eq!(parts[3].parse::<u32>().unwrap().to_string().len(), 6);
}

#[test]
fn secrets_are_collected() {
    let text = "vars: {card: \"41${n}\", n: 11, pin: ab}\nsecrets: [card, pin]\nsteps:\n  - navigate: http://h/${env.TOKEN}\n  - change: { selectors: '#a', value: s3cret, secret: true }\n  - press: { key: Enter }\n";
    assert_eq!(good(text).secrets, ["4111", "hunter2", "s3cret"]);
    let problems = messages(b"steps: [{click: {selectors: '#a', timeout: \"${env.TOKEN}\"}}]");
    assert_eq!(problems.len(), 1);
    assert!(problems[0].contains("•••") && !problems[0].contains("hunter2"), "{problems:?}");
}

#[test]
fn a_cut_secret_is_hidden_too() {
    let secrets = ["abcdefgh".to_owned(), "abc".to_owned()];
    let hidden = |text: &str| redact(text, &secrets);
    assert_eq!(hidden("x abcdefgh y abc z"), "x ••• y ••• z");
    assert_eq!(hidden("x abcdef…, ab…, b…, …"), "x •••…, ab…, b…, …");
    let token = "0123456789".repeat(12);
    let environment = BTreeMap::from([("T".to_owned(), token.clone())]);
    let given = Variables { environment, ..Variables::default() };
    let url = b"steps: [{navigate: \"http://h/?t=${env.T}\"}]";
    let scenario = parse("a", url, &given).unwrap();
    assert_eq!(scenario.secrets, [token]);
    let title = redact(&scenario.steps[0].title(), &scenario.secrets);
    assert_eq!(title, "navigate \"http://h/?t=•••…\"");
    let problems = parse("a", b"steps: [{navigate: \"x ${env.T}\"}]", &given).unwrap_err();
    assert!(problems[0].message.contains("`x •••…`"), "{}", problems[0].message);
}

#[test]
fn expectations_point_at_steps() {
    let scenario = good(LEAD);
    let steps: Vec<_> = scenario.expectations.iter().map(|e| e.step).collect();
    assert_eq!(steps, [Some(12), Some(12), None]);
    assert_eq!(scenario.expectations[1].count, Count::Between(1, 2));
    let silent = good("steps: [reload]\nexpect: [{vendor: Meta, event: a, params: {v: 1.50}}]");
    assert_eq!(silent.expectations[0].count, Count::AtLeast(1));
    assert_eq!(silent.expectations[0].vendor, "meta");
    assert_eq!(silent.expectations[0].params[0].matcher, Matcher::Equal(serde_json::json!(1.5)));
}

#[test]
fn what_is_no_text_is_refused() {
    let told = |bytes: &[u8]| messages(bytes).join("\n");
    assert_eq!(told(b"a\0b"), "the file is binary: a NUL at byte 1");
    assert_eq!(told(b"ab\xff\xfa"), "the file is binary: invalid UTF-8 at byte 2");
    assert_eq!(told(b"\xff\xfea\0"), "the file is UTF-16 text, expected UTF-8");
    assert_eq!(told(&vec![b' '; 10_000_000]), "the file has 9.5 MiB, a scenario has at most 4 MiB");
    assert_eq!(told(b"\xef\xbb\xbf\r\n"), "the file is empty");
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_change_nothing() {
    let windows = format!("\u{feff}{}", LEAD.replace('\n', "\r\n"));
    assert_eq!(without_places(good(&windows)), without_places(good(LEAD)));
    let text = "\u{feff}steps:\r\n  - clik: é\r\n";
    let problems = parse("a", text.as_bytes(), &variables()).unwrap_err();
    let (span, _) = problems[0].label.clone().unwrap();
    assert_eq!(&text[span.start..span.end], "clik");
    assert_eq!(span.line_column(text), (2, 5));
}

fn numbered(before: &str, after: &str) -> String {
    let numbers: Vec<String> = (0..200_000).map(|n: u32| n.to_string()).collect();
    format!("{before}{}{after}", numbers.join(&format!("{after}{before}")))
}

/// Each of these could keep a careless reader busy for hours, or end it.
#[test]
fn hostile_files_are_answered_quickly() {
    let mut laughs = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for level in 1..30 {
        let _ = writeln!(
            laughs,
            "a{level}: &a{level} [{}]",
            vec![format!("*a{}", level - 1); 10].join(",")
        );
    }
    let mut chain = String::from("a0: &a0 [x]\n");
    for level in 1..5000 {
        let _ = writeln!(chain, "a{level}: &a{level} [*a{}]", level - 1);
    }
    let mut doubling = String::from("vars:\n  v0: xxxxxxxxxxxxxxxx\n");
    for level in 1..30 {
        let _ = writeln!(doubling, "  v{level}: \"${{v{0}}}${{v{0}}}\"", level - 1);
    }
    doubling.push_str("steps: [reload]\n");
    let mut long_chain = String::from("vars:\n");
    for level in 0..5000 {
        let _ = writeln!(long_chain, "  v{level}: \"${{v{}}}\"", level + 1);
    }
    let large_alias = format!("a: &a {}\nb: [{}]", "x".repeat(1_000_000), "*a,".repeat(1000));
    let cases: Vec<(&str, String)> = vec![
        ("deep lists", "[".repeat(1_000_000)),
        ("deep blocks", "- ".repeat(500_000)),
        ("deep maps", "{a: ".repeat(500_000)),
        ("laughs", laughs),
        ("chain", chain),
        ("large alias", large_alias),
        ("doubling", doubling),
        ("long chain", long_chain),
        ("many steps", format!("steps:\n{}", "- clik: x\n".repeat(300_000))),
        ("many keys", numbered("k", ": 1\n")),
        ("many twice", "k: 1\n".repeat(500_000)),
        ("many variables", format!("steps: [{{navigate: \"{}\"}}]", "${x}".repeat(900_000))),
        ("open variables", format!("steps: [{{navigate: \"{}\"}}]", "${x:-".repeat(700_000))),
        (
            "recorded variables",
            format!(
                "{{\"steps\": [{{\"type\": \"navigate\", \"url\": \"{}\"}}]}}",
                "${x}".repeat(900_000)
            ),
        ),
        ("long key", format!("{}: 1", "k".repeat(3_000_000))),
        ("long quote", format!("a: \"{}", "k".repeat(3_000_000))),
        ("brackets", format!("steps: [{{click: \"{}\"}}]", "[".repeat(3_000_000))),
        ("self alias", "a: &a [*a]".to_owned()),
        ("directives", "%x\n".repeat(1_000_000)),
        ("anchors", numbered("- &a", " x\n")),
        ("comments", "#\n".repeat(2_000_000)),
        ("questions", "? ".repeat(1_000_000)),
        ("braces", "{}".repeat(1_000_000)),
    ];
    for (name, text) in cases {
        let problems = parse("a", text.as_bytes(), &variables()).unwrap_err();
        for problem in &problems {
            assert!(problem.message.len() < 2000, "{name}");
            assert!(problem.render(Some(&text), true, 80).len() < 4000, "{name}");
        }
        assert!(problems.len() <= 101, "{name}");
    }
}

#[test]
fn long_texts_are_no_keys() {
    let text = format!(
        "{{\"steps\": [{{\"type\": \"evaluate\", \"expression\": \"{}\"}}]}}",
        "x;".repeat(50_000)
    );
    assert_eq!(good(&text).steps.len(), 1);
}

/// Pieces that files are made of, in no order.
fn soup() -> impl proptest::strategy::Strategy<Value = String> {
    let pieces = [
        "steps:",
        "\n",
        "  ",
        "- ",
        "click",
        ": ",
        "{",
        "}",
        "[",
        "]",
        ",",
        "\"",
        "'",
        "#buy",
        "${",
        "}",
        "a",
        "vars:",
        "expect:",
        "vendor",
        "event",
        "times",
        "&a ",
        "*a",
        "!",
        "|\n",
        ">\n",
        "é",
        "\t",
        "\r\n",
        "---\n",
        "null",
        "3",
        "type",
        "selectors",
        "aria/",
        "$$",
        ":-",
        "secrets:",
        "navigate: http://x/",
        "label",
        "step",
        "\u{feff}",
        "\u{85}",
        "? ",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..60).prop_map_join()
}

trait Join {
    fn prop_map_join(self) -> impl proptest::strategy::Strategy<Value = String>;
}

impl<S: proptest::strategy::Strategy<Value = Vec<&'static str>>> Join for S {
    fn prop_map_join(self) -> impl proptest::strategy::Strategy<Value = String> {
        proptest::strategy::Strategy::prop_map(self, |pieces| pieces.concat())
    }
}

fn survives(bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).ok();
    match parse("a", bytes, &variables()) {
        Ok(scenario) => {
            let yaml = to_yaml(&scenario);
            let again = parse("a", yaml.as_bytes(), &Variables::default())
                .unwrap_or_else(|problems| panic!("{yaml}\n{}", rendered(&problems, &yaml)));
            assert_eq!(without_places(again), without_places(scenario));
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            for problem in problems {
                assert!(!problem.message.is_empty());
                if let (Some((span, _)), Some(text)) = (&problem.label, text) {
                    assert!(span.end <= text.len() && text.get(span.start..span.end).is_some());
                }
                let shown = problem.render(text, false, 60);
                assert!(shown.ends_with('\n') && !shown.contains('\u{1b}'));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        survives(&bytes);
    }

    #[test]
    fn arbitrary_pieces_never_panic(text in soup()) {
        survives(text.as_bytes());
    }

    #[test]
    fn arbitrary_steps_never_panic(text in soup(), more in soup()) {
        survives(format!("steps:\n- click: a\n- {text}\n- {more}").as_bytes());
    }

    #[test]
    fn a_damaged_scenario_never_panics(at in 0..LEAD.len(), length in 0..40_usize, new in soup()) {
        let end = (at + length).min(LEAD.len());
        if LEAD.is_char_boundary(at) && LEAD.is_char_boundary(end) {
            let mut text = LEAD.to_owned();
            text.replace_range(at..end, &new);
            survives(text.as_bytes());
        }
    }

    #[test]
    fn every_text_survives_an_export(value in any::<String>(), name in any::<String>()) {
        let mut scenario = good("steps: [{change: {selectors: '#a', value: x}}]");
        if let Action::Change(change) = &mut scenario.steps[0].action {
            change.value.clone_from(&value);
        }
        scenario.steps[0].label = Some(format!("l{name}"));
        for text in [to_yaml(&scenario), to_recorder(&scenario).to_string()] {
            if text.contains('\0') {
                continue;
            }
            assert_eq!(without_places(good(&text)).steps, without_places(scenario.clone()).steps);
        }
    }
}

const MANUAL: &str = include_str!("../../docs/scenarios.md");

/// Items are steps; what has no steps gets one.
#[test]
fn every_example_of_the_manual_is_read() {
    let blocks: Vec<&str> =
        MANUAL.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(blocks.len() > 15);
    for block in blocks {
        let text =
            if block.starts_with("- ") { format!("steps:\n{block}") } else { block.to_owned() };
        let scenario = good(&text);
        assert_eq!(rendered(&scenario.notices, &text), "");
    }
}

#[test]
fn the_manual_names_every_word() {
    let said = |word: &str| MANUAL.contains(&format!("`{word}`"));
    for spec in crate::steps::TABLE {
        assert!(MANUAL.contains(&format!("**`{}`**", spec.name)), "{}", spec.name);
        for argument in spec.arguments {
            assert!(said(argument.name), "{}.{}", spec.name, argument.name);
        }
    }
    let top = crate::scenario::read::TOP.iter().map(|argument| argument.name);
    let common = crate::steps::arguments::COMMON.iter().map(|argument| argument.name);
    let expect = crate::scenario::expect::ARGUMENTS.iter().map(|argument| argument.name);
    let matchers = crate::scenario::expect::MATCHERS.iter().copied();
    for word in top.chain(common).chain(expect).chain(matchers) {
        assert!(said(word), "{word}");
    }
}

#[test]
fn vendors_and_files_are_settled_by_who_knows_them() {
    let mut scenario = good(LEAD);
    assert_eq!(scenario.unknown_vendors(&["meta", "ga4", "tiktok"]), []);
    let problems = scenario.unknown_vendors(&["meta", "ga4", "tikt0k"]);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].help.as_deref(), Some("did you mean `tikt0k`?"));
    scenario.resolve_files("shop".as_ref());
    let files = scenario.steps.iter().find_map(|step| match &step.action {
        Action::Upload(upload) => Some(upload.files.clone()),
        _ => None,
    });
    assert_eq!(files.unwrap(), [std::path::Path::new("shop").join("cv.pdf")]);
}

/// A block scalar loses its indentation, so places in it are not exact; they
/// must still be places.
#[test]
fn places_in_blocks_are_the_block() {
    let text = "steps:\n  - evaluate: |\n      é${nope}\n      é\n";
    let problems = parse("a", text.as_bytes(), &variables()).unwrap_err();
    let (span, _) = problems[0].label.clone().unwrap();
    assert!(text[span.start..span.end].starts_with("é${nope}"));
}

#[test]
fn a_secret_step_does_not_show_its_value() {
    let scenario = good(
        "steps:\n  - press: Q\n    secret: true\n  - change: { selectors: '#a', value: x, secret: true }",
    );
    let titles: Vec<String> = scenario.steps.iter().map(Step::title).collect();
    assert_eq!(titles, ["press (secret)", "change \"#a\""]);
}

#[test]
fn another_play_generates_other_texts() {
    let text = "vars: {mail: '${random.email}'}\nsteps:\n  - navigate: https://shop.test/?m=${mail}\n  \
                - upload: {selectors: '#a', files: [b.png]}\n";
    let mut first = parse("f/a.yaml", text.as_bytes(), &variables()).unwrap();
    first.resolve_files(std::path::Path::new("f"));
    assert_eq!(first.again(text.as_bytes(), 0), first);
    let second = first.again(text.as_bytes(), 1);
    assert_ne!(second.variables["mail"], first.variables["mail"]);
    assert_ne!(second.again(text.as_bytes(), 2).variables, second.variables);
    assert!(format!("{second:?}").contains("f/b.png"), "{second:?}");
    assert!(!format!("{second:?}").contains("hunter2"));
}

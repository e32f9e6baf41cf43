//! Snapshot files read back, and nonsense told by its place.

use super::*;
use crate::snapshot::pattern::{Piece, Shape};
use proptest::prelude::*;

const GOOD: &str = "---\nsource: scenarios/lead.yaml\nexpression: pixelproof run lead\n---\n\
    steps:\n  - step: open the form\n    hits:\n      - meta Lead:\n          \
    account: \"123\"\n          params:\n            \"cd[value]\": \"49.90\"\n            \
    eid: \"[uuid]\"\n            n: 5\n  - step: \"click #buy\"\n    hits: []\n";

fn problems(text: &str) -> String {
    let problems = Snapshot::parse("snapshots/lead.snap", text).unwrap_err();
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| {
            let (span, label) = problem.label.clone().unwrap_or_default();
            let (line, column) = span.line_column(text);
            let help = problem.help.clone().unwrap_or_default();
            format!("{line}:{column}: {} ({label}) [{help}]", problem.message)
        })
        .collect();
    lines.join("\n")
}

#[test]
fn a_snapshot_is_read_with_types_and_places() {
    let snapshot = Snapshot::parse("x.snap", GOOD).unwrap();
    assert_eq!(snapshot.header.source, "scenarios/lead.yaml");
    let hit = &snapshot.steps[0].hits[0];
    assert_eq!((hit.vendor.as_str(), hit.event.as_str(), hit.line.0), ("meta", "Lead", 8));
    assert_eq!(hit.params[0], ("cd[value]".to_owned(), Pattern::text("49.90")));
    assert_eq!(hit.params[1].1, Pattern::shape(Shape::Uuid));
    assert_eq!(hit.params[2].1, Pattern::Number(5.into()));
    assert_eq!(snapshot.steps[1].label, "click #buy");
    let windows = GOOD.replace('\n', "\r\n");
    assert_eq!(Snapshot::parse("x.snap", &windows).unwrap(), snapshot);
}

#[test]
fn nonsense_is_named_with_its_place() {
    let all = [
        String::new(),
        "hello".to_owned(),
        "---\nsource: x\n".to_owned(),
        "---\nsource: x\n---\n".to_owned(),
        "---\nsource: x\n---\nsteps: 5\n".to_owned(),
        "---\n- a\n---\nsteps: []\n".to_owned(),
        "---\nsource: x\n---\n- step: a\n".to_owned(),
        "---\nsuorce: x\n---\nstep: []\nsteps: []\n".to_owned(),
        GOOD.replace("[uuid]", "[uid]"),
        GOOD.replace("account: \"123\"", "account: 123"),
        GOOD.replace("account: \"123\"", "acount: \"123\""),
        GOOD.replace("account: \"123\"", "optional: maybe"),
        GOOD.replace("            eid", "            n: 6\n            eid"),
        GOOD.replace("meta Lead", "meta"),
        GOOD.replace("          params:", "        params:"),
        GOOD.replace("\"49.90\"", "\"49.90"),
        GOOD.replace("n: 5", "n: .nan"),
        GOOD.replace("steps:\n", "<<<<<<< ours\nsteps:\n=======\n>>>>>>> theirs\n"),
        GOOD.replace("49.90", "\0"),
    ]
    .iter()
    .map(|text| problems(text))
    .collect::<Vec<_>>()
    .join("\n\n");
    insta::assert_snapshot!(all);
}

#[test]
fn binary_and_huge_files_are_refused() {
    let problems = Snapshot::parse_bytes("x.snap", &[0x89, b'P', 0xff]).unwrap_err();
    assert!(problems[0].message.contains("byte 1 is not UTF-8"), "{problems:?}");
    let huge = "a".repeat(MAX_BYTES + 1);
    let problems = Snapshot::parse("x.snap", &huge).unwrap_err();
    assert!(problems[0].message.contains("32 MB"), "{problems:?}");
    let deep = format!("---\nsource: x\n---\nsteps: {}\n", "[".repeat(100_000));
    assert!(Snapshot::parse("x.snap", &deep).is_err());
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,12}",
        ".{0,6}",
        any::<String>(),
        Just("[uuid]".to_owned()),
        Just("\\[digits(3)]".to_owned()),
        Just("null".to_owned()),
        Just("1e3".to_owned()),
        Just(" a: b # c ".to_owned()),
        Just("\u{feff}\u{202e}\u{85}\u{2028}\u{ffff}".to_owned()),
    ]
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let leaf = prop_oneof![
        Just(Pattern::Null),
        any::<bool>().prop_map(Pattern::Bool),
        any::<i64>().prop_map(|n| Pattern::Number(n.into())),
        (-1e6..1e6_f64).prop_map(|n| Number::from_f64(n).map_or(Pattern::Null, Pattern::Number)),
        text().prop_map(|text| Pattern::text(&text)),
        (text(), text()).prop_map(|(a, b)| Pattern::pieces([
            Piece::Plain(a),
            Piece::Shape(Shape::Digits(Some(3))),
            Piece::Plain(b),
            Piece::Shape(Shape::Any),
        ])),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Pattern::List),
            proptest::collection::btree_map(text(), inner, 0..4)
                .prop_map(|fields| Pattern::Map(fields.into_iter().collect())),
        ]
    })
}

prop_compose! {
    fn hit()(
        vendor in "[a-z0-9_-]{1,6}",
        event in text(),
        account in text(),
        optional in any::<bool>(),
        anywhere in any::<bool>(),
        params in proptest::collection::btree_map(text(), pattern(), 0..4),
        often in any::<bool>(),
    ) -> SnapshotHit {
        let params: Vec<_> = params.into_iter().collect();
        let (params, sometimes) = if often { (params, vec![]) } else { (vec![], params) };
        SnapshotHit { vendor, event, account, optional, anywhere, params, sometimes, line: Line(0) }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn what_was_written_is_read_back(
        source in text(),
        description in proptest::option::of(text()),
        steps in proptest::collection::vec((text(), proptest::collection::vec(hit(), 0..3)), 0..3),
    ) {
        let snapshot = Snapshot {
            header: Header { source, expression: None, description },
            steps: steps.into_iter().map(|(label, hits)| SnapshotStep { label, hits }).collect(),
            ..Snapshot::default()
        };
        let text = snapshot.render();
        let read = Snapshot::parse("x.snap", &text);
        prop_assert_eq!(read.as_ref(), Ok(&snapshot), "{}", text);
    }

    #[test]
    fn no_text_makes_it_panic(text in "(---\n)?[ -~\n]{0,80}(---\n)?[ -~\n]{0,80}") {
        let _ = Snapshot::parse("x.snap", &text);
    }
}

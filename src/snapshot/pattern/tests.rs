//! Matchers: written, read back, and what they take.

use super::*;
use serde_json::json;

fn written(text: &str) -> Pattern {
    Pattern::parse_text(text).unwrap()
}

fn accepts(pattern: &str, text: &str) -> bool {
    written(pattern).accepts(&Pattern::text(text))
}

#[test]
fn matchers_match_their_shapes_only() {
    for (pattern, yes, no) in [
        ("[uuid]", "4e5a5c3e-55d8-4b69-8f0c-6c2e6f0e9f11", "4e5a5c3e-55d8-4b69-8f0c"),
        ("purchase-[digits]", "purchase-1001", "purchase-"),
        ("purchase-[digits]", "purchase-1", "order-1"),
        ("fb.1.[digits(13)].[digits]", "fb.1.1789989361298.55", "fb.1.178998936129.55"),
        ("[hex(8)]", "00ffAA12", "00ffAA1"),
        ("[sha256]", &"a".repeat(64), &"a".repeat(63)),
        ("[id]-[digits]", "a-b-12", "a-b-"),
        ("[number] EUR", "-49.90 EUR", "49,90 EUR"),
        ("[text]", "x", ""),
        ("a[any]", "a", "b"),
        ("\\[uuid]", "[uuid]", "4e5a5c3e-55d8-4b69-8f0c-6c2e6f0e9f11"),
    ] {
        assert!(accepts(pattern, yes), "{pattern} should accept {yes}");
        assert!(!accepts(pattern, no), "{pattern} should not accept {no}");
    }
}

#[test]
fn json_types_are_kept_apart() {
    let number = Pattern::literal(&json!(49.99));
    assert!(number.accepts(&Pattern::literal(&json!(49.99))));
    assert!(!number.accepts(&Pattern::text("49.99")));
    assert!(!Pattern::text("49.99").accepts(&number));
    assert!(Pattern::shape(Shape::JsonNumber).accepts(&number));
    assert!(!Pattern::shape(Shape::Number).accepts(&number));
    assert!(Pattern::shape(Shape::Any).accepts(&Pattern::literal(&json!({"a": [1]}))));
    assert!(!Pattern::literal(&json!(null)).accepts(&Pattern::literal(&json!(false))));
}

#[test]
fn numbers_are_equal_as_numbers_and_nothing_else_is() {
    for (a, b) in [("49.9", "49.90"), ("5", "5.0"), ("-1.50", "-1.5")] {
        assert!(Pattern::text(a).accepts(&Pattern::text(b)), "{a} {b}");
        assert_eq!(Pattern::text(a).canonical(), Pattern::text(b).canonical());
    }
    for (a, b) in [("49.99", "49,99"), ("007", "7"), ("1.2.0", "1.2"), ("50", "5"), ("", "0")] {
        assert!(!Pattern::text(a).accepts(&Pattern::text(b)), "{a} {b}");
    }
    let big = Pattern::literal(&json!(9_007_199_254_740_993_u64));
    assert!(!big.accepts(&Pattern::literal(&json!(9_007_199_254_740_992_u64))));
}

#[test]
fn an_unknown_matcher_is_no_plain_text() {
    let error = Pattern::parse_text("[uudi]").unwrap_err();
    assert_eq!(error.nearest, Some("uuid"));
    assert!(Pattern::parse_text("[digits(0)]").is_err());
    assert!(Pattern::parse_text("[digits(99999999999999999999999)]").is_err());
    assert_eq!(written("[\"A\",\"B\"]").as_plain(), Some("[\"A\",\"B\"]"));
    assert_eq!(written("a[0] [Name] [").as_plain(), Some("a[0] [Name] ["));
}

#[test]
fn differences_name_the_leaf() {
    let expected = Pattern::literal(&json!({"contents": [{"id": "A", "n": 1}], "x": 1}));
    let found = Pattern::literal(&json!({"contents": [{"id": "B", "n": 1}, {}], "y": 2}));
    let mut out = Vec::new();
    expected.differences(&found, "cd", &mut out);
    let names: Vec<_> = out.iter().map(|difference| difference.name.as_str()).collect();
    assert_eq!(names, ["cd.contents[0].id", "cd.contents[1]", "cd.x", "cd.y"]);
}

proptest::proptest! {
    #[test]
    fn any_plain_text_survives_being_written(text in "[\\\\\\[\\]a-z()0-9é-]{0,12}") {
        let pattern = Pattern::text(&text);
        let written = pattern.written_text().unwrap();
        proptest::prop_assert_eq!(Pattern::parse_text(&written).unwrap(), pattern);
    }

    #[test]
    fn plain_text_before_a_matcher_survives(text in "[\\\\\\[a-z]{0,6}", after in "[\\]\\\\a-z]{0,6}") {
        let pattern = Pattern::pieces([
            Piece::Plain(text),
            Piece::Shape(Shape::Digits(Some(3))),
            Piece::Plain(after),
        ]);
        let written = pattern.written_text().unwrap();
        proptest::prop_assert_eq!(Pattern::parse_text(&written).unwrap(), pattern);
    }
}

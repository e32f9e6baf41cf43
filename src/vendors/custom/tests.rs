//! Definitions as they stand in `pixelproof.toml`, right and wrong.

use std::collections::BTreeMap;

use super::*;
use crate::vendors::Registry;
use serde_json::{Value, json};

const ACME: &str = r#"
    slug = "acme"
    url = "*.acme.example/v*/collect"
    account = "query:aid"
    event = "json:name"
    events = "json:batch"
    [[params]]
    from = "json:order.total"
    name = "value"
    [[params]]
    from = "json:items.0.sku"
    name = "first_sku"
    [[params]]
    from = "json:sent"
    class = "transport"
    [[params]]
    from = "path:1"
    name = "version"
    class = "environment"
"#;

fn vendor(text: &str) -> CustomVendor {
    toml::from_str(text).unwrap()
}

fn registry(text: &str) -> Result<Registry, Vec<String>> {
    Registry::new(vec![vendor(text)], BTreeMap::new())
}

fn decode(registry: &Registry, url: &str, body: &str) -> Decoded<'static> {
    let request = WireRequest {
        url,
        method: "POST",
        body: body.as_bytes(),
        content_type: None,
        content_encoding: None,
        headers: &[],
    };
    registry.decode_owned(&request)
}

#[test]
fn a_batch_is_read_entry_by_entry() {
    let registry = registry(ACME).unwrap();
    let body = json!({"sent": 1, "batch": [
        {"name": "lead"},
        {"name": "order", "order": {"total": 9.5}, "items": [{"sku": "A"}]},
    ]});
    let url = "https://px.acme.example/v2/collect?aid=77";
    let decoded = decode(&registry, url, &body.to_string());
    assert_eq!((decoded.vendor.as_deref(), decoded.kind), (Some("acme"), HitKind::Event));
    assert_eq!((decoded.accounts, decoded.problems), (vec!["77".into()], vec![]));
    let told: Vec<_> = decoded.events[1]
        .params
        .iter()
        .map(|param| (&*param.wire, param.canonical.as_deref(), param.class))
        .collect();
    assert_eq!(
        told,
        [
            ("aid", None, ParamClass::Identity),
            ("sent", None, ParamClass::Transport),
            ("name", None, ParamClass::Identity),
            ("order.total", Some("value"), ParamClass::Business),
            ("items", None, ParamClass::Environment),
            ("items.0.sku", Some("first_sku"), ParamClass::Business),
            ("path:1", Some("version"), ParamClass::Environment),
        ]
    );
    assert_eq!(decoded.events[0].name, "lead");
    assert_eq!(decoded.events[1].params[5].value, "A".into());
}

#[test]
fn queries_and_forms_are_read() {
    let registry = registry(
        "slug = \"acme\"\nurl = \"px.acme.example/c\"\nevent = \"form:e\"\nother = \"business\"",
    )
    .unwrap();
    let decoded = decode(&registry, "https://px.acme.example/c?x=1", "e=lead&v=%5B1%5D");
    assert_eq!(decoded.events[0].name, "lead");
    assert_eq!(Value::from(decoded.events[0].params[2].value.clone()), json!([1]));
    assert_eq!(decoded.events[0].params[0].class, ParamClass::Business);
    let none = decode(&registry, "https://px.acme.example/c", "{\"a\":");
    assert_eq!((none.kind, none.problems.len()), (HitKind::Aux, 2));
}

#[test]
fn only_the_pattern_is_the_vendors() {
    let registry = registry(ACME).unwrap();
    let of = |url: &str| registry.pixel_of(url);
    assert_eq!(of("https://px.acme.example/v1/collect?a"), Some("acme"));
    assert_eq!(of("http://a.b.acme.example:81/v1/x/collect"), Some("acme"));
    for url in [
        "https://acme.example/v1/collect",
        "https://px.acme.example.evil.test/v1/collect",
        "https://px.acme.example/v1/collect.js",
        "https://evil.test/?px.acme.example/v1/collect",
    ] {
        assert_eq!(of(url), None, "{url}");
    }
    let patterns = registry.fetch_patterns();
    assert!(patterns.contains(&"*://*.acme.example/v*/collect\\?*".to_owned()), "{patterns:?}");
}

#[test]
fn every_mistake_is_told() {
    let wrong = r#"
        slug = "Meta!"
        url = "https://*/x"
        account = "cookie:x"
        event = "query:"
        events = "query:x"
        [[params]]
        from = "path:0"
    "#;
    let problems = registry(wrong).unwrap_err();
    assert_eq!(problems.len(), 6, "{problems:#?}");
    assert!(problems.iter().all(|problem| problem.starts_with("vendor `Meta!`: ")));
    let taken = ACME.replace("\"acme\"", "\"meta\"");
    assert_eq!(registry(&taken).unwrap_err(), ["vendor `meta`: that slug is taken already"]);
    for (url, part) in [
        ("acme.example", "expected a path too"),
        ("*/x", "anything wider"),
        ("a.*/x", "anything wider"),
        ("a.example:x/", "expected a number"),
        ("a.example/x?y", "without a query"),
    ] {
        let problems = registry(&ACME.replace("*.acme.example/v*/collect", url)).unwrap_err();
        assert!(problems.len() == 1 && problems[0].contains(part), "{problems:?}");
    }
    let unknown = toml::from_str::<CustomVendor>("slug = \"a\"\nurll = \"b\"");
    assert!(unknown.unwrap_err().to_string().contains("unknown field `urll`"));
}

#[test]
fn wildcards_fit_whole_texts() {
    for (pattern, text, fits) in [
        ("a*b*c", "axxbyyc", true),
        ("a*b*c", "abc", true),
        ("a*a", "a", false),
        ("*", "", true),
        ("a", "ab", false),
        ("*.b", "x.b", true),
        ("a*b*b", "ab", false),
    ] {
        assert_eq!(wildcard(pattern, text), fits, "{pattern} {text}");
    }
}

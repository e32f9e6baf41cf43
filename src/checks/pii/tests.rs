//! Hits that carry what was typed, in every form, and healthy ones.

use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use super::*;
use crate::checks::found;
use crate::checks::identity::hex;
use crate::model::request::{Header, Outcome};
use crate::model::trace::{Field, StorageWrite, Trace, Typed};
use crate::snapshot::fixture::{add, document, hit, param};

const MAIL: &str = "Jane.Roe@shop.example";

fn typed(name: &str, value: &str) -> Typed {
    Typed {
        step: Some(0),
        field: Field { id: name.to_owned(), ..Field::default() },
        value: value.to_owned(),
        frame_url: "https://shop.test/lead".to_owned(),
    }
}

/// A lead form on shop.test into which all this was typed.
fn typed_trace() -> Trace {
    let mut trace = crate::snapshot::fixture::trace(&["send the form"]);
    trace.documents.push(document("https://www.shop.test/lead", 0));
    trace.typed = vec![
        typed("mail", MAIL),
        typed("phone", "+1 (650) 555-1212"),
        typed("first-name", "Ann"),
        typed("city", "Cork"),
    ];
    trace
}

/// Findings on one hit with this parameter.
fn told(wire: &str, value: &str) -> Vec<String> {
    let mut trace = typed_trace();
    let params = vec![param(wire, value, ParamClass::Identifier)];
    add(&mut trace, hit(0, "Lead", params), Outcome::Stubbed);
    let query = format!(
        "{wire}={}",
        url::form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>()
    );
    trace.requests[0].url = format!("https://www.facebook.com/tr/?{query}");
    said(&trace)
}

fn said(trace: &Trace) -> Vec<String> {
    let findings = found(&CHECK, trace);
    for finding in &findings {
        assert!(CHECK.docs.contains(&format!("`{}`", finding.code)), "{}", finding.code);
        assert!(!format!("{finding:?}").to_lowercase().contains("jane"), "{finding:?}");
    }
    let line = |it: Finding| format!("{:?} {}: {}", it.severity, it.code, it.message);
    findings.into_iter().map(line).collect()
}

fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

#[test]
fn plain_values_are_found_however_they_are_encoded() {
    let deep = "https%253A%252F%252Fshop.test%252F%253Fm%253DJane.Roe%252540shop.example";
    let base64 = crate::wire::base64::encode(format!("u={MAIL};").as_bytes());
    let mut lines = Vec::new();
    for (wire, value) in [
        ("cd[email]", MAIL),
        ("cd[email]", "jane.roe@SHOP.example"),
        ("cd[x]", deep),
        ("cd[json]", r#"{"a":"jane.roe\u0040shop.example"}"#),
        ("cd[b]", &base64),
        ("dl", "https://shop.test/?mail=jane.roe@shop.example"),
        ("cd[tel]", "tel:+16505551212"),
        ("ud[fn]", "ann"),
        ("ud[ct]", "Cork"),
        ("cd[city]", "Cork"),
    ] {
        lines.extend(told(wire, value));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn hashes_are_compared_with_what_should_be_hashed() {
    let good = sha256("jane.roe@shop.example");
    let mut lines = Vec::new();
    for (wire, value) in [
        ("ud[em]", sha256(MAIL)),
        ("ud[em]", sha256("jane.roe@shop.example ")),
        ("ud[em]", sha256(&good)),
        ("ud[em]", sha256("")),
        ("ud[em]", sha256("undefined")),
        ("ud[em]", sha256("null").to_uppercase()),
        ("ud[ph]", sha256("+1 (650) 555-1212")),
        ("ud[ph]", sha256("+16505551212")),
        ("ud[em]", hex(&Sha1::digest(b"jane.roe@shop.example"))),
    ] {
        lines.extend(told(wire, &value));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn healthy_hits_are_silent() {
    for (wire, value) in [
        ("ud[em]", sha256("jane.roe@shop.example").as_str()),
        ("ud[ph]", &sha256("16505551212")),
        ("ud[fn]", &sha256("ann")),
        ("cd[content_name]", "Annual report from Cork"),
        ("cd[content_category]", "Ann"),
        ("cd[store]", "Cork"),
        ("dl", "https://shop.test/annabel"),
        ("cd[order_id]", "716505551212"),
        ("cd[user]", "xjane.roe@shop.example"),
        // No parameter that is matched by.
        ("cd[own_hash]", &sha256(MAIL)),
    ] {
        assert_eq!(told(wire, value), Vec::<String>::new(), "{wire}={value}");
    }
}

#[test]
fn what_stays_on_the_site_is_its_own() {
    let mut trace = typed_trace();
    add(&mut trace, hit(0, "Lead", Vec::new()), Outcome::Stubbed);
    trace.hits.clear();
    let set = |trace: &mut Trace, url: &str| url.clone_into(&mut trace.requests[0].url);
    set(&mut trace, "https://api.shop.test/lead?mail=jane.roe@shop.example");
    assert_eq!(said(&trace), Vec::<String>::new());
    set(&mut trace, "https://forms.test/?m=jane.roe@shop.example");
    assert_eq!(
        said(&trace),
        [
            "Info pii-plain: the e-mail address typed into `#mail` goes to forms.test in plain text, in the address"
        ]
    );
    // Typed into that service's own frame.
    "https://frame.forms.test/".clone_into(&mut trace.typed[0].frame_url);
    assert_eq!(said(&trace), Vec::<String>::new());
}

#[test]
fn referrers_and_foreign_storage_are_searched() {
    let mut trace = typed_trace();
    add(&mut trace, hit(0, "Lead", Vec::new()), Outcome::Stubbed);
    let value = "https://www.shop.test/thanks?mail=Jane.Roe%40shop.example".to_owned();
    trace.requests[0].headers.push(Header { name: "Referer".to_owned(), value });
    let write = |domain: &str| StorageWrite {
        kind: StorageKind::Cookie,
        name: "who".to_owned(),
        value: "Jane.Roe%40shop.example".to_owned(),
        domain: domain.to_owned(),
        request: None,
        at_ms: 0.0,
        step: Some(0),
    };
    trace.writes = vec![write("tags.test"), write("shop.test")];
    insta::assert_snapshot!(said(&trace).join("\n"));
}

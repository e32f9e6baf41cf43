//! Landings with click ids, and what becomes of them.

use super::*;
use crate::checks::found;
use crate::model::hit::ParamClass;
use crate::model::request::Outcome;
use crate::model::trace::{Field, Typed};
use crate::snapshot::fixture::{add, document, hit, param};

fn landed(urls: &[&str]) -> Trace {
    let mut trace = crate::snapshot::fixture::trace(&["land", "buy"]);
    for (step, url) in urls.iter().enumerate() {
        trace.documents.push(document(url, step));
    }
    trace
}

fn fired(trace: &mut Trace, step: usize, event: &str, params: &[(&str, &str)]) {
    let params =
        params.iter().map(|(wire, value)| param(wire, *value, ParamClass::Identifier)).collect();
    add(trace, hit(step, event, params), Outcome::Stubbed);
    if let Some(request) = trace.requests.last_mut() {
        request.document = Some(step);
    }
}

fn codes(trace: &Trace) -> Vec<String> {
    let findings = found(&CHECK, trace);
    findings
        .into_iter()
        .map(|finding| {
            assert!(CHECK.docs.contains(&format!("`{}`", finding.code)), "{}", finding.code);
            finding.code
        })
        .collect()
}

#[test]
fn ids_have_their_form() {
    let mut trace = landed(&["https://shop.test/"]);
    let fbp = ("fbp", "fb.1.1789989361298.5551234");
    fired(&mut trace, 0, "PageView", &[fbp, ("fbc", "fb.1.1789989361298.AbC-d_E.Ag")]);
    assert_eq!(codes(&trace), [""; 0]);
    fired(&mut trace, 0, "PageView", &[("fbp", "5551234"), ("fbc", "AbC")]);
    assert_eq!(codes(&trace), ["match-malformed-id", "match-malformed-id"]);
}

#[test]
fn a_click_id_keeps_its_letters() {
    let land = "https://shop.test/?fbclid=IwAbC";
    let fbc = |id: &str| format!("fb.1.1789989361298.{id}");
    let mut trace = landed(&[land]);
    fired(&mut trace, 0, "PageView", &[]);
    fired(&mut trace, 1, "Purchase", &[("fbc", &fbc("IwAbC")), ("ud[em]", "x")]);
    assert_eq!(codes(&trace), [""; 0]);
    fired(&mut trace, 1, "Lead", &[("fbc", &fbc("iwabc"))]);
    assert_eq!(codes(&trace), ["match-changed-click-id"]);
    let mut trace = landed(&[land]);
    fired(&mut trace, 1, "Purchase", &[]);
    assert_eq!(codes(&trace), ["match-lost-click-id"]);
}

#[test]
fn another_site_needs_the_click_id() {
    let mut trace = landed(&["https://shop.test/?gclid=x1", "https://pay.test/"]);
    fired(&mut trace, 0, "PageView", &[]);
    fired(&mut trace, 1, "PageView", &[]);
    assert_eq!(codes(&trace), ["match-click-id-not-passed"]);
    "https://pay.test/?_gl=1*abc".clone_into(&mut trace.documents[1].url);
    assert_eq!(codes(&trace), [""; 0]);
}

#[test]
fn an_address_could_have_been_matched() {
    let mut trace = landed(&["https://shop.test/"]);
    trace.typed.push(Typed {
        step: Some(0),
        field: Field::default(),
        value: "ann@shop.test".to_owned(),
        frame_url: String::new(),
    });
    fired(&mut trace, 1, "Lead", &[]);
    assert_eq!(codes(&trace), [""; 0], "nobody uses it");
    fired(&mut trace, 0, "PageView", &[("ud[em]", "x")]);
    assert_eq!(codes(&trace), ["match-no-email"]);
}

#[test]
fn a_redirect_passes_click_ids_on() {
    let redirected = |to: &str, fbc: &str| {
        let mut trace = landed(&[to]);
        fired(&mut trace, 1, "Lead", &[("fbc", fbc)]);
        for url in ["https://shop.test/go?fbclid=IwAR2Click_AbC", to] {
            add(&mut trace, hit(0, "", Vec::new()), Outcome::Delivered);
            trace.hits.pop();
            if let Some(request) = trace.requests.last_mut() {
                request.url = url.to_owned();
                request.resource_type = "Document".to_owned();
            }
        }
        trace.requests[2].redirected_from = Some(trace.requests[1].id);
        codes(&trace)
    };
    let kept = "fb.1.1789989361298.IwAR2Click_AbC";
    assert!(redirected("https://shop.test/?fbclid=IwAR2Click_AbC", kept).is_empty());
    assert!(redirected("https://shop.test/", kept).is_empty(), "the server kept it in a cookie");
    let lower = "fb.1.1789989361298.iwar2click_abc";
    assert_eq!(
        redirected("https://shop.test/?fbclid=iwar2click_abc", lower),
        ["match-changed-click-id"]
    );
    assert_eq!(redirected("https://shop.test/", ""), ["match-malformed-id", "match-lost-click-id"]);
}

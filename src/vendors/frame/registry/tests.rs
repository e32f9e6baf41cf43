//! Dispatch, hits and stubs through the public interface.

use super::*;
use crate::model::request::{Body, Header, RequestId};
use crate::model::request::{Initiator, TargetKind, TargetRef};

fn request(id: u32, url: &str, body: &str) -> Request {
    Request {
        id: RequestId(id),
        method: if body.is_empty() { "GET" } else { "POST" }.to_owned(),
        url: url.to_owned(),
        fragment: None,
        headers: vec![Header { name: "Content-Type".to_owned(), value: "text/plain".to_owned() }],
        body: (!body.is_empty())
            .then(|| Body { bytes: body.as_bytes().to_vec().into(), exact: true }),
        resource_type: "Fetch".to_owned(),
        initiator: Initiator::default(),
        frame: None,
        target: TargetRef { kind: TargetKind::Page, id: String::new(), url: String::new() },
        document: None,
        step: None,
        redirected_from: None,
        outcome: Outcome::Delivered,
        response: None,
        started_ms: 0.0,
        ended_ms: None,
    }
}

fn hosts(slug: &str, host: &str) -> Result<Registry, Vec<String>> {
    let hosts = BTreeMap::from([(slug.to_owned(), vec![host.to_owned()])]);
    Registry::new(Vec::new(), hosts)
}

#[test]
fn one_hit_per_event_and_account() {
    let registry = Registry::default();
    let mut dedup = Deduplicator::new();
    let two = request(
        3,
        "https://analytics.tiktok.com/api/v2/pixel",
        r#"{"event":"Lead","context":{"pixel":{"codes":"A|B"}}}"#,
    );
    let hits = registry.hits(&two, &mut dedup);
    let told: Vec<_> = hits.iter().map(|hit| (hit.index, &*hit.account, &*hit.event)).collect();
    assert_eq!(told, [(0, "A", "Lead"), (1, "B", "Lead")]);
    assert!(hits.iter().all(|hit| hit.request == RequestId(3) && hit.kind == HitKind::Event));
    let batch = request(4, "https://a.google-analytics.com/g/collect?v=2&tid=G-1", "en=a\r\nen=b");
    let events: Vec<_> =
        registry.hits(&batch, &mut dedup).into_iter().map(|hit| hit.event).collect();
    assert_eq!(events, ["a", "b"]);
}

#[test]
fn aux_requests_have_no_hits_and_duplicates_keep_their_kind() {
    let registry = Registry::default();
    let mut dedup = Deduplicator::new();
    let aux = request(0, "https://connect.facebook.net/log/error", "");
    assert!(registry.hits(&aux, &mut dedup).is_empty());
    let copy = "https://www.instagram.com/tr/?id=1&ev=Purchase";
    let hits = registry.hits(&request(1, copy, ""), &mut dedup);
    assert_eq!(hits.iter().map(|hit| hit.kind).collect::<Vec<_>>(), [HitKind::Duplicate]);
}

#[test]
fn a_redirects_next_hop_is_a_copy() {
    let registry = Registry::default();
    let mut dedup = Deduplicator::new();
    let first = request(0, "http://www.facebook.com/tr/?id=1&ev=Lead", "");
    let mut second = request(1, "https://www.facebook.com/tr/?id=1&ev=Lead", "");
    second.redirected_from = Some(RequestId(0));
    let third = request(2, "https://www.facebook.com/tr/?id=1&ev=Lead", "");
    let kinds: Vec<_> = [first, second, third]
        .iter()
        .flat_map(|request| registry.hits(request, &mut dedup))
        .map(|hit| hit.kind)
        .collect();
    assert_eq!(kinds, [HitKind::Event, HitKind::Duplicate, HitKind::Event]);
}

#[test]
fn what_a_service_worker_sends_on_counts_once() {
    let registry = Registry::default();
    let mut dedup = Deduplicator::new();
    let url = "https://www.googleadservices.com/pagead/conversion/1/?label=a&oid=7";
    let mut of_page = request(0, url, "");
    of_page.outcome = Outcome::Local("service worker".to_owned());
    let of_worker = request(1, url, "");
    let kinds: Vec<_> = [of_page, of_worker]
        .iter()
        .flat_map(|request| registry.hits(request, &mut dedup))
        .map(|hit| hit.kind)
        .collect();
    assert_eq!(kinds, [HitKind::Duplicate, HitKind::Event]);
}

#[test]
fn a_part_of_a_body_is_told() {
    let registry = Registry::default();
    let mut part = request(0, "https://www.facebook.com/tr/?id=1", "ev=Lead");
    part.body.as_mut().unwrap().exact = false;
    let hits = registry.hits(&part, &mut Deduplicator::new());
    assert_eq!(hits[0].problems, ["the browser did not hand over the whole body"]);
}

#[test]
fn preflights_are_no_hits_but_are_stubbed() {
    let registry = Registry::default();
    let url = "https://analytics.tiktok.com/api/v2/pixel";
    let headers = [];
    let preflight = WireRequest {
        url,
        method: "OPTIONS",
        body: b"",
        content_type: None,
        content_encoding: None,
        headers: &headers,
    };
    assert_eq!(registry.decode(&preflight, |decoded| decoded.kind), HitKind::None);
    assert_eq!(registry.pixel_of(url), Some("tiktok"));
    assert_eq!(registry.stub(&preflight).status, 204);
}

#[test]
fn hosts_that_the_user_named_are_the_vendors() {
    let registry = hosts("meta", "capi.Shop.example").unwrap();
    for (url, kind) in [
        ("https://capi.shop.example/x/tr/?id=1&ev=Lead", HitKind::Event),
        ("https://capi.shop.example/events/abc?id=1&ev=Lead", HitKind::Duplicate),
        ("https://capi.shop.example/", HitKind::None),
        ("https://shop.example/tr/?id=1&ev=Lead", HitKind::None),
    ] {
        let mut recorded = request(0, url, "");
        recorded.method = "GET".to_owned();
        let hits = registry.hits(&recorded, &mut Deduplicator::new());
        assert_eq!(hits.first().map_or(HitKind::None, |hit| hit.kind), kind, "{url}");
    }
    let registry = hosts("ga4", "127.0.0.1:8080").unwrap();
    assert_eq!(registry.pixel_of("http://127.0.0.1:8080/g/collect"), Some("ga4"));
    assert_eq!(registry.pixel_of("http://127.0.0.1:8081/g/collect"), None);
}

#[test]
fn wrong_hosts_are_told() {
    let told = hosts("mta", "a.example").unwrap_err().concat();
    assert!(told.starts_with("hosts of `mta`: there is no such vendor, expected one of meta, ga4"));
    assert!(told.ends_with("did you mean `meta`"), "{told}");
    for host in ["https://a.example", "a.example/x", "*.a.example", "", "a b", "u@a.example"] {
        assert_eq!(hosts("ga4", host).unwrap_err().len(), 1, "{host}");
    }
}

#[test]
fn country_domains_are_known_and_tricks_are_not() {
    let registry = Registry::default();
    let of = |host: &str| registry.pixel_of(&format!("https://{host}/pagead/1p-conversion/1/"));
    for host in ["www.google.com", "www.google.de", "google.co.uk", "WWW.GOOGLE.COM.AU."] {
        assert_eq!(of(host), Some("google_ads"), "{host}");
    }
    for host in [
        "www.google.evil.test",
        "www.google",
        "www.google.com.evil.test",
        "www.google.evil.de",
        "xwww.google.de",
        "www.google.com:8080",
    ] {
        assert_eq!(of(host), None, "{host}");
    }
}

#[test]
fn vendors_are_described() {
    let registry = Registry::default();
    let ga4 = registry.vendor("ga4").unwrap();
    assert!(ga4.batches && ga4.automatic.contains("user_engagement"));
    assert_eq!(registry.vendor("nobody"), None);
    assert_eq!(registry.vendors().count(), VENDORS.len());
}

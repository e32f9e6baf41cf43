//! The vendors' tables and fixtures, found by listing folders: a vendor whose
//! file is not in the table, or that has no fixture, fails here.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path as FilePath;

use base64::Engine as _;
use pixelproof::model::hit::HitKind;
use pixelproof::model::request::Header;
use pixelproof::model::vendor::WireRequest;
use pixelproof::vendors::frame::route::{Host, Hosts, Path};
use pixelproof::vendors::{Registry, VENDORS};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixture {
    /// Where the fact is from; begins with `none` for what is no pixel.
    from: String,
    url: String,
    method: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    body_base64: String,
    #[serde(default)]
    content_type: Option<String>,
    #[serde(default)]
    content_encoding: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

impl Fixture {
    fn bytes(&self) -> Vec<u8> {
        if self.body_base64.is_empty() {
            return self.body.clone().into_bytes();
        }
        base64::engine::general_purpose::STANDARD.decode(&self.body_base64).unwrap()
    }

    fn headers(&self) -> Vec<Header> {
        let header =
            |(name, value): (&String, &String)| Header { name: name.clone(), value: value.clone() };
        self.headers.iter().map(header).collect()
    }
}

fn read(path: &FilePath) -> Fixture {
    let text = fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn fixtures() -> Vec<(String, Fixture)> {
    let mut found = Vec::new();
    for folder in fs::read_dir("tests/fixtures/vendors").unwrap() {
        let folder = folder.unwrap().path();
        let slug = folder.file_name().unwrap().to_str().unwrap().to_owned();
        for file in fs::read_dir(&folder).unwrap() {
            found.push((slug.clone(), read(&file.unwrap().path())));
        }
    }
    found
}

/// One line a parameter: class, wire name, canonical name, value.
#[test]
fn every_fixture_is_read_as_its_snapshot_says() {
    let registry = Registry::default();
    insta::glob!("fixtures/vendors/*/*.json", |path| {
        let fixture = read(path);
        let body = fixture.bytes();
        let request = WireRequest {
            url: &fixture.url,
            method: &fixture.method,
            body: &body,
            content_type: fixture.content_type.as_deref(),
            content_encoding: fixture.content_encoding.as_deref(),
            headers: &fixture.headers(),
        };
        let decoded = registry.decode_owned(&request);
        let mut text = String::new();
        let vendor = decoded.vendor.as_deref().unwrap_or("-");
        let accounts = decoded.accounts.join(" ");
        writeln!(text, "{} {vendor} [{accounts}]", decoded.kind.as_text()).unwrap();
        for problem in &decoded.problems {
            writeln!(text, "problem: {problem}").unwrap();
        }
        for event in &decoded.events {
            writeln!(text, "event: {} [{}]", event.name, event.account).unwrap();
            for param in &event.params {
                let class = format!("{:?}", param.class).to_lowercase();
                let name = param.canonical.as_deref().unwrap_or("-");
                let value = serde_json::Value::from(param.value.clone());
                writeln!(text, "  {class:<11} {} ({name}) = {value}", param.wire).unwrap();
            }
        }
        if registry.pixel(&request).is_some() {
            let stub = registry.stub(&request);
            let kind = stub.headers.iter().find(|header| header.name == "content-type");
            let kind = kind.map_or("-", |header| &header.value);
            writeln!(text, "stub: {} {kind}, {} bytes", stub.status, stub.body.len()).unwrap();
        }
        insta::assert_snapshot!(text);
    });
}

#[test]
fn every_fixture_belongs_to_its_folders_vendor_or_to_none() {
    let registry = Registry::default();
    for (slug, fixture) in fixtures() {
        let none = fixture.from.starts_with("none");
        let body = fixture.bytes();
        let request = WireRequest {
            url: &fixture.url,
            method: &fixture.method,
            body: &body,
            content_type: fixture.content_type.as_deref(),
            content_encoding: fixture.content_encoding.as_deref(),
            headers: &fixture.headers(),
        };
        registry.decode(&request, |decoded| {
            assert_eq!(decoded.vendor.as_deref(), (!none).then_some(&*slug), "{}", fixture.url);
            assert_eq!(decoded.kind == HitKind::None, none, "{}", fixture.url);
        });
    }
}

#[test]
fn every_file_is_in_the_table_and_has_fixtures() {
    let mut files: Vec<String> = fs::read_dir("src/vendors")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|name| name != "mod" && name != "custom")
        .collect();
    files.sort();
    let mut slugs: Vec<String> = VENDORS.iter().map(|vendor| vendor.slug.to_owned()).collect();
    slugs.sort();
    assert_eq!(files, slugs);
    let with_fixtures = fixtures();
    for slug in slugs {
        let of_vendor: Vec<_> = with_fixtures.iter().filter(|(of, _)| *of == slug).collect();
        assert!(of_vendor.iter().any(|(_, fixture)| !fixture.from.starts_with("none")), "{slug}");
        assert!(of_vendor.iter().any(|(_, fixture)| fixture.from.starts_with("none")), "{slug}");
    }
}

#[test]
fn tables_are_sorted_and_patterns_are_whole() {
    for vendor in VENDORS {
        let names: Vec<_> = vendor.params.iter().map(|param| param.wire).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(names, sorted, "params of {}", vendor.slug);
        assert!(vendor.docs.starts_with("https://"), "{}", vendor.slug);
        assert!(!vendor.notes.is_empty(), "{}", vendor.slug);
        for route in vendor.routes {
            for host in match route.hosts {
                Hosts::On(hosts) => hosts,
                Hosts::Anywhere | Hosts::Configured => &[],
            } {
                assert_eq!(host.name(), host.name().to_ascii_lowercase(), "{}", vendor.slug);
            }
            for pattern in route.patterns() {
                assert!(pattern.len() > 6, "{pattern} of {} is too wide", vendor.slug);
            }
        }
    }
}

/// A library is no hit: what a vendor's own table calls one must load.
#[test]
fn no_route_takes_a_library() {
    let registry = Registry::default();
    for vendor in VENDORS {
        for library in vendor.libraries {
            let path = match library.path {
                Path::Any => "/lib.js".to_owned(),
                Path::Starts(path) => format!("{path}lib.js"),
                Path::Is(path) | Path::Under(path) | Path::Ends(path) | Path::Has(path) => {
                    path.to_owned()
                }
            };
            for host in library.hosts {
                let tld = if matches!(host, Host::AnyTld(_)) { ".com" } else { "" };
                let url = format!("https://{}{tld}{path}", host.name());
                assert_eq!(registry.pixel_of(&url), None, "{} {url}", vendor.slug);
                assert!(registry.library_of(&url).is_some(), "{} {url}", vendor.slug);
            }
        }
    }
}

/// The page of reference is what the tables say.
#[test]
fn the_page_of_reference_is_up_to_date() {
    let written = fs::read_to_string("docs/vendors.md").unwrap_or_default();
    assert!(
        written == pixelproof::cli::vendors::markdown(),
        "docs/vendors.md is old; write it with: pixelproof vendors --markdown > docs/vendors.md"
    );
}

/// The protocol's wildcards: `*` any text, `?` one letter, `\` escapes.
fn pattern_fits(pattern: &[u8], url: &[u8]) -> bool {
    let (mut at, mut seen) = (0, 0);
    // The last star, and how much of the URL it has taken so far.
    let mut star: Option<(usize, usize)> = None;
    while seen < url.len() || at < pattern.len() {
        let fits = match pattern.get(at) {
            Some(b'*') => {
                star = Some((at + 1, seen));
                at += 1;
                continue;
            }
            Some(b'\\') => pattern.get(at + 1).filter(|it| url.get(seen) == Some(it)).map(|_| 2),
            Some(b'?') => url.get(seen).map(|_| 1),
            Some(letter) => url.get(seen).filter(|it| *it == letter).map(|_| 1),
            None => None,
        };
        match (fits, star) {
            (Some(letters), _) => {
                at += letters;
                seen += 1;
            }
            (None, Some((after, taken))) if taken < url.len() => {
                star = Some((after, taken + 1));
                (at, seen) = (after, taken + 1);
            }
            (None, _) => return false,
        }
    }
    true
}

#[test]
fn every_pixel_is_covered_by_a_fetch_pattern() {
    let hosts = BTreeMap::from([
        ("meta".to_owned(), vec!["capi.shop.example".to_owned()]),
        ("ga4".to_owned(), vec!["127.0.0.1:8080".to_owned()]),
        ("tiktok".to_owned(), vec!["tt.shop.example".to_owned()]),
        ("google_ads".to_owned(), vec!["ads.shop.example".to_owned()]),
    ]);
    let registry = Registry::new(Vec::new(), hosts).unwrap();
    let patterns = registry.fetch_patterns();
    let mut urls: Vec<String> = fixtures().into_iter().map(|(_, fixture)| fixture.url).collect();
    urls.extend(
        [
            "https://facebook.com/tr?id=1&ev=Lead",
            "https://www.facebook.com/tr",
            "https://capi.shop.example/tr/?id=1&ev=Lead",
            "https://capi.shop.example:8443/events/abc",
            "http://127.0.0.1:8080/x/g/collect?v=2",
            "https://tt.shop.example/api/v2/pixel",
            "https://ads.shop.example/pagead/conversion/1/",
            "https://analytics.google.com/g/collect?v=2&tid=G-1&en=a",
            "https://www.google-analytics.com/g/collect",
            "https://www.google.de/ads/ga-audiences?v=1",
            "https://www.google.com/rmkt/collect/1/?gtm=1",
            "https://google.com/ccm/form-data/1",
            "https://td.doubleclick.net/td/rul/1?x",
            "https://www.google.com/measurement/conversion?x",
        ]
        .map(str::to_owned),
    );
    let hosts = [
        "www.facebook.com",
        "facebook.com",
        "www.instagram.com",
        "connect.facebook.net",
        "www.google-analytics.com",
        "region1.analytics.google.com",
        "stats.g.doubleclick.net",
        "www.google.com",
        "google.co.uk",
        "www.googleadservices.com",
        "googleads.g.doubleclick.net",
        "pagead2.googlesyndication.com",
        "td.doubleclick.net",
        "analytics-ipv6.tiktokw.us",
        "shop.example:8443",
        "capi.shop.example",
        "127.0.0.1:8080",
    ];
    let paths = [
        "/tr",
        "/privacy_sandbox/topics/registration",
        "/log/a",
        "/events/a",
        "/g/collect",
        "/a/ag/g/c",
        "/g/s/collect",
        "/mp/collect",
        "/ads/ga-audiences",
        "/pagead/conversion/1",
        "/pagead/1p-user-list/1",
        "/pagead/form-data/1",
        "/pagead/landing",
        "/ccm/collect",
        "/a/ccm/conversion/1",
        "/rmkt/collect/1",
        "/measurement/conversion",
        "/td/rul/1",
        "/api/v2/pixel/act",
    ];
    for (host, path) in hosts.iter().flat_map(|host| paths.map(|path| (host, path))) {
        for end in ["", "/", "?v=2&tid=G-1&gtm=1&id=1", "/?gtm=1&v=2&tid=G-1"] {
            urls.push(format!("https://{host}{path}{end}"));
        }
    }
    let mut pixels = 0;
    for url in &urls {
        if registry.pixel_of(url).is_some() {
            pixels += 1;
            let covered =
                patterns.iter().any(|pattern| pattern_fits(pattern.as_bytes(), url.as_bytes()));
            assert!(covered, "{url}\n{patterns:#?}");
        }
    }
    assert!(pixels > 300, "{pixels}");
    let ordinary = [
        "https://shop.example/",
        "https://www.facebook.com/watch",
        "https://connect.facebook.net/en_US/fbevents.js",
        "https://www.googletagmanager.com/gtag/js?id=G-1",
        "https://shop.example/app.js?x=1",
    ];
    for url in ordinary {
        let pattern =
            patterns.iter().find(|pattern| pattern_fits(pattern.as_bytes(), url.as_bytes()));
        assert_eq!(pattern, None, "{url}");
    }
}

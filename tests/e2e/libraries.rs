//! The vendors' own libraries, as npm carries them: what they really send is
//! decoded, from the address that it goes to down to each parameter that the
//! page passed.
//!
//! Each has a page in `tests/fixtures/libraries` that is shown, sends an event
//! and an order, and is left; beside it stands the snapshot that its run must
//! pass. `.ci/libraries` fetches the files into `target/libraries`. With
//! `PIXELPROOF_RECORD_LIBRARIES=1` the snapshots are written anew, to be read.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::e2e::ground::{Reply, Seen, Site};
use crate::e2e::program::Workplace;

/// A library, and in short what its page makes it send.
struct Library {
    slug: &'static str,
    account: &'static str,
    /// Event, the step that it belongs to, what the page passed with it.
    hits: &'static [(&'static str, &'static str, Passed)],
}

/// What a page passes, looked for by canonical or wire name.
#[derive(Clone, Copy)]
enum Passed {
    /// Nothing that is asked about here.
    Nothing,
    /// The event of every page; the prefix of its parameters.
    Event(&'static str),
    /// The order of every page.
    Order,
}
use Passed::{Event, Nothing, Order};

const KEY: &str = "0123456789abcdef0123456789abcdef";
const ID: &str = "aaaaaaaa-1111-2222-3333-444444444444";

/// A library that batches tells only by which page its events were caused.
const LIBRARIES: &[Library] = &[
    Library {
        slug: "adobe_websdk",
        account: "11111111-2222-3333-4444-555555555555",
        hits: &[
            ("web.webpagedetails.pageViews", "page", Nothing),
            ("Größe gewählt", "event", Event("data.")),
            ("commerce.purchases", "order", Order),
        ],
    },
    Library {
        slug: "amplitude",
        account: KEY,
        hits: &[
            ("session_start", "page", Nothing),
            ("[Amplitude] Page Viewed", "page", Nothing),
            ("Größe gewählt", "page", Event("event_properties.")),
            ("revenue_amount", "page", Order),
        ],
    },
    Library {
        slug: "braze",
        account: ID,
        hits: &[
            ("session_start", "page", Nothing),
            ("Größe gewählt", "page", Event("data.p.")),
            ("purchase", "page", Order),
        ],
    },
    // Its events travel inside a recording.
    Library { slug: "clarity", account: "libproof01", hits: &[] },
    Library {
        slug: "mixpanel",
        account: KEY,
        hits: &[
            ("$mp_web_page_view", "page", Nothing),
            ("$identify", "page", Nothing),
            ("Größe gewählt", "page", Event("properties.")),
            ("Order Completed", "page", Order),
        ],
    },
    Library {
        slug: "mparticle",
        account: "us1-library0proof",
        hits: &[
            ("session_start", "page", Nothing),
            ("application_state_transition", "page", Nothing),
            ("screen_view", "page", Nothing),
            ("Größe gewählt", "page", Event("data.custom_attributes.")),
            ("purchase", "page", Order),
            ("Danke", "page", Nothing),
        ],
    },
    Library {
        slug: "openpanel",
        account: ID,
        hits: &[
            ("screen_view", "page", Nothing),
            ("Größe gewählt", "event", Event("payload.properties.")),
            ("revenue", "order", Order),
        ],
    },
    Library {
        slug: "plausible",
        account: "schuh-laden.example",
        hits: &[
            ("pageview", "page", Nothing),
            ("Größe gewählt", "event", Event("p.")),
            ("Purchase", "order", Order),
            ("engagement", "order", Nothing),
        ],
    },
    Library {
        slug: "posthog",
        account: "phc_library0proof",
        hits: &[
            ("$pageview", "page", Nothing),
            ("Größe gewählt", "page", Event("properties.")),
            ("order completed", "page", Order),
            ("$pageleave", "page", Nothing),
        ],
    },
    Library {
        slug: "rudderstack",
        account: "library0proof",
        hits: &[
            ("page", "page", Nothing),
            ("Größe gewählt", "page", Event("properties.")),
            ("Order Completed", "page", Order),
        ],
    },
    Library {
        slug: "segment",
        account: "library0proof",
        hits: &[
            ("page", "page", Nothing),
            ("Größe gewählt", "page", Event("properties.")),
            ("Order Completed", "page", Order),
        ],
    },
    Library {
        slug: "snowplow",
        account: "schuh-laden",
        hits: &[
            ("page_view", "page", Nothing),
            ("size_chosen", "page", Event("data.")),
            ("struct", "page", Nothing),
            ("snowplow_ecommerce_action", "page", Order),
        ],
    },
];

/// No name but the test's own leads anywhere. Some libraries send nothing when
/// they take the browser for a machine: by the user agent, too, which is
/// Chrome's own again while a page is being left.
const CONFIG: &str = r#"
[browser]
args = [
    """--user-agent=Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 \
       (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36""",
]
host_resolver_rules = ["MAP * ~NOTFOUND", "EXCLUDE *.localhost"]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn what_the_vendors_libraries_send_is_decoded() {
    if std::env::var_os("PIXELPROOF_SKIP_LIBRARIES").is_some_and(|value| value == "1") {
        eprintln!("skipped: PIXELPROOF_SKIP_LIBRARIES=1 leaves the vendors' libraries out");
        return;
    }
    are_fetched();
    let records = std::env::var_os("PIXELPROOF_RECORD_LIBRARIES").is_some();
    let (place, site) = (Workplace::new(), Site::start(answer).await);
    place.write("pixelproof.toml", CONFIG);
    for Library { slug, .. } in LIBRARIES {
        let scenario = json!({"steps": [
            {"navigate": format!("${{base}}/{slug}.html"), "label": "page"},
            {"click": "#event", "label": "event"},
            {"click": "#order", "label": "order"},
        ]});
        place.write(&format!("scenarios/{slug}.yaml"), scenario.to_string());
        let expected = fixture(&format!("{slug}.snap"));
        if let (false, Ok(expected)) = (records, std::fs::read(expected)) {
            place.write(&format!("snapshots/{slug}.snap"), expected);
        }
    }
    let base = site.url("shop", "");
    let mut arguments = vec!["run", "--base", &base, "--jobs", "2", "--report", "json=run.json"];
    arguments.extend(["--har", "har"]);
    if records {
        arguments.push("--update");
    }
    let ended = place.run(&arguments).await;
    if records {
        for Library { slug, .. } in LIBRARIES {
            let written = place.read(&format!("snapshots/{slug}.snap"));
            std::fs::write(fixture(&format!("{slug}.snap")), written).unwrap();
        }
        return;
    }
    ended.says(0, &["12 passed"]);
    let report = place.report("run.json");
    for library in LIBRARIES {
        let scenarios = report["scenarios"].as_array().unwrap();
        let scenario = scenarios.iter().find(|it| it["name"] == library.slug).unwrap();
        is_decoded(library, scenario);
        let archive = format!("har/{}.har", library.slug);
        let ended = place.run(&["decode", "--har", &archive, "--format", "json"]).await;
        is_decoded_from_archive(library, &serde_json::from_str(&ended.out).unwrap());
    }
    let arrived = site.seen();
    assert!(arrived.iter().all(|seen| seen.method == "GET"), "nothing goes out: {arrived:#?}");
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/libraries").join(name)
}

/// Those that are pinned, and no others.
fn are_fetched() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pinned = std::fs::read(root.join("tests/libraries/package-lock.json")).unwrap();
    let fetched = std::fs::read(root.join("target/libraries/fetched.json"));
    assert!(
        fetched.is_ok_and(|fetched| fetched == pinned),
        "the vendors' libraries are not in target/libraries: fetch them with `make libraries`, \
         or leave them out with PIXELPROOF_SKIP_LIBRARIES=1"
    );
}

/// A page, or a file of a library.
fn answer(seen: &Seen) -> Option<Reply> {
    let path = seen.path().trim_start_matches('/');
    if let Some(file) = path.strip_prefix("libraries/") {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/libraries/node_modules");
        return Some(Reply::js(&std::fs::read_to_string(folder.join(file)).ok()?));
    }
    let page = std::fs::read(fixture(path)).ok()?;
    Some(Reply::new(200, "text/html; charset=utf-8", page))
}

/// The hits are those that the page meant, with all that it passed.
#[track_caller]
fn is_decoded(library: &Library, scenario: &Value) {
    let slug = library.slug;
    assert_eq!(scenario["snapshot"]["is"], "same", "{slug}: {scenario:#}");
    for step in scenario["steps"].as_array().unwrap() {
        assert_eq!(step["waited_for"], json!([]), "{slug} kept {} waiting", step["label"]);
    }
    let account = |hit: &&Value| hit["account"] == library.account;
    let hits: Vec<&Value> = scenario["hits"].as_array().unwrap().iter().filter(account).collect();
    let events: Vec<&Value> = hits.iter().map(|hit| &hit["event"]).collect();
    assert_eq!(hits.len(), library.hits.len(), "{slug}: {events:#?}");
    for (event, step, passed) in library.hits {
        let hit = hits.iter().find(|hit| hit["event"] == *event);
        let hit = hit.unwrap_or_else(|| panic!("{slug} has no {event}: {events:#?}"));
        assert_eq!(hit["vendor"], slug);
        assert_eq!(hit["kind"], "event");
        assert_eq!(hit["outcome"], "stubbed");
        assert_eq!(hit["problems"], json!([]), "{slug} {event}");
        let index = usize::try_from(hit["step"].as_u64().unwrap()).unwrap();
        assert_eq!(scenario["steps"][index]["label"], *step, "{slug} {event}");
        let value = |name: &str| {
            let params = hit["params"].as_array().unwrap().iter();
            let mut named = params.filter(|it| it["wire"] == name || it["canonical"] == name);
            named.next().map_or(&Value::Null, |param| &param["value"])
        };
        match passed {
            Nothing => {}
            Event(prefix) => {
                assert_eq!(value(&format!("{prefix}size")), "groß ✓", "{slug}");
                assert_eq!(value(&format!("{prefix}count")), 3, "{slug}");
                match slug {
                    // Takes flat values alone; the page leaves it out.
                    "mparticle" => {}
                    // Takes texts alone; the page writes the object as one.
                    "plausible" => assert_eq!(value("p.nested"), r#"{"colour":"grün"}"#),
                    _ => {
                        assert_eq!(value(&format!("{prefix}nested.colour")), "grün", "{slug}");
                        let tags = value(&format!("{prefix}nested.tags"));
                        assert_eq!(*tags, json!(["a", "b"]), "{slug}");
                    }
                }
            }
            Order => {
                let price = value("value");
                assert!(*price == 49.9 || *price == "49.90", "{slug}: {price}");
                assert_eq!(value("currency"), "EUR", "{slug}");
                assert_eq!(value("order_id"), "B-1", "{slug}");
            }
        }
    }
}

/// The same comes out of the archive of the run: every request of the library
/// is one of its vendor's, under one account, and none is left in doubt.
#[track_caller]
fn is_decoded_from_archive(library: &Library, decoded: &Value) {
    let slug = library.slug;
    let requests = decoded["requests"].as_array().unwrap().iter();
    let kinds = ["event", "replay"];
    let of_it: Vec<&Value> =
        requests.filter(|it| kinds.iter().any(|kind| it["kind"] == *kind)).collect();
    assert!(!of_it.is_empty(), "{slug}");
    for request in of_it {
        assert_eq!(request["vendor"], slug);
        let account = request["accounts"][0].as_str().unwrap();
        assert!(account.starts_with(library.account), "{slug}: {account}");
    }
    assert_eq!(decoded["suspects"], json!([]), "{slug}");
}

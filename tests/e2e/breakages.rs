//! What breaks in real shops, held against what is said of it: each row is one
//! small change of the shop in `outfitter`, with the cause that a person would
//! name, written down before the answer was looked at. And changes that break
//! nothing, of which no error may be told.

mod benign;
mod content;
mod further;
mod page;
mod vendor;

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use pixelproof::checks::CheckInput;
use pixelproof::checks::trail::{TrailInput, Wish, trails};
use pixelproof::engine::Writes;
use pixelproof::model::finding::Severity;
use pixelproof::model::last_good::LastGood;
use pixelproof::model::run::{ScenarioReport, Verdict};
use pixelproof::model::trail::{StageName, Trail};
use pixelproof::snapshot::Snapshot;
use pixelproof::snapshot::redact::Redactor;
use pixelproof::vendors::Registry;

use crate::e2e::outfitter::{Edit, Variant, run, serve};
use crate::e2e::support::{Run, told};

/// What a person does in the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Walk {
    /// Lands from an advertisement and sends the form.
    Lead,
    /// Buys, and reloads the page that confirms.
    Buy,
    /// Buys two times.
    BuyTwice,
    /// Subscribes in the frame of another site.
    Signup,
}
use Walk::{Buy, BuyTwice, Lead, Signup};

/// The cause in words.
#[derive(Debug, Clone, Copy)]
enum Cause {
    /// The event of that vendor is lost at this stage, and the summary of its
    /// trail has these words.
    Lost(&'static str, &'static str, StageName, &'static [&'static str]),
    /// A finding of this code, with these words in it or in its trail.
    Says(&'static str, &'static [&'static str]),
}
use Cause::{Lost, Says};

struct Row {
    name: &'static str,
    walk: Walk,
    edits: &'static [Edit],
    causes: &'static [Cause],
}

const fn row(
    name: &'static str,
    walk: Walk,
    edits: &'static [Edit],
    causes: &'static [Cause],
) -> Row {
    Row { name, walk, edits, causes }
}

const META_LEAD: &str = "    fbq('track', 'Lead', { value: 25, currency: 'EUR', content_name: 'Beratung' }, { eventID: 'lead-' + id });\n";

/// Long for a good shop, whatever the machine does; what is waited for in vain
/// takes this long.
const PATIENCE_MS: u64 = 30_000;
const IN_VAIN_MS: u64 = 8_000;

fn scenario(walk: Walk, name: &str, timeout_ms: u64) -> String {
    let head = format!(
        "vars: {{ base: \"https://{name}.kletterladen.test:$PORT\" }}\ntimeout: {timeout_ms}\nsteps:\n"
    );
    let order = |number: &str| {
        format!(
            "  - navigate: {{ url: \"${{base}}/p/kletterschuh\", label: open{number} }}\n{}  \
             - click: {{ selectors: \"#add\", label: add{number} }}\n  \
             - click: {{ selectors: \"#to-checkout\", label: checkout{number} }}\n  \
             - change: {{ selectors: \"#mail\", value: Anna.Berg@Example.org }}\n  \
             - click: {{ selectors: \"#next\", label: payment{number} }}\n  \
             - click: {{ selectors: \"#pay\", label: pay{number} }}\n  \
             - waitForText: {{ contains: Danke für Ihre Bestellung, timeout: {} }}\n",
            if number.is_empty() { ACCEPT } else { "" },
            timeout_ms / 2
        )
    };
    let steps = match walk {
        Lead => format!(
            "  - navigate: {{ url: \"${{base}}/go?fbclid=IwAR2Kletter_ABCxyz\", label: land }}\n{ACCEPT}  \
             - change: {{ selectors: \"#name\", value: Anna Berg }}\n  \
             - change: {{ selectors: \"#mail\", value: Anna.Berg@Example.org }}\n  \
             - click: {{ selectors: \"#send\", label: send }}\n  \
             - waitForText: {{ contains: Vielen Dank, timeout: {} }}\n",
            timeout_ms / 2
        ),
        Buy => order("") + "  - reload: { label: reload }\n",
        BuyTwice => order("") + &order(" again"),
        Signup => format!(
            "  - navigate: {{ url: \"${{base}}/newsletter\", label: open }}\n{ACCEPT}  \
             - change: {{ selectors: \"#address\", value: Anna.Berg@Example.org }}\n  \
             - click: {{ selectors: \"#subscribe\", label: subscribe }}\n"
        ),
    };
    head + &steps
}
const ACCEPT: &str = "  - click: { selectors: \"#accept\", label: accept }\n";

/// What is known of the good shop.
struct Good {
    snapshots: HashMap<Walk, Snapshot>,
    kept: HashMap<Walk, LastGood>,
}

const WALKS: [(Walk, &str); 4] =
    [(Lead, "lead"), (Buy, "buy"), (BuyTwice, "buy-twice"), (Signup, "signup")];

/// Records the good shop, as its people would.
async fn record(port: u16) -> Good {
    let texts: Vec<(&str, String)> =
        WALKS.iter().map(|(walk, name)| (*name, scenario(*walk, "good", PATIENCE_MS))).collect();
    let scenarios: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (*name, &**text)).collect();
    let mut ran = Run { writes: Writes::Update, ..run(port) }.play_at(port, &scenarios).await;
    let mut good = Good { snapshots: HashMap::new(), kept: HashMap::new() };
    for (at, (walk, name)) in WALKS.into_iter().enumerate() {
        let report = ran.of(name);
        assert_eq!(report.verdict, Verdict::Passed, "{}", told(report));
        let text = ran.snapshots[at].as_ref().unwrap().render();
        good.snapshots.insert(walk, Snapshot::parse(name, &text).unwrap());
        good.kept.insert(walk, ran.goods[at].take().unwrap());
    }
    good
}

/// Plays variants, each held against what is known of the good shop.
async fn play(port: u16, good: &Good, plays: &[(String, Walk, String)]) -> Vec<ScenarioReport> {
    let scenarios: Vec<(&str, &str)> =
        plays.iter().map(|(name, _, text)| (&**name, &**text)).collect();
    let of = |walk: &Walk| good.snapshots[walk].clone();
    let snapshots = plays.iter().map(|(name, walk, _)| (name.clone(), of(walk))).collect();
    let last_goods =
        plays.iter().map(|(name, walk, _)| (name.clone(), good.kept[walk].clone())).collect();
    Run { snapshots, last_goods, ..run(port) }.play_at(port, &scenarios).await.report.scenarios
}

/// The trails of a play without what was kept of a good one.
fn blind(report: &ScenarioReport, snapshot: &Snapshot) -> Vec<Trail> {
    let redactor = Redactor::default();
    let check = CheckInput { snapshot: Some(snapshot), ..CheckInput::of(&report.trace, &redactor) };
    let registry = Registry::new(Vec::new(), BTreeMap::new()).unwrap();
    let input =
        TrailInput { check: &check, registry: &registry, last: None, wish: &Wish::Findings };
    trails(&input, &report.findings)
}

fn is_named(cause: Cause, report: &ScenarioReport, trails: &[Trail]) -> bool {
    let has = |text: &str, words: &[&str]| words.iter().all(|word| text.contains(word));
    match cause {
        Lost(vendor, event, stage, words) => trails.iter().any(|trail| {
            trail.vendor == vendor
                && trail.event == event
                && trail.broken().map(|it| it.name) == Some(stage)
                && has(&trail.summary, words)
        }),
        Says(code, words) => report.findings.iter().enumerate().any(|(index, finding)| {
            let mut text = format!("{} {}", finding.message, finding.details.join(" "));
            for trail in trails.iter().filter(|trail| trail.findings.contains(&index)) {
                let _ = write!(text, " {}", trail.summary);
            }
            for param in finding.difference.iter().flat_map(|it| &it.params) {
                let _ = write!(text, " {} {:?} {:?}", param.name, param.expected, param.found);
            }
            finding.code == code && has(&text, words)
        }),
    }
}

fn explained(report: &ScenarioReport, trails: &[Trail]) -> String {
    let mut text = told(report);
    for trail in trails {
        let _ = writeln!(text, "  {} {}: {}", trail.vendor, trail.event, trail.summary);
    }
    text
}

/// All rows, or those that `PIXELPROOF_ROWS` names; none where the vendors'
/// libraries are left out.
fn is_chosen(name: &str) -> bool {
    let skipped = std::env::var_os("PIXELPROOF_SKIP_LIBRARIES").is_some_and(|value| value == "1");
    let names = std::env::var("PIXELPROOF_ROWS").unwrap_or_default();
    !skipped && (names.is_empty() || names.split(',').any(|it| it == name))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_in_shops_is_found_and_named() {
    let tables = [page::ROWS, vendor::ROWS, content::ROWS, further::ROWS];
    let all = || tables.into_iter().flatten();
    let rows: Vec<&Row> = all().filter(|row| is_chosen(row.name)).collect();
    if rows.is_empty() {
        return;
    }
    let variants: Vec<Variant> = rows.iter().map(|row| (row.name, row.edits)).collect();
    let site = serve(variants).await;
    let good = record(site.port).await;
    let plays: Vec<(String, Walk, String)> = rows
        .iter()
        .map(|row| (row.name.to_owned(), row.walk, scenario(row.walk, row.name, IN_VAIN_MS)))
        .collect();
    let reports = play(site.port, &good, &plays).await;
    let (mut undetected, mut wrong, mut alone) = (Vec::new(), Vec::new(), Vec::new());
    for (row, report) in rows.iter().zip(&reports) {
        if report.verdict != Verdict::Failed {
            undetected.push(format!("{} {}", row.name, explained(report, &report.trails)));
        }
        let unnamed = |trails: &[Trail]| -> Vec<Cause> {
            row.causes.iter().copied().filter(|it| !is_named(*it, report, trails)).collect()
        };
        let (with, without) = (unnamed(&report.trails), blind(report, &good.snapshots[&row.walk]));
        if !with.is_empty() {
            wrong.push(format!("{}: {with:?}\n{}", row.name, explained(report, &report.trails)));
        }
        let lacks = unnamed(&without);
        if !lacks.is_empty() {
            alone.push(format!("{}: {lacks:?}\n{}", row.name, explained(report, &without)));
        }
    }
    let score = format!(
        "of {} breakages {} are not found and {} misnamed; {} are misnamed without a good run",
        rows.len(),
        undetected.len(),
        wrong.len(),
        alone.len()
    );
    eprintln!("{score}\n\n{}", alone.join("\n"));
    assert!(undetected.is_empty(), "{score}\n{}", undetected.join("\n"));
    assert!(wrong.is_empty(), "{score}\n{}", wrong.join("\n"));
    assert!(alone.len() * 4 <= all().count(), "{score}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_nothing_is_no_error() {
    let rows: Vec<Variant> =
        benign::ROWS.iter().copied().filter(|(name, _)| is_chosen(name)).collect();
    if rows.is_empty() {
        return;
    }
    let site = serve(rows.clone()).await;
    let good = record(site.port).await;
    let walks = [Lead, Buy, Signup];
    let plays: Vec<(String, Walk, String)> = rows
        .iter()
        .flat_map(|(name, _)| {
            walks.map(|walk| (format!("{name} {walk:?}"), walk, scenario(walk, name, PATIENCE_MS)))
        })
        .collect();
    let mut wrong = String::new();
    let mut warnings = String::new();
    for report in play(site.port, &good, &plays).await {
        let bad = report.findings.iter().any(|it| it.severity == Severity::Error);
        if bad || report.verdict != Verdict::Passed {
            wrong += &explained(&report, &report.trails);
        }
        for finding in report.findings.iter().filter(|it| it.severity == Severity::Warning) {
            let _ = writeln!(warnings, "{}: {} {}", report.name, finding.code, finding.message);
        }
    }
    eprintln!("{warnings}");
    assert!(wrong.is_empty(), "{wrong}");
}

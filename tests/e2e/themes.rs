//! The committed scenarios against the committed snapshots on every theme of
//! the demo shop: the good ones pass, and of every broken one a person reads
//! what stands in the table `snapshots/*__what_every_theme_reads_like.snap`,
//! and nothing else. All of it is one run in one Chrome, side by side, which
//! is a good part of what must not disturb the result.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use pixelproof::engine::{self, Plan, PlannedScenario};
use pixelproof::model::run::{ScenarioReport, Verdict};
use pixelproof::scenario::{self, Variables};
use pixelproof::shop::{Shop, ShopOptions, Theme, serve};
use pixelproof::snapshot::Snapshot;
use tokio::sync::{mpsc, watch};

use crate::e2e::support::{CHROMES, chrome};

/// Scenarios in which something is waited for in vain, which takes a deadline
/// each: theme and scenarios. Long enough for a busy machine all the same.
const WAIT_IN_VAIN: &[(Theme, &[&str])] = &[
    (Theme::LeadMoved, &["lead"]),
    (Theme::RenamedEvent, &["lead"]),
    (Theme::ThemeError, &["lead"]),
    (Theme::FormGone, &["lead"]),
    (Theme::MissingAddToCart, &["purchase"]),
    (Theme::CheckoutButtonCovered, &["purchase"]),
    (Theme::CspBlocksLibrary, ALL),
    (Theme::CspBlocksPixel, ALL),
    (Theme::Ga4LostOnLeave, ALL),
    (Theme::TiktokRemoved, ALL),
];
const ALL: &[&str] =
    &["consent", "contact", "lead", "newsletter", "purchase", "search", "transports"];
const IN_VAIN_MS: u64 = 6_000;

#[tokio::test(flavor = "multi_thread")]
async fn what_every_theme_reads_like() {
    let mut shops = Vec::new();
    for theme in Theme::all() {
        shops.push(serve(ShopOptions { theme, ..ShopOptions::default() }).await.unwrap());
    }
    let scenarios: Vec<PlannedScenario> =
        shops.iter().flat_map(|shop| ALL.iter().map(|name| planned(shop, name))).collect();
    let count = scenarios.len();
    let plan = Plan {
        executable: Some(chrome()),
        jobs: 4,
        step_timeout: Duration::from_secs(30),
        keep: Arc::new(|name, _| Ok(name.to_owned())),
        ..Plan::of(scenarios)
    };
    let (progress, _told) = mpsc::unbounded_channel();
    let (_never, stop) = watch::channel(false);
    let permit = CHROMES.acquire().await.unwrap();
    let report = engine::run(plan, progress, stop).await.report;
    drop(permit);
    assert_eq!(report.scenarios.len(), count);

    let mut table = String::new();
    for (shop, scenarios) in shops.iter().zip(report.scenarios.chunks(ALL.len())) {
        let theme = shop.theme();
        let _ = writeln!(table, "{theme}: {}", theme.description());
        for scenario in scenarios {
            if scenario.verdict != Verdict::Passed || !scenario.findings.is_empty() {
                let _ = write!(table, "{}", told(scenario, shop));
            }
        }
    }
    for (shop, scenarios) in shops.iter().zip(report.scenarios.chunks(ALL.len())) {
        let passed = scenarios.iter().all(|scenario| scenario.verdict == Verdict::Passed);
        assert_eq!(passed, shop.theme().is_good(), "{}\n{table}", shop.theme());
    }
    insta::assert_snapshot!(table);
}

fn planned(shop: &Shop, name: &str) -> PlannedScenario {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = format!("scenarios/{name}.yaml");
    let text = std::fs::read_to_string(root.join(&file)).unwrap();
    let command_line = BTreeMap::from([("base".to_owned(), shop.base_url())]);
    let variables = Variables { command_line, ..Variables::default() };
    let mut scenario = scenario::parse(&file, text.as_bytes(), &variables).unwrap();
    scenario.resolve_files(&root.join("scenarios"));
    if WAIT_IN_VAIN.iter().any(|(theme, names)| *theme == shop.theme() && names.contains(&name)) {
        scenario.timeout_ms = Some(IN_VAIN_MS);
    }
    let snapshot_path = format!("snapshots/{name}.snap");
    let snapshot = std::fs::read_to_string(root.join(&snapshot_path)).unwrap();
    let snapshot = Snapshot::parse(&snapshot_path, &snapshot).unwrap();
    PlannedScenario {
        snapshot: Some(snapshot),
        ..PlannedScenario::of(scenario, text, snapshot_path)
    }
}

/// Verdict and findings as a person reads them, without what differs from run
/// to run by its nature.
fn told(scenario: &ScenarioReport, shop: &Shop) -> String {
    let mut text = format!("  {} {}\n", scenario.name, scenario.verdict.as_text());
    for (index, finding) in scenario.findings.iter().enumerate() {
        let _ = writeln!(text, "    {}: {}", finding.code, finding.message);
        for detail in &finding.details {
            let _ = writeln!(text, "      {detail}");
        }
        for trail in scenario.trails.iter().filter(|it| it.findings.first() == Some(&index)) {
            let lead = if trail.hit.is_some() { "sent by" } else { "why" };
            let _ = writeln!(text, "      {lead}: {}", trail.summary);
        }
    }
    let text = text.replace(&format!(":{}", shop.port()), ":PORT");
    let order = regex::Regex::new("PP-[0-9]{8}").unwrap();
    order.replace_all(&text, "PP-00000000").into_owned()
}

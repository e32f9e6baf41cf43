//! What all checks together add to a run: the demo shop's purchase funnel is
//! played in Chrome, and all that it left is judged again and again. Prints the
//! share of the checks in the play's own time, play by play, and which of them
//! take most of it. Method and figures: BENCHMARKS.md.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench is run by hand")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use pixelproof::browser::find::find_chrome;
use pixelproof::checks::{CHECKS, CheckInput, run_all};
use pixelproof::engine::{Plan, PlannedScenario, run};
use pixelproof::model::run::Verdict;
use pixelproof::model::trace::Trace;
use pixelproof::scenario::{Scenario, Variables, parse};
use pixelproof::shop::{Shop, ShopOptions, serve};
use pixelproof::snapshot::Snapshot;
use pixelproof::snapshot::redact::Redactor;
use tokio::sync::{mpsc, watch};

/// How often each play is judged: one time is too short for the clock.
const TIMES: u32 = 20;

#[tokio::main]
async fn main() {
    let plays: usize = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(5);
    let shop = serve(ShopOptions::default()).await.unwrap();
    let (scenario, text, snapshot) = funnel(&shop);
    let redactor = Redactor {
        base_origins: vec![(shop.base_url(), "base".to_owned())],
        ..Redactor::default()
    };
    let mut shares = Vec::new();
    let mut parts: BTreeMap<&str, f64> = BTreeMap::new();
    for _ in 0..plays {
        let trace = played(&scenario, &text, &snapshot).await;
        let input = || CheckInput {
            snapshot: Some(&snapshot),
            expectations: &scenario.expectations,
            consent: &scenario.consent,
            scenario_file: &scenario.file,
            scenario_text: &text,
            ..CheckInput::of(&trace, &redactor)
        };
        let all = mean_ms(|| drop(black_box(run_all(&input()))));
        let once = input();
        for check in CHECKS {
            *parts.entry(check.code).or_default() +=
                mean_ms(|| drop(black_box((check.run)(&once)))) / plays as f64;
        }
        let share = 100.0 * all / trace.duration_ms;
        println!(
            "play {:7.0} ms  {} requests, {} calls, {} hits  checks {all:6.2} ms  {share:5.2} %",
            trace.duration_ms,
            trace.requests.len(),
            trace.calls.len(),
            trace.hits.len()
        );
        shares.push(share);
    }
    shares.sort_by(f64::total_cmp);
    println!(
        "share of the checks: min {:.2} %  median {:.2} %  max {:.2} %",
        shares[0],
        shares[shares.len() / 2],
        shares[shares.len() - 1]
    );
    let mut parts: Vec<_> = parts.into_iter().collect();
    parts.sort_by(|a, b| b.1.total_cmp(&a.1));
    let told: Vec<String> =
        parts.iter().take(6).map(|(code, ms)| format!("{code} {ms:.2} ms")).collect();
    println!("by check: {}", told.join(", "));
    shop.shutdown().await;
}

fn mean_ms(judge: impl Fn()) -> f64 {
    let started = Instant::now();
    for _ in 0..TIMES {
        judge();
    }
    started.elapsed().as_secs_f64() * 1_000.0 / f64::from(TIMES)
}

/// The committed scenario and its snapshot.
fn funnel(shop: &Shop) -> (Scenario, String, Snapshot) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap();
    let text = read("scenarios/purchase.yaml");
    let command_line = BTreeMap::from([("base".to_owned(), shop.base_url())]);
    let variables = Variables { command_line, ..Variables::default() };
    let scenario = parse("scenarios/purchase.yaml", text.as_bytes(), &variables).unwrap();
    let name = "snapshots/purchase.snap";
    (scenario, text, Snapshot::parse(name, &read(name)).unwrap())
}

async fn played(scenario: &Scenario, text: &str, snapshot: &Snapshot) -> Trace {
    let path = std::env::var_os("PATH");
    let chrome = std::env::var_os("PIXELPROOF_CHROME")
        .map(Into::into)
        .or_else(|| find_chrome(path.as_deref(), Path::new("")));
    let plan = Plan {
        executable: chrome,
        step_timeout: Duration::from_secs(30),
        ..Plan::of(vec![PlannedScenario {
            snapshot: Some(snapshot.clone()),
            ..PlannedScenario::of(
                scenario.clone(),
                text.to_owned(),
                "snapshots/purchase.snap".to_owned(),
            )
        }])
    };
    let (progress, _told) = mpsc::unbounded_channel();
    let (_never, stop) = watch::channel(false);
    let mut report = run(plan, progress, stop).await.report;
    let played = report.scenarios.remove(0);
    assert_eq!(played.verdict, Verdict::Passed, "{:#?}", played.findings);
    played.trace
}

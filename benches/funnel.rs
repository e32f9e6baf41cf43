//! What a run costs beside the pages themselves: four page loads of the demo
//! shop as a scenario with its snapshot, and as bare navigations, in turn, in
//! the same Chrome. Prints both medians and the ratio pair by pair.
//!
//! Bare means: a browser context and a tab of its own, `Page.navigate` and the
//! load event for each page, nothing recorded, nothing compared. A bare page's
//! pixels fail, since no name but the shop's is found; answered means that they
//! get the answers that they get in the scenario, and nothing else. Method and
//! figures: BENCHMARKS.md.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench is run by hand")]

use std::time::Instant;

use base64::Engine as _;
use pixelproof::browser::connection::{
    CdpEvent, Client, Dispatch, DispatchToken, Outgoing, Reply, connect,
};
use pixelproof::browser::find::find_chrome;
use pixelproof::browser::launch::launch;
use pixelproof::engine::{Plan, PlannedScenario, Writes, run};
use pixelproof::model::browser_options::{BrowserOptions, BrowserSource, StartCookie};
use pixelproof::model::request::Header;
use pixelproof::model::run::Verdict;
use pixelproof::model::vendor::WireRequest;
use pixelproof::scenario::{Variables, parse};
use pixelproof::shop::{ShopOptions, serve};
use pixelproof::snapshot::Snapshot;
use pixelproof::vendors::Registry;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

const PATHS: [&str; 4] = ["/", "/products", "/products/trail-jacket", "/cart"];

#[tokio::main]
async fn main() {
    let pairs: usize = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(20);
    let shop = serve(ShopOptions::default()).await.unwrap();
    let base = shop.base_url();
    let path = std::env::var_os("PATH");
    let chrome = std::env::var_os("PIXELPROOF_CHROME")
        .map(Into::into)
        .or_else(|| find_chrome(path.as_deref(), std::path::Path::new("")))
        .expect("no Chrome");
    let options = BrowserOptions {
        host_resolver_rules: ["MAP * ~NOTFOUND", "EXCLUDE localhost", "EXCLUDE *.localhost"]
            .map(str::to_owned)
            .to_vec(),
        ..BrowserOptions::default()
    };
    let launched = launch(&chrome, &options).await.unwrap();
    let url = launched.websocket_url.clone();
    let options = BrowserOptions {
        source: BrowserSource::Connect(url.clone()),
        cookies: vec![consent(&base)],
        ..options
    };

    let snapshot = record(&base, &options).await;
    let mut scenario_ms = Vec::new();
    let mut bare_ms = Vec::new();
    let mut answered_ms = Vec::new();
    // The first pair warms the caches of both.
    for pair in 0..=pairs {
        let pages = bare(&url, &base, false).await;
        let answered = bare(&url, &base, true).await;
        let scenario = played(&base, &options, &snapshot).await;
        if pair > 0 {
            bare_ms.push(pages);
            answered_ms.push(answered);
            scenario_ms.push(scenario);
        }
    }
    let ratios = |peer: &[f64]| -> Vec<f64> {
        scenario_ms.iter().zip(peer).map(|(scenario, pages)| scenario / pages).collect()
    };
    let tell = |what: &str, values: &[f64], unit: &str| {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        println!(
            "{what:17} min {:8.2}{unit}  median {:8.2}{unit}  max {:8.2}{unit}",
            values[0],
            values[values.len() / 2],
            values[values.len() - 1]
        );
    };
    println!("four page loads, {pairs} pairs in one Chrome");
    tell("bare", &bare_ms, " ms");
    tell("answered", &answered_ms, " ms");
    tell("scenario", &scenario_ms, " ms");
    tell("ratio to bare", &ratios(&bare_ms), "   ");
    tell("ratio to answered", &ratios(&answered_ms), "   ");
    launched.close().await;
    shop.shutdown().await;
}

fn consent(base: &str) -> StartCookie {
    StartCookie {
        name: "consent".to_owned(),
        value: "granted".to_owned(),
        url: Some(base.to_owned()),
        ..StartCookie::default()
    }
}

fn scenario_text(base: &str) -> String {
    let steps: Vec<String> =
        PATHS.iter().map(|path| format!("  - navigate: {base}{path}\n")).collect();
    format!("name: four pages\nvars: {{ base: {base} }}\nsteps:\n{}", steps.concat())
}

fn plan(base: &str, options: &BrowserOptions, snapshot: Option<Snapshot>, writes: Writes) -> Plan {
    let text = scenario_text(base);
    let scenario = parse("four.yaml", text.as_bytes(), &Variables::default()).unwrap();
    Plan {
        browser: options.clone(),
        writes,
        ..Plan::of(vec![PlannedScenario {
            snapshot,
            ..PlannedScenario::of(scenario, text, "four.snap".to_owned())
        }])
    }
}

async fn record(base: &str, options: &BrowserOptions) -> Snapshot {
    let (progress, _) = mpsc::unbounded_channel();
    let (_stop, stopped) = watch::channel(false);
    let outcome = run(plan(base, options, None, Writes::Update), progress, stopped).await;
    let recording = outcome.recordings.into_iter().flatten().next();
    recording.expect("the recording failed").recorded.snapshot
}

/// Milliseconds of one play, from making its context to having ended it.
async fn played(base: &str, options: &BrowserOptions, snapshot: &Snapshot) -> f64 {
    let (progress, _) = mpsc::unbounded_channel();
    let (_stop, stopped) = watch::channel(false);
    let plan = plan(base, options, Some(snapshot.clone()), Writes::Nothing);
    let report = run(plan, progress, stopped).await.report;
    let scenario = &report.scenarios[0];
    assert_eq!(scenario.verdict, Verdict::Passed, "{:#?}", scenario.findings);
    assert!(scenario.trace.hits.len() >= 12, "{} hits", scenario.trace.hits.len());
    if std::env::var_os("PIXELPROOF_BENCH_PARTS").is_some() {
        let steps = &scenario.trace.steps;
        let opened = steps[0].started_ms;
        let walked: f64 = steps.iter().map(|step| step.duration_ms).sum();
        let parts: Vec<String> =
            steps.iter().map(|step| format!("{:.0}", step.duration_ms)).collect();
        println!(
            "opened after {opened:.0} ms, steps {} ms, ended in {:.0} ms",
            parts.join(" + "),
            scenario.trace.duration_ms - opened - walked
        );
    }
    scenario.trace.duration_ms
}

/// Milliseconds of the same pages without anything else, or with nothing but an
/// answer for each pixel.
async fn bare(url: &str, base: &str, answered: bool) -> f64 {
    let (events, mut received) = mpsc::unbounded_channel();
    let forward = Forward { events, registry: Registry::default() };
    let client = connect(url, |_| Box::new(forward)).await.unwrap();
    let started = Instant::now();
    let call = |method: &'static str, params: Value| {
        let client: Client = client.clone();
        async move { client.call(None, method, params).await.unwrap() }
    };
    let mut parts = Vec::new();
    let mut told = started;
    let mut part = || {
        parts.push(format!("{:.0}", told.elapsed().as_secs_f64() * 1_000.0));
        told = Instant::now();
    };
    if answered {
        // The shop has no certificate: what is asked for over TLS are pixels.
        call("Fetch.enable", json!({"patterns": [{"urlPattern": "https://*"}]})).await;
    }
    let context = call("Target.createBrowserContext", json!({})).await;
    let context = context["browserContextId"].clone();
    let cookie = consent(base);
    let cookie = json!({"name": cookie.name, "value": cookie.value, "url": cookie.url});
    call("Storage.setCookies", json!({"cookies": [cookie], "browserContextId": context})).await;
    let target = json!({"url": "about:blank", "browserContextId": context});
    let target = call("Target.createTarget", target).await["targetId"].clone();
    let session = call("Target.attachToTarget", json!({"targetId": target, "flatten": true})).await;
    let session = session["sessionId"].as_str().unwrap().to_owned();
    client.call(Some(&session), "Page.enable", json!({})).await.unwrap();
    part();
    for path in PATHS {
        let url = format!("{base}{path}");
        client.send(Some(&session), "Page.navigate", json!({"url": url}));
        while received.recv().await.unwrap() != "Page.loadEventFired" {}
        part();
    }
    call("Target.disposeBrowserContext", json!({"browserContextId": context})).await;
    part();
    if std::env::var_os("PIXELPROOF_BENCH_PARTS").is_some() {
        println!("bare: opened, pages, ended: {} ms", parts.join(" + "));
    }
    started.elapsed().as_secs_f64() * 1_000.0
}

struct Forward {
    events: mpsc::UnboundedSender<String>,
    registry: Registry,
}

impl Dispatch for Forward {
    fn event(&mut self, event: CdpEvent, out: &mut Vec<Outgoing>) {
        if event.method == "Fetch.requestPaused" {
            out.push(self.answer_to(&event.params));
        }
        let _ = self.events.send(event.method);
    }

    fn answer(&mut self, _: DispatchToken, _: Value) {}

    fn closed(&mut self) {}
}

impl Forward {
    fn answer_to(&self, paused: &Value) -> Outgoing {
        let request = &paused["request"];
        let headers: Vec<Header> = request["headers"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| Header {
                name: name.clone(),
                value: value.as_str().unwrap_or_default().to_owned(),
            })
            .collect();
        let stub = self.registry.stub(&WireRequest {
            url: request["url"].as_str().unwrap_or_default(),
            method: request["method"].as_str().unwrap_or_default(),
            body: request["postData"].as_str().unwrap_or_default().as_bytes(),
            content_type: None,
            content_encoding: None,
            headers: &headers,
        });
        let headers = stub.headers.iter();
        let headers: Vec<Value> =
            headers.map(|header| json!({"name": header.name, "value": header.value})).collect();
        Outgoing {
            session: None,
            method: "Fetch.fulfillRequest",
            params: json!({
                "requestId": paused["requestId"], "responseCode": stub.status,
                "responseHeaders": headers,
                "body": base64::engine::general_purpose::STANDARD.encode(&stub.body),
            }),
            reply: Reply::Nobody,
        }
    }
}

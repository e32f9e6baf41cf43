//! What capture alone costs: the same navigations in the same Chrome with and
//! without it, in turn; nothing is settled, decoded or compared on either
//! side. Prints both medians and the ratio pair by pair. Method and figures:
//! BENCHMARKS.md.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench is run by hand")]

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::Uri;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use pixelproof::browser::chrome::{Browser, CaptureOptions, PauseAnswer};
use pixelproof::browser::connection::{CdpEvent, Dispatch, DispatchToken, Outgoing, connect};
use pixelproof::browser::context::Circumstances;
use pixelproof::browser::find::find_chrome;
use pixelproof::browser::launch::launch;
use pixelproof::model::browser_options::{BrowserOptions, BrowserSource};
use pixelproof::shop::{ShopOptions, serve};
use pixelproof::steps::tab::{Tab as _, WaitUntil};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// What the page of many small requests asks for before it has loaded.
const SMALL: usize = 300;

#[tokio::main]
async fn main() {
    let pairs: usize = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(20);
    let shop = serve(ShopOptions::default()).await.unwrap();
    let funnel = ["/", "/products", "/products/trail-jacket", "/cart"]
        .map(|path| format!("{}{path}", shop.base_url()));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let crowd = [format!("http://{}/page", listener.local_addr().unwrap())];
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });

    let path = std::env::var_os("PATH");
    let chrome = std::env::var_os("PIXELPROOF_CHROME")
        .map(Into::into)
        .or_else(|| find_chrome(path.as_deref(), std::path::Path::new("")))
        .expect("no Chrome");
    let options = BrowserOptions {
        host_resolver_rules: ["MAP * ~NOTFOUND", "EXCLUDE localhost", "EXCLUDE *.localhost"]
            .into_iter()
            .chain(["EXCLUDE 127.0.0.1"])
            .map(str::to_owned)
            .collect(),
        ..BrowserOptions::default()
    };
    let launched = launch(&chrome, &options).await.unwrap();
    let url = launched.websocket_url.clone();
    let options = BrowserOptions { source: BrowserSource::Connect(url.clone()), ..options };
    for (name, pages) in [("four pages of the shop", &funnel[..]), ("300 requests", &crowd[..])] {
        let (mut with, mut without) = (Vec::new(), Vec::new());
        // The first pair warms the caches of both.
        for pair in 0..=pairs {
            let plain = bare(&url, pages).await;
            let recorded = captured(&options, pages).await;
            if pair > 0 {
                without.push(plain);
                with.push(recorded);
            }
        }
        let ratios: Vec<f64> = with.iter().zip(&without).map(|(with, bare)| with / bare).collect();
        println!("{name}, {pairs} pairs in one Chrome");
        tell("bare", without, " ms");
        tell("captured", with, " ms");
        tell("ratio", ratios, "   ");
    }
    launched.close().await;
    shop.shutdown().await;
}

fn tell(what: &str, mut values: Vec<f64>, unit: &str) {
    values.sort_by(f64::total_cmp);
    println!(
        "{what:9} min {:8.2}{unit}  median {:8.2}{unit}  max {:8.2}{unit}",
        values[0],
        values[values.len() / 2],
        values[values.len() - 1]
    );
}

/// A page of many small requests, and what they ask for.
async fn answer(uri: Uri) -> impl IntoResponse {
    if uri.path() != "/page" {
        let kind = if uri.path() == "/script" { "text/javascript" } else { "image/svg+xml" };
        return ([(CONTENT_TYPE, kind)], String::new());
    }
    let mut page = String::from("<!doctype html><link rel=icon href=data:,>");
    for number in 0..SMALL {
        let _ = match number % 3 {
            0 => write!(page, "<script async src=/script?{number}></script>"),
            1 => write!(page, "<img src=/image?{number}>"),
            _ => write!(
                page,
                "<script>fetch('/hit?{number}', {{method: 'POST', body: '{number}'}})</script>"
            ),
        };
    }
    ([(CONTENT_TYPE, "text/html")], page)
}

/// Milliseconds from the first navigation until the last page has loaded.
async fn captured(options: &BrowserOptions, pages: &[String]) -> f64 {
    let capture =
        CaptureOptions { answer: Arc::new(|_| PauseAnswer::Continue), layers: Vec::new() };
    let browser = Browser::start(None, options.clone(), capture).await.unwrap();
    let mut tab = browser.new_context(Circumstances::default()).await.unwrap();
    tab.set_deadline(tokio::time::Instant::now() + Duration::from_secs(60));
    let started = Instant::now();
    for page in pages {
        tab.navigate(page, WaitUntil::Load).await.unwrap();
    }
    let elapsed = started.elapsed().as_secs_f64() * 1_000.0;
    let recorded = browser.end_context(&tab).await.requests.len();
    assert!(recorded >= pages.len(), "{recorded} requests");
    browser.close().await;
    elapsed
}

/// The same without anything else.
async fn bare(url: &str, pages: &[String]) -> f64 {
    let (events, mut received) = mpsc::unbounded_channel();
    let client = connect(url, |_| Box::new(Forward(events))).await.unwrap();
    let call = async |method: &'static str, params: Value| {
        client.call(None, method, params).await.unwrap()
    };
    let context = call("Target.createBrowserContext", json!({})).await;
    let context = context["browserContextId"].clone();
    let target = json!({"url": "about:blank", "browserContextId": context});
    let target = call("Target.createTarget", target).await["targetId"].clone();
    let session = call("Target.attachToTarget", json!({"targetId": target, "flatten": true})).await;
    let session = session["sessionId"].as_str().unwrap().to_owned();
    client.call(Some(&session), "Page.enable", json!({})).await.unwrap();
    let started = Instant::now();
    for page in pages {
        client.send(Some(&session), "Page.navigate", json!({"url": page}));
        // The page before may still be telling its end.
        for awaited in ["Page.frameNavigated", "Page.frameStoppedLoading"] {
            while received.recv().await.unwrap() != awaited {}
        }
    }
    let elapsed = started.elapsed().as_secs_f64() * 1_000.0;
    call("Target.disposeBrowserContext", json!({"browserContextId": context})).await;
    elapsed
}

struct Forward(mpsc::UnboundedSender<String>);

impl Dispatch for Forward {
    fn event(&mut self, event: CdpEvent, _: &mut Vec<Outgoing>) {
        let _ = self.0.send(event.method);
    }

    fn answer(&mut self, _: DispatchToken, _: Value) {}

    fn closed(&mut self) {}
}

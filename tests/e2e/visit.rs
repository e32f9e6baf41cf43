//! A Chrome that runs already and belongs to somebody else: it is used, and
//! left as it was.

use std::process::Stdio;
use std::time::Duration;

use pixelproof::browser::connection::{
    CdpEvent, Client, Dispatch, DispatchToken, Outgoing, connect,
};
use pixelproof::model::browser_options::{BrowserOptions, BrowserSource};
use pixelproof::model::vendor::PixelPolicy;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::e2e::ground::{Reply, Site, Stage, assert_done, recorded_pixels};
use crate::e2e::support::chrome;

struct Deaf;

impl Dispatch for Deaf {
    fn event(&mut self, _: CdpEvent, _: &mut Vec<Outgoing>) {}
    fn answer(&mut self, _: DispatchToken, _: Value) {}
    fn closed(&mut self) {}
}

/// Asks for something until it is there.
async fn until(client: &Client, method: &'static str, holds: impl Fn(&Value) -> bool) -> Value {
    loop {
        let answer = client.call(None, method, json!({})).await.unwrap();
        if holds(&answer) {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_chrome_is_left_as_it_was() {
    let own = Reply::html("<script>for (let i = 0; i < 5; i++) fetch('/px?own=' + i)</script>");
    let foreign = Reply::html(
        "<iframe src=/inner></iframe><script>setInterval(() => fetch('/px?foreign'), 30)</script>",
    );
    let inner = Reply::html("<script>setInterval(() => fetch('/px?foreign'), 30)</script>");
    let site = Site::with_pages(&[("/own", own), ("/foreign", foreign), ("/inner", inner)]).await;
    let profile = tempfile::tempdir().unwrap();
    let mut child = tokio::process::Command::new(chrome())
        .args(["--headless=new", "--no-sandbox", "--remote-debugging-port=0", "--no-first-run"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(site.url("shop", "/foreign"))
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let url = loop {
        let line = lines.next_line().await.unwrap().unwrap();
        if let Some(url) = line.strip_prefix("DevTools listening on ") {
            break url.trim().to_owned();
        }
    };
    let drain = tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    let witness = connect(&url, |_| Box::new(Deaf)).await.unwrap();
    let targets = |answer: &Value| -> Vec<String> {
        let infos = answer["targetInfos"].as_array().unwrap().iter();
        infos.filter(|it| it["type"] == "page").map(|it| it["url"].to_string()).collect()
    };
    let before =
        until(&witness, "Target.getTargets", |it| it.to_string().contains("/foreign")).await;
    let address = url.trim_start_matches("ws://").split('/').next().unwrap().to_owned();
    for source in [url.clone(), format!("http://{address}")] {
        let arrived =
            |what: &str| site.pixels().iter().filter(|seen| seen.target.contains(what)).count();
        let foreign_before = arrived("foreign");
        let browser =
            BrowserOptions { source: BrowserSource::Connect(source), ..BrowserOptions::default() };
        let stage = Stage { browser, jobs: 2, pixels: PixelPolicy::Stub, ..Stage::of(&site) };
        let steps = json!([{"navigate": site.url("shop", "/own")}]);
        let report = stage.play_all(vec![steps.clone(), steps]).await;
        for scenario in &report.scenarios {
            assert_done(&scenario.trace);
            let pixels = recorded_pixels(&scenario.trace);
            assert_eq!(pixels.len(), 5, "{pixels:#?}");
            assert!(pixels.iter().all(|it| it.outcome.as_text() == "stubbed"));
        }
        assert_eq!(arrived("own"), 0);
        assert!(arrived("foreign") > foreign_before, "somebody else's pixels go on");
        let contexts = until(&witness, "Target.getBrowserContexts", |it| {
            it["browserContextIds"].as_array().is_some_and(Vec::is_empty)
        });
        tokio::time::timeout(Duration::from_secs(30), contexts).await.expect("our contexts stay");
        let after = witness.call(None, "Target.getTargets", json!({})).await.unwrap();
        assert_eq!(targets(&after), targets(&before));
    }
    assert!(child.try_wait().unwrap().is_none(), "it still runs");
    child.kill().await.unwrap();
    drain.await.unwrap();
}

//! What the visitor has chosen, as a scenario says it, held against the demo
//! shop: one that keeps to the choice, and one that does not.

use pixelproof::model::finding::Severity;
use pixelproof::shop::{ShopOptions, Theme, serve};

use crate::e2e::support::Run;

const CHOICE: &str = "\
steps:
  - navigate: http://shop.localhost:$PORT/
  - click: { selectors: '#consent-reject', label: reject }
  - navigate: http://shop.localhost:$PORT/products
  - click: { selectors: '#consent-open' }
  - click: { selectors: '#consent-accept', label: accept }
  - navigate: http://shop.localhost:$PORT/cart
consent:
  - denied
  - { from: accept, all: granted }
";

/// What is said of consent on that theme of the shop: severity, code, message.
async fn said(theme: Theme) -> Vec<String> {
    let shop = serve(ShopOptions { theme, ..ShopOptions::default() }).await.unwrap();
    let ran = Run::default().play_at(shop.port(), &[("choice", CHOICE)]).await;
    let played = ran.done("choice");
    assert!(played.trace.hits.iter().any(|hit| hit.step == Some(5)), "{:#?}", played.trace.hits);
    let findings = played.findings.iter().filter(|it| it.code.starts_with("consent-"));
    let told = findings.map(|it| {
        let severity = if it.severity == Severity::Error { "error" } else { "warning" };
        format!("{severity} {}: {}", it.code, it.message)
    });
    let told = told.collect();
    shop.shutdown().await;
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_are_held_to_the_choice_that_the_scenario_tells() {
    assert_eq!(said(Theme::Good).await, [""; 0]);
    let said = said(Theme::ConsentIgnored).await;
    for expected in [
        "error consent-denied-hit: meta PageView was sent although the visitor had denied ads",
        "error consent-denied-hit: tiktok Pageview was sent although the visitor had denied ads",
        "error consent-denied-signal: ga4 page_view does not know that the visitor had denied analytics, by `gcd`",
        "error consent-denied-write: the cookie `_fbp` was written although the visitor had denied ads",
        "error consent-denied-write: the cookie `_ga` was written although the visitor had denied analytics",
    ] {
        assert!(said.iter().any(|it| it == expected), "{expected}: {said:#?}");
    }
}

//! Pages that do too much, requests that go nowhere, and calls from every
//! kind of frame.

use std::collections::BTreeSet;

use pixelproof::model::request::Request;
use serde_json::json;

use crate::e2e::ground::{
    Reply, Site, Stage, assert_done, assert_same_as_arrived, recorded_pixels,
};

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_pixels_at_once_are_all_recorded() {
    let body = "<script>
      async function burst() {
        // Chrome refuses more than a few thousand under way at once.
        for (let wave = 0; wave < 10; wave++) {
          const sent = [];
          for (let i = wave * 1000; i < wave * 1000 + 1000; i++)
            if (i % 100) sent.push(fetch('/px?' + i, {method: 'POST', body: 'b' + i}));
            else navigator.sendBeacon('/px?' + i, 'b' + i);
          await Promise.all(sent);
        }
        await fetch('/await?path=/px&n=10000');
      }
    </script>";
    let site = Site::with_pages(&[("/page", Reply::html(body))]).await;
    let mut stage = Stage::of(&site);
    stage.step_timeout = std::time::Duration::from_secs(240);
    let trace = stage
        .play(json!([{"navigate": site.url("shop", "/page")}, {"evaluate": "await burst()"}]))
        .await;
    assert_done(&trace);
    assert_same_as_arrived(&trace, &site);
    let urls: BTreeSet<&str> =
        recorded_pixels(&trace).into_iter().map(|request| request.url.as_str()).collect();
    assert_eq!(urls.len(), 10_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_tabs_and_a_body_of_a_hundred_megabytes() {
    let page = "<script>
      function tabs() { for (let i = 0; i < 50; i++) open('/tab?' + i); }
      async function big() {
        const block = 'x'.repeat(1 << 20);
        await fetch('/px?big', { method: 'POST', body: new Blob(Array(100).fill(block)) });
      }
    </script>";
    let tab = "<script>
      const who = location.search.slice(1);
      for (let i = 0; i < 20; i++) new Image().src = '/px?tab' + who + '-' + i;
      navigator.sendBeacon('/px?beacon' + who, who);
    </script>";
    let site = Site::with_pages(&[("/page", Reply::html(page)), ("/tab", Reply::html(tab))]).await;
    let mut stage = Stage::of(&site);
    stage.step_timeout = std::time::Duration::from_secs(240);
    let trace = stage
        .play(json!([
            {"navigate": site.url("shop", "/page")},
            {"evaluate": "tabs()"},
            {"switchTab": {"contains": "/page"}},
            {"evaluate": "await big()"},
        ]))
        .await;
    assert_done(&trace);
    assert_same_as_arrived(&trace, &site);
    let pixels = recorded_pixels(&trace);
    assert_eq!(pixels.len(), 50 * 21 + 1);
    let big = pixels.iter().find(|request| request.url.ends_with("?big")).unwrap();
    assert_eq!(big.body_bytes().len(), 100 << 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_floods_the_console_and_the_hooks_is_outlived() {
    let body = "<script>
      window.dataLayer = [];
      function flood() {
        for (let i = 0; i < 100000; i++) console.log('line ' + i + 'x'.repeat(50));
        for (let i = 0; i < 60000; i++) dataLayer.push({event: 'e' + i});
        for (let i = 0; i < 50; i++) fetch('/px?' + i);
      }
    </script>";
    let site = Site::with_pages(&[("/page", Reply::html(body))]).await;
    let mut stage = Stage::of(&site);
    stage.step_timeout = std::time::Duration::from_secs(240);
    let trace = stage
        .play(json!([
            {"navigate": site.url("shop", "/page")},
            {"evaluate": "flood()"},
            {"evaluate": "await fetch('/await?path=/px&n=50')"},
        ]))
        .await;
    assert_done(&trace);
    assert_same_as_arrived(&trace, &site);
    assert!(trace.console.len() <= 10_001, "{}", trace.console.len());
    assert!(!trace.console.is_empty());
    assert!(trace.calls.len() >= 1_000, "{}", trace.calls.len());
}

fn outcome_of(trace: &pixelproof::model::trace::Trace, what: &str) -> String {
    let found: Vec<&Request> = trace.requests.iter().filter(|it| it.url.contains(what)).collect();
    assert_eq!(found.len(), 1, "{what}: {found:#?}");
    found[0].outcome.as_text()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_nowhere_says_why() {
    let guarded = Reply::html(
        "<script>
          new Image().src = '/px?csp-image';
          document.head.append(Object.assign(document.createElement('script'), {src: '/px?csp-script'}));
          fetch('/px?csp-fetch').catch(() => {});
          navigator.sendBeacon('/px?csp-beacon', 'b');
        </script>",
    )
    .with("content-security-policy", "img-src 'none'; script-src 'unsafe-inline'; connect-src 'none'");
    let page = "<script>
      async function go() {
        await Promise.allSettled([
          fetch('http://127.0.0.1:9/px?refused'),
          fetch('http://no-such-name.invalid/px?unknown'),
        ]);
        for (let i = 0; i < 3; i++) await fetch('/cached?px');
      }
    </script>";
    let cached = Reply::new(200, "text/plain", "c").with("cache-control", "max-age=1000");
    let served = Reply::js(
        "addEventListener('install', () => skipWaiting());
         addEventListener('activate', event => event.waitUntil(clients.claim()));
         addEventListener('fetch', event => { if (event.request.url.includes('served')) event.respondWith(new Response('s'));
           if (event.request.url.includes('passed')) event.respondWith(fetch(event.request)); });",
    );
    let controlled = "<script>
      async function go() {
        await navigator.serviceWorker.register('/sw.js');
        await navigator.serviceWorker.ready;
        if (!navigator.serviceWorker.controller)
          await new Promise(done => navigator.serviceWorker.addEventListener('controllerchange', done));
        await fetch('/px?served'); await fetch('/px?passed', {method: 'POST', body: 'p'});
      }
    </script>";
    let site = Site::with_pages(&[
        ("/guarded", guarded),
        ("/page", Reply::html(page)),
        ("/cached", cached),
        ("/sw.js", served),
        ("/controlled", Reply::html(controlled)),
    ])
    .await;
    let trace = Stage::of(&site)
        .play(json!([
            {"navigate": site.url("shop", "/guarded")},
            {"navigate": site.url("shop", "/page")},
            {"evaluate": "await go()"},
            {"navigate": site.url("worked", "/controlled")},
            {"evaluate": "await go()"},
        ]))
        .await;
    assert_done(&trace);
    for (what, expected) in [
        ("csp-image", "blocked:csp:img-src"),
        ("csp-script", "blocked:csp:script-src-elem"),
        ("csp-fetch", "blocked:csp:connect-src"),
        ("csp-beacon", "blocked:csp:connect-src"),
        ("?refused", "failed:net::ERR_CONNECTION_REFUSED"),
        ("?unknown", "failed:net::ERR_NAME_NOT_RESOLVED"),
        ("?served", "local:service-worker"),
    ] {
        let outcome = outcome_of(&trace, what);
        assert!(
            outcome == expected || what == "?refused" && outcome.contains("UNSAFE_PORT"),
            "{what}: {outcome}"
        );
    }
    let cached: Vec<String> = trace
        .requests
        .iter()
        .filter(|it| it.url.contains("/cached"))
        .map(|it| it.outcome.as_text())
        .collect();
    assert_eq!(cached.iter().filter(|it| *it == "delivered").count(), 1, "{cached:?}");
    assert_eq!(site.seen().iter().filter(|it| it.path() == "/cached").count(), 1);
    let passed = trace.requests.iter().filter(|it| it.url.contains("?passed"));
    let delivered = passed.filter(|it| it.outcome.as_text() == "delivered").count();
    assert_eq!(delivered, 1, "what a service worker passes on is sent once");
    assert_same_as_arrived(&trace, &site);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_heard_in_every_kind_of_frame() {
    let call = |who: &str| {
        format!(
            "<script>\nfunction say_{who}() {{\n  dataLayer.push({{event: '{who}'}});\n}}\nwindow.dataLayer = [];\nsay_{who}();\n</script>"
        )
    };
    let quoted = call("srcdoc").replace('"', "&quot;");
    let page = format!(
        "{}<iframe src=/frame></iframe><iframe id=other></iframe><iframe srcdoc=\"{quoted}\"></iframe>\
         <script>other.src = location.origin.replace('shop.', 'other.') + '/oopif';\
         open('/popup')</script>",
        call("page")
    );
    let site = Site::with_pages(&[
        ("/page", Reply::html(&page)),
        ("/frame", Reply::html(&call("frame"))),
        ("/oopif", Reply::html(&call("oopif"))),
        ("/popup", Reply::html(&call("popup"))),
        ("/next", Reply::html(&call("next"))),
    ])
    .await;
    let trace = Stage::of(&site)
        .play(json!([
            {"navigate": site.url("shop", "/page")},
            {"navigate": site.url("shop", "/next")},
        ]))
        .await;
    assert_done(&trace);
    for (who, url, step) in [
        ("page", "/page", 0),
        ("frame", "/frame", 0),
        ("oopif", "/oopif", 0),
        ("srcdoc", "about:srcdoc", 0),
        ("popup", "/popup", 0),
        ("next", "/next", 1),
    ] {
        let calls: Vec<_> = trace
            .calls
            .iter()
            .filter(|call| call.args.first() == Some(&json!({"event": who})))
            .collect();
        assert_eq!(calls.len(), 1, "{who}: {calls:#?}\n{:#?}", trace.calls);
        let call = calls[0];
        assert!(call.frame_url.ends_with(url), "{who} in {}", call.frame_url);
        assert!(trace.documents[call.document.unwrap()].url.ends_with(url), "{who}");
        assert_eq!(call.step, Some(step), "{who}");
        assert!(call.frame.is_some(), "{who}");
        // A call that was found in a queue after it had been made has none.
        if let Some(innermost) = call.stack.first() {
            assert_eq!(innermost.function, format!("say_{who}"), "{:?}", call.stack);
        }
    }
}

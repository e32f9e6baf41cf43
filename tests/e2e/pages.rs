//! Opening, leaving and switching pages and tabs; storage; scripts; waiting.

use crate::e2e::support::{Reply, Run, Site, page, play};
use pixelproof::model::run::Verdict;

#[tokio::test(flavor = "multi_thread")]
async fn history_goes_both_ways() {
    let watched = |name: &str| {
        page(&format!(
            "<p>Page {name}</p><script>addEventListener('pageshow', (event) => note('{name}', event.persisted));</script>\
             <button id=push onclick=\"history.pushState(null, '', '/{name}/pushed'); note('pushed')\">Push</button>\
             <a href='/two'>Two</a><a id=part href='#part'>Part</a>"
        ))
    };
    let site = Site::serve([
        ("shop.localhost/one", watched("one")),
        ("shop.localhost/two", watched("two")),
        (
            "shop.localhost/kept",
            Reply::Full(
                200,
                vec![("content-type", "text/html".into()), ("cache-control", "no-store".into())],
                "<script>console.log('not kept')</script><a href=/two>Two</a>".into(),
            ),
        ),
    ])
    .await;
    let ran = play(
        &site,
        &[
            (
                "history",
                r##"
steps:
  - navigate: http://shop.localhost:$PORT/one
  - navigate: http://shop.localhost:$PORT/two
  - back
  - waitForText: Page one
  - click: "#push"
  - waitForUrl: /one/pushed
  - back
  - waitForUrl: { regex: "/one$" }
  - click: "#part"
  - back
  - forward
  - waitForUrl: "#part"
  - click: text/Two
  - waitForText: Page two
  - back
  - waitForText: Page one
  - click: "#push"
  - navigate: http://shop.localhost:$PORT/two
  - reload
  - waitForText: Page two
"##,
            ),
            (
                "uncached",
                r##"
steps:
  - navigate: http://shop.localhost:$PORT/kept
  - click: text/Two
  - waitForText: Page two
  - back
  - click: text/Two
  - waitForText: Page two
"##,
            ),
            ("start", "steps:\n  - navigate: http://shop.localhost:$PORT/one\n  - forward\n"),
        ],
    )
    .await;
    ran.done("history");
    let said = ran.said("history");
    assert_eq!(said.iter().filter(|text| **text == "pushed").count(), 2, "{said:?}");
    assert_eq!(said.iter().filter(|text| text.starts_with("two")).count(), 4, "{said:?}");
    ran.done("uncached");
    assert!(ran.failure("start").contains("no page to go forward to"));
}

#[tokio::test(flavor = "multi_thread")]
async fn tabs_are_switched_and_closed() {
    let site = Site::of(&[
        (
            "shop.localhost/",
            r##"<a id=plain href="/popup?plain" target=_blank>Plain</a>
            <a id=noopener href="http://pay.localhost:$PORT/popup?noopener" target=_blank rel=noopener>No opener</a>
            <button id=twice onclick="window.open('/popup?first'); window.open('http://pay.localhost:$PORT/popup?second')">Twice</button>
            <button id=late onclick="setTimeout(() => window.open('/popup?late'), 300)">Late</button>
            <button id=brief onclick="window.open('/brief')">Brief</button>
            <button id=main onclick="note('main')">Main</button>"##,
        ),
        ("shop.localhost/popup", "<button onclick=\"note(location.search)\">Press</button><a id=end href='#' onclick='window.close()'>Close</a>"),
        ("pay.localhost/popup", "<button onclick=\"note(location.search)\">Press</button>"),
        ("shop.localhost/brief", "<script>window.close()</script>"),
    ])
    .await;
    let ran = play(
        &site,
        &[
            (
                "tabs",
                r##"
steps:
  - navigate: http://shop.localhost:$PORT/
  - click: "#plain"
  - switchTab: newest
  - click: button
  - switchTab: 0
  - click: "#noopener"
  - switchTab: newest
  - click: button
  - switchTab: 0
  - click: "#twice"
  - switchTab: { contains: first }
  - click: button
  - switchTab: { contains: second }
  - click: button
  - close
  - switchTab: { regex: "plain$" }
  - click: button
  - close
  - switchTab: 0
  - click: "#main"
"##,
            ),
            (
                "late",
                r##"
steps:
  - navigate: http://shop.localhost:$PORT/
  - click: "#late"
  - switchTab: newest
  - click: button
  - click: "#end"
  - switchTab: 0
  - click: "#main"
"##,
            ),
            (
                "gone",
                r##"
steps:
  - navigate: http://shop.localhost:$PORT/
  - click: "#plain"
  - switchTab: newest
  - click: "#end"
  - click: { selectors: button, timeout: 2000 }
"##,
            ),
            (
                "none",
                r##"
steps:
  - navigate: http://shop.localhost:$PORT/
  - click: "#brief"
  - switchTab: { contains: elsewhere, timeout: 2000 }
"##,
            ),
        ],
    )
    .await;
    ran.done("tabs");
    assert_eq!(ran.said("tabs"), ["?plain", "?noopener", "?first", "?second", "?plain", "main"]);
    ran.done("late");
    assert_eq!(ran.said("late"), ["?late", "main"]);
    assert!(ran.failure("gone").contains("the tab was closed"), "{}", ran.failure("gone"));
    let failure = ran.failure("none");
    assert!(failure.contains("found no such tab\ntab 0 is http://shop.localhost"), "{failure}");
    assert!(!failure.contains("tab 1"), "{failure}");
}

#[tokio::test(flavor = "multi_thread")]
async fn storage_is_set_before_pages_look() {
    let site = Site::of(&[(
        "shop.localhost/",
        "<script>note(document.cookie, localStorage.getItem('consent'))</script>",
    )])
    .await;
    let ran = play(
        &site,
        &[
            (
                "storage",
                r##"
steps:
  - setCookies: [{ name: a, value: "1", url: "http://shop.localhost:$PORT/" }]
  - navigate: http://shop.localhost:$PORT/
  - setCookies: [{ name: b, value: "2" }, { name: c, value: "3", domain: shop.localhost, path: /, httpOnly: true }]
  - setLocalStorage: { items: { consent: "it's \"granted\" </script>" } }
  - reload
"##,
            ),
            ("homeless", "steps:\n  - setCookies: [{ name: a, value: '1' }]\n"),
        ],
    )
    .await;
    ran.done("storage");
    assert_eq!(ran.said("storage"), ["a=1 ", "a=1; b=2 it's \"granted\" </script>"]);
    let last = site.received().pop().unwrap();
    assert!(last.headers.iter().any(|(name, value)| name == "cookie" && value.contains("c=3")));
    assert!(ran.breakage("homeless").contains("does not take these cookies"));
}

/// Forbids `eval` and every script but those of the page itself.
fn strict(html: &str) -> Reply {
    Reply::Full(
        200,
        vec![
            ("content-type", "text/html; charset=utf-8".into()),
            ("content-security-policy", "default-src 'self'; script-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'".into()),
        ],
        html.into(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_run_in_the_page_under_any_policy() {
    let script = |text: &str| {
        Reply::Full(200, vec![("content-type", "text/javascript".into())], text.into())
    };
    let site = Site::serve([
        ("shop.localhost/", strict("<p>Strict</p><script src=/app.js></script>")),
        ("shop.localhost/app.js", script("setTimeout(() => { window.dataLayer = [1, 2]; }, 400);")),
        (
            "shop.localhost/moving",
            page("<script>setTimeout(() => { location = '/'; }, 300);</script>"),
        ),
        (
            "shop.localhost/plain",
            page("<script>const secret = 7; window.loop = {}; loop.self = loop;</script>"),
        ),
    ])
    .await;
    let ran = play(
        &site,
        &[
            (
                "truthy",
                r##"
steps:
  - navigate: http://shop.localhost:$PORT/
  - waitForExpression: dataLayer.length === 2
  - waitForExpression: "let n = 1; n += 1; window"
  - waitForExpression: await new Promise((go) => setTimeout(() => go(document.body), 50))
  - evaluate: |
      const total = await Promise.resolve(7);
      if (total !== 7) throw new Error('no');
      console.log(total);
"##,
            ),
            (
                "moving",
                r##"
steps:
  - navigate: http://shop.localhost:$PORT/moving
  - waitForExpression: window.dataLayer && dataLayer.length === 2
"##,
            ),
            (
                "plain",
                r##"
steps:
  - navigate: http://shop.localhost:$PORT/plain
  - evaluate: window
  - evaluate: loop
  - evaluate: document.all
  - waitForExpression: secret === 7
  - evaluate: location.href = '/'
  - waitForText: Strict
"##,
            ),
            ("throws", "steps:\n  - navigate: http://shop.localhost:$PORT/plain\n  - waitForExpression: { expression: nothing.here, timeout: 2000 }\n"),
            ("false", "steps:\n  - navigate: http://shop.localhost:$PORT/plain\n  - waitForExpression: { expression: '1 > 2', timeout: 2000 }\n"),
            ("syntax", "steps:\n  - navigate: http://shop.localhost:$PORT/plain\n  - waitForExpression: 'if ('\n"),
            ("parsed", "steps:\n  - navigate: http://shop.localhost:$PORT/plain\n  - evaluate: JSON.parse('{')\n"),
            ("thrown", "steps:\n  - navigate: http://shop.localhost:$PORT/plain\n  - evaluate: throw 'a text'\n"),
            ("rejected", "steps:\n  - navigate: http://shop.localhost:$PORT/plain\n  - evaluate: Promise.reject(new TypeError('no promise'))\n"),
            ("never", "steps:\n  - navigate: http://shop.localhost:$PORT/plain\n  - evaluate: { expression: 'new Promise(() => {})', timeout: 2000 }\n"),
        ],
    )
    .await;
    for name in ["truthy", "moving", "plain"] {
        ran.done(name);
    }
    assert_eq!(ran.said("truthy"), ["7"]);
    assert!(
        ran.of("truthy").trace.csp_reports.is_empty(),
        "{:?}",
        ran.of("truthy").trace.csp_reports
    );
    let failure = ran.failure("throws");
    assert!(failure.contains("did not become true"), "{failure}");
    assert!(failure.contains("it threw ReferenceError: nothing is not defined"), "{failure}");
    assert!(ran.failure("false").contains("1 > 2"));
    assert!(ran.breakage("syntax").contains("cannot be read: SyntaxError"));
    assert!(ran.failure("parsed").contains("threw an exception\nSyntaxError"));
    assert!(ran.failure("thrown").contains("\"a text\""));
    assert!(ran.failure("rejected").contains("TypeError: no promise"));
    assert!(ran.failure("never").contains("did not come to an end in time"));
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_looks_at_what_is_asked_for() {
    let site = Site::of(&[
        ("pay.localhost/", "<p>Pay here</p>"),
        (
            "shop.localhost/",
            r##"<div id=rows></div><button id=pay data-state=busy disabled>Pay</button><p id=loading>Loading</p>
            <iframe srcdoc="<p>Words within</p>"></iframe><iframe src="http://pay.localhost:$PORT/"></iframe><my-text></my-text>
            <script>
              document.querySelector('my-text').attachShadow({ mode: 'open' }).innerHTML = '<p>Words in the shadow</p>';
              let n = 0;
              const timer = setInterval(() => {
                rows.insertAdjacentHTML('beforeend', '<p class=row>Row</p>');
                if (++n < 3) return;
                clearInterval(timer);
                pay.dataset.state = 'ready'; pay.disabled = false; loading.remove();
                rows.insertAdjacentHTML('beforeend', '<p>Order  <b>4711</b></p>');
              }, 100);
            </script>"##,
        ),
    ])
    .await;
    let ran = play(
        &site,
        &[
            (
                "waits",
                r##"
steps:
  - navigate: http://shop.localhost:$PORT/
  - waitForElement: { selectors: "#loading", visible: false }
  - waitForElement: { selectors: ".row", operator: "==", count: 3, visible: true }
  - waitForElement: { selectors: "#pay", attributes: { data-state: ready }, properties: { disabled: false } }
  - waitForElement: { selectors: "#loading", visible: false }
  - waitForElement: { selectors: "#loading", operator: "==", count: 0 }
  - waitForText: { regex: "Order\\s+[0-9]{4}" }
  - waitForText: Words within
  - waitForText: Words in the shadow
"##,
            ),
            ("stays", "steps:\n  - navigate: http://shop.localhost:$PORT/\n  - waitForElement: { selectors: '#rows', operator: '<=', count: 0, timeout: 2000 }\n"),
            ("count", "steps:\n  - navigate: http://shop.localhost:$PORT/\n  - waitForElement: { selectors: .row, operator: '==', count: 5, timeout: 2000 }\n"),
            ("text", "steps:\n  - navigate: http://shop.localhost:$PORT/\n  - waitForText: { contains: Nothing, timeout: 2000 }\n"),
            ("url", "steps:\n  - navigate: http://shop.localhost:$PORT/\n  - waitForUrl: { contains: /thanks, timeout: 2000 }\n"),
        ],
    )
    .await;
    ran.done("waits");
    assert!(ran.failure("stays").starts_with("waited in vain for `#rows`"));
    assert!(ran.failure("count").contains("\"count\":5"), "{}", ran.failure("count"));
    assert!(ran.failure("text").contains("never showed something with `Nothing`"));
    let failure = ran.failure("url");
    assert!(failure.contains("/thanks") && failure.contains("it was http://shop"), "{failure}");
}

#[tokio::test(flavor = "multi_thread")]
async fn asserted_navigations_are_waited_for() {
    let site = Site::serve([
        (
            "shop.localhost/",
            page("<a href=/late>Late</a><button>Nothing</button><button id=push onclick=\"setTimeout(() => history.pushState(0, '', '/spa'), 200)\">Push</button>"),
        ),
        ("shop.localhost/late", Reply::Late(400, Box::new(page("<p>Thanks</p>")))),
    ])
    .await;
    let step = |selector: &str, timeout: u64| {
        format!(
            "steps:\n  - navigate: http://shop.localhost:$PORT/\n  - click: {{ selectors: '{selector}', timeout: {timeout}, assertedEvents: [{{ type: navigation }}] }}\n"
        )
    };
    let ran = Run::default()
        .play(
            &site,
            &[
                ("late", &step("text/Late", 20_000)),
                ("push", &step("#push", 20_000)),
                ("nothing", &step("button", 2_000)),
            ],
        )
        .await;
    ran.done("late");
    ran.done("push");
    assert!(ran.of("late").trace.steps[1].url.ends_with("/late"));
    assert!(ran.failure("nothing").contains("did not lead to another page"));
    assert_eq!(ran.of("nothing").verdict, Verdict::Failed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_plays_as_it_was_exported() {
    let site = Site::serve([
        (
            "shop.localhost/",
            page(
                "<title>Shop</title><label>E-mail <input id=mail></label><a href=/thanks>Send</a>",
            ),
        ),
        ("shop.localhost/thanks", page("<title>Thanks</title><p>Thank you</p>")),
    ])
    .await;
    let recording = r##"{
  "title": "recording",
  "steps": [
    { "type": "setViewport", "width": 900, "height": 600, "deviceScaleFactor": 1, "isMobile": false, "hasTouch": false, "isLandscape": false },
    { "type": "navigate", "url": "http://shop.localhost:$PORT/", "assertedEvents": [{ "type": "navigation", "url": "http://shop.localhost:$PORT/", "title": "Shop" }] },
    { "type": "click", "target": "main", "selectors": [["aria/E-mail"], ["#mail"]], "offsetX": 5, "offsetY": 5 },
    { "type": "change", "target": "main", "value": "ann@example.com", "selectors": [["aria/E-mail"], ["#mail"]] },
    { "type": "keyDown", "target": "main", "key": "Tab" },
    { "type": "keyUp", "target": "main", "key": "Tab" },
    { "type": "scroll", "target": "main", "x": 0, "y": 0 },
    { "type": "hover", "target": "main", "selectors": [["aria/Send"]] },
    { "type": "emulateNetworkConditions", "target": "main", "download": -1, "upload": -1, "latency": 0 },
    { "type": "waitForElement", "target": "main", "selectors": [["#mail"]], "properties": { "value": "ann@example.com" } },
    { "type": "waitForExpression", "target": "main", "expression": "innerWidth === 900 && document.activeElement.textContent === 'Send'" },
    { "type": "customStep", "target": "main", "name": "other", "parameters": {} },
    { "type": "doubleClick", "target": "main", "selectors": [["label"]], "offsetX": 5, "offsetY": 5 },
    { "type": "click", "target": "main", "selectors": [["aria/Send"]], "offsetX": 5, "offsetY": 5, "assertedEvents": [{ "type": "navigation", "url": "http://shop.localhost:$PORT/thanks", "title": "Thanks" }] },
    { "type": "close", "target": "main" }
  ]
}"##;
    let ran = play(&site, &[("recording", recording)]).await;
    ran.done("recording");
}

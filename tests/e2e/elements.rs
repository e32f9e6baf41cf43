//! Finding elements: kinds of selectors, chains, alternatives, frames, and
//! what is said about an element that is not there.

use crate::e2e::support::{Reply, Run, Site, page, play};
use pixelproof::model::run::Verdict;

#[tokio::test(flavor = "multi_thread")]
async fn selectors_of_every_kind_find_their_element() {
    let site = Site::of(&[(
        "shop.localhost/",
        r##"<button id=css onclick="note('css')">One</button>
        <button aria-label="Buy now" onclick="note('aria')">Two</button>
        <div><a href="#x" onclick="note('text')">Add <b>to</b> cart</a></div>
        <button class=x onclick="note('xpath')">Three</button>
        <my-shop></my-shop>
        <script>
          customElements.define('my-shop', class extends HTMLElement {
            connectedCallback() {
              const root = this.attachShadow({ mode: 'open' });
              root.innerHTML = '<my-inner></my-inner><button id=deep>Deep</button>';
              root.querySelector('#deep').onclick = () => note('chain');
              const inner = root.querySelector('my-inner').attachShadow({ mode: 'open' });
              inner.innerHTML = '<button id=deeper>Deeper</button>';
              inner.querySelector('#deeper').onclick = () => note('pierce');
            }
          });
        </script>"##,
    )])
    .await;
    let ran = play(
        &site,
        &[(
            "kinds",
            r##"
steps:
  - navigate: http://shop.localhost:$PORT/
  - click: "#css"
  - click: 'aria/Buy now[role="button"]'
  - click: text/Add to cart
  - click: xpath///button[@class='x']
  - click: pierce/#deeper
  - click: [[my-shop, "#deep"]]
  - click: [[my-shop, my-inner, "#deeper"]]
  - click: ["#nowhere", "aria/Nobody", "#css"]
"##,
        )],
    )
    .await;
    ran.done("kinds");
    assert_eq!(
        ran.said("kinds"),
        ["css", "aria", "text", "xpath", "pierce", "chain", "pierce", "css"]
    );
}

/// A tall page, so that every frame must be scrolled to, with frames whose
/// box is not their viewport.
fn framed() -> Vec<(&'static str, Reply)> {
    let inner = |name: &str| {
        page(&format!(
            r#"<body style="margin:0"><div style="height:900px"></div>
            <button id=go onclick="top.postMessage('{name}', '*')">Go {name}</button>
            <input id=text oninput="top.postMessage('{name}:' + this.value, '*')">
            <p>Words of {name}</p><div style="height:900px"></div>"#
        ))
    };
    let around = |source: &str| {
        page(&format!(
            r#"<body><div style="height:1200px"></div>
            <iframe src="{source}" style="border:7px solid; padding:11px 13px; width:300px; height:200px"></iframe>
            <div style="height:1200px"></div>"#
        ))
    };
    let top = |source: &str| {
        page(&format!(
            r#"<script>addEventListener('message', (event) => note(event.data));</script>
            <div style="height:1500px"></div>
            <div style="height:250px; overflow:auto; border:3px solid"><div style="height:700px"></div>
            <iframe src="{source}" style="border:5px solid; padding:9px 17px; width:500px; height:300px"></iframe>
            <div style="height:700px"></div></div>
            <div style="height:1500px"></div>"#
        ))
    };
    vec![
        ("shop.localhost/same", top("/inner")),
        ("shop.localhost/inner", inner("same")),
        ("shop.localhost/cross", top("http://pay.localhost:$PORT/inner")),
        ("pay.localhost/inner", inner("cross")),
        ("shop.localhost/nested", top("http://pay.localhost:$PORT/around")),
        ("pay.localhost/around", around("http://bank.localhost:$PORT/inner")),
        ("bank.localhost/inner", inner("nested")),
        ("shop.localhost/back", top("http://pay.localhost:$PORT/backwards")),
        ("pay.localhost/backwards", around("http://shop.localhost:$PORT/inner")),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn elements_in_frames_are_reached_wherever_they_scroll() {
    let site = Site::serve(framed()).await;
    let steps = |path: &str, frame: &str| {
        format!(
            r##"
steps:
  - navigate: http://shop.localhost:$PORT/{path}
  - click: "#go"
  - change: {{ selectors: "#text", value: "aé" }}
  - click: {{ selectors: text/Go, frame: {frame} }}
  - waitForText: {{ contains: Words of, frame: {frame} }}
  - waitForExpression: {{ expression: "document.querySelector('#text').value === 'aé'", frame: {frame} }}
  - evaluate: {{ expression: "top.postMessage('evaluated', '*')", frame: {frame} }}
  - waitForExpression: window.length === 1
"##
        )
    };
    let ran = play(
        &site,
        &[
            ("same", &steps("same", "[0]")),
            ("cross", &steps("cross", "[0]")),
            ("nested", &steps("nested", "[0, 0]")),
            ("back", &steps("back", "[0, 0]")),
        ],
    )
    .await;
    ran.all_done();
    for (name, inner) in
        [("same", "same"), ("cross", "cross"), ("nested", "nested"), ("back", "same")]
    {
        let expected = [
            inner.to_owned(),
            format!("{inner}:a"),
            format!("{inner}:aé"),
            inner.to_owned(),
            "evaluated".to_owned(),
        ];
        assert_eq!(ran.said(name), expected, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_targets_name_frames_and_popups() {
    let mut pages = framed();
    pages.push((
        "shop.localhost/popup",
        page("<a id=open href='/window?session=1' target=_blank>Open</a>"),
    ));
    pages.push(("shop.localhost/window", page("<button onclick=\"note('popup')\">Press</button>")));
    let site = Site::serve(pages).await;
    let ran = play(
        &site,
        &[
            (
                "frame",
                r##"
steps:
  - navigate: http://shop.localhost:$PORT/nested
  - click: { selectors: "#go", target: "http://pay.localhost:$PORT/around", frame: [0] }
  - click: { selectors: "#go", target: "http://bank.localhost:$PORT/inner" }
  - click: { selectors: iframe, target: main }
"##,
            ),
            (
                "popup",
                r##"
steps:
  - navigate: http://shop.localhost:$PORT/popup
  - click: { selectors: "#open", target: main }
  - click: { selectors: button, target: "http://shop.localhost:$PORT/window?session=2" }
  - click: { selectors: "#open", target: main }
"##,
            ),
            (
                "nowhere",
                r##"
steps:
  - navigate: http://shop.localhost:$PORT/popup
  - click: { selectors: button, target: "http://shop.localhost:$PORT/elsewhere", timeout: 2000 }
"##,
            ),
        ],
    )
    .await;
    ran.done("frame");
    assert_eq!(ran.said("frame"), ["nested", "nested"]);
    ran.done("popup");
    assert_eq!(ran.said("popup"), ["popup"]);
    let failure = ran.failure("nowhere");
    assert!(failure.contains("/elsewhere"), "{failure}");
    assert!(failure.contains("tab 0 is http://shop.localhost"), "{failure}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_element_is_explained() {
    let site = Site::serve([
        (
            "shop.localhost/",
            page(
                r"<button id=buy-now>Buy now</button><form><input name=email></form>
                <input name=secret value='do not tell'><iframe src='/frame'></iframe>",
            ),
        ),
        ("shop.localhost/frame", page("<button id=by-now>Buy later</button>")),
        (
            "shop.localhost/broken",
            Reply::Full(500, vec![("content-type", "text/html".into())], "<h1>Oh no</h1>".into()),
        ),
    ])
    .await;
    let ran = play(
        &site,
        &[
            (
                "missing",
                r##"
steps:
  - navigate: http://shop.localhost:$PORT/
  - click: { selectors: ["#buy-nwo", "aria/Buy nwo", [my-shop, "#b"]], timeout: 2000, label: buy }
  - click: "#buy-now"
"##,
            ),
            (
                "malformed",
                r##"
steps:
  - navigate: http://shop.localhost:$PORT/
  - click: { selectors: "button:nonsense", timeout: 20000 }
"##,
            ),
            (
                "path",
                r##"
steps:
  - navigate: http://shop.localhost:$PORT/
  - click: { selectors: button, frame: [0, 3], timeout: 2000 }
"##,
            ),
            (
                "status",
                r##"
steps:
  - navigate: http://shop.localhost:$PORT/broken
  - click: { selectors: button, timeout: 2000 }
"##,
            ),
        ],
    )
    .await;
    let failure = ran.failure("missing");
    assert!(failure.starts_with("found no element for `#buy-nwo`"), "{failure}");
    for part in [
        "tried `#buy-nwo`",
        "tried `aria/Buy nwo`",
        "tried `my-shop → #b`",
        "nearest: <button id=\"buy-now\">Buy now</button>",
    ] {
        assert!(failure.contains(part), "{part} is not in {failure}");
    }
    assert!(!failure.contains("do not tell"), "{failure}");
    let scenario = ran.of("missing");
    assert_eq!(scenario.verdict, Verdict::Failed);
    assert_eq!(scenario.trace.steps[1].label, "buy");
    assert_eq!(scenario.artifacts[0].path, "missing-step-2.png");
    let (name, png) = &ran.kept[0];
    assert_eq!((name.as_str(), &png[1..4]), ("missing-step-2.png", b"PNG".as_slice()));

    let breakage = ran.breakage("malformed");
    assert!(breakage.contains("`button:nonsense` is no valid selector"), "{breakage}");
    assert_eq!(ran.of("malformed").verdict, Verdict::Broken);
    assert!(ran.failure("path").contains("no frame at path [0, 3]"));
    let failure = ran.failure("status");
    assert!(failure.contains("answered with status 500"), "{failure}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_whose_script_never_ends_does_not_hide_the_others() {
    let site = Site::serve([
        (
            "shop.localhost/",
            page(
                "<iframe src='http://ads.localhost:$PORT/'></iframe><button id=go onclick=\"note('pressed')\">Go</button>",
            ),
        ),
        ("ads.localhost/", page("<script>setTimeout(() => { for (;;); }, 50);</script>")),
    ])
    .await;
    let ran = Run { step_timeout: std::time::Duration::from_secs(4), ..Run::default() }
        .play(
            &site,
            &[(
                "hung",
                r##"
steps:
  - navigate: http://shop.localhost:$PORT/
  - click: "#go"
"##,
            )],
        )
        .await;
    ran.done("hung");
    assert_eq!(ran.said("hung"), ["pressed"]);
}

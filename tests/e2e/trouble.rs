//! Sites that misbehave: nothing hangs, and whose fault it is is told.

use std::time::Duration;

use crate::e2e::support::{Ran, Reply, Run, Site, page, play};
use pixelproof::model::browser_options::BrowserOptions;
use pixelproof::model::run::Verdict;
use pixelproof::model::trace::StepOutcome;

async fn hasty(site: &Site, scenarios: &[(&str, &str)]) -> Ran {
    // A name that nobody has is told at once, whatever the machine's resolver does.
    let browser = BrowserOptions {
        host_resolver_rules: vec!["MAP *.invalid ~NOTFOUND".to_owned()],
        ..BrowserOptions::default()
    };
    let run = Run { step_timeout: Duration::from_secs(3), browser, ..Run::default() };
    run.play(site, scenarios).await
}

#[tokio::test(flavor = "multi_thread")]
async fn dialogs_are_answered() {
    let site = Site::of(&[
        (
            "shop.localhost/",
            r##"<script>alert('on load')</script>
            <button id=ask onclick="note(confirm('sure?'), prompt('name?', 'Ann')); alert('done')">Ask</button>
            <a href=/next>Next</a>
            <script>addEventListener('beforeunload', (event) => { event.preventDefault(); event.returnValue = 'stay'; })</script>"##,
        ),
        ("shop.localhost/next", "<p>Arrived</p>"),
    ])
    .await;
    let ran = play(
        &site,
        &[(
            "dialogs",
            r##"
steps:
  - navigate: http://shop.localhost:$PORT/
  - click: "#ask"
  - click: text/Next
  - waitForText: Arrived
  - back
  - click: "#ask"
  - reload
  - click: "#ask"
  - navigate: http://shop.localhost:$PORT/next
"##,
        )],
    )
    .await;
    ran.done("dialogs");
    assert_eq!(ran.said("dialogs"), ["true Ann"; 3]);
    let console = &ran.of("dialogs").trace.console;
    assert!(console.iter().any(|message| message.text == "confirm dialog was accepted: sure?"));
    assert!(console.iter().any(|message| message.text.starts_with("beforeunload")));
}

#[tokio::test(flavor = "multi_thread")]
async fn downloads_are_refused() {
    let file = || {
        Reply::Full(
            200,
            vec![
                ("content-type", "application/octet-stream".into()),
                ("content-disposition", "attachment; filename=a.bin".into()),
            ],
            "bytes".into(),
        )
    };
    let site = Site::serve([
        ("shop.localhost/", page("<a id=file href=/file>File</a><a id=attribute href=/page download>Page</a><a id=empty href=/empty>Empty</a><button onclick=\"note('still here')\">B</button>")),
        ("shop.localhost/file", file()),
        ("shop.localhost/page", page("<p>Page")),
        ("shop.localhost/empty", Reply::Full(204, vec![], String::new())),
    ])
    .await;
    let ran = play(
        &site,
        &[
            (
                "links",
                r##"
steps:
  - navigate: http://shop.localhost:$PORT/
  - click: "#file"
  - click: "#attribute"
  - click: "#empty"
  - click: button
"##,
            ),
            ("file", "steps:\n  - navigate: http://shop.localhost:$PORT/file\n"),
            ("empty", "steps:\n  - navigate: http://shop.localhost:$PORT/empty\n"),
        ],
    )
    .await;
    ran.done("links");
    assert_eq!(ran.said("links"), ["still here"]);
    for name in ["file", "empty"] {
        assert!(ran.failure(name).contains("is a download or has no content"));
        assert_eq!(ran.of(name).verdict, Verdict::Failed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_told_whether_the_site_answered() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let refused = closed.local_addr().unwrap().port();
    drop(closed);
    let site = Site::serve([
        ("shop.localhost/", page("<a id=never href=/never>Never</a><a id=refused href='http://shop.localhost:1/'>Refused</a>")),
        ("shop.localhost/never", Reply::Never),
        ("shop.localhost/loop", Reply::Full(302, vec![("location", "/loop".into())], String::new())),
        ("shop.localhost/error", Reply::Full(500, vec![("content-type", "text/html".into())], "<p>Sorry</p>".into())),
        ("shop.localhost/blank", Reply::Full(500, vec![], String::new())),
        ("shop.localhost/endless", Reply::Endless("text/html", "<p>Endless</p>".into())),
    ])
    .await;
    let open = |url: String| format!("steps:\n  - navigate: {url}\n");
    let at = |path: &str| open(format!("http://shop.localhost:$PORT/{path}"));
    let ran = hasty(
        &site,
        &[
            ("refused", &open(format!("http://shop.localhost:{refused}/"))),
            ("unknown", &open("http://no-such-host.invalid/".into())),
            ("plain", &open("https://shop.localhost:$PORT/".into())),
            ("never", &at("never")),
            ("loop", &at("loop")),
            ("error", "steps:\n  - navigate: http://shop.localhost:$PORT/error\n  - waitForText: Sorry\n"),
            ("blank", &at("blank")),
            ("endless", &at("endless")),
            ("link", "steps:\n  - navigate: http://shop.localhost:$PORT/\n  - click: '#refused'\n  - waitForText: Welcome\n"),
        ],
    )
    .await;
    for (name, part) in [
        ("refused", "net::ERR_CONNECTION_REFUSED"),
        ("unknown", "net::ERR_NAME_NOT_RESOLVED"),
        ("plain", "net::ERR_SSL_PROTOCOL_ERROR"),
        ("never", "/never did not answer in time"),
        ("link", "could not open http://shop.localhost:1/"),
    ] {
        let breakage = ran.breakage(name);
        assert!(breakage.contains(part), "{name}: {breakage}");
        assert_eq!(ran.of(name).verdict, Verdict::Broken, "{name}");
    }
    for (name, part) in [
        ("loop", "net::ERR_TOO_MANY_REDIRECTS"),
        ("blank", "net::ERR_HTTP_RESPONSE_CODE_FAILURE"),
        ("endless", "/endless did not finish loading in time"),
    ] {
        let failure = ran.failure(name);
        assert!(failure.contains(part), "{name}: {failure}");
        assert_eq!(ran.of(name).verdict, Verdict::Failed, "{name}");
    }
    ran.done("error");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_whose_image_never_comes_can_be_walked_all_the_same() {
    let body = "<img src=/never.png><button id=buy onclick=\"note('bought')\">Buy</button>";
    let site =
        Site::serve([("shop.localhost/", page(body)), ("shop.localhost/never.png", Reply::Never)])
            .await;
    let steps = |arguments: &str| {
        format!(
            "steps:\n  - navigate: {{ url: 'http://shop.localhost:$PORT/', timeout: 2000{arguments} }}\n  - click: '#buy'\n"
        )
    };
    let (all, markup) = (steps(""), steps(", waitUntil: domcontentloaded"));
    let ran = hasty(&site, &[("all", &all), ("markup", &markup)]).await;
    let StepOutcome::Failed { message, details } = &ran.of("all").trace.steps[0].outcome else {
        panic!("{:?}", ran.of("all").trace.steps[0]);
    };
    assert!(message.ends_with("did not finish loading in time"), "{message}");
    assert!(details[0].ends_with("/never.png has no answer"), "{details:?}");
    assert_eq!(ran.done("markup").verdict, Verdict::Passed);
    assert_eq!(ran.said("markup"), ["bought"]);
    let waited_for = &ran.of("markup").trace.steps[0].waited_for;
    assert!(waited_for.iter().any(|line| line.contains("/never.png")), "{waited_for:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_never_rest_do_not_hang_a_run() {
    let site = Site::serve([
        ("shop.localhost/poll", page("<script>(function poll() { fetch('/never').then(poll); })(); setInterval(() => fetch('/pixel?' + Math.random(), { method: 'POST' }), 100)</script><button onclick=\"note('pressed')\">B</button>")),
        ("shop.localhost/never", Reply::Never),
        ("shop.localhost/pixel", Reply::Full(204, vec![], String::new())),
        ("shop.localhost/again", page("<script>setTimeout(() => location.reload(), 30)</script><p>Again</p>")),
        ("shop.localhost/popups", page("<button onclick=\"for (let n = 0; n < 30; n++) window.open('/popup?' + n); note('opened')\">B</button>")),
        ("shop.localhost/popup", page("<p>Popup</p>")),
        ("shop.localhost/huge", page("<script>document.write('<p>x</p>'.repeat(50000))</script><button onclick=\"note('pressed')\">Last one</button>")),
        ("shop.localhost/stream", Reply::Endless("text/event-stream", "data: 1\n\n".into())),
        ("shop.localhost/events", page("<script>new EventSource('/stream').onmessage = () => note('event')</script><button onclick=\"note('pressed')\">B</button>")),
    ])
    .await;
    let press = |path: &str| {
        format!("steps:\n  - navigate: http://shop.localhost:$PORT/{path}\n  - click: button\n")
    };
    let ran = hasty(
        &site,
        &[
            ("poll", &press("poll")),
            ("events", &press("events")),
            (
                "again",
                "steps:\n  - navigate: http://shop.localhost:$PORT/again\n  - waitForText: Again\n",
            ),
        ],
    )
    .await;
    ran.all_done();
    assert_eq!(ran.said("poll"), ["pressed"]);
    assert_eq!(ran.said("events"), ["event", "pressed"]);
    let ran = play(
        &site,
        &[
            ("popups", press("popups").as_str()),
            (
                "huge",
                r##"
steps:
  - navigate: http://shop.localhost:$PORT/huge
  - click: text/Last one
  - click: aria/Last one
  - click: xpath///button
  - waitForElement: { selectors: p, operator: "==", count: 50000 }
"##,
            ),
        ],
    )
    .await;
    ran.all_done();
    assert_eq!(ran.said("popups"), ["opened"]);
    let popups = ran.of("popups").trace.documents.iter();
    assert_eq!(popups.filter(|document| document.url.contains("/popup?")).count(), 30);
    assert_eq!(ran.said("huge"), ["pressed"; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_ceases_is_waited_for_once_and_told() {
    let site = Site::serve([
        ("shop.localhost/", page("<script>for (let loop = 0; loop < 4; loop++) (async () => { for (let n = 0;; n++) await fetch('/pulse?' + n) })()</script><button onclick=\"fetch('/slow').then(() => note('pressed'))\">B</button>")),
        ("shop.localhost/pulse", Reply::Full(204, vec![], String::new())),
        ("shop.localhost/slow", Reply::Late(500, Box::new(Reply::Full(204, vec![], String::new())))),
    ])
    .await;
    let steps = "steps:\n  - navigate: http://shop.localhost:$PORT/\n  - click: button\n";
    let ran = hasty(&site, &[("pulse", steps)]).await;
    ran.all_done();
    let steps = &ran.of("pulse").trace.steps;
    assert!(steps[0].waited_for.join(" ").contains("/pulse"), "{:?}", steps[0].waited_for);
    assert!(steps[1].waited_for.is_empty(), "{:?}", steps[1].waited_for);
    // What the step itself started is waited for all the same.
    assert_eq!(ran.said("pulse"), ["pressed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_without_an_end_is_the_sites_fault() {
    let site = Site::of(&[(
        "shop.localhost/",
        "<button id=loop onclick=\"for (;;);\">Loop</button><button id=b>B</button>",
    )])
    .await;
    let ran = hasty(
        &site,
        &[(
            "loop",
            r##"
steps:
  - navigate: http://shop.localhost:$PORT/
  - click: "#loop"
  - click: "#b"
"##,
        )],
    )
    .await;
    let failure = ran.failure("loop");
    assert!(failure.contains("the page does not respond"), "{failure}");
    assert_eq!(ran.of("loop").verdict, Verdict::Failed);
}

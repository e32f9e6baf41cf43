//! What is kept of a play that did not pass: the page's markup, which must be
//! inert and hold nobody's data, and the console.

use std::time::Duration;

use crate::e2e::support::{Run, Site, play};
use pixelproof::engine::attempts::Attempts;
use pixelproof::model::request::Outcome;

const FORM: &str = r##"<!doctype html><html lang=en><head><title>Apply</title>
    <meta http-equiv=refresh content="60;url=/elsewhere">
    <style id=broken></style><link rel=stylesheet href=/style.css></head><body>
    <form onsubmit="globalThis.pwned = 1">
        <input id=email name=email><input id=word type=password><textarea id=note></textarea>
        <input type=hidden id=id value="a < b"><input type=checkbox checked id=box>
        <select><option>one<option selected>two</select>
        <input name=attributes><input name=childNodes><input name=nodeType><input name=localName></form>
    <img name=documentElement><img name=adoptedStyleSheets><img name=URL>
    <p id=said></p><div id=host></div><a href="javascript:globalThis.pwned = 2">go</a>
    <img src=/pixel.png onerror="globalThis.pwned = 3">
    <iframe src="http://other.localhost:$PORT/frame"></iframe>
    <script>
        console.warn('for jane.doe@shop.test &\u001b[31mred');
        document.querySelector('#broken').textContent = '</style><script>globalThis.pwned = 4<\/script>';
        const shadow = document.querySelector('#host').attachShadow({ mode: 'open' });
        shadow.innerHTML = '<p>within the shadow</p><img src=/other.png onerror="globalThis.pwned = 5">';
        document.querySelector('#email').oninput = ({ target }) => {
            document.querySelector('#said').textContent = 'Hello ' + target.value;
        };
        // </script><script>globalThis.pwned = 6</script>
    </script></body></html>"##;

const SCENARIO: &str = r##"
vars: { code: "R&D<7>" }
secrets: [code]
steps:
  - navigate: http://shop.localhost:$PORT/
  - change: { selectors: "#note", value: "${code} is the code" }
  - change: { selectors: "#word", value: hunter2hunter2 }
  - change: { selectors: "#email", value: jane.doe@shop.test }
  - evaluate: "document.querySelector('#host').title = 'R&D<7>'"
  - click: { selectors: "#never", timeout: 500 }
"##;

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_kept_inert_and_without_what_was_typed() {
    let site = Site::of(&[
        ("shop.localhost/", FORM),
        ("other.localhost/frame", "<p>inside the frame</p><script>globalThis.pwned = 7</script>"),
    ])
    .await;
    let run = Run { attempts: Attempts::Retry(1), ..Run::default() };
    let ran = run.play(&site, &[("stuck", SCENARIO)]).await;
    let kinds: Vec<&str> =
        ran.of("stuck").artifacts.iter().map(|artifact| artifact.kind.as_str()).collect();
    assert_eq!(kinds, ["screenshot", "dom", "console"]);
    let text = |name: &str| {
        let (_, bytes) = ran.kept.iter().find(|(kept, _)| kept == name).unwrap();
        String::from_utf8(bytes.clone()).unwrap()
    };
    let log = text("stuck-console.txt");
    assert!(log.contains("warning  for *** &red\n"), "{log}");
    text("stuck-attempt-2-console.txt");
    let html = text("stuck-attempt-2-step-6.html");
    for typed in ["jane.doe", "hunter2", "R&amp;D", "is the code"] {
        assert!(!html.contains(typed), "{typed}: {html}");
    }
    for kept in ["value=\"a &lt; b\"", "within the shadow", "inside the frame", "Hello ***"] {
        assert!(html.contains(kept), "{kept}: {html}");
    }

    let site = Site::of(&[("kept.localhost/", html.as_str())]).await;
    let scenario = r##"
steps:
  - navigate: http://kept.localhost:$PORT/
  - waitForText: within the shadow
  - evaluate: "document.querySelector('details').open = true"
  - waitForText: inside the frame
  - evaluate: "document.querySelector('form').requestSubmit()"
  - click: text/go
  - evaluate: "if ('pwned' in globalThis) throw new Error('it ran: ' + pwned)"
  - evaluate: "if (!document.querySelector('#box').checked || document.querySelector('select').value !== 'two') throw new Error('the state is lost')"
"##;
    let ran = play(&site, &[("kept", scenario)]).await;
    let trace = &ran.done("kept").trace;
    let went_out: Vec<&str> = trace
        .requests
        .iter()
        .map(|request| request.url.as_str())
        .filter(|url| !url.contains("kept.localhost") && url.starts_with("http"))
        .collect();
    assert!(went_out.is_empty(), "{went_out:?}");
    // Chrome tells no end of loading of the sandboxed frame that is not shown.
    assert_eq!(trace.steps[0].waited_for, Vec::<String>::new());
    let served: Vec<&str> = trace
        .requests
        .iter()
        .filter(|it| it.resource_type == "Document" && it.outcome == Outcome::Delivered)
        .map(|request| request.url.as_str())
        .filter(|url| url.starts_with("http"))
        .collect();
    assert_eq!(served.len(), 1, "{served:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_page_is_kept_in_part() {
    let page = "<p id=top>top</p><script>
        const text = 'x'.repeat(100000);
        for (let i = 0; i < 100; i++) document.body.append(Object.assign(document.createElement('p'), { textContent: text }));
        let deep = document.body;
        for (let i = 0; i < 1000; i++) deep = deep.appendChild(document.createElement('b'));
    </script>";
    let site = Site::of(&[("shop.localhost/", page)]).await;
    let steps = "steps:\n  - navigate: http://shop.localhost:$PORT/\n  - click: { selectors: '#never', timeout: 500 }\n";
    let run = Run { step_timeout: Duration::from_secs(20), ..Run::default() };
    let ran = run.play(&site, &[("endless", steps)]).await;
    let found = ran.kept.iter().find(|(kept, _)| kept == "endless-step-2.html");
    let (_, bytes) = found.unwrap_or_else(|| panic!("{:?}", ran.of("endless").trace.steps));
    assert!(bytes.len() < 2_100_000, "{}", bytes.len());
    let text = String::from_utf8_lossy(bytes);
    assert!(text.contains(">top</p>") && text.contains("the rest is left out"));
}

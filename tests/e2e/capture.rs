//! The record against the truth: what pages send in every way they can, held
//! against what the server received.

use pixelproof::model::request::{Request, TargetKind};
use pixelproof::model::vendor::PixelPolicy;
use serde_json::json;

use crate::e2e::ground::{
    Reply, Site, Stage, assert_done, assert_same_as_arrived, recorded_pixels,
};

#[track_caller]
fn find<'a>(pixels: &[&'a Request], what: &str) -> &'a Request {
    let mut found = pixels.iter().filter(|request| request.url.contains(what));
    let first = found.next().unwrap_or_else(|| panic!("no request for {what} was recorded"));
    assert!(found.next().is_none(), "{what} was recorded twice");
    first
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_a_document_can_send() {
    let script = r"
      const other = location.origin.replace('shop.', 'other.');
      const px = (what) => '/px?' + what;
      new Image().src = px('image') + '#fragment';
      document.head.append(Object.assign(document.createElement('script'), {src: px('script')}));
      document.head.append(Object.assign(document.createElement('link'), {rel: 'stylesheet', href: px('style')}));
      const post = (what, body, more) => fetch(px(what), {method: 'POST', body, ...more});
      const form = new FormData(); form.set('a', 'ä€'); form.set('f', new File([new Uint8Array([0, 255, 13, 10])], 'x.bin'));
      const search = new URLSearchParams({a: 'b c', ü: '&'});
      const bytes = new Uint8Array([0, 1, 255, 254, 195, 40]);
      post('fetch-text', 'plain ä€ \ud83d\ude00');
      post('fetch-lone', 'half \ud83d half');
      post('fetch-bytes', bytes);
      post('fetch-blob', new Blob([bytes, 'more']));
      post('fetch-form', form);
      post('fetch-search', search);
      post('fetch-put', 'x', {method: 'PUT'});
      post('fetch-keepalive', 'kept', {keepalive: true});
      post('fetch-big', 'x'.repeat(5 << 20));
      post('fetch-big-blob', new Blob(['y'.repeat(5 << 20), bytes]));
      fetch(other + px('fetch-cors'), {method: 'POST', body: '{}', headers: {'content-type': 'application/json', 'x-extra': '1'}});
      fetch(other + px('fetch-no-cors'), {method: 'POST', body: 'n', mode: 'no-cors'});
      const xhr = new XMLHttpRequest(); xhr.open('POST', px('xhr')); xhr.send('xhr body');
      const xhr2 = new XMLHttpRequest(); xhr2.open('GET', px('xhr-sync'), false); xhr2.send();
      navigator.sendBeacon(px('beacon-empty'));
      navigator.sendBeacon(px('beacon-text'), 'text');
      navigator.sendBeacon(px('beacon-blob'), new Blob(['{}'], {type: 'text/plain'}));
      navigator.sendBeacon(px('beacon-json'), new Blob(['{}'], {type: 'application/json'}));
      navigator.sendBeacon(px('beacon-form'), form);
      navigator.sendBeacon(px('beacon-search'), search);
      navigator.sendBeacon(px('beacon-bytes'), bytes.buffer);
      navigator.sendBeacon(other + px('beacon-other'), 'other');
      fetch('/hop?to=/hop?to=/px?hopped');
      fetch('/hop?to=' + other + px('hopped-away'));
    ";
    let body = format!(
        "<form id=f method=post action='/px?form' target=hidden><input name=a value='ä b'><input name=c value=1></form>\
         <form id=m method=post enctype=multipart/form-data action='/px?multi' target=hidden2><input name=a value='ä b'></form>\
         <iframe name=hidden></iframe><iframe name=hidden2></iframe>\
         <a id=a ping='/px?ping' href='#x'>a</a><video poster='/px?poster'></video>\
         <div style='background:url(/px?background)'>x</div><object data='/px?object'></object>\
         <script>{script}; f.submit(); m.submit(); a.click();</script>"
    );
    let site = Site::with_pages(&[("/page", Reply::html(&body))]).await;
    let trace = Stage::of(&site)
        .play(json!([
            {"navigate": site.url("shop", "/page")},
            {"evaluate": "await fetch('/await?path=/px&n=33')"},
        ]))
        .await;
    assert_done(&trace);
    assert_same_as_arrived(&trace, &site);
    let pixels = recorded_pixels(&trace);
    for request in &pixels {
        assert_eq!(request.target.kind, TargetKind::Page, "{}", request.url);
        assert_eq!(request.step, Some(0), "{}", request.url);
        assert!(request.body.as_ref().is_none_or(|body| body.exact), "{}", request.url);
    }
    assert_eq!(find(&pixels, "?image").fragment.as_deref(), Some("fragment"));
    let last = find(&pixels, "?hopped-away");
    let hop = &trace.requests[last.redirected_from.unwrap().0 as usize];
    assert_eq!(hop.response.as_ref().unwrap().status, 302);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_sent_on_leaving() {
    let script = r"
      for (const [what, target, name] of [
        ['pagehide', window, 'pagehide'], ['hidden', document, 'visibilitychange'], ['unload', window, 'unload'],
      ]) target.addEventListener(name, () => {
        navigator.sendBeacon('/px?beacon-' + what + who, 'on ' + what);
        fetch('/px?keepalive-' + what + who, {method: 'POST', body: new Uint8Array([255, 0]), keepalive: true});
      });
    ";
    let site = Site::with_pages(&[
        (
            "/page",
            Reply::html(&format!(
                "<iframe src=/frame></iframe><script>const who = '-page'; {script}</script>"
            )),
        ),
        ("/frame", Reply::html(&format!("<script>const who = '-frame'; {script}</script>"))),
        ("/next", Reply::html("next")),
    ])
    .await;
    let trace = Stage::of(&site)
        .play(json!([
            {"navigate": site.url("shop", "/page")},
            {"navigate": site.url("shop", "/next")},
            {"navigate": site.url("shop", "/page?2")},
            {"navigate": site.url("other", "/next")},
            {"navigate": site.url("shop", "/page?3")},
        ]))
        .await;
    assert_done(&trace);
    assert_same_as_arrived(&trace, &site);
    assert!(site.pixels().len() >= 18, "{}", site.pixels().len());
    for request in recorded_pixels(&trace) {
        let own = if request.url.contains("-frame") { "/frame" } else { "/page" };
        let document = &trace.documents[request.document.unwrap()];
        assert!(document.url.contains(own), "{} was sent by {}", request.url, document.url);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_who_can_send() {
    let send = |who: &str| format!("fetch('/px?{who}', {{method: 'POST', body: '{who}'}})");
    let script = |who: &str| Reply::js(&send(who));
    let page =
        |who: &str, more: &str| Reply::html(&format!("<script>{}</script>{more}", send(who)));
    let everything = r#"
      <iframe src='/frame'></iframe><iframe id=other></iframe>
      <iframe sandbox='allow-scripts' src='/sandboxed'></iframe>
      <iframe srcdoc="<script>fetch('/px?srcdoc', {method: 'POST', body: 'srcdoc'})</script>"></iframe>
      <iframe id=blank></iframe>
      <script>
        other.src = location.href.replace('shop.', 'other.').replace('/page', '/oopif');
        blank.contentWindow.eval("new Image().src = '/px?blank'; navigator.sendBeacon('/px?blank-beacon', 'b')");
        const gone = document.createElement('iframe'); document.body.append(gone);
        gone.contentWindow.navigator.sendBeacon('/px?gone', 'gone'); gone.remove();
        new Worker('/worker.js');
        new SharedWorker('/shared.js');
        navigator.serviceWorker.register('/service.js');
        open('/popup');
        open('/brief');
      </script>"#;
    let site = Site::with_pages(&[
        ("/page", page("page", everything)),
        ("/frame", page("frame", "<iframe src=/nested></iframe>")),
        ("/nested", page("nested", "")),
        ("/sandboxed", page("sandboxed", "")),
        ("/oopif", page("oopif", "<iframe src=/deep></iframe>")),
        ("/deep", page("deep", "")),
        ("/popup", page("popup", "")),
        (
            "/brief",
            Reply::html("<script>navigator.sendBeacon('/px?brief-beacon', 'b'); close()</script>"),
        ),
        ("/worker.js", Reply::js(&format!("{}; new Worker('/inner.js')", send("worker")))),
        ("/inner.js", script("inner")),
        ("/shared.js", script("shared")),
        ("/service.js", script("service")),
    ])
    .await;
    let trace = Stage::of(&site)
        .play(json!([
            {"navigate": site.url("shop", "/page")},
            {"evaluate": "await fetch('/await?path=/px&n=15')"},
        ]))
        .await;
    assert_done(&trace);
    assert_same_as_arrived(&trace, &site);
    let pixels = recorded_pixels(&trace);
    for (what, kind, document) in [
        ("?page", TargetKind::Page, "/page"),
        ("?frame", TargetKind::Page, "/frame"),
        ("?nested", TargetKind::Page, "/nested"),
        ("?srcdoc", TargetKind::Page, "about:srcdoc"),
        ("?blank", TargetKind::Page, "about:blank"),
        ("?oopif", TargetKind::Iframe, "/oopif"),
        ("?deep", TargetKind::Iframe, "/deep"),
        ("?popup", TargetKind::Page, "/popup"),
        ("?worker", TargetKind::Worker, ""),
        ("?inner", TargetKind::Worker, ""),
        ("?shared", TargetKind::SharedWorker, ""),
        ("?service", TargetKind::ServiceWorker, ""),
    ] {
        let request = pixels.iter().find(|it| it.url.ends_with(what)).unwrap();
        assert_eq!(request.target.kind, kind, "{what}");
        assert_eq!(request.step, Some(0), "{what}");
        if !document.is_empty() {
            let url = &trace.documents[request.document.unwrap()].url;
            assert!(url.ends_with(document), "{what} was sent by {url}");
            assert_eq!(&request.frame.as_ref().unwrap().url, url, "{what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stubbed_or_blocked_reaches_nobody() {
    let body = r"<script>
      async function send(origin) {
        const told = {};
        const post = (what, more) => fetch(origin + '/px?' + what, {method: 'POST', ...more})
          .then(answer => answer.type === 'opaque' ? 'opaque' : answer.status, () => 'error');
        told.json = await post('json', {body: '{}', headers: {'content-type': 'application/json', 'x-extra': '1'}, credentials: 'include'});
        told.plain = await post('plain', {body: 'text'});
        told.opaque = await post('opaque', {body: 'o', mode: 'no-cors'});
        told.image = await new Promise(done => Object.assign(new Image(), {onload: () => done('load'), onerror: () => done('error'), src: origin + '/px?image'}));
        told.beacon = navigator.sendBeacon(origin + '/px?beacon', 'b');
        await fetch('/report', {method: 'POST', body: JSON.stringify(told)});
      }
    </script>";
    for (pixels, answer, image, outcome) in [
        (PixelPolicy::Stub, json!(204), "load", "stubbed"),
        (PixelPolicy::Block, json!("error"), "error", "blocked:client"),
    ] {
        let site = Site::with_pages(&[("/page", Reply::html(body))]).await;
        let trace = Stage { pixels, ..Stage::of(&site) }
            .play(json!([
                {"navigate": site.url("shop", "/page")},
                {"evaluate": format!("await send('{}')", site.url("other", ""))},
                {"evaluate": "location.href = '/page?2'"},
            ]))
            .await;
        assert_done(&trace);
        assert_eq!(site.pixels(), [], "nothing goes out");
        assert!(
            site.seen().iter().all(|seen| !seen.path().starts_with("/px")),
            "no preflight either"
        );
        let report = site.seen().into_iter().find(|seen| seen.path() == "/report").unwrap();
        let told: serde_json::Value = serde_json::from_slice(&report.body).unwrap();
        let pixels = recorded_pixels(&trace);
        assert_eq!(told["json"].is_number(), answer.is_number(), "{told}");
        assert_eq!(told["image"], image);
        for what in ["?json", "?plain", "?opaque", "?image", "?beacon"] {
            assert_eq!(find(&pixels, what).outcome.as_text(), outcome, "{what}");
        }
        let hits = trace.hits.len();
        assert_eq!(hits, 5, "preflights are no hits: {:#?}", trace.hits);
    }
}

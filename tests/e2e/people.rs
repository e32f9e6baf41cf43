//! What people type: found where it leaks, and nowhere in what is reported.

use pixelproof::model::finding::Severity;
use pixelproof::model::trace::StorageKind;
use pixelproof::report::{Detail, REPORTERS, ReportOptions};
use pixelproof::wire::compress::unpack;

use crate::e2e::support::{Reply, Run, Site, page};

const MAIL: &str = "Jane.Roe@customer.example";
const PHONE: &str = "+44 7700 900123";

/// Sends what was typed to Meta, keeps it in every kind of storage, and hands
/// it to a frame of another site that keeps it as well.
const FORM: &str = r#"<label>Work e-mail <input id=mail></label><input name=phone type=tel>
    <input id=city autocomplete="shipping address-level2">
    <iframe id=other src="http://tags.localhost:$PORT/"></iframe>
    <button id=send>Send</button><script>
    const of = (query) => document.querySelector(query).value;
    document.querySelector('#send').onclick = () => {
      const mail = of('#mail');
      localStorage.draft = mail;
      sessionStorage.setItem('draft', mail);
      document.cookie = 'draft=' + encodeURIComponent(mail);
      const query = new URLSearchParams({ id: '1234567890123', ev: 'Lead', dl: 'http://shop.localhost/?m=' + mail,
        'cd[tel]': of('[name=phone]'), 'cd[city]': of('#city') });
      new Image().src = 'https://www.facebook.com/tr/?' + query;
      document.querySelector('#other').contentWindow.postMessage(mail, '*');
    };
    addEventListener('message', () => document.body.append('kept'));
    console.log(JSON.stringify(Object.getOwnPropertyDescriptor(Document.prototype, 'cookie').set.toString()));
    </script>"#;

const KEEPER: &str = "<script>onmessage = (event) => { localStorage.who = btoa(event.data); parent.postMessage('kept', '*'); }</script>";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_is_followed_and_never_shown() {
    let with_cookie = Reply::Full(
        200,
        vec![
            ("content-type", "text/html".to_owned()),
            ("set-cookie", "sid=abc; Path=/".to_owned()),
        ],
        format!("<!doctype html><meta charset=utf-8>{FORM}"),
    );
    let site =
        Site::serve([("shop.localhost/", with_cookie), ("tags.localhost/", page(KEEPER))]).await;
    let steps = format!(
        r##"
steps:
  - setCookies: [{{ name: ours, value: x, url: "http://shop.localhost:$PORT/" }}]
  - navigate: http://shop.localhost:$PORT/
  - change: {{ selectors: "#mail", value: "{MAIL}" }}
  - change: {{ selectors: "[name=phone]", value: "{PHONE}" }}
  - change: {{ selectors: "#city", value: "Cork" }}
  - click: {{ selectors: "#send" }}
  - waitForText: kept
"##
    );
    let ran = Run::default().play(&site, &[("typed", &steps)]).await;
    let scenario = ran.done("typed");
    let trace = &scenario.trace;
    let fields: Vec<(&str, &str, &str)> = trace
        .typed
        .iter()
        .map(|it| (&*it.field.kind, &*it.field.label, &*it.field.autocomplete))
        .collect();
    assert_eq!(
        fields,
        [("text", "Work e-mail", ""), ("tel", "", ""), ("text", "", "shipping address-level2")]
    );
    assert_eq!(trace.typed[1].value, PHONE);
    assert!(trace.typed[0].frame_url.starts_with("http://shop.localhost"));
    let mut writes: Vec<(StorageKind, &str, &str, Option<usize>, bool)> = trace
        .writes
        .iter()
        .map(|it| (it.kind, &*it.name, &*it.domain, it.step, it.request.is_some()))
        .collect();
    writes.sort_by_key(|it| {
        (it.3, it.1, it.2, it.0 == StorageKind::Session, it.0 == StorageKind::Local)
    });
    assert_eq!(
        writes,
        [
            (StorageKind::Cookie, "sid", "shop.localhost", Some(1), true),
            (StorageKind::Cookie, "draft", "shop.localhost", Some(5), false),
            (StorageKind::Local, "draft", "shop.localhost", Some(5), false),
            (StorageKind::Session, "draft", "shop.localhost", Some(5), false),
            (StorageKind::Local, "who", "tags.localhost", Some(5), false),
        ]
    );
    let found: Vec<String> = scenario
        .findings
        .iter()
        .filter(|it| it.code.starts_with("pii"))
        .map(|it| format!("{:?} {}: {}", it.severity, it.code, it.message))
        .collect();
    assert_eq!(
        found,
        [
            "Error pii-page-url: the e-mail address typed into `#mail` goes to meta in plain text, in dl of meta Lead",
            "Error pii-plain: the phone number typed into `[name=phone]` goes to meta in plain text, in cd[tel] of meta Lead",
            "Info pii-plain: the city typed into `#city` goes to meta in plain text, in cd[city] of Lead",
            "Warning pii-plain: the e-mail address typed into `#mail` stands in the storage item `who` of tags.localhost",
        ]
    );
    assert!(scenario.findings.iter().any(|it| it.severity == Severity::Error));
    let options = ReportOptions { detail: Detail::Verbose, ..ReportOptions::default() };
    for reporter in REPORTERS {
        let bytes = reporter.bytes(&ran.report, &options);
        // A blob is packed.
        let text = String::from_utf8(unpack(&bytes, None).unwrap().into_owned()).unwrap();
        let text = text.to_lowercase();
        for hidden in ["jane", "customer.example", "7700 900123", "7700+900123", "7700%20900123"] {
            assert!(!text.contains(hidden), "{} shows {hidden}", reporter.name);
        }
    }
}

//! Typing, choosing, ticking and uploading, as pages see it.

use crate::e2e::support::{Reply, Run, Site, page, play};

const WATCHED: &str = r#"<script>
  const seen = {};
  const watch = (id) => {
    const element = document.getElementById(id);
    seen[id] = [];
    for (const type of ['focus', 'keydown', 'beforeinput', 'input', 'change', 'blur', 'keyup'])
      element.addEventListener(type, (event) => seen[id].push(event.key ? `${type}:${event.key}` : type));
    return element;
  };
  const tell = (id) => note(id, JSON.stringify(document.getElementById(id).value), seen[id]);
</script>"#;

#[tokio::test(flavor = "multi_thread")]
async fn typing_is_real() {
    let form = format!(
        r#"{WATCHED}
        <form onsubmit="note('submitted'); return false">
        <input id=name value="old"><input id=short maxlength=3><input id=masked>
        <input id=mail type=email><input id=digits type=number step=any><textarea id=area></textarea>
        <div id=rich contenteditable>old <b>bold</b></div><input id=long>
        <label id=label>Label <input id=labelled></label><button>Send</button></form>
        <script>
          ['name', 'labelled'].forEach(watch);
          const masked = document.getElementById('masked');
          masked.addEventListener('keydown', (event) => {{
            if (event.key.length > 1) return;
            event.preventDefault();
            if (/\d/.test(event.key)) masked.value += (masked.value.length === 2 ? '/' : '') + event.key;
          }});
        </script>"#
    );
    let site = Site::of(&[("shop.localhost/", &form)]).await;
    let long = "0123456789".repeat(50);
    let longer = "abc é ".repeat(1000);
    let steps = format!(
        r##"
steps:
  - navigate: http://shop.localhost:$PORT/
  - change: {{ selectors: "#name", value: "Hi" }}
  - evaluate: tell('name')
  - change: {{ selectors: "#name", value: "Zoë 👩‍👩‍👧 ŻÓŁĆ 東京" }}
  - waitForExpression: document.getElementById('name').value === 'Zoë 👩‍👩‍👧 ŻÓŁĆ 東京'
  - change: {{ selectors: "#name", value: "one\nline\n" }}
  - waitForExpression: document.getElementById('name').value === 'oneline'
  - change: {{ selectors: "#name", value: "" }}
  - waitForExpression: document.getElementById('name').value === ''
  - change: {{ selectors: "#short", value: "abcdef" }}
  - waitForExpression: document.getElementById('short').value === 'abc'
  - change: {{ selectors: "#masked", value: "1x230" }}
  - waitForExpression: document.getElementById('masked').value === '12/30'
  - change: {{ selectors: "#mail", value: "ann+x@example.com" }}
  - waitForExpression: document.getElementById('mail').value === 'ann+x@example.com'
  - change: {{ selectors: "#digits", value: "-12.50" }}
  - waitForExpression: document.getElementById('digits').value === '-12.50'
  - change: {{ selectors: "#area", value: "one\ntwo\n\nthree" }}
  - waitForExpression: document.getElementById('area').value === 'one\ntwo\n\nthree'
  - change: {{ selectors: "#rich", value: "new text" }}
  - waitForExpression: document.getElementById('rich').innerText.trim() === 'new text'
  - change: {{ selectors: "#long", value: "{long}" }}
  - waitForExpression: document.getElementById('long').value === '{long}'
  - change: {{ selectors: "#area", value: "{longer}" }}
  - waitForExpression: document.getElementById('area').value === '{longer}'
  - change: {{ selectors: "#label", value: "by label" }}
  - waitForExpression: document.getElementById('labelled').value === 'by label'
  - waitForExpression: seen.labelled.includes('change')
  - press: Enter
  - waitForText: Send
"##
    );
    let ran = play(&site, &[("typing", &steps)]).await;
    ran.done("typing");
    assert_eq!(
        ran.said("typing"),
        [
            "name \"Hi\" focus,keydown:H,beforeinput,input,keyup:H,keydown:i,beforeinput,input,keyup:i,change,blur,focus",
            "submitted"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_that_are_not_typed_into() {
    let form = format!(
        r#"{WATCHED}
        <input id=tick type=checkbox><input id=one type=radio name=r value=1><input id=two type=radio name=r value=2>
        <label><input id=ticked type=checkbox checked> Newsletter</label>
        <input id=day type=date><input id=clock type=time><input id=colour type=color><input id=slide type=range min=0 max=10>
        <select id=single><option value="">-<option value=r>Red<option value=b>Dark blue<option disabled value=x>Gone</select>
        <select id=many multiple><option selected>a<option>b<option>c</select>
        <script>['single', 'many', 'day'].forEach(watch); const id = (name) => document.getElementById(name);</script>"#
    );
    let site = Site::of(&[("shop.localhost/", &form)]).await;
    let ran = play(
        &site,
        &[
            (
                "fields",
                r##"
steps:
  - navigate: http://shop.localhost:$PORT/
  - change: { selectors: "#tick", value: true }
  - change: { selectors: "#tick", value: true }
  - change: { selectors: "#ticked", value: false }
  - change: { selectors: "#two", value: true }
  - waitForExpression: id('tick').checked && !id('ticked').checked && id('two').checked
  - change: { selectors: "#day", value: "2026-02-28" }
  - change: { selectors: "#clock", value: "23:59" }
  - change: { selectors: "#colour", value: "#ff8800" }
  - change: { selectors: "#slide", value: 7 }
  - waitForExpression: id('day').value + id('clock').value + id('colour').value + id('slide').value === '2026-02-2823:59#ff88007'
  - change: { selectors: "#single", value: b }
  - evaluate: tell('single')
  - select: { selectors: "#single", options: Red }
  - waitForExpression: id('single').value === 'r'
  - select: { selectors: "#many", options: [b, c] }
  - evaluate: note([...id('many').selectedOptions].map((option) => option.text), seen.many.filter((type) => type === 'change').length)
"##,
            ),
            (
                "no-option",
                r##"
steps:
  - navigate: http://shop.localhost:$PORT/
  - select: { selectors: "#single", options: Green }
"##,
            ),
            (
                "no-date",
                r##"
steps:
  - navigate: http://shop.localhost:$PORT/
  - change: { selectors: "#day", value: "28.02.2026" }
"##,
            ),
            (
                "no-field",
                r##"
steps:
  - navigate: http://shop.localhost:$PORT/
  - change: { selectors: "script", value: "x", timeout: 2000 }
"##,
            ),
        ],
    )
    .await;
    ran.done("fields");
    assert_eq!(ran.said("fields"), ["single \"b\" focus,input,change", "b,c 1"]);
    let failure = ran.failure("no-option");
    assert!(failure.contains("no option Green"), "{failure}");
    assert!(failure.contains("there is Dark blue (b)"), "{failure}");
    assert!(ran.failure("no-date").contains("it takes YYYY-MM-DD"));
    assert!(ran.failure("no-field").contains("not visible"), "{}", ran.failure("no-field"));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_uploaded_also_to_hidden_fields() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("left sock.txt");
    std::fs::write(&file, "wool").unwrap();
    let site = Site::serve([
        (
            "shop.localhost/",
            page(
                r#"<form action=/send method=post enctype=multipart/form-data>
                <label id=label>Choose<input id=file type=file name=photo hidden onchange="note('chosen', this.files[0].name)"></label>
                <button>Send</button></form><p id=no>Not a field</p>"#,
            ),
        ),
        ("shop.localhost/send", page("<p>Received</p>")),
    ])
    .await;
    let path = file.display().to_string();
    let steps = |selector: &str| {
        format!(
            r##"
steps:
  - navigate: http://shop.localhost:$PORT/
  - upload: {{ selectors: "{selector}", files: '{path}' }}
  - click: text/Send
  - waitForText: Received
"##
        )
    };
    let ran = Run::default()
        .play(
            &site,
            &[
                ("field", &steps("#file")),
                ("label", &steps("#label")),
                ("other", &steps("#no")),
                (
                    "missing",
                    "steps:\n  - navigate: http://shop.localhost:$PORT/\n  - upload: { selectors: '#file', files: no-such-file.txt }\n",
                ),
            ],
        )
        .await;
    for name in ["field", "label"] {
        ran.done(name);
        assert_eq!(ran.said(name), ["chosen left sock.txt"]);
    }
    let sent: Vec<_> =
        site.received().into_iter().filter(|request| request.method == "POST").collect();
    assert_eq!(sent.len(), 2);
    assert!(sent.iter().all(|request| request.text().contains("wool")));
    assert!(ran.failure("other").contains("takes no files"), "{}", ran.failure("other"));
    assert!(ran.breakage("missing").contains("there is no file no-such-file.txt"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_may_lead_to_another_page() {
    let site = Site::serve([
        (
            "shop.localhost/",
            page("<input id=code oninput=\"if (this.value.length === 4) location = '/next'\">"),
        ),
        ("shop.localhost/next", Reply::Late(300, Box::new(page("<p>Welcome</p>")))),
    ])
    .await;
    let ran = play(
        &site,
        &[(
            "code",
            r##"
steps:
  - navigate: http://shop.localhost:$PORT/
  - change: { selectors: "#code", value: "1234" }
  - waitForText: Welcome
"##,
        )],
    )
    .await;
    ran.done("code");
}

//! The HTML report in a real Chrome: it is opened and used as a person would,
//! after a run against a page that tries to break out of it.

use std::path::Path;

use pixelproof::engine::attempts::Attempts;
use pixelproof::model::finding::{
    DifferenceKind, Finding, HitDifference, ParamDifference, Severity,
};
use pixelproof::model::run::{Artifact, RunReport, ScenarioReport, Screenshots, Verdict};
use pixelproof::report::{ReportOptions, find};
use serde_json::{Value, json};

use crate::e2e::support::{Ran, Reply, Run, Site, page};

const HOSTILE: &str =
    "</script><script>globalThis.broken=1</script><img src=x onerror=globalThis.broken=1>";

/// A run of one scenario whose every text is hostile, with findings.
async fn hostile_run() -> RunReport {
    let page = r#"<title>shop</title><button id=buy>Buy</button><script>
        const hostile = '<' + '/script><script>globalThis.broken=1<' + '/script><img src=x onerror=globalThis.broken=1>';
        console.log(hostile, 'https://evil.test/"onload="x');
        window.fbq = (...what) => { new Image().src = 'https://www.facebook.com/tr/?id=1&ev=' + encodeURIComponent(what[1]) + '&dl=' + encodeURIComponent(hostile); };
        fbq('track', hostile);
        document.querySelector('#buy').onclick = () => { fbq('track', 'Lead', {hostile}); setTimeout(() => { throw new Error(hostile); }); };
    </script>"#;
    let site = Site::of(&[("shop.localhost/", page)]).await;
    let steps = json!([
        {"navigate": {"url": format!("http://shop.localhost:{}/", site.port()), "label": HOSTILE}},
        {"click": "#buy"},
    ]);
    let ran = Run::default().play(&site, &[("hostile", &format!("steps: {steps}"))]).await;
    let mut run = ran.report;
    run.pictures.insert("shot.png".to_owned(), PNG.to_vec());
    let scenario = &mut run.scenarios[0];
    scenario.artifacts.push(Artifact {
        kind: "screenshot".to_owned(),
        path: "shot.png".to_owned(),
        step: Some(1),
    });
    scenario.verdict = Verdict::Failed;
    scenario.findings.push(Finding {
        code: "snapshot-changed-hit".to_owned(),
        severity: Severity::Error,
        message: format!("meta Lead differs: `{HOSTILE}`"),
        details: vec![HOSTILE.to_owned()],
        help: Some("look at the page".to_owned()),
        step: Some(1),
        hits: vec![0],
        place: None,
        difference: Some(HitDifference {
            kind: DifferenceKind::Changed,
            vendor: "meta".to_owned(),
            account: "1".to_owned(),
            event: HOSTILE.to_owned(),
            params: vec![
                ParamDifference {
                    name: "value".to_owned(),
                    expected: Some(json!("49.99")),
                    found: Some(json!("49,99")),
                },
                ParamDifference {
                    name: HOSTILE.to_owned(),
                    expected: None,
                    found: Some(json!(HOSTILE)),
                },
            ],
        }),
        vendor: None,
        suppressed: None,
    });
    run
}

/// One pixel.
const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0, 0,
    1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, 0x49, 0x44, 0x41, 0x54,
    0x78, 0x9c, 0x63, 0x64, 0xf8, 0xcf, 0x50, 0x0f, 0, 3, 0x86, 1, 0x80, 0x5a, 0x34, 0x7d, 0x6b, 0,
    0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

fn html(run: &RunReport) -> String {
    let bytes = find("html").unwrap().bytes(run, &ReportOptions::default());
    String::from_utf8(bytes).unwrap()
}

/// Opens the report at that fragment and runs the scripts one after the other.
/// It must have loaded nothing but itself, and nothing may have gone wrong.
async fn open(page: &str, fragment: &str, scripts: &[&str]) -> Ran {
    let html = ("content-type", "text/html; charset=utf-8".to_owned());
    let reply = Reply::Full(200, vec![html], page.to_owned());
    let site = Site::serve([("report.localhost/run.html", reply)]).await;
    let mut steps = vec![
        json!({"navigate": format!("http://report.localhost:{}/run.html{fragment}", site.port())}),
        json!({"waitForExpression": "document.documentElement.dataset.ready"}),
    ];
    // No variables of the scenario.
    steps.extend(scripts.iter().map(|script| json!({"evaluate": script.replace("${", "$${")})));
    let steps = Value::Array(steps);
    let ran = Run::default().play(&site, &[("report", &format!("steps: {steps}"))]).await;
    let scenario: &ScenarioReport = ran.done("report");
    let trace = &scenario.trace;
    assert!(trace.page_errors.is_empty(), "{:#?}", trace.page_errors);
    assert!(trace.csp_reports.is_empty(), "{:#?}", trace.csp_reports);
    assert!(trace.console.is_empty(), "{:#?}", trace.console);
    for request in &trace.requests {
        let url = &request.url;
        assert!(url.ends_with("/run.html") || url.starts_with("data:"), "{url}");
    }
    ran
}

const HELPERS: &str = "
    globalThis.must = (holds, what) => { if (!holds) throw new Error(what); };
    globalThis.all = (selector) => [...document.querySelectorAll(selector)];
    globalThis.turn = async (act) => {
        const turned = new Promise((done) => addEventListener('hashchange', () => setTimeout(done, 100), { once: true }));
        act();
        await turned;
    };
    globalThis.key = (key, target = document.body) => target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
";

#[tokio::test(flavor = "multi_thread")]
async fn hostile_pages_stay_text_in_the_report() {
    let page = html(&hostile_run().await);
    open(
        &page,
        "",
        &[
            HELPERS,
            "must(document.querySelector('h1').textContent === '1 failed of 1 scenario', document.querySelector('h1').textContent)",
            "must(all('.rows a').length === 1 && all('.why')[0].textContent.includes('<img src=x'), 'the reason is shown as text')",
            "const search = document.querySelector('#search'); search.value = 'no such thing'; search.dispatchEvent(new Event('input')); must(all('.empty').length === 1, 'nothing is found'); search.value = 'LEAD'; search.dispatchEvent(new Event('input')); must(all('.rows a').length === 1, 'events are searched')",
            "await turn(() => all('.rows a')[0].click())",
            "must(document.querySelector('h1').textContent.startsWith('hostile'), 'the scenario is open')",
            "for (const fold of all('details')) fold.open = true; await new Promise((done) => setTimeout(done, 300)); for (const fold of all('details')) fold.open = true",
            "must(all('.params').length > 2 && all('.raw').some((it) => it.textContent.includes('facebook.com/tr/?id=1&ev=')), 'parameters and the raw request are there')",
            "must(all('.log li').some((it) => it.textContent.includes('onerror=')), 'the console is there')",
            "all('[role=tab]')[0].focus(); key('ArrowRight', document.activeElement); must(document.activeElement.id === 'tab-1' && all('#step-panel img')[0].naturalWidth === 1, 'the second step shows its picture')",
            "await turn(() => key('Escape')); must(all('.rows').length === 1, 'all scenarios')",
            "must(globalThis.broken === undefined && all('main script, main img[onerror], main a:not([href^=\"#\"])').length === 0, 'nothing broke out')",
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_a_finding_leads_to_it() {
    let page = html(&hostile_run().await);
    open(
        &page,
        "#hostile/snapshot-changed-hit-1",
        &[
            HELPERS,
            "must(document.activeElement.id === 'snapshot-changed-hit-1', 'the finding has the focus')",
            "must(all('.diff td').map((it) => it.textContent).join('|').startsWith('49.99|49,99|not there|'), 'both sides are shown')",
            "must(all('.diff mark')[0].textContent === '.', 'what differs is marked')",
            "await turn(() => { location.hash = '#hostile/step-1'; }); must(document.querySelector('[role=tab][aria-selected=true]').id === 'tab-0', 'the step is chosen')",
            "await turn(() => { location.hash = '#%E0%A4%A'; }); must(all('.rows').length === 1, 'a broken link leads to the start')",
        ],
    )
    .await;
}

/// As many as a large shop has: the report must open with them all.
#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_scenarios_of_fifty_steps_open() {
    let mut run = hostile_run().await;
    let mut template = run.scenarios.remove(0);
    let (step, hits) = (template.trace.steps[1].clone(), template.trace.hits.clone());
    template.trace.steps = vec![step; 50];
    template.trace.hits = (0..50)
        .flat_map(|step| hits.iter().cloned().map(move |hit| (step, hit)))
        .map(|(step, mut hit)| {
            hit.step = Some(step);
            hit
        })
        .collect();
    let requests = template.trace.requests.clone();
    template.trace.requests = (0..50).flat_map(|_| requests.iter().cloned()).collect();
    for (index, request) in template.trace.requests.iter_mut().enumerate() {
        request.id.0 = index as u32;
        request.url.push_str(&format!("&number={index}"));
    }
    run.scenarios = (0..200)
        .map(|number| {
            let mut scenario = template.clone();
            scenario.slug = format!("scenario-{number}");
            scenario.name.clone_from(&scenario.slug);
            scenario
        })
        .collect();
    let page = html(&run);
    assert!(page.len() < 10 * 1024 * 1024, "{}", page.len());
    // To be opened by hand and measured; see BENCHMARKS.md.
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("report.html"), &page).unwrap();
    open(
        &page,
        "",
        &[
            HELPERS,
            "must(all('.rows a').length === 200, 'all are listed')",
            "await turn(() => { location.hash = '#scenario-199'; }); must(all('[role=tab]').length === 50, 'all steps are there')",
        ],
    )
    .await;
}

/// Pictures of two secrets are the same, pictures of two other texts are not,
/// and a page that watches itself sees nothing happen.
#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_covered_in_screenshots() {
    let page = r#"<style>* { caret-color: transparent; font: 16px monospace }</style>
        <input id=field><p id=said></p><div id=host></div>
        <script>
            const shadow = document.querySelector('#host').attachShadow({ mode: 'open' });
            shadow.innerHTML = '<p></p><input>';
            const watch = new MutationObserver(() => globalThis.changes++);
            document.querySelector('#field').oninput = ({ target }) => {
                document.querySelector('#said').textContent = 'Hello ' + target.value;
                shadow.querySelector('input').value = target.value;
                globalThis.changes = 0;
                watch.disconnect();
                watch.observe(document, { attributes: true, childList: true, subtree: true });
            };
        </script>"#;
    let site = Site::of(&[("shop.localhost/", page)]).await;
    let scenario = |value: &str, secrets: &str| {
        let field = json!({"change": {"selectors": "#field", "value": "${word}"}});
        let steps = json!([
            {"navigate": format!("http://shop.localhost:{}/", site.port())},
            field,
            {"evaluate": "if (changes !== 0 || document.adoptedStyleSheets.length !== 0) throw new Error('the page was changed')"},
        ]);
        format!("vars: {{word: {value}}}\n{secrets}steps: {steps}")
    };
    let scenarios = [
        ("one", scenario("secret-one", "secrets: [word]\n")),
        ("two", scenario("secret-two", "secrets: [word]\n")),
        ("plain", scenario("secret-one", "")),
        ("other", scenario("secret-two", "")),
    ];
    let scenarios: Vec<(&str, &str)> =
        scenarios.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let run = Run { screenshots: Screenshots::Each, ..Run::default() };
    let ran = run.play(&site, &scenarios).await;
    ran.all_done();
    let picture = |name: &str| {
        let file = format!("{name}-step-2.webp");
        let found = ran.kept.iter().find(|(kept, _)| *kept == file);
        &found.unwrap_or_else(|| panic!("{file} was not kept")).1
    };
    assert_eq!(&picture("one")[8..12], b"WEBP");
    assert!(picture("one") == picture("two"), "a secret can be seen");
    assert!(picture("plain") != picture("other"), "the pictures show no text at all");
    assert_eq!(ran.done("one").artifacts.len(), 3);
}

/// Needs the npm package that `.ci/libraries` fetches.
#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_no_violation() {
    if std::env::var_os("PIXELPROOF_SKIP_LIBRARIES").is_some_and(|skip| skip == "1") {
        return;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target/libraries/node_modules/axe-core/axe.min.js");
    let axe = std::fs::read_to_string(&path)
        .expect("run .ci/libraries, or set PIXELPROOF_SKIP_LIBRARIES=1");
    let look = "const found = (await axe.run(document, { resultTypes: ['violations'] })).violations; must(found.length === 0, found.map((it) => `${it.id}: ${it.nodes.map((node) => node.html + ' ' + node.failureSummary).join('; ')}`).join('\\n'))";
    let page = html(&hostile_run().await);
    open(
        &page,
        "",
        &[
            HELPERS,
            &axe,
            look,
            "document.querySelector('#theme').click(); document.querySelector('#theme').click(); must(document.documentElement.dataset.theme === 'dark', 'dark')",
            look,
            "await turn(() => all('.rows a')[0].click()); for (const fold of all('details')) fold.open = true; await new Promise((done) => setTimeout(done, 300))",
            look,
            "document.querySelector('#theme').click(); document.querySelector('#theme').click(); must(document.documentElement.dataset.theme === 'light', 'light')",
            look,
        ],
    )
    .await;
}

/// A shop that is not ready at the first visit.
#[tokio::test(flavor = "multi_thread")]
async fn what_passed_when_it_was_tried_again_is_flaky_and_shows_both_attempts() {
    let first = page("<p>not yet</p>");
    let later = page("<button id=buy>Buy</button>");
    let site = Site::serve([("shop.localhost/", Reply::Turns(vec![first, later]))]).await;
    let steps = json!([
        {"navigate": format!("http://shop.localhost:{}/", site.port())},
        {"click": {"selectors": "#buy", "timeout": 500}},
    ]);
    let run = Run { attempts: Attempts::Retry(2), ..Run::default() };
    let ran = run.play(&site, &[("shy", &format!("steps: {steps}"))]).await;
    let scenario = ran.done("shy");
    assert!(scenario.is_flaky());
    assert_eq!((scenario.attempts, ran.report.exit_code()), (2, 0));
    assert_eq!(scenario.others[0].verdict, Verdict::Failed);
    assert_eq!(scenario.others[0].artifacts[0].path, "shy-step-2.png");
    let told = scenario.findings.iter().find(|finding| finding.code == "run-flaky").unwrap();
    assert!(told.details[0].starts_with("attempt 1: step 2"), "{:?}", told.details);
    open(
        &html(&ran.report),
        "#shy",
        &[
            HELPERS,
            "must(document.querySelector('h1').textContent.includes('flaky'), 'flaky')",
            "await turn(() => all('nav.chips a')[0].click()); must(all('.finding.error').length === 1 && document.querySelector('h1').textContent.includes('failed'), 'the first attempt')",
            "await turn(() => all('.finding a[href*=step-2]')[0].click()); must(location.hash === '#shy/attempt-1/step-2' && all('#tab-1[aria-selected=true]').length === 1, location.hash)",
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn enough_failures_end_the_run() {
    let site = Site::of(&[("shop.localhost/", "<p>nothing to buy</p>")]).await;
    let text = format!(
        "timeout: 500\nsteps: [{{navigate: 'http://shop.localhost:{}/'}}, {{click: '#buy'}}]",
        site.port()
    );
    let run = Run { max_failures: Some(1), ..Run::default() };
    let ran = run.play(&site, &[("one", &text), ("two", &text)]).await;
    let verdicts: Vec<Verdict> = ran.report.scenarios.iter().map(|it| it.verdict).collect();
    assert_eq!(verdicts, [Verdict::Failed, Verdict::Skipped]);
    assert_eq!(ran.report.exit_code(), 1);
}

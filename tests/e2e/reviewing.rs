//! A snapshot's life through the program: recorded, compared, offered as
//! `.snap.new`, reviewed; never written where it must not be; and secrets in
//! none of all the files and on no stream.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pixelproof::shop::{ShopOptions, Theme, serve};

use crate::e2e::program::{Ended, Workplace, files_below};
use crate::e2e::support::{Site, page};

/// A page with one Meta hit of that value.
async fn site(value: &str) -> Site {
    let html = format!(
        "<script>new Image().src = 'https://www.facebook.com/tr/?id=1234500000000001&ev=Lead&cd[value]={value}&rl=&if=false&v=2.9';</script>"
    );
    Site::serve([("shop.localhost/", page(&html))]).await
}

const SCENARIO: &str = "steps:\n  - navigate: { url: '${base}/', label: open }\n";

async fn run(place: &Workplace, site: &Site, arguments: &[&str]) -> Ended {
    let base = format!("http://shop.localhost:{}", site.port());
    place.run(&[&["run", "--base", base.as_str()], arguments].concat()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_difference_is_offered_and_reviewed() {
    let (before, after) = (site("25").await, site("30").await);
    let place = Workplace::new();
    place.write("scenarios/lead.yaml", SCENARIO);

    run(&place, &before, &[]).await.says(0, &["wrote snapshots/lead.snap"]);
    let first = place.read("snapshots/lead.snap");
    assert!(first.contains("meta Lead"), "{first}");
    run(&place, &before, &[]).await.says(0, &["1 passed"]);
    assert_eq!(place.names("snapshots"), ["lead.snap"]);

    run(&place, &after, &["--ci"]).await.says(1, &["changed from \"25\" to \"30\""]);
    assert_eq!(place.names("snapshots"), ["lead.snap"], "CI writes nothing");

    let ended = run(&place, &after, &[]).await;
    ended.says(1, &["changed from \"25\" to \"30\"", "snapshots/lead.snap.new"]);
    assert_eq!(place.names("snapshots"), ["lead.snap", "lead.snap.new"]);
    assert_eq!(place.read("snapshots/lead.snap"), first);
    place.run(&["review", "--list"]).await.says(0, &["lead", "\"25\"", "\"30\""]);
    place.run(&["review", "--reject"]).await.says(0, &["lead"]);
    assert_eq!(place.names("snapshots"), ["lead.snap"]);
    assert_eq!(place.read("snapshots/lead.snap"), first);

    run(&place, &after, &[]).await.says(1, &["lead.snap.new"]);
    place.run(&["review", "--accept", "lead"]).await.says(0, &["lead"]);
    assert_eq!(place.names("snapshots"), ["lead.snap"]);
    assert_ne!(place.read("snapshots/lead.snap"), first);
    run(&place, &after, &[]).await.says(0, &["1 passed"]);

    // A later run that agrees takes the offer back.
    run(&place, &before, &[]).await.says(1, &["lead.snap.new"]);
    run(&place, &after, &[]).await.says(0, &[]);
    assert_eq!(place.names("snapshots"), ["lead.snap"]);

    place.write("snapshots/gone.snap", place.read("snapshots/lead.snap"));
    run(&place, &after, &[]).await.says(0, &["no scenario belongs to snapshots/gone.snap"]);
    run(&place, &before, &["--update"]).await.says(0, &["wrote snapshots/lead.snap"]);
    assert_eq!(place.names("snapshots"), ["gone.snap", "lead.snap"]);
    place.is_left_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_written_is_told_and_nothing_is_lost() {
    let (before, after) = (site("25").await, site("30").await);
    let place = Workplace::new();
    place.write("scenarios/lead.yaml", SCENARIO);
    run(&place, &before, &["--update"]).await.says(0, &[]);
    let first = place.read("snapshots/lead.snap");
    // A folder stands where the offer would be written.
    place.write("snapshots/lead.snap.new/keep", "mine");
    let ended = run(&place, &after, &[]).await;
    ended.says(3, &["snapshots/lead.snap.new", "changed from \"25\" to \"30\""]);
    assert_eq!(place.read("snapshots/lead.snap"), first);
    assert_eq!(place.read("snapshots/lead.snap.new/keep"), "mine");
    assert_eq!(place.names("snapshots"), ["lead.snap", "lead.snap.new"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_or_undoable_funnel_takes_no_offer_back() {
    let site = site("25").await;
    let place = Workplace::new();
    place.write("scenarios/lead.yaml", SCENARIO);
    run(&place, &site, &[]).await.says(0, &[]);
    let first = place.read("snapshots/lead.snap");
    place.write("snapshots/lead.snap.new", &first);
    place.write("scenarios/lead.yaml", format!("{SCENARIO}  - click: '#gone'\n"));
    run(&place, &site, &["--timeout", "1500"]).await.says(1, &["found no element"]);
    assert_eq!(place.names("snapshots"), ["lead.snap", "lead.snap.new"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_shown_nowhere() {
    const SECRET: &str = "Zäh & geheim+7";
    let shop = serve(ShopOptions { theme: Theme::Good, ..ShopOptions::default() }).await.unwrap();
    let place = Workplace::new();
    let scenario = "\
secrets: [who]
vars: { who: '${env.WHO}' }
steps:
  - navigate: { url: '${base}/products', label: open the products }
  - click: { selectors: ['aria/Accept all', '#consent-accept'], label: accept the tags }
  - evaluate: \"fbq('track', 'Contact', { content_name: '${who}' }); console.log('${who}'); dataLayer.push({ who: '${who}' }); fetch('/search?q=' + encodeURIComponent('${who}'))\"
  - navigate: { url: '${base}/lead?name=${who}', label: open the form }
  - change: { selectors: '#lead-name', value: '${who}' }
  - waitForText: { contains: '${who}', timeout: 2000 }
";
    place.write("scenarios/lead.yaml", scenario);
    let well = scenario.lines().take(8).collect::<Vec<_>>().join("\n");
    place.write("scenarios/well.yaml", well);
    let base = shop.base_url();
    let common = ["run", "--base", &base, "--verbose", "--har", "har", "--report", "json=run.json"];
    for extra in [&["--update"][..], &[]] {
        let mut command = place.command(common.iter().chain(extra));
        command.env("WHO", SECRET);
        let ended = place.end(command).await;
        assert_eq!(ended.code, Some(1), "{ended:#?}");
        let percent = "Z%C3%A4h%20%26%20geheim%2B7";
        let form = "Z%C3%A4h+%26+geheim%2B7";
        let base64 = STANDARD.encode(SECRET);
        let json = "Z\\u00e4h & geheim+7";
        let forms = [SECRET, percent, form, &percent.to_lowercase(), &base64, json, "geheim"];
        let written = files_below(&place.path(""))
            .into_iter()
            .map(|(path, bytes)| (path.display().to_string(), bytes))
            .chain([("out".to_owned(), ended.out.into_bytes())])
            .chain([("err".to_owned(), ended.err.into_bytes())]);
        let mut seen = Vec::new();
        for (name, bytes) in written {
            let text = String::from_utf8_lossy(&bytes);
            for form in forms {
                assert!(!text.contains(form), "{form} in {name}: {text}");
            }
            seen.push(name.rsplit('/').next().unwrap_or_default().to_owned());
        }
        for name in ["run.json", "lead.har", "well.har", "well.snap", "out", "err"] {
            assert!(seen.iter().any(|seen| seen == name), "{name} is not among {seen:?}");
        }
    }
    shop.shutdown().await;
}

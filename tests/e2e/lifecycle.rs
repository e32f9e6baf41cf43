//! However a run ends, no Chrome and no profile folder is left behind, and
//! what was written is whole and says that it is incomplete. The program
//! itself is run, and its processes are looked up by its temporary folder.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use pixelproof::engine::{self, Plan, PlannedScenario};
use pixelproof::model::run::RunReport;
use pixelproof::scenario::{self, Variables};
use tokio::process::Child;
use tokio::sync::{mpsc, watch};

use crate::e2e::program::{Ended, Workplace, finish, signal, until};
use crate::e2e::support::{CHROMES, Site, chrome};

const STUCK: &str = "\
steps:
  - navigate: ${base}/
  - waitForElement: { selectors: '#never' }
";

async fn site() -> Site {
    Site::of(&[("shop.localhost/", "<p>here</p><img src='/seen'>")]).await
}

fn base(site: &Site) -> String {
    format!("http://shop.localhost:{}", site.port())
}

/// Starts a run that waits for something that never comes, and returns when
/// it does.
async fn stuck(place: &Workplace, site: &Site) -> Child {
    place.write("scenarios/stuck.yaml", STUCK);
    let base = base(site);
    let mut command =
        place.command(["run", "--base", &base, "--timeout", "600000", "--report", "json=run.json"]);
    let child = command.spawn().unwrap();
    let seen = || site.received().iter().any(|request| request.url.ends_with("/seen"));
    until("the page is open", seen).await.unwrap();
    assert_eq!(place.browsers().len(), 1);
    child
}

fn is_marked_incomplete(place: &Workplace) {
    let report = place.report("run.json");
    assert_eq!(report["complete"], false);
    assert_eq!(report["exit_code"], 3);
    assert_eq!(report["scenarios"][0]["verdict"], "skipped");
    assert_eq!(report["scenarios"][0]["findings"], serde_json::json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn signals_end_a_run_in_order() {
    let _permit = CHROMES.acquire().await.unwrap();
    for name in ["INT", "TERM", "HUP"] {
        let (place, site) = (Workplace::new(), site().await);
        let child = stuck(&place, &site).await;
        signal(name, child.id().unwrap());
        let ended = finish(child).await;
        ended.says(3, &["stopping; press Ctrl-C again to end at once"]);
        is_marked_incomplete(&place);
        place.is_left_clean().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_signal_ends_at_once() {
    let _permit = CHROMES.acquire().await.unwrap();
    let (place, site) = (Workplace::new(), site().await);
    let child = stuck(&place, &site).await;
    // A Chrome that stands still cannot be ended in order.
    signal("STOP", place.browsers()[0]);
    signal("INT", child.id().unwrap());
    // Two signals at once may be told as one: sent until it has ended.
    let id = child.id().unwrap();
    let finished = tokio::spawn(finish(child));
    until("the program has ended", || {
        if !finished.is_finished() {
            let _ = std::process::Command::new("kill").args(["-INT", &id.to_string()]).status();
        }
        finished.is_finished()
    })
    .await
    .unwrap();
    assert_eq!(finished.await.unwrap().code, Some(3));
    place.is_left_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_the_program_takes_chrome_with_it() {
    let _permit = CHROMES.acquire().await.unwrap();
    let (place, site) = (Workplace::new(), site().await);
    let child = stuck(&place, &site).await;
    signal("KILL", child.id().unwrap());
    let ended = finish(child).await;
    assert_eq!(ended.code, None);
    place.is_left_clean().await;
    // Libraries of the desktop keep a cache of their own there.
    let names: Vec<String> = place.names("").into_iter().filter(|name| name != ".cache").collect();
    assert_eq!(names, [".pixelproof", "run.json", "scenarios", "tmp"], "nothing is half written");
    is_marked_incomplete(&place);
}

/// Every report with the ending of its file, and where it says that it is
/// incomplete.
const REPORTS: [(&str, &str); 12] = [
    ("blob", ""),
    ("github", ""),
    ("gitlab", "]\n"),
    ("har", "}\n"),
    ("html", "</html>\n"),
    ("json", "}\n"),
    ("junit", "</testsuites>\n"),
    ("markdown", "\n"),
    ("openmetrics", "# EOF\n"),
    ("sarif", "}\n"),
    ("tap", "\n"),
    ("terminal", "\n"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_was_killed_leaves_reports_of_what_had_ended() {
    let permit = CHROMES.acquire().await.unwrap();
    let (place, site) = (Workplace::new(), site().await);
    place.write("scenarios/first.yaml", "steps:\n  - navigate: ${base}/\n");
    place.write("scenarios/second.yaml", STUCK);
    let base = base(&site);
    let mut arguments: Vec<String> =
        ["run", "--base", &base, "--timeout", "600000", "--har", "har"].map(str::to_owned).to_vec();
    for (name, _) in REPORTS {
        arguments.extend(["--report".to_owned(), format!("{name}=out/run.{name}")]);
        // Of a former run, which passed.
        place.write(&format!("out/run.{name}"), "all is well");
    }
    let child = place.command(&arguments).spawn().unwrap();
    // The last that is written: by then all are, and the second is stuck.
    until("the first scenario is told", || {
        site.received().iter().filter(|request| request.url.ends_with("/seen")).count() > 1
            && std::fs::read_to_string(place.path("out/run.terminal"))
                .is_ok_and(|text| text.contains("✓ first"))
    })
    .await
    .unwrap();
    signal("KILL", child.id().unwrap());
    assert_eq!(finish(child).await.code, None);
    place.is_left_clean().await;
    drop(permit);

    for (name, ending) in REPORTS.into_iter().filter(|(name, _)| *name != "blob") {
        let text = place.read(&format!("out/run.{name}"));
        assert!(text.ends_with(ending) && !text.contains("all is well"), "{name}: {text}");
        if ending == "}\n" || ending == "]\n" {
            serde_json::from_str::<serde_json::Value>(&text).unwrap();
        }
    }
    let report = place.report("out/run.json");
    assert_eq!((&report["complete"], &report["exit_code"]), (&false.into(), &3.into()));
    let verdicts = [0, 1].map(|index| report["scenarios"][index]["verdict"].clone());
    assert_eq!(verdicts, ["passed", "skipped"]);
    for (name, text) in [
        ("html", "\"complete\":false"),
        ("tap", "Bail out!"),
        ("markdown", "incomplete"),
        ("openmetrics", "pixelproof_run_complete 0"),
        ("terminal", "interrupted: "),
        ("junit", "name=\"first\""),
        ("sarif", "\"executionSuccessful\": false"),
    ] {
        let told = place.read(&format!("out/run.{name}"));
        assert!(told.contains(text), "{name} lacks `{text}`: {told}");
    }
    // The first page and its picture are in it.
    assert!(place.report("out/run.har")["log"]["entries"].as_array().unwrap().len() > 1);
    assert!(place.report("har/first.har")["log"]["entries"].is_array());
    // So is the run itself.
    let ended = place.run(&["report", "show"]).await;
    ended.says(0, &["✓ first", "interrupted: "]);
    let ended = place.run(&["report", "list"]).await;
    ended.says(0, &["incomplete", "1 passed, 1 skipped", ".pixelproof/runs/"]);
    let ended = place.run(&["report", "open"]).await;
    ended.says(0, &["report.html"]);
    assert!(place.path(ended.out.trim()).is_file());
    // What the blob knows is the same, and the next run finds nothing in its way.
    let ended = place.run(&["merge", "out/run.blob", "--report", "json=again.json"]).await;
    ended.says(3, &["1 passed, 1 skipped"]);
    assert_eq!(place.report("again.json")["scenarios"], report["scenarios"]);
    let ended = place.run(&["run", "scenarios/first.yaml", "--base", &base]).await;
    ended.says(0, &["1 passed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn shards_are_merged_into_what_one_run_tells() {
    let (place, site) = (Workplace::new(), site().await);
    for name in ["cart", "lead", "search", "thanks"] {
        place.write(&format!("scenarios/{name}.yaml"), "steps:\n  - navigate: ${base}/\n");
    }
    let base = base(&site);
    for number in 1..=3 {
        let blob = format!("blob=blobs/{number}.blob");
        let shard = format!("{number}/3");
        let line = ["run", "--base", &base, "--ci", "--shard", &shard, "--report", &blob];
        place.run(&line).await.says(0, &[]);
    }
    place.run(&["run", "--base", &base, "--ci", "--report", "junit=one.xml"]).await.says(0, &[]);
    let ended = place.run(&["merge", "blobs", "--report", "junit=all.xml"]).await;
    ended.says(0, &["4 scenarios: 4 passed"]);
    let names = |file: &str| -> Vec<String> {
        let text = place.read(file);
        let cases = text.split("<testcase name=\"").skip(1);
        cases.map(|it| it.split('"').next().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(names("all.xml"), names("one.xml"));
    std::fs::remove_file(place.path("blobs/2.blob")).unwrap();
    let ended = place.run(&["merge", "blobs"]).await;
    ended.says(3, &["part 2 of 3 is missing"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chrome_that_dies_breaks_its_scenario_only() {
    let _permit = CHROMES.acquire().await.unwrap();
    let (place, site) = (Workplace::new(), site().await);
    place.write("scenarios/well.yaml", "steps:\n  - navigate: ${base}/\n");
    let child = stuck(&place, &site).await;
    signal("KILL", place.browsers()[0]);
    let ended = finish(child).await;
    ended.says(3, &["stuck", "the browser ended while the scenario was played", "1 broken"]);
    let report = place.report("run.json");
    assert_eq!(report["complete"], true);
    assert_eq!(report["scenarios"][0]["verdict"], "broken");
    assert_eq!(report["scenarios"][1]["name"], "well");
    assert_eq!(report["scenarios"][1]["verdict"], "passed");
    place.is_left_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_cannot_be_done_leaves_its_evidence_and_no_more() {
    let (place, site) = (Workplace::new(), site().await);
    place.write("scenarios/stuck.yaml", STUCK);
    let base = base(&site);
    let ended = place.run(&["run", "--base", &base, "--timeout", "2000"]).await;
    ended.says(1, &["found no element for `#never`", "stuck-step-2.png"]);
    // Beside it what the next run may ask for: which ones failed.
    assert_eq!(place.names(".pixelproof"), [".gitignore", "last-failed", "runs"]);
    let runs = place.names(".pixelproof/runs");
    let [run] = runs.as_slice() else { panic!("{runs:?}") };
    assert_eq!(
        place.names(&format!(".pixelproof/runs/{run}")),
        ["run.blob", "stuck-console.txt", "stuck-step-2.html", "stuck-step-2.png"]
    );
    place.is_left_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_never_answers_breaks_the_run() {
    let site = Site::serve([("shop.localhost/", crate::e2e::support::Reply::Never)]).await;
    let place = Workplace::new();
    place.write("scenarios/stuck.yaml", STUCK);
    let base = base(&site);
    let ended = place.run(&["run", "--base", &base, "--timeout", "2000"]).await;
    ended.says(3, &["1 broken", "did not"]);
    place.is_left_clean().await;
}

/// In this process, because the program cannot be asked to panic.
#[tokio::test(flavor = "multi_thread")]
async fn a_panic_takes_chrome_with_it() {
    let (place, site) = (Workplace::new(), site().await);
    let browser = place.write(
        "tmp/chrome",
        format!(
            "#!/bin/sh\nprintf '%s\\n' \"$@\" >'{}'\nexec '{}' --pixelproof-test='{}' \"$@\"\n",
            place.path("arguments").display(),
            chrome().display(),
            place.path("tmp").display(),
        ),
    );
    std::fs::set_permissions(&browser, PermissionsExt::from_mode(0o755)).unwrap();
    let text = "steps:\n  - navigate: ${base}/\n  - click: { selectors: '#no', timeout: 2000 }\n";
    let mut plan = plan(Some(browser.clone()), &base(&site), text);
    plan.keep = Arc::new(|_, _| panic!("this is the panic of the test"));
    let permit = CHROMES.acquire().await.unwrap();
    let (progress, _told) = mpsc::unbounded_channel();
    let (_never, stop) = watch::channel(false);
    let ended = AssertUnwindSafe(engine::run(plan, progress, stop)).catch_unwind().await;
    drop(permit);
    assert!(ended.is_err(), "it did not panic");
    std::fs::remove_file(browser).unwrap();
    place.is_left_clean().await;
    let arguments = place.read("arguments");
    let profile = arguments.lines().find_map(|line| line.strip_prefix("--user-data-dir=")).unwrap();
    until("the profile is gone", || !std::path::Path::new(profile).exists()).await.unwrap();
}

fn plan(executable: Option<std::path::PathBuf>, base: &str, text: &str) -> Plan {
    let command_line = BTreeMap::from([("base".to_owned(), base.to_owned())]);
    let variables = Variables { command_line, ..Variables::default() };
    let scenario = scenario::parse("a.yaml", text.as_bytes(), &variables).unwrap();
    let planned = PlannedScenario::of(scenario, text.to_owned(), "a.snap".to_owned());
    Plan {
        executable,
        step_timeout: Duration::from_secs(30),
        keep: Arc::new(|name, _| Ok(name.to_owned())),
        ..Plan::of(vec![planned])
    }
}

/// In this process, because this machine has a Chrome somewhere.
#[tokio::test]
async fn no_chrome_is_explained() {
    let plan = plan(None, "http://shop.localhost:1", STUCK);
    let (progress, _told) = mpsc::unbounded_channel();
    let (_never, stop) = watch::channel(false);
    let report: RunReport = engine::run(plan, progress, stop).await.report;
    assert_eq!(report.exit_code(), 3);
    let finding = &report.scenarios[0].findings[0];
    assert_eq!(finding.message, "found no Chrome on this machine");
    assert!(finding.help.as_deref().unwrap().contains("pixelproof install-browser"));
}

async fn with_chrome(place: &Workplace, executable: &str) -> Ended {
    place.write("scenarios/stuck.yaml", STUCK);
    let mut command =
        place.command(["run", "--base", "http://shop.localhost:1", "--report", "json=run.json"]);
    command.env("PIXELPROOF_CHROME", executable).env("PATH", "");
    let ended = finish(command.spawn().unwrap()).await;
    place.is_left_clean().await;
    let report = place.report("run.json");
    assert_eq!(report["scenarios"][0]["findings"][0]["code"], "no-browser");
    ended
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chrome_that_is_none_is_told_with_its_last_words() {
    let place = Workplace::new();
    let script = |name: &str, text: &str| {
        let path = place.write(name, format!("#!/bin/sh\nPATH=/usr/bin:/bin\n{text}\n"));
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        path.display().to_string()
    };
    let garbage = script(
        "garbage",
        "head -c 300000 /dev/urandom >&2; echo >&2; echo 'last word' >&2; exit 7",
    );
    let silent = script("silent", "exec 2>&-; sleep 1000");
    let deaf =
        script("deaf", "echo 'DevTools listening on ws://127.0.0.1:1/devtools' >&2; sleep 1000");
    let plain = place.write("plain", "no program").display().to_string();
    let nowhere = place.path("nowhere").display().to_string();
    for (executable, texts) in [
        ("/bin/false", &["/bin/false ended before it listened (exit status: 1)"][..]),
        (&garbage, &["garbage ended before it listened (exit status: 7)", "last word"]),
        (&silent, &["silent closed its standard error before it listened"]),
        (&deaf, &["could not connect to ws://127.0.0.1:1/devtools"]),
        (&plain, &["could not start", "plain: Permission denied"]),
        (&nowhere, &["could not start", "nowhere: No such file"]),
    ] {
        let ended = with_chrome(&place, executable).await;
        ended.says(3, texts);
        ended.says(3, &["PIXELPROOF_CHROME", "1 broken"]);
        let strange = |text: &str| text.chars().any(|c| c.is_control() && c != '\n');
        assert!(!strange(&ended.out) && !strange(&ended.err), "{ended:#?}");
    }
}

/// Alone, because it takes the whole limit of a start.
#[tokio::test(flavor = "multi_thread")]
async fn a_chrome_that_never_listens_is_not_waited_for_for_ever() {
    let place = Workplace::new();
    let path =
        place.write("mute", "#!/bin/sh\nPATH=/usr/bin:/bin\necho 'wait for me' >&2\nsleep 1000\n");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    let ended = with_chrome(&place, &path.display().to_string()).await;
    ended.says(3, &["mute did not open its DevTools port within 30 s", "wait for me"]);
}

/// Ctrl-C is heard while Chrome starts, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_a_start_that_hangs() {
    let place = Workplace::new();
    let path = place.write("mute", "#!/bin/sh\nPATH=/usr/bin:/bin\necho up >up\nsleep 1000\n");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    place.write("scenarios/stuck.yaml", STUCK);
    let mut command =
        place.command(["run", "--base", "http://shop.localhost:1", "--report", "json=run.json"]);
    let child = command.env("PIXELPROOF_CHROME", path).spawn().unwrap();
    until("it has started", || place.path("up").exists()).await.unwrap();
    signal("INT", child.id().unwrap());
    finish(child).await.says(3, &["stopping"]);
    is_marked_incomplete(&place);
    place.is_left_clean().await;
}

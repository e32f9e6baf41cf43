//! A whole run with a fake engine, in a folder of its own.

use std::collections::BTreeMap;

use clap::Parser;

use crate::cli::environment::Environment;
use crate::cli::joints::Playing;
use crate::cli::screen::Screen;
use crate::diagnostic::Diagnostic;
use crate::model::progress::{Progress, Take};
use crate::model::run::Verdict;
use crate::report::sample;

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    run: Arguments,
}

/// The engine of these tests: plays nothing, tells and returns a sample.
#[expect(clippy::needless_pass_by_value, reason = "the engine takes them by value")]
fn play_sample(
    plan: Plan,
    progress: mpsc::UnboundedSender<Progress>,
    _: watch::Receiver<bool>,
) -> Playing {
    let mut run = sample::run();
    let template = run.scenarios[1].clone();
    run.scenarios = plan
        .scenarios
        .iter()
        .enumerate()
        .map(|(index, scenario)| {
            let mut report = template.clone();
            report.name.clone_from(&scenario.name);
            report.slug.clone_from(&scenario.slug);
            if scenario.name.starts_with("good") {
                report.verdict = Verdict::Passed;
                report.findings.clear();
            }
            let take = Take { number: 1, of: 1 };
            let name = scenario.name.clone();
            progress.send(Progress::ScenarioStarted { index, name, steps: 2, take }).unwrap();
            progress
                .send(Progress::ScenarioEnded { index, report: Box::new(report.clone()) })
                .unwrap();
            report
        })
        .collect();
    Box::pin(std::future::ready(run))
}

fn parse_name(
    file: &str,
    bytes: &[u8],
    variables: &Variables,
) -> Result<Scenario, Vec<Diagnostic>> {
    if bytes.is_empty() {
        return Err(vec![Diagnostic::new("the file is empty").in_file(file)]);
    }
    let name = String::from_utf8_lossy(bytes).into_owned();
    let base = variables.command_line.get("base").cloned().unwrap_or_default();
    Ok(Scenario {
        slug: name.clone(),
        name: name + &base,
        file: file.to_owned(),
        ..Scenario::default()
    })
}

const FAKE: House = House { parse: parse_name, play: play_sample };

/// Exit code and output of a run in a folder with these scenario files.
fn run(files: &[(&str, &str)], line: &str) -> (u8, String, tempfile::TempDir) {
    run_with(&FAKE, files, line)
}

fn run_with(house: &House, files: &[(&str, &str)], line: &str) -> (u8, String, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("scenarios")).unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let place = folder.path().display().to_string();
    let line = line.replace('@', &place);
    let arguments = Line::parse_from(std::iter::once("run").chain(line.split_whitespace())).run;
    let environment = Environment { directory: folder.path().to_owned(), ..Environment::default() };
    let context = Context { environment, screen: Screen::captured(100) };
    let result = prepare(&arguments, &context)
        .and_then(|prepared| play(&prepared, &context, house))
        .map(|report| report.exit_code());
    let code = crate::cli::conclude(&context.screen, result);
    let text = context.screen.text().replace(&place, "@");
    (code, text, folder)
}

#[test]
fn passes_and_writes_what_was_asked_for() {
    let (code, text, folder) = run(
        &[("scenarios/a.yaml", "good")],
        "--report json=@/out/run.json --har @/out/har --jobs 3",
    );
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("1 scenario: 1 passed"), "{text}");
    let report = std::fs::read(folder.path().join("out/run.json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(report["schema"], 1);
    assert_eq!(report["scenarios"][0]["artifacts"][1]["kind"], "har");
    assert!(folder.path().join("out/har/good.har").is_file());
}

#[test]
fn a_failed_scenario_is_exit_code_one() {
    let (code, text, _folder) =
        run(&[("scenarios/a.yaml", "good"), ("scenarios/b.yaml", "bad")], "");
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("2 scenarios: 1 passed, 1 failed"), "{text}");
}

#[test]
fn a_report_on_standard_output_is_alone_there() {
    let (code, text, _folder) = run(&[("scenarios/a.yaml", "good")], "--quiet --report json=-");
    assert_eq!(code, 0);
    assert!(text.contains("\"schema\": 1"), "{text}");
}

#[test]
fn variables_reach_the_scenarios() {
    let (_, text, _folder) = run(&[("scenarios/a.yaml", "good")], "--base https://a.test/");
    assert!(text.contains("goodhttps://a.test"), "{text}");
}

#[test]
fn every_problem_of_the_arguments_at_once() {
    let (code, text, folder) = run(
        &[("file", "")],
        "nowhere --report jsn=x --report json --report json=@/file/x --var =1 --base ftp://a --grep ( --browser http://x",
    );
    assert_eq!(code, 2);
    insta::assert_snapshot!(text);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn bad_scenarios_are_told_together() {
    let files = [("scenarios/a.yaml", ""), ("scenarios/b.yaml", "x"), ("scenarios/c.yaml", "x")];
    let (code, text, _folder) = run(&files, "");
    assert_eq!(code, 2);
    insta::assert_snapshot!(text);
}

#[test]
fn grep_selects_or_says_that_nothing_is_left() {
    let files = [("scenarios/a.yaml", "good-a"), ("scenarios/b.yaml", "good-b")];
    let (code, text, _folder) = run(&files, "--grep a$");
    assert_eq!(code, 0);
    assert!(text.contains("1 scenario:"), "{text}");
    let (code, text, _folder) = run(&files, "--grep nothing");
    assert_eq!(code, 2);
    assert!(text.contains("no scenario matches --grep `nothing`"), "{text}");
}

#[test]
fn an_empty_folder_is_bad_input() {
    let (code, text, _folder) = run(&[], "");
    assert_eq!(code, 2);
    assert!(text.contains("no scenario found in scenarios"), "{text}");
}

/// An engine that is interrupted as soon as it has started.
#[cfg(unix)]
fn play_until_stopped(
    plan: Plan,
    progress: mpsc::UnboundedSender<Progress>,
    mut stop: watch::Receiver<bool>,
) -> Playing {
    Box::pin(async move {
        let pid = std::process::id().to_string();
        std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap();
        stop.wait_for(|stop| *stop).await.unwrap();
        let (stopped, receiver) = watch::channel(true);
        let report = play_sample(plan, progress, receiver).await;
        drop(stopped);
        report
    })
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_writes_reports_that_say_so() {
    let house = House { play: play_until_stopped, ..FAKE };
    let (code, text, folder) =
        run_with(&house, &[("scenarios/a.yaml", "good")], "--report json=@/run.json");
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("note: stopping") && text.contains("interrupted: "), "{text}");
    let report = std::fs::read(folder.path().join("run.json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    assert_eq!((&report["complete"], &report["exit_code"]), (&false.into(), &3.into()));
}

#[test]
fn who_may_write_snapshots() {
    let writes = |line: &str, ci: bool| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.yaml"), "x").unwrap();
        let arguments = Line::parse_from(std::iter::once("run").chain(line.split_whitespace())).run;
        let environment =
            Environment { directory: folder.path().to_owned(), ci, ..Environment::default() };
        let context = Context { environment, screen: Screen::captured(100) };
        prepare(&arguments, &context).unwrap().writes
    };
    assert_eq!(writes("a.yaml", false), SnapshotWrites::Pending);
    assert_eq!(writes("a.yaml", true), SnapshotWrites::Nothing);
    assert_eq!(writes("a.yaml --ci", false), SnapshotWrites::Nothing);
    assert_eq!(writes("a.yaml --no-ci", true), SnapshotWrites::Pending);
    assert_eq!(writes("a.yaml --update", true), SnapshotWrites::Update);
}

#[test]
fn the_configuration_gives_way() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.yaml"), "x").unwrap();
    std::fs::write(
        folder.path().join("pixelproof.toml"),
        "[vars]\na = \"file\"\nb = \"file\"\nc = \"file\"\n[run]\njobs = 2\ntimeout = 1\n",
    )
    .unwrap();
    let environment = Environment {
        directory: folder.path().to_owned(),
        all: BTreeMap::from([("PIXELPROOF_VAR_b".to_owned(), "environment".to_owned())]),
        ..Environment::default()
    };
    let context = Context { environment, screen: Screen::captured(100) };
    let arguments =
        Line::parse_from(["run", "a.yaml", "--var", "c=argument", "--timeout", "7"]).run;
    let prepared = prepare(&arguments, &context).unwrap();
    let expected = [("a", "file"), ("c", "argument")];
    assert_eq!(
        prepared.variables.command_line,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    );
    assert_eq!((prepared.jobs, prepared.config.timeout_ms), (2, 7));
}

#[test]
fn what_a_running_browser_cannot_heed_is_told() {
    let settings = "[browser]\nargs = [\"--x\"]\nsandbox = false\nheadless = true\nproxy = \"http://p.test:1\"\nhost_resolver_rules = [\"MAP a.test 127.0.0.1\"]\n";
    let files = [("scenarios/a.yaml", "good"), ("pixelproof.toml", settings)];
    let (code, text, _folder) = run(&files, "--browser ws://127.0.0.1:1/x --witness --quiet");
    assert_eq!(code, 0);
    insta::assert_snapshot!(text.split("\n\n").next().unwrap());
    let (_, text, _folder) = run(&files, "--quiet");
    assert!(!text.contains("heed"), "{text}");
    let (_, text, _folder) = run(&files[..1], "--browser ws://127.0.0.1:1/x --quiet");
    assert!(!text.contains("heed"), "{text}");
}

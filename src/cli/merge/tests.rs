//! Blobs as files: what is found, what is refused, what comes of them.

use clap::Parser;

use crate::cli::environment::Environment;
use crate::cli::screen::Screen;
use crate::model::run::Chosen;
use crate::report::sample;

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    merge: Arguments,
}

/// Exit code and output of `merge` in that folder.
fn merge(folder: &Path, line: &str) -> (u8, String) {
    let place = folder.display().to_string();
    let line = line.replace('@', &place);
    let arguments = Line::parse_from(std::iter::once("merge").chain(line.split_whitespace())).merge;
    let environment = Environment { directory: folder.to_owned(), ..Environment::default() };
    let context = Context { environment, screen: Screen::captured(100) };
    let code = crate::cli::conclude(&context.screen, execute(&arguments, &context));
    (code, context.screen.text().replace(&place, "@"))
}

/// The sample's scenarios, one a part.
fn parts() -> Vec<RunReport> {
    let whole = sample::run();
    let chosen: Vec<Chosen> = whole
        .scenarios
        .iter()
        .map(|it| Chosen { name: it.name.clone(), slug: it.slug.clone(), file: it.file.clone() })
        .collect();
    let of = chosen.len() as u64;
    (1..)
        .zip(&whole.scenarios)
        .map(|(number, scenario)| {
            let mut part = RunReport { scenarios: vec![scenario.clone()], ..whole.clone() };
            part.part.chosen.clone_from(&chosen);
            (part.part.number, part.part.of) = (number, of);
            part
        })
        .collect()
}

fn write(folder: &Path, name: &str, run: &RunReport) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, blob::REPORTER.bytes(run, &ReportOptions::default())).unwrap();
}

fn written() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (index, part) in parts().iter().enumerate() {
        // Found by its ending, or by what is in it.
        let ending = if index % 2 == 0 { "blob" } else { "zip" };
        write(folder.path(), &format!("blobs/machine-{index}/part.{ending}"), part);
    }
    std::fs::write(folder.path().join("blobs/notes.txt"), "no blob").unwrap();
    folder
}

#[test]
fn a_folder_of_blobs_becomes_one_run() {
    let folder = written();
    let (code, text) = merge(
        folder.path(),
        "blobs blobs/machine-0/part.blob --report json=@/run.json --har @/har",
    );
    assert_eq!(code, 3, "{text}");
    insta::assert_snapshot!(text);
    let report = std::fs::read(folder.path().join("run.json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    assert_eq!((&report["complete"], &report["summary"]["scenarios"]), (&true.into(), &4.into()));
    assert!(folder.path().join("har/lead-form.har").is_file());
    let failed = std::fs::read_to_string(folder.path().join(".pixelproof/last-failed"));
    assert_eq!(failed.unwrap(), "checkout\nlead-form\n");
}

#[test]
fn a_report_on_standard_output_is_alone_there() {
    let (_, text) = merge(written().path(), "blobs --report tap=-");
    assert!(text.contains("TAP version 14"), "{text}");
}

#[test]
fn passed_parts_pass_and_an_empty_one_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut parts = parts();
    parts.truncate(2);
    for part in &mut parts {
        part.part.of = 2;
        part.part.chosen.truncate(1);
    }
    parts[1].scenarios.clear();
    for (index, part) in parts.iter().enumerate() {
        write(folder.path(), &format!("{index}.blob"), part);
    }
    let (code, text) = merge(folder.path(), "0.blob 1.blob");
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("1 scenario: 1 passed"), "{text}");
}

#[test]
fn light_reports_are_those_of_the_whole_run() {
    let folder = written();
    let (_, light) = merge(
        folder.path(),
        "blobs --report junit=@/light --report openmetrics=@/metrics --report markdown=@/md --report sarif=@/sarif",
    );
    let (_, heavy) = merge(
        folder.path(),
        "blobs --report junit=@/heavy --report json=@/json --report openmetrics=@/metrics2 --report markdown=@/md2 --report sarif=@/sarif2",
    );
    assert_eq!(light, heavy);
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("light"), read("heavy"));
    assert_eq!(read("metrics"), read("metrics2"));
    assert_eq!(read("md"), read("md2"));
    assert_eq!(read("sarif"), read("sarif2"));
}

#[test]
fn what_is_refused_is_told_at_once() {
    let folder = written();
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("empty")).unwrap();
    std::fs::write(path("page.blob"), "<html>").unwrap();
    let bytes = std::fs::read(path("blobs/machine-0/part.blob")).unwrap();
    std::fs::write(path("cut.blob"), &bytes[..40]).unwrap();
    let (code, text) = merge(folder.path(), "empty page.blob cut.blob nowhere.blob --report jsn=x");
    assert_eq!(code, 2, "{text}");
    insta::assert_snapshot!(text);
    // Cut off after its head, and two of the same.
    std::fs::write(path("cut.blob"), &bytes[..bytes.len() - 9]).unwrap();
    let (code, text) = merge(folder.path(), "cut.blob --report json=@/never.json");
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("cut.blob is cut off"), "{text}");
    assert!(!path("never.json").exists());
    let (code, text) = merge(folder.path(), "cut.blob blobs");
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("cut.blob are both part 1 of 4"), "{text}");
}

#[test]
fn parts_that_share_a_scenario_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut parts = parts();
    let of_first = parts[0].scenarios.clone();
    parts[1].scenarios = of_first;
    for (index, part) in parts.iter().enumerate() {
        write(folder.path(), &format!("{index}.blob"), part);
    }
    let (code, text) = merge(folder.path(), ".");
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("the scenario `newsletter` is in part 1 and in part 2"), "{text}");
}

#[test]
fn a_part_that_is_missing_makes_it_broken() {
    let folder = written();
    std::fs::remove_file(folder.path().join("blobs/machine-1/part.zip")).unwrap();
    let (code, text) = merge(folder.path(), "blobs --report junit=@/out/junit.xml");
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("part 2 of 4 is missing"), "{text}");
    assert!(folder.path().join("out/junit.xml").is_file());
}

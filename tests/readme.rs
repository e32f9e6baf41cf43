//! Holds the documents to the code: commands parse, examples are read, links
//! and files are there. What prose says beyond that, people must check. No
//! browser is started.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use pixelproof::checks::CHECKS;
use pixelproof::cli;
use pixelproof::cli::config;
use pixelproof::cli::environment::Environment;
use pixelproof::model::finding::DifferenceKind;
use pixelproof::report::REPORTERS;
use pixelproof::scenario::{self, Variables};
use pixelproof::snapshot::Snapshot;
use pixelproof::snapshot::pattern::SHAPES;
use pixelproof::vendors::Registry;
use regex::Regex;

/// A fenced block: its language and its text.
struct Block {
    language: String,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every document, by its path from the root.
fn documents() -> Vec<(PathBuf, String)> {
    let mut paths = Vec::new();
    for folder in ["", "docs"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let name = entry.unwrap().file_name();
            if Path::new(&name).extension().is_some_and(|ending| ending == "md") {
                paths.push(Path::new(folder).join(name));
            }
        }
    }
    paths.sort();
    assert!(paths.len() >= 8, "found {paths:?}");
    paths
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(root().join(&path)).unwrap();
            (path, text)
        })
        .collect()
}

fn document(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

/// Fenced blocks, also indented ones, and the prose between them.
fn parts(document: &str) -> (Vec<Block>, String) {
    let mut blocks = Vec::new();
    let mut prose = String::new();
    let mut open: Option<(usize, Block)> = None;
    for line in document.lines() {
        let indent = line.len() - line.trim_start().len();
        match (&mut open, line.trim().strip_prefix("```")) {
            (None, Some(language)) => {
                open = Some((indent, Block { language: language.to_owned(), text: String::new() }));
            }
            (Some(_), Some("")) => blocks.extend(open.take().map(|(_, block)| block)),
            (Some((outer, block)), _) => {
                block.text.push_str(line.get(*outer..).unwrap_or_default());
                block.text.push('\n');
            }
            (None, None) => {
                prose.push_str(line);
                prose.push('\n');
            }
        }
    }
    assert!(open.is_none(), "a block is not closed");
    (blocks, prose)
}

/// Texts between single backticks.
fn spans(prose: &str) -> Vec<String> {
    let pattern = Regex::new("`([^`\n]+)`").unwrap();
    pattern.captures_iter(prose).map(|found| found[1].to_owned()).collect()
}

/// The simple commands of a line of shell: words without quotes, without
/// redirections and settings of variables.
fn commands(line: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut skip_next = false;
    let mut characters = line.chars().peekable();
    let end_word = |word: &mut Option<String>, commands: &mut Vec<Vec<String>>, skip: &mut bool| {
        let Some(word) = word.take() else { return };
        let command = commands.last_mut().unwrap();
        let is_setting = command.is_empty()
            && word.split_once('=').is_some_and(|(name, _)| {
                !name.is_empty() && name.chars().all(|it| it == '_' || it.is_ascii_alphanumeric())
            });
        if !std::mem::take(skip) && !is_setting && word != "export" {
            command.push(word);
        }
    };
    while let Some(character) = characters.next() {
        match character {
            '\'' | '"' => {
                let text = word.get_or_insert_default();
                for inner in characters.by_ref() {
                    if inner == character {
                        break;
                    }
                    text.push(inner);
                }
            }
            '\\' => word.get_or_insert_default().extend(characters.next()),
            '#' if word.is_none() => break,
            ' ' | '\t' => end_word(&mut word, &mut commands, &mut skip_next),
            '|' | '&' | ';' | '(' | ')' => {
                end_word(&mut word, &mut commands, &mut skip_next);
                commands.push(Vec::new());
            }
            '<' | '>' => {
                end_word(&mut word, &mut commands, &mut skip_next);
                skip_next = true;
            }
            other => word.get_or_insert_default().push(other),
        }
    }
    end_word(&mut word, &mut commands, &mut skip_next);
    commands.retain(|command| !command.is_empty());
    commands
}

/// Lines of shell in a document: blocks, steps of a workflow, and code in
/// prose that begins with our name.
fn shell_lines(document: &str) -> Vec<String> {
    let (blocks, prose) = parts(document);
    let mut lines = Vec::new();
    for block in blocks {
        match block.language.as_str() {
            "sh" => lines.extend(block.text.replace("\\\n", " ").lines().map(str::to_owned)),
            "yaml" => lines.extend(
                block
                    .text
                    .lines()
                    .filter_map(|line| line.trim().strip_prefix("- run: "))
                    .map(str::to_owned),
            ),
            _ => {}
        }
    }
    lines.extend(spans(&prose).into_iter().filter(|span| span.starts_with("pixelproof ")));
    let substituted = Regex::new(r"\$\((pixelproof [^)]*)\)").unwrap();
    let inner: Vec<String> = lines
        .iter()
        .flat_map(|line| substituted.captures_iter(line))
        .map(|found| found[1].to_owned())
        .collect();
    lines.extend(inner);
    lines
}

#[test]
fn shell_is_split_as_a_shell_does() {
    assert_eq!(
        commands("A=1 pixelproof run --var 'a=b c' \"$X\" > out 2>err | jq -r '.x|.y' # no & more"),
        [vec!["pixelproof", "run", "--var", "a=b c", "$X", "2"], vec!["jq", "-r", ".x|.y"]]
    );
    assert_eq!(commands("a & b; c && d"), [["a"], ["b"], ["c"], ["d"]]);
}

#[test]
fn every_command_line_is_understood() {
    let mut count = 0;
    for (path, text) in documents() {
        for line in shell_lines(&text) {
            for words in commands(&line).into_iter().filter(|words| words[0] == "pixelproof") {
                count += 1;
                if let Err(error) = cli::command().try_get_matches_from(words) {
                    assert!(!error.use_stderr(), "{}: `{line}`: {error}", path.display());
                }
            }
        }
    }
    assert!(count > 40, "found only {count} commands: the test looks past them");
}

#[test]
fn every_option_exists() {
    let command = cli::command();
    let known: Vec<String> = command
        .get_subcommands()
        .chain([&command])
        .flat_map(clap::Command::get_arguments)
        .filter_map(|argument| argument.get_long().map(|name| format!("--{name}")))
        .collect();
    let option = Regex::new(r"^--[a-z][a-z-]+").unwrap();
    for (path, text) in documents() {
        // The map of the code tells Chrome's options too.
        if path == Path::new("ARCHITECTURE.md") {
            continue;
        }
        for span in spans(&parts(&text).1) {
            if let Some(found) = option.find(&span) {
                let found = found.as_str();
                assert!(
                    known.iter().any(|name| name == found),
                    "{}: there is no option {found}",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn every_target_of_make_exists() {
    let makefile = document("Makefile");
    for (path, text) in documents() {
        for line in shell_lines(&text).into_iter().chain(spans(&parts(&text).1)) {
            for words in commands(&line).into_iter().filter(|words| words[0] == "make") {
                for target in &words[1..] {
                    assert!(
                        makefile.contains(&format!("\n{target}:")),
                        "{}: there is no `make {target}`",
                        path.display()
                    );
                }
            }
        }
    }
}

#[test]
fn scenarios_and_snapshots_are_read() {
    let (mut scenarios, mut snapshots) = (0, 0);
    for (path, text) in documents() {
        for block in parts(&text).0.into_iter().filter(|block| block.language == "yaml") {
            let name = path.display().to_string();
            let text = block.text;
            if text.starts_with("---\n") || text.trim_start().starts_with("- step:") {
                let whole = if text.starts_with("---\n") {
                    text
                } else {
                    format!("---\nsource: a\n---\nsteps:\n{text}")
                };
                snapshots += 1;
                if let Err(problems) = Snapshot::parse(&name, &whole) {
                    panic!("{name}: {}", problems[0].message);
                }
            } else if text.contains("\nsteps:\n") && !text.contains("\njobs:\n") {
                scenarios += 1;
                if let Err(problems) =
                    scenario::parse("a.yaml", text.as_bytes(), &Variables::default())
                {
                    panic!("{name}: {}\n{text}", problems[0].message);
                }
            }
        }
    }
    assert!(scenarios >= 3 && snapshots >= 3, "{scenarios} {snapshots}");
}

#[test]
fn settings_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pixelproof.toml");
    let mut count = 0;
    for (path, text) in documents() {
        for block in parts(&text).0.into_iter().filter(|block| block.language == "toml") {
            fs::write(&file, &block.text).unwrap();
            let config =
                config::load(Some(&file), &Environment::default()).unwrap_or_else(|error| {
                    panic!("{}: {error:?}", path.display());
                });
            if let Err(problems) = cli::joints::registry(&config) {
                panic!("{}: {}", path.display(), problems[0].diagnostic.message);
            }
            count += 1;
        }
    }
    assert!(count >= 3);
}

#[test]
fn decoding_gives_what_its_manual_says() {
    let blocks: Vec<String> = parts(&document("docs/decode.md"))
        .0
        .into_iter()
        .filter(|block| block.language == "jsonl")
        .map(|block| block.text)
        .collect();
    assert!(blocks.len() >= 6);
    for pair in blocks.chunks(2) {
        let mut output = Vec::new();
        cli::decode::run(pair[0].as_bytes(), &mut output, &Registry::default()).unwrap();
        assert_eq!(String::from_utf8(output).unwrap(), pair[1]);
    }
}

#[test]
fn every_matcher_is_in_the_manual() {
    let manual = document("docs/snapshots.md");
    for (name, meaning) in SHAPES {
        let line = format!("| `[{name}]` | {meaning} |");
        assert!(manual.contains(&line), "docs/snapshots.md lacks {line}");
    }
}

#[test]
fn every_finding_is_one_of_a_check() {
    let code = Regex::new(r"(?:error|warning|note)\[([a-z-]+)\]").unwrap();
    let known: String = CHECKS.iter().map(|check| check.docs).collect();
    let mut count = 0;
    for (path, text) in documents() {
        for found in code.captures_iter(&text) {
            count += 1;
            assert!(
                known.contains(&format!("`{}`", &found[1])),
                "{}: {}",
                path.display(),
                &found[1]
            );
        }
    }
    assert!(count >= 2);
    let manual = document("docs/snapshots.md");
    for word in Regex::new("`(snapshot-[a-z-]+)`").unwrap().captures_iter(&known) {
        assert!(manual.contains(&word[0]), "docs/snapshots.md lacks {}", &word[1]);
    }
}

#[test]
fn the_reference_of_checks_is_written_anew() {
    assert!(
        document("docs/checks.md") == cli::explain::markdown(),
        "docs/checks.md is old; write it with: pixelproof explain --markdown > docs/checks.md"
    );
}

#[test]
fn every_kind_of_difference_is_in_the_schema_and_the_manual() {
    let from = || "a".to_owned();
    let all = [
        DifferenceKind::Missing,
        DifferenceKind::Unexpected,
        DifferenceKind::Duplicated { expected: 1, found: 2 },
        DifferenceKind::Changed,
        DifferenceKind::Moved { expected: from(), found: from() },
        DifferenceKind::Renamed { expected: from() },
        DifferenceKind::AccountChanged { expected: from() },
        DifferenceKind::Lost { reason: from() },
    ];
    let (schema, manual) = (document("docs/report.schema.json"), document("docs/report-json.md"));
    for kind in all {
        // A kind that is not in the list above does not compile here.
        match kind {
            DifferenceKind::Missing
            | DifferenceKind::Unexpected
            | DifferenceKind::Duplicated { .. }
            | DifferenceKind::Changed
            | DifferenceKind::Moved { .. }
            | DifferenceKind::Renamed { .. }
            | DifferenceKind::AccountChanged { .. }
            | DifferenceKind::Lost { .. } => {}
        }
        let name = serde_json::to_value(&kind).unwrap()["is"].as_str().unwrap().to_owned();
        assert!(schema.contains(&format!("\"{name}\"")), "docs/report.schema.json lacks {name}");
        assert!(manual.contains(&format!("`{name}`")), "docs/report-json.md lacks {name}");
    }
}

#[test]
fn every_link_leads_somewhere() {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    for (path, text) in documents() {
        let prose = parts(&text).1;
        for found in link.captures_iter(&prose) {
            let target = &found[1];
            if target.contains("://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let folder = root().join(&path).parent().unwrap().to_owned();
            let file = if file.is_empty() { root().join(&path) } else { folder.join(file) };
            assert!(file.exists(), "{}: {target} leads nowhere", path.display());
            if !anchor.is_empty() {
                let headings = parts(&fs::read_to_string(&file).unwrap()).1;
                let there = headings.lines().filter(|line| line.starts_with('#')).any(|line| {
                    let heading = line.trim_start_matches('#').trim().to_lowercase();
                    let slug: String = heading
                        .chars()
                        .filter(|it| it.is_alphanumeric() || *it == ' ' || *it == '-' || *it == '_')
                        .map(|it| if it == ' ' { '-' } else { it })
                        .collect();
                    slug == anchor
                });
                assert!(there, "{}: {target}: there is no such heading", path.display());
            }
        }
    }
}

#[test]
fn every_report_is_described() {
    let text = document("docs/reports.md");
    let help = fs::read_to_string(root().join("tests/cli/help-run.trycmd")).unwrap();
    for reporter in REPORTERS {
        assert!(text.contains(&format!("| `{}` |", reporter.name)), "{}", reporter.name);
        assert!(help.contains(reporter.name), "--help does not name {}", reporter.name);
    }
}

#[test]
fn every_file_that_is_named_exists() {
    let place = Regex::new(r"^(src|tests|docs|scenarios|snapshots|benches|\.ci)/[A-Za-z0-9_./-]+$")
        .unwrap();
    // What a user has, or gets, in a project of their own.
    let examples = ["scenarios/lead.json"];
    for (path, text) in documents() {
        for span in spans(&parts(&text).1) {
            if place.is_match(&span) && !examples.contains(&span.as_str()) {
                assert!(root().join(&span).exists(), "{}: {span} does not exist", path.display());
            }
        }
    }
}

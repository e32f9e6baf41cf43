//! `pixelproof explain`: what a finding's code means and what to do. The
//! checks tell their own codes; those of the run itself stand here.

use clap::Args;

use crate::checks::CHECKS;
use crate::cli::Context;
use crate::cli::exit::{CommandResult, Failure, PASSED};
use crate::cli::problems::{Problem, name_help};

/// Explain a finding by its code, such as `expect-param`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixelproof explain                      lists the codes
  pixelproof explain snapshot-lost-hit")]
pub struct Arguments {
    /// Code of a finding, as the report shows it in brackets; all if not given
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

/// Codes of findings that no check gives, written as the checks write theirs.
const RUN: &str = "\
`no-browser`: Chrome could not be started or opened no tab. The details hold
its last words. `pixelproof install-browser` finds or downloads one.

`browser-lost`: Chrome died or closed the connection while a scenario was
played. The run says nothing about the site; run it again.

`snapshot-not-written`: a snapshot could not be written. The message says why;
the files that were there are untouched.

`snapshot-obsolete` (warning): no scenario belongs to a snapshot any more.
Remove it, or give a scenario that name.";

pub fn execute(arguments: &Arguments, context: &Context) -> CommandResult {
    let screen = &context.screen;
    let Some(wanted) = &arguments.code else {
        for (code, text) in codes() {
            screen.out(&format!("{code:26} {}\n", first_sentence(&text)));
        }
        return Ok(PASSED);
    };
    let known = codes();
    let Some((code, text)) = known.iter().find(|(code, _)| code == wanted) else {
        let names: Vec<&str> = known.iter().map(|(code, _)| code.as_str()).collect();
        return Err(Failure::input(
            Problem::new(format!("there is no finding `{wanted}`")).help(name_help(wanted, &names)),
        ));
    };
    screen.out(&format!("{code}: {text}\n"));
    Ok(PASSED)
}

/// Every code with its text.
fn codes() -> Vec<(String, String)> {
    CHECKS.iter().map(|check| check.docs).chain([RUN]).flat_map(entries).collect()
}

/// What a text says of each code: from its name at the start of a line up to
/// the next one, or to an empty line.
fn entries(docs: &str) -> Vec<(String, String)> {
    let mut entries: Vec<(String, String)> = Vec::new();
    let mut open = false;
    for line in docs.lines() {
        let entry = line.strip_prefix('`').and_then(|rest| rest.split_once('`'));
        // A command may stand at the start of a line as well.
        let entry = entry.filter(|(code, _)| !code.contains(' '));
        match entry {
            Some((code, text)) => {
                // `(error)` and the like stay, the colon goes.
                let text = text.trim_start().trim_start_matches(':').trim_start();
                entries.push((code.to_owned(), text.to_owned()));
                open = true;
            }
            None if line.is_empty() => open = false,
            None => {
                if let Some((_, text)) = entries.last_mut().filter(|_| open) {
                    text.push(' ');
                    text.push_str(line.trim());
                }
            }
        }
    }
    entries
}

fn first_sentence(text: &str) -> &str {
    text.split_once(". ").map_or(text, |(first, _)| first).trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_in_the_sources_is_explained() {
        let known = codes();
        let mut found = 0;
        let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        for folder in ["checks", "engine"] {
            for entry in std::fs::read_dir(source.join(folder)).unwrap() {
                let path = entry.unwrap().path();
                if !path.is_file() {
                    continue;
                }
                let text = std::fs::read_to_string(path).unwrap();
                let text = text.split("#[cfg(test)]").next().unwrap();
                for code in text.split('"').skip(1).step_by(2).filter(|text| is_code(text)) {
                    found += 1;
                    assert!(known.iter().any(|(known, _)| known == code), "{code}");
                }
            }
        }
        assert!(found > 15, "found {found} codes only");
    }

    fn is_code(text: &str) -> bool {
        ["expect-", "snapshot-", "step-", "no-", "browser-"].iter().any(|start| {
            text.strip_prefix(start).is_some_and(|rest| {
                !rest.is_empty() && rest.chars().all(|it| it == '-' || it.is_ascii_lowercase())
            })
        })
    }
}

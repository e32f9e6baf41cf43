//! `pixelproof explain`: what a finding's code means and what to do. The
//! checks tell their own codes; those of the run itself stand here.

use clap::Args;

use crate::checks::{self, CHECKS, Code};
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

    /// Write the reference of all codes as Markdown
    #[arg(long, conflicts_with = "code")]
    markdown: bool,
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
    if arguments.markdown {
        screen.out(&markdown());
        return Ok(PASSED);
    }
    let known = codes();
    let Some(wanted) = &arguments.code else {
        for code in known {
            let summary = first_sentence(&code.text);
            screen.out(&format!("{:26} {:8} {summary}\n", code.name, code.severity));
        }
        return Ok(PASSED);
    };
    let Some(code) = known.iter().find(|code| code.name == wanted) else {
        let names: Vec<&str> = known.iter().map(|code| code.name).collect();
        return Err(Failure::input(
            Problem::new(format!("there is no finding `{wanted}`")).help(name_help(wanted, &names)),
        ));
    };
    screen.out(&format!("{} ({}): {}\n", code.name, code.severity, code.text));
    Ok(PASSED)
}

/// Every code with what the manuals say of it.
fn codes() -> Vec<Code> {
    CHECKS.iter().map(|check| check.docs).chain([RUN]).flat_map(checks::codes).collect()
}

/// What stands above the tables.
const HEAD: &str = "\
# Checks

Written by `pixelproof explain --markdown`; one code on the screen: `pixelproof explain CODE`.

An error fails the scenario: it stands only where a vendor drops, misattributes or counts twice for sure. What may be meant is a warning, or a note (info) that `--verbose` and the reports show. Checks of events look at the standard events of Meta, GA4, Google Ads, TikTok, Pinterest and Snap; an event of your own may hold what it likes. How severe a finding is, and which are set aside, is settled [in pixelproof.toml](configuration.md#checks) or [in a scenario](scenarios.md#checks).

";

/// The page of reference, `docs/checks.md`.
pub fn markdown() -> String {
    let mut text = HEAD.to_owned();
    let run = ("run", "the run itself went well", RUN);
    let checks = CHECKS.iter().map(|check| (check.code, check.summary, check.docs));
    for (name, summary, docs) in checks.chain([run]) {
        text.push_str(&format!("## {name}: {summary}\n\n"));
        let (lead, _) = docs.split_once('`').unwrap_or((docs, ""));
        if lead.ends_with("\n\n") {
            text.push_str(lead);
        }
        text.push_str("| code | severity | meaning |\n| --- | --- | --- |\n");
        for code in checks::codes(docs) {
            let meaning = code.text.replace('|', "\\|");
            text.push_str(&format!("| `{}` | {} | {meaning} |\n", code.name, code.severity));
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
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
                    assert!(known.iter().any(|known| known.name == code), "{code}");
                }
            }
        }
        assert!(found > 15, "found {found} codes only");
    }

    fn is_code(text: &str) -> bool {
        CHECKS.iter().map(|check| check.code).chain(["no", "browser"]).any(|check| {
            text.strip_prefix(check).and_then(|rest| rest.strip_prefix('-')).is_some_and(|rest| {
                !rest.is_empty() && rest.chars().all(|it| it == '-' || it.is_ascii_lowercase())
            })
        })
    }
}

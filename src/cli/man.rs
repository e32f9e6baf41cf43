//! `pixelproof man`: the manual pages, from the same table as `--help`.

use std::path::PathBuf;

use clap::Args;
use clap_mangen::Man;

use crate::cli::Context;
use crate::cli::exit::{CommandResult, Failure, PASSED};
use crate::cli::files;

/// Write the manual pages
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixelproof man ~/.local/share/man/man1     a page for each command
  pixelproof man | man -l -                  the first page, without writing it")]
pub struct Arguments {
    /// Folder to write all pages into; without it the first is printed
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

pub fn execute(arguments: &Arguments, context: &Context) -> CommandResult {
    let pages = pages().map_err(anyhow::Error::new)?;
    let Some(folder) = &arguments.folder else {
        if let Some((_, page)) = pages.first() {
            context.screen.out_bytes(page);
        }
        return Ok(PASSED);
    };
    files::check_folder(folder).map_err(Failure::input)?;
    for (name, page) in pages {
        files::write(&folder.join(name), &page).map_err(Failure::input)?;
    }
    Ok(PASSED)
}

/// File names and pages, that of `pixelproof` itself first.
fn pages() -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut pages = Vec::new();
    let mut command = crate::cli::command().disable_help_subcommand(true);
    command.build();
    let mut waiting = vec![command];
    while let Some(command) = waiting.pop() {
        waiting.extend(command.get_subcommands().filter(|it| !it.is_hide_set()).cloned());
        let page = Man::new(command).source(concat!("pixelproof ", env!("CARGO_PKG_VERSION")));
        let mut bytes = Vec::new();
        page.render(&mut bytes)?;
        pages.push((page.get_filename(), laid_out(&String::from_utf8_lossy(&bytes)).into_bytes()));
    }
    Ok(pages)
}

/// What `--help` says below the options keeps its lines, under the headings
/// that manual pages have; letters beyond ASCII are written so that any
/// formatter reads them.
fn laid_out(page: &str) -> String {
    let (before, after) = page.split_once(".SH EXTRA\n").unwrap_or((page, ""));
    let headed = after
        .replace("Examples:\n", ".SH EXAMPLES\n.nf\n")
        .replace("Exit codes:\n", ".fi\n.SH EXIT STATUS\n.nf\n")
        .replace(".SH VERSION", ".fi\n.SH VERSION");
    before.chars().chain(headed.chars()).fold(String::new(), |mut text, letter| {
        if letter.is_ascii() {
            text.push(letter);
        } else {
            text.push_str(&format!("\\[u{:04X}]", u32::from(letter)));
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_that_names_its_options() {
        let pages = pages().unwrap();
        assert_eq!(pages[0].0, "pixelproof.1");
        for subcommand in crate::cli::command().get_subcommands() {
            let name = format!("pixelproof-{}.1", subcommand.get_name());
            let (_, page) = pages.iter().find(|(page, _)| *page == name).unwrap();
            let page = String::from_utf8_lossy(page).replace("\\-", "-");
            assert!(page.contains(".SH EXAMPLES\n.nf\n"), "{name}");
            assert!(page.is_ascii(), "{name}");
            for option in subcommand.get_arguments().filter_map(clap::Arg::get_long) {
                assert!(page.contains(&format!("--{option}")), "{name} lacks --{option}");
            }
        }
    }
}

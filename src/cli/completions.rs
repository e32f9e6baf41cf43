//! `pixelproof completions`: a completion script for a shell.

use clap::Args;
use clap_complete::Shell;

use crate::cli::Context;
use crate::cli::exit::{CommandResult, PASSED};

/// Print a completion script for a shell
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixelproof completions bash > ~/.local/share/bash-completion/completions/pixelproof
  pixelproof completions zsh > ~/.zfunc/_pixelproof")]
pub struct Arguments {
    /// bash, elvish, fish, powershell or zsh
    #[arg(hide_possible_values = true)]
    shell: Shell,
}

#[expect(clippy::unnecessary_wraps, reason = "every subcommand has this signature")]
pub fn execute(arguments: &Arguments, context: &Context) -> CommandResult {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut crate::cli::command(), "pixelproof", &mut script);
    context.screen.out_bytes(&script);
    Ok(PASSED)
}

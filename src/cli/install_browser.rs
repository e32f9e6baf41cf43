//! `pixelproof install-browser`: finds Chrome on this machine, or downloads
//! Chrome for Testing into the user's cache.

use clap::Args;

use crate::cli::Context;
use crate::cli::exit::{CommandResult, Failure, PASSED};
use crate::cli::joints;

/// Find Chrome on this machine, or download Chrome for Testing
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixelproof install-browser
  PIXELPROOF_CHROME=$(pixelproof install-browser) pixelproof run

Prints the path of the browser. It is kept in the user's cache folder, where
`pixelproof run` finds it by itself.")]
pub struct Arguments {}

pub fn execute(_: &Arguments, context: &Context) -> CommandResult {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::from(anyhow::Error::new(error).context("cannot start")))?;
    let path = runtime.block_on(joints::install_browser(&context.environment))?;
    context.screen.out(&format!("{}\n", path.display()));
    Ok(PASSED)
}

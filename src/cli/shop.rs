//! `pixelproof shop`: serves the demo shop on loopback until it is stopped.

use clap::Args;
use tokio::sync::watch;

use crate::cli::Context;
use crate::cli::exit::{CommandResult, Failure, PASSED};
use crate::cli::joints::{self, Shop};
use crate::cli::problems::{Problem, name_help};
use crate::cli::signals;

/// Serve the demo shop, good or with one of its breakages
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixelproof shop
  pixelproof shop --list
  pixelproof shop --theme purchase-twice --port 8080")]
pub struct Arguments {
    /// What the shop does wrong; `--list` tells the names
    #[arg(long, default_value = "good")]
    theme: String,

    /// Port on loopback; any free one if not given
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    port: u16,

    /// List the themes and end
    #[arg(long)]
    list: bool,
}

pub fn execute(arguments: &Arguments, context: &Context) -> CommandResult {
    if arguments.list {
        for (name, what) in joints::themes() {
            context.screen.out(&format!("{name:24} {what}\n"));
        }
        return Ok(PASSED);
    }
    check_theme(&arguments.theme)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::from(anyhow::Error::new(error).context("cannot start")))?;
    runtime.block_on(async {
        let shop = Shop::open(&arguments.theme, arguments.port).await?;
        context.screen.out(&format!("{}/\n", shop.base_url()));
        context.screen.err(&format!("theme {}; Ctrl-C ends it\n", arguments.theme));
        let (sender, mut stopped) = watch::channel(false);
        tokio::select! {
            _ = signals::listen(sender) => {}
            _ = stopped.changed() => {}
        }
        shop.close().await;
        Ok(PASSED)
    })
}

/// Bad input unless a theme has that name.
pub fn check_theme(name: &str) -> Result<(), Failure> {
    let known: Vec<&str> = joints::themes().iter().map(|(name, _)| *name).collect();
    if known.is_empty() || known.contains(&name) {
        return Ok(());
    }
    Err(Failure::input(
        Problem::new(format!("unknown theme `{name}`")).help(name_help(name, &known)),
    ))
}

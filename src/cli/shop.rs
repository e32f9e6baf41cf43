//! `pixelproof shop`: serves the demo shop on loopback until it is stopped.

use clap::Args;
use tokio::sync::watch;

use crate::cli::Context;
use crate::cli::exit::{CommandResult, Failure, PASSED};
use crate::cli::joints::{self, Shop, USUAL_PORT};
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

    /// Port on loopback, 0 for any free one; 4280 if not given and free
    #[arg(long)]
    port: Option<u16>,

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
        let shop = open(arguments, context).await?;
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

/// On the port that was asked for; else on the usual one, which the demo's
/// scenarios name, or on a free one with a word about it.
async fn open(arguments: &Arguments, context: &Context) -> Result<Shop, Failure> {
    if let Some(port) = arguments.port {
        return Shop::open(&arguments.theme, port).await;
    }
    if let Ok(shop) = Shop::open(&arguments.theme, USUAL_PORT).await {
        return Ok(shop);
    }
    let shop = Shop::open(&arguments.theme, 0).await?;
    let base = shop.base_url();
    let note = format!("note: port {USUAL_PORT} is taken; play with --base {base}\n");
    context.screen.err(&note);
    Ok(shop)
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

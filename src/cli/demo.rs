//! `pixelproof demo`: what pixelproof does, shown in a minute. Plays the demo
//! shop's own scenarios against the good shop, then against a broken one, in
//! a temporary folder. Only loopback is used. It exits 0 when both went as a
//! demo should: passed, then failed.

use std::fs;

use clap::Args;

use crate::cli::Context;
use crate::cli::exit::{BROKEN, CommandResult, Failure, PASSED};
use crate::cli::joints::{self, HOUSE, Shop};
use crate::cli::run;
use crate::cli::shop::check_theme;
use crate::model::run::Verdict;

/// Show what pixelproof does, on a shop of its own
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixelproof demo
  pixelproof demo --theme currency-missing
  pixelproof shop --list")]
pub struct Arguments {
    /// What is broken in the second half; `pixelproof shop --list` tells the names
    #[arg(long, default_value = "value-as-text")]
    theme: String,
}

pub fn execute(arguments: &Arguments, context: &Context) -> CommandResult {
    check_theme(&arguments.theme)?;
    let folder = tempfile::Builder::new()
        .prefix("pixelproof-demo-")
        .tempdir()
        .map_err(|error| Failure::from(anyhow::Error::new(error).context("no temporary folder")))?;
    for (path, text) in joints::demo_files() {
        let path = folder.path().join(path);
        path.parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&path, text))
            .map_err(|error| {
                Failure::from(anyhow::Error::new(error).context("cannot write the demo"))
            })?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::from(anyhow::Error::new(error).context("cannot start")))?;
    let shop = runtime.block_on(Shop::open("good", 0))?;
    let broken = runtime.block_on(Shop::open(&arguments.theme, 0))?;
    let result = show(arguments, context, folder.path(), &shop, &broken);
    runtime.block_on(shop.close());
    runtime.block_on(broken.close());
    result
}

fn show(
    arguments: &Arguments,
    context: &Context,
    folder: &std::path::Path,
    shop: &Shop,
    broken: &Shop,
) -> CommandResult {
    let screen = &context.screen;
    screen.out(&format!(
        "This is a small shop with Meta, GA4, Google Ads and TikTok tags, at {}\n\
         Its funnels are played now, and every pixel hit is compared with a snapshot.\n\n",
        shop.base_url(),
    ));
    let good = play(context, folder, &shop.base_url(), false)?;
    let what = joints::themes()
        .into_iter()
        .find(|(name, _)| *name == arguments.theme)
        .map_or("", |(_, what)| what);
    screen.out(&format!(
        "\nNow the same shop after a deploy that went wrong: {what}.\n\
         The pages look the same. What does not pass is told, and why.\n\n",
    ));
    let broken = play(context, folder, &broken.base_url(), true)?;
    let (text, code) = match (good, broken) {
        (Verdict::Passed, Verdict::Failed) => (
            "\nThat is all: the first run passed, the second told what the deploy broke.\n\
             Next: `pixelproof shop` to look around, `pixelproof run --help` for your own site.\n",
            PASSED,
        ),
        (Verdict::Passed, Verdict::Passed) if arguments.theme.starts_with("good") => {
            ("\nBoth themes are good, so both runs passed.\n", PASSED)
        }
        _ => ("\nThe demo did not go as it should: expected passed, then failed.\n", BROKEN),
    };
    screen.out(text);
    Ok(code)
}

/// Plays the demo's scenarios against one shop; the worst verdict. `quiet`
/// tells what did not pass only.
fn play(
    context: &Context,
    folder: &std::path::Path,
    base: &str,
    quiet: bool,
) -> Result<Verdict, Failure> {
    let arguments = run::Arguments {
        paths: vec![folder.join("scenarios")],
        snapshots: Some(folder.join("snapshots")),
        artifacts: Some(folder.join("artifacts")),
        base: Some(base.to_owned()),
        jobs: Some(2),
        // No `.snap.new`: the folder goes away with the demo.
        ci: true,
        quiet,
        ..run::Arguments::default()
    };
    let mut prepared = run::prepare(&arguments, context)?;
    prepared.keep_to_loopback();
    prepared.keep_state_in(folder);
    let report = run::play(&prepared, context, &HOUSE)?;
    Ok(match report.exit_code() {
        0 => Verdict::Passed,
        1 => Verdict::Failed,
        _ => Verdict::Broken,
    })
}

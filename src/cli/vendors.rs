//! `pixelproof vendors`: the vendors whose hits are decoded, the user's own
//! included.

use std::path::PathBuf;

use clap::Args;

use crate::cli::Context;
use crate::cli::config;
use crate::cli::exit::{CommandResult, PASSED};
use crate::cli::joints;
use crate::report::clean::one_line;

/// List the vendors whose hits are decoded
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixelproof vendors

The first column is the slug that scenarios, snapshots and pixelproof.toml use.")]
pub struct Arguments {
    /// Read this file instead of looking for pixelproof.toml
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
}

pub fn execute(arguments: &Arguments, context: &Context) -> CommandResult {
    let config = config::load(arguments.config.as_deref(), &context.environment)?;
    let vendors = joints::vendors(&config)?;
    let widest = |texts: &mut dyn Iterator<Item = &String>| {
        texts.map(|text| text.chars().count()).max().unwrap_or(0).min(40)
    };
    let slugs = widest(&mut vendors.iter().map(|vendor| &vendor.slug));
    let names = widest(&mut vendors.iter().map(|vendor| &vendor.name));
    for vendor in &vendors {
        let line = format!("{:slugs$}  {:names$}  {}", vendor.slug, vendor.name, vendor.docs);
        context.screen.out(&format!("{}\n", one_line(&line, 300).trim_end()));
    }
    Ok(PASSED)
}

//! `pixelproof review`, its arguments: the work is done in `review`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::Context;
use crate::cli::config;
use crate::cli::exit::CommandResult;
use crate::cli::review::{ReviewMode, ReviewOptions, review};

/// Accept or reject differences, hit by hit
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixelproof review                 asks about every change
  pixelproof review --list          tells what waits
  pixelproof review --accept lead   takes every change of one scenario
  pixelproof review --reject        drops every change")]
pub struct Arguments {
    /// Scenarios to review, by name or pattern; all if not given
    #[arg(value_name = "NAMES")]
    globs: Vec<String>,

    /// Take every change
    #[arg(long, conflicts_with_all = ["reject", "list"])]
    accept: bool,

    /// Drop every change
    #[arg(long, conflicts_with = "list")]
    reject: bool,

    /// Tell what waits, change nothing
    #[arg(long)]
    list: bool,

    /// Folder of the snapshots
    #[arg(long, value_name = "DIR")]
    snapshots: Option<PathBuf>,

    /// Read this file instead of looking for pixelproof.toml
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
}

pub fn execute(arguments: &Arguments, context: &Context) -> CommandResult {
    let config = config::load(arguments.config.as_deref(), &context.environment)?;
    let environment = &context.environment;
    let options = ReviewOptions {
        snapshots: arguments.snapshots.clone().unwrap_or(config.snapshots),
        globs: arguments.globs.clone(),
        mode: match (arguments.accept, arguments.reject, arguments.list) {
            (true, ..) => ReviewMode::Accept,
            (_, true, _) => ReviewMode::Reject,
            (_, _, true) => ReviewMode::List,
            _ => ReviewMode::Interactive,
        },
        color: context.screen.out_color,
        width: context.screen.columns,
        terminal: environment.stdin_is_terminal && environment.stdout_is_terminal,
    };
    Ok(review(&options)?)
}

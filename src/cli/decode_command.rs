//! `pixelproof decode`, its arguments: the work is done in `decode`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::Context;
use crate::cli::config;
use crate::cli::decode;
use crate::cli::exit::{CommandResult, Failure, PASSED};
use crate::cli::joints;

/// Decode requests from standard input, one JSON object a line
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  echo '{\"id\":\"1\",\"url\":\"https://www.facebook.com/tr/?id=1&ev=Lead\",\"method\":\"GET\",\"body\":null}' | pixelproof decode
  pixelproof decode < requests.jsonl > hits.jsonl

A line has id, url, method, body (base64 or null), and may have content_type,
content_encoding and headers. Every line gets a line, in order.")]
pub struct Arguments {
    /// Format of input and output
    #[arg(long, default_value = "jsonl")]
    format: Format,

    /// Read this file instead of looking for pixelproof.toml
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Jsonl,
}

pub fn execute(arguments: &Arguments, context: &Context) -> CommandResult {
    let Format::Jsonl = arguments.format;
    let config = config::load(arguments.config.as_deref(), &context.environment)?;
    let registry = joints::registry(&config).map_err(Failure::Input)?;
    decode::run(std::io::stdin().lock(), std::io::stdout().lock(), &registry)?;
    Ok(PASSED)
}

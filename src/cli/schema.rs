//! `pixelproof schema`: the JSON Schema of scenario files, for editors.

use clap::Args;

use crate::cli::Context;
use crate::cli::exit::{CommandResult, PASSED};
use crate::cli::joints::scenario_schema;

/// Print the JSON Schema of scenario files, for editors
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixelproof schema > scenario.schema.json

Then put this line first in a scenario file:
  # yaml-language-server: $schema=../scenario.schema.json")]
pub struct Arguments {}

pub fn execute(_: &Arguments, context: &Context) -> CommandResult {
    let schema = scenario_schema();
    let text = serde_json::to_string_pretty(&schema).map_err(anyhow::Error::new)?;
    context.screen.out(&format!("{text}\n"));
    Ok(PASSED)
}

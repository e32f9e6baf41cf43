//! `pixelproof check`: reads scenarios and configuration and tells every
//! problem. No browser is started and nothing is written.

use std::path::PathBuf;

use clap::Args;

use crate::cli::Context;
use crate::cli::exit::{CommandResult, PASSED};
use crate::cli::joints::HOUSE;
use crate::cli::run;
use crate::report::clean::one_line;

/// Check scenarios and configuration without a browser
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixelproof check
  pixelproof check scenarios/lead.yaml --var email=jane@example.com")]
pub struct Arguments {
    /// Scenario files, folders or patterns
    #[arg(value_name = "PATHS")]
    paths: Vec<PathBuf>,

    /// Set a variable; may be repeated
    #[arg(long = "var", value_name = "NAME=VALUE")]
    vars: Vec<String>,

    /// Set the variable `base`
    #[arg(long, value_name = "URL")]
    base: Option<String>,

    /// Read this file instead of looking for pixelproof.toml
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
}

pub fn execute(arguments: &Arguments, context: &Context) -> CommandResult {
    let run_arguments = run::Arguments {
        paths: arguments.paths.clone(),
        vars: arguments.vars.clone(),
        base: arguments.base.clone(),
        config: arguments.config.clone(),
        ..run::Arguments::default()
    };
    let prepared = run::prepare(&run_arguments, context)?;
    let played = run::read_scenarios(&prepared, context, &HOUSE)?;
    for scenario in played.scenarios {
        let line = format!("ok {} ({})", scenario.file, scenario.name);
        context.screen.out(&format!("{}\n", one_line(&line, 300)));
    }
    Ok(PASSED)
}

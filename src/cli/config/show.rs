//! `pixelproof config`: the settings in force and where each comes from, as
//! TOML that could be a pixelproof.toml, or as JSON. It resolves nothing.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::cli::Context;
use crate::cli::config::file::{Pixels, ScreenshotChoice};
use crate::cli::config::origins::{Origin, Setting, bare_or_quoted, keys, mask, settings};
use crate::cli::exit::{CommandResult, Failure, PASSED};
use crate::cli::joints;
use crate::cli::run;
use crate::cli::run::settings::settle;
use crate::report::clean::one_line;

/// Print the settings in force, and what set each of them
#[derive(Debug, Default, Args)]
#[command(after_help = "\
Examples:
  pixelproof config
  pixelproof config --pixels deliver --base https://staging.example.com
  pixelproof config --format json

Passwords, cookies, headers and variables from the environment are shown as ***.")]
pub struct Arguments {
    /// Lines of TOML with the origin behind, or json
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "toml",
        hide_possible_values = true,
        help = "How to print them: toml, json"
    )]
    format: Format,

    /// Scenarios to play side by side
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: Option<u16>,

    /// Set the variable `base`, which scenarios start their URLs with
    #[arg(long, value_name = "URL")]
    base: Option<String>,

    /// Set a variable; may be repeated
    #[arg(long = "var", value_name = "NAME=VALUE")]
    vars: Vec<String>,

    /// What happens to pixel requests once they are recorded
    #[arg(long, value_name = "stub|deliver|block", hide_possible_values = true)]
    pixels: Option<Pixels>,

    /// Of which steps a screenshot is kept: each, failure (the default) or off
    #[arg(long, value_name = "WHICH", hide_possible_values = true)]
    screenshots: Option<ScreenshotChoice>,

    /// Show the browser's window
    #[arg(long)]
    headed: bool,

    /// Milliseconds that a step may take
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=86_400_000))]
    timeout: Option<u64>,

    /// Folder of the snapshots
    #[arg(long, value_name = "DIR")]
    snapshots: Option<PathBuf>,

    /// Read this file instead of looking for pixelproof.toml
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Format {
    #[default]
    Toml,
    Json,
}

pub fn execute(arguments: &Arguments, context: &Context) -> CommandResult {
    let run = arguments.of_a_run();
    let mut problems = Vec::new();
    let (config, _) = settle(&run, context, &mut problems)?;
    if !problems.is_empty() {
        return Err(Failure::Input(problems));
    }
    // What is wrong with it is told as any run would tell it.
    joints::registry(&config).map_err(Failure::Input)?;
    let environment = &context.environment;
    let found = joints::executable(&config.browser, environment);
    let mut settings = settings(&config, environment, stronger(&run)?, found.as_deref())
        .map_err(anyhow::Error::new)?;
    settings.iter_mut().for_each(mask);
    let file = config.path.as_ref().map(|path| path.display().to_string());
    let text = match arguments.format {
        Format::Toml => {
            let from = file.as_deref().unwrap_or("no pixelproof.toml was found");
            let lines: String = settings.iter().map(line).collect();
            format!("# {}\n{lines}", one_line(from, 300))
        }
        Format::Json => {
            let settings: Vec<Value> = settings.iter().map(as_json).collect();
            let value = json!({ "schema": 1, "file": file, "settings": settings });
            format!("{}\n", serde_json::to_string_pretty(&value).map_err(anyhow::Error::new)?)
        }
    };
    context.screen.out(&text);
    Ok(PASSED)
}

impl Arguments {
    fn of_a_run(&self) -> run::Arguments {
        run::Arguments {
            jobs: self.jobs,
            base: self.base.clone(),
            vars: self.vars.clone(),
            pixels: self.pixels,
            screenshots: self.screenshots,
            headed: self.headed,
            timeout: self.timeout,
            snapshots: self.snapshots.clone(),
            config: self.config.clone(),
            ..run::Arguments::default()
        }
    }
}

/// What the arguments set, as keys of the file.
fn stronger(arguments: &run::Arguments) -> Result<Vec<Setting>, anyhow::Error> {
    let variables = arguments.vars.iter().filter_map(|pair| pair.split_once('='));
    let base = arguments.base.iter().map(|base| ("base", base.trim_end_matches('/'), "--base"));
    let mut all: Vec<Setting> = base
        .chain(variables.map(|(name, value)| (name.trim(), value, "--var")))
        .map(|(name, value, option)| Setting {
            path: keys(["vars", name]),
            value: json!(value),
            origin: Origin::Argument(option),
        })
        .collect();
    for (path, value, option) in [
        (["run", "jobs"], serde_json::to_value(arguments.jobs)?, "--jobs"),
        (["run", "timeout"], serde_json::to_value(arguments.timeout)?, "--timeout"),
        (["run", "pixels"], serde_json::to_value(arguments.pixels)?, "--pixels"),
        (["run", "screenshots"], serde_json::to_value(arguments.screenshots)?, "--screenshots"),
        (["run", "snapshots"], serde_json::to_value(&arguments.snapshots)?, "--snapshots"),
        (
            ["browser", "headless"],
            if arguments.headed { json!(false) } else { Value::Null },
            "--headed",
        ),
    ] {
        if !value.is_null() {
            all.push(Setting { path: keys(path), value, origin: Origin::Argument(option) });
        }
    }
    Ok(all)
}

/// `run.jobs = 4  # pixelproof.toml:12`, or a comment where nothing is set.
fn line(setting: &Setting) -> String {
    let key = setting.key();
    if setting.value.is_null() {
        return format!("# {key} is not set\n");
    }
    let origin = one_line(&origin(&setting.origin), 300);
    format!("{key} = {}  # {origin}\n", inline(&setting.value))
}

/// The value as TOML, on one line whatever is in it: JSON escapes texts as
/// TOML does, but for one character.
fn inline(value: &Value) -> String {
    let list = |items: Vec<String>| items.join(", ");
    match value {
        Value::Array(items) => format!("[{}]", list(items.iter().map(inline).collect())),
        Value::Object(entries) => {
            let pairs = entries
                .iter()
                .map(|(key, value)| format!("{} = {}", bare_or_quoted(key), inline(value)));
            format!("{{ {} }}", list(pairs.collect()))
        }
        other => other.to_string().replace('\u{7f}', "\\u007f"),
    }
}

fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Default => "default".to_owned(),
        Origin::Derived(from) => from.clone(),
        Origin::File { path, line } => format!("{}:{line}", path.display()),
        Origin::Environment(name) => format!("environment {name}"),
        Origin::Argument(option) => (*option).to_owned(),
    }
}

fn as_json(setting: &Setting) -> Value {
    let origin = match &setting.origin {
        Origin::Default => json!({ "is": "default" }),
        Origin::Derived(from) => json!({ "is": "derived", "from": from }),
        Origin::File { path, line } => json!({ "is": "file", "path": path, "line": line }),
        Origin::Environment(name) => json!({ "is": "environment", "name": name }),
        Origin::Argument(option) => json!({ "is": "argument", "option": option }),
    };
    json!({ "key": setting.key(), "value": setting.value, "origin": origin })
}

#[cfg(test)]
mod tests;

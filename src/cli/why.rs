//! `pixelproof why`: plays one scenario and tells the way of its events, from
//! the step to the vendor's answer, also where nothing is wrong.

use std::path::PathBuf;

use clap::Args;

use crate::cli::Context;
use crate::cli::config::file::Pixels;
use crate::cli::exit::{CommandResult, EXIT_CODES, Failure};
use crate::cli::joints::{self, HOUSE, Wish};
use crate::cli::problems::{Problem, name_help};
use crate::cli::run;
use crate::report::{ReportOptions, trail};

/// Tell where an event got lost, or who sent it
#[derive(Debug, Args)]
#[command(after_help = format!("\
Examples:
  pixelproof why scenarios/lead.yaml meta.Lead
  pixelproof why scenarios/lead.yaml                every event
  pixelproof why scenarios/purchase.yaml ga4.purchase --base https://staging.example.com

{EXIT_CODES}"))]
pub struct Arguments {
    /// Scenario file
    #[arg(value_name = "SCENARIO")]
    scenario: PathBuf,

    /// The event, as `pixelproof vendors` and the vendor name it; all if not given
    #[arg(value_name = "VENDOR.EVENT")]
    event: Option<String>,

    /// Set the variable `base`, which scenarios start their URLs with
    #[arg(long, value_name = "URL")]
    base: Option<String>,

    /// Set a variable; may be repeated
    #[arg(long = "var", value_name = "NAME=VALUE")]
    vars: Vec<String>,

    /// What happens to pixel requests once they are recorded
    #[arg(long, value_name = "stub|deliver|block", hide_possible_values = true)]
    pixels: Option<Pixels>,

    /// Use a browser that runs already
    #[arg(long, value_name = "ws://…")]
    browser: Option<String>,

    /// Show the browser's window
    #[arg(long)]
    headed: bool,

    /// Milliseconds that a step may take
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=86_400_000))]
    timeout: Option<u64>,

    /// Write a report: json=PATH, har=PATH, terminal=PATH; `-` is standard output
    #[arg(long = "report", value_name = "FORMAT=PATH")]
    reports: Vec<String>,

    /// Folder of the snapshots
    #[arg(long, value_name = "DIR")]
    snapshots: Option<PathBuf>,

    /// Read this file instead of looking for pixelproof.toml
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
}

pub fn execute(arguments: &Arguments, context: &Context) -> CommandResult {
    let mut prepared = run::prepare(
        &run::Arguments {
            paths: vec![arguments.scenario.clone()],
            base: arguments.base.clone(),
            vars: arguments.vars.clone(),
            pixels: arguments.pixels,
            browser: arguments.browser.clone(),
            headed: arguments.headed,
            timeout: arguments.timeout,
            reports: arguments.reports.clone(),
            snapshots: arguments.snapshots.clone(),
            config: arguments.config.clone(),
            // It looks; whoever wants a snapshot says `run`.
            ci: true,
            ..run::Arguments::default()
        },
        context,
    )?;
    let slugs: Vec<String> =
        joints::vendors(prepared.config())?.into_iter().map(|vendor| vendor.slug).collect();
    prepared.look_into(match &arguments.event {
        Some(event) => wish(event, &slugs).map_err(Failure::input)?,
        None => Wish::All,
    });
    let report = run::play(&prepared, context, &HOUSE)?;
    let screen = &context.screen;
    let writes_out = arguments.reports.iter().any(|report| report.ends_with("=-"));
    let color = if writes_out { screen.err_color } else { screen.out_color };
    let options = ReportOptions { width: screen.columns, color, ..ReportOptions::default() };
    for scenario in &report.scenarios {
        let text = trail::trails(scenario, &options);
        if writes_out {
            screen.err(&text);
        } else {
            screen.out(&text);
        }
    }
    Ok(report.exit_code())
}

/// `meta.Lead`: a vendor's slug and its event, which may hold further dots.
fn wish(text: &str, slugs: &[String]) -> Result<Wish, Problem> {
    let Some((vendor, event)) = text.split_once('.').filter(|(_, event)| !event.is_empty()) else {
        return Err(Problem::new(format!("`{text}` names no event"))
            .help("expected VENDOR.EVENT, such as `meta.Lead`"));
    };
    if !slugs.iter().any(|slug| slug == vendor) {
        let known: Vec<&str> = slugs.iter().map(String::as_str).collect();
        return Err(
            Problem::new(format!("unknown vendor `{vendor}`")).help(name_help(vendor, &known))
        );
    }
    Ok(Wish::One { vendor: vendor.to_owned(), event: event.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_named_by_vendor_and_name() {
        let slugs = ["meta".to_owned(), "segment".to_owned()];
        let one = |vendor: &str, event: &str| Wish::One {
            vendor: vendor.to_owned(),
            event: event.to_owned(),
        };
        assert_eq!(wish("meta.Lead", &slugs).unwrap(), one("meta", "Lead"));
        assert_eq!(
            wish("segment.Order 1.0 sent", &slugs).unwrap(),
            one("segment", "Order 1.0 sent")
        );
        for text in ["meta", "meta.", "", "mta.Lead"] {
            assert!(wish(text, &slugs).is_err(), "{text}");
        }
    }
}

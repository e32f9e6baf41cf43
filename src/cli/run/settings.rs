//! What a run's arguments change of the settings. It checks what they say and
//! opens nothing.

use std::collections::BTreeMap;

use serde_json::json;
use url::Url;

use crate::cli::Context;
use crate::cli::config::file::Pixels;
use crate::cli::config::origins::{Origin, settings};
use crate::cli::config::{self, Config};
use crate::cli::environment::VAR_PREFIX;
use crate::cli::exit::Failure;
use crate::cli::joints::Variables;
use crate::cli::problems::{self, Problem};
use crate::cli::run::Arguments;
use crate::model::browser_options::BrowserSource;

/// The configuration with the arguments laid over it, and the variables.
pub fn settle(
    arguments: &Arguments,
    context: &Context,
    problems: &mut Vec<Problem>,
) -> Result<(Config, Variables), Failure> {
    let mut config = config::load(arguments.config.as_deref(), &context.environment)?;
    if let Some(url) = &arguments.browser {
        if !Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "ws" | "wss")) {
            problems.push(
                Problem::new(format!("--browser {url} is no WebSocket URL"))
                    .help("expected what Chrome prints as DevTools URL: ws://127.0.0.1:9222/devtools/browser/…"),
            );
        }
        config.browser.source = BrowserSource::Connect(url.clone());
    }
    if arguments.browser.is_some()
        && let Some(notice) = unheeded(&config, arguments, context)
    {
        let screen = &context.screen;
        screen.err(&problems::draw_note(&notice, screen.err_color, screen.columns));
    }
    config.browser.headless &= !arguments.headed;
    config.browser.witness = arguments.witness;
    config.timeout_ms = arguments.timeout.unwrap_or(config.timeout_ms);
    config.pixels = arguments.pixels.map_or(config.pixels, Pixels::policy);
    config.screenshots = arguments.screenshots.map_or(config.screenshots, Into::into);
    config.jobs = arguments.jobs.map(usize::from).or(config.jobs);
    if let Some(folder) = &arguments.snapshots {
        config.snapshots.clone_from(folder);
    }
    let variables = variables(arguments, &config, context, problems);
    Ok((config, variables))
}

/// Settings that only a Chrome that is started can heed.
const AT_START: [&str; 5] = ["executable", "args", "headless", "sandbox", "host_resolver_rules"];

/// What has no effect on a browser that runs already.
fn unheeded(config: &Config, arguments: &Arguments, context: &Context) -> Option<Problem> {
    // The environment names an executable for all runs of a machine; what
    // somebody wrote for these runs is what they may wonder about.
    let written = settings(config, &context.environment, Vec::new(), None).unwrap_or_default();
    let written = written.iter().filter_map(|setting| match (&setting.origin, &*setting.path) {
        (Origin::File { path, line }, [table, key, ..])
            if table == "browser" && AT_START.contains(&key.as_str()) =>
        {
            // These are as if nothing were said.
            let says_nothing = setting.value == json!("auto")
                || (key == "headless" && setting.value == json!(true));
            (!says_nothing).then(|| format!("`{key}` ({}:{line})", path.display()))
        }
        _ => None,
    });
    let options = [(arguments.headed, "--headed"), (arguments.witness, "--witness")];
    let given = options.into_iter().filter(|(given, _)| *given);
    let all: Vec<String> = written.chain(given.map(|(_, option)| format!("`{option}`"))).collect();
    (!all.is_empty()).then(|| {
        Problem::new(format!(
            "--browser names one that runs already, which does not heed {}",
            all.join(", ")
        ))
        .help("start that browser with them")
    })
}

/// Arguments over environment over configuration. What the environment sets
/// is read by the scenario layer; here the configuration only gives way.
fn variables(
    arguments: &Arguments,
    config: &Config,
    context: &Context,
    problems: &mut Vec<Problem>,
) -> Variables {
    let environment = &context.environment.all;
    let mut command_line: BTreeMap<String, String> = config
        .vars
        .iter()
        .filter(|(name, _)| !environment.contains_key(&format!("{VAR_PREFIX}{name}")))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if let Some(base) = &arguments.base {
        if !Url::parse(base).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
            problems.push(
                Problem::new(format!("--base {base} is no address of a site"))
                    .help("expected such as `https://staging.example.com`"),
            );
        }
        // Scenarios write `${base}/cart`.
        command_line.insert("base".to_owned(), base.trim_end_matches('/').to_owned());
    }
    for pair in &arguments.vars {
        match pair.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                command_line.insert(name.trim().to_owned(), value.to_owned());
            }
            _ => problems.push(
                Problem::new(format!("--var {pair} sets nothing")).help("expected NAME=VALUE"),
            ),
        }
    }
    Variables { command_line, environment: environment.clone(), seed: fastrand::u64(..) }
}

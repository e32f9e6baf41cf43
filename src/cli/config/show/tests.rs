//! Settings of every origin, told and read again.

use std::collections::BTreeMap;
use std::path::Path;

use crate::cli::config::{Config, FILE_NAME, file, load};
use crate::cli::environment::Environment;
use crate::cli::screen::Screen;

use super::*;

const FILE: &str = r#"
[browser]
device = "iPhone 15"
proxy = "http://proxy-user:proxy-word@proxy.test:3128"
headers = { "X-Preview" = "header-word" }
cookies = [
    { name = "session", value = "cookie-word", domain = "shop.test" },
]
geolocation = { latitude = 52.5, longitude = 13 }

[browser.http_credentials]
username = "staging"
password = "pass-word"

[run]
timeout = 0x1388
jobs = 2

[vendors.ga4]
hosts = ["sst.shop.test"]

[checks]
duplicate = { vendors = { ga4 = "warning" } }

[[vendor]]
slug = "own"
url = "px.shop.test/hit"
event = "query:e"

[vars]
base = "https://user:base-word@staging.shop.test"
api_token = "token-word"
count = 3
"odd name" = "two\nlines \u007f \\ # \" x"
none = nan
"#;

fn context(folder: &Path) -> Context {
    let all = BTreeMap::from([
        ("CHROME".to_owned(), "/opt/chrome".to_owned()),
        ("PIXELPROOF_VAR_email".to_owned(), "env-word@shop.test".to_owned()),
    ]);
    let chrome = Some("/opt/chrome".into());
    let environment =
        Environment { directory: folder.to_owned(), chrome, all, ..Environment::default() };
    Context { environment, screen: Screen::captured(100) }
}

fn shown(arguments: &Arguments) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FILE_NAME), FILE).unwrap();
    let context = context(folder.path());
    execute(arguments, &context).unwrap();
    context.screen.text()
}

fn of_every_kind() -> Arguments {
    Arguments {
        jobs: Some(4),
        base: Some("https://new.shop.test/".to_owned()),
        vars: vec!["colour=red".to_owned()],
        pixels: Some(Pixels::Block),
        screenshots: Some(ScreenshotChoice::Each),
        headed: true,
        timeout: Some(7000),
        snapshots: Some("expected".into()),
        ..Arguments::default()
    }
}

#[test]
fn every_setting_is_told_with_its_origin() {
    insta::assert_snapshot!(shown(&Arguments::default()));
    insta::assert_snapshot!(shown(&of_every_kind()));
    let text = shown(&Arguments { format: Format::Json, ..Arguments::default() });
    let value: Value = serde_json::from_str(&text).unwrap();
    insta::assert_json_snapshot!(value["settings"].as_array().unwrap()[..6]);
}

#[test]
fn secrets_are_told_by_nobody() {
    for format in [Format::Toml, Format::Json] {
        let text = shown(&Arguments { format, ..Arguments::default() });
        assert!(!text.contains("-word"), "{text}");
    }
}

/// Whoever adds a setting decides here whether it has a value by itself.
#[test]
fn every_key_has_a_value_or_is_known_to_have_none() {
    let without = [
        "browser.args",
        "browser.cookies",
        "browser.device",
        "browser.executable",
        "browser.geolocation",
        "browser.headers",
        "browser.host_resolver_rules",
        "browser.http_credentials",
        "browser.locale",
        "browser.proxy",
        "browser.timezone",
        "browser.user_agent",
        "checks",
        "vars",
        "vendor",
        "vendors",
    ];
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FILE_NAME), "").unwrap();
    let environment = Environment { directory: folder.path().to_owned(), ..Environment::default() };
    let config = load(None, &environment).unwrap();
    let settings = settings(&config, &environment, Vec::new(), None).unwrap();
    let mut found: Vec<String> =
        settings.iter().filter(|it| it.value.is_null()).map(Setting::key).collect();
    found.sort();
    assert_eq!(found, without);
}

/// What is shown as a default is what an empty file means.
#[test]
fn defaults_are_those_that_hold() {
    let folder = tempfile::tempdir().unwrap();
    let environment = Environment { directory: folder.path().to_owned(), ..Environment::default() };
    std::fs::write(folder.path().join(FILE_NAME), "").unwrap();
    let empty = load(None, &environment).unwrap();
    let told = settings(&empty, &environment, Vec::new(), None).unwrap();
    let text: String = told.iter().map(line).collect();
    std::fs::write(folder.path().join(FILE_NAME), text).unwrap();
    let full = load(None, &environment).unwrap();
    let plain = |config| Config { source: String::new(), jobs: Some(1), ..config };
    assert_eq!(full.jobs, Some(1));
    assert_eq!(plain(empty), plain(full));
}

/// The settings as shown, read as a file, are what a run would use.
#[test]
fn what_is_told_is_what_holds() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FILE_NAME), FILE).unwrap();
    let context = context(folder.path());
    let run = of_every_kind().of_a_run();
    let mut problems = Vec::new();
    let (config, variables) = settle(&run, &context, &mut problems).unwrap();
    assert!(problems.is_empty());
    let told = settings(&config, &context.environment, stronger(&run).unwrap(), None).unwrap();
    let text: String = told.iter().map(line).collect();
    file::parse(&text).unwrap_or_else(|problem| panic!("{}\n{text}", problem.message));
    std::fs::write(folder.path().join("told.toml"), &text).unwrap();
    let environment = Environment { directory: folder.path().to_owned(), ..Environment::default() };
    let again = load(Some(Path::new("told.toml")), &environment).unwrap();
    assert_eq!(again.browser, config.browser);
    assert_eq!((again.jobs, again.timeout_ms, again.pixels), (Some(4), 7000, config.pixels));
    assert_eq!((again.screenshots, again.snapshots), (config.screenshots, config.snapshots));
    assert_eq!(again.scenarios, config.scenarios);
    let plain = |config: &[crate::cli::config::VendorSettings]| {
        let vendors = config.iter().map(|vendor| {
            let hosts: Vec<String> = vendor.hosts.iter().map(|host| host.value.clone()).collect();
            (vendor.slug.value.clone(), vendor.pixels, hosts)
        });
        vendors.collect::<Vec<_>>()
    };
    assert_eq!(plain(&again.vendors), plain(&config.vendors));
    assert_eq!(again.custom_vendors[0].value, config.custom_vendors[0].value);
    assert_eq!(again.checks.len(), config.checks.len());
    let mut expected = variables.command_line.clone();
    expected.insert("email".to_owned(), "env-word@shop.test".to_owned());
    assert_eq!(again.vars, expected);
}

//! The settings in force, one by one, each with the place that set it. The
//! keys are those that pixelproof.toml's own structures write, so that none
//! can be forgotten. It reads no files and prints nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value, json};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::cli::config::Config;
use crate::cli::config::file::{Browser, File, Pixels, Run, SandboxChoice, ScreenshotChoice};
use crate::cli::environment::{Environment, VAR_PREFIX};
use crate::report::mask::MASKED;

/// Words in the name of a variable that holds a secret.
const SECRET_WORDS: [&str; 6] = ["pass", "secret", "token", "key", "credential", "auth"];

/// Name and password in an address.
static USER_INFO: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("://[^/@\\s]+@").ok());

/// What set a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Default,
    /// A device's screen, or a Chrome that was found on this machine.
    Derived(String),
    File {
        path: PathBuf,
        /// From 1.
        line: usize,
    },
    /// Name of the variable.
    Environment(String),
    /// The option as it is written.
    Argument(&'static str),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Keys of the tables that it is in, and its own.
    pub path: Vec<String>,
    /// Null where nothing is set.
    pub value: Value,
    pub origin: Origin,
}

impl Setting {
    /// As TOML writes it: `checks."a.b"`.
    pub fn key(&self) -> String {
        let keys: Vec<String> = self.path.iter().map(|key| bare_or_quoted(key)).collect();
        keys.join(".")
    }
}

/// A key as TOML writes it.
pub fn bare_or_quoted(key: &str) -> String {
    let is_bare = !key.is_empty()
        && key.chars().all(|it| it.is_ascii_alphanumeric() || it == '-' || it == '_');
    if is_bare { key.to_owned() } else { json!(key).to_string().replace('\u{7f}', "\\u007f") }
}

/// What holds where nobody set anything. Keys that have no value here are
/// not set by themselves.
fn usual() -> File {
    File {
        browser: Browser {
            headless: Some(true),
            sandbox: Some(SandboxChoice::Auto),
            accept_invalid_certificates: Some(false),
            ..Browser::default()
        },
        run: Run {
            jobs: Some(Spanned::new(0..0, 1)),
            timeout: Some(Spanned::new(0..0, 10_000)),
            pixels: Some(Pixels::Stub),
            screenshots: Some(ScreenshotChoice::Failure),
            snapshots: Some("snapshots".to_owned()),
            scenarios: Some("scenarios".to_owned()),
            keep_runs: Some(10),
        },
        ..File::default()
    }
}

/// Every setting, in the order of the structures. `config` is what they were
/// resolved to, `stronger` what the arguments set, `found` the Chrome that is taken where none is named.
pub fn settings(
    config: &Config,
    environment: &Environment,
    stronger: Vec<Setting>,
    found: Option<&Path>,
) -> Result<Vec<Setting>, serde_json::Error> {
    let mut tree = Tree { values: serde_json::to_value(usual())?, origins: BTreeMap::new() };
    if let (Some(path), Ok(written)) = (&config.path, DeTable::parse(&config.source)) {
        tree.lay_file(written.get_ref(), &mut Vec::new(), path, &config.source);
    }
    for setting in from_environment(environment).into_iter().chain(stronger) {
        tree.set(&setting.path, setting.value, setting.origin);
    }
    tree.derive(config, found);
    let mut settings = Vec::new();
    flatten(&tree.values, &mut Vec::new(), &tree.origins, &mut settings);
    Ok(settings)
}

/// Secrets do not leave: passwords, cookies, headers, what comes from the
/// environment (where machines keep them), variables that are named so.
pub fn mask(setting: &mut Setting) {
    let path: Vec<&str> = setting.path.iter().map(String::as_str).collect();
    let hidden = match path.as_slice() {
        ["browser", "headers", _] | ["browser", "http_credentials", "password"] => true,
        ["vars", name] => {
            let name = name.to_lowercase();
            matches!(setting.origin, Origin::Environment(_))
                || SECRET_WORDS.iter().any(|word| name.contains(word))
        }
        _ => false,
    };
    if hidden && !setting.value.is_null() {
        setting.value = json!(MASKED);
    }
    if path == ["browser", "cookies"]
        && let Some(cookies) = setting.value.as_array_mut()
    {
        for value in cookies.iter_mut().filter_map(|cookie| cookie.get_mut("value")) {
            *value = json!(MASKED);
        }
    }
    hide_user_info(&mut setting.value);
}

fn hide_user_info(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(user_info) = &*USER_INFO {
                *text = user_info.replace_all(text, format!("://{MASKED}@")).into_owned();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide_user_info),
        Value::Object(entries) => entries.values_mut().for_each(hide_user_info),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn from_environment(environment: &Environment) -> Vec<Setting> {
    let set = |name: &str| environment.all.get(name).is_some_and(|value| !value.is_empty());
    let executable = environment.chrome.as_ref().map(|path| Setting {
        path: keys(["browser", "executable"]),
        value: json!(path.display().to_string()),
        origin: Origin::Environment(
            if set("PIXELPROOF_CHROME") { "PIXELPROOF_CHROME" } else { "CHROME" }.to_owned(),
        ),
    });
    let variables = environment.all.iter().filter_map(|(name, value)| {
        Some(Setting {
            path: keys(["vars", name.strip_prefix(VAR_PREFIX)?]),
            value: json!(value),
            origin: Origin::Environment(name.clone()),
        })
    });
    executable.into_iter().chain(variables).collect()
}

pub fn keys<const N: usize>(path: [&str; N]) -> Vec<String> {
    path.map(str::to_owned).to_vec()
}

struct Tree {
    values: Value,
    origins: BTreeMap<Vec<String>, Origin>,
}

impl Tree {
    /// Each key of the file that is no table.
    fn lay_file(&mut self, table: &DeTable<'_>, path: &mut Vec<String>, file: &Path, source: &str) {
        for (key, value) in table {
            path.push(key.get_ref().to_string());
            match value.get_ref() {
                DeValue::Table(inner) => self.lay_file(inner, path, file, source),
                other => {
                    let before = source.get(..key.span().start).unwrap_or_default();
                    let line = before.matches('\n').count() + 1;
                    let origin = Origin::File { path: file.to_owned(), line };
                    self.set(path, plain(other), origin);
                }
            }
            path.pop();
        }
    }

    fn set(&mut self, path: &[String], value: Value, origin: Origin) {
        let mut at = &mut self.values;
        for key in path {
            if !at.is_object() {
                *at = Value::Object(Map::new());
            }
            let Some(entries) = at.as_object_mut() else { return };
            at = entries.entry(key.clone()).or_insert(Value::Null);
        }
        *at = value;
        self.origins.insert(path.to_vec(), origin);
    }

    /// Values that follow from others, and paths from where the user stands.
    fn derive(&mut self, config: &Config, found: Option<&Path>) {
        let device = self.at(&["browser", "device"]).and_then(Value::as_str);
        let device = device.map(|name| Origin::Derived(format!("the device {name}")));
        let screen = &config.browser.screen;
        let from_device = device.clone().unwrap_or(Origin::Default);
        self.fill(&["browser", "viewport", "width"], json!(screen.width), from_device.clone());
        self.fill(&["browser", "viewport", "height"], json!(screen.height), from_device);
        if let (Some(device), Some(user_agent)) = (device, &config.browser.user_agent) {
            self.fill(&["browser", "user_agent"], json!(user_agent), device);
        }
        if let Some(place) = &config.browser.geolocation {
            let accuracy = json!(place.accuracy);
            self.fill(&["browser", "geolocation", "accuracy"], accuracy, Origin::Default);
        }
        if let Some(found) = found {
            let origin = Origin::Derived("found on this machine".to_owned());
            self.fill(&["browser", "executable"], json!(found.display().to_string()), origin);
        }
        for (key, folder) in [("snapshots", &config.snapshots), ("scenarios", &config.scenarios)] {
            if let Some(value) = self.values.pointer_mut(&format!("/run/{key}")) {
                *value = json!(folder.display().to_string());
            }
        }
    }

    fn at(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(&self.values, |value, key| value.get(key))
    }

    /// Sets what nobody has set.
    fn fill(&mut self, path: &[&str], value: Value, origin: Origin) {
        if self.at(path).is_none_or(Value::is_null) {
            let path: Vec<String> = path.iter().map(|key| (*key).to_owned()).collect();
            self.set(&path, value, origin);
        }
    }
}

/// What TOML and JSON have in common; times become texts.
fn plain(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => json!(text.as_ref()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| json!(number.as_str()), |number| json!(number)),
        DeValue::Float(number) => match number.as_str().parse::<f64>() {
            Ok(finite) if finite.is_finite() => json!(finite),
            // JSON has neither infinity nor what is no number.
            _ => json!(number.as_str()),
        },
        DeValue::Boolean(on) => json!(on),
        DeValue::Datetime(time) => json!(time.to_string()),
        DeValue::Array(items) => items.iter().map(|item| plain(item.get_ref())).collect(),
        DeValue::Table(entries) => entries
            .iter()
            .map(|(key, value)| (key.get_ref().to_string(), plain(value.get_ref())))
            .collect(),
    }
}

fn flatten(
    value: &Value,
    path: &mut Vec<String>,
    origins: &BTreeMap<Vec<String>, Origin>,
    settings: &mut Vec<Setting>,
) {
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                path.push(key.clone());
                flatten(value, path, origins, settings);
                path.pop();
            }
        }
        other => {
            let origin = origins.get(path).cloned();
            let is_nothing = origin.is_none()
                && (other.as_array().is_some_and(Vec::is_empty) || other.is_object());
            settings.push(Setting {
                path: path.clone(),
                value: if is_nothing { Value::Null } else { other.clone() },
                origin: origin.unwrap_or(Origin::Default),
            });
        }
    }
}

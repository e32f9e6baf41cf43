//! pixelproof.toml as it is written: one struct per table, unknown keys are
//! errors. It resolves nothing and knows no defaults. It can be written, too,
//! so that `pixelproof config` needs no list of keys of its own.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use toml::Spanned;

use crate::cli::problems::name_help;
use crate::diagnostic::Diagnostic;
use crate::model::run::Screenshots;
use crate::model::span::{Located, Span};
use crate::steps::node::{Kind, Node};
use crate::vendors::CustomVendor;

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    pub browser: Browser,
    pub run: Run,
    /// By slug.
    pub vendors: BTreeMap<Spanned<String>, Vendor>,
    /// Vendors that the user defines; the vendors layer checks them.
    pub vendor: Vec<Spanned<CustomVendor>>,
    pub vars: BTreeMap<String, Spanned<toml::Value>>,
    /// By code of a finding.
    pub checks: BTreeMap<Spanned<String>, Spanned<toml::Value>>,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Browser {
    pub executable: Option<String>,
    pub args: Vec<String>,
    pub headless: Option<bool>,
    pub sandbox: Option<SandboxChoice>,
    pub user_agent: Option<String>,
    pub viewport: Option<Spanned<Viewport>>,
    pub device: Option<Spanned<String>>,
    pub locale: Option<Spanned<String>>,
    pub timezone: Option<Spanned<String>>,
    pub geolocation: Option<Spanned<GeolocationTable>>,
    pub headers: BTreeMap<Spanned<String>, String>,
    pub http_credentials: Option<CredentialsTable>,
    pub proxy: Option<Spanned<String>>,
    pub cookies: Vec<Spanned<CookieTable>>,
    pub host_resolver_rules: Vec<Spanned<String>>,
    pub accept_invalid_certificates: Option<bool>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Viewport {
    pub width: u32,
    pub height: u32,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GeolocationTable {
    pub latitude: f64,
    pub longitude: f64,
    pub accuracy: Option<f64>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialsTable {
    pub username: String,
    pub password: String,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CookieTable {
    pub name: String,
    pub value: String,
    pub url: Option<String>,
    pub domain: Option<String>,
    pub path: Option<String>,
    pub secure: Option<bool>,
    pub http_only: Option<bool>,
    pub same_site: Option<SameSite>,
}

#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
pub enum SameSite {
    Strict,
    Lax,
    None,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Run {
    pub jobs: Option<Spanned<usize>>,
    /// Milliseconds a step may take.
    pub timeout: Option<Spanned<u64>>,
    pub pixels: Option<Pixels>,
    pub screenshots: Option<ScreenshotChoice>,
    /// Former runs that `pixelproof report` can show.
    pub keep_runs: Option<usize>,
    /// Folders, from the file's own folder.
    pub snapshots: Option<String>,
    pub scenarios: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize, Serialize, PartialEq, Eq, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Pixels {
    Stub,
    Deliver,
    Block,
}

#[derive(Debug, Clone, Copy, Deserialize, Serialize, PartialEq, Eq, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum ScreenshotChoice {
    Each,
    Failure,
    Off,
}

impl From<ScreenshotChoice> for Screenshots {
    fn from(choice: ScreenshotChoice) -> Self {
        match choice {
            ScreenshotChoice::Each => Self::Each,
            ScreenshotChoice::Failure => Self::Failure,
            ScreenshotChoice::Off => Self::Off,
        }
    }
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Vendor {
    pub pixels: Option<Pixels>,
    /// Further hosts that belong to it: server-side tagging, first-party
    /// proxies.
    pub hosts: Vec<Spanned<String>>,
}

/// `true`, `false` or `"auto"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SandboxChoice {
    On,
    Off,
    Auto,
}

impl<'de> Deserialize<'de> for SandboxChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Choice;
        impl Visitor<'_> for Choice {
            type Value = SandboxChoice;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("true, false or \"auto\"")
            }

            fn visit_bool<E: Error>(self, on: bool) -> Result<SandboxChoice, E> {
                Ok(if on { SandboxChoice::On } else { SandboxChoice::Off })
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<SandboxChoice, E> {
                if text == "auto" {
                    return Ok(SandboxChoice::Auto);
                }
                Err(E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_any(Choice)
    }
}

impl Serialize for SandboxChoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::On => serializer.serialize_bool(true),
            Self::Off => serializer.serialize_bool(false),
            Self::Auto => serializer.serialize_str("auto"),
        }
    }
}

/// The password appears in no debug print.
impl fmt::Debug for CredentialsTable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CredentialsTable")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// Reads the text of a pixelproof.toml. The reader stops at its first problem.
pub fn parse(text: &str) -> Result<File, Diagnostic> {
    toml::from_str(text).map_err(|error| diagnostic(&error, text))
}

fn diagnostic(error: &toml::de::Error, text: &str) -> Diagnostic {
    let span = error.span().unwrap_or_default();
    let message = error.message().lines().next().unwrap_or_default();
    let unknown = ["unknown field ", "unknown variant "]
        .iter()
        .find_map(|start| message.strip_prefix(start)?.split_once(", expected "));
    match unknown {
        None => Diagnostic::new(plain_types(message)).at(narrow(span, text), ""),
        Some((name, expected)) => {
            let name = name.trim_matches('`');
            let word = if message.starts_with("unknown field") { "key" } else { "value" };
            // serde lists the names in backticks: take every second piece.
            let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
            Diagnostic::new(format!("unknown {word} `{name}`"))
                .at(narrow(span, text), "not known here")
                .help(name_help(name, &known))
        }
    }
}

/// serde names Rust's types, which the reader need not know.
fn plain_types(message: &str) -> String {
    ["usize", "u64", "u32"]
        .iter()
        .fold(message.to_owned(), |text, name| {
            text.replace(&format!("expected {name}"), "expected a whole number")
        })
        .replace("expected f64", "expected a number")
        .replace("a sequence", "a list")
        .replace("a map", "a table")
}

/// A span of a whole table says little: its first line is enough.
pub fn narrow(span: std::ops::Range<usize>, text: &str) -> Span {
    let end = text
        .get(span.start..span.end)
        .and_then(|part| part.find('\n'))
        .map_or(span.end, |line| span.start + line);
    Span::new(span.start, end)
}

/// A setting of a check as scenarios have it, so that both are read alike.
/// The reader of TOML tells the place of the whole only.
pub fn node(value: &toml::Value, span: Span) -> Node {
    match value {
        toml::Value::Table(table) => {
            let entries = table
                .iter()
                .map(|(key, value)| (Located::new(key.clone(), span), node(value, span)));
            Node::new(Kind::Map(entries.collect()), span)
        }
        toml::Value::Array(items) => {
            Node::new(Kind::List(items.iter().map(|item| node(item, span)).collect()), span)
        }
        toml::Value::String(text) => Node::scalar(text.clone(), false, span),
        other => Node::scalar(other.to_string(), true, span),
    }
}

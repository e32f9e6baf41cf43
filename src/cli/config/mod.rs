//! Settings: pixelproof.toml, found upward from the working directory, turned
//! into plain structs. Environment and arguments are laid over it: the
//! executable here, the rest in `run`. It starts nothing.

pub mod device;
pub mod file;
pub mod origins;
pub mod show;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::Spanned;
use url::Url;

use crate::cli::config::file::{
    Browser, CookieTable, File, Pixels, SameSite, SandboxChoice, narrow, node,
};
use crate::cli::environment::Environment;
use crate::cli::exit::Failure;
use crate::cli::problems::{Problem, in_source, name_help};
use crate::diagnostic::Diagnostic;
use crate::model::browser_options::{
    BrowserOptions, BrowserSource, Credentials, Geolocation, Sandbox, Screen, StartCookie,
};
use crate::model::check_rule::CheckRule;
use crate::model::run::Screenshots;
use crate::model::span::{Located, Span};
use crate::model::vendor::PixelPolicy;
use crate::scenario::read_checks;
use crate::steps::node::Node;
use crate::vendors::CustomVendor;

/// Name of the file.
pub const FILE_NAME: &str = "pixelproof.toml";

/// No configuration is this long; a wrong `--config` may be.
const LARGEST: u64 = 1024 * 1024;

/// Largest side of a viewport, which is Chrome's own limit.
const LARGEST_SIDE: u32 = 16_384;

const MOST_JOBS: usize = 64;

const SAME_DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Everything that a file and the environment say, with defaults filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The file, as the user should see its name; `None` when there is none.
    pub path: Option<PathBuf>,
    /// Its text, for excerpts in messages about what is in it.
    pub source: String,
    pub browser: BrowserOptions,
    pub jobs: Option<usize>,
    /// A step's deadline.
    pub timeout_ms: u64,
    pub pixels: PixelPolicy,
    pub screenshots: Screenshots,
    /// Former runs that are kept.
    pub keep_runs: usize,
    pub snapshots: PathBuf,
    pub scenarios: PathBuf,
    pub vendors: Vec<VendorSettings>,
    /// The `[[vendor]]` tables, unchecked; spans are places in `source`.
    pub custom_vendors: Vec<Located<CustomVendor>>,
    /// Scenario variables. The environment's and the arguments' are stronger.
    pub vars: BTreeMap<String, String>,
    /// `[checks]`; spans are places in `source`.
    pub checks: Vec<CheckRule>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorSettings {
    pub slug: Located<String>,
    pub pixels: Option<PixelPolicy>,
    pub hosts: Vec<Located<String>>,
}

/// Finds and reads the configuration. `named` is `--config`.
pub fn load(named: Option<&Path>, environment: &Environment) -> Result<Config, Failure> {
    let path = match named {
        Some(path) => Some(environment.directory.join(path)),
        None => find(&environment.directory),
    };
    let Some(path) = path else {
        let directory = environment.directory.clone();
        return resolve(File::default(), None, String::new(), &directory, environment)
            .map_err(|problems| Failure::Input(problems.into_iter().map(Problem::from).collect()));
    };
    let shown = shown_path(&path, &environment.directory);
    let name = shown.display().to_string();
    let text = read_text(&path, LARGEST)
        .map_err(|error| Failure::input(Diagnostic::new(error).in_file(&name)))?;
    let in_file = |diagnostics: Vec<Diagnostic>| {
        let named = diagnostics.into_iter().map(|diagnostic| diagnostic.in_file(&name)).collect();
        Failure::Input(in_source(named, &text))
    };
    let file = file::parse(&text).map_err(|diagnostic| in_file(vec![diagnostic]))?;
    let directory = path.parent().unwrap_or(Path::new("")).to_owned();
    resolve(file, Some(shown), text.clone(), &directory, environment).map_err(in_file)
}

/// The text of a file, refused when it is too large or no text.
pub fn read_text(path: &Path, largest: u64) -> Result<String, String> {
    let read = || -> std::io::Result<Result<String, String>> {
        let metadata = std::fs::metadata(path)?;
        if metadata.is_dir() {
            return Ok(Err("is a folder, expected a file".to_owned()));
        }
        if metadata.len() > largest {
            return Ok(Err(format!(
                "is too large: {} bytes, expected at most {largest}",
                metadata.len()
            )));
        }
        let bytes = std::fs::read(path)?;
        Ok(String::from_utf8(bytes).map_err(|error| {
            format!(
                "is not text: byte {} is not UTF-8, expected a UTF-8 file",
                error.utf8_error().valid_up_to() + 1
            )
        }))
    };
    read().unwrap_or_else(|error| Err(format!("cannot be read: {}", io_reason(&error))))
}

/// What went wrong with a file, in a person's words.
pub fn io_reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "it does not exist".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::NotADirectory | std::io::ErrorKind::AlreadyExists => {
            "a file stands where a folder is needed".to_owned()
        }
        std::io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        std::io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or_default().to_lowercase()
        }
    }
}

/// A path as the user would write it: from the working directory if it is
/// below that.
pub fn shown_path(path: &Path, directory: &Path) -> PathBuf {
    path.strip_prefix(directory).unwrap_or(path).to_owned()
}

fn find(directory: &Path) -> Option<PathBuf> {
    directory.ancestors().map(|folder| folder.join(FILE_NAME)).find(|path| path.is_file())
}

fn resolve(
    file: File,
    path: Option<PathBuf>,
    source: String,
    directory: &Path,
    environment: &Environment,
) -> Result<Config, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let browser = browser_options(file.browser, directory, environment, &mut problems);
    let jobs = file.run.jobs.map(|jobs| {
        check(
            &jobs,
            (1..=MOST_JOBS).contains(jobs.get_ref()),
            "jobs out of range",
            &format!("expected 1 to {MOST_JOBS}"),
            &mut problems,
        );
        jobs.into_inner()
    });
    let timeout_ms = file.run.timeout.map_or(10_000, |timeout| {
        check(
            &timeout,
            (1..=SAME_DAY_MS).contains(timeout.get_ref()),
            "timeout out of range",
            "expected milliseconds, from 1 to a day",
            &mut problems,
        );
        timeout.into_inner()
    });
    let folder = |written: Option<String>, usual: &str| {
        shown_path(&directory.join(written.as_deref().unwrap_or(usual)), &environment.directory)
    };
    let mut vars = BTreeMap::new();
    for (name, value) in file.vars {
        match scalar_text(value.get_ref()) {
            Some(text) => {
                vars.insert(name, text);
            }
            None => problems.push(
                Diagnostic::new(format!("variable `{name}` is no single value"))
                    .at(span(&value), "expected a text, a number, true or false"),
            ),
        }
    }
    let vendors = file
        .vendors
        .into_iter()
        .map(|(slug, vendor)| VendorSettings {
            slug: located(slug),
            pixels: vendor.pixels.map(Pixels::policy),
            hosts: vendor.hosts.into_iter().map(located).collect(),
        })
        .collect::<Vec<_>>();
    for host in vendors.iter().flat_map(|vendor| &vendor.hosts) {
        if host.value.is_empty() || host.value.contains(['/', ' ', '?']) {
            problems.push(
                Diagnostic::new(format!("`{}` is no host name", host.value))
                    .at(host.span, "expected a name such as `sst.example.com`"),
            );
        }
    }
    let settled: Vec<(Located<String>, Node)> = file
        .checks
        .into_iter()
        .map(|(code, value)| {
            let place = narrow(value.span(), &source);
            (located(code), node(value.get_ref(), place))
        })
        .collect();
    let checks = read_checks(&settled, &mut problems);
    if !problems.is_empty() {
        problems.sort_by_key(|problem| problem.label.as_ref().map(|(span, _)| *span));
        return Err(problems);
    }
    Ok(Config {
        path,
        source,
        browser,
        jobs,
        timeout_ms,
        pixels: file.run.pixels.map(Pixels::policy).unwrap_or_default(),
        screenshots: file.run.screenshots.map(Into::into).unwrap_or_default(),
        keep_runs: file.run.keep_runs.unwrap_or(10),
        snapshots: folder(file.run.snapshots, "snapshots"),
        scenarios: folder(file.run.scenarios, "scenarios"),
        vendors,
        custom_vendors: file.vendor.into_iter().map(located).collect(),
        vars,
        checks,
    })
}

fn browser_options(
    file: Browser,
    directory: &Path,
    environment: &Environment,
    problems: &mut Vec<Diagnostic>,
) -> BrowserOptions {
    let mut screen = Screen::default();
    let mut user_agent = file.user_agent;
    if let Some(name) = &file.device {
        if let Some(device) = device::find(name.get_ref()) {
            screen = device.screen();
            user_agent = user_agent.or_else(|| device.user_agent.map(str::to_owned));
        } else {
            let known: Vec<&str> = device::DEVICES.iter().map(|device| device.name).collect();
            problems.push(
                Diagnostic::new(format!("unknown device `{}`", name.get_ref()))
                    .at(span(name), "not in the table of devices")
                    .help(name_help(name.get_ref(), &known)),
            );
        }
    }
    if let Some(viewport) = &file.viewport {
        let sides = [viewport.get_ref().width, viewport.get_ref().height];
        let fits = sides.iter().all(|side| (1..=LARGEST_SIDE).contains(side));
        check(
            viewport,
            fits,
            "viewport out of range",
            &format!("expected 1 to {LARGEST_SIDE} pixels a side"),
            problems,
        );
        [screen.width, screen.height] = sides;
    }
    let geolocation = file.geolocation.map(|place| {
        let table = place.get_ref();
        let fits = table.latitude.abs() <= 90.0 && table.longitude.abs() <= 180.0;
        check(
            &place,
            fits,
            "geolocation out of range",
            "expected latitude -90 to 90, longitude -180 to 180",
            problems,
        );
        Geolocation {
            latitude: table.latitude,
            longitude: table.longitude,
            accuracy: table.accuracy.unwrap_or(10.0).max(0.0),
        }
    });
    if let Some(locale) = &file.locale {
        let fits = !locale.get_ref().is_empty()
            && locale.get_ref().split('-').all(|part| {
                (1..=8).contains(&part.len()) && part.chars().all(|it| it.is_ascii_alphanumeric())
            });
        check(
            locale,
            fits,
            "locale is no language tag",
            "expected a tag such as `de-DE`",
            problems,
        );
    }
    if let Some(proxy) = &file.proxy {
        let fits = !proxy.get_ref().is_empty() && !proxy.get_ref().contains(char::is_whitespace);
        check(
            proxy,
            fits,
            "proxy is no address",
            "expected `http://host:port` or `socks5://host:port`",
            problems,
        );
    }
    for name in file.headers.keys() {
        let fits = !name.get_ref().is_empty()
            && name
                .get_ref()
                .chars()
                .all(|it| it.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(it));
        check(name, fits, "not a header name", "expected letters, digits and hyphens", problems);
    }
    for rule in &file.host_resolver_rules {
        let fits = ["MAP ", "EXCLUDE "].iter().any(|start| rule.get_ref().starts_with(start))
            && !rule.get_ref().contains(',');
        check(
            rule,
            fits,
            "not a host resolver rule",
            "expected `MAP *.shop.test 127.0.0.1` or `EXCLUDE host`, one rule an item",
            problems,
        );
    }
    let cookies = file.cookies.into_iter().map(|cookie| start_cookie(cookie, problems)).collect();
    let executable = environment.chrome.clone().or_else(|| {
        let written = file.executable?;
        // A bare name is looked up in PATH; a path is seen from the file.
        let path = PathBuf::from(&written);
        Some(if path.components().count() > 1 { directory.join(path) } else { path })
    });
    BrowserOptions {
        source: executable.map_or(BrowserSource::Find, BrowserSource::Executable),
        args: file.args,
        headless: file.headless.unwrap_or(true),
        sandbox: match file.sandbox {
            None | Some(SandboxChoice::Auto) => Sandbox::Auto,
            Some(SandboxChoice::On) => Sandbox::On,
            Some(SandboxChoice::Off) => Sandbox::Off,
        },
        user_agent,
        screen,
        locale: file.locale.map(Spanned::into_inner),
        timezone: file.timezone.map(Spanned::into_inner),
        geolocation,
        headers: file.headers.into_iter().map(|(name, value)| (name.into_inner(), value)).collect(),
        http_credentials: file
            .http_credentials
            .map(|table| Credentials { username: table.username, password: table.password }),
        proxy: file.proxy.map(Spanned::into_inner),
        cookies,
        host_resolver_rules: file
            .host_resolver_rules
            .into_iter()
            .map(Spanned::into_inner)
            .collect(),
        accept_invalid_certificates: file.accept_invalid_certificates.unwrap_or(false),
        witness: false,
    }
}

fn start_cookie(cookie: Spanned<CookieTable>, problems: &mut Vec<Diagnostic>) -> StartCookie {
    let table = cookie.get_ref();
    check(&cookie, !table.name.is_empty(), "a cookie has no name", "expected a name", problems);
    check(
        &cookie,
        table.url.is_some() != table.domain.is_some(),
        "a cookie belongs to a place",
        "expected either `domain` or `url`",
        problems,
    );
    if let Some(url) = &table.url {
        check(
            &cookie,
            Url::parse(url).is_ok(),
            "the cookie's url is none",
            "expected such as `https://shop.test/`",
            problems,
        );
    }
    let table = cookie.into_inner();
    StartCookie {
        name: table.name,
        value: table.value,
        url: table.url,
        domain: table.domain,
        path: table.path,
        secure: table.secure,
        http_only: table.http_only,
        same_site: table.same_site.map(|same_site| {
            match same_site {
                SameSite::Strict => "Strict",
                SameSite::Lax => "Lax",
                SameSite::None => "None",
            }
            .to_owned()
        }),
    }
}

fn check<T>(
    value: &Spanned<T>,
    fits: bool,
    message: &str,
    expected: &str,
    problems: &mut Vec<Diagnostic>,
) {
    if !fits {
        problems.push(Diagnostic::new(message).at(span(value), expected));
    }
}

fn scalar_text(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Array(_) | toml::Value::Table(_) => None,
        other => Some(other.to_string()),
    }
}

fn span<T>(value: &Spanned<T>) -> Span {
    Span::new(value.span().start, value.span().end)
}

fn located<T>(value: Spanned<T>) -> Located<T> {
    let span = span(&value);
    Located::new(value.into_inner(), span)
}

impl Pixels {
    pub fn policy(self) -> PixelPolicy {
        match self {
            Self::Stub => PixelPolicy::Stub,
            Self::Deliver => PixelPolicy::Deliver,
            Self::Block => PixelPolicy::Block,
        }
    }
}

#[cfg(test)]
mod tests;

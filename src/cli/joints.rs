//! Where the commands meet the layers below: the one file that names them, so
//! that commands can be tried without a browser. It decides nothing.
//!
//! What a layer does not offer yet ends with a message that says so.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::pin::Pin;

use tokio::sync::{mpsc, watch};

use crate::cli::config::Config;
use crate::cli::exit::Failure;
use crate::cli::problems::Problem;
use crate::diagnostic::Diagnostic;
use crate::model::browser_options::BrowserOptions;
use crate::model::progress::Progress;
use crate::model::run::RunReport;
use crate::model::vendor::PixelPolicy;

/// A scenario as the commands see it.
#[derive(Debug, Clone, Default)]
pub struct Scenario {
    pub name: String,
    pub slug: String,
    pub file: String,
    pub secrets: Vec<String>,
    pub notices: Vec<Diagnostic>,
}

/// Values for a scenario's variables, strongest first.
#[derive(Debug, Clone, Default)]
pub struct Variables {
    /// `--var`, and below them the configuration's.
    pub command_line: BTreeMap<String, String>,
    pub environment: BTreeMap<String, String>,
    pub seed: u64,
}

/// All that the engine needs for a run.
#[derive(Debug)]
pub struct Plan {
    pub scenarios: Vec<Scenario>,
    pub browser: BrowserOptions,
    pub pixels: PixelPolicy,
    /// By slug, where a vendor differs.
    pub vendor_pixels: BTreeMap<String, PixelPolicy>,
    pub jobs: usize,
    pub step_timeout_ms: u64,
    pub snapshots: PathBuf,
    pub writes: SnapshotWrites,
    /// Screenshots of steps that could not be done.
    pub artifacts: Option<PathBuf>,
}

/// What a run may write beside its snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotWrites {
    /// Nothing: the run is on a CI machine.
    Nothing,
    /// A difference, as `.snap.new`.
    Pending,
    /// The snapshots themselves.
    Update,
}

pub type Playing = Pin<Box<dyn Future<Output = RunReport>>>;

pub type Parsed = Result<Scenario, Vec<Diagnostic>>;

/// What commands call. Tests put fakes into it.
#[derive(Clone, Copy)]
pub struct House {
    pub parse: fn(&str, &[u8], &Variables) -> Parsed,
    pub play: fn(Plan, mpsc::UnboundedSender<Progress>, watch::Receiver<bool>) -> Playing,
    /// Problems of the vendors that the configuration names or defines.
    pub check_vendors: fn(&Config) -> Result<(), Vec<Problem>>,
}

/// A built-in or user-defined vendor, for the list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorLine {
    pub slug: String,
    pub name: String,
    pub docs: String,
}

pub fn house() -> Result<House, Failure> {
    Err(absent("an engine"))
}

/// The JSON Schema of a scenario file.
pub fn scenario_schema() -> Result<serde_json::Value, Failure> {
    Err(absent("a schema"))
}

pub fn vendors(_config: &Config) -> Result<Vec<VendorLine>, Failure> {
    Err(absent("decoders"))
}

/// Names of the demo shop's themes, each with what it breaks.
pub fn themes() -> Vec<(&'static str, &'static str)> {
    Vec::new()
}

/// The demo shop, served until it is dropped.
#[derive(Debug)]
pub struct Shop {
    base_url: String,
}

impl Shop {
    /// On loopback; port 0 takes any free one.
    pub async fn open(_theme: &str, _port: u16) -> Result<Self, Failure> {
        std::future::ready(Err(absent("a demo shop"))).await
    }

    pub fn base_url(&self) -> String {
        self.base_url.clone()
    }

    /// The same shop in another theme.
    pub fn themed_url(&self, _theme: &str) -> Option<String> {
        None
    }

    pub async fn close(self) {
        std::future::ready(()).await;
    }
}

/// The demo's scenarios and snapshots: paths and contents.
pub fn demo_files() -> &'static [(&'static str, &'static str)] {
    &[]
}

/// A Chrome on this machine, or one that is downloaded now: its path.
pub async fn install_browser(_cache: Option<PathBuf>) -> Result<PathBuf, Failure> {
    std::future::ready(Err(absent("a browser layer"))).await
}

fn absent(what: &str) -> Failure {
    Failure::Broken { error: anyhow::anyhow!("this build is without {what}"), help: None }
}

//! What a step may ask of a browser tab. The browser layer implements it;
//! tests use a fake.
//!
//! Every method waits until the thing is done or the step's deadline, which
//! the engine sets, has passed. None waits for the page to settle afterwards:
//! that is the engine's part.

use std::path::PathBuf;

use serde_json::Value;

/// Why a step was not done.
#[derive(Debug, Clone, PartialEq)]
pub struct StepError {
    pub fault: Fault,
    /// A lowercase fragment without a period: `found no element for …`.
    pub message: String,
    /// What was tried, what was there instead.
    pub details: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The site answered, but the funnel cannot be walked.
    Site,
    /// The site did not answer, or the browser failed.
    Run,
    /// The scenario asks for what cannot be (a malformed selector, say).
    Scenario,
}

pub type StepResult<T = ()> = Result<T, StepError>;

/// What of a page has come when it counts as opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WaitUntil {
    /// All that its markup names: its `load` event.
    #[default]
    Load,
    /// Its markup and the scripts in it: its `DOMContentLoaded` event.
    DomContentLoaded,
}

/// Alternatives, tried in order; each is a chain that pierces one shadow root
/// (or frame boundary) per link.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ElementQuery {
    pub selectors: Vec<Vec<Selector>>,
    /// Child indexes from the main frame down, as the Recorder writes them.
    /// Empty: the main frame first, then every other frame.
    pub frame: Vec<usize>,
}

/// One selector. The prefixes are the Recorder's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    Css(String),
    /// `aria/Name` or `aria/Name[role="button"]`.
    Aria {
        name: Option<String>,
        role: Option<String>,
    },
    /// The smallest element whose text contains it.
    Text(String),
    XPath(String),
    /// CSS that looks into every open shadow root.
    Pierce(String),
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct PointerOptions {
    pub button: Button,
    /// From the element's top left corner; `None`: its centre.
    pub offset: Option<(f64, f64)>,
    /// 1 for a click, 2 for a double click.
    pub count: u32,
    pub hold_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Button {
    #[default]
    Primary,
    Auxiliary,
    Secondary,
    Back,
    Forward,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct ElementCondition {
    pub visible: Option<bool>,
    pub count: Option<(Comparison, usize)>,
    /// Every named attribute has exactly that value.
    pub attributes: Vec<(String, String)>,
    /// Every named JavaScript property equals that JSON value.
    pub properties: Vec<(String, Value)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Comparison {
    #[default]
    AtLeast,
    Equal,
    AtMost,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Viewport {
    pub width: u32,
    pub height: u32,
    pub device_scale_factor: f64,
    pub mobile: bool,
    pub touch: bool,
    pub landscape: bool,
}

/// Bytes a second; -1 lifts the limit.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkConditions {
    pub offline: bool,
    pub download: f64,
    pub upload: f64,
    pub latency_ms: f64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cookie {
    pub name: String,
    pub value: String,
    /// `None`: the tab's current URL.
    pub url: Option<String>,
    pub domain: Option<String>,
    pub path: Option<String>,
    pub secure: Option<bool>,
    pub http_only: Option<bool>,
    /// `Strict`, `Lax` or `None`.
    pub same_site: Option<String>,
}

/// Which open tab or popup to go on with.
#[derive(Debug, Clone, PartialEq)]
pub enum TabChoice {
    /// In the order in which they were opened, the first is 0.
    Index(usize),
    /// The one opened last.
    Newest,
    Url(TextPattern),
}

#[derive(Debug, Clone)]
pub enum TextPattern {
    Contains(String),
    Equals(String),
    Regex(regex::Regex),
}

impl PartialEq for TextPattern {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Contains(a), Self::Contains(b)) | (Self::Equals(a), Self::Equals(b)) => a == b,
            (Self::Regex(a), Self::Regex(b)) => a.as_str() == b.as_str(),
            _ => false,
        }
    }
}

impl TextPattern {
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Self::Contains(part) => text.contains(part.as_str()),
            Self::Equals(whole) => text == whole,
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}

#[expect(async_fn_in_trait, reason = "used within the crate only, never as a trait object")]
pub trait Tab {
    async fn navigate(&mut self, url: &str, until: WaitUntil) -> StepResult;
    async fn go_back(&mut self) -> StepResult;
    async fn go_forward(&mut self) -> StepResult;
    async fn reload(&mut self) -> StepResult;
    async fn click(&mut self, query: &ElementQuery, options: &PointerOptions) -> StepResult;
    async fn hover(&mut self, query: &ElementQuery) -> StepResult;
    /// Types into a text field, picks the option of a select, sets a
    /// checkbox (`true`/`false`), a colour, date or range field.
    async fn change(&mut self, query: &ElementQuery, value: &str) -> StepResult;
    /// Options by value or by text.
    async fn select(&mut self, query: &ElementQuery, options: &[String]) -> StepResult;
    async fn upload(&mut self, query: &ElementQuery, files: &[PathBuf]) -> StepResult;
    async fn key_down(&mut self, key: &str) -> StepResult;
    async fn key_up(&mut self, key: &str) -> StepResult;
    /// Down and up, with modifiers as in `Control+A`; focuses the element first.
    async fn press(&mut self, query: Option<&ElementQuery>, key: &str) -> StepResult;
    async fn scroll(&mut self, query: Option<&ElementQuery>, x: f64, y: f64) -> StepResult;
    async fn set_viewport(&mut self, viewport: &Viewport) -> StepResult;
    async fn emulate_network(&mut self, conditions: &NetworkConditions) -> StepResult;
    async fn wait_for_element(
        &mut self,
        query: &ElementQuery,
        condition: &ElementCondition,
    ) -> StepResult;
    /// Until the expression is truthy.
    async fn wait_for_expression(&mut self, expression: &str, frame: &[usize]) -> StepResult;
    async fn wait_for_url(&mut self, pattern: &TextPattern) -> StepResult;
    async fn wait_for_text(&mut self, pattern: &TextPattern, frame: &[usize]) -> StepResult;
    /// A promise is awaited; an exception fails the step.
    async fn evaluate(&mut self, expression: &str, frame: &[usize]) -> StepResult<Value>;
    async fn set_cookies(&mut self, cookies: &[Cookie]) -> StepResult;
    /// Sets items of the current origin's local storage.
    async fn set_local_storage(&mut self, items: &[(String, String)]) -> StepResult;
    async fn switch_tab(&mut self, choice: &TabChoice) -> StepResult;
    async fn close(&mut self) -> StepResult;
}

impl StepError {
    pub fn site(message: impl Into<String>) -> Self {
        Self { fault: Fault::Site, message: message.into(), details: Vec::new() }
    }

    pub fn run(message: impl Into<String>) -> Self {
        Self { fault: Fault::Run, message: message.into(), details: Vec::new() }
    }

    pub fn scenario(message: impl Into<String>) -> Self {
        Self { fault: Fault::Scenario, message: message.into(), details: Vec::new() }
    }

    #[must_use]
    pub fn detail(mut self, line: impl Into<String>) -> Self {
        self.details.push(line.into());
        self
    }
}

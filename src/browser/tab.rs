//! Walks a funnel in one context: the tab that a scenario is in, and what
//! every step needs of it. What steps do is in the modules below; `steps` is
//! the list of them. Nothing here decides what a hit or a verdict is.

mod forms;
mod input;
mod markup;
mod pages;
pub mod pictures;
mod scripts;
mod steps;
mod waits;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::browser::connection::{CallError, Client};
use crate::browser::context::{Context, State};
use crate::browser::ignored::Ignored;
use crate::steps::tab::{Fault, StepError, StepResult, TextPattern};

/// The tab that the scenario is in. It follows popups only when told to.
#[derive(Debug)]
pub struct BrowserTab {
    pub(crate) client: Client,
    pub(crate) context: Arc<Context>,
    pub(crate) deadline: Instant,
    /// What is not waited for any more.
    pub(crate) ignored: Ignored,
    /// The event of that name makes the hooks tell what they have not told.
    pub(crate) binding: String,
    tab: usize,
    /// The frame of the tab that a recorded step takes place in; `None`: the
    /// main frame.
    root: Option<String>,
    modifiers: u8,
}

/// How long the browser itself may take to say that it is alive, while a page
/// does not answer.
const SIGN_OF_LIFE: Duration = Duration::from_secs(2);

impl BrowserTab {
    pub(crate) fn new(client: Client, context: Arc<Context>, binding: String) -> Self {
        Self {
            client,
            context,
            deadline: Instant::now(),
            ignored: Ignored::default(),
            binding,
            tab: 0,
            root: None,
            modifiers: 0,
        }
    }

    pub fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// Sets how long the next action may take.
    pub fn set_deadline(&mut self, deadline: Instant) {
        self.deadline = deadline;
    }

    /// Later requests, calls and messages belong to this step.
    pub fn set_step(&mut self, step: Option<usize>) {
        self.context.change(|state| state.recorder.set_step(step));
    }

    /// URL of the tab's main frame.
    pub fn url(&self) -> String {
        self.context.look(|state| state.url_of(self.tab))
    }

    /// Title of the tab's document; empty when it cannot be read.
    pub async fn title(&self) -> String {
        let title = self
            .in_frame(&self.main_frame(), "function () { return document.title; }", vec![])
            .await;
        title.ok().and_then(|title| title.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// How often the tab's main frame has been given another document.
    pub fn documents(&self) -> usize {
        let main = self.main_frame();
        self.context.look(|state| documents_in(state, &main))
    }

    /// Goes on where a recorded step takes place: `main`, or the URL of a page
    /// or of a frame that is a target of its own. Without a target the tab
    /// stays.
    pub async fn switch_to_target(&mut self, target: Option<&str>) -> StepResult {
        self.root = None;
        let Some(target) = target else { return Ok(()) };
        if target == "main" {
            self.tab = 0;
            return Ok(());
        }
        let current = self.tab;
        let found =
            self.context.wait_for(self.deadline, |state| find_target(state, current, target)).await;
        self.check_connected()?;
        match found {
            Some((tab, root)) => {
                self.tab = tab;
                self.root = root;
                Ok(())
            }
            None => Err(self
                .no_such_tab("found no page or frame at the URL of the step's target")
                .detail(format!("the target is {target}"))),
        }
    }

    /// Waits until the tab has navigated since it had that many documents and
    /// that URL, and has stopped loading.
    pub async fn wait_navigated(&mut self, documents: usize, url: &str) -> StepResult {
        let main = self.main_frame();
        let navigated =
            |state: &State| documents_in(state, &main) > documents || state.url_of(self.tab) != url;
        match self.wait_loaded("the next page", navigated).await {
            Err(error) if !self.context.look(navigated) && error.fault == Fault::Run => {
                Err(StepError::site("the step did not lead to another page")
                    .detail(format!("the page was {url}")))
            }
            other => other,
        }
    }

    pub(crate) fn main_frame(&self) -> String {
        self.context
            .look(|state| state.tabs.get(self.tab).map(|tab| tab.target.clone()))
            .unwrap_or_default()
    }

    /// Where elements are looked for, and what frame paths start from.
    pub(crate) fn root_frame(&self) -> String {
        self.root.clone().unwrap_or_else(|| self.main_frame())
    }

    fn session(&self) -> String {
        self.context
            .look(|state| state.tabs.get(self.tab).map(|tab| tab.session.clone()))
            .unwrap_or_default()
    }

    pub(crate) fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    pub(crate) fn expired(&self) -> bool {
        self.remaining().is_zero()
    }

    fn check_connected(&self) -> StepResult {
        if self.context.look(|state| state.lost) || self.client.is_closed() {
            return Err(StepError::run("the connection to the browser was lost"));
        }
        Ok(())
    }

    /// A closed tab or a dead browser cannot do anything any more.
    pub(crate) fn check_alive(&self) -> StepResult {
        self.check_connected()?;
        match self.context.look(|state| state.tabs.get(self.tab).cloned()) {
            Some(tab) if tab.crashed => Err(StepError::run("the page crashed")),
            Some(tab) if tab.closed => Err(StepError::site("the tab was closed")
                .detail("use `switchTab` to go on in another tab")),
            Some(_) => Ok(()),
            None => Err(StepError::run("there is no tab")),
        }
    }

    async fn call(&self, method: &'static str, params: Value) -> StepResult<Value> {
        self.check_alive()?;
        let session = self.session();
        let limit = self.remaining().max(Duration::from_millis(100));
        match self.client.call_within(Some(&session), method, params, limit).await {
            Ok(answer) => Ok(answer),
            Err(error) => Err(self.explain(error).await),
        }
    }

    /// Whose fault it is that a command was not done.
    async fn explain(&self, error: CallError) -> StepError {
        match error {
            CallError::Refused(message) => match self.check_alive() {
                Err(error) => error,
                Ok(()) => StepError::site(message),
            },
            CallError::Closed => StepError::run("the connection to the browser was lost"),
            CallError::Timeout { .. } => match self.check_alive() {
                Err(error) => error,
                Ok(()) if self.browser_lives().await => {
                    StepError::site("the page does not respond")
                        .detail("a script of it seems to run without an end")
                        .detail(format!("the page was {}", self.url()))
                }
                Ok(()) => StepError::run(format!("the browser did not answer: {error}")),
            },
        }
    }

    async fn browser_lives(&self) -> bool {
        let asked =
            self.client.call_within(None, "Browser.getVersion", json!({}), SIGN_OF_LIFE).await;
        asked.is_ok()
    }

    /// An error that lists the tabs that are open.
    fn no_such_tab(&self, message: &str) -> StepError {
        let mut error = StepError::site(message);
        error.details = self.context.look(|state| {
            (0..state.tabs.len())
                .filter(|&tab| !state.tabs[tab].closed)
                .take(20)
                .map(|tab| format!("tab {tab} is {}", state.url_of(tab)))
                .collect()
        });
        error
    }
}

fn documents_in(state: &State, frame: &str) -> usize {
    state.recorder.documents().iter().filter(|document| document.frame == frame).count()
}

/// Its session was set up and our world is in its main frame.
fn is_ready(state: &State, tab: usize) -> bool {
    state.tabs.get(tab).is_some_and(|tab| {
        !tab.closed
            && state.sessions.get(&tab.session).is_some_and(|session| session.ready)
            && state.worlds.contains_key(&tab.target)
    })
}

/// The tab, and where the target is a frame, that frame. Recorded URLs are
/// taken by the letter first; where none is the same, the query may differ,
/// since it often holds what is made anew for every visit.
fn find_target(state: &State, current: usize, url: &str) -> Option<(usize, Option<String>)> {
    let path = |url: &str| url.split(['?', '#']).next().unwrap_or_default().to_owned();
    let exact = |found: &str| found == url;
    let alike = |found: &str| path(found) == path(url);
    let tabs = || std::iter::once(current).chain((0..state.tabs.len()).rev());
    let page = |fits: &dyn Fn(&str) -> bool, first: usize| {
        tabs()
            .find(|&tab| tab >= first && is_ready(state, tab) && fits(&state.url_of(tab)))
            .map(|tab| (tab, None))
    };
    let frame = |fits: &dyn Fn(&str) -> bool| {
        let found = state.recorder.frames().find(|(id, frame)| {
            frame.parent.is_some() && fits(&frame.url) && state.worlds.contains_key(*id)
        })?;
        Some((tab_of(state, found.0)?, Some(found.0.to_owned())))
    };
    page(&exact, 0)
        .or_else(|| frame(&exact))
        // The first tab would have been recorded as `main`.
        .or_else(|| page(&alike, 1))
        .or_else(|| frame(&alike))
}

fn tab_of(state: &State, frame: &str) -> Option<usize> {
    let mut top = frame;
    while let Some(parent) = state.recorder.frame(top)?.parent.as_deref() {
        top = parent;
    }
    state.tabs.iter().position(|tab| tab.target == top && !tab.closed)
}

fn describe(pattern: &TextPattern) -> String {
    match pattern {
        TextPattern::Contains(text) => format!("something with `{text}`"),
        TextPattern::Equals(text) => format!("`{text}`"),
        TextPattern::Regex(regex) => format!("something that matches /{regex}/"),
    }
}

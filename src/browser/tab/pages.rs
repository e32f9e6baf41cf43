//! Opening, leaving and changing pages and tabs.

use std::time::Duration;

use serde_json::{Value, json};

use crate::browser::connection::CallError;
use crate::browser::context::State;
use crate::browser::hinder::no_network;
use crate::browser::tab::{BrowserTab, describe, documents_in, is_ready};
use crate::model::request::Outcome;
use crate::steps::tab::{
    Cookie, Fault, NetworkConditions, StepError, StepResult, TabChoice, TextPattern, Viewport,
    WaitUntil,
};

/// The jar is read without the page, so it answers at once or not at all.
const COOKIES_LIMIT: Duration = Duration::from_secs(2);
/// Ends once the document has its markup.
const PARSED: &str = r"async function () {
    if (document.readyState !== 'loading') return;
    await new Promise((go) => document.addEventListener('DOMContentLoaded', go, { once: true }));
}";

impl BrowserTab {
    pub(super) async fn open(&mut self, url: &str, until: WaitUntil) -> StepResult {
        self.check_alive()?;
        let before = self.documents();
        let session = self.session();
        let parameters = json!({"url": url});
        let answer = self
            .client
            .call_within(Some(&session), "Page.navigate", parameters, self.remaining())
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(CallError::Timeout { .. }) => return Err(self.no_answer(url).await),
            Err(CallError::Refused(message)) if message.contains("invalid URL") => {
                return Err(StepError::scenario(format!("`{url}` is no URL")));
            }
            Err(error) => return Err(self.explain(error).await),
        };
        if let Some(error) = answer["errorText"].as_str().filter(|text| !text.is_empty()) {
            // Another page took its place before it had come.
            if error == "net::ERR_ABORTED" && self.documents() > before {
                return self.wait_loaded(url, |_| true).await;
            }
            return Err(not_opened(url, error));
        }
        let Some(loader) = answer["loaderId"].as_str().map(str::to_owned) else {
            // Only the fragment changed: the document stays.
            return Ok(());
        };
        let main = self.main_frame();
        let committed = |state: &State| {
            // A page may be replaced by another at once; that is loaded then.
            state.recorder.frame(&main).is_some_and(|frame| frame.loader == loader)
                || documents_in(state, &main) > before
        };
        match until {
            WaitUntil::Load => self.wait_loaded(url, committed).await,
            WaitUntil::DomContentLoaded => self.wait_parsed(url, committed).await,
        }
    }

    /// Waits until the main frame has what was asked for and its markup has
    /// come; what the markup names may still be on its way.
    async fn wait_parsed(&self, what: &str, committed: impl Fn(&State) -> bool) -> StepResult {
        let main = self.main_frame();
        loop {
            let there = self
                .context
                .wait_for(self.deadline, |state| {
                    let gone = state.tabs.get(self.tab).is_none_or(|tab| tab.closed || tab.crashed);
                    let there = committed(state) && state.worlds.contains_key(&main);
                    (gone || there).then_some(())
                })
                .await;
            self.check_alive()?;
            if there.is_none() {
                return Err(self.no_answer(what).await);
            }
            if let Some(error) = self.failed_page() {
                return Err(error);
            }
            let parsed = self.in_frame_within(&main, PARSED, Vec::new(), self.remaining()).await;
            self.check_alive()?;
            if parsed.is_ok() {
                return Ok(());
            }
            // Otherwise another document took the place of this one.
            if self.expired() {
                let mut error =
                    StepError::site(format!("the markup of {what} did not end in time"));
                error.details = self.waiting();
                return Err(error);
            }
        }
    }

    /// Waits until the main frame has what was asked for and has stopped
    /// loading.
    pub(super) async fn wait_loaded(
        &self,
        what: &str,
        committed: impl Fn(&State) -> bool,
    ) -> StepResult {
        let main = self.main_frame();
        let loaded = self
            .context
            .wait_for(self.deadline, |state| {
                let gone = state.tabs.get(self.tab).is_none_or(|tab| tab.closed || tab.crashed);
                let done = state.recorder.frame(&main).is_some_and(|frame| !frame.loading)
                    && committed(state);
                (gone || done).then_some(())
            })
            .await;
        self.check_alive()?;
        if loaded.is_some() {
            return match self.failed_page() {
                Some(error) => Err(error),
                None => Ok(()),
            };
        }
        if !self.context.look(committed) {
            return Err(self.no_answer(what).await);
        }
        let mut error = StepError::site(format!("{what} did not finish loading in time"));
        error.details = self.waiting();
        Err(error)
    }

    /// Why a URL that was asked for did not come, and whose fault that is.
    async fn no_answer(&self, url: &str) -> StepError {
        if let Err(error) = self.check_alive() {
            return error;
        }
        let waiting = self.waiting();
        if waiting.is_empty() && !self.browser_lives().await {
            return StepError::run("the browser did not answer");
        }
        let mut error = StepError::run(format!("{url} did not answer in time"));
        error.details = waiting;
        error
    }

    fn waiting(&self) -> Vec<String> {
        self.context.look(|state| {
            let requests = state.recorder.in_flight(self.context.now_ms()).take(3);
            requests
                .map(|request| match request.response {
                    None => format!("{} {} has no answer", request.method, request.url),
                    Some(_) => format!("{} {} does not end", request.method, request.url),
                })
                .collect()
        })
    }

    /// The browser shows its own error page instead of the site's.
    pub(crate) fn failed_page(&self) -> Option<StepError> {
        let main = self.main_frame();
        self.context.look(|state| {
            let frame = state.recorder.frame(&main)?;
            if !frame.url.starts_with("chrome-error:") {
                return None;
            }
            let request = state.recorder.requests().iter().rfind(|request| {
                request.resource_type == "Document"
                    && request.frame.as_ref().is_some_and(|frame| frame.id == main)
            })?;
            Some(match &request.outcome {
                Outcome::Failed(error) => not_opened(&request.url, error),
                outcome => StepError::run(format!("could not open {}", request.url))
                    .detail(outcome.as_text()),
            })
        })
    }

    /// What the page's server said, where it was no success.
    pub(crate) fn status(&self) -> Option<u16> {
        let main = self.main_frame();
        self.context.look(|state| {
            let request = state.recorder.requests().iter().rfind(|request| {
                request.resource_type == "Document"
                    && request.frame.as_ref().is_some_and(|frame| frame.id == main)
            })?;
            request
                .response
                .as_ref()
                .map(|response| response.status)
                .filter(|status| *status >= 400)
        })
    }

    pub(super) async fn history(&mut self, by: i64, what: &str) -> StepResult {
        let history = self.call("Page.getNavigationHistory", json!({})).await?;
        let current = history["currentIndex"].as_i64().unwrap_or_default();
        let entry = usize::try_from(current + by)
            .ok()
            .and_then(|index| history["entries"].get(index).cloned());
        let Some(entry) = entry else {
            return Err(StepError::site(format!("there is no page to go {what} to")));
        };
        let url = entry["url"].as_str().unwrap_or_default().to_owned();
        let before = self.context.look(|state| state.recorder.frame_generation());
        let documents = self.documents();
        self.call("Page.navigateToHistoryEntry", json!({"entryId": entry["id"]})).await?;
        let main = self.main_frame();
        self.wait_loaded(&url, |state| {
            state.recorder.frame_generation() != before
                && (state.recorder.frame(&main).is_some_and(|frame| frame.url == url)
                    // It may lead on to another at once.
                    || documents_in(state, &main) > documents)
        })
        .await
    }

    pub(super) async fn load_again(&mut self) -> StepResult {
        let before = self.documents();
        let url = self.url();
        let main = self.main_frame();
        self.call("Page.reload", json!({})).await?;
        self.wait_loaded(&url, |state| documents_in(state, &main) > before).await
    }

    pub(super) async fn await_url(&mut self, pattern: &TextPattern) -> StepResult {
        let found = self
            .context
            .wait_for(self.deadline, |state| pattern.matches(&state.url_of(self.tab)).then_some(()))
            .await;
        if found.is_some() {
            return Ok(());
        }
        self.check_alive()?;
        if let Some(error) = self.failed_page() {
            return Err(error);
        }
        Err(StepError::site(format!("the URL did not become {}", describe(pattern)))
            .detail(format!("it was {}", self.url())))
    }

    pub(super) async fn go_to_tab(&mut self, choice: &TabChoice) -> StepResult {
        let current = self.tab;
        let find = |state: &State| -> Option<usize> {
            let found = match choice {
                TabChoice::Index(index) => Some(*index),
                TabChoice::Newest => state
                    .newest_tab()
                    // Asked for right after a click, the popup may be on its way.
                    .filter(|&newest| {
                        newest != current
                            || state.tabs.get(current).is_none_or(|current| current.closed)
                    }),
                TabChoice::Url(pattern) => (0..state.tabs.len())
                    .rev()
                    .find(|&tab| is_ready(state, tab) && pattern.matches(&state.url_of(tab))),
            }?;
            is_ready(state, found).then_some(found)
        };
        let found = self.context.wait_for(self.deadline, find).await;
        self.check_connected()?;
        match found {
            Some(tab) => {
                self.tab = tab;
                self.call("Page.bringToFront", json!({})).await.map(|_| ())
            }
            None => Err(self.no_such_tab("found no such tab")),
        }
    }

    pub(super) async fn close_tab(&mut self) -> StepResult {
        self.check_alive()?;
        let session = self.session();
        self.client.send(Some(&session), "Page.close", json!({}));
        let closed = self
            .context
            .wait_for(self.deadline, |state| {
                state.tabs.get(self.tab).is_none_or(|tab| tab.closed).then_some(())
            })
            .await;
        self.check_connected()?;
        if closed.is_none() {
            return Err(StepError::run("the tab did not close"));
        }
        if let Some(tab) = self.context.look(State::newest_tab) {
            self.tab = tab;
        }
        Ok(())
    }

    pub(super) async fn resize(&mut self, viewport: &Viewport) -> StepResult {
        let orientation = if viewport.landscape || viewport.width > viewport.height {
            json!({"type": "landscapePrimary", "angle": 90})
        } else {
            json!({"type": "portraitPrimary", "angle": 0})
        };
        self.call(
            "Emulation.setDeviceMetricsOverride",
            json!({
                "width": viewport.width, "height": viewport.height,
                "deviceScaleFactor": viewport.device_scale_factor, "mobile": viewport.mobile,
                "screenOrientation": orientation,
            }),
        )
        .await?;
        self.call("Emulation.setTouchEmulationEnabled", json!({"enabled": viewport.touch}))
            .await
            .map(|_| ())
    }

    pub(super) async fn slow_down(&mut self, conditions: &NetworkConditions) -> StepResult {
        self.call(
            "Network.emulateNetworkConditions",
            json!({
                "offline": conditions.offline, "latency": conditions.latency_ms,
                "downloadThroughput": conditions.download, "uploadThroughput": conditions.upload,
            }),
        )
        .await
        .map(|_| ())
    }

    /// Takes the network away from all that the scenario has opened and will
    /// open.
    pub fn cut_network(&self) {
        let sessions: Vec<String> = self.context.change(|state| {
            state.offline = true;
            state.sessions.keys().cloned().collect()
        });
        for session in sessions {
            self.client.send(Some(&session), "Network.emulateNetworkConditions", no_network());
        }
    }

    /// Throws an exception in a task of the page's own, where nothing catches
    /// it, and waits until it was thrown.
    pub async fn throw(&self) -> StepResult {
        let expression = "new Promise(done => setTimeout(() => { setTimeout(done); \
            throw new Error('an exception that a condition of pixelproof asked for'); }))";
        let parameters = json!({"expression": expression, "awaitPromise": true});
        self.call("Runtime.evaluate", parameters).await.map(|_| ())
    }

    pub(super) async fn give_cookies(&mut self, cookies: &[Cookie]) -> StepResult {
        let here = self.url();
        let list: Vec<Value> = cookies
            .iter()
            .map(|cookie| {
                let mut value = json!({"name": cookie.name, "value": cookie.value});
                let mut set = |key: &str, given: Option<Value>| {
                    if let Some(given) = given {
                        value[key] = given;
                    }
                };
                set("domain", cookie.domain.as_deref().map(Value::from));
                set("path", cookie.path.as_deref().map(Value::from));
                set("secure", cookie.secure.map(Value::from));
                set("httpOnly", cookie.http_only.map(Value::from));
                set("sameSite", cookie.same_site.as_deref().map(Value::from));
                let url = cookie.url.as_deref().or(cookie.domain.is_none().then_some(&here));
                set("url", url.map(Value::from));
                value
            })
            .collect();
        let set = self.call("Network.setCookies", json!({"cookies": list})).await;
        match set {
            Err(error) if error.fault == Fault::Site => Err(StepError::scenario(format!(
                "the browser does not take these cookies: {}",
                error.message
            ))
            .detail("a cookie needs a `url` or a `domain`, unless a page of its site is open")),
            other => other.map(|_| ()),
        }
    }

    /// Lets the record know what the browser's jar holds now.
    pub async fn note_cookies(&self) {
        let params = json!({"browserContextId": self.context.id});
        let answer =
            self.client.call_within(None, "Storage.getCookies", params, COOKIES_LIMIT).await;
        // A browser that does not answer is told of by whoever waits for it.
        if let Ok(answer) = answer {
            let now_ms = self.context.now_ms();
            self.context.change(|state| state.recorder.cookies(&answer, now_ms));
        }
    }
}

/// Net errors that a site makes by what it answers; all others mean that there
/// was no answer.
const ANSWERED: &[&str] = &[
    "ERR_TOO_MANY_REDIRECTS",
    "ERR_HTTP_RESPONSE_CODE_FAILURE",
    "ERR_INVALID_REDIRECT",
    "ERR_UNSAFE_REDIRECT",
    "ERR_UNKNOWN_URL_SCHEME",
    "ERR_BLOCKED_BY_RESPONSE",
    "ERR_BLOCKED_BY_CSP",
    "ERR_INVALID_HTTP_RESPONSE",
    "ERR_RESPONSE_HEADERS_MULTIPLE_LOCATION",
    "ERR_CONTENT_DECODING_FAILED",
];

fn not_opened(url: &str, error: &str) -> StepError {
    let name = error.trim_start_matches("net::");
    if name == "ERR_ABORTED" {
        return StepError::site(format!("{url} is a download or has no content"));
    }
    if name == "ERR_INVALID_URL" {
        return StepError::scenario(format!("`{url}` is no URL"));
    }
    let message = format!("could not open {url}: {error}");
    if ANSWERED.iter().any(|answered| name.starts_with(answered)) {
        return StepError::site(message);
    }
    let failure = StepError::run(message);
    if name.starts_with("ERR_CERT_") {
        return failure.detail(
            "the certificate is not trusted; `accept-invalid-certificates` under [browser] takes it all the same",
        );
    }
    failure
}

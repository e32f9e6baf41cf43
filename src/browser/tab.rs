//! Walks a funnel in one context: what steps ask for, done with real input.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::browser::connection::{CallError, Client};
use crate::browser::context::{Context, State};
use crate::browser::elements::{Needs, chains, result_of};
use crate::browser::keys::{Key, find_key, key_of, modifier_of, split_chord};
use crate::steps::tab::{
    Button, Comparison, Cookie, ElementCondition, ElementQuery, Fault, NetworkConditions,
    PointerOptions, StepError, StepResult, Tab, TabChoice, TextPattern, Viewport,
};

/// The tab that the scenario is in. It follows popups only when told to.
#[derive(Debug)]
pub struct BrowserTab {
    pub(crate) client: Client,
    pub(crate) context: Arc<Context>,
    pub(crate) deadline: Instant,
    /// URLs (without query) of requests that never end.
    pub(crate) endless: HashSet<String>,
    /// The event of that name makes the hooks tell what they have not told.
    pub(crate) binding: String,
    tab: usize,
    modifiers: u8,
}

impl BrowserTab {
    pub(crate) fn new(client: Client, context: Arc<Context>, binding: String) -> Self {
        Self {
            client,
            context,
            deadline: Instant::now(),
            endless: HashSet::new(),
            binding,
            tab: 0,
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
        self.context.look(|state| {
            state.recorder.documents().iter().filter(|document| document.frame == main).count()
        })
    }

    /// Goes on in the tab that a recorded step names: `main`, or a page's URL.
    pub async fn switch_to_target(&mut self, target: Option<&str>) -> StepResult {
        let Some(target) = target else { return Ok(()) };
        if target == "main" {
            self.tab = 0;
            return Ok(());
        }
        if self.url() == target {
            return Ok(());
        }
        self.switch_tab(&TabChoice::Url(TextPattern::Equals(target.to_owned()))).await
    }

    /// Waits until the tab has navigated since it had that many documents and
    /// that URL, and has stopped loading.
    pub async fn wait_navigated(&mut self, documents: usize, url: &str) -> StepResult {
        let main = self.main_frame();
        let navigated = |state: &State| {
            let now =
                state.recorder.documents().iter().filter(|document| document.frame == main).count();
            now > documents || state.url_of(self.tab) != url
        };
        match self.wait_loaded("the next page", navigated).await {
            Err(error) if !self.context.look(navigated) && error.fault == Fault::Run => {
                Err(StepError::site("the step did not lead to another page")
                    .detail(format!("the page was {url}")))
            }
            other => other,
        }
    }

    /// A picture of what the tab shows, as PNG.
    pub async fn screenshot(&self, limit: Duration) -> Option<Vec<u8>> {
        let session = self.session();
        let answer = self
            .client
            .call_within(
                Some(&session),
                "Page.captureScreenshot",
                json!({"format": "png", "optimizeForSpeed": true}),
                limit,
            )
            .await
            .ok()?;
        base64::engine::general_purpose::STANDARD.decode(answer["data"].as_str()?).ok()
    }

    pub(crate) fn main_frame(&self) -> String {
        self.context
            .look(|state| state.tabs.get(self.tab).map(|tab| tab.target.clone()))
            .unwrap_or_default()
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

    /// A closed tab or a dead browser cannot do anything any more.
    pub(crate) fn check_alive(&self) -> StepResult {
        let (lost, tab) =
            self.context.look(|state| (state.lost, state.tabs.get(self.tab).cloned()));
        if lost || self.client.is_closed() {
            return Err(StepError::run("the connection to the browser was lost"));
        }
        match tab {
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
        self.client
            .call_within(Some(&session), method, params, limit)
            .await
            .map_err(|error| self.explain(error))
    }

    fn explain(&self, error: CallError) -> StepError {
        match error {
            CallError::Refused(message) => StepError::site(message),
            CallError::Closed => StepError::run("the connection to the browser was lost"),
            CallError::Timeout { .. } => match self.check_alive() {
                Err(error) => error,
                Ok(()) => StepError::run(format!("the browser did not answer: {error}")),
            },
        }
    }

    /// Waits until the main frame has another document than before and has
    /// stopped loading.
    async fn wait_loaded(&self, what: &str, committed: impl Fn(&State) -> bool) -> StepResult {
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
            return Ok(());
        }
        let (started, waiting) = self.context.look(|state| {
            let waiting: Vec<String> = state
                .recorder
                .in_flight(self.context.now_ms())
                .take(3)
                .map(|request| format!("{} {} has no answer", request.method, request.url))
                .collect();
            (committed(state), waiting)
        });
        let mut error = if started {
            StepError::site(format!("{what} did not finish loading in time"))
        } else {
            StepError::run(format!("{what} did not answer in time"))
        };
        error.details = waiting;
        Err(error)
    }

    async fn history(&mut self, by: i64, what: &str) -> StepResult {
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
        self.call("Page.navigateToHistoryEntry", json!({"entryId": entry["id"]})).await?;
        let main = self.main_frame();
        self.wait_loaded(&url, |state| {
            state.recorder.frame_generation() != before
                && state.recorder.frame(&main).is_some_and(|frame| frame.url == url)
        })
        .await
    }

    async fn mouse(&self, kind: &str, x: f64, y: f64, button: &str, count: u32) -> StepResult {
        let pressed = if kind == "mousePressed" { button_mask(button) } else { 0 };
        self.call(
            "Input.dispatchMouseEvent",
            json!({
                "type": kind, "x": x, "y": y, "button": button, "buttons": pressed,
                "clickCount": count, "modifiers": self.modifiers, "pointerType": "mouse",
            }),
        )
        .await
        .map(|_| ())
    }

    async fn key(&mut self, key: &Key, down: bool) -> StepResult {
        let bit = modifier_of(&key.key);
        if down {
            self.modifiers |= bit;
        } else {
            self.modifiers &= !bit;
        }
        self.call("Input.dispatchKeyEvent", key.event(down, self.modifiers)).await.map(|_| ())
    }

    /// Types as a keyboard does. Long texts are inserted at once, as by paste.
    async fn type_text(&mut self, text: &str) -> StepResult {
        const LONGEST_TYPED: usize = 200;
        if text.chars().count() > LONGEST_TYPED {
            return self.call("Input.insertText", json!({"text": text})).await.map(|_| ());
        }
        let session = self.session();
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            let key = key_of(character);
            if key.code.is_empty() {
                self.call("Input.insertText", json!({"text": character.to_string()})).await?;
                continue;
            }
            // Only the last answer is waited for: they come in order.
            self.client.send(
                Some(&session),
                "Input.dispatchKeyEvent",
                key.event(true, self.modifiers),
            );
            if characters.peek().is_some() {
                self.client.send(
                    Some(&session),
                    "Input.dispatchKeyEvent",
                    key.event(false, self.modifiers),
                );
            } else {
                self.call("Input.dispatchKeyEvent", key.event(false, self.modifiers)).await?;
            }
        }
        Ok(())
    }

    /// Runs a function on the element that was made ready last in the frame.
    async fn on_element(&self, frame: &str, body: &str, argument: Value) -> StepResult<Value> {
        let function = format!(
            "async function (argument) {{ const api = globalThis.__pixelproof; const element = globalThis.__element; {body} }}"
        );
        self.in_frame(frame, &function, vec![argument]).await.map_err(|error| self.explain(error))
    }

    fn frame_at(&self, path: &[usize]) -> StepResult<String> {
        let query = ElementQuery { selectors: Vec::new(), frame: path.to_vec() };
        if path.is_empty() {
            return Ok(self.main_frame());
        }
        self.frames_of(&query)
            .into_iter()
            .next()
            .ok_or_else(|| StepError::site(format!("the page has no frame at path {path:?}")))
    }

    async fn evaluate_in(
        &self,
        expression: &str,
        frame: &[usize],
        limit: Duration,
    ) -> StepResult<Result<Value, CallError>> {
        self.check_alive()?;
        let frame = self.frame_at(frame)?;
        let Some((session, context)) = self.context.look(|state| {
            let session = state.worlds.get(&frame).map(|(session, _)| session.clone())?;
            Some((session, state.recorder.main_world(&frame)))
        }) else {
            return Ok(Err(CallError::Refused("the frame is gone".to_owned())));
        };
        let mut parameters = json!({
            "expression": expression, "awaitPromise": true, "returnByValue": true,
            "replMode": true, "userGesture": true,
        });
        if let Some(context) = context {
            parameters["contextId"] = json!(context);
        }
        let answer =
            self.client.call_within(Some(&session), "Runtime.evaluate", parameters, limit).await;
        Ok(answer.and_then(|answer| result_of(&answer)))
    }
}

impl Tab for BrowserTab {
    async fn navigate(&mut self, url: &str) -> StepResult {
        let before = self.documents();
        let answer = self.call("Page.navigate", json!({"url": url})).await?;
        if let Some(error) = answer["errorText"].as_str().filter(|text| !text.is_empty()) {
            return Err(match error {
                "net::ERR_ABORTED" => {
                    StepError::site(format!("{url} is a download or has no content"))
                }
                "net::ERR_INVALID_URL" => StepError::scenario(format!("`{url}` is no URL")),
                error => StepError::run(format!("could not open {url}: {error}")),
            });
        }
        let Some(loader) = answer["loaderId"].as_str().map(str::to_owned) else {
            // Only the fragment changed: the document stays.
            return Ok(());
        };
        let main = self.main_frame();
        self.wait_loaded(url, |state| {
            // A page may be replaced by another at once; that is loaded then.
            state.recorder.frame(&main).is_some_and(|frame| frame.loader == loader)
                || state
                    .recorder
                    .documents()
                    .iter()
                    .filter(|document| document.frame == main)
                    .count()
                    > before
        })
        .await
    }

    async fn go_back(&mut self) -> StepResult {
        self.history(-1, "back").await
    }

    async fn go_forward(&mut self) -> StepResult {
        self.history(1, "forward").await
    }

    async fn reload(&mut self) -> StepResult {
        let before = self.documents();
        let url = self.url();
        let main = self.main_frame();
        self.call("Page.reload", json!({})).await?;
        self.wait_loaded(&url, |state| {
            state.recorder.documents().iter().filter(|document| document.frame == main).count()
                > before
        })
        .await
    }

    async fn click(&mut self, query: &ElementQuery, options: &PointerOptions) -> StepResult {
        let needs = Needs { pointer: true, editable: false, offset: options.offset };
        let ready = self.ready(query, needs).await?;
        let button = match options.button {
            Button::Primary => "left",
            Button::Auxiliary => "middle",
            Button::Secondary => "right",
            Button::Back => "back",
            Button::Forward => "forward",
        };
        let (x, y) = (ready.x, ready.y);
        self.mouse("mouseMoved", x, y, "none", 0).await?;
        for count in 1..=options.count.max(1) {
            self.mouse("mousePressed", x, y, button, count).await?;
            if options.hold_ms > 0 {
                // The scenario asks for a long press; there is no event for it.
                tokio::time::sleep(Duration::from_millis(options.hold_ms)).await;
            }
            match self.mouse("mouseReleased", x, y, button, count).await {
                // A click may close the very tab that it is made in.
                Err(_) if self.check_alive().is_err() && !self.client.is_closed() => return Ok(()),
                other => other?,
            }
        }
        Ok(())
    }

    async fn hover(&mut self, query: &ElementQuery) -> StepResult {
        let needs = Needs { pointer: true, ..Needs::default() };
        let ready = self.ready(query, needs).await?;
        self.mouse("mouseMoved", ready.x, ready.y, "none", 0).await
    }

    async fn change(&mut self, query: &ElementQuery, value: &str) -> StepResult {
        let ready = self.ready(query, Needs { editable: true, ..Needs::default() }).await?;
        let control = self
            .on_element(&ready.frame, "return api.fill(element, argument);", json!(value))
            .await?;
        let frame = ready.frame.clone();
        match control["kind"].as_str().unwrap_or_default() {
            "select" => return self.select(query, &[value.to_owned()]).await,
            "checkbox" | "radio" => {
                let wanted = !matches!(value, "false" | "off" | "0" | "");
                if control["checked"].as_bool() != Some(wanted) {
                    let options = PointerOptions { count: 1, ..PointerOptions::default() };
                    return self.click(query, &options).await;
                }
                return Ok(());
            }
            "file" => {
                return Err(StepError::scenario("a file field takes files, not text")
                    .detail("use the step `upload`"));
            }
            "date" | "color" | "range" => {
                let set = self
                    .on_element(&frame, "return api.setValue(element, argument);", json!(value))
                    .await?;
                if set["ok"] == json!(false) {
                    let expected = set["expected"].as_str().unwrap_or_default();
                    return Err(StepError::site(format!("the field does not take `{value}`"))
                        .detail(format!("it takes {expected}")));
                }
                return Ok(());
            }
            "other" => {
                let by = control["by"].as_str().unwrap_or_default();
                return Err(StepError::site("the element is no field that takes a value")
                    .detail(format!("it is {by}")));
            }
            _ => {}
        }
        if value.is_empty() {
            let key = find_key("Delete").unwrap_or_else(|| key_of('\u{7f}'));
            self.key(&key, true).await?;
            self.key(&key, false).await?;
        } else {
            self.type_text(value).await?;
        }
        // Leaving the field is what makes it report its change; coming back lets
        // a following key press reach it, as with a person.
        let leave = "element.blur(); element.focus(); return true;";
        self.on_element(&frame, leave, Value::Null).await.map(|_| ())
    }

    async fn select(&mut self, query: &ElementQuery, options: &[String]) -> StepResult {
        let ready = self.ready(query, Needs::default()).await?;
        let answer = self
            .on_element(
                &ready.frame,
                "return api.selectOptions(element, argument);",
                json!(options),
            )
            .await?;
        if answer["ok"] == json!(true) {
            return Ok(());
        }
        let list = |key: &str| -> Vec<String> {
            answer[key]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|option| option.as_str().map(str::to_owned))
                .collect()
        };
        let mut error = StepError::site(match answer["why"].as_str() {
            Some("not a select") => "the element is no list of options".to_owned(),
            Some("single") => "the list takes one option only".to_owned(),
            Some("disabled") => format!("the option {} is disabled", list("missing").join(", ")),
            _ => format!("the list has no option {}", list("missing").join(", ")),
        });
        for option in list("options").into_iter().take(20) {
            error = error.detail(format!("there is {option}"));
        }
        Err(error)
    }

    async fn upload(&mut self, query: &ElementQuery, files: &[PathBuf]) -> StepResult {
        for file in files {
            if !file.is_file() {
                return Err(StepError::scenario(format!("there is no file {}", file.display())));
            }
        }
        let chains = chains(query);
        let condition = json!({"count": 1, "op": "at_least"});
        let Some(frame) = self.find_frame(query, &chains, &condition).await? else {
            return Err(self.missing(query, &chains).await);
        };
        // File fields are often hidden behind a button: no visibility is asked for.
        let place = self.context.look(|state| state.worlds.get(&frame).cloned());
        let Some((session, world)) = place else {
            return Err(StepError::site("the frame of the file field is gone"));
        };
        let answer = self
            .client
            .call(
                Some(&session),
                "Runtime.callFunctionOn",
                json!({
                    "functionDeclaration": "function (chains) { return globalThis.__pixelproof.locate(chains); }",
                    "executionContextId": world, "arguments": [{"value": chains}],
                }),
            )
            .await
            .map_err(|error| self.explain(error))?;
        let paths: Vec<String> = files
            .iter()
            .map(|file| std::path::absolute(file).unwrap_or_else(|_| file.clone()))
            .map(|file| file.to_string_lossy().into_owned())
            .collect();
        self.client
            .call(
                Some(&session),
                "DOM.setFileInputFiles",
                json!({"files": paths, "objectId": answer["result"]["objectId"]}),
            )
            .await
            .map(|_| ())
            .map_err(|error| match error {
                CallError::Refused(message) => {
                    StepError::site(format!("the element takes no files: {message}"))
                }
                other => self.explain(other),
            })
    }

    async fn key_down(&mut self, key: &str) -> StepResult {
        let key = find_key(key).ok_or_else(|| unknown_key(key))?;
        self.key(&key, true).await
    }

    async fn key_up(&mut self, key: &str) -> StepResult {
        let key = find_key(key).ok_or_else(|| unknown_key(key))?;
        self.key(&key, false).await
    }

    async fn press(&mut self, query: Option<&ElementQuery>, chord: &str) -> StepResult {
        let (modifiers, key) = split_chord(chord).ok_or_else(|| unknown_key(chord))?;
        if let Some(query) = query {
            let ready = self.ready(query, Needs::default()).await?;
            self.on_element(&ready.frame, "element.focus(); return true;", Value::Null).await?;
        }
        for modifier in &modifiers {
            self.key(modifier, true).await?;
        }
        self.key(&key, true).await?;
        self.key(&key, false).await?;
        for modifier in modifiers.iter().rev() {
            self.key(modifier, false).await?;
        }
        Ok(())
    }

    async fn scroll(&mut self, query: Option<&ElementQuery>, x: f64, y: f64) -> StepResult {
        let Some(query) = query else {
            let expression =
                format!("window.scrollTo({{left: {x}, top: {y}, behavior: 'instant'}})");
            return self.evaluate(&expression, &[]).await.map(|_| ());
        };
        let chains = chains(query);
        let condition = json!({"count": 1, "op": "at_least"});
        let Some(frame) = self.find_frame(query, &chains, &condition).await? else {
            return Err(self.missing(query, &chains).await);
        };
        let function = r"function (chains, x, y) {
            const element = globalThis.__pixelproof.locate(chains);
            element.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
            element.scrollTo({ left: x, top: y, behavior: 'instant' });
        }";
        self.in_frame(&frame, function, vec![chains, json!(x), json!(y)])
            .await
            .map(|_| ())
            .map_err(|error| self.explain(error))
    }

    async fn set_viewport(&mut self, viewport: &Viewport) -> StepResult {
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

    async fn emulate_network(&mut self, conditions: &NetworkConditions) -> StepResult {
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

    async fn wait_for_element(
        &mut self,
        query: &ElementQuery,
        condition: &ElementCondition,
    ) -> StepResult {
        let chains = chains(query);
        let (comparison, count) = condition.count.unwrap_or((Comparison::AtLeast, 1));
        let mut wanted = json!({
            "count": count,
            "op": match comparison {
                Comparison::AtLeast => "at_least",
                Comparison::Equal => "equal",
                Comparison::AtMost => "at_most",
            },
        });
        if let Some(visible) = condition.visible {
            wanted["visible"] = json!(visible);
        }
        if !condition.attributes.is_empty() {
            wanted["attributes"] = condition
                .attributes
                .iter()
                .cloned()
                .map(|(k, v)| (k, Value::String(v)))
                .collect::<serde_json::Map<_, _>>()
                .into();
        }
        if !condition.properties.is_empty() {
            wanted["properties"] =
                condition.properties.iter().cloned().collect::<serde_json::Map<_, _>>().into();
        }
        if self.find_frame(query, &chains, &wanted).await?.is_some() {
            return Ok(());
        }
        let mut error = self.missing(query, &chains).await;
        if condition != &ElementCondition::default() {
            error = error.detail(format!("waited for {wanted}"));
        }
        Err(error)
    }

    async fn wait_for_expression(&mut self, expression: &str, frame: &[usize]) -> StepResult {
        loop {
            // The page is asked on every frame of its screen, inside the page.
            let wrapped = format!(
                "(async () => {{ for (;;) {{ const value = await eval({}); if (value) return true; \
                 if (performance.now() > {{limit}}) return false; await new Promise((go) => {{ \
                 const timer = setTimeout(go, 100); requestAnimationFrame(() => {{ clearTimeout(timer); go(); }}); }}); }} }})()",
                json!(expression)
            );
            let limit = self.remaining().as_millis();
            let wrapped = wrapped.replace("{limit}", &format!("__start + {limit}"));
            let wrapped = format!("{{ const __start = performance.now(); {wrapped} }}");
            let answer = self
                .evaluate_in(&wrapped, frame, self.remaining() + Duration::from_millis(500))
                .await?;
            match answer {
                Ok(Value::Bool(true)) => return Ok(()),
                Err(CallError::Refused(message)) if message.contains("SyntaxError") => {
                    return Err(StepError::scenario(format!(
                        "the expression cannot be read: {}",
                        message.lines().next().unwrap_or_default()
                    )));
                }
                Err(CallError::Closed) => {
                    return Err(StepError::run("the connection to the browser was lost"));
                }
                // A navigation took the page away: ask the next one.
                Err(CallError::Refused(message)) if !self.expired() && is_navigation(&message) => {}
                Err(CallError::Refused(message)) => {
                    return Err(StepError::site("the expression threw an exception")
                        .detail(message.lines().next().unwrap_or_default().to_owned()));
                }
                _ => {
                    return Err(StepError::site("the expression did not become true")
                        .detail(expression.to_owned())
                        .detail(format!("the page was {}", self.url())));
                }
            }
        }
    }

    async fn wait_for_url(&mut self, pattern: &TextPattern) -> StepResult {
        let found = self
            .context
            .wait_for(self.deadline, |state| pattern.matches(&state.url_of(self.tab)).then_some(()))
            .await;
        self.check_alive()?;
        match found {
            Some(()) => Ok(()),
            None => Err(StepError::site(format!("the URL did not become {}", describe(pattern)))
                .detail(format!("it was {}", self.url()))),
        }
    }

    async fn wait_for_text(&mut self, pattern: &TextPattern, frame: &[usize]) -> StepResult {
        let wanted = match pattern {
            TextPattern::Contains(text) => json!({"kind": "contains", "value": text}),
            TextPattern::Equals(text) => json!({"kind": "equals", "value": text}),
            TextPattern::Regex(regex) => json!({"kind": "regex", "value": regex.as_str()}),
        };
        let query = ElementQuery { selectors: Vec::new(), frame: frame.to_vec() };
        loop {
            self.check_alive()?;
            let frames = self.frames_of(&query);
            let limit = self.remaining().as_millis() as u64;
            let generation =
                self.context.look(|state| (state.recorder.frame_generation(), state.worlds.len()));
            let waits: Vec<_> = frames
                .iter()
                .map(|frame| {
                    Box::pin(async {
                        let function = "async function (pattern, limit) { return await globalThis.__pixelproof.waitForText(pattern, limit); }";
                        let answer = self
                            .in_frame(frame, function, vec![wanted.clone(), json!(limit)])
                            .await;
                        match answer {
                            Ok(answer) if answer["ok"] == json!(true) => {}
                            _ => std::future::pending().await,
                        }
                    })
                })
                .collect();
            let changed = self.context.wait_for(self.deadline, |state| {
                ((state.recorder.frame_generation(), state.worlds.len()) != generation)
                    .then_some(())
            });
            if waits.is_empty() {
                changed.await;
            } else {
                tokio::select! {
                    _ = futures::future::select_all(waits) => return Ok(()),
                    _ = changed => {}
                }
            }
            if self.expired() {
                return Err(StepError::site(format!(
                    "the page never showed {}",
                    describe(pattern)
                ))
                .detail(format!("the page was {}", self.url())));
            }
        }
    }

    async fn evaluate(&mut self, expression: &str, frame: &[usize]) -> StepResult<Value> {
        let limit = self.remaining().max(Duration::from_millis(100));
        match self.evaluate_in(expression, frame, limit).await? {
            Ok(value) => Ok(value),
            // What it was asked to do may be to go elsewhere.
            Err(CallError::Refused(message)) if is_navigation(&message) => Ok(Value::Null),
            Err(CallError::Refused(message)) => {
                let first = message.lines().next().unwrap_or_default().to_owned();
                Err(StepError::site("the expression threw an exception").detail(first))
            }
            Err(error) => Err(self.explain(error)),
        }
    }

    async fn set_cookies(&mut self, cookies: &[Cookie]) -> StepResult {
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
        self.call("Network.setCookies", json!({"cookies": list})).await.map(|_| ())
    }

    async fn set_local_storage(&mut self, items: &[(String, String)]) -> StepResult {
        let map: serde_json::Map<String, Value> =
            items.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
        let expression = format!(
            "for (const [key, value] of Object.entries({})) localStorage.setItem(key, value);",
            Value::from(map)
        );
        self.evaluate(&expression, &[]).await.map(|_| ())
    }

    async fn switch_tab(&mut self, choice: &TabChoice) -> StepResult {
        let current = self.tab;
        let find = |state: &State| -> Option<usize> {
            let found = match choice {
                TabChoice::Index(index) => {
                    state.tabs.get(*index).filter(|tab| !tab.closed).map(|_| *index)
                }
                TabChoice::Newest => state
                    .newest_tab()
                    // Asked for right after a click, the popup may be on its way.
                    .filter(|&newest| newest != current || state.tabs[current].closed),
                TabChoice::Url(pattern) => (0..state.tabs.len())
                    .rev()
                    .find(|&tab| !state.tabs[tab].closed && pattern.matches(&state.url_of(tab))),
            }?;
            let ready = state.sessions.get(&state.tabs[found].session)?.ready
                && state.worlds.contains_key(&state.tabs[found].target);
            ready.then_some(found)
        };
        if let Some(tab) = self.context.wait_for(self.deadline, find).await {
            self.tab = tab;
            return self.call("Page.bringToFront", json!({})).await.map(|_| ());
        }
        let open: Vec<String> = self.context.look(|state| {
            (0..state.tabs.len())
                .filter(|&tab| !state.tabs[tab].closed)
                .map(|tab| format!("tab {tab} is {}", state.url_of(tab)))
                .collect()
        });
        let mut error = StepError::site("found no such tab");
        error.details = open;
        Err(error)
    }

    async fn close(&mut self) -> StepResult {
        self.check_alive()?;
        let session = self.session();
        self.client.send(Some(&session), "Page.close", json!({}));
        let closed = self
            .context
            .wait_for(self.deadline, |state| {
                state.tabs.get(self.tab).is_none_or(|tab| tab.closed).then_some(())
            })
            .await;
        if closed.is_none() {
            return Err(StepError::run("the tab did not close"));
        }
        if let Some(tab) = self.context.look(State::newest_tab) {
            self.tab = tab;
        }
        Ok(())
    }
}

fn unknown_key(key: &str) -> StepError {
    StepError::scenario(format!("there is no key `{key}`"))
        .detail("keys are named as in KeyboardEvent.key: Enter, Tab, ArrowDown, a, Control+A")
}

fn button_mask(button: &str) -> u32 {
    match button {
        "left" => 1,
        "right" => 2,
        "middle" => 4,
        "back" => 8,
        "forward" => 16,
        _ => 0,
    }
}

fn is_navigation(message: &str) -> bool {
    [
        "navigated",
        "context was destroyed",
        "Cannot find context",
        "frame is gone",
        "Promise was collected",
    ]
    .iter()
    .any(|part| message.contains(part))
}

fn describe(pattern: &TextPattern) -> String {
    match pattern {
        TextPattern::Contains(text) => format!("something with `{text}`"),
        TextPattern::Equals(text) => format!("`{text}`"),
        TextPattern::Regex(regex) => format!("something that matches /{regex}/"),
    }
}

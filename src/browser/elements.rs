//! Finds elements in any frame and makes sure that they can be acted on.
//!
//! The work is done by `page/selectors.js` in a world of our own in every
//! frame, which the page can neither see nor change. Waiting happens there
//! too, on events of the page; this side only waits for frames to come and go.

use std::time::Duration;

use futures::future::{join_all, select_all};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::browser::connection::CallError;
use crate::browser::context::State;
use crate::browser::tab::BrowserTab;
use crate::steps::tab::{ElementQuery, Selector, StepError, StepResult};

/// Where an element is: its frame, and the point to act on in the viewport of
/// the tab, in CSS pixels.
#[derive(Debug, Clone)]
pub(crate) struct Ready {
    pub(crate) frame: String,
    pub(crate) x: f64,
    pub(crate) y: f64,
}

/// What must hold before an action.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Needs {
    pub(crate) pointer: bool,
    pub(crate) editable: bool,
    pub(crate) offset: Option<(f64, f64)>,
}

/// Remembers the element in our world and waits until it can be acted on.
const PREPARE: &str = r"async function (chains, needs) {
    const api = globalThis.__pixelproof;
    const found = api.locate(chains);
    if (!found) return { ok: false, why: 'missing' };
    globalThis.__element = found;
    return await api.actionability(found, needs);
}";

/// How long a frame may take to say what it holds before others are asked.
const FIRST_LOOK: Duration = Duration::from_secs(1);

const FIND_FIRST: &str =
    "function (chains) { return globalThis.__pixelproof.locate(chains) !== null; }";

pub(crate) const WAIT_FOR: &str = "async function (chains, condition) { return await globalThis.__pixelproof.waitFor(chains, condition); }";

const NEAREST: &str =
    "function (chains, most) { return globalThis.__pixelproof.nearest(chains, most); }";

/// Runs on the element that owns a frame: where a point of that frame lies in
/// the viewport around it. What cannot be seen there is scrolled to first;
/// scrolling inside of a frame of another site does not reach out of it.
const OFFSET: &str = r"async function (x, y) {
    return await globalThis.__pixelproof.throughFrame(this, x, y);
}";

impl BrowserTab {
    /// Waits for the element, then until it can be acted on.
    pub(crate) async fn ready(&mut self, query: &ElementQuery, needs: Needs) -> StepResult<Ready> {
        let chains = chains(query);
        let mut last = None;
        loop {
            let Some(frame) =
                self.find_frame(query, &chains, &json!({"count": 1, "op": "at_least"})).await?
            else {
                return Err(match last {
                    Some(why) => why,
                    None => self.missing(query, &chains).await,
                });
            };
            let wanted = json!({
                "pointer": needs.pointer, "editable": needs.editable,
                "point": needs.offset.map(|(x, y)| json!([x, y])),
                "deadlineMs": self.remaining().as_millis() as u64,
            });
            let answer = self.in_frame(&frame, PREPARE, vec![chains.clone(), wanted]).await;
            // The frame may have navigated away meanwhile; then it is found anew.
            let Ok(answer) = answer else {
                if self.expired() {
                    return Err(
                        last.unwrap_or_else(|| StepError::site("the page kept navigating away"))
                    );
                }
                continue;
            };
            if answer["ok"] == json!(true) {
                let (x, y) = (
                    answer["x"].as_f64().unwrap_or_default(),
                    answer["y"].as_f64().unwrap_or_default(),
                );
                match self.to_tab(&frame, x, y).await {
                    Ok((x, y)) => return Ok(Ready { frame, x, y }),
                    Err(error) if self.expired() => return Err(error),
                    Err(error) => last = Some(error),
                }
            } else if last.is_none() || answer["why"] != json!("unseen") {
                // A look that the deadline cut short knows less than the one
                // before it.
                last = Some(not_actionable(query, &answer));
            }
            if self.expired() {
                return Err(last.unwrap_or_else(|| StepError::site("the element was not ready")));
            }
            self.next_change().await;
        }
    }

    /// Waits for an element that need not be ready for anything: its frame,
    /// and the query as the page reads it.
    pub(crate) async fn find_first(&mut self, query: &ElementQuery) -> StepResult<(String, Value)> {
        let chains = chains(query);
        match self.find_frame(query, &chains, &json!({"count": 1, "op": "at_least"})).await? {
            Some(frame) => Ok((frame, chains)),
            None => Err(self.missing(query, &chains).await),
        }
    }

    /// Waits until the condition holds in some frame; returns that frame.
    pub(crate) async fn find_frame(
        &mut self,
        query: &ElementQuery,
        chains: &Value,
        condition: &Value,
    ) -> StepResult<Option<String>> {
        let plain = condition == &json!({"count": 1, "op": "at_least"});
        loop {
            self.check_alive()?;
            let frames = self.frames_of(query);
            if plain {
                // A frame whose script never ends must not hide the others; one
                // that is only busy is asked again below.
                let limit = FIRST_LOOK.min(self.remaining());
                let found = join_all(frames.iter().map(|frame| {
                    self.in_frame_within(frame, FIND_FIRST, vec![chains.clone()], limit)
                }))
                .await;
                for (frame, found) in frames.iter().zip(found) {
                    match found {
                        Ok(Value::Bool(true)) => return Ok(Some(frame.clone())),
                        Err(CallError::Refused(message)) if message.contains("SyntaxError") => {
                            return Err(malformed(query, &message));
                        }
                        _ => {}
                    }
                }
            }
            if self.expired() {
                return Ok(None);
            }
            let mut condition = condition.clone();
            condition["deadlineMs"] = json!(self.remaining().as_millis() as u64);
            let before = self.context.look(surroundings);
            let waits = frames
                .iter()
                .map(|frame| {
                    Box::pin(async {
                        let answer = self
                            .in_frame(frame, WAIT_FOR, vec![chains.clone(), condition.clone()])
                            .await;
                        match answer {
                            Ok(answer) if answer["ok"] == json!(true) => Ok(frame.clone()),
                            Err(CallError::Refused(message)) if message.contains("SyntaxError") => {
                                Err(malformed(query, &message))
                            }
                            // This frame has nothing more to say; others, or a
                            // change of frames, decide.
                            _ => std::future::pending().await,
                        }
                    })
                })
                .collect::<Vec<_>>();
            let changed = self
                .context
                .wait_for(self.deadline, |state| (surroundings(state) != before).then_some(()));
            if waits.is_empty() {
                changed.await;
                continue;
            }
            tokio::select! {
                (found, ..) = select_all(waits) => return found.map(Some),
                _ = changed => {}
            }
        }
    }

    /// Evaluates a function in our world of the frame. A thrown exception is
    /// [`CallError::Refused`] with its text.
    pub(crate) async fn in_frame(
        &self,
        frame: &str,
        function: &str,
        arguments: Vec<Value>,
    ) -> Result<Value, CallError> {
        let limit = self.remaining() + Duration::from_secs(1);
        self.in_frame_within(frame, function, arguments, limit).await
    }

    pub(crate) async fn in_frame_within(
        &self,
        frame: &str,
        function: &str,
        arguments: Vec<Value>,
        limit: Duration,
    ) -> Result<Value, CallError> {
        let world = self.context.look(|state| state.worlds.get(frame).cloned());
        let Some((session, world)) = world else {
            return Err(CallError::Refused("the frame is gone".to_owned()));
        };
        let arguments: Vec<Value> =
            arguments.into_iter().map(|value| json!({"value": value})).collect();
        let answer = self
            .client
            .call_within(
                Some(&session),
                "Runtime.callFunctionOn",
                json!({
                    "functionDeclaration": function, "executionContextId": world,
                    "arguments": arguments, "awaitPromise": true, "returnByValue": true,
                    "userGesture": false,
                }),
                limit,
            )
            .await?;
        result_of(&answer)
    }

    /// Frames in which to look: the one that the path names, or all, the main
    /// frame first.
    pub(crate) fn frames_of(&self, query: &ElementQuery) -> Vec<String> {
        self.frames_from(&self.root_frame(), query)
    }

    /// Every frame of the tab, wherever a step looks for elements.
    pub(crate) fn all_frames(&self) -> Vec<String> {
        self.frames_from(&self.main_frame(), &ElementQuery::default())
    }

    fn frames_from(&self, main: &str, query: &ElementQuery) -> Vec<String> {
        self.context.look(|state| {
            let recorder = &state.recorder;
            let children = |parent: &str| {
                let mut children: Vec<(u64, String)> = recorder
                    .frames()
                    .filter(|(_, frame)| frame.parent.as_deref() == Some(parent))
                    .map(|(id, frame)| (frame.order, id.to_owned()))
                    .collect();
                children.sort();
                children.into_iter().map(|(_, id)| id).collect::<Vec<_>>()
            };
            if !query.frame.is_empty() {
                let mut current = main.to_owned();
                for &index in &query.frame {
                    match children(&current).into_iter().nth(index) {
                        Some(child) => current = child,
                        None => return Vec::new(),
                    }
                }
                return vec![current];
            }
            let mut all = vec![main.to_owned()];
            let mut next = 0;
            while next < all.len() {
                let found = children(&all[next]);
                all.extend(found);
                next += 1;
            }
            all.retain(|frame| state.worlds.contains_key(frame));
            all
        })
    }

    /// From the viewport of a frame to the viewport of the tab, through every
    /// frame around it, each of which must show that point.
    async fn to_tab(&self, frame: &str, x: f64, y: f64) -> StepResult<(f64, f64)> {
        let (mut frame, mut x, mut y) = (frame.to_owned(), x, y);
        loop {
            let parent = self.context.look(|state| {
                let parent = state.recorder.frame(&frame)?.parent.clone()?;
                let (session, world) = state.worlds.get(&parent)?.clone();
                Some((parent, session, world))
            });
            let Some((parent, session, world)) = parent else { return Ok((x, y)) };
            let placed = self.owner_offset(&frame, &session, world, x, y).await;
            let placed = placed.map_err(|error| {
                StepError::site(format!("could not reach into the frame: {error}"))
            })?;
            if let Some(by) = placed["by"].as_str() {
                return Err(StepError::site("the frame of the element is covered")
                    .detail(format!("covered by {by}")));
            }
            x = placed["x"].as_f64().unwrap_or(x);
            y = placed["y"].as_f64().unwrap_or(y);
            frame = parent;
        }
    }

    async fn owner_offset(
        &self,
        frame: &str,
        session: &str,
        world: u64,
        x: f64,
        y: f64,
    ) -> Result<Value, CallError> {
        let owner =
            self.client.call(Some(session), "DOM.getFrameOwner", json!({"frameId": frame})).await?;
        let node = json!({"backendNodeId": owner["backendNodeId"], "executionContextId": world});
        let resolved = self.client.call(Some(session), "DOM.resolveNode", node).await?;
        let answer = self
            .client
            .call(
                Some(session),
                "Runtime.callFunctionOn",
                json!({
                    "functionDeclaration": OFFSET, "objectId": resolved["object"]["objectId"],
                    "arguments": [{"value": x}, {"value": y}], "returnByValue": true,
                    "awaitPromise": true,
                }),
            )
            .await?;
        result_of(&answer)
    }

    /// The error of a query that nothing answered.
    pub(crate) async fn missing(&self, query: &ElementQuery, chains: &Value) -> StepError {
        if let Some(error) = self.failed_page() {
            return error;
        }
        let mut error = StepError::site(format!("found no element for {}", describe(query)));
        for selector in &query.selectors {
            error = error.detail(format!("tried {}", describe_chain(selector)));
        }
        if !query.frame.is_empty() && self.frames_of(query).is_empty() {
            return error.detail(format!("the page has no frame at path {:?}", query.frame));
        }
        for frame in self.frames_of(query).into_iter().take(5) {
            let near = self.in_frame(&frame, NEAREST, vec![chains.clone(), json!(3)]).await;
            for candidate in near.ok().as_ref().and_then(Value::as_array).into_iter().flatten() {
                if let Some(text) = candidate.as_str() {
                    error = error.detail(format!("nearest: {text}"));
                }
            }
        }
        let url = self.url();
        error.detail(match self.status() {
            Some(status) => format!("the page was {url}, which answered with status {status}"),
            None => format!("the page was {url}"),
        })
    }

    /// Waits for anything to change, for a frame of the screen at least.
    pub(crate) async fn next_change(&self) {
        let soon = Instant::now() + Duration::from_millis(50);
        let before = self.context.look(surroundings);
        self.context
            .wait_for(soon.min(self.deadline), |state| {
                (surroundings(state) != before).then_some(())
            })
            .await;
    }
}

/// Changes whenever a frame, a document or one of our worlds comes or goes.
pub(crate) fn surroundings(state: &State) -> (u64, usize, u64) {
    let worlds = state.worlds.values().fold(0, |sum: u64, (_, id)| sum.wrapping_add(*id));
    (state.recorder.frame_generation(), state.worlds.len(), worlds)
}

pub(crate) fn result_of(answer: &Value) -> Result<Value, CallError> {
    if let Some(details) = answer.get("exceptionDetails") {
        let text = details["exception"]["description"]
            .as_str()
            .or_else(|| details["exception"]["value"].as_str())
            .or_else(|| details["text"].as_str())
            .unwrap_or("an exception");
        return Err(CallError::Refused(text.chars().take(1_000).collect()));
    }
    Ok(answer["result"].get("value").cloned().unwrap_or(Value::Null))
}

/// The selectors as `page/selectors.js` reads them.
pub(crate) fn chains(query: &ElementQuery) -> Value {
    let selector = |selector: &Selector| match selector {
        Selector::Css(value) => json!({"kind": "css", "value": value}),
        Selector::Aria { name, role } => json!({"kind": "aria", "name": name, "role": role}),
        Selector::Text(value) => json!({"kind": "text", "value": value}),
        Selector::XPath(value) => json!({"kind": "xpath", "value": value}),
        Selector::Pierce(value) => json!({"kind": "pierce", "value": value}),
    };
    query.selectors.iter().map(|chain| chain.iter().map(selector).collect::<Value>()).collect()
}

fn describe(query: &ElementQuery) -> String {
    query.selectors.first().map(|chain| describe_chain(chain)).unwrap_or_default()
}

fn describe_chain(chain: &[Selector]) -> String {
    let one = |selector: &Selector| match selector {
        Selector::Css(value) => value.clone(),
        Selector::Aria { name, role } => {
            let name = name.as_deref().unwrap_or_default();
            match role {
                Some(role) => format!("aria/{name}[role=\"{role}\"]"),
                None => format!("aria/{name}"),
            }
        }
        Selector::Text(value) => format!("text/{value}"),
        Selector::XPath(value) => format!("xpath/{value}"),
        Selector::Pierce(value) => format!("pierce/{value}"),
    };
    format!("`{}`", chain.iter().map(one).collect::<Vec<_>>().join(" → "))
}

pub(crate) fn malformed(query: &ElementQuery, message: &str) -> StepError {
    StepError::scenario(format!("{} is no valid selector", describe(query)))
        .detail(message.lines().next().unwrap_or_default().to_owned())
}

fn not_actionable(query: &ElementQuery, answer: &Value) -> StepError {
    let which = describe(query);
    let why = answer["why"].as_str().unwrap_or_default();
    let error = StepError::site(match why {
        "covered" => format!("{which} is covered"),
        "hidden" => format!("{which} is there but not visible"),
        "moving" => format!("{which} did not stop moving"),
        "unseen" => format!("the page was too busy to show whether {which} stands still"),
        "disabled" => format!("{which} is disabled"),
        "readonly" => format!("{which} is read-only"),
        "detached" | "missing" => format!("{which} disappeared"),
        other => format!("{which} could not be acted on ({other})"),
    });
    match answer["by"].as_str() {
        Some(by) if why == "covered" => error.detail(format!("covered by {by}")),
        Some(by) => error.detail(by),
        None => error,
    }
}

//! The scenario's own JavaScript, in the page's own world.
//!
//! Nothing is wrapped around it and nothing in the page evaluates it, so that
//! it works under any content security policy and may be any script.

use std::time::Duration;

use serde_json::{Value, json};

use crate::browser::connection::CallError;
use crate::browser::tab::BrowserTab;
use crate::steps::tab::{ElementQuery, StepError, StepResult};

/// What became of a script.
enum Ran {
    /// A `Runtime.RemoteObject`.
    Gave(Value),
    Threw(String),
    /// It is no JavaScript: nothing of it ran.
    Malformed(String),
    /// Its page went away before it was done.
    Left,
    Unfinished,
}

const NEXT_FRAME: &str = "function () { return new Promise((go) => { const timer = setTimeout(go, 100); requestAnimationFrame(() => { clearTimeout(timer); go(true); }); }); }";

impl BrowserTab {
    /// Runs the script; a thrown exception is a fault of the site.
    pub(super) async fn run_script(&mut self, script: &str, frame: &[usize]) -> StepResult<Value> {
        match self.script(script, frame, true).await? {
            Ran::Gave(object) => Ok(object.get("value").cloned().unwrap_or(Value::Null)),
            // What it was asked to do may be to go elsewhere.
            Ran::Left => Ok(Value::Null),
            Ran::Threw(text) => {
                Err(StepError::site("the expression threw an exception").detail(text))
            }
            Ran::Malformed(text) => Err(malformed(&text)),
            Ran::Unfinished => {
                Err(StepError::site("the expression did not come to an end in time")
                    .detail(format!("the page was {}", self.url())))
            }
        }
    }

    /// Asks on every frame of the page's screen until the answer is truthy.
    /// An exception means "not yet", because what is asked for is often not
    /// even defined at first.
    pub(super) async fn await_expression(
        &mut self,
        expression: &str,
        frame: &[usize],
    ) -> StepResult {
        let mut thrown = None;
        loop {
            match self.script(expression, frame, false).await {
                Ok(Ran::Gave(object)) if is_truthy(&object) => return Ok(()),
                Ok(Ran::Malformed(text)) => return Err(malformed(&text)),
                Ok(Ran::Threw(text)) => thrown = Some(text),
                Ok(Ran::Gave(_)) => thrown = None,
                Ok(Ran::Left | Ran::Unfinished) => {}
                // A frame that the path names may come later.
                Err(error) if self.expired() || self.check_alive().is_err() => return Err(error),
                Err(_) => self.next_change().await,
            }
            if self.expired() {
                self.check_alive()?;
                let mut error = StepError::site("the expression did not become true")
                    .detail(expression.chars().take(400).collect::<String>());
                if let Some(text) = thrown {
                    error = error.detail(format!("it threw {text}"));
                }
                return Err(error.detail(format!("the page was {}", self.url())));
            }
            let place = self.frame_at(frame).unwrap_or_default();
            if self.in_frame(&place, NEXT_FRAME, vec![]).await.is_err() {
                self.next_change().await;
            }
        }
    }

    pub(super) async fn store(&mut self, items: &[(String, String)]) -> StepResult {
        let map: serde_json::Map<String, Value> =
            items.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
        let script = format!(
            "for (const [key, value] of Object.entries({})) localStorage.setItem(key, value);",
            Value::from(map)
        );
        self.run_script(&script, &[]).await.map(|_| ())
    }

    pub(super) fn frame_at(&self, path: &[usize]) -> StepResult<String> {
        if path.is_empty() {
            return Ok(self.root_frame());
        }
        let query = ElementQuery { selectors: Vec::new(), frame: path.to_vec() };
        self.frames_of(&query)
            .into_iter()
            .next()
            .ok_or_else(|| StepError::site(format!("the page has no frame at path {path:?}")))
    }

    async fn ask(
        &self,
        session: &str,
        method: &'static str,
        parameters: Value,
    ) -> Result<Value, CallError> {
        let limit = self.remaining().max(Duration::from_millis(100));
        self.client.call_within(Some(session), method, parameters, limit).await
    }

    /// `gesture`: as if a person had caused it, so that it may open windows.
    async fn script(&self, script: &str, path: &[usize], gesture: bool) -> StepResult<Ran> {
        loop {
            self.check_alive()?;
            let frame = self.frame_at(path)?;
            let place = self.context.look(|state| {
                let session = state.worlds.get(&frame).map(|(session, _)| session.clone())?;
                // A session's own frame needs no id, which could be outdated.
                let own = state.sessions.get(&session).is_some_and(|known| known.target == frame);
                let world = if own { None } else { Some(state.recorder.main_world(&frame)?) };
                Some((session, world))
            });
            let Some((session, world)) = place else {
                if self.expired() {
                    return Ok(Ran::Left);
                }
                self.next_change().await;
                continue;
            };
            let mut parameters = json!({
                "expression": script, "awaitPromise": true, "returnByValue": false,
                "replMode": true, "userGesture": gesture, "objectGroup": "pixelproof",
            });
            if let Some(world) = world {
                parameters["contextId"] = json!(world);
            }
            let mut answer = self.ask(&session, "Runtime.evaluate", parameters).await;
            // A script that is more than an expression gives its promise as it is.
            if let Ok(given) = &answer
                && given["result"]["subtype"].as_str() == Some("promise")
                && given.get("exceptionDetails").is_none()
            {
                let promise = json!({
                    "promiseObjectId": given["result"]["objectId"], "returnByValue": false,
                });
                answer = match self.ask(&session, "Runtime.awaitPromise", promise).await {
                    // The script did run, so that it must not run again.
                    Err(CallError::Refused(_)) => return Ok(Ran::Left),
                    other => other,
                };
            }
            let group = json!({"objectGroup": "pixelproof"});
            self.client.send(Some(&session), "Runtime.releaseObjectGroup", group);
            return Ok(match answer {
                Ok(answer) => ran(&answer),
                // It was not run at all: that world had just gone.
                Err(CallError::Refused(message))
                    if message.contains("Cannot find") && !self.expired() =>
                {
                    self.next_change().await;
                    continue;
                }
                Err(CallError::Refused(message)) if is_navigation(&message) => Ran::Left,
                Err(CallError::Timeout { .. }) => {
                    self.check_alive()?;
                    if !self.browser_lives().await {
                        return Err(StepError::run("the browser did not answer"));
                    }
                    Ran::Unfinished
                }
                Err(error) => return Err(self.explain(error).await),
            });
        }
    }
}

fn malformed(text: &str) -> StepError {
    StepError::scenario(format!("the expression cannot be read: {text}"))
}

fn ran(answer: &Value) -> Ran {
    let Some(details) = answer.get("exceptionDetails") else {
        return Ran::Gave(answer["result"].clone());
    };
    let exception = &details["exception"];
    let text = exception["description"]
        .as_str()
        .map(str::to_owned)
        .or_else(|| exception.get("value").map(Value::to_string))
        .or_else(|| details["text"].as_str().map(str::to_owned))
        .unwrap_or_default();
    let first: String = text.lines().next().unwrap_or_default().chars().take(400).collect();
    // One that is thrown while a script runs says where.
    if exception["className"].as_str() == Some("SyntaxError") && !text.contains("\n    at ") {
        return Ran::Malformed(first);
    }
    Ran::Threw(first)
}

fn is_truthy(object: &Value) -> bool {
    match object["type"].as_str() {
        Some("undefined") | None => false,
        Some("object") => object["subtype"].as_str() != Some("null"),
        Some("boolean") => object["value"].as_bool() == Some(true),
        Some("string") => object["value"].as_str().is_some_and(|text| !text.is_empty()),
        Some("number" | "bigint") => match object["unserializableValue"].as_str() {
            Some(text) => !matches!(text, "NaN" | "-0" | "0n"),
            None => object["value"].as_f64().is_some_and(|number| number != 0.0),
        },
        Some(_) => true,
    }
}

fn is_navigation(message: &str) -> bool {
    ["navigated", "context was destroyed", "Cannot find", "Promise was collected"]
        .iter()
        .any(|part| message.contains(part))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::is_truthy;

    #[test]
    fn truth_is_javascripts() {
        for object in [
            json!({"type": "undefined"}),
            json!({"type": "object", "subtype": "null", "value": null}),
            json!({"type": "boolean", "value": false}),
            json!({"type": "string", "value": ""}),
            json!({"type": "number", "value": 0}),
            json!({"type": "number", "unserializableValue": "NaN"}),
            json!({"type": "number", "unserializableValue": "-0"}),
            json!({"type": "bigint", "unserializableValue": "0n"}),
        ] {
            assert!(!is_truthy(&object), "{object}");
        }
        for object in [
            json!({"type": "object", "subtype": "array"}),
            json!({"type": "function"}),
            json!({"type": "symbol"}),
            json!({"type": "boolean", "value": true}),
            json!({"type": "string", "value": "0"}),
            json!({"type": "number", "value": -1}),
            json!({"type": "number", "unserializableValue": "Infinity"}),
            json!({"type": "bigint", "unserializableValue": "7n"}),
        ] {
            assert!(is_truthy(&object), "{object}");
        }
    }
}

//! Form fields: typing, choosing, ticking, uploading.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::browser::connection::CallError;
use crate::browser::elements::Needs;
use crate::browser::tab::BrowserTab;
use crate::model::trace::{Field, Typed};
use crate::steps::tab::{ElementQuery, PointerOptions, StepError, StepResult};

impl BrowserTab {
    pub(super) async fn fill(&mut self, query: &ElementQuery, value: &str) -> StepResult {
        let ready = self.ready(query, Needs { editable: true, ..Needs::default() }).await?;
        let frame = ready.frame;
        let control =
            self.on_element(&frame, "return api.fill(element, argument);", json!(value)).await?;
        let kind = control["kind"].as_str().unwrap_or_default();
        if matches!(kind, "text" | "contenteditable" | "date") {
            self.note_typed(&frame, &control["field"], value);
        }
        match kind {
            "select" => return self.choose(query, &[value.to_owned()]).await,
            "checkbox" | "radio" => {
                let wanted = !matches!(value, "false" | "off" | "0" | "");
                if control["checked"].as_bool() == Some(wanted) {
                    return Ok(());
                }
                let options = PointerOptions { count: 1, ..PointerOptions::default() };
                return self.press_on(query, &options).await;
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
        // In a field of one line Enter would send the form.
        let one_line = kind == "text" && control["type"].as_str() != Some("textarea");
        let text =
            if one_line { value.replace(['\r', '\n'], "") } else { value.replace("\r\n", "\n") };
        if text.is_empty() {
            self.key("Delete", true).await?;
            self.key("Delete", false).await?;
        } else {
            self.type_text(&text).await?;
        }
        // Leaving the field is what makes it report its change; coming back lets
        // a following key press reach it, as with a person.
        match self.on_element(&frame, "return api.leave(element);", Value::Null).await {
            // What was typed may have led to another page already.
            Err(_) if self.check_alive().is_ok() && !self.expired() => Ok(()),
            other => other.map(|_| ()),
        }
    }

    fn note_typed(&self, frame: &str, field: &Value, value: &str) {
        let of = |key: &str| field[key].as_str().unwrap_or_default().to_owned();
        let field = Field {
            kind: of("type"),
            id: of("id"),
            name: of("name"),
            autocomplete: of("autocomplete"),
            label: of("label"),
        };
        self.context.change(|state| {
            let frame_url = state.recorder.frame(frame).map(|frame| frame.url.clone());
            let frame_url = frame_url.unwrap_or_default();
            let value = value.to_owned();
            state.recorder.typed(Typed { step: None, field, value, frame_url });
        });
    }

    pub(super) async fn choose(&mut self, query: &ElementQuery, options: &[String]) -> StepResult {
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

    pub(super) async fn give_files(
        &mut self,
        query: &ElementQuery,
        files: &[PathBuf],
    ) -> StepResult {
        for file in files {
            if !file.is_file() {
                return Err(StepError::scenario(format!("there is no file {}", file.display())));
            }
        }
        // File fields are often hidden behind a button: no visibility is asked for.
        let (frame, chains) = self.find_first(query).await?;
        let place = self.context.look(|state| state.worlds.get(&frame).cloned());
        let Some((session, world)) = place else {
            return Err(StepError::site("the frame of the file field is gone"));
        };
        let found = self
            .client
            .call_within(
                Some(&session),
                "Runtime.callFunctionOn",
                json!({
                    "functionDeclaration": "function (chains) { return globalThis.__pixelproof.fileField(chains); }",
                    "executionContextId": world, "arguments": [{"value": chains}],
                }),
                self.remaining(),
            )
            .await;
        let field = match found {
            Ok(found) => found["result"]["objectId"].clone(),
            Err(error) => return Err(self.explain(error).await),
        };
        let paths: Vec<String> = files
            .iter()
            .map(|file| std::path::absolute(file).unwrap_or_else(|_| file.clone()))
            .map(|file| file.to_string_lossy().into_owned())
            .collect();
        let set = self
            .client
            .call_within(
                Some(&session),
                "DOM.setFileInputFiles",
                json!({"files": paths, "objectId": field}),
                self.remaining(),
            )
            .await;
        match set {
            Ok(_) => Ok(()),
            Err(CallError::Refused(message)) => {
                Err(StepError::site(format!("the element takes no files: {message}")))
            }
            Err(error) => Err(self.explain(error).await),
        }
    }

    /// Runs a function body on the element that was made ready last in the
    /// frame; it knows `api`, `element` and `argument`.
    pub(super) async fn on_element(
        &self,
        frame: &str,
        body: &str,
        argument: Value,
    ) -> StepResult<Value> {
        let function = format!(
            "async function (argument) {{ const api = globalThis.__pixelproof; const element = globalThis.__element; {body} }}"
        );
        match self.in_frame(frame, &function, vec![argument]).await {
            Ok(value) => Ok(value),
            Err(error) => Err(self.explain(error).await),
        }
    }
}

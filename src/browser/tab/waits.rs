//! Waiting for what a page does later: elements and text.

use serde_json::json;

use crate::browser::connection::CallError;
use crate::browser::elements::{chains, surroundings};
use crate::browser::tab::{BrowserTab, describe};
use crate::steps::tab::{
    Comparison, ElementCondition, ElementQuery, StepError, StepResult, TextPattern,
};

impl BrowserTab {
    pub(super) async fn await_element(
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
            wanted["attributes"] = json!(condition.attributes);
        }
        if !condition.properties.is_empty() {
            wanted["properties"] = json!(condition.properties);
        }
        match self.find_frame(query, &chains, &wanted).await? {
            Some(_) => Ok(()),
            None => {
                let mut error = self.missing(query, &chains).await;
                if condition != &ElementCondition::default() {
                    error = error.detail(format!("waited for {wanted}"));
                }
                Err(error)
            }
        }
    }

    pub(super) async fn await_text(
        &mut self,
        pattern: &TextPattern,
        frame: &[usize],
    ) -> StepResult {
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
            let before = self.context.look(surroundings);
            let waits: Vec<_> = frames
                .iter()
                .map(|frame| {
                    Box::pin(async {
                        let function = "async function (pattern, limit) { return await globalThis.__pixelproof.waitForText(pattern, limit); }";
                        let answer = self
                            .in_frame(frame, function, vec![wanted.clone(), json!(limit)])
                            .await;
                        match answer {
                            Ok(answer) if answer["ok"] == json!(true) => Ok(()),
                            // The page's regular expressions know less than ours.
                            Err(CallError::Refused(message)) if message.contains("SyntaxError") => {
                                Err(StepError::scenario(
                                    "pages cannot read this regular expression",
                                )
                                .detail(message.lines().next().unwrap_or_default().to_owned()))
                            }
                            _ => std::future::pending().await,
                        }
                    })
                })
                .collect();
            let changed = self
                .context
                .wait_for(self.deadline, |state| (surroundings(state) != before).then_some(()));
            if waits.is_empty() {
                changed.await;
            } else {
                tokio::select! {
                    (shown, ..) = futures::future::select_all(waits) => return shown,
                    _ = changed => {}
                }
            }
            if self.expired() {
                self.check_alive()?;
                if let Some(error) = self.failed_page() {
                    return Err(error);
                }
                return Err(StepError::site(format!(
                    "the page never showed {}",
                    describe(pattern)
                ))
                .detail(format!("the page was {}", self.url())));
            }
        }
    }
}

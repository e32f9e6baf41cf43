//! Waiting for what a page does later: elements and text.

use std::time::Duration;

use futures::future::join_all;
use serde_json::{Value, json};

use crate::browser::connection::CallError;
use crate::browser::elements::{WAIT_FOR, chains, malformed, surroundings};
use crate::browser::tab::{BrowserTab, describe};
use crate::steps::tab::{
    Comparison, ElementCondition, ElementQuery, Fault, StepError, StepResult, TextPattern,
};

impl BrowserTab {
    pub(super) async fn await_element(
        &mut self,
        query: &ElementQuery,
        condition: &ElementCondition,
    ) -> StepResult {
        let chains = chains(query);
        let mut wanted = json!({});
        if let Some((comparison, count)) = condition.count {
            wanted["count"] = json!(count);
            wanted["op"] = json!(match comparison {
                Comparison::AtLeast => "at_least",
                Comparison::Equal => "equal",
                Comparison::AtMost => "at_most",
            });
        }
        if let Some(visible) = condition.visible {
            wanted["visible"] = json!(visible);
        }
        if !condition.attributes.is_empty() {
            wanted["attributes"] = json!(condition.attributes);
        }
        if !condition.properties.is_empty() {
            wanted["properties"] = json!(condition.properties);
        }
        let found = match condition.count {
            // Nothing there, or nothing to be seen: that must be so everywhere.
            Some((Comparison::AtMost, _) | (Comparison::Equal, 0)) => {
                self.holds_everywhere(query, &chains, &wanted).await?
            }
            None if condition.visible == Some(false) => {
                self.holds_everywhere(query, &chains, &wanted).await?
            }
            _ => self.find_frame(query, &chains, &wanted).await?.is_some(),
        };
        if found {
            return Ok(());
        }
        let mut error = self.missing(query, &chains).await;
        if condition != &ElementCondition::default() {
            if error.fault == Fault::Site {
                error.message =
                    error.message.replacen("found no element for", "waited in vain for", 1);
            }
            error = error.detail(format!("waited for {wanted}"));
        }
        Err(error)
    }

    /// Waits until the condition holds in every frame at once.
    async fn holds_everywhere(
        &mut self,
        query: &ElementQuery,
        chains: &Value,
        wanted: &Value,
    ) -> StepResult<bool> {
        loop {
            self.check_alive()?;
            let frames = self.frames_of(query);
            let before = self.context.look(surroundings);
            let all = async {
                // What held first may have ended when the last frame is ready.
                self.hold(&frames, chains, wanted, self.remaining()).await?;
                self.hold(&frames, chains, wanted, Duration::ZERO).await
            };
            let changed = self
                .context
                .wait_for(self.deadline, |state| (surroundings(state) != before).then_some(()));
            let held = tokio::select! {
                held = all => held,
                _ = changed => Ok(false),
            };
            match held {
                Ok(true) => return Ok(true),
                Err(CallError::Refused(message)) if message.contains("SyntaxError") => {
                    return Err(malformed(query, &message));
                }
                _ if self.expired() => return Ok(false),
                _ => self.next_change().await,
            }
        }
    }

    async fn hold(
        &self,
        frames: &[String],
        chains: &Value,
        wanted: &Value,
        limit: Duration,
    ) -> Result<bool, CallError> {
        let mut wanted = wanted.clone();
        wanted["deadlineMs"] = json!(limit.as_millis() as u64);
        let asked = frames
            .iter()
            .map(|frame| self.in_frame(frame, WAIT_FOR, vec![chains.clone(), wanted.clone()]));
        let mut all = true;
        for answer in join_all(asked).await {
            all &= answer?["ok"] == json!(true);
        }
        Ok(all)
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

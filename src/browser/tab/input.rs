//! The pointer and the keyboard, as real input events.

use std::time::Duration;

use serde_json::{Value, json};

use crate::browser::elements::Needs;
use crate::browser::keys::{Key, find_key, key_of, modifier_of, split_chord};
use crate::browser::tab::BrowserTab;
use crate::steps::tab::{Button, ElementQuery, PointerOptions, StepError, StepResult};

/// Longer texts are inserted at once, as by paste: nobody types them.
const LONGEST_TYPED: usize = 2_000;

impl BrowserTab {
    pub(super) async fn point_at(&mut self, query: &ElementQuery) -> StepResult {
        let ready = self.ready(query, Needs { pointer: true, ..Needs::default() }).await?;
        self.move_to(ready.x, ready.y).await
    }

    pub(super) async fn press_on(
        &mut self,
        query: &ElementQuery,
        options: &PointerOptions,
    ) -> StepResult {
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
        self.move_to(x, y).await?;
        for count in 1..=options.count.max(1) {
            let pressed = self.mouse("mousePressed", x, y, button, count);
            if options.hold_ms > 0 {
                self.call("Input.dispatchMouseEvent", pressed).await?;
                // The scenario asks for a long press; there is no event for it.
                tokio::time::sleep(Duration::from_millis(options.hold_ms)).await;
            } else {
                // Not waited for: a page that draws itself anew all the time
                // must not get between the two halves of a click.
                let session = self.session();
                self.client.send(Some(&session), "Input.dispatchMouseEvent", pressed);
            }
            let released = self.mouse("mouseReleased", x, y, button, count);
            match self.call("Input.dispatchMouseEvent", released).await {
                // A click may close the very tab that it is made in.
                Err(_) if self.check_alive().is_err() && !self.client.is_closed() => return Ok(()),
                other => other?,
            };
        }
        Ok(())
    }

    async fn move_to(&self, x: f64, y: f64) -> StepResult {
        let moved = self.mouse("mouseMoved", x, y, "none", 0);
        self.call("Input.dispatchMouseEvent", moved).await.map(|_| ())
    }

    fn mouse(&self, kind: &str, x: f64, y: f64, button: &str, count: u32) -> Value {
        let pressed = if kind == "mousePressed" { button_mask(button) } else { 0 };
        json!({
            "type": kind, "x": x, "y": y, "button": button, "buttons": pressed,
            "clickCount": count, "modifiers": self.modifiers, "pointerType": "mouse",
        })
    }

    pub(super) async fn key(&mut self, name: &str, down: bool) -> StepResult {
        let key = find_key(name).ok_or_else(|| unknown_key(name))?;
        self.send_key(&key, down).await
    }

    async fn send_key(&mut self, key: &Key, down: bool) -> StepResult {
        let bit = modifier_of(&key.key);
        if down {
            self.modifiers |= bit;
        } else {
            self.modifiers &= !bit;
        }
        self.call("Input.dispatchKeyEvent", key.event(down, self.modifiers)).await.map(|_| ())
    }

    pub(super) async fn press_keys(
        &mut self,
        query: Option<&ElementQuery>,
        chord: &str,
    ) -> StepResult {
        let (modifiers, key) = split_chord(chord).ok_or_else(|| unknown_key(chord))?;
        if let Some(query) = query {
            let ready = self.ready(query, Needs::default()).await?;
            self.on_element(&ready.frame, "return api.focus(element);", Value::Null).await?;
        }
        for modifier in &modifiers {
            self.send_key(modifier, true).await?;
        }
        self.send_key(&key, true).await?;
        let mut result = self.send_key(&key, false).await;
        for modifier in modifiers.iter().rev() {
            result = result.and(self.send_key(modifier, false).await);
        }
        match result {
            // A key may close the very tab that it is pressed in.
            Err(_) if self.check_alive().is_err() && !self.client.is_closed() => Ok(()),
            other => other,
        }
    }

    /// Types as a keyboard does; what has no key of its own is inserted.
    pub(super) async fn type_text(&mut self, text: &str) -> StepResult {
        if text.chars().count() > LONGEST_TYPED {
            return self.call("Input.insertText", json!({"text": text})).await.map(|_| ());
        }
        let session = self.session();
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            let key = key_of(character);
            if key.code.is_empty() {
                // What belongs together (a flag, a letter with its accents)
                // must arrive together.
                let mut whole = character.to_string();
                while let Some(next) = characters.next_if(|&next| key_of(next).code.is_empty()) {
                    whole.push(next);
                }
                self.call("Input.insertText", json!({"text": whole})).await?;
                continue;
            }
            // Only the last answer is waited for: they come in order.
            let down = key.event(true, self.modifiers);
            self.client.send(Some(&session), "Input.dispatchKeyEvent", down);
            let up = key.event(false, self.modifiers);
            if characters.peek().is_some() {
                self.client.send(Some(&session), "Input.dispatchKeyEvent", up);
            } else {
                self.call("Input.dispatchKeyEvent", up).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn scroll_to(
        &mut self,
        query: Option<&ElementQuery>,
        x: f64,
        y: f64,
    ) -> StepResult {
        let answer = match query {
            None => {
                const SCROLL: &str =
                    "function (x, y) { scrollTo({ left: x, top: y, behavior: 'instant' }); }";
                self.in_frame(&self.root_frame(), SCROLL, vec![json!(x), json!(y)]).await
            }
            Some(query) => {
                const SCROLL: &str = "function (chains, x, y) { globalThis.__pixelproof.scrollWithin(globalThis.__pixelproof.locate(chains), x, y); }";
                let (frame, chains) = self.find_first(query).await?;
                self.in_frame(&frame, SCROLL, vec![chains, json!(x), json!(y)]).await
            }
        };
        match answer {
            Ok(_) => Ok(()),
            Err(error) => Err(self.explain(error).await),
        }
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

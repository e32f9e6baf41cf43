//! What steps may ask for, as a list: each line names the method that does it.

use std::path::PathBuf;

use serde_json::Value;

use crate::browser::tab::BrowserTab;
use crate::steps::tab::{
    Cookie, ElementCondition, ElementQuery, NetworkConditions, PointerOptions, StepResult, Tab,
    TabChoice, TextPattern, Viewport, WaitUntil,
};

impl Tab for BrowserTab {
    async fn navigate(&mut self, url: &str, until: WaitUntil) -> StepResult {
        self.open(url, until).await
    }

    async fn go_back(&mut self) -> StepResult {
        self.history(-1, "back").await
    }

    async fn go_forward(&mut self) -> StepResult {
        self.history(1, "forward").await
    }

    async fn reload(&mut self) -> StepResult {
        self.load_again().await
    }

    async fn click(&mut self, query: &ElementQuery, options: &PointerOptions) -> StepResult {
        self.press_on(query, options).await
    }

    async fn hover(&mut self, query: &ElementQuery) -> StepResult {
        self.point_at(query).await
    }

    async fn change(&mut self, query: &ElementQuery, value: &str) -> StepResult {
        self.fill(query, value).await
    }

    async fn select(&mut self, query: &ElementQuery, options: &[String]) -> StepResult {
        self.choose(query, options).await
    }

    async fn upload(&mut self, query: &ElementQuery, files: &[PathBuf]) -> StepResult {
        self.give_files(query, files).await
    }

    async fn key_down(&mut self, key: &str) -> StepResult {
        self.key(key, true).await
    }

    async fn key_up(&mut self, key: &str) -> StepResult {
        self.key(key, false).await
    }

    async fn press(&mut self, query: Option<&ElementQuery>, chord: &str) -> StepResult {
        self.press_keys(query, chord).await
    }

    async fn scroll(&mut self, query: Option<&ElementQuery>, x: f64, y: f64) -> StepResult {
        self.scroll_to(query, x, y).await
    }

    async fn set_viewport(&mut self, viewport: &Viewport) -> StepResult {
        self.resize(viewport).await
    }

    async fn emulate_network(&mut self, conditions: &NetworkConditions) -> StepResult {
        self.slow_down(conditions).await
    }

    async fn wait_for_element(
        &mut self,
        query: &ElementQuery,
        condition: &ElementCondition,
    ) -> StepResult {
        self.await_element(query, condition).await
    }

    async fn wait_for_expression(&mut self, expression: &str, frame: &[usize]) -> StepResult {
        self.await_expression(expression, frame).await
    }

    async fn wait_for_url(&mut self, pattern: &TextPattern) -> StepResult {
        self.await_url(pattern).await
    }

    async fn wait_for_text(&mut self, pattern: &TextPattern, frame: &[usize]) -> StepResult {
        self.await_text(pattern, frame).await
    }

    async fn evaluate(&mut self, expression: &str, frame: &[usize]) -> StepResult<Value> {
        self.run_script(expression, frame).await
    }

    async fn set_cookies(&mut self, cookies: &[Cookie]) -> StepResult {
        self.give_cookies(cookies).await
    }

    async fn set_local_storage(&mut self, items: &[(String, String)]) -> StepResult {
        self.store(items).await
    }

    async fn switch_tab(&mut self, choice: &TabChoice) -> StepResult {
        self.go_to_tab(choice).await
    }

    async fn close(&mut self) -> StepResult {
        self.close_tab().await
    }
}

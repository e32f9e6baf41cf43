//! A tab for tests that writes down what it is asked and does nothing.

use std::fmt::Debug;
use std::path::PathBuf;

use serde_json::Value;

use crate::steps::tab::{
    Cookie, ElementCondition, ElementQuery, NetworkConditions, PointerOptions, StepError,
    StepResult, Tab, TabChoice, TextPattern, Viewport, WaitUntil,
};

#[derive(Default)]
pub struct FakeTab {
    pub asked: Vec<String>,
    /// What every call answers, if it is to fail.
    pub error: Option<StepError>,
}

impl FakeTab {
    fn note(&mut self, method: &str, arguments: &[&dyn Debug]) -> StepResult {
        let arguments: Vec<String> = arguments.iter().map(|a| format!("{a:?}")).collect();
        self.asked.push(format!("{method}({})", arguments.join(", ")));
        self.error.clone().map_or(Ok(()), Err)
    }
}

impl Tab for FakeTab {
    async fn navigate(&mut self, url: &str, until: WaitUntil) -> StepResult {
        self.note("navigate", &[&url, &until])
    }
    async fn go_back(&mut self) -> StepResult {
        self.note("go_back", &[])
    }
    async fn go_forward(&mut self) -> StepResult {
        self.note("go_forward", &[])
    }
    async fn reload(&mut self) -> StepResult {
        self.note("reload", &[])
    }
    async fn click(&mut self, query: &ElementQuery, options: &PointerOptions) -> StepResult {
        self.note("click", &[&query.selectors, &query.frame, options])
    }
    async fn hover(&mut self, query: &ElementQuery) -> StepResult {
        self.note("hover", &[&query.selectors])
    }
    async fn change(&mut self, query: &ElementQuery, value: &str) -> StepResult {
        self.note("change", &[&query.selectors, &value])
    }
    async fn select(&mut self, query: &ElementQuery, options: &[String]) -> StepResult {
        self.note("select", &[&query.selectors, &options])
    }
    async fn upload(&mut self, query: &ElementQuery, files: &[PathBuf]) -> StepResult {
        self.note("upload", &[&query.selectors, &files])
    }
    async fn key_down(&mut self, key: &str) -> StepResult {
        self.note("key_down", &[&key])
    }
    async fn key_up(&mut self, key: &str) -> StepResult {
        self.note("key_up", &[&key])
    }
    async fn press(&mut self, query: Option<&ElementQuery>, key: &str) -> StepResult {
        self.note("press", &[&query.map(|query| &query.selectors), &key])
    }
    async fn scroll(&mut self, query: Option<&ElementQuery>, x: f64, y: f64) -> StepResult {
        self.note("scroll", &[&query.map(|query| &query.selectors), &x, &y])
    }
    async fn set_viewport(&mut self, viewport: &Viewport) -> StepResult {
        self.note("set_viewport", &[viewport])
    }
    async fn emulate_network(&mut self, conditions: &NetworkConditions) -> StepResult {
        self.note("emulate_network", &[conditions])
    }
    async fn wait_for_element(
        &mut self,
        query: &ElementQuery,
        condition: &ElementCondition,
    ) -> StepResult {
        self.note("wait_for_element", &[&query.selectors, condition])
    }
    async fn wait_for_expression(&mut self, expression: &str, frame: &[usize]) -> StepResult {
        self.note("wait_for_expression", &[&expression, &frame])
    }
    async fn wait_for_url(&mut self, pattern: &TextPattern) -> StepResult {
        self.note("wait_for_url", &[pattern])
    }
    async fn wait_for_text(&mut self, pattern: &TextPattern, frame: &[usize]) -> StepResult {
        self.note("wait_for_text", &[pattern, &frame])
    }
    async fn evaluate(&mut self, expression: &str, frame: &[usize]) -> StepResult<Value> {
        self.note("evaluate", &[&expression, &frame]).map(|()| Value::Null)
    }
    async fn set_cookies(&mut self, cookies: &[Cookie]) -> StepResult {
        self.note("set_cookies", &[&cookies])
    }
    async fn set_local_storage(&mut self, items: &[(String, String)]) -> StepResult {
        self.note("set_local_storage", &[&items])
    }
    async fn switch_tab(&mut self, choice: &TabChoice) -> StepResult {
        self.note("switch_tab", &[choice])
    }
    async fn close(&mut self) -> StepResult {
        self.note("close", &[])
    }
}

//! `waitForUrl`: waits until the tab's URL matches. History changes without
//! a page load count.

use serde_json::{Map, Value};

use crate::steps::arguments::{Fields, PATTERN, pattern_text, pattern_value};
use crate::steps::tab::{StepResult, Tab, TextPattern};
use crate::steps::{StepKind, StepSpec, object, shown};

#[derive(Debug, Clone, PartialEq)]
pub struct WaitForUrl {
    pub pattern: TextPattern,
}

impl StepKind for WaitForUrl {
    const SPEC: StepSpec = StepSpec {
        name: "waitForUrl",
        doc: "Waits until the tab's URL contains a text, equals it, or matches a pattern.",
        shorthand: Some("contains"),
        arguments: &PATTERN,
        recorder: false,
        value: None,
    };

    fn read(fields: &mut Fields) -> Option<Self> {
        Some(Self { pattern: fields.pattern()? })
    }

    fn write(&self) -> Map<String, Value> {
        object([pattern_value(&self.pattern)])
    }

    async fn perform(&self, tab: &mut impl Tab) -> StepResult {
        tab.wait_for_url(&self.pattern).await
    }

    fn summary(&self) -> String {
        format!("wait for the URL {}", shown(pattern_text(&self.pattern)))
    }
}

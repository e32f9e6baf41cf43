//! `waitForText`: waits until a frame's visible text matches.

use serde_json::{Map, Value};

use crate::steps::arguments::{FRAME, Fields, PATTERN, pattern_text, pattern_value};
use crate::steps::tab::{StepResult, Tab, TextPattern};
use crate::steps::{StepKind, StepSpec, frame_value, object, shown};

#[derive(Debug, Clone, PartialEq)]
pub struct WaitForText {
    pub pattern: TextPattern,
    pub frame: Vec<usize>,
}

impl StepKind for WaitForText {
    const SPEC: StepSpec = StepSpec {
        name: "waitForText",
        doc: "Waits until the page's visible text contains a text, equals it, or matches a pattern.",
        shorthand: Some("contains"),
        arguments: &[PATTERN[0], PATTERN[1], PATTERN[2], FRAME],
        recorder: false,
        value: None,
    };

    fn read(fields: &mut Fields) -> Option<Self> {
        Some(Self { pattern: fields.pattern()?, frame: fields.frame() })
    }

    fn write(&self) -> Map<String, Value> {
        object([pattern_value(&self.pattern), ("frame", frame_value(&self.frame))])
    }

    async fn perform(&self, tab: &mut impl Tab) -> StepResult {
        tab.wait_for_text(&self.pattern, &self.frame).await
    }

    fn summary(&self) -> String {
        format!("wait for the text {}", shown(pattern_text(&self.pattern)))
    }
}

//! `hover` (Recorder): moves the pointer over an element; menus open by it.

use serde_json::{Map, Value};

use crate::steps::arguments::{FRAME, Fields, SELECTORS};
use crate::steps::tab::{ElementQuery, StepResult, Tab};
use crate::steps::{StepKind, StepSpec, frame_value, object, selector};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hover {
    pub query: ElementQuery,
}

impl StepKind for Hover {
    const SPEC: StepSpec = StepSpec {
        name: "hover",
        doc: "Moves the pointer over an element.",
        shorthand: Some("selectors"),
        arguments: &[SELECTORS, FRAME],
        recorder: true,
        value: None,
    };

    fn read(fields: &mut Fields) -> Option<Self> {
        Some(Self { query: fields.query()? })
    }

    fn write(&self) -> Map<String, Value> {
        object([
            ("selectors", Some(selector::to_json(&self.query))),
            ("frame", frame_value(&self.query.frame)),
        ])
    }

    async fn perform(&self, tab: &mut impl Tab) -> StepResult {
        tab.hover(&self.query).await
    }

    fn summary(&self) -> String {
        format!("hover {}", self.query)
    }
}

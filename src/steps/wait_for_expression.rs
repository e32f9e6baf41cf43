//! `waitForExpression` (Recorder): waits until JavaScript gives a truthy value.

use serde_json::{Map, Value};

use crate::steps::arguments::{ArgumentKind, FRAME, Fields, required};
use crate::steps::tab::{StepResult, Tab};
use crate::steps::{StepKind, StepSpec, frame_value, object, shown};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitForExpression {
    pub expression: String,
    pub frame: Vec<usize>,
}

impl StepKind for WaitForExpression {
    const SPEC: StepSpec = StepSpec {
        name: "waitForExpression",
        doc: "Waits until a JavaScript expression is truthy.",
        shorthand: Some("expression"),
        arguments: &[
            required("expression", ArgumentKind::Text, "JavaScript; a promise is awaited"),
            FRAME,
        ],
        recorder: true,
        value: None,
    };

    fn read(fields: &mut Fields) -> Option<Self> {
        let expression = fields.required_text("expression")?;
        Some(Self { expression, frame: fields.frame() })
    }

    fn write(&self) -> Map<String, Value> {
        object([
            ("expression", Some(self.expression.clone().into())),
            ("frame", frame_value(&self.frame)),
        ])
    }

    async fn perform(&self, tab: &mut impl Tab) -> StepResult {
        tab.wait_for_expression(&self.expression, &self.frame).await
    }

    fn summary(&self) -> String {
        format!("wait for {}", shown(&self.expression))
    }
}

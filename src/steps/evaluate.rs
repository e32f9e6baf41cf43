//! `evaluate`: runs JavaScript for its effect. The value is not used: what must
//! hold is `waitForExpression`.

use serde_json::{Map, Value};

use crate::steps::arguments::{ArgumentKind, FRAME, Fields, required};
use crate::steps::tab::{StepResult, Tab};
use crate::steps::{StepKind, StepSpec, frame_value, object, shown};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluate {
    pub expression: String,
    pub frame: Vec<usize>,
}

impl StepKind for Evaluate {
    const SPEC: StepSpec = StepSpec {
        name: "evaluate",
        doc: "Runs JavaScript in the page; an exception fails the step.",
        shorthand: Some("expression"),
        arguments: &[
            required("expression", ArgumentKind::Text, "JavaScript; a promise is awaited"),
            FRAME,
        ],
        recorder: false,
        value: Some("expression"),
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
        tab.evaluate(&self.expression, &self.frame).await.map(|_| ())
    }

    fn summary(&self) -> String {
        format!("evaluate {}", shown(&self.expression))
    }
}

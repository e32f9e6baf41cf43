//! `customStep` (Recorder): what another tool's extension would do. Here it
//! does nothing, and the scenario carries a notice that says so; the name
//! `expectPixel` never gets here, because `scenario` reads it as an
//! expectation.

use serde_json::{Map, Value};

use crate::steps::arguments::{ArgumentKind, FRAME, Fields, optional, required};
use crate::steps::node::Node;
use crate::steps::tab::{StepResult, Tab};
use crate::steps::{StepKind, StepSpec, frame_value, object, shown};

#[derive(Debug, Clone, PartialEq)]
pub struct CustomStep {
    pub name: String,
    pub parameters: Value,
    pub frame: Vec<usize>,
}

impl StepKind for CustomStep {
    const SPEC: StepSpec = StepSpec {
        name: "customStep",
        doc: "A step of another tool: kept, but not done. `expectPixel` holds an expectation.",
        shorthand: None,
        arguments: &[
            required("name", ArgumentKind::Text, "the tool's name for it"),
            optional("parameters", ArgumentKind::Json, "what the tool needs"),
            FRAME,
        ],
        recorder: true,
        value: None,
    };

    fn read(fields: &mut Fields) -> Option<Self> {
        let name = fields.required_text("name")?;
        let parameters = fields.get("parameters").map_or(Value::Null, Node::to_json);
        Some(Self { name, parameters, frame: fields.frame() })
    }

    fn write(&self) -> Map<String, Value> {
        object([
            ("name", Some(self.name.clone().into())),
            ("parameters", (!self.parameters.is_null()).then(|| self.parameters.clone())),
            ("frame", frame_value(&self.frame)),
        ])
    }

    async fn perform(&self, _: &mut impl Tab) -> StepResult {
        Ok(())
    }

    fn summary(&self) -> String {
        format!("custom step {} (not done)", shown(&self.name))
    }
}

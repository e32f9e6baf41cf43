//! `keyDown` (Recorder): holds a key of the keyboard. The browser knows the key
//! names.

use serde_json::{Map, Value};

use crate::steps::arguments::{ArgumentKind, Fields, required};
use crate::steps::tab::{StepResult, Tab};
use crate::steps::{StepKind, StepSpec, object, shown};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyDown {
    pub key: String,
}

impl StepKind for KeyDown {
    const SPEC: StepSpec = StepSpec {
        name: "keyDown",
        doc: "Presses and holds a key.",
        shorthand: Some("key"),
        arguments: &[required("key", ArgumentKind::Text, "key name such as `Enter`, `Tab` or `a`")],
        recorder: true,
        value: None,
    };

    fn read(fields: &mut Fields) -> Option<Self> {
        let key = fields.required_text("key")?;
        Some(Self { key })
    }

    fn write(&self) -> Map<String, Value> {
        object([("key", Some(self.key.clone().into()))])
    }

    async fn perform(&self, tab: &mut impl Tab) -> StepResult {
        tab.key_down(&self.key).await
    }

    fn summary(&self) -> String {
        format!("hold key {}", shown(&self.key))
    }
}

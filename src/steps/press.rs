//! `press`: a key down and up, with modifiers, in an element or where the
//! focus is.

use serde_json::{Map, Value};

use crate::steps::arguments::{ArgumentKind, FRAME, Fields, optional, required};
use crate::steps::tab::{ElementQuery, StepResult, Tab};
use crate::steps::{StepKind, StepSpec, frame_value, object, selector, shown};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Press {
    pub key: String,
    /// Is focused first; `None`: wherever the focus is.
    pub query: Option<ElementQuery>,
}

impl StepKind for Press {
    const SPEC: StepSpec = StepSpec {
        name: "press",
        doc: "Presses and releases a key, with modifiers as in `Control+A`.",
        shorthand: Some("key"),
        arguments: &[
            required("key", ArgumentKind::Text, "key name such as `Enter`, or `Control+A`"),
            optional("selectors", ArgumentKind::Selectors, "the element to focus first"),
            FRAME,
        ],
        recorder: false,
        value: Some("key"),
    };

    fn read(fields: &mut Fields) -> Option<Self> {
        let query = fields.optional_query();
        Some(Self { key: fields.required_text("key")?, query })
    }

    fn write(&self) -> Map<String, Value> {
        object([
            ("key", Some(self.key.clone().into())),
            ("selectors", self.query.as_ref().map(selector::to_json)),
            ("frame", self.query.as_ref().and_then(|query| frame_value(&query.frame))),
        ])
    }

    async fn perform(&self, tab: &mut impl Tab) -> StepResult {
        tab.press(self.query.as_ref(), &self.key).await
    }

    fn summary(&self) -> String {
        match &self.query {
            Some(query) => format!("press {} in {query}", shown(&self.key)),
            None => format!("press {}", shown(&self.key)),
        }
    }
}

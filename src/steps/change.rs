//! `change` (Recorder): gives a form field a value: text, option, checkbox,
//! colour, date or range. How, the browser layer sees from the field.

use serde_json::{Map, Value};

use crate::steps::arguments::{ArgumentKind, FRAME, Fields, SELECTORS, required};
use crate::steps::tab::{ElementQuery, StepResult, Tab};
use crate::steps::{StepKind, StepSpec, frame_value, object, selector};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub query: ElementQuery,
    pub value: String,
}

impl StepKind for Change {
    const SPEC: StepSpec = StepSpec {
        name: "change",
        doc: "Gives a form field a value: types text, picks an option, sets a checkbox.",
        shorthand: None,
        arguments: &[
            SELECTORS,
            FRAME,
            required(
                "value",
                ArgumentKind::Text,
                "the text as it is typed; `true` or `false` for a checkbox",
            ),
        ],
        recorder: true,
        value: Some("value"),
    };

    fn read(fields: &mut Fields) -> Option<Self> {
        let query = fields.query();
        // Clearing a field is a change too, so an empty text is a value.
        let value = fields.required_text("value");
        Some(Self { query: query?, value: value? })
    }

    fn write(&self) -> Map<String, Value> {
        object([
            ("selectors", Some(selector::to_json(&self.query))),
            ("frame", frame_value(&self.query.frame)),
            ("value", Some(self.value.clone().into())),
        ])
    }

    async fn perform(&self, tab: &mut impl Tab) -> StepResult {
        tab.change(&self.query, &self.value).await
    }

    /// Without the value: it is often a person's address or card.
    fn summary(&self) -> String {
        format!("change {}", self.query)
    }
}

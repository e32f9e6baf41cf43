//! `select`: picks one or more options of a `<select>` by value or by text.
//! For one option `change` does the same; this also takes several.

use serde_json::{Map, Value};

use crate::steps::arguments::{ArgumentKind, FRAME, Fields, SELECTORS, required};
use crate::steps::tab::{ElementQuery, StepResult, Tab};
use crate::steps::{StepKind, StepSpec, frame_value, object, selector};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Select {
    pub query: ElementQuery,
    pub options: Vec<String>,
}

impl StepKind for Select {
    const SPEC: StepSpec = StepSpec {
        name: "select",
        doc: "Picks options of a select by value or by text.",
        shorthand: None,
        arguments: &[
            SELECTORS,
            FRAME,
            required(
                "options",
                ArgumentKind::Texts,
                "value or text of the option, or a list of them",
            ),
        ],
        recorder: false,
        value: Some("options"),
    };

    fn read(fields: &mut Fields) -> Option<Self> {
        let query = fields.query();
        fields.require("options");
        let options = fields.texts("options");
        Some(Self { query: query?, options: options? })
    }

    fn write(&self) -> Map<String, Value> {
        object([
            ("selectors", Some(selector::to_json(&self.query))),
            ("frame", frame_value(&self.query.frame)),
            ("options", Some(self.options.clone().into())),
        ])
    }

    async fn perform(&self, tab: &mut impl Tab) -> StepResult {
        tab.select(&self.query, &self.options).await
    }

    fn summary(&self) -> String {
        format!("select an option of {}", self.query)
    }
}

//! `doubleClick` (Recorder): two presses at one place, quick enough to count
//! as a double click. Its arguments are those of `click`.

use serde_json::{Map, Value};

use crate::steps::arguments::Fields;
use crate::steps::click;
use crate::steps::tab::{StepResult, Tab};
use crate::steps::{StepKind, StepSpec};

#[derive(Debug, Clone, PartialEq)]
pub struct DoubleClick(pub click::Click);

impl StepKind for DoubleClick {
    const SPEC: StepSpec = StepSpec {
        name: "doubleClick",
        doc: "Double-clicks an element.",
        shorthand: Some("selectors"),
        arguments: click::ARGUMENTS,
        recorder: true,
        value: None,
    };

    fn read(fields: &mut Fields) -> Option<Self> {
        click::read(fields, 2).map(Self)
    }

    fn write(&self) -> Map<String, Value> {
        click::write(&self.0)
    }

    async fn perform(&self, tab: &mut impl Tab) -> StepResult {
        tab.click(&self.0.query, &self.0.options).await
    }

    fn summary(&self) -> String {
        format!("double-click {}", self.0.query)
    }
}

//! `back`: one entry back in the history, as the browser's button does.

use serde_json::{Map, Value};

use crate::steps::arguments::Fields;
use crate::steps::tab::{StepResult, Tab};
use crate::steps::{StepKind, StepSpec};

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Back;

impl StepKind for Back {
    const SPEC: StepSpec = StepSpec {
        name: "back",
        doc: "Goes back in the tab's history.",
        shorthand: None,
        arguments: &[],
        recorder: false,
        value: None,
    };

    fn read(_: &mut Fields) -> Option<Self> {
        Some(Self)
    }

    fn write(&self) -> Map<String, Value> {
        Map::new()
    }

    async fn perform(&self, tab: &mut impl Tab) -> StepResult {
        tab.go_back().await
    }

    fn summary(&self) -> String {
        "go back".to_owned()
    }
}

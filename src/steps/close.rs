//! `close` (Recorder): closes the tab, so that what leaves with a page leaves.

use serde_json::{Map, Value};

use crate::steps::arguments::Fields;
use crate::steps::tab::{StepResult, Tab};
use crate::steps::{StepKind, StepSpec};

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Close;

impl StepKind for Close {
    const SPEC: StepSpec = StepSpec {
        name: "close",
        doc: "Closes the tab.",
        shorthand: None,
        arguments: &[],
        recorder: true,
        value: None,
    };

    fn read(_: &mut Fields) -> Option<Self> {
        Some(Self)
    }

    fn write(&self) -> Map<String, Value> {
        Map::new()
    }

    async fn perform(&self, tab: &mut impl Tab) -> StepResult {
        tab.close().await
    }

    fn summary(&self) -> String {
        "close the tab".to_owned()
    }
}

//! `reload`: loads the page again, from the cache where the page allows it.

use serde_json::{Map, Value};

use crate::steps::arguments::Fields;
use crate::steps::tab::{StepResult, Tab};
use crate::steps::{StepKind, StepSpec};

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reload;

impl StepKind for Reload {
    const SPEC: StepSpec = StepSpec {
        name: "reload",
        doc: "Loads the page again.",
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
        tab.reload().await
    }

    fn summary(&self) -> String {
        "reload".to_owned()
    }
}

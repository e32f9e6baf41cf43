//! `setLocalStorage`: sets items of the current origin's local storage, a
//! remembered consent for example. The tab must be on that origin.

use serde_json::{Map, Value};

use crate::steps::arguments::{ArgumentKind, Fields, required};
use crate::steps::tab::{StepResult, Tab};
use crate::steps::{StepKind, StepSpec, object};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetLocalStorage {
    pub items: Vec<(String, String)>,
}

impl StepKind for SetLocalStorage {
    const SPEC: StepSpec = StepSpec {
        name: "setLocalStorage",
        doc: "Sets items of the current origin's local storage.",
        shorthand: None,
        arguments: &[required("items", ArgumentKind::TextMap, "the items and their values")],
        recorder: false,
        value: Some("items"),
    };

    fn read(fields: &mut Fields) -> Option<Self> {
        fields.require("items")?;
        Some(Self { items: fields.text_map("items")? })
    }

    fn write(&self) -> Map<String, Value> {
        let items: Map<String, Value> =
            self.items.iter().map(|(key, value)| (key.clone(), value.clone().into())).collect();
        object([("items", Some(items.into()))])
    }

    async fn perform(&self, tab: &mut impl Tab) -> StepResult {
        tab.set_local_storage(&self.items).await
    }

    fn summary(&self) -> String {
        let names: Vec<&str> = self.items.iter().map(|(name, _)| name.as_str()).collect();
        format!("set local storage {}", names.join(", "))
    }
}

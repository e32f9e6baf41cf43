//! `switchTab`: goes on in another tab or popup. Waits for it to open.

use serde_json::{Map, Value};

use crate::steps::arguments::{
    ArgumentKind, Fields, PATTERN, optional, pattern_text, pattern_value,
};
use crate::steps::tab::{StepResult, Tab, TabChoice};
use crate::steps::{StepKind, StepSpec, object, shown};

#[derive(Debug, Clone, PartialEq)]
pub struct SwitchTab {
    pub choice: TabChoice,
}

impl StepKind for SwitchTab {
    const SPEC: StepSpec = StepSpec {
        name: "switchTab",
        doc: "Goes on in another tab: `newest`, a number from 0, or by its URL.",
        shorthand: Some("tab"),
        arguments: &[
            optional(
                "tab",
                ArgumentKind::Text,
                "`newest`, or a number: 0 is the tab that was opened first",
            ),
            PATTERN[0],
            PATTERN[1],
            PATTERN[2],
        ],
        recorder: false,
        value: None,
    };

    fn read(fields: &mut Fields) -> Option<Self> {
        let Some(node) = fields.get("tab").cloned() else {
            return Some(Self { choice: TabChoice::Url(fields.pattern()?) });
        };
        if let Some((_, extra)) = fields
            .entries
            .iter()
            .find(|(key, _)| PATTERN.iter().any(|argument| argument.name == key.value))
        {
            let extra = extra.clone();
            fields.wrong("tab", &extra, "either `tab` or a URL, not both");
            return None;
        }
        if node.as_text() == Some("newest") {
            return Some(Self { choice: TabChoice::Newest });
        }
        match node.as_number() {
            Some(index) if index.fract() == 0.0 && (0.0..1000.0).contains(&index) => {
                Some(Self { choice: TabChoice::Index(index as usize) })
            }
            _ => {
                fields.wrong("tab", &node, "`newest` or a number from 0");
                None
            }
        }
    }

    fn write(&self) -> Map<String, Value> {
        match &self.choice {
            TabChoice::Newest => object([("tab", Some("newest".into()))]),
            TabChoice::Index(index) => object([("tab", Some((*index).into()))]),
            TabChoice::Url(pattern) => object([pattern_value(pattern)]),
        }
    }

    async fn perform(&self, tab: &mut impl Tab) -> StepResult {
        tab.switch_tab(&self.choice).await
    }

    fn summary(&self) -> String {
        match &self.choice {
            TabChoice::Newest => "switch to the newest tab".to_owned(),
            TabChoice::Index(index) => format!("switch to tab {index}"),
            TabChoice::Url(pattern) => {
                format!("switch to the tab {}", shown(pattern_text(pattern)))
            }
        }
    }
}

//! `scroll` (Recorder): scrolls the page, or an element, to an absolute
//! position.

use serde_json::{Map, Value};

use crate::steps::arguments::{ArgumentKind, FRAME, Fields, optional};
use crate::steps::tab::{ElementQuery, StepResult, Tab};
use crate::steps::{StepKind, StepSpec, frame_value, number, object, selector};

#[derive(Debug, Clone, PartialEq)]
pub struct Scroll {
    /// `None`: the page.
    pub query: Option<ElementQuery>,
    pub x: f64,
    pub y: f64,
    /// Frame of a page scroll, kept for export.
    pub frame: Vec<usize>,
}

impl StepKind for Scroll {
    const SPEC: StepSpec = StepSpec {
        name: "scroll",
        doc: "Scrolls the page or an element to a position.",
        shorthand: Some("selectors"),
        arguments: &[
            optional(
                "selectors",
                ArgumentKind::Selectors,
                "the element to scroll; the page if left out",
            ),
            FRAME,
            optional("x", ArgumentKind::Number, "pixels from the left, 0 if left out"),
            optional("y", ArgumentKind::Number, "pixels from the top, 0 if left out"),
        ],
        recorder: true,
        value: None,
    };

    fn read(fields: &mut Fields) -> Option<Self> {
        let query = fields.optional_query();
        let x = fields.number("x").unwrap_or(0.0);
        let y = fields.number("y").unwrap_or(0.0);
        let frame = fields.frame();
        Some(Self { query, x, y, frame })
    }

    fn write(&self) -> Map<String, Value> {
        object([
            ("selectors", self.query.as_ref().map(selector::to_json)),
            ("frame", frame_value(&self.frame)),
            ("x", (self.x != 0.0).then(|| number(self.x))),
            ("y", (self.y != 0.0).then(|| number(self.y))),
        ])
    }

    async fn perform(&self, tab: &mut impl Tab) -> StepResult {
        tab.scroll(self.query.as_ref(), self.x, self.y).await
    }

    fn summary(&self) -> String {
        match &self.query {
            Some(query) => format!("scroll {query} to {}, {}", self.x, self.y),
            None => format!("scroll to {}, {}", self.x, self.y),
        }
    }
}

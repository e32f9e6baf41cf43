//! `click` (Recorder): one press of a pointer button on an element.
//!
//! `deviceType` is kept for export; the browser layer presses with what the
//! emulated device has.

use serde_json::{Map, Value};

use crate::steps::arguments::{Argument, ArgumentKind, FRAME, Fields, SELECTORS, optional};
use crate::steps::tab::{Button, ElementQuery, PointerOptions, StepResult, Tab};
use crate::steps::{StepKind, StepSpec, frame_value, number, object, selector};

const BUTTONS: &[&str] = &["primary", "auxiliary", "secondary", "back", "forward"];
const DEVICES: &[&str] = &["mouse", "pen", "touch"];

/// What `click` and `doubleClick` take.
pub(super) const ARGUMENTS: &[Argument] = &[
    SELECTORS,
    FRAME,
    optional("button", ArgumentKind::OneOf(BUTTONS), "the pointer's button; `primary` if left out"),
    optional(
        "offsetX",
        ArgumentKind::Number,
        "pixels from the element's left edge; its centre if left out",
    ),
    optional(
        "offsetY",
        ArgumentKind::Number,
        "pixels from the element's top edge; its centre if left out",
    ),
    optional("duration", ArgumentKind::Whole, "milliseconds between press and release"),
    optional("deviceType", ArgumentKind::OneOf(DEVICES), "kept for export"),
];

#[derive(Debug, Clone, PartialEq)]
pub struct Click {
    pub query: ElementQuery,
    pub options: PointerOptions,
    /// `mouse`, `pen` or `touch`, as a recording says.
    pub device: Option<&'static str>,
}

impl StepKind for Click {
    const SPEC: StepSpec = StepSpec {
        name: "click",
        doc: "Clicks an element.",
        shorthand: Some("selectors"),
        arguments: ARGUMENTS,
        recorder: true,
        value: None,
    };

    fn read(fields: &mut Fields) -> Option<Self> {
        read(fields, 1)
    }

    fn write(&self) -> Map<String, Value> {
        write(self)
    }

    async fn perform(&self, tab: &mut impl Tab) -> StepResult {
        tab.click(&self.query, &self.options).await
    }

    fn summary(&self) -> String {
        format!("click {}", self.query)
    }
}

pub(super) fn read(fields: &mut Fields, count: u32) -> Option<Click> {
    let button = match fields.one_of("button", BUTTONS) {
        Some("auxiliary") => Button::Auxiliary,
        Some("secondary") => Button::Secondary,
        Some("back") => Button::Back,
        Some("forward") => Button::Forward,
        _ => Button::Primary,
    };
    let device = fields.one_of("deviceType", DEVICES);
    let offset = match (fields.number("offsetX"), fields.number("offsetY")) {
        (Some(x), Some(y)) => Some((x, y)),
        (None, None) => None,
        _ => {
            if let Some((name, node)) =
                ["offsetX", "offsetY"].iter().find_map(|n| Some((n, fields.get(n)?.clone())))
            {
                let expected = "`offsetX` and `offsetY` together";
                fields.wrong(name, &node, expected);
            }
            None
        }
    };
    let hold_ms = fields.whole("duration").unwrap_or(0);
    let query = fields.query()?;
    Some(Click { query, options: PointerOptions { button, offset, count, hold_ms }, device })
}

pub(super) fn write(click: &Click) -> Map<String, Value> {
    let PointerOptions { button, offset, hold_ms, .. } = &click.options;
    let button = match button {
        Button::Primary => None,
        Button::Auxiliary => Some("auxiliary"),
        Button::Secondary => Some("secondary"),
        Button::Back => Some("back"),
        Button::Forward => Some("forward"),
    };
    object([
        ("selectors", Some(selector::to_json(&click.query))),
        ("frame", frame_value(&click.query.frame)),
        ("button", button.map(Value::from)),
        ("offsetX", offset.map(|(x, _)| number(x))),
        ("offsetY", offset.map(|(_, y)| number(y))),
        ("duration", (*hold_ms > 0).then(|| Value::from(*hold_ms))),
        ("deviceType", click.device.map(Value::from)),
    ])
}

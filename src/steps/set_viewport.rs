//! `setViewport` (Recorder): size and kind of the screen. Which user agent
//! goes with it is the browser layer's configuration.

use serde_json::{Map, Value};

use crate::steps::arguments::{ArgumentKind, Fields, optional, required};
use crate::steps::tab::{StepResult, Tab, Viewport};
use crate::steps::{StepKind, StepSpec, number, object};

#[derive(Debug, Clone, PartialEq)]
pub struct SetViewport(pub Viewport);

impl StepKind for SetViewport {
    const SPEC: StepSpec = StepSpec {
        name: "setViewport",
        doc: "Sets the size and kind of the screen.",
        shorthand: None,
        arguments: &[
            required("width", ArgumentKind::Whole, "CSS pixels"),
            required("height", ArgumentKind::Whole, "CSS pixels"),
            optional("deviceScaleFactor", ArgumentKind::Number, "1 if left out"),
            optional("isMobile", ArgumentKind::Boolean, "whether the viewport meta tag counts"),
            optional("hasTouch", ArgumentKind::Boolean, "whether there is a touch screen"),
            optional("isLandscape", ArgumentKind::Boolean, "whether it is held sideways"),
        ],
        recorder: true,
        value: None,
    };

    fn read(fields: &mut Fields) -> Option<Self> {
        let mut side = |name| {
            let node = fields.require(name)?;
            // Chrome takes 10,000,000 and then fails to draw; no screen is that large.
            let side = fields.whole(name)?;
            if (1..=20_000).contains(&side) {
                return u32::try_from(side).ok();
            }
            fields.wrong(name, &node, "1 to 20000 pixels");
            None
        };
        let (width, height) = (side("width"), side("height"));
        Some(Self(Viewport {
            device_scale_factor: fields.number("deviceScaleFactor").unwrap_or(1.0),
            mobile: fields.boolean("isMobile").unwrap_or(false),
            touch: fields.boolean("hasTouch").unwrap_or(false),
            landscape: fields.boolean("isLandscape").unwrap_or(false),
            width: width?,
            height: height?,
        }))
    }

    /// Every key, since the Recorder's own reader wants them all.
    fn write(&self) -> Map<String, Value> {
        let Viewport { width, height, device_scale_factor, mobile, touch, landscape } = &self.0;
        object([
            ("width", Some((*width).into())),
            ("height", Some((*height).into())),
            ("deviceScaleFactor", Some(number(*device_scale_factor))),
            ("isMobile", Some((*mobile).into())),
            ("hasTouch", Some((*touch).into())),
            ("isLandscape", Some((*landscape).into())),
        ])
    }

    async fn perform(&self, tab: &mut impl Tab) -> StepResult {
        tab.set_viewport(&self.0).await
    }

    fn summary(&self) -> String {
        format!("set the viewport to {} × {}", self.0.width, self.0.height)
    }
}

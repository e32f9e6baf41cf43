//! `navigate` (Recorder): opens a URL. It is not rewritten, since campaign
//! parameters count as they are; a relative one is refused here, because it
//! means nothing before a page is open.

use serde_json::{Map, Value};

use crate::steps::arguments::{ArgumentKind, Fields, optional, required};
use crate::steps::tab::{StepResult, Tab, WaitUntil};
use crate::steps::{StepKind, StepSpec, object, shown};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Navigate {
    pub url: String,
    pub until: WaitUntil,
}

/// As Playwright and Puppeteer name them; the usual one first.
const UNTIL: &[&str] = &["load", "domcontentloaded"];

impl StepKind for Navigate {
    const SPEC: StepSpec = StepSpec {
        name: "navigate",
        doc: "Opens a URL and waits until its document is loaded.",
        shorthand: Some("url"),
        arguments: &[
            required("url", ArgumentKind::Text, "the absolute URL"),
            optional(
                "waitUntil",
                ArgumentKind::OneOf(UNTIL),
                "what must have come: all of the page, or its markup; `load` if left out",
            ),
        ],
        recorder: true,
        value: Some("url"),
    };

    fn read(fields: &mut Fields) -> Option<Self> {
        let until = match fields.one_of("waitUntil", UNTIL) {
            Some("domcontentloaded") => WaitUntil::DomContentLoaded,
            _ => WaitUntil::Load,
        };
        let url = fields.required_text("url")?;
        match url::Url::parse(&url) {
            Ok(_) => Some(Self { url, until }),
            Err(error) => {
                let node = fields.require("url")?;
                let hint = match error {
                    url::ParseError::RelativeUrlWithoutBase => {
                        "an absolute URL such as `https://shop.example/cart` or `${base}/cart`"
                    }
                    _ => "a URL",
                };
                fields.wrong("url", &node, hint);
                None
            }
        }
    }

    fn write(&self) -> Map<String, Value> {
        let until = match self.until {
            WaitUntil::Load => None,
            WaitUntil::DomContentLoaded => Some("domcontentloaded".into()),
        };
        object([("url", Some(self.url.clone().into())), ("waitUntil", until)])
    }

    async fn perform(&self, tab: &mut impl Tab) -> StepResult {
        tab.navigate(&self.url, self.until).await
    }

    fn summary(&self) -> String {
        format!("navigate {}", shown(&self.url))
    }
}

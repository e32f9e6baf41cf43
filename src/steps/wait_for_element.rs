//! `waitForElement` (Recorder): waits until elements are there, and are so
//! many, visible or not, with these attributes and properties.

use serde_json::{Map, Value};

use crate::steps::arguments::{ArgumentKind, FRAME, Fields, SELECTORS, optional};
use crate::steps::tab::{Comparison, ElementCondition, ElementQuery, StepResult, Tab};
use crate::steps::{StepKind, StepSpec, frame_value, object, selector};

const OPERATORS: &[&str] = &[">=", "==", "<="];

#[derive(Debug, Clone, PartialEq)]
pub struct WaitForElement {
    pub query: ElementQuery,
    pub condition: ElementCondition,
}

impl StepKind for WaitForElement {
    const SPEC: StepSpec = StepSpec {
        name: "waitForElement",
        doc: "Waits until an element is there, or until so many are.",
        shorthand: Some("selectors"),
        arguments: &[
            SELECTORS,
            FRAME,
            optional(
                "operator",
                ArgumentKind::OneOf(OPERATORS),
                "how `count` compares, `>=` if left out",
            ),
            optional("count", ArgumentKind::Whole, "how many elements, 1 if left out"),
            optional(
                "visible",
                ArgumentKind::Boolean,
                "whether they must be visible, or must not be",
            ),
            optional("attributes", ArgumentKind::TextMap, "attributes with exactly these values"),
            optional(
                "properties",
                ArgumentKind::JsonMap,
                "JavaScript properties with exactly these values",
            ),
        ],
        recorder: true,
        value: None,
    };

    /// The Recorder's schema names `==` as the default of `operator`, its
    /// runner compares with `>=`; the runner is followed.
    fn read(fields: &mut Fields) -> Option<Self> {
        let operator = fields.one_of("operator", OPERATORS);
        let count = fields.whole("count");
        let comparison = match operator {
            Some("==") => Comparison::Equal,
            Some("<=") => Comparison::AtMost,
            _ => Comparison::AtLeast,
        };
        let count = (operator.is_some() || count.is_some())
            .then(|| (comparison, usize::try_from(count.unwrap_or(1)).unwrap_or(usize::MAX)));
        let condition = ElementCondition {
            visible: fields.boolean("visible"),
            count,
            attributes: fields.text_map("attributes").unwrap_or_default(),
            properties: fields.json_map("properties").unwrap_or_default(),
        };
        Some(Self { query: fields.query()?, condition })
    }

    fn write(&self) -> Map<String, Value> {
        let ElementCondition { visible, count, attributes, properties } = &self.condition;
        let operator = count.map(|(comparison, _)| match comparison {
            Comparison::AtLeast => ">=",
            Comparison::Equal => "==",
            Comparison::AtMost => "<=",
        });
        let attributes: Map<String, Value> =
            attributes.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        let properties: Map<String, Value> = properties.iter().cloned().collect();
        object([
            ("selectors", Some(selector::to_json(&self.query))),
            ("frame", frame_value(&self.query.frame)),
            ("operator", operator.map(Value::from)),
            ("count", count.map(|(_, number)| number.into())),
            ("visible", visible.map(Value::from)),
            ("attributes", (!attributes.is_empty()).then_some(attributes.into())),
            ("properties", (!properties.is_empty()).then_some(properties.into())),
        ])
    }

    async fn perform(&self, tab: &mut impl Tab) -> StepResult {
        tab.wait_for_element(&self.query, &self.condition).await
    }

    fn summary(&self) -> String {
        format!("wait for {}", self.query)
    }
}

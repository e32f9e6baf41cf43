//! What a scenario can do in a browser tab. One file per step holds its
//! arguments and what it does to a [`Tab`]; this file holds the table and
//! what all steps share. Nothing here knows a browser, and nothing waits
//! for a page to settle.
#![deny(clippy::disallowed_methods)]

pub mod arguments;
pub mod node;
pub mod selector;
pub mod tab;

mod back;
mod change;
mod click;
mod close;
mod custom_step;
mod double_click;
mod emulate_network_conditions;
mod evaluate;
mod forward;
mod hover;
mod key_down;
mod key_up;
mod navigate;
mod press;
mod reload;
mod scroll;
mod select;
mod set_cookies;
mod set_local_storage;
mod set_viewport;
mod switch_tab;
mod upload;
mod wait_for_element;
mod wait_for_expression;
mod wait_for_text;
mod wait_for_url;

#[cfg(test)]
pub mod fake_tab;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use crate::model::span::Span;
use crate::steps::arguments::{Argument, Fields};
use crate::steps::tab::{StepResult, Tab};

/// One line of `steps`.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub action: Action,
    /// As the scenario gives it; [`Step::title`] falls back to the summary.
    pub label: Option<String>,
    pub timeout_ms: Option<u64>,
    /// The Recorder's target: `main`, or the URL of another page or of a
    /// frame in a process of its own, from which `frame` then counts.
    pub target: Option<String>,
    pub asserted_events: Vec<AssertedEvent>,
    /// The value must not be shown anywhere.
    pub secret: bool,
    pub span: Span,
}

/// A navigation that the step must lead to. The Recorder knows no other kind,
/// and its runner waits for the navigation without comparing URL and title.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AssertedEvent {
    pub url: Option<String>,
    pub title: Option<String>,
}

impl Step {
    pub fn new(action: Action) -> Self {
        Self {
            action,
            label: None,
            timeout_ms: None,
            target: None,
            asserted_events: Vec::new(),
            secret: false,
            span: Span::default(),
        }
    }

    /// What reports call this step: its label, else what it does, without
    /// a secret value.
    pub fn title(&self) -> String {
        if let Some(label) = &self.label {
            return label.clone();
        }
        // The summaries of these three do not show their value.
        let silent =
            matches!(self.action, Action::Change(_) | Action::Select(_) | Action::Upload(_));
        if self.secret && !silent {
            return format!("{} (secret)", self.action.spec().name);
        }
        self.action.summary()
    }

    pub async fn perform(&self, tab: &mut impl Tab) -> StepResult {
        self.action.perform(tab).await
    }
}

/// What each step's file provides.
#[expect(async_fn_in_trait, reason = "used within the crate only, never as a trait object")]
pub trait StepKind: Sized {
    const SPEC: StepSpec;

    /// Reads the arguments; `None` when a problem was told.
    fn read(fields: &mut Fields) -> Option<Self>;

    /// The arguments under their names; [`StepKind::read`] takes them back.
    fn write(&self) -> Map<String, Value>;

    async fn perform(&self, tab: &mut impl Tab) -> StepResult;

    /// One line for the terminal: `click "#buy"`.
    fn summary(&self) -> String;
}

/// The table's line about a step: reader, schema and manual derive from it.
#[derive(Debug, Clone, Copy)]
pub struct StepSpec {
    /// Key in YAML, and `type` in a recording.
    pub name: &'static str,
    /// What it does, a sentence for editors.
    pub doc: &'static str,
    /// The argument that a bare scalar or list stands for.
    pub shorthand: Option<&'static str>,
    pub arguments: &'static [Argument],
    /// Whether the DevTools Recorder knows this type.
    pub recorder: bool,
    /// The argument that `secret: true` hides.
    pub value: Option<&'static str>,
}

macro_rules! steps {
    ($($variant:ident => $module:ident,)*) => {
        /// What a step does.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Action {
            $($variant(self::$module::$variant),)*
        }

        /// Every step, in the order of the table.
        pub const TABLE: &[StepSpec] = &[$(<self::$module::$variant as StepKind>::SPEC,)*];

        impl Action {
            /// Reads the arguments of the step `name`, which the table has.
            pub fn read(name: &str, fields: &mut Fields) -> Option<Self> {
                $(if name == <self::$module::$variant as StepKind>::SPEC.name {
                    return <self::$module::$variant as StepKind>::read(fields).map(Self::$variant);
                })*
                None
            }

            pub fn spec(&self) -> StepSpec {
                match self { $(Self::$variant(_) => <self::$module::$variant as StepKind>::SPEC,)* }
            }

            /// The arguments under their names.
            pub fn write(&self) -> Map<String, Value> {
                match self { $(Self::$variant(step) => step.write(),)* }
            }

            pub async fn perform(&self, tab: &mut impl Tab) -> StepResult {
                match self { $(Self::$variant(step) => step.perform(tab).await,)* }
            }

            /// One line for the terminal: `click "#buy"`. It may hold a
            /// value of the scenario; see `Step::secret`.
            pub fn summary(&self) -> String {
                match self { $(Self::$variant(step) => step.summary(),)* }
            }
        }

        $(pub use self::$module::$variant;)*
    };
}

steps! {
    Navigate => navigate,
    Click => click,
    DoubleClick => double_click,
    Change => change,
    Select => select,
    Upload => upload,
    KeyDown => key_down,
    KeyUp => key_up,
    Press => press,
    Hover => hover,
    Scroll => scroll,
    WaitForElement => wait_for_element,
    WaitForExpression => wait_for_expression,
    WaitForUrl => wait_for_url,
    WaitForText => wait_for_text,
    Evaluate => evaluate,
    SetCookies => set_cookies,
    SetLocalStorage => set_local_storage,
    SetViewport => set_viewport,
    EmulateNetworkConditions => emulate_network_conditions,
    Back => back,
    Forward => forward,
    Reload => reload,
    SwitchTab => switch_tab,
    Close => close,
    CustomStep => custom_step,
}

/// The table's line of a step.
pub fn spec(name: &str) -> Option<&'static StepSpec> {
    TABLE.iter().find(|spec| spec.name == name)
}

/// Arguments for [`StepKind::write`]; absent ones are left out.
fn object<const N: usize>(entries: [(&str, Option<Value>); N]) -> Map<String, Value> {
    entries
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name.to_owned(), value)))
        .collect()
}

/// A number as a person writes it: whole where it is whole.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 {
        Value::from(value as i64)
    } else {
        Value::from(value)
    }
}

/// The argument `frame`, left out when empty.
fn frame_value(frame: &[usize]) -> Option<Value> {
    (!frame.is_empty()).then(|| Value::from(frame.to_vec()))
}

/// Page and scenario text for one line of a terminal.
fn shown(text: &str) -> String {
    let line: String =
        text.chars().take(81).map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("\"{}\"", node::shortened(&line, 80))
}

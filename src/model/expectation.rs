//! What a scenario says itself about the hits that must, or must not, fire.
//! The snapshot says the rest.

use serde_json::Value;

use crate::model::span::Span;

/// One line of `expect`.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// Vendor slug.
    pub vendor: String,
    pub event: String,
    /// `None` accepts any account.
    pub account: Option<String>,
    /// Index of the step that must have caused it; `None` accepts any.
    pub step: Option<usize>,
    pub count: Count,
    pub params: Vec<ParamExpectation>,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    Exactly(usize),
    AtLeast(usize),
    AtMost(usize),
    Between(usize, usize),
}

#[derive(Debug, Clone, PartialEq)]
pub struct ParamExpectation {
    /// Wire name or canonical name.
    pub name: String,
    pub matcher: Matcher,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub enum Matcher {
    /// Equal as text or as JSON: `49.99` equals `"49.99"`.
    Equal(Value),
    /// The same number, however it is written (`49.9` and `"49.90"`).
    Number(f64),
    OneOf(Vec<Value>),
    /// Searched anywhere in the value's text.
    Regex(regex::Regex),
    Present,
    Absent,
    Type(ValueType),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// A plain number as JSON number or as text: digits, `-`, one `.`.
    Number,
    Integer,
    String,
    Boolean,
    Array,
    Object,
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Equal(a), Self::Equal(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a.to_bits() == b.to_bits(),
            (Self::OneOf(a), Self::OneOf(b)) => a == b,
            (Self::Regex(a), Self::Regex(b)) => a.as_str() == b.as_str(),
            (Self::Present, Self::Present) | (Self::Absent, Self::Absent) => true,
            (Self::Type(a), Self::Type(b)) => a == b,
            _ => false,
        }
    }
}

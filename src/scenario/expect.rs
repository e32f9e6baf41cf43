//! `expect`: what a scenario says about hits. Whether a vendor exists is not
//! asked here, since vendors are configured; a step is found by its label or
//! its number once all steps are read.

use crate::diagnostic::Diagnostic;
use crate::model::expectation::{Count, Expectation, Matcher, ParamExpectation, ValueType};
use crate::model::span::Located;
use crate::steps::Step;
use crate::steps::arguments::{
    Argument, ArgumentKind, Fields, closest, listed, optional, regex_at, required, unknown,
};
use crate::steps::node::{Kind, Node, shortened};

pub const ARGUMENTS: &[Argument] = &[
    required(
        "vendor",
        ArgumentKind::Text,
        "vendor, as `pixelproof vendors` names it: `meta`, `ga4`",
    ),
    required("event", ArgumentKind::Text, "the event's name at that vendor"),
    optional("account", ArgumentKind::Text, "pixel id, measurement id; any if left out"),
    optional(
        "step",
        ArgumentKind::Text,
        "label or number (from 1) of the step that causes it; any if left out",
    ),
    optional(
        "times",
        ArgumentKind::Json,
        "a number, `none`, or `{ atLeast: 1, atMost: 3 }`; at least once if left out",
    ),
    optional("params", ArgumentKind::JsonMap, "parameters by their wire name or their common name"),
];

pub const TYPES: &[&str] = &["number", "integer", "string", "boolean", "array", "object"];
pub const MATCHERS: &[&str] = &["equals", "number", "oneOf", "regex", "present", "absent", "type"];

/// An expectation whose step is still a word.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub expectation: Expectation,
    pub step: Option<Located<String>>,
}

pub fn read(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Wanted> {
    let Some(entries) = node.as_map() else {
        problems.push(
            Diagnostic::new(format!("an expectation is {}, expected a map", node.describe()))
                .at(node.span, "expected `{ vendor: …, event: … }`"),
        );
        return None;
    };
    let mut fields = Fields { what: "expect", entries, span: node.span, problems };
    let known: Vec<&str> = ARGUMENTS.iter().map(|argument| argument.name).collect();
    fields.reject_unknown(&known);
    let vendor = fields.required_text("vendor");
    let event = fields.required_text("event");
    let account = fields.text("account");
    let word = fields.text("step");
    let step = word.and_then(|word| Some(Located::new(word, fields.get("step")?.span)));
    let count = count(&mut fields);
    let params = fields.get("params").cloned().map(|params| {
        let Some(entries) = params.as_map() else {
            fields.wrong("params", &params, "a map");
            return Vec::new();
        };
        entries
            .iter()
            .filter_map(|(name, value)| {
                let matcher = matcher(&name.value, value, fields.problems)?;
                Some(ParamExpectation { name: name.value.clone(), matcher, span: name.span })
            })
            .collect()
    });
    let expectation = Expectation {
        vendor: vendor?.to_lowercase(),
        event: event?,
        account,
        step: None,
        count,
        params: params.unwrap_or_default(),
        span: node.span,
    };
    Some(Wanted { expectation, step })
}

fn count(fields: &mut Fields) -> Count {
    const DEFAULT: Count = Count::AtLeast(1);
    let Some(node) = fields.get("times").cloned() else { return DEFAULT };
    let whole = |node: &Node| {
        node.as_number()
            .filter(|n| n.fract() == 0.0 && (0.0..1_000_000.0).contains(n))
            .map(|n| n as usize)
    };
    if let Some(number) = whole(&node) {
        return Count::Exactly(number);
    }
    if node.as_text() == Some("none") {
        return Count::Exactly(0);
    }
    let Some(entries) = node.as_map() else {
        fields.wrong("times", &node, "a whole number, `none`, or `{ atLeast: 1 }`");
        return DEFAULT;
    };
    let mut times =
        Fields { what: "times", entries, span: node.span, problems: &mut *fields.problems };
    let before = times.problems.len();
    times.reject_unknown(&["atLeast", "atMost", "exactly"]);
    if times.problems.len() > before {
        return DEFAULT;
    }
    let least = times.whole("atLeast").map(|n| n as usize);
    let most = times.whole("atMost").map(|n| n as usize);
    let exactly = times.whole("exactly").map(|n| n as usize);
    match (least, most, exactly) {
        (None, None, Some(number)) => Count::Exactly(number),
        (Some(least), None, None) => Count::AtLeast(least),
        (None, Some(most), None) => Count::AtMost(most),
        (Some(least), Some(most), None) if least <= most => Count::Between(least, most),
        (Some(_), Some(_), None) => {
            fields.wrong("times", &node, "`atLeast` to be no more than `atMost`");
            DEFAULT
        }
        _ => {
            fields.wrong("times", &node, "`exactly`, or `atLeast` and `atMost`");
            DEFAULT
        }
    }
}

/// `10`, `present`, `{ number: 10 }`, `{ oneOf: [a, b] }`.
fn matcher(name: &str, node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Matcher> {
    let Kind::Map(entries) = &node.kind else {
        return Some(match node.as_text() {
            Some("present") => Matcher::Present,
            Some("absent") => Matcher::Absent,
            _ => Matcher::Equal(node.to_json()),
        });
    };
    let [(key, value)] = entries.as_slice() else {
        problems.push(
            Diagnostic::new(format!(
                "the matcher of `{name}` has {} keys, expected one",
                entries.len()
            ))
            .at(node.span, "one matcher a parameter")
            .help(format!(
                "matchers are {}; an object is `{{ equals: {{ … }} }}`",
                listed(MATCHERS)
            )),
        );
        return None;
    };
    let mut wrong = |expected: &str| {
        problems.push(
            Diagnostic::new(format!(
                "`{}` of `{name}` is {}, expected {expected}",
                key.value,
                value.describe()
            ))
            .at(value.span, format!("expected {expected}")),
        );
        None
    };
    match key.value.as_str() {
        "equals" => Some(Matcher::Equal(value.to_json())),
        "number" => {
            // A quoted number is a number too: variables come quoted.
            let plain = value.as_text().map(|text| Node::scalar(text.trim(), true, value.span));
            match plain.and_then(|node| node.as_number()) {
                Some(number) => Some(Matcher::Number(number)),
                None => wrong("a number"),
            }
        }
        "oneOf" => match value.as_list() {
            Some(items) if !items.is_empty() => {
                Some(Matcher::OneOf(items.iter().map(Node::to_json).collect()))
            }
            _ => wrong("a list of values"),
        },
        "regex" => match value.as_text() {
            Some(text) => regex_at(text, value.span, problems).map(Matcher::Regex),
            None => wrong("a regular expression"),
        },
        "present" | "absent" => match value.as_bool() {
            Some(given) if given == (key.value == "present") => Some(Matcher::Present),
            Some(_) => Some(Matcher::Absent),
            None => wrong("`true` or `false`"),
        },
        "type" => match value.as_text() {
            Some("number") => Some(Matcher::Type(ValueType::Number)),
            Some("integer") => Some(Matcher::Type(ValueType::Integer)),
            Some("string") => Some(Matcher::Type(ValueType::String)),
            Some("boolean") => Some(Matcher::Type(ValueType::Boolean)),
            Some("array") => Some(Matcher::Type(ValueType::Array)),
            Some("object") => Some(Matcher::Type(ValueType::Object)),
            _ => wrong(&format!("one of {}", listed(TYPES))),
        },
        _ => {
            problems.push(unknown(&format!("matcher of `{name}`"), key, MATCHERS));
            None
        }
    }
}

/// Finds the steps that expectations name.
pub fn resolve(
    wanted: Vec<Wanted>,
    steps: &[Step],
    problems: &mut Vec<Diagnostic>,
) -> Vec<Expectation> {
    wanted
        .into_iter()
        .map(|Wanted { mut expectation, step }| {
            if let Some(word) = step {
                expectation.step = find_step(&word, steps, problems);
            }
            expectation
        })
        .collect()
}

pub(super) fn find_step(
    word: &Located<String>,
    steps: &[Step],
    problems: &mut Vec<Diagnostic>,
) -> Option<usize> {
    let mut found = steps
        .iter()
        .enumerate()
        .filter(|(_, step)| step.label.as_ref() == Some(&word.value))
        .map(|(index, _)| index);
    if let Some(first) = found.next() {
        if found.next().is_some() {
            problems.push(
                Diagnostic::new(format!(
                    "more than one step is labelled `{}`",
                    shortened(&word.value, 60)
                ))
                .at(word.span, "which one?")
                .help("give them different labels, or use the step's number"),
            );
        }
        return Some(first);
    }
    if let Ok(number) = word.value.parse::<usize>() {
        if (1..=steps.len()).contains(&number) {
            return Some(number - 1);
        }
        problems.push(
            Diagnostic::new(format!("there is no step {number}"))
                .at(word.span, format!("the scenario has {} steps, counted from 1", steps.len())),
        );
        return None;
    }
    let labels: Vec<&str> = steps.iter().filter_map(|step| step.label.as_deref()).collect();
    let shown = shortened(&word.value, 60);
    let problem =
        Diagnostic::new(format!("no step is labelled `{shown}`")).at(word.span, "unknown step");
    problems.push(match closest(&word.value, &labels) {
        Some(close) => problem.help(format!("did you mean `{close}`?")),
        None if labels.is_empty() => {
            problem.help("give a step a `label`, or use its number, counted from 1")
        }
        None => {
            let mut labels = labels;
            labels.dedup();
            labels.truncate(20);
            problem.help(format!("labels are {}", listed(&labels)))
        }
    });
    None
}

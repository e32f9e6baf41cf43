//! A scenario as a recording or as YAML again. What is written reads back as
//! the same scenario. Variables are written resolved, secrets with them: an
//! export is what was played, not the file that it was read from, and
//! whoever writes it to a disk should say so.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use crate::model::check_rule::{CheckRule, Ruling};
use crate::model::condition::{ConditionKind, ConditionSpec};
use crate::model::consent::Choice;
use crate::model::expectation::{Count, Expectation, Matcher, ValueType};
use crate::model::finding::Severity;
use crate::scenario::Scenario;
use crate::scenario::read::{CENTER, EXPECT_PIXEL, OWN_PREFIX};
use crate::scenario::variables::escape_recorded;
use crate::steps::{Action, AssertedEvent, Step};

/// A DevTools recording. What the Recorder does not know travels where its
/// reader ignores it (keys) or lets extensions be (custom steps). That reader
/// also refuses timeouts over 30 s; they are written as they are, because a
/// shorter one would be another scenario.
/// Source: <https://github.com/puppeteer/replay/blob/main/src/SchemaUtils.ts>
pub fn to_recorder(scenario: &Scenario) -> Value {
    let mut file = Map::new();
    file.insert("title".to_owned(), json!(scenario.name));
    head(scenario, &mut file);
    let mut steps: Vec<Value> = scenario.steps.iter().map(recorded).collect();
    steps.extend(scenario.expectations.iter().map(|expectation| {
        json!({ "type": "customStep", "name": EXPECT_PIXEL, "parameters": expected(expectation) })
    }));
    file.insert("steps".to_owned(), Value::Array(steps));
    escape(&mut file, true);
    Value::Object(file)
}

/// A scenario file.
pub fn to_yaml(scenario: &Scenario) -> String {
    let mut file = Map::new();
    file.insert("name".to_owned(), json!(scenario.name));
    head(scenario, &mut file);
    let steps: Vec<Value> = scenario
        .steps
        .iter()
        .map(|step| {
            let mut arguments = step.action.write();
            common(step, &mut arguments);
            json!({ step.action.spec().name: arguments })
        })
        .collect();
    file.insert("steps".to_owned(), Value::Array(steps));
    if !scenario.expectations.is_empty() {
        let expect: Vec<Value> = scenario.expectations.iter().map(expected).collect();
        file.insert("expect".to_owned(), Value::Array(expect));
    }
    escape(&mut file, false);
    let mut out = String::new();
    write_map(&file, 0, &mut out);
    out
}

fn head(scenario: &Scenario, file: &mut Map<String, Value>) {
    if let Some(description) = &scenario.description {
        file.insert("description".to_owned(), json!(description));
    }
    if !scenario.tags.is_empty() {
        file.insert("tags".to_owned(), json!(scenario.tags));
    }
    if let Some(timeout) = scenario.timeout_ms {
        file.insert("timeout".to_owned(), json!(timeout));
    }
    if !scenario.checks.is_empty() {
        file.insert("checks".to_owned(), Value::Object(checks(&scenario.checks)));
    }
    if !scenario.conditions.is_empty() {
        let list: Vec<Value> = scenario.conditions.iter().map(condition).collect();
        file.insert("conditions".to_owned(), Value::Array(list));
    }
    if !scenario.consent.is_empty() {
        let list: Vec<Value> = scenario.consent.iter().map(choice).collect();
        file.insert("consent".to_owned(), Value::Array(list));
    }
}

fn choice(choice: &Choice) -> Value {
    let mut map = Map::new();
    if let Some(step) = choice.from {
        map.insert("from".to_owned(), json!(step + 1));
    }
    for (key, granted) in [("ads", choice.ads), ("analytics", choice.analytics)] {
        if let Some(granted) = granted {
            map.insert(key.to_owned(), json!(if granted { "granted" } else { "denied" }));
        }
    }
    if let Some(limited) = choice.limited {
        map.insert("limitedDataUse".to_owned(), json!(limited));
    }
    Value::Object(map)
}

fn condition(spec: &ConditionSpec) -> Value {
    match &spec.kind {
        ConditionKind::Offline(Some(step)) => json!({ "offline": step + 1 }),
        ConditionKind::Exception(Some(step)) => json!({ "exception": step + 1 }),
        ConditionKind::BlockLists(files) => json!({ "blockList": files }),
        kind => json!(kind.word()),
    }
}

fn checks(rules: &[CheckRule]) -> Map<String, Value> {
    let mut settled: Map<String, Value> = Map::new();
    for rule in rules {
        let (key, value) = match &rule.ruling {
            Ruling::Off => ("level", "off"),
            Ruling::Severity(Severity::Info) => ("level", "info"),
            Ruling::Severity(Severity::Warning) => ("level", "warning"),
            Ruling::Severity(Severity::Error) => ("level", "error"),
            Ruling::Suppressed(reason) => ("suppress", reason.as_str()),
        };
        let code = settled.entry(rule.code.clone()).or_insert_with(|| json!({}));
        match &rule.vendor {
            None => code[key] = json!(value),
            Some(vendor) => code["vendors"][vendor] = json!({ key: value }),
        }
    }
    settled
}

fn recorded(step: &Step) -> Value {
    let spec = step.action.spec();
    let mut map = Map::new();
    if spec.recorder {
        map.insert("type".to_owned(), json!(spec.name));
        map.extend(step.action.write());
        let pointer = matches!(step.action, Action::Click(_) | Action::DoubleClick(_));
        if pointer && !map.contains_key("offsetX") {
            // The Recorder's reader refuses a click without a position; one
            // pixel inside the corner is on every element.
            map.insert("offsetX".to_owned(), json!(1));
            map.insert("offsetY".to_owned(), json!(1));
            map.insert(CENTER.to_owned(), json!(true));
        }
    } else {
        map.insert("type".to_owned(), json!("customStep"));
        map.insert("name".to_owned(), json!(format!("{OWN_PREFIX}{}", spec.name)));
        map.insert("parameters".to_owned(), Value::Object(step.action.write()));
    }
    common(step, &mut map);
    Value::Object(map)
}

fn common(step: &Step, map: &mut Map<String, Value>) {
    if let Some(label) = &step.label {
        map.insert("label".to_owned(), json!(label));
    }
    if let Some(timeout) = step.timeout_ms {
        map.insert("timeout".to_owned(), json!(timeout));
    }
    if let Some(target) = &step.target {
        map.insert("target".to_owned(), json!(target));
    }
    if step.secret {
        map.insert("secret".to_owned(), json!(true));
    }
    if !step.asserted_events.is_empty() {
        let events: Vec<Value> = step.asserted_events.iter().map(asserted).collect();
        map.insert("assertedEvents".to_owned(), Value::Array(events));
    }
}

fn asserted(event: &AssertedEvent) -> Value {
    let mut map = Map::new();
    map.insert("type".to_owned(), json!("navigation"));
    for (name, value) in [("url", &event.url), ("title", &event.title)] {
        if let Some(value) = value {
            map.insert(name.to_owned(), json!(value));
        }
    }
    Value::Object(map)
}

fn expected(expectation: &Expectation) -> Value {
    let mut map = Map::new();
    map.insert("vendor".to_owned(), json!(expectation.vendor));
    map.insert("event".to_owned(), json!(expectation.event));
    if let Some(account) = &expectation.account {
        map.insert("account".to_owned(), json!(account));
    }
    if let Some(step) = expectation.step {
        map.insert("step".to_owned(), json!(step + 1));
    }
    let times = match expectation.count {
        Count::Exactly(0) => json!("none"),
        Count::Exactly(number) => json!(number),
        Count::AtLeast(least) => json!({ "atLeast": least }),
        Count::AtMost(most) => json!({ "atMost": most }),
        Count::Between(least, most) => json!({ "atLeast": least, "atMost": most }),
    };
    map.insert("times".to_owned(), times);
    let params: Map<String, Value> = expectation
        .params
        .iter()
        .map(|param| (param.name.clone(), matcher(&param.matcher)))
        .collect();
    if !params.is_empty() {
        map.insert("params".to_owned(), Value::Object(params));
    }
    Value::Object(map)
}

fn matcher(matcher: &Matcher) -> Value {
    match matcher {
        Matcher::Equal(Value::Object(map)) => json!({ "equals": map }),
        Matcher::Equal(Value::String(text)) if text == "present" || text == "absent" => {
            json!({ "equals": text })
        }
        Matcher::Equal(value) => value.clone(),
        Matcher::Number(number) => json!({ "number": number }),
        Matcher::OneOf(values) => json!({ "oneOf": values }),
        Matcher::Regex(regex) => json!({ "regex": regex.as_str() }),
        Matcher::Present => json!("present"),
        Matcher::Absent => json!("absent"),
        Matcher::Type(kind) => json!({ "type": match kind {
            ValueType::Number => "number",
            ValueType::Integer => "integer",
            ValueType::String => "string",
            ValueType::Boolean => "boolean",
            ValueType::Array => "array",
            ValueType::Object => "object",
        } }),
    }
}

/// Texts are resolved, so a `${` in them is no variable.
fn escape(file: &mut Map<String, Value>, recording: bool) {
    fn escape_value(value: &mut Value, recording: bool) {
        match value {
            Value::String(text) if text.contains("${") => {
                *text = if recording { escape_recorded(text) } else { text.replace("${", "$${") };
            }
            Value::Array(items) => items.iter_mut().for_each(|v| escape_value(v, recording)),
            Value::Object(map) => map.values_mut().for_each(|v| escape_value(v, recording)),
            _ => {}
        }
    }
    file.values_mut().for_each(|value| escape_value(value, recording));
}

/// Blocks for maps and lists of maps, JSON (which YAML reads) for the rest:
/// readable where a person looks, unambiguous where quoting matters.
fn write_map(map: &Map<String, Value>, indent: usize, out: &mut String) {
    for (at, (key, value)) in map.iter().enumerate() {
        if at > 0 || indent == 0 {
            out.push_str(&" ".repeat(indent));
        }
        out.push_str(&scalar(key));
        out.push(':');
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                out.push('\n');
                out.push_str(&" ".repeat(indent + 2));
                write_map(inner, indent + 2, out);
            }
            Value::Array(items) if items.iter().any(Value::is_object) => {
                out.push('\n');
                for item in items {
                    out.push_str(&" ".repeat(indent + 2));
                    out.push_str("- ");
                    match item {
                        Value::Object(inner) if !inner.is_empty() => {
                            write_map(inner, indent + 4, out);
                        }
                        other => {
                            let _ = writeln!(out, "{other}");
                        }
                    }
                }
            }
            Value::String(text) => {
                let _ = writeln!(out, " {}", scalar(text));
            }
            other => {
                let _ = writeln!(out, " {other}");
            }
        }
    }
}

/// Unquoted where no reader could take it for anything but this text.
fn scalar(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !text.ends_with(' ')
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '/'))
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "null"
                | "true"
                | "false"
                | "yes"
                | "no"
                | "on"
                | "off"
                | "y"
                | "n"
                | "present"
                | "absent"
        );
    if plain { text.to_owned() } else { Value::from(text).to_string() }
}

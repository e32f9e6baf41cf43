//! JSON Schema of a scenario file, for editors. It says what the reader says
//! as far as a schema can: keys, types and words; which labels and variables
//! exist, only the reader knows.

use serde_json::{Map, Value, json};

use crate::model::condition::WORDS;
use crate::scenario::checks::LEVELS;
use crate::scenario::conditions::KEYS;
use crate::scenario::consent::{KEYS as CHOICE_KEYS, STATES};
use crate::scenario::expect::{ARGUMENTS, MATCHERS, TYPES};
use crate::scenario::read::TOP;
use crate::steps::arguments::{COMMON, object_schema, schema_of};
use crate::steps::{StepSpec, TABLE};

/// Draft 2020-12. Covers both spellings: YAML scenarios and recordings.
pub fn schema() -> Value {
    let mut top: Map<String, Value> =
        TOP.iter().map(|argument| (argument.name.to_owned(), schema_of(argument))).collect();
    top.insert(
        "steps".to_owned(),
        json!({
            "description": "what is done, in order",
            "type": "array",
            "minItems": 1,
            "items": { "$ref": "#/$defs/step" },
        }),
    );
    top.insert(
        "expect".to_owned(),
        json!({
            "description": "hits that must, or must not, fire",
            "type": "array",
            "items": { "$ref": "#/$defs/expectation" },
        }),
    );
    top.insert("checks".to_owned(), checks());
    top.insert("conditions".to_owned(), conditions());
    top.insert("consent".to_owned(), consent());
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "pixelproof scenario",
        "description": "A funnel as a person would walk it, and the pixel hits that are expected of it.",
        "type": "object",
        "properties": top,
        "required": ["steps"],
        "additionalProperties": false,
        "$defs": {
            "selectors": selectors(),
            "step": { "anyOf": [tagged(), recorded(), bare()] },
            "expectation": expectation(),
            "matcher": matcher(),
        },
    })
}

/// `dedup-no-event-id: off`, `duplicate: { suppress: why, vendors: … }`
fn checks() -> Value {
    let level = json!({ "anyOf": [{ "enum": LEVELS }, { "const": false }] });
    let reason = json!({ "type": "string", "minLength": 1 });
    let setting = |more: &[(&str, &Value)]| {
        let mut properties = Map::new();
        properties.insert("level".to_owned(), level.clone());
        properties.insert("suppress".to_owned(), reason.clone());
        properties
            .extend(more.iter().map(|(name, schema)| ((*name).to_owned(), (*schema).clone())));
        json!({ "anyOf": [
            level,
            {
                "type": "object",
                "properties": properties,
                "additionalProperties": false,
                "minProperties": 1,
                "not": { "required": ["level", "suppress"] },
            },
        ] })
    };
    let vendors = json!({ "type": "object", "additionalProperties": setting(&[]) });
    json!({
        "description": "how severe findings are, and which are set aside",
        "type": "object",
        "additionalProperties": setting(&[("vendors", &vendors)]),
    })
}

/// `slow-3g`, `offline: send`, `blockList: [a.txt, b.txt]`
fn conditions() -> Value {
    let words: Vec<&str> = WORDS.iter().map(|(word, ..)| *word).collect();
    let one = json!({ "type": "string", "minLength": 1 });
    let with = KEYS.iter().map(|(key, doc)| {
        let value = match *key {
            "blockList" => {
                json!({ "anyOf": [one, { "type": "array", "minItems": 1, "items": one }] })
            }
            _ => json!({ "type": ["string", "integer"] }),
        };
        let mut value = value;
        value["description"] = json!(doc);
        ((*key).to_owned(), value)
    });
    let with: Map<String, Value> = with.collect();
    json!({
        "description": "what it is played under as well",
        "type": "array",
        "items": { "anyOf": [
            { "enum": words },
            {
                "type": "object",
                "properties": with,
                "additionalProperties": false,
                "minProperties": 1,
                "maxProperties": 1,
            },
        ] },
    })
}

/// `denied`, `[denied, { from: accept, all: granted }]`
fn consent() -> Value {
    let keys = CHOICE_KEYS.iter().map(|(key, doc)| {
        let mut value = match *key {
            "from" => json!({ "type": ["string", "integer"] }),
            "limitedDataUse" => json!({ "type": "boolean" }),
            _ => json!({ "enum": STATES }),
        };
        value["description"] = json!(doc);
        ((*key).to_owned(), value)
    });
    let keys: Map<String, Value> = keys.collect();
    let says: Vec<Value> = CHOICE_KEYS
        .iter()
        .filter(|(key, _)| *key != "from")
        .map(|(key, _)| json!({ "required": [key] }))
        .collect();
    let one = json!({ "anyOf": [
        { "enum": STATES },
        {
            "type": "object",
            "properties": keys,
            "additionalProperties": false,
            "anyOf": says,
            "not": { "required": ["all"], "anyOf": [
                { "required": ["ads"] }, { "required": ["analytics"] },
            ] },
        },
    ] });
    json!({
        "description": "what the visitor has chosen, and from which step on",
        "anyOf": [one, { "type": "array", "minItems": 1, "items": one }],
    })
}

fn selectors() -> Value {
    let one = json!({ "type": "string", "minLength": 1 });
    json!({
        "description": "one selector, or alternatives tried in order; a list inside the list is a chain through shadow roots",
        "anyOf": [
            one,
            { "type": "array", "minItems": 1, "items": { "anyOf": [
                one,
                { "type": "array", "minItems": 1, "items": one },
            ] } },
        ],
    })
}

/// `- click: …`
fn tagged() -> Value {
    let mut properties: Map<String, Value> =
        COMMON.iter().map(|argument| (argument.name.to_owned(), schema_of(argument))).collect();
    let mut one_of = Vec::new();
    for spec in TABLE {
        let mut forms = vec![object_schema(spec.arguments.iter().chain(COMMON))];
        if let Some(argument) =
            spec.shorthand.and_then(|name| spec.arguments.iter().find(|a| a.name == name))
        {
            forms.push(schema_of(argument));
        }
        if spec.arguments.iter().all(|argument| !argument.required) {
            forms.push(json!({ "type": "null" }));
        }
        properties.insert(spec.name.to_owned(), json!({ "description": spec.doc, "anyOf": forms }));
        one_of.push(json!({ "required": [spec.name] }));
    }
    json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "oneOf": one_of,
    })
}

/// `{ "type": "click", … }`, open: recordings of a newer Chrome may say more.
fn recorded() -> Value {
    let forms: Vec<Value> = TABLE.iter().map(recorded_step).collect();
    json!({ "type": "object", "required": ["type"], "oneOf": forms })
}

fn recorded_step(spec: &StepSpec) -> Value {
    let mut schema = object_schema(spec.arguments.iter().chain(COMMON));
    if let Some(map) = schema.as_object_mut() {
        map.remove("additionalProperties");
        if let Some(properties) = map.get_mut("properties").and_then(Value::as_object_mut) {
            properties.insert("type".to_owned(), json!({ "const": spec.name }));
        }
    }
    schema
}

/// `- reload`
fn bare() -> Value {
    let names: Vec<&str> = TABLE
        .iter()
        .filter(|spec| spec.arguments.iter().all(|argument| !argument.required))
        .map(|spec| spec.name)
        .collect();
    json!({ "enum": names })
}

fn expectation() -> Value {
    let mut schema = object_schema(ARGUMENTS.iter());
    let count = json!({ "type": "integer", "minimum": 0 });
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert(
            "times".to_owned(),
            json!({ "anyOf": [
                count,
                { "const": "none" },
                {
                    "type": "object",
                    "properties": { "atLeast": count, "atMost": count, "exactly": count },
                    "additionalProperties": false,
                    "minProperties": 1,
                },
            ] }),
        );
        properties.insert(
            "params".to_owned(),
            json!({ "type": "object", "additionalProperties": { "$ref": "#/$defs/matcher" } }),
        );
    }
    schema
}

fn matcher() -> Value {
    let properties: Map<String, Value> = MATCHERS
        .iter()
        .map(|name| {
            let schema = match *name {
                "number" => json!({ "type": ["number", "string"] }),
                "oneOf" => json!({ "type": "array", "minItems": 1 }),
                "regex" => json!({ "type": "string" }),
                "present" | "absent" => json!({ "type": "boolean" }),
                "type" => json!({ "enum": TYPES }),
                _ => json!({}),
            };
            ((*name).to_owned(), schema)
        })
        .collect();
    json!({ "anyOf": [
        { "not": { "type": "object" } },
        {
            "type": "object",
            "properties": properties,
            "additionalProperties": false,
            "minProperties": 1,
            "maxProperties": 1,
        },
    ] })
}

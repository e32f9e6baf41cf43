//! Hits of standard events, read alike for every vendor: numbers, ids, items,
//! and who sent them. What is right or wrong, the checks say.

use serde_json::{Map, Value};

use crate::checks::definitions::{self, Definitions, Event};
use crate::checks::finding;
use crate::model::finding::{Finding, Severity};
use crate::model::hit::{Hit, HitKind};
use crate::model::request::StackFrame;
use crate::model::trace::Trace;
use crate::snapshot::show::harmless;

/// A hit of an event that its vendor defines.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Index in `Trace::hits`.
    pub index: usize,
    pub hit: &'a Hit,
    pub event: &'static Event,
    pub table: &'static Definitions,
}

/// Every hit of a standard event, in the order of steps and vendors: which
/// of two left first is chance.
pub fn known(trace: &Trace) -> Vec<Known<'_>> {
    let hits = trace.hits.iter().enumerate().filter_map(|(index, hit)| {
        let table = definitions::of(&hit.vendor).filter(|_| hit.kind == HitKind::Event)?;
        Some(Known { index, hit, event: table.event(&hit.event)?, table })
    });
    let mut known: Vec<Known<'_>> = hits.collect();
    known.sort_by(|a, b| {
        (a.hit.step, &a.hit.vendor, &a.hit.account, &a.hit.event)
            .cmp(&(b.hit.step, &b.hit.vendor, &b.hit.account, &b.hit.event))
            .then(a.index.cmp(&b.index))
    });
    known
}

impl<'a> Known<'a> {
    /// The parameter of that common name, unless nothing is in it.
    pub fn param(&self, name: &str) -> Option<&'a Value> {
        self.hit.canonical(name).filter(|value| !is_empty(value))
    }

    pub fn number(&self, name: &str) -> Option<f64> {
        self.param(name).and_then(number)
    }

    pub fn text(&self, name: &str) -> Option<String> {
        self.param(name).and_then(text)
    }

    /// What the vendor recognises a copy by, if the page gave it.
    pub fn recognised_by(&self) -> Option<String> {
        let mut names = self.table.recognised_by.iter();
        names.find_map(|name| self.text(name)).filter(|id| !is_generated(id))
    }

    /// The products, as the vendor was told.
    pub fn items(&self) -> Vec<Item> {
        let list = self.param("items").or_else(|| self.param("contents"));
        list.and_then(Value::as_array).into_iter().flatten().map(item).collect()
    }

    /// The document that sent it.
    pub fn document(&self, trace: &Trace) -> Option<usize> {
        let call = self.hit.call.and_then(|call| trace.calls.get(call));
        let request = trace.requests.get(self.hit.request.0 as usize);
        call.and_then(|call| call.document).or_else(|| request.and_then(|it| it.document))
    }

    /// The step of its call: what waits for consent or for a library is
    /// caused by a later one.
    pub fn called_at(&self, trace: &Trace) -> Option<usize> {
        let call = self.hit.call.and_then(|call| trace.calls.get(call));
        call.and_then(|call| call.step).or(self.hit.step)
    }

    pub fn title(&self) -> String {
        title(self.hit)
    }

    /// A finding about this hit.
    pub fn finding(&self, code: &str, severity: Severity, message: String) -> Finding {
        let mut finding = finding(code, severity, message);
        finding.vendor = Some(self.hit.vendor.clone());
        finding.step = self.hit.step;
        finding.hits = vec![self.index];
        finding
    }
}

/// Meta's own plugins and gateways make ids up; they match no server's.
fn is_generated(id: &str) -> bool {
    id.starts_with("ob3_plugin")
}

/// `meta Purchase`.
pub fn title(hit: &Hit) -> String {
    format!("{} {}", harmless(&hit.vendor), short(&hit.event))
}

/// One product among the contents of an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub id: Option<String>,
    pub price: Option<f64>,
    pub quantity: Option<f64>,
    /// What is wrong with it, if anything.
    pub flaw: Option<&'static str>,
}

const IDS: [&str; 6] = ["id", "item_id", "content_id", "product_id", "sku", "name"];
const PRICES: [&str; 3] = ["price", "item_price", "product_price"];
const QUANTITIES: [&str; 2] = ["quantity", "product_quantity"];

fn item(value: &Value) -> Item {
    let Some(fields) = value.as_object() else {
        let flaw = Some("is no object");
        return Item { id: text(value), price: None, quantity: None, flaw };
    };
    let first = |names: &[&str]| -> Option<&Value> {
        names.iter().find_map(|name| fields.get(*name)).filter(|value| !is_empty(value))
    };
    let wrong = |names: &[&str]| first(names).is_some_and(|value| number(value).is_none());
    let flaw = if first(&IDS).is_none() {
        Some("has no id")
    } else if wrong(&PRICES) {
        Some("has a price that is no number")
    } else if wrong(&QUANTITIES) {
        Some("has a quantity that is no number")
    } else {
        None
    };
    Item {
        id: first(&IDS).and_then(text),
        price: first(&PRICES).and_then(number).map(|price| price - discount(fields)),
        quantity: first(&QUANTITIES).and_then(number),
        flaw,
    }
}

fn discount(fields: &Map<String, Value>) -> f64 {
    fields.get("discount").and_then(number).unwrap_or(0.0)
}

/// Σ price × quantity; `None` where a price is missing.
pub fn total(items: &[Item]) -> Option<f64> {
    if items.is_empty() {
        return None;
    }
    items.iter().map(|item| Some(item.price? * item.quantity.unwrap_or(1.0))).sum()
}

/// Σ quantity.
pub fn pieces(items: &[Item]) -> f64 {
    items.iter().map(|item| item.quantity.unwrap_or(1.0)).sum()
}

/// Cents may be lost by rounding each price, or a percentage.
pub fn same_amount(a: f64, b: f64) -> bool {
    (a - b).abs() <= 0.02_f64.max(a.abs() * 0.0005)
}

/// A plain number, as JSON or as text.
pub fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|number| number.is_finite())
}

pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// A page's text for a message.
pub fn short(text: &str) -> String {
    const LONGEST: usize = 80;
    let cut = text.chars().count() > LONGEST;
    let mut shown: String = text.chars().take(LONGEST).collect();
    if cut {
        shown.push('…');
    }
    harmless(&shown)
}

/// Where the script stands that asked for a hit: the innermost frame of the
/// call, else of the request.
pub fn sender<'a>(trace: &'a Trace, hit: &Hit) -> Option<&'a StackFrame> {
    let call = hit.call.and_then(|call| trace.calls.get(call));
    let request = trace.requests.get(hit.request.0 as usize);
    let of_call = call.and_then(|call| call.stack.iter().find(|frame| !frame.url.is_empty()));
    of_call.or_else(|| request?.initiator.stack.iter().find(|frame| !frame.url.is_empty()))
}

/// `https://shop.example/a.js:10:5`, without the query.
pub fn place(frame: &StackFrame) -> String {
    let url = frame.url.split(['?', '#']).next().unwrap_or_default();
    // A tag manager's container is named by its query alone.
    let container = frame.url.split(['?', '&']).find_map(|pair| pair.strip_prefix("id=GTM-"));
    let container = container.map_or(String::new(), |id| format!(" (container GTM-{})", short(id)));
    format!("{}:{}:{}{container}", short(url), frame.line, frame.column)
}

/// `sent by https://…`, or that nobody knows.
pub fn sent_by(trace: &Trace, hit: &Hit) -> String {
    let call = hit.call.and_then(|call| trace.calls.get(call));
    let name = call.map_or(String::new(), |call| format!(" through {}", short(&call.name)));
    match sender(trace, hit) {
        Some(frame) => format!("sent by {}{name}", place(frame)),
        None => format!("sent by a script that is not known{name}"),
    }
}

//! Products of standard events: each is well-formed, and they agree with the
//! ids, the count and the value beside them. Discounts, shipping and taxes are
//! nobody's mistake.

use serde_json::Value;

use crate::checks::events::{Known, pieces, same_amount, short, text, total};
use crate::checks::matcher::shown;
use crate::checks::{Check, CheckInput};
use crate::model::finding::{Finding, Severity};

pub const CHECK: Check = Check {
    code: "items",
    summary: "products of an event are well-formed and agree with its value",
    docs: "\
`items-not-a-list` (error): contents or items became the text `[object Object]`,
and the vendor drops them. Pass a list of objects.
`items-malformed` (warning): contents or items are no list, or a product has no
id, or a price or a quantity that is no number.
`items-ids` (warning): the ids of the products are no list of texts, or one of
them is empty, `undefined` or `null`.
`items-ids-differ` (info): the ids and the contents of one event name other
products. That is right where the ids are those of groups.
`items-count` (info): the number of items is neither the number of products nor
the sum of their quantities.
`items-cents` (warning): the value is a hundred times the sum of the prices, or
a hundredth of it: cents were taken for units.
`items-total` (info): the value is more than the products, the shipping and the
taxes together.",
    run,
};

fn run(input: &CheckInput<'_>) -> Vec<Finding> {
    input.known.iter().copied().flat_map(|hit| judge(&hit)).collect()
}

fn judge(hit: &Known<'_>) -> Vec<Finding> {
    let title = hit.title();
    let mut findings = Vec::new();
    for name in ["contents", "items"] {
        let Some(value) = hit.param(name).filter(|value| !value.is_array()) else { continue };
        // Some vendors read one product that stands alone, or a text of ids.
        let dropped = value.as_str().is_some_and(|text| text.contains("[object "));
        let (code, severity) = if dropped {
            ("items-not-a-list", Severity::Error)
        } else {
            ("items-malformed", Severity::Warning)
        };
        let message = format!("{title}: {name} is {}, expected a list", shown(value));
        findings.push(hit.finding(code, severity, message));
    }
    let items = hit.items();
    if let Some((at, flaw)) = items.iter().enumerate().find_map(|(at, item)| Some((at, item.flaw?)))
    {
        let message = format!("{title}: product {} {flaw}", at + 1);
        findings.push(hit.finding("items-malformed", Severity::Warning, message));
    }
    findings.extend(ids(hit, &items));
    findings.extend(amounts(hit, &items));
    findings
}

fn ids(hit: &Known<'_>, items: &[crate::checks::events::Item]) -> Option<Finding> {
    let title = hit.title();
    let value = hit.param("content_ids")?;
    let ids: Vec<Option<String>> = match value {
        Value::Array(ids) => ids.iter().map(text).collect(),
        // One id alone, or a list with commas: vendors split it.
        Value::String(_) | Value::Number(_) => return None,
        _ => vec![None],
    };
    let nothing = |id: &Option<String>| {
        id.as_deref().is_none_or(|id| matches!(id, "undefined" | "null" | "NaN"))
    };
    if ids.iter().any(nothing) {
        let message = format!("{title}: the ids {} are no list of ids", shown(value));
        return Some(hit.finding("items-ids", Severity::Warning, message));
    }
    let known: Vec<&str> = items.iter().filter_map(|item| item.id.as_deref()).collect();
    let stranger = ids.iter().flatten().find(|id| !known.contains(&id.as_str()))?;
    (!known.is_empty()).then(|| {
        let message = format!("{title}: the id {} is not among its products", short(stranger));
        hit.finding("items-ids-differ", Severity::Info, message)
    })
}

fn amounts(hit: &Known<'_>, items: &[crate::checks::events::Item]) -> Vec<Finding> {
    let title = hit.title();
    let mut findings = Vec::new();
    let (count, pieces) = (items.len() as f64, pieces(items));
    if let Some(told) = hit.number("num_items").filter(|_| !items.is_empty())
        && [count, pieces].iter().all(|it| (it - told).abs() > 1e-6)
    {
        let message = format!("{title}: num_items is {told}, its products are {pieces}");
        findings.push(hit.finding("items-count", Severity::Info, message));
    }
    let (Some(value), Some(total)) = (hit.number("value"), total(items)) else {
        return findings;
    };
    if value <= 0.0 || total <= 0.0 {
        return findings;
    }
    let whole = |number: f64| number.fract().abs() < 1e-6;
    if same_amount(value, total * 100.0) || (same_amount(value * 100.0, total) && whole(total)) {
        let message = format!(
            "{title}: the value {value} and its products, {total}, differ by a hundred times"
        );
        findings.push(hit.finding("items-cents", Severity::Warning, message));
        return findings;
    }
    let beside: f64 = ["shipping", "tax"].iter().filter_map(|name| hit.number(name)).sum();
    // A sum on top that nobody names may be shipping or tax, within bounds.
    let unnamed = if beside > 0.0 { 0.0 } else { total * 0.3 + 30.0 };
    if value > total + beside + unnamed && !same_amount(value, total + beside) {
        let message = format!("{title}: the value {value} is more than its products, {total}");
        findings.push(hit.finding("items-total", Severity::Info, message));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::found;
    use crate::checks::tests::said;
    use crate::snapshot::fixture::{business, hit, played};
    use serde_json::json;

    fn purchase(params: &[(&str, Value)]) -> Vec<String> {
        let params = params.iter().map(|(name, value)| business(name, value.clone())).collect();
        said(&found(&CHECK, &played(&["pay"], vec![hit(0, "Purchase", params)])))
    }

    #[test]
    fn products_that_agree_are_silent() {
        let two = json!([{"id": "A", "quantity": 2, "item_price": 10.0}, {"id": "B", "quantity": 1, "item_price": "5"}]);
        for value in ["25", "20", "29.9", "0", "24.99"] {
            let said = purchase(&[
                ("cd[contents]", two.clone()),
                ("cd[content_ids]", json!(["A", "B"])),
                ("cd[num_items]", json!("3")),
                ("cd[value]", json!(value)),
            ]);
            assert!(said.is_empty(), "{value}: {said:?}");
        }
        assert!(purchase(&[("cd[content_ids]", json!("A,B"))]).is_empty());
        assert!(purchase(&[("cd[value]", json!("25"))]).is_empty());
    }

    #[test]
    fn products_that_do_not_are_told() {
        let one = json!([{"id": "A", "quantity": 1, "item_price": 25}]);
        assert_eq!(
            purchase(&[("cd[contents]", json!("[object Object]"))]),
            [
                "error items-not-a-list: meta Purchase: contents is \"[object Object]\", expected a list"
            ]
        );
        assert_eq!(
            purchase(&[("cd[contents]", json!([{"quantity": 1}]))]),
            ["warning items-malformed: meta Purchase: product 1 has no id"]
        );
        assert_eq!(
            purchase(&[("cd[content_ids]", json!(["A", null]))]),
            ["warning items-ids: meta Purchase: the ids [\"A\",null] are no list of ids"]
        );
        assert_eq!(
            purchase(&[("cd[contents]", one.clone()), ("cd[content_ids]", json!(["group"]))]),
            ["info items-ids-differ: meta Purchase: the id group is not among its products"]
        );
        assert_eq!(
            purchase(&[("cd[contents]", one.clone()), ("cd[value]", json!(2500))]),
            [
                "warning items-cents: meta Purchase: the value 2500 and its products, 25, differ by a hundred times"
            ]
        );
        assert_eq!(
            purchase(&[("cd[contents]", one.clone()), ("cd[num_items]", json!(7))]),
            ["info items-count: meta Purchase: num_items is 7, its products are 1"]
        );
        assert_eq!(
            purchase(&[("cd[contents]", one), ("cd[value]", json!(250))]),
            ["info items-total: meta Purchase: the value 250 is more than its products, 25"]
        );
    }
}

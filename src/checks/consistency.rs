//! One action, told to several vendors and to the data layer: the same value,
//! currency, order and products. What a shop may mean (with taxes for one,
//! without for another) is a note at most.

use std::collections::BTreeMap;

use crate::checks::definitions::{self, Meaning};
use crate::checks::events::{Known, number, pieces, same_amount, short, text};
use crate::checks::{Check, CheckInput, finding, step_name};
use crate::model::finding::{Finding, Severity};
use crate::model::trace::Trace;

pub const CHECK: Check = Check {
    code: "consistency",
    summary: "vendors and the data layer are told the same of one action",
    docs: "\
`consistency-value` (warning): one purchase has another value for one vendor
than for another. A note (info) where shipping or taxes explain it, and for
other events.
`consistency-currency` (warning): one action has two currencies.
`consistency-order` (warning): one purchase has two order ids.
`consistency-quantity` (info): one vendor was told of more pieces than another.
`consistency-products` (info): vendors were told of products by other ids. That
is right where each has a catalogue of its own.",
    run,
};

/// What one side was told.
struct Told {
    /// The vendor, or `dataLayer`.
    who: String,
    hit: Option<usize>,
    value: Option<f64>,
    beside: f64,
    currency: Option<String>,
    order: Option<String>,
    ids: Vec<String>,
    pieces: Option<f64>,
}

fn run(input: &CheckInput<'_>) -> Vec<Finding> {
    let trace = input.trace;
    let mut actions: BTreeMap<(usize, Meaning), Vec<Told>> = BTreeMap::new();
    for hit in input.known.iter().copied() {
        let compared = !matches!(
            hit.event.meaning,
            Meaning::Page | Meaning::List | Meaning::Search | Meaning::Other | Meaning::Conversion
        );
        if let Some(step) = hit.called_at(trace).filter(|_| compared) {
            actions.entry((step, hit.event.meaning)).or_default().push(of_hit(&hit));
        }
    }
    // A Google Ads conversion is the purchase whose order it names.
    for hit in input.known.iter().copied().filter(|hit| hit.event.meaning == Meaning::Conversion) {
        let order = hit.text("order_id");
        let purchase = hit.called_at(trace).map(|step| (step, Meaning::Purchase));
        if let Some(told) = purchase.and_then(|key| actions.get_mut(&key))
            && order.is_some()
            && told.iter().any(|told| told.order == order)
        {
            told.push(of_hit(&hit));
        }
    }
    let mut findings = Vec::new();
    for ((step, meaning), mut told) in actions {
        told.extend(pushes(trace, step, meaning));
        // Several of one vendor are several actions, or a copy: another check's.
        let once =
            |told: &Told, all: &[Told]| all.iter().filter(|it| it.who == told.who).count() == 1;
        let single: Vec<bool> = told.iter().map(|it| once(it, &told)).collect();
        let mut single = single.into_iter();
        told.retain(|_| single.next().unwrap_or(false));
        findings.extend(compare(trace, step, meaning, &told));
    }
    findings
}

fn of_hit(hit: &Known<'_>) -> Told {
    let items = hit.items();
    let mut ids: Vec<String> = items.iter().filter_map(|item| item.id.clone()).collect();
    ids.sort_unstable();
    Told {
        who: hit.hit.vendor.clone(),
        hit: Some(hit.index),
        value: hit.number("value"),
        beside: ["shipping", "tax"].iter().filter_map(|name| hit.number(name)).sum(),
        currency: hit.text("currency").map(|code| code.to_ascii_uppercase()),
        order: hit.text("order_id"),
        pieces: (!items.is_empty()).then(|| pieces(&items)),
        ids,
    }
}

/// What was pushed in that step in the form that GA4 recommends.
/// Source: <https://developers.google.com/analytics/devguides/collection/ga4/ecommerce>
fn pushes(trace: &Trace, step: usize, meaning: Meaning) -> Vec<Told> {
    let Some(table) = definitions::of("ga4") else { return Vec::new() };
    let calls = trace.calls.iter().filter(|call| call.step == Some(step));
    calls
        .filter(|call| call.name.rsplit_once('.').is_some_and(|(_, it)| it == "push"))
        .filter_map(|call| {
            let pushed = call.args.first()?;
            let event = table.event(pushed.get("event")?.as_str()?)?;
            let shop = pushed.get("ecommerce").filter(|_| event.meaning == meaning)?;
            let amount = |name: &str| shop.get(name).and_then(number);
            Some(Told {
                who: "dataLayer".to_owned(),
                hit: None,
                value: amount("value"),
                beside: ["shipping", "tax"].iter().filter_map(|name| amount(name)).sum(),
                currency: shop.get("currency").and_then(text).map(|code| code.to_ascii_uppercase()),
                order: shop.get("transaction_id").and_then(text),
                ids: Vec::new(),
                pieces: None,
            })
        })
        .collect()
}

fn compare(trace: &Trace, step: usize, meaning: Meaning, told: &[Told]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut tell = |code, severity, what: &str, a: (&Told, String), b: (&Told, String)| {
        let message = format!(
            "{what} in {} is {} for {} and {} for {}",
            step_name(trace, step),
            short(&a.1),
            a.0.who,
            short(&b.1),
            b.0.who
        );
        let mut finding = finding(code, severity, message);
        finding.step = Some(step);
        finding.hits = [a.0.hit, b.0.hit].into_iter().flatten().collect();
        findings.push(finding);
    };
    let values: Vec<(&Told, f64)> = told.iter().filter_map(|it| Some((it, it.value?))).collect();
    if let Some((first, others)) = values.split_first()
        && let Some(other) = others.iter().find(|other| !same_amount(first.1, other.1))
    {
        let apart = (first.1 - other.1).abs();
        let beside = told.iter().map(|it| it.beside).fold(0.0, f64::max);
        let explained = beside > 0.0 && apart <= beside + 0.02;
        let severity = match meaning {
            Meaning::Purchase if !explained => Severity::Warning,
            _ => Severity::Info,
        };
        let (a, b) = ((first.0, first.1.to_string()), (other.0, other.1.to_string()));
        tell("consistency-value", severity, "the value", a, b);
    }
    let mut texts = |code, what, severity, of: fn(&Told) -> Option<String>| {
        let known: Vec<(&Told, String)> =
            told.iter().filter_map(|it| Some((it, of(it)?))).collect();
        if let Some((first, others)) = known.split_first()
            && let Some(other) = others.iter().find(|other| other.1 != first.1)
        {
            tell(code, severity, what, first.clone(), other.clone());
        }
    };
    texts("consistency-currency", "the currency", Severity::Warning, |it| it.currency.clone());
    if meaning == Meaning::Purchase {
        texts("consistency-order", "the order id", Severity::Warning, |it| it.order.clone());
    }
    texts("consistency-quantity", "the number of pieces", Severity::Info, |it| {
        it.pieces.map(|pieces| pieces.to_string())
    });
    texts("consistency-products", "the list of products", Severity::Info, |it| {
        (!it.ids.is_empty()).then(|| it.ids.join(", "))
    });
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::found;
    use crate::checks::tests::said;
    use crate::model::hit::Hit;
    use crate::snapshot::fixture::{business, hit, played};

    fn purchase(vendor: &str, value: &str, currency: &str, order: &str) -> Hit {
        let event = if vendor == "ga4" { "purchase" } else { "Purchase" };
        let params = [("value", value), ("currency", currency), ("order_id", order)];
        let params = params.map(|(name, value)| business(&format!("cd[{name}]"), value));
        Hit { vendor: vendor.to_owned(), ..hit(0, event, params.to_vec()) }
    }

    fn told(other: Hit) -> Vec<String> {
        let hits = vec![purchase("meta", "49.99", "EUR", "7"), other];
        said(&found(&CHECK, &played(&["pay"], hits)))
    }

    #[test]
    fn vendors_that_agree_are_silent() {
        assert!(told(purchase("ga4", "49.990", "eur", "7")).is_empty());
        assert!(told(purchase("ga4", "", "", "")).is_empty());
        assert!(told(purchase("meta", "10", "USD", "8")).is_empty());
        assert!(told(Hit { step: Some(1), ..purchase("ga4", "1", "USD", "8") }).is_empty());
    }

    #[test]
    fn vendors_that_do_not_are_told() {
        assert_eq!(
            told(purchase("ga4", "42", "USD", "8")),
            [
                "warning consistency-value: the value in `pay` is 42 for ga4 and 49.99 for meta",
                "warning consistency-currency: the currency in `pay` is USD for ga4 and EUR for meta",
                "warning consistency-order: the order id in `pay` is 8 for ga4 and 7 for meta",
            ]
        );
        let mut with_shipping = purchase("ga4", "44.99", "EUR", "7");
        with_shipping.params.push(business("cd[shipping]", "5"));
        assert_eq!(
            told(with_shipping),
            ["info consistency-value: the value in `pay` is 44.99 for ga4 and 49.99 for meta"]
        );
    }
}

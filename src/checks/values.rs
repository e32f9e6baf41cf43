//! Value and currency of standard events, and the parameters that vendors ask
//! for. Custom events may hold what they like.

use crate::checks::currencies::is_currency;
use crate::checks::events::{Known, number, text};
use crate::checks::matcher::shown;
use crate::checks::{Check, CheckInput};
use crate::model::finding::{Finding, Severity};

pub const CHECK: Check = Check {
    code: "value",
    summary: "standard events have a value, a currency and what their vendors ask for",
    docs: "\
`value-not-a-number` (error): the value is no plain number, as in `49,99` or
`€ 10`, so that the vendor reads another amount or none. Send a number with a
point and without a symbol.
`value-negative` (warning): the value is below zero. Vendors expect zero or
more; a refund has an event of its own.
`value-currency-unknown` (error): the currency is no code of ISO 4217, so that
the vendor cannot tell what the value is worth. Send three letters, such as
EUR.
`value-currency-case` (info): the currency is not in capitals. Most vendors
read it all the same.
`value-currency-missing` (warning): a value is sent without a currency.
`value-required-missing` (error): a parameter is missing without which the
vendor cannot use the event, such as value and currency of a Meta Purchase.
`value-expected-missing` (warning): a parameter is missing that the vendor's
documentation asks for.",
    run,
};

fn run(input: &CheckInput<'_>) -> Vec<Finding> {
    input
        .known
        .iter()
        .copied()
        .flat_map(|hit| {
            [value(&hit), currency(&hit)]
                .into_iter()
                .flatten()
                .chain(needs(&hit))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn value(hit: &Known<'_>) -> Option<Finding> {
    let value = hit.param("value")?;
    let (title, shown) = (hit.title(), shown(value));
    let Some(number) = number(value) else {
        let message = format!("{title}: the value {shown} is no number");
        let mut finding = hit.finding("value-not-a-number", Severity::Error, message);
        finding.help =
            Some("send a number with a point, such as 49.99, without a symbol".to_owned());
        return Some(finding);
    };
    (number < 0.0 && hit.event.name != "refund").then(|| {
        let message = format!("{title}: the value {shown} is below zero");
        hit.finding("value-negative", Severity::Warning, message)
    })
}

fn currency(hit: &Known<'_>) -> Option<Finding> {
    let title = hit.title();
    let Some(found) = hit.param("currency") else {
        let needed = hit.event.needs.iter().any(|need| need.param == "currency");
        // Google Ads has a currency in the conversion's own settings.
        let silent = needed || hit.hit.vendor == "google_ads";
        return hit.number("value").filter(|value| *value > 0.0 && !silent).map(|value| {
            let message = format!("{title}: the value {value} has no currency");
            hit.finding("value-currency-missing", Severity::Warning, message)
        });
    };
    let code = text(found).unwrap_or_default();
    if is_currency(&code) {
        return None;
    }
    let shown = shown(found);
    Some(if is_currency(&code.to_ascii_uppercase()) {
        let message = format!("{title}: the currency {shown} is not in capitals");
        hit.finding("value-currency-case", Severity::Info, message)
    } else {
        let message = format!("{title}: {shown} is no currency");
        let mut finding = hit.finding("value-currency-unknown", Severity::Error, message);
        finding.help = Some("send a code of ISO 4217, such as EUR".to_owned());
        finding
    })
}

fn needs(hit: &Known<'_>) -> Vec<Finding> {
    let has_value = hit.number("value").is_some_and(|value| value != 0.0);
    let missing = hit.event.needs.iter().filter(|need| {
        let there = match need.param {
            // A vendor that asks for items takes them under either name.
            "items" => hit.param("items").or_else(|| hit.param("contents")).is_some(),
            name => hit.param(name).is_some(),
        };
        !there && (!need.with_value || has_value)
    });
    missing
        .map(|need| {
            let code = match need.severity {
                Severity::Error => "value-required-missing",
                _ => "value-expected-missing",
            };
            let name = match need.param {
                "order_id" => "transaction id",
                name => name,
            };
            hit.finding(code, need.severity, format!("{} has no {name}", hit.title()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::checks::found;
    use crate::checks::tests::said;
    use crate::snapshot::fixture::{business, hit, played};

    fn purchase(value: impl Into<Value>, currency: &str) -> Vec<String> {
        let params = vec![business("cd[value]", value), business("cd[currency]", currency)];
        said(&found(&CHECK, &played(&["pay"], vec![hit(0, "Purchase", params)])))
    }

    #[test]
    fn amounts_are_plain_numbers() {
        for good in ["49.99", "0", "1000", "49.9", "1e2", " 5 "] {
            assert!(purchase(good, "EUR").is_empty(), "{good}");
        }
        assert!(purchase(49.99, "USD").is_empty());
        for bad in ["49,99", "1,234.50", "€ 10", "10 EUR", "NaN", "undefined", "Infinity"] {
            assert_eq!(
                purchase(bad, "EUR"),
                [format!(
                    "error value-not-a-number: meta Purchase: the value {bad:?} is no number"
                )]
            );
        }
        assert_eq!(
            purchase(-5, "EUR"),
            ["warning value-negative: meta Purchase: the value -5 is below zero"]
        );
    }

    #[test]
    fn currencies_are_codes() {
        assert!(purchase("1", "JPY").is_empty());
        assert_eq!(
            purchase("1", "Euro"),
            ["error value-currency-unknown: meta Purchase: \"Euro\" is no currency"]
        );
        assert_eq!(
            purchase("1", "eur"),
            ["info value-currency-case: meta Purchase: the currency \"eur\" is not in capitals"]
        );
        assert_eq!(
            purchase("1", ""),
            ["error value-required-missing: meta Purchase has no currency"]
        );
    }

    #[test]
    fn only_standard_events_are_asked_for_anything() {
        let mine = |event: &str, params| {
            said(&found(&CHECK, &played(&["pay"], vec![hit(0, event, params)])))
        };
        assert!(mine("Mine", vec![business("cd[value]", "high")]).is_empty());
        assert!(mine("Lead", vec![]).is_empty());
        assert_eq!(
            mine("Lead", vec![business("cd[value]", "5")]),
            ["warning value-currency-missing: meta Lead: the value 5 has no currency"]
        );
        assert_eq!(mine("Purchase", vec![]).len(), 2);
    }
}

//! Whether a vendor could tell that a server's event and the browser's are
//! one: conversions carry an event id, in its place, and another for each. A
//! shop without a server of its own needs none, so that what is missing is no
//! error.

use std::collections::BTreeMap;

use crate::checks::events::{Known, known, short};
use crate::checks::{Check, CheckInput};
use crate::model::finding::{Finding, Severity};

pub const CHECK: Check = Check {
    code: "dedup",
    summary: "conversions carry an event id of their own",
    docs: "\
`dedup-no-event-id` (info): a conversion has no event id, so that a copy that a
server sends would be counted again. A warning where other conversions of the
same pixel have one. Pass it where the vendor looks for it: Meta's `eventID` in
the fourth argument, TikTok's `event_id` in the third.
`dedup-misplaced-event-id` (warning): the event id stands among the custom data,
where the vendor does not look for it.
`dedup-reused-event-id` (error): two orders have the same event id; the vendor
takes the second for a copy and drops it. A warning where other conversions
share one.",
    run,
};

fn run(input: &CheckInput<'_>) -> Vec<Finding> {
    let conversions: Vec<Known<'_>> = known(input.trace)
        .filter(|hit| hit.event.meaning.is_conversion())
        // Others take an order id, or nothing.
        .filter(|hit| hit.table.recognised_by.first() == Some(&"event_id"))
        .collect();
    let mut findings: Vec<Finding> =
        conversions.iter().filter_map(|hit| missing(hit, &conversions)).collect();
    findings.extend(reused(&conversions));
    findings
}

fn missing(hit: &Known<'_>, conversions: &[Known<'_>]) -> Option<Finding> {
    if hit.recognised_by().is_some() {
        return None;
    }
    let title = hit.title();
    if let Some(name) = hit.table.misplaced.iter().find(|name| hit.hit.param(name).is_some()) {
        let message = format!("{title}: the event id stands in {name}, where it is not looked for");
        let mut finding = hit.finding("dedup-misplaced-event-id", Severity::Warning, message);
        if hit.hit.vendor == "meta" {
            finding.help = Some(
                "pass it as the fourth argument: `fbq('track', event, data, { eventID: id })`"
                    .to_owned(),
            );
        }
        return Some(finding);
    }
    let others = conversions.iter().any(|other| {
        other.hit.vendor == hit.hit.vendor
            && other.hit.account == hit.hit.account
            && other.recognised_by().is_some()
    });
    let severity = if others { Severity::Warning } else { Severity::Info };
    let message = format!("{title} has no event id");
    Some(hit.finding("dedup-no-event-id", severity, message))
}

fn reused(conversions: &[Known<'_>]) -> Vec<Finding> {
    let mut by_id: BTreeMap<(&str, &str, &str, String), Vec<&Known<'_>>> = BTreeMap::new();
    for hit in conversions {
        if let Some(id) = hit.text("event_id") {
            let key = (&*hit.hit.vendor, &*hit.hit.account, &*hit.hit.event, id);
            by_id.entry(key).or_default().push(hit);
        }
    }
    by_id
        .into_iter()
        .filter_map(|((.., id), hits)| {
            let (first, other) = (hits.first()?, hits.iter().find(|hit| differs(hits[0], hit))?);
            let orders = first.text("order_id").is_some() && other.text("order_id").is_some();
            let severity = if orders { Severity::Error } else { Severity::Warning };
            let what = if orders { "orders" } else { "conversions" };
            let message = format!("{}: two {what} have the event id {}", first.title(), short(&id));
            let mut finding = other.finding("dedup-reused-event-id", severity, message);
            finding.hits = hits.iter().map(|hit| hit.index).collect();
            Some(finding)
        })
        .collect()
}

/// Another order, or without orders another amount.
fn differs(a: &Known<'_>, b: &Known<'_>) -> bool {
    match (a.text("order_id"), b.text("order_id")) {
        (Some(a), Some(b)) => a != b,
        (None, None) => a.number("value") != b.number("value"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::tests::{found, said};
    use crate::model::hit::{Hit, Param, ParamClass};
    use crate::snapshot::fixture::{business, hit, param, played};

    fn purchase(id: &str, order: &str) -> Hit {
        let canonical = Some("event_id".to_owned());
        let id = Param { canonical, ..param("eid", id, ParamClass::Identifier) };
        hit(0, "Purchase", vec![id, business("cd[order_id]", order)])
    }

    fn told(hits: Vec<Hit>) -> Vec<String> {
        said(&found(&CHECK, &played(&["pay"], hits)))
    }

    #[test]
    fn ids_of_their_own_are_silent() {
        assert!(told(vec![purchase("a", "1"), purchase("b", "2"), purchase("a", "1")]).is_empty());
        assert!(told(vec![hit(0, "ViewContent", vec![]), hit(0, "Mine", vec![])]).is_empty());
    }

    #[test]
    fn ids_that_help_nobody_are_told() {
        assert_eq!(
            told(vec![purchase("", "1")]),
            ["info dedup-no-event-id: meta Purchase has no event id"]
        );
        assert_eq!(
            told(vec![purchase("ob3_plugin-set_1", "1"), purchase("a", "2")]),
            ["warning dedup-no-event-id: meta Purchase has no event id"]
        );
        assert_eq!(
            told(vec![purchase("a", "1"), purchase("a", "2")]),
            ["error dedup-reused-event-id: meta Purchase: two orders have the event id a"]
        );
        assert_eq!(
            told(vec![hit(0, "Lead", vec![business("cd[eventID]", "a")])]),
            [
                "warning dedup-misplaced-event-id: meta Lead: the event id stands in cd[eventID], where it is not looked for"
            ]
        );
    }
}

//! Whether a vendor could tell that a server's event and the browser's are
//! one: conversions carry an event id, in its place, and another for each. A
//! shop without a server of its own needs none, so that what is missing is no
//! error.

use std::collections::{BTreeMap, BTreeSet};

use crate::checks::events::{Known, short, text};
use crate::checks::{Check, CheckInput};
use crate::model::finding::{Finding, Severity};
use crate::model::hit::{HitKind, Param, ParamClass};
use crate::model::trace::Trace;

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
share one.
`dedup-reused-order-id` (error): one vendor is told of two orders under the same
order id, as other vendors' hits of the same steps show, and drops the second.",
    run,
};

fn run(input: &CheckInput<'_>) -> Vec<Finding> {
    let conversions: Vec<Known<'_>> = input
        .known
        .iter()
        .copied()
        .filter(|hit| hit.event.meaning.is_conversion())
        // Others take an order id, or nothing.
        .filter(|hit| hit.table.recognised_by.first() == Some(&"event_id"))
        .collect();
    let with_id: BTreeSet<(&str, &str)> = conversions
        .iter()
        .filter(|hit| hit.recognised_by().is_some())
        .map(|hit| (&*hit.hit.vendor, &*hit.hit.account))
        .collect();
    let mut findings: Vec<Finding> =
        conversions.iter().filter_map(|hit| missing(hit, &with_id)).collect();
    let orders = Orders::of(input.trace);
    findings.extend(reused(input.trace, &conversions, &orders));
    let by_order: Vec<Known<'_>> = input
        .known
        .iter()
        .copied()
        .filter(|hit| hit.event.meaning.is_conversion())
        .filter(|hit| hit.table.recognised_by.first() == Some(&"order_id"))
        .collect();
    findings.extend(reused_orders(input.trace, &by_order, &orders));
    findings
}

fn missing(hit: &Known<'_>, with_id: &BTreeSet<(&str, &str)>) -> Option<Finding> {
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
    let others = with_id.contains(&(&*hit.hit.vendor, &*hit.hit.account));
    let severity = if others { Severity::Warning } else { Severity::Info };
    let message = format!("{title} has no event id");
    Some(hit.finding("dedup-no-event-id", severity, message))
}

/// The order ids that all vendors together were told with each step.
struct Orders<'a>(BTreeMap<usize, BTreeMap<&'a str, BTreeSet<String>>>);

impl<'a> Orders<'a> {
    fn of(trace: &'a Trace) -> Self {
        let mut orders: BTreeMap<usize, BTreeMap<&str, BTreeSet<String>>> = BTreeMap::new();
        for hit in trace.hits.iter().filter(|hit| hit.kind == HitKind::Event) {
            let named = |param: &&Param| {
                let last = param.wire.rsplit(['.', '[']).next().unwrap_or_default();
                param.class == ParamClass::Business
                    && matches!(last.trim_end_matches(']'), "order_id" | "transaction_id")
            };
            let param = hit.params.iter().find(named).map(|param| &param.value);
            let order = hit.canonical("order_id").or(param).and_then(text);
            if let Some((step, order)) = hit.step.zip(order) {
                orders.entry(step).or_default().entry(&hit.vendor).or_default().insert(order);
            }
        }
        Self(orders)
    }

    /// Whether some vendor was told of other orders with one step than with
    /// the other.
    fn differ(&self, one: Option<usize>, other: Option<usize>) -> bool {
        let of = |step: Option<usize>| self.0.get(&step?);
        let Some((one, other)) = of(one).zip(of(other)) else { return false };
        one.iter().any(|(vendor, orders)| {
            other.get(vendor).is_some_and(|others| orders.is_disjoint(others))
        })
    }
}

/// Whether two hits are each the only one of their event with its step, and
/// other vendors tell their orders apart.
fn are_two(trace: &Trace, hits: &[&Known<'_>], orders: &Orders<'_>, other: usize) -> bool {
    let (first, other) = (hits[0], hits[other]);
    let at = |hit: &Known<'_>| hit.called_at(trace);
    // A page that is shown again tells of the order that it has told of.
    let again = at(other)
        .and_then(|step| trace.steps.get(step))
        .is_some_and(|step| matches!(&*step.kind, "reload" | "back" | "forward"));
    let alone = |one: &Known<'_>| hits.iter().filter(|hit| at(hit) == at(one)).count() == 1;
    !again && alone(first) && alone(other) && orders.differ(at(first), at(other))
}

/// One vendor takes another order for the same, for which others do not.
fn reused_orders(trace: &Trace, purchases: &[Known<'_>], orders: &Orders<'_>) -> Vec<Finding> {
    let mut by_id: BTreeMap<(&str, &str, &str, String), Vec<&Known<'_>>> = BTreeMap::new();
    for hit in purchases {
        if let Some(id) = hit.text("order_id") {
            let key = (&*hit.hit.vendor, &*hit.hit.account, &*hit.hit.event, id);
            by_id.entry(key).or_default().push(hit);
        }
    }
    let reused = by_id.into_iter().filter_map(|((.., id), hits)| {
        let other = (1..hits.len()).find(|at| are_two(trace, &hits, orders, *at))?;
        let message = format!("{}: two orders have the order id {}", hits[0].title(), short(&id));
        let mut finding = hits[other].finding("dedup-reused-order-id", Severity::Error, message);
        finding.hits = vec![hits[0].index, hits[other].index];
        Some(finding)
    });
    reused.collect()
}

fn reused(trace: &Trace, conversions: &[Known<'_>], orders: &Orders<'_>) -> Vec<Finding> {
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
            let (first, others) = hits.split_first()?;
            let apart = (1..hits.len()).find(|at| are_two(trace, &hits, orders, *at));
            let other = match apart {
                Some(at) => hits[at],
                None => others.iter().find(|hit| differs(first, hit))?,
            };
            let own = first.text("order_id").is_some() && other.text("order_id").is_some();
            let orders = own || apart.is_some();
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
    use crate::checks::found;
    use crate::checks::tests::said;
    use crate::model::hit::Hit;
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
    fn orders_that_one_vendor_takes_for_one_are_told_by_the_others() {
        let ga4 = |step: usize, order: &str| Hit {
            vendor: "ga4".to_owned(),
            ..hit(step, "purchase", vec![business("cd[order_id]", order)])
        };
        let told = |hits: Vec<Hit>| said(&found(&CHECK, &played(&["pay", "pay again"], hits)));
        let meta = |step: usize, id: &str| Hit { step: Some(step), ..purchase(id, "") };
        let reused = vec![meta(0, "a"), meta(1, "a"), ga4(0, "1"), ga4(1, "2")];
        assert_eq!(
            told(reused),
            ["error dedup-reused-event-id: meta Purchase: two orders have the event id a"]
        );
        let shown_again = vec![meta(0, "a"), meta(1, "a"), ga4(0, "1"), ga4(1, "1")];
        assert!(told(shown_again).is_empty());
        let other = |step: usize, order: &str| Hit {
            vendor: "posthog".to_owned(),
            ..hit(step, "bought", vec![business("properties.order_id", order)])
        };
        let constant = vec![ga4(0, "1"), ga4(1, "1"), other(0, "1"), other(1, "2")];
        assert_eq!(
            told(constant),
            ["error dedup-reused-order-id: ga4 purchase: two orders have the order id 1"]
        );
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

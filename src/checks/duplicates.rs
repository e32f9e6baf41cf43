//! One action, more than one hit of the same event: two scripts that send it,
//! or a page that sends it again when it is shown again. Copies that the
//! vendor makes itself are none; they have been told apart before.

use std::collections::BTreeMap;

use crate::checks::definitions::Meaning;
use crate::checks::events::{Known, place, sender, sent_by};
use crate::checks::{Check, CheckInput, finding, step_name};
use crate::model::finding::{Finding, Severity};
use crate::model::hit::ParamClass;
use crate::model::trace::Trace;

pub const CHECK: Check = Check {
    code: "duplicate",
    summary: "an action is told to a vendor once",
    docs: "\
`duplicate-conversion` (error): the same conversion was sent twice by one page
in one step, and the vendor cannot tell that it is the same: there is no event
id or order id, or another each time. It is counted twice. The details say which
scripts send it; take one out, or give both the same id.
`duplicate-event` (warning): another event, or a Google Ads conversion, which
may be set to count once, was sent twice by one page in one step, with the same
parameters. A note (info) for a conversion whose copies have the same id, since
the vendor counts those once.
`duplicate-on-reload` (warning): the page that confirms was shown again, and the
conversion was sent again under another id, or none. A note (info) where the id
is the same. Send it once for each order, or derive the id from the order.",
    run,
};

/// Steps that show a page again.
const AGAIN: [&str; 3] = ["reload", "back", "forward"];

fn run(input: &CheckInput<'_>) -> Vec<Finding> {
    let trace = input.trace;
    let mut groups: BTreeMap<(&str, &str, &str, String), Vec<Known<'_>>> = BTreeMap::new();
    for hit in input.known.iter().copied().filter(|hit| hit.event.meaning != Meaning::Other) {
        let key = (&*hit.hit.vendor, &*hit.hit.account, &*hit.hit.event, content(&hit));
        groups.entry(key).or_default().push(hit);
    }
    let mut findings = Vec::new();
    for hits in groups.into_values() {
        let mut actions: BTreeMap<(usize, usize), Vec<Known<'_>>> = BTreeMap::new();
        for hit in &hits {
            if let (Some(step), Some(document)) = (hit.called_at(trace), hit.document(trace)) {
                actions.entry((step, document)).or_default().push(*hit);
            }
        }
        for ((step, _), hits) in &actions {
            // Two clicks may well be two actions, and a script any number.
            let several = trace.steps.get(*step).is_some_and(|step| {
                matches!(step.kind.as_str(), "doubleClick" | "evaluate" | "customStep")
            });
            if hits.len() > 1 && !several && is_one_order(hits) {
                findings.push(at_once(trace, hits));
            }
        }
        findings.extend(again(trace, &hits));
    }
    findings
}

/// Whether no two of them name different orders.
fn is_one_order(hits: &[Known<'_>]) -> bool {
    let mut orders = hits.iter().filter_map(|hit| hit.text("order_id"));
    let first = orders.next();
    orders.all(|order| Some(order) == first)
}

/// All that the site itself says in the event, and the page that says it. Two
/// scripts describe a purchase in their own words, but agree on what it is
/// worth.
fn content(hit: &Known<'_>) -> String {
    if hit.event.meaning == Meaning::Purchase {
        return hit.number("value").map_or(String::new(), |value| value.to_string());
    }
    let mut params: Vec<String> = hit
        .hit
        .params
        .iter()
        .filter(|param| {
            matches!(param.class, ParamClass::Business | ParamClass::Identity)
                && !hit.table.misplaced.contains(&&*param.wire)
        })
        .map(|param| format!("{}={}", param.wire, param.value))
        .collect();
    params.sort_unstable();
    // A page that changes its address without loading is another page.
    params.extend(hit.text("url").filter(|_| !hit.event.meaning.is_conversion()));
    params.join("&")
}

fn at_once(trace: &Trace, hits: &[Known<'_>]) -> Finding {
    let first = &hits[0];
    let ids: Vec<Option<String>> = hits.iter().map(Known::recognised_by).collect();
    let same = ids[0].is_some() && ids.iter().all(|id| *id == ids[0]);
    let (code, severity) = match (first.event.meaning.is_conversion(), same) {
        // Google Ads may be set to count one conversion for each click.
        (true, false) if first.event.meaning == Meaning::Conversion => {
            ("duplicate-event", Severity::Warning)
        }
        (true, false) => ("duplicate-conversion", Severity::Error),
        (true, true) => ("duplicate-event", Severity::Info),
        (false, _) => ("duplicate-event", Severity::Warning),
    };
    let how = match (same, ids.iter().any(Option::is_some)) {
        (true, _) => " under the same id",
        (false, true) => " under different ids",
        (false, false) if first.event.meaning.is_conversion() => " without an id",
        (false, false) => "",
    };
    let message = format!("{} was sent {} times in one action{how}", first.title(), hits.len());
    let mut finding = first.finding(code, severity, message);
    finding.hits = hits.iter().map(|hit| hit.index).collect();
    let senders: Vec<_> = hits.iter().map(|hit| sender(trace, hit.hit)).collect();
    let places: Vec<Option<String>> = senders.iter().map(|frame| frame.map(place)).collect();
    finding.details = if places[0].is_some() && places.iter().all(|place| *place == places[0]) {
        vec![format!("each {}", sent_by(trace, first.hit))]
    } else {
        hits.iter().map(|hit| sent_by(trace, hit.hit)).collect()
    };
    finding
}

/// The same conversion in a later step that only showed the page again.
fn again(trace: &Trace, hits: &[Known<'_>]) -> Option<Finding> {
    let first = hits.first().filter(|hit| hit.event.meaning.is_conversion())?;
    let repeat = hits.iter().skip(1).find(|hit| {
        let step = hit.called_at(trace).and_then(|step| trace.steps.get(step));
        hit.called_at(trace) > first.called_at(trace)
            && hit.document(trace) != first.document(trace)
            && is_one_order(&[*first, **hit])
            && step.is_some_and(|step| AGAIN.contains(&step.kind.as_str()))
    })?;
    let (before, after) = (first.recognised_by(), repeat.recognised_by());
    let (how, severity) = match (before, after) {
        (Some(before), Some(after)) if before == after => ("under the same id", Severity::Info),
        (None, None) => ("without an id", Severity::Warning),
        _ => ("under another id", Severity::Warning),
    };
    let title = first.title();
    let step = repeat.hit.step.map_or(String::new(), |step| step_name(trace, step));
    let message = format!("{title} was sent again {how} when the page was shown again by {step}");
    let mut finding = finding("duplicate-on-reload", severity, message);
    finding.vendor = Some(first.hit.vendor.clone());
    finding.step = repeat.hit.step;
    finding.hits = vec![first.index, repeat.index];
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::found;
    use crate::checks::tests::said;
    use crate::model::hit::Param;
    use crate::snapshot::fixture::{business, hit, param, played};

    fn purchase(step: usize, order: &str, id: &str) -> crate::model::hit::Hit {
        let event_id = Param {
            canonical: Some("event_id".to_owned()),
            ..param("eid", id, ParamClass::Identifier)
        };
        hit(step, "Purchase", vec![business("cd[order_id]", order), event_id])
    }

    fn told(steps: &[&str], hits: Vec<(usize, crate::model::hit::Hit)>) -> Vec<String> {
        let (documents, hits): (Vec<usize>, Vec<_>) = hits.into_iter().unzip();
        let mut trace = played(steps, hits);
        for (request, document) in trace.requests.iter_mut().zip(documents) {
            request.document = Some(document);
        }
        for step in &mut trace.steps {
            step.kind.clone_from(&step.label);
        }
        said(&found(&CHECK, &trace))
    }

    #[test]
    fn what_differs_is_no_copy() {
        let pay = ["click", "click", "reload"];
        assert!(told(&pay, vec![(0, purchase(0, "1", "a"))]).is_empty());
        assert!(
            told(&pay, vec![(0, purchase(0, "1", "a")), (0, purchase(0, "2", "b"))]).is_empty()
        );
        assert!(
            told(&pay, vec![(0, purchase(0, "1", "a")), (0, purchase(1, "1", "b"))]).is_empty()
        );
        assert!(
            told(&pay, vec![(0, purchase(0, "1", "a")), (1, purchase(2, "2", "b"))]).is_empty()
        );
        assert!(
            told(&["doubleClick"], vec![(0, purchase(0, "1", "a")), (0, purchase(0, "1", "b"))])
                .is_empty()
        );
    }

    #[test]
    fn copies_are_told() {
        let twice =
            |a, b| told(&["click"], vec![(0, purchase(0, "1", a)), (0, purchase(0, "1", b))]);
        assert_eq!(
            twice("a", "b"),
            [
                "error duplicate-conversion: meta Purchase was sent 2 times in one action under different ids"
            ]
        );
        assert_eq!(
            twice("", ""),
            [
                "error duplicate-conversion: meta Purchase was sent 2 times in one action without an id"
            ]
        );
        assert_eq!(
            twice("a", "a"),
            [
                "info duplicate-event: meta Purchase was sent 2 times in one action under the same id"
            ]
        );
        let views = vec![(0, hit(0, "PageView", vec![])), (0, hit(0, "PageView", vec![]))];
        assert_eq!(
            told(&["click"], views),
            ["warning duplicate-event: meta PageView was sent 2 times in one action"]
        );
    }

    #[test]
    fn a_page_that_is_shown_again_sends_again() {
        let again = |a, b| {
            told(&["click", "reload"], vec![(0, purchase(0, "1", a)), (1, purchase(1, "1", b))])
        };
        assert_eq!(
            again("a", "b"),
            [
                "warning duplicate-on-reload: meta Purchase was sent again under another id when the page was shown again by `reload`"
            ]
        );
        assert!(again("a", "a")[0].starts_with("info"));
    }
}

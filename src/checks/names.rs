//! Names of events that look like a standard one and are none: the vendor
//! takes them for events of the site's own. Other custom events are nobody's
//! concern.

use serde_json::Value;

use crate::checks::definitions;
use crate::checks::events::{short, title};
use crate::checks::{Check, CheckInput, finding};
use crate::model::finding::{Finding, Severity};
use crate::model::hit::HitKind;

pub const CHECK: Check = Check {
    code: "name",
    summary: "standard events have their vendors' names",
    docs: "\
`name-mistyped` (warning): an event is called almost like a standard one, such
as `lead` or `Add to Cart`, and the vendor takes it for one of the site's own. A
note (info) where the standard event fires in the same step as well.
`name-standard-as-custom` (info): a standard event is sent by `trackCustom`;
with `track` the library checks its parameters.",
    run,
};

/// Shorter names differ by a letter from too many words.
const SHORTEST: usize = 6;

fn run(input: &CheckInput<'_>) -> Vec<Finding> {
    let mut told: Vec<(&str, &str)> = Vec::new();
    let mut findings = Vec::new();
    for (index, hit) in input.trace.hits.iter().enumerate() {
        let Some(table) = definitions::of(&hit.vendor).filter(|_| hit.kind == HitKind::Event)
        else {
            continue;
        };
        if told.contains(&(&hit.vendor, &hit.event)) {
            continue;
        }
        let (code, severity, message) = if table.event(&hit.event).is_some() {
            let call = hit.call.and_then(|call| input.trace.calls.get(call));
            let method = call.filter(|call| call.name == "fbq").and_then(|call| call.args.first());
            let custom =
                method.and_then(Value::as_str).is_some_and(|it| it.starts_with("trackCustom"));
            if !custom {
                continue;
            }
            let message = format!("{} is a standard event, sent by `trackCustom`", title(hit));
            ("name-standard-as-custom", Severity::Info, message)
        } else {
            if table.also.iter().any(|name| name.eq_ignore_ascii_case(&hit.event)) {
                continue;
            }
            let found = plain(&hit.event);
            let names = || table.events.iter().map(|event| event.name);
            let Some(meant) = names()
                .find(|name| plain(name) == found)
                .or_else(|| names().find(|name| is_near(&plain(name), &found)))
            else {
                continue;
            };
            let beside = input.trace.hits.iter().any(|other| {
                other.vendor == hit.vendor && other.step == hit.step && other.event == meant
            });
            let severity = if beside { Severity::Info } else { Severity::Warning };
            let message = format!("{} is no standard event, but {meant} is", title(hit));
            ("name-mistyped", severity, message)
        };
        told.push((&hit.vendor, &hit.event));
        let mut finding = finding(code, severity, message);
        finding.vendor = Some(hit.vendor.clone());
        finding.step = hit.step;
        finding.hits = vec![index];
        if code == "name-mistyped" {
            let name = short(&hit.event);
            finding.help = Some(format!(
                "if {name} is an event of your own, set the check `name-mistyped` aside"
            ));
        }
        findings.push(finding);
    }
    findings.sort_by(|a, b| (a.step, &a.vendor, &a.message).cmp(&(b.step, &b.vendor, &b.message)));
    findings
}

/// Letters and digits without case.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric).take(60);
    letters.map(|it| it.to_ascii_lowercase()).collect()
}

fn is_near(name: &str, found: &str) -> bool {
    // One more letter at the end makes a plural, which may be meant.
    let plural = found.strip_prefix(name).is_some_and(|rest| rest.len() == 1);
    name.len() >= SHORTEST && !plural && strsim::damerau_levenshtein(name, found) == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::found;
    use crate::checks::tests::said;
    use crate::snapshot::fixture::{hit, played};

    fn names(events: &[&str]) -> Vec<String> {
        let hits = events.iter().map(|event| hit(0, event, Vec::new())).collect();
        said(&found(&CHECK, &played(&["buy"], hits)))
    }

    #[test]
    fn standard_and_own_names_are_silent() {
        let good =
            ["Lead", "LeadForm", "Purchases", "Microdata", "Newsletter", "Ladder", "Buy", ""];
        assert!(names(&good).is_empty(), "{:?}", names(&good));
    }

    #[test]
    fn mistyped_names_are_told_once() {
        assert_eq!(
            names(&["lead", "lead"]),
            ["warning name-mistyped: meta lead is no standard event, but Lead is"]
        );
        for wrong in ["Add to Cart", "addtocart", "add_to_cart", "AddToCard", "AddTocCart"] {
            let told = names(&[wrong]);
            assert!(told.len() == 1 && told[0].ends_with("but AddToCart is"), "{told:?}");
        }
        assert!(names(&["Lead", "lead"])[0].starts_with("info"));
    }
}

//! Meta's limited data use: asked for rightly, and carried by the hits of who
//! was promised it. Whether it has to be asked for is a matter of law, and not
//! looked at.
//!
//! Source: Meta's data processing options
//! <https://developers.facebook.com/docs/marketing-apis/data-processing-options>.

use serde_json::Value;

use crate::checks::consent::chosen::during;
use crate::checks::consent::{GRACE_MS, counts, texts};
use crate::checks::events::title;
use crate::checks::{CheckInput, finding};
use crate::model::call::Call;
use crate::model::consent::settled;
use crate::model::finding::{Finding, Severity};
use crate::model::hit::Hit;
use crate::model::trace::Trace;
use crate::vendors::frame::consent::signals;

/// Whether a call asks for limited data use; `None`: it speaks of something
/// else, or nobody can tell.
fn asked(call: &Call) -> Option<bool> {
    match options(call)?.as_array()?.as_slice() {
        [] => Some(false),
        words => words.iter().any(|word| word == "LDU").then_some(true),
    }
}

/// The first argument of `fbq('dataProcessingOptions', ['LDU'], 1, 1000)`.
fn options(call: &Call) -> Option<&Value> {
    let is_it = call.name == "fbq" && call.args.first()? == "dataProcessingOptions";
    call.args.get(1).filter(|_| is_it)
}

pub fn findings(input: &CheckInput<'_>) -> Vec<Finding> {
    let trace = input.trace;
    let mut findings: Vec<Finding> =
        trace.calls.iter().filter_map(malformed).chain(late(trace)).collect();
    let hits = trace.hits.iter().enumerate().filter(|(_, hit)| hit.vendor == "meta");
    for (index, hit) in hits.filter(|(_, hit)| counts(trace, hit)) {
        let chosen = during(input, hit, |step| settled(input.consent, |it| it.limited, step));
        let wanted = chosen.or_else(|| wanted_by_page(trace, hit).filter(|limited| *limited));
        let Some(wanted) = wanted.filter(|wanted| *wanted != is_limited(hit)) else { continue };
        let without = if wanted { "without" } else { "with" };
        let who = match chosen {
            Some(true) => "which the visitor had chosen",
            Some(false) => "which the visitor had not chosen",
            None => "which the page had asked for",
        };
        let message = format!("{} was sent {without} limited data use, {who}", title(hit));
        let mut finding = finding("consent-limited-use", Severity::Warning, message);
        finding.vendor = Some("meta".to_owned());
        finding.step = hit.step;
        finding.hits.push(index);
        finding.help = Some(
            "call `fbq('dataProcessingOptions', …)` before `fbq('init', …)`, on every page"
                .to_owned(),
        );
        findings.push(finding);
    }
    findings
}

fn is_limited(hit: &Hit) -> bool {
    let texts = texts(hit);
    signals(texts.iter().map(|(wire, text)| (*wire, &**text)))
        .iter()
        .any(|signal| signal.about == "limited_data_use" && signal.state == "on")
}

/// What the page had last asked for when it asked for the hit; `None` as well
/// where it changed that before the hit was sent.
fn wanted_by_page(trace: &Trace, hit: &Hit) -> Option<bool> {
    let request = trace.requests.get(hit.request.0 as usize)?;
    let made = hit.call?;
    let document = trace.calls.get(made)?.document?;
    let of_page = trace.calls.iter().enumerate().filter(|(_, call)| {
        call.document == Some(document) && call.at_ms <= request.started_ms + GRACE_MS
    });
    let (before, after): (Vec<_>, Vec<_>) = of_page
        .filter_map(|(index, call)| Some((index, asked(call)?)))
        .partition(|(index, _)| *index < made);
    let (_, last) = before.last()?;
    after.iter().all(|(_, it)| it == last).then_some(*last)
}

fn malformed(call: &Call) -> Option<Finding> {
    let given = options(call)?;
    let what = match given {
        Value::Array(words) if words.is_empty() || asked(call).is_some() => return None,
        Value::Array(_) => "names no option that there is; the one is `LDU`",
        Value::String(_) => "is given a text instead of a list",
        _ => return None,
    };
    let message = format!("`fbq('dataProcessingOptions', …)` {what}");
    let mut finding = finding("consent-malformed", Severity::Warning, message);
    finding.vendor = Some("meta".to_owned());
    finding.step = call.step;
    finding.help = Some("write `fbq('dataProcessingOptions', ['LDU'], 0, 0)`".to_owned());
    Some(finding)
}

/// A page whose first word on it comes after its first event.
fn late(trace: &Trace) -> impl Iterator<Item = Finding> {
    trace.calls.iter().enumerate().filter_map(|(index, call)| {
        let document = call.document.filter(|_| asked(call) == Some(true))?;
        let mut before = trace.calls[..index].iter().filter(|it| it.document == Some(document));
        let is_first = before.clone().all(|it| asked(it).is_none());
        let event = before.find(|it| {
            let word = it.args.first().and_then(Value::as_str).unwrap_or_default();
            it.name == "fbq" && it.step == call.step && word.starts_with("track")
        });
        event.filter(|_| is_first)?;
        let message = "limited data use was asked for only after `fbq('track')`".to_owned();
        let mut finding = finding("consent-late", Severity::Warning, message);
        finding.vendor = Some("meta".to_owned());
        finding.step = call.step;
        finding.help = Some("ask for it before `fbq('init')`, on every page".to_owned());
        Some(finding)
    })
}

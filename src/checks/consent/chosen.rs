//! Whether hits, cookies and signals keep to what the visitor has chosen, as
//! the scenario says it. In the step that makes a choice nothing is judged,
//! since what came first there nobody knows; nor is a hit that the choice may
//! have let go.

use crate::checks::consent::{
    ADVERTISERS, GRACE_MS, claims, counts, family, read, texts, was_there,
};
use crate::checks::events::{short, title};
use crate::checks::{CheckInput, finding};
use crate::model::consent::{Choice, settled};
use crate::model::finding::{Finding, Severity};
use crate::model::hit::Hit;
use crate::model::trace::{StorageKind, StorageWrite, Trace};
use crate::snapshot::show::harmless;
use crate::vendors::frame::consent::signals;

/// Vendors of advertisements beside those of `ADVERTISERS`, some of which have
/// an agreement or a legal ground of their own.
const NETWORKS: &[&str] = &[
    "adform",
    "adroll",
    "amazon_ads",
    "criteo",
    "openai_ads",
    "outbrain",
    "quora",
    "rtbhouse",
    "seznam_sklik",
    "sojern",
    "spotify",
    "stackadapt",
    "taboola",
    "teads",
    "tradedesk",
    "xandr",
    "yahoo",
    "zemanta",
];

/// Vendors that measure visitors; some of them can do it without cookies.
const ANALYSTS: &[&str] =
    &["adobe_analytics", "amplitude", "contentsquare", "fullstory", "heap", "hotjar", "mixpanel"];

/// What a vendor needs, and how bad a hit without it is. An error for those
/// who ask for consent, and offer a way to wait for it or to go without.
fn need(vendor: &str) -> Option<(&'static str, Severity)> {
    match vendor {
        "ga4" | "ua" => Some(("analytics", Severity::Error)),
        "google_ads" | "floodlight" | "microsoft_uet" => Some(("ads", Severity::Error)),
        _ if ADVERTISERS.contains(&vendor) => Some(("ads", Severity::Error)),
        _ if NETWORKS.contains(&vendor) => Some(("ads", Severity::Warning)),
        _ if ANALYSTS.contains(&vendor) => Some(("analytics", Severity::Warning)),
        _ => None,
    }
}

fn other(about: &str) -> &'static str {
    if about == "ads" { "analytics" } else { "ads" }
}

fn granted(choices: &[Choice], about: &str, step: Option<usize>) -> Option<bool> {
    match about {
        "ads" => settled(choices, |it| it.ads, step),
        "analytics" => settled(choices, |it| it.analytics, step),
        _ => None,
    }
}

/// What holds both in the step that caused a hit and when it was sent.
pub fn during(
    input: &CheckInput<'_>,
    hit: &Hit,
    at: impl Fn(Option<usize>) -> Option<bool>,
) -> Option<bool> {
    let request = input.trace.requests.get(hit.request.0 as usize)?;
    at(hit.step).filter(|it| at(request.step) == Some(*it))
}

/// A batch leaves when its library likes, which may be after the choice. It
/// changes nothing where all that sent it was there before, and nothing that
/// the page said let it go.
fn was_sent_anyway(
    trace: &Trace,
    hit: &Hit,
    granted: impl Fn(Option<usize>) -> Option<bool>,
) -> bool {
    let asked = hit.call.and_then(|at| Some((at, trace.calls.get(at)?)));
    let (Some((at, asked)), Some(request)) = (asked, trace.requests.get(hit.request.0 as usize))
    else {
        return false;
    };
    let senders: Vec<Option<usize>> = trace
        .requests
        .iter()
        .filter(|script| script.document == asked.document)
        .filter(|script| request.initiator.stack.iter().any(|frame| frame.url == script.url))
        .map(|script| script.step)
        .collect();
    let mut later = trace.calls.iter().skip(at + 1).filter(|call| {
        call.document == asked.document && call.at_ms <= request.started_ms + GRACE_MS
    });
    !senders.is_empty()
        && senders.iter().all(|step| granted(*step) == Some(false))
        && !later.any(|call| read(call).iter().any(|declared| declared.granted))
}

pub fn hits(input: &CheckInput<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let hits = input.trace.hits.iter().enumerate();
    for (index, hit) in hits.filter(|(_, hit)| counts(input.trace, hit)) {
        let Some((severity, code, message)) = judge(input, hit) else { continue };
        let mut finding = finding(code, severity, message);
        finding.vendor = Some(hit.vendor.clone());
        finding.step = hit.step;
        finding.hits.push(index);
        finding.help = Some(match code {
            "consent-granted-signal" => "tell the tag of the choice when it is made".to_owned(),
            _ => "let the tag wait for the choice; if it need not, mend `consent` in the scenario"
                .to_owned(),
        });
        findings.push(finding);
    }
    findings
}

fn judge(input: &CheckInput<'_>, hit: &Hit) -> Option<(Severity, &'static str, String)> {
    let vendor = hit.vendor.as_str();
    let (about, severity) = need(vendor)?;
    let is = |about: &str| {
        let at = |step| granted(input.consent, about, step);
        let denied = || at(hit.step).filter(|it| !it && was_sent_anyway(input.trace, hit, at));
        during(input, hit, at).or_else(denied)
    };
    let title = title(hit);
    // Google and Microsoft are told of the choice, and may send without it.
    if matches!(family(vendor), "google" | "microsoft_uet") {
        let said = claims(hit);
        for (about, severity) in [(about, severity), (other(about), Severity::Warning)] {
            let claim = said.iter().rfind(|claim| claim.about == about);
            let (Some(claim), Some(granted)) = (claim, is(about)) else { continue };
            let from = &claim.from;
            match (granted, claim.granted) {
                (true, Some(false)) => {
                    let message = format!(
                        "{title} does not know that the visitor had granted {about}, by `{from}`"
                    );
                    return Some((Severity::Warning, "consent-granted-signal", message));
                }
                // Of what is not its own it need not be told.
                (false, None) if severity == Severity::Warning => {}
                (false, Some(true) | None) => {
                    let message = format!(
                        "{title} does not know that the visitor had denied {about}, by `{from}`"
                    );
                    return Some((severity, "consent-denied-signal", message));
                }
                _ => {}
            }
        }
        if said.iter().any(|claim| claim.about == about) {
            return None;
        }
    }
    if is(about)? {
        return None;
    }
    let message = format!("{title} was sent although the visitor had denied {about}");
    let texts = texts(hit);
    let signals = signals(texts.iter().map(|(wire, text)| (*wire, &**text)));
    // Who reads the IAB's string knows of the choice.
    if let Some(purposes) = signals.iter().find(|signal| signal.about == "tcf_purposes") {
        let mut numbers = purposes.state.split(", ").filter(|_| about == "ads");
        // To make a profile for advertisements, and to choose them by it.
        return numbers.any(|purpose| matches!(purpose, "3" | "4")).then(|| {
            let from = harmless(&purposes.from);
            let message =
                format!("{title} does not know that the visitor had denied {about}, by `{from}`");
            (Severity::Warning, "consent-denied-signal", message)
        });
    }
    let is_limited = signals.iter().any(|it| {
        matches!((it.about, &*it.state), ("limited_data_use", "on") | ("sale", "opted out"))
    }) || texts
        .iter()
        .any(|(wire, text)| *wire == "opt_out" && matches!(&**text, "1" | "true"));
    if !is_limited {
        // Not every endpoint of those who are told takes a signal.
        let is_told = matches!(family(vendor), "google" | "microsoft_uet");
        let severity = if is_told { Severity::Warning } else { severity };
        return Some((severity, "consent-denied-hit", message));
    }
    let limits = during(input, hit, |step| settled(input.consent, |it| it.limited, step));
    (limits != Some(true)).then(|| {
        let message = format!("{message}, if for limited use");
        (Severity::Warning, "consent-denied-hit", message)
    })
}

/// What vendors know a visitor by, in cookies and in web storage. Meta and
/// Google say that a denial keeps theirs from being written.
const IDENTIFIERS: &[(&str, &str, Severity)] = &[
    ("_fbp", "ads", Severity::Error),
    ("_fbc", "ads", Severity::Error),
    ("_gcl_au", "ads", Severity::Error),
    ("_gcl_aw", "ads", Severity::Error),
    ("_ga", "analytics", Severity::Error),
    ("_gid", "analytics", Severity::Error),
    ("_clck", "analytics", Severity::Warning),
    ("_clsk", "analytics", Severity::Warning),
    ("_ttp", "ads", Severity::Warning),
    ("tt_sessionId", "ads", Severity::Warning),
    ("_uetsid", "ads", Severity::Warning),
    ("_uetvid", "ads", Severity::Warning),
    ("_pin_unauth", "ads", Severity::Warning),
    ("_derived_epik", "ads", Severity::Warning),
    ("_scid", "ads", Severity::Warning),
    ("_rdt_uuid", "ads", Severity::Warning),
    ("li_fat_id", "ads", Severity::Warning),
    ("_twclid", "ads", Severity::Warning),
];

/// Whether the scenario says that this may not be written.
pub fn forbids(input: &CheckInput<'_>, write: &StorageWrite) -> Option<(&'static str, Severity)> {
    let (_, about, severity) = IDENTIFIERS.iter().find(|(name, ..)| {
        write.name == *name || *name == "_ga" && write.name.starts_with("_ga_")
    })?;
    (granted(input.consent, about, write.step) == Some(false)).then_some((about, *severity))
}

pub fn writes(input: &CheckInput<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for write in &input.trace.writes {
        let Some((about, severity)) = forbids(input, write) else { continue };
        if was_there(input.trace, write) {
            continue;
        }
        let (what, place) = match write.kind {
            StorageKind::Cookie => ("cookie", "it belongs to"),
            StorageKind::Local => ("item of local storage", "it lies at"),
            StorageKind::Session => ("item of session storage", "it lies at"),
        };
        let name = short(&write.name);
        let message =
            format!("the {what} `{name}` was written although the visitor had denied {about}");
        let by_script = write.kind == StorageKind::Cookie && write.request.is_none();
        let severity = if by_script { severity } else { Severity::Warning };
        let mut finding = finding("consent-denied-write", severity, message);
        finding.details.push(format!("{place} {}", harmless(&write.domain)));
        finding.step = write.step;
        findings.push(finding);
    }
    findings
}

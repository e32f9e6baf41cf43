//! Whether tags keep to the consent that the page itself declared. It knows no
//! law: where a page declares nothing, nothing is said.
//!
//! Sources: Google's consent mode reference
//! <https://developers.google.com/tag-platform/security/guides/consent>, Meta's
//! general data protection page
//! <https://developers.facebook.com/docs/meta-pixel/implementation/gdpr>,
//! TikTok's consent page in its pixel documentation, Microsoft's consent mode
//! for UET.

use serde_json::Value;

use crate::checks::{Check, CheckInput, finding};
use crate::model::call::Call;
use crate::model::finding::{Finding, Severity};
use crate::model::hit::{Hit, HitKind};
use crate::model::trace::{StorageKind, Trace};
use crate::snapshot::show::harmless;
use crate::vendors::frame::consent::signals;

pub const CHECK: Check = Check {
    code: "consent",
    summary: "tags keep to the consent that the page declared",
    docs: "\
What the visitor agreed to is read from the page's own calls: `gtag('consent',
…)`, `fbq('consent', …)`, `ttq.holdConsent()`, `uetq.push('consent', …)`. Where
there are none, nothing is judged.

`consent-denied-hit`: a hit was sent while the page had denied or held back the
vendor's consent. An error for Meta, a warning for TikTok, and where the page
had denied `ad_storage` to Google's tags alone. Look for a second installation
that does not ask.

`consent-denied-signal` (warning): the hit knows nothing of the consent that
the page had denied before (`gcd`, `asc`). The tag was configured before the
consent was declared, or by another container.

`consent-denied-write`: the vendor's cookie was written although the page
denied it. An error where Meta's script wrote it, else a warning.

`consent-late` (warning): consent was declared only after the vendor had been
configured, so that first hits do not know of it. Declare it first.

`consent-not-released` (warning): an event that was held back was not sent
after the consent was given.",
    run,
};

/// What a call of another frame or a timer may lag behind.
const GRACE_MS: f64 = 500.0;

/// One declaration.
#[derive(Debug)]
struct Declared {
    vendor: &'static str,
    /// `ads`, `analytics`, or all of it.
    about: &'static str,
    granted: bool,
    call: usize,
}

fn run(input: &CheckInput<'_>) -> Vec<Finding> {
    let trace = input.trace;
    // Where defaults differ by region, nobody knows which one counted.
    let regional = trace.calls.iter().any(|call| {
        call.name == "gtag" && call.args.get(2).is_some_and(|it| it.get("region").is_some())
    });
    let calls = trace.calls.iter().enumerate();
    let declared: Vec<Declared> = calls
        .flat_map(|(index, call)| {
            read(call).into_iter().map(move |it| Declared { call: index, ..it })
        })
        .filter(|it| !(regional && it.vendor == "google"))
        .collect();
    if declared.is_empty() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (index, hit) in trace.hits.iter().enumerate().filter(|(_, hit)| hit.kind == HitKind::Event)
    {
        findings.extend(
            denied_hit(trace, &declared, index, hit)
                .or_else(|| denied_beside(trace, &declared, index, hit)),
        );
    }
    findings.extend(denied_writes(trace, &declared));
    findings.extend(late(trace, &declared));
    findings.extend(not_released(trace, &declared));
    merge(findings)
}

/// What a call declares.
fn read(call: &Call) -> Vec<Declared> {
    let text = |at: usize| call.args.get(at).and_then(Value::as_str).unwrap_or_default();
    let say = |vendor, about, granted| Declared { vendor, about, granted, call: 0 };
    match (call.name.as_str(), text(0), text(1)) {
        ("fbq", "consent", "revoke") => vec![say("meta", "all", false)],
        ("fbq", "consent", "grant") => vec![say("meta", "all", true)],
        ("ttq.holdConsent" | "ttq.revokeConsent", ..) => vec![say("tiktok", "all", false)],
        ("ttq.grantConsent", ..) => vec![say("tiktok", "all", true)],
        ("gtag", "consent", "default" | "update") => {
            let Some(state) = call.args.get(2) else { return Vec::new() };
            [("ad_storage", "ads"), ("analytics_storage", "analytics")]
                .into_iter()
                .filter_map(|(key, about)| {
                    let value = state.get(key)?.as_str()?;
                    Some(say("google", about, value == "granted"))
                })
                .collect()
        }
        ("uetq.push", "consent", "default" | "update") => {
            let value =
                call.args.get(2).and_then(|it| it.get("ad_storage")).and_then(Value::as_str);
            value.map(|value| say("microsoft_uet", "ads", value == "granted")).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Who asks for a vendor's consent.
fn family(vendor: &str) -> &str {
    match vendor {
        "ga4" | "google_ads" | "floodlight" | "ua" => "google",
        other => other,
    }
}

/// The last declaration in the hit's document before the hit was asked for.
/// `None` where there is none, or where two came too close to each other to
/// know which counted.
fn state_of(
    trace: &Trace,
    declared: &[Declared],
    hit: &Hit,
    vendor: &str,
    about: &str,
) -> Option<bool> {
    let request = trace.requests.iter().find(|request| request.id == hit.request)?;
    let document = hit.call.and_then(|call| trace.calls.get(call)?.document).or(request.document)?;
    let of_page = declared.iter().filter(|it| {
        it.vendor == vendor
            && it.about == about
            && trace.calls.get(it.call).is_some_and(|call| call.document == Some(document))
    });
    let (before, after): (Vec<&Declared>, Vec<&Declared>) = match hit.call {
        Some(asked) => of_page.partition(|it| it.call < asked),
        None => of_page.partition(|it| trace.calls[it.call].at_ms + GRACE_MS < request.started_ms),
    };
    let last = before.last()?;
    // A later choice that came before the request may have let it out, and a
    // batch may hold events of both times.
    let changed = after.iter().any(|it| {
        let call = &trace.calls[it.call];
        it.granted != last.granted
            && call.at_ms <= request.started_ms + GRACE_MS
            && (request.step.is_none() || call.step <= request.step)
    });
    (!changed).then_some(last.granted)
}

fn denied_hit(trace: &Trace, declared: &[Declared], index: usize, hit: &Hit) -> Option<Finding> {
    let request = trace.requests.iter().find(|request| request.id == hit.request)?;
    if !request.outcome.left_the_browser() {
        return None;
    }
    let vendor = hit.vendor.as_str();
    let family = family(vendor);
    let title = format!("{} {}", harmless(vendor), harmless(&hit.event));
    let (code, message, help) = if matches!(family, "meta" | "tiktok") {
        if state_of(trace, declared, hit, family, "all")? {
            return None;
        }
        let message = format!("{title} was sent although the page had not given {family} consent");
        (
            "consent-denied-hit",
            message,
            "look at who sent it: a second installation may not ask for consent",
        )
    } else {
        // A consent platform may update through the tag manager, unseen here:
        // only a tag that knows of no denial at all is certainly wrong.
        let wrong = claims(hit).into_iter().find(|(about, _, unaware)| {
            *unaware && state_of(trace, declared, hit, family, about) == Some(false)
        });
        let (about, from, _) = wrong?;
        let message =
            format!("{title} does not know that the page had denied {about}, by `{from}`");
        ("consent-denied-signal", message, "declare the consent before the tag is configured")
    };
    let severity = if family == "meta" { Severity::Error } else { Severity::Warning };
    let mut finding = finding(code, severity, message);
    finding.step = hit.step;
    finding.hits.push(index);
    finding.help = Some(help.to_owned());
    Some(finding)
}

/// Vendors of advertisements that have consent calls of their own, or none.
const ADVERTISERS: [&str; 7] =
    ["meta", "tiktok", "pinterest", "snapchat", "reddit", "linkedin", "x"];

/// The page asks for consent to advertisements by Google's consent mode, and
/// another vendor's tag does not wait for it. It is the page's only word on
/// it: where the vendor's own calls speak, they are judged.
fn denied_beside(trace: &Trace, declared: &[Declared], index: usize, hit: &Hit) -> Option<Finding> {
    let vendor = ADVERTISERS.into_iter().find(|vendor| *vendor == hit.vendor)?;
    let request = trace.requests.get(hit.request.0 as usize)?;
    let document = hit.call.and_then(|call| trace.calls.get(call)?.document).or(request.document);
    let speaks = declared
        .iter()
        .any(|it| it.vendor == vendor && trace.calls[it.call].document == document && !it.granted);
    if speaks
        || !request.outcome.left_the_browser()
        || state_of(trace, declared, hit, "google", "ads")?
        || was_given(trace, "google", "ads", hit.step)
    {
        return None;
    }
    // A consent platform may speak to the tag manager unseen; one whose choice
    // is seen later speaks here.
    let chosen = declared.iter().any(|it| {
        it.vendor == "google"
            && it.about == "ads"
            && it.granted
            && trace.calls[it.call].step > hit.step
    });
    if !chosen {
        return None;
    }
    let title = format!("{} {}", harmless(&hit.vendor), harmless(&hit.event));
    let message = format!("{title} was sent while the page had denied `ad_storage`");
    let mut finding = finding("consent-denied-hit", Severity::Warning, message);
    finding.vendor = Some(vendor.to_owned());
    finding.step = hit.step;
    finding.hits.push(index);
    finding.help = Some("let the tag wait for the same choice as Google's tags".to_owned());
    Some(finding)
}

/// What a hit says of each kind of consent, from which parameter, and whether
/// it never heard of a denial.
fn claims(hit: &Hit) -> Vec<(&'static str, String, bool)> {
    let texts = hit.params.iter().filter_map(|it| Some((&*it.wire, it.value.as_str()?)));
    let told = signals(texts).into_iter().filter_map(|signal| {
        let about = match signal.about {
            "ad_storage" => "ads",
            "analytics_storage" => "analytics",
            _ => return None,
        };
        let unaware = match signal.from.as_str() {
            "gcd" => matches!(&*signal.state, "not set" | "granted by default"),
            "asc" => signal.state == "granted",
            _ => return None,
        };
        Some((about, harmless(&signal.from), unaware))
    });
    told.collect()
}

/// Whether a hit up to that step says that the consent was given after all.
fn was_given(trace: &Trace, vendor: &str, about: &str, step: Option<usize>) -> bool {
    let hits = trace.hits.iter().filter(|hit| family(&hit.vendor) == vendor && hit.step <= step);
    hits.flat_map(|hit| {
        signals(hit.params.iter().filter_map(|it| Some((&*it.wire, it.value.as_str()?))))
    })
    .any(|signal| {
        let same = matches!(
            (signal.about, about),
            ("ad_storage", "ads") | ("analytics_storage", "analytics")
        );
        same && signal.state.contains("granted")
    })
}

/// Cookies by which a vendor knows a visitor, and what forbids them.
const COOKIES: &[(&str, &str, &str)] = &[
    ("_fbp", "meta", "all"),
    ("_fbc", "meta", "all"),
    ("_ttp", "tiktok", "all"),
    ("_ga", "google", "analytics"),
    ("_gcl_au", "google", "ads"),
    ("_gcl_aw", "google", "ads"),
    ("_uetsid", "microsoft_uet", "ads"),
    ("_uetvid", "microsoft_uet", "ads"),
];

/// A cookie is noticed when its step ends: it counts only where consent was
/// denied all the while from the start up to that step.
fn denied_writes(trace: &Trace, declared: &[Declared]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for write in trace.writes.iter().filter(|write| write.kind == StorageKind::Cookie) {
        let known = COOKIES.iter().find(|(name, ..)| {
            write.name == *name || (*name == "_ga" && write.name.starts_with("_ga_"))
        });
        let Some((name, vendor, about)) = known else { continue };
        let mut until = declared.iter().filter(|it| {
            it.vendor == *vendor && it.about == *about && trace.calls[it.call].step <= write.step
        });
        let Some(first) = until.next() else { continue };
        // A page that does not declare anything is not judged by another's.
        let speaks = |document: usize| {
            declared
                .iter()
                .any(|it| it.vendor == *vendor && trace.calls[it.call].document == Some(document))
        };
        let everywhere = trace.documents.iter().enumerate().all(|(index, document)| {
            !document.main_frame || document.step > write.step || speaks(index)
        });
        let given = was_given(trace, vendor, about, write.step);
        if first.granted || until.any(|it| it.granted) || !everywhere || given {
            continue;
        }
        let message = format!("the cookie `{name}` was written although the page had denied it");
        let by_script = *vendor == "meta" && write.request.is_none();
        let severity = if by_script { Severity::Error } else { Severity::Warning };
        let mut finding = finding("consent-denied-write", severity, message);
        finding.details.push(format!("it belongs to {}", harmless(&write.domain)));
        finding.step = write.step;
        findings.push(finding);
    }
    findings
}

/// The first declaration of a page comes after the vendor was set up.
fn late(trace: &Trace, declared: &[Declared]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, first) in declared.iter().enumerate() {
        let call = &trace.calls[first.call];
        let same_page = |it: &&Declared| {
            it.vendor == first.vendor && trace.calls[it.call].document == call.document
        };
        if first.granted
            || call.document.is_none()
            || declared[..index].iter().any(|it| same_page(&it))
        {
            continue;
        }
        let is_setup = |call: &&Call| {
            let word = call.args.first().and_then(Value::as_str).unwrap_or_default();
            match first.vendor {
                "meta" => call.name == "fbq" && word == "init",
                "google" => call.name == "gtag" && matches!(word, "config" | "event"),
                _ => false,
            }
        };
        let setup = trace.calls[..first.call]
            .iter()
            .find(|it| it.document == call.document && it.step == call.step && is_setup(it));
        let Some(setup) = setup else { continue };
        let name = format!(
            "{}('{}')",
            setup.name,
            setup.args.first().and_then(Value::as_str).unwrap_or_default()
        );
        let message = format!("consent of {} was denied only after `{name}`", first.vendor);
        let mut finding = finding("consent-late", Severity::Warning, message);
        finding.step = call.step;
        finding.help = Some(format!("declare the consent before `{name}`, on every page"));
        findings.push(finding);
    }
    findings
}

/// Meta's pixel keeps events until consent is granted on the same page.
fn not_released(trace: &Trace, declared: &[Declared]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let meta = || declared.iter().filter(|it| it.vendor == "meta");
    for (index, call) in trace.calls.iter().enumerate() {
        let word = |at: usize| call.args.get(at).and_then(Value::as_str).unwrap_or_default();
        if call.name != "fbq"
            || !matches!(word(0), "track" | "trackCustom")
            || call.document.is_none()
        {
            continue;
        }
        let here = |it: &&Declared| trace.calls[it.call].document == call.document;
        let held = meta().filter(here).rfind(|it| it.call < index).is_some_and(|it| !it.granted);
        let freed = meta().filter(here).find(|it| it.call > index).is_some_and(|it| it.granted);
        let sent = trace.hits.iter().any(|hit| hit.vendor == "meta" && hit.event == word(1));
        // Where the page's pixel sent nothing at all, something else is wrong.
        let works = trace.hits.iter().filter(|hit| hit.vendor == "meta").any(|hit| {
            let asked = hit.call.and_then(|call| trace.calls.get(call));
            asked.is_some_and(|asked| asked.document == call.document)
        });
        if held && freed && works && !sent {
            let event = harmless(word(1));
            let message =
                format!("meta {event} was held back and not sent after consent was given");
            let mut finding = finding("consent-not-released", Severity::Warning, message);
            finding.step = call.step;
            findings.push(finding);
        }
    }
    findings
}

/// The same sentence once, with every hit that it is about.
fn merge(findings: Vec<Finding>) -> Vec<Finding> {
    let mut merged: Vec<Finding> = Vec::new();
    for finding in findings {
        match merged.iter_mut().find(|known| known.message == finding.message) {
            Some(known) => known.hits.extend(finding.hits),
            None => merged.push(finding),
        }
    }
    merged
}

#[cfg(test)]
mod tests;

//! Whether tags keep to the consent that the page itself declared, and to what
//! the visitor has chosen, where the scenario says it (`chosen`). It knows no
//! law: where neither says anything, nothing is said.
//!
//! Sources: Google's consent mode reference
//! <https://developers.google.com/tag-platform/security/guides/consent>, Meta's
//! general data protection page
//! <https://developers.facebook.com/docs/meta-pixel/implementation/gdpr>,
//! TikTok's consent page in its pixel documentation, Pinterest's page on its
//! base code <https://help.pinterest.com/en/business/article/install-the-base-code>
//! (`setconsent`, of which no parameter of a hit is documented), Microsoft's
//! consent mode for UET.

mod chosen;
mod limited;

use std::borrow::Cow;

use serde_json::Value;
use url::Url;

use crate::checks::events::title;
use crate::checks::{Check, CheckInput, finding};
use crate::model::call::Call;
use crate::model::finding::{Finding, Severity};
use crate::model::hit::{Hit, HitKind};
use crate::model::trace::{StorageKind, StorageWrite, Trace};
use crate::snapshot::show::harmless;
use crate::vendors::frame::consent::signals;

pub const CHECK: Check = Check {
    code: "consent",
    summary: "tags keep to what the visitor chose and the page declared",
    docs: "\
What the visitor agreed to is read from the page's own calls: `gtag('consent',
…)`, `fbq('consent', …)`, `ttq.holdConsent()`, `pintrk('setconsent', …)`,
`uetq.push('consent', …)`; and from `consent` in the scenario, which says what
the visitor has chosen and from which step on. Where neither is there, nothing
is judged.

`consent-denied-hit`: a hit was sent although consent was denied. Where the page
had denied or held back the vendor's consent: an error for Meta, a warning for
TikTok and Pinterest, and where the page had denied `ad_storage` to Google's
tags alone. Where the visitor had denied it, as the scenario says: an error for
vendors that sell advertisements on pages of their own; a warning for networks,
for vendors that can measure without cookies, where the hit asks for limited
use, and where one of Google's or Microsoft's says nothing of consent. Look for
a second installation that does not ask.

`consent-denied-signal`: the hit knows nothing of the consent that was denied
before. A warning where the page had denied it (`gcd`, `asc`): the tag was
configured before the consent was declared, or by another container. An error
where the scenario says that the visitor had, and the signal is about the very
thing that the vendor does.

`consent-granted-signal` (warning): the hit says that consent is denied, which
the visitor had granted, as the scenario says.

`consent-denied-write`: a vendor's cookie was written although it was denied.
Where the page had denied it: an error where Meta's script wrote it, else a
warning. Where the visitor had, as the scenario says: an error for cookies that
Meta's or Google's scripts write, a warning for those of others and for web
storage.

`consent-limited-use` (warning): a hit of Meta's lacks the limited data use
(`dpo`) that the page had asked for or the scenario wants (`limitedDataUse`), or
has one that the scenario does not want.

`consent-malformed` (warning): `fbq('dataProcessingOptions', …)` is given
something that Meta does not know.

`consent-late` (warning): consent was declared only after the vendor had been
configured, so that first hits do not know of it. Declare it first. The same of
limited data use that is asked for after an event.

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
    let mut findings = Vec::new();
    if !input.consent.is_empty() {
        findings.extend(chosen::hits(input));
    }
    let told: Vec<usize> = findings.iter().flat_map(|finding| finding.hits.clone()).collect();
    findings.extend(chosen::writes(input));
    findings.extend(limited::findings(input));
    findings.extend(by_page(input, &told));
    // Which of two hits left first is chance.
    findings.sort_by(|a, b| (a.step, &a.code, &a.message).cmp(&(b.step, &b.code, &b.message)));
    merge(findings)
}

/// What is against the page's own declarations, but for hits that are told
/// already.
fn by_page(input: &CheckInput<'_>, told: &[usize]) -> Vec<Finding> {
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
    let hits = trace.hits.iter().enumerate();
    for (index, hit) in hits.filter(|(index, hit)| counts(trace, hit) && !told.contains(index)) {
        findings.extend(
            denied_hit(trace, &declared, index, hit)
                .or_else(|| denied_beside(trace, &declared, index, hit)),
        );
    }
    findings.extend(denied_writes(input, &declared));
    findings.extend(late(trace, &declared));
    findings.extend(not_released(trace, &declared));
    findings
}

/// An event that left the browser.
fn counts(trace: &Trace, hit: &Hit) -> bool {
    let request = trace.requests.get(hit.request.0 as usize);
    hit.kind == HitKind::Event && request.is_some_and(|it| it.outcome.left_the_browser())
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
        ("pintrk", "setconsent", word) => {
            let value = call.args.get(1).and_then(Value::as_bool).or(word.parse().ok());
            value.map(|granted| say("pinterest", "all", granted)).into_iter().collect()
        }
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
    let request = trace.requests.get(hit.request.0 as usize)?;
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
    let vendor = hit.vendor.as_str();
    let family = family(vendor);
    let title = title(hit);
    let (code, message, help) = if matches!(family, "meta" | "tiktok" | "pinterest") {
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
        let Claim { about, from, .. } = claims(hit).into_iter().find(|claim| {
            claim.unaware && state_of(trace, declared, hit, family, claim.about) == Some(false)
        })?;
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
    let title = title(hit);
    let message = format!("{title} was sent while the page had denied `ad_storage`");
    let mut finding = finding("consent-denied-hit", Severity::Warning, message);
    finding.vendor = Some(vendor.to_owned());
    finding.step = hit.step;
    finding.hits.push(index);
    finding.help = Some("let the tag wait for the same choice as Google's tags".to_owned());
    Some(finding)
}

/// What a hit says of one kind of consent.
#[derive(Debug)]
struct Claim {
    about: &'static str,
    /// The parameter, for messages.
    from: String,
    /// `None`: never told.
    granted: Option<bool>,
    /// It never heard of a denial.
    unaware: bool,
}

fn claims(hit: &Hit) -> Vec<Claim> {
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
            "gcs" => false,
            _ => return None,
        };
        // An update counts for more than the default before it.
        let last = signal.state.rsplit(", ").next().unwrap_or_default();
        let granted = (last != "not set").then(|| last.starts_with("granted"));
        Some(Claim { about, from: harmless(&signal.from), granted, unaware })
    });
    told.collect()
}

/// A hit's parameters as text, lists and flags included.
fn texts(hit: &Hit) -> Vec<(&str, Cow<'_, str>)> {
    let texts = hit.params.iter().map(|it| {
        let text = it.value.as_str().map_or_else(|| it.value.to_string().into(), Cow::Borrowed);
        (&*it.wire, text)
    });
    texts.collect()
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
    ("_pin_unauth", "pinterest", "all"),
    ("_derived_epik", "pinterest", "all"),
];

/// A cookie is noticed when its step ends: it counts only where consent was
/// denied all the while from the start up to that step.
fn denied_writes(input: &CheckInput<'_>, declared: &[Declared]) -> Vec<Finding> {
    let trace = input.trace;
    let mut findings = Vec::new();
    for write in trace.writes.iter().filter(|write| write.kind == StorageKind::Cookie) {
        if chosen::forbids(input, write).is_some() || was_there(trace, write) {
            continue;
        }
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

/// A cookie that the visitor brought along, or that a step set: what the first
/// page of its site was asked for with was there before anything of it ran.
fn was_there(trace: &Trace, write: &StorageWrite) -> bool {
    let step = write.step.and_then(|step| trace.steps.get(step));
    if step.is_some_and(|step| matches!(step.kind.as_str(), "setCookies" | "setLocalStorage")) {
        return true;
    }
    let is_home = |host: &str| {
        host.strip_suffix(write.domain.as_str())
            .is_some_and(|it| it.is_empty() || it.ends_with('.'))
    };
    let mut pages = trace.requests.iter().filter(|request| {
        request.resource_type == "Document"
            && Url::parse(&request.url).is_ok_and(|url| url.host_str().is_some_and(is_home))
    });
    let pair = format!("{}={}", write.name, write.value);
    write.kind == StorageKind::Cookie
        && pages.next().is_some_and(|page| {
            let cookies = page.headers.iter().filter(|it| it.name.eq_ignore_ascii_case("cookie"));
            cookies.flat_map(|it| it.value.split(';')).any(|it| it.trim() == pair)
        })
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
                "pinterest" => call.name == "pintrk" && matches!(word, "page" | "track"),
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

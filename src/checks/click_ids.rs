//! What finds the person and the click behind an event: browser and click ids
//! in their form, unchanged from the landing page to the last hit.
//!
//! Source: Meta's page on `fbp` and `fbc`
//! <https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/fbp-and-fbc>.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use crate::checks::identity::{Kind, identities};
use crate::checks::party::site_of;
use crate::checks::{Check, CheckInput, finding};
use crate::model::finding::{Finding, Severity};
use crate::model::hit::{Hit, HitKind};
use crate::model::request::Request;
use crate::model::trace::Trace;
use crate::snapshot::show::harmless;

pub const CHECK: Check = Check {
    code: "match",
    summary: "browser ids and click ids arrive as they were given",
    docs: "\
`match-malformed-id` (warning): `fbp` or `fbc` of a Meta hit is not written in
Meta's form, `fb.<index>.<time>.<id>`, and is not used.

`match-changed-click-id` (error): the landing page's `fbclid` arrives in `fbc`
with other letters, often in lower case. It matches no click any more. Where a
redirect on the way to the landing page changed it, the message names it.

`match-lost-click-id` (warning): the landing page had an `fbclid`, but a later
Meta hit of that page carries no `fbc`. Told as well where a redirect on the way
to the landing page dropped a click id that no hit carries.

`match-click-id-not-passed` (info): the funnel went on to another site, which
fires the same account, without passing the click id or a linker parameter.

`match-no-email` (info): an e-mail address was typed before a Meta conversion
that carries no matching data, though other hits of that pixel carry some.",
    run,
};

static FORM: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^fb\.\d+\.\d{13}\.[^.]+(\.(?:[A-Za-z0-9_-]{2}|[A-Za-z0-9_-]{8}))?$").ok()
});

/// Click ids that advertising networks add to a landing page's address.
const CLICK_IDS: &[&str] =
    &["gclid", "wbraid", "gbraid", "dclid", "fbclid", "ttclid", "msclkid", "twclid", "li_fat_id"];
/// Shorter values are a person's own, and may stand anywhere.
const SHORTEST: usize = 8;
const LINKERS: &[&str] = &["_gl", "_ga"];
const CONVERSIONS: &[&str] = &["Purchase", "Lead", "CompleteRegistration", "Subscribe"];

fn run(input: &CheckInput<'_>) -> Vec<Finding> {
    let trace = input.trace;
    let mut findings = Vec::new();
    let mut say = |code: &str, severity, message: String, hit: Option<usize>, step| {
        if findings.iter().any(|it: &Finding| it.code == code && it.message == message) {
            return;
        }
        let mut finding = finding(code, severity, message);
        finding.hits.extend(hit);
        finding.step = step;
        findings.push(finding);
    };
    let landings = landings(trace);
    let clicked =
        landings.iter().find_map(|(step, name, id)| (*name == "fbclid").then_some((*step, id)));
    let identities = identities(trace);
    let mail = identities.iter().find(|it| it.kind == Kind::Email).and_then(|it| it.typed.step);
    for (index, hit) in trace.hits.iter().enumerate() {
        if hit.vendor != "meta" || hit.kind != HitKind::Event {
            continue;
        }
        let event = harmless(&hit.event);
        for name in ["fbp", "fbc"] {
            let Some(text) = hit.param(name).and_then(|value| value.as_str()) else { continue };
            if FORM.as_ref().is_some_and(|form| !form.is_match(text)) {
                let message = format!("{name} of meta {event} is not written as Meta reads it");
                say("match-malformed-id", Severity::Warning, message, Some(index), hit.step);
            }
        }
        if let Some((step, id)) = clicked.filter(|(step, _)| *step <= hit.step) {
            let sent = hit.param("fbc").and_then(|value| value.as_str());
            let payload = sent.and_then(|text| text.split('.').nth(3));
            match payload {
                Some(payload) if payload != *id && payload.eq_ignore_ascii_case(id) => {
                    let message = format!("fbc of meta {event} holds the fbclid in other letters");
                    say("match-changed-click-id", Severity::Error, message, Some(index), hit.step);
                }
                None if step < hit.step => {
                    let message =
                        format!("meta {event} carries no fbc after a landing with fbclid");
                    say("match-lost-click-id", Severity::Warning, message, Some(index), hit.step);
                }
                _ => {}
            }
        }
        let in_use = trace.hits.iter().any(|it| it.account == hit.account && is_matched(it));
        if CONVERSIONS.contains(&&*hit.event)
            && in_use
            && !is_matched(hit)
            && mail.is_some_and(|it| Some(it) <= hit.step)
        {
            let message =
                format!("meta {event} carries no matching data though an e-mail was typed");
            say("match-no-email", Severity::Info, message, Some(index), hit.step);
        }
    }
    for (request, name, id, left) in redirected(trace) {
        let spells = |hit: &Hit, is: fn(&str, &str) -> bool| {
            let mut texts = hit.params.iter().filter_map(|it| it.value.as_str());
            texts.any(|text| is(text, &id))
        };
        let same = |hit: &&Hit| spells(hit, |text, id| text.contains(id));
        let near = |hit: &&Hit| {
            spells(hit, |text, id| text.to_ascii_lowercase().contains(&id.to_ascii_lowercase()))
        };
        if trace.hits.is_empty() || trace.hits.iter().any(|hit| same(&hit)) {
            continue;
        }
        let at = harmless(
            Url::parse(&request.url).map_or("/".to_owned(), |it| it.path().to_owned()).as_str(),
        );
        let altered = trace.hits.iter().position(|hit| hit.vendor == "meta" && near(&hit));
        if let (true, Some(hit)) = (name == "fbclid", altered) {
            let message = format!("the redirect of {at} changes the letters of {name}");
            say("match-changed-click-id", Severity::Error, message, Some(hit), request.step);
        } else if !left {
            let message = format!("the redirect of {at} drops {name}");
            say("match-lost-click-id", Severity::Warning, message, None, request.step);
        }
    }
    for (step, name) in not_passed(trace, &landings) {
        let message = format!("{name} of the landing page is not passed on to the next site");
        say("match-click-id-not-passed", Severity::Info, message, None, step);
    }
    findings
}

/// Advanced matching: `ud[…]` of the page, `udff[…]` of what the library found.
fn is_matched(hit: &Hit) -> bool {
    hit.vendor == "meta" && hit.params.iter().any(|it| it.wire.starts_with("ud"))
}

/// Click ids in the addresses of pages: step, name, value.
fn landings(trace: &Trace) -> Vec<(Option<usize>, &'static str, String)> {
    let pages = trace.documents.iter().filter(|document| document.main_frame);
    pages
        .filter_map(|document| Some((document.step, Url::parse(&document.url).ok()?)))
        .flat_map(|(step, url)| {
            let of = |name: &&'static str| {
                let (_, id) = url.query_pairs().find(|(key, _)| key == name)?;
                Some((step, *name, id.into_owned()))
            };
            CLICK_IDS.iter().filter_map(of).collect::<Vec<_>>()
        })
        .collect()
}

/// Redirects of pages that do not pass a click id on as it was: the request,
/// name and value, and whether the next address has one all the same.
fn redirected(trace: &Trace) -> Vec<(&Request, &'static str, String, bool)> {
    let hops = trace.requests.iter().filter(|it| it.resource_type == "Document");
    hops.filter_map(|hop| Some((trace.requests.get(hop.redirected_from?.0 as usize)?, hop)))
        .filter_map(|(from, to)| {
            let (from_url, to_url) = (Url::parse(&from.url).ok()?, Url::parse(&to.url).ok()?);
            let id = |url: &Url, name: &str| {
                url.query_pairs().find(|(key, _)| key == name).map(|(_, id)| id.into_owned())
            };
            CLICK_IDS.iter().find_map(|name| {
                let given = id(&from_url, name).filter(|id| id.len() >= SHORTEST)?;
                let passed = id(&to_url, name);
                (passed.as_ref() != Some(&given)).then_some((from, *name, given, passed.is_some()))
            })
        })
        .collect()
}

/// Click ids that the first page of another site, with an account of the
/// landing's, does not get.
fn not_passed(
    trace: &Trace,
    landings: &[(Option<usize>, &'static str, String)],
) -> Vec<(Option<usize>, &'static str)> {
    let Some((landed, name, id)) = landings.first() else { return Vec::new() };
    let fired = |document: usize| {
        trace.hits.iter().filter(move |hit| {
            let request = trace.requests.iter().find(|request| request.id == hit.request);
            request.is_some_and(|request| request.document == Some(document))
        })
    };
    let pages: Vec<usize> = (0..trace.documents.len())
        .filter(|at| trace.documents[*at].main_frame && trace.documents[*at].step >= *landed)
        .collect();
    let Some(first) = pages.first() else { return Vec::new() };
    let home = site_of(&trace.documents[*first].url);
    let next = pages.iter().find(|at| site_of(&trace.documents[**at].url) != home);
    let Some(next) = next else { return Vec::new() };
    let document = &trace.documents[*next];
    let same = fired(*next).any(|hit| fired(*first).any(|it| it.account == hit.account));
    let passed = document.url.contains(id.as_str())
        || Url::parse(&document.url)
            .is_ok_and(|url| url.query_pairs().any(|(key, _)| LINKERS.contains(&&*key)));
    if same && !passed { vec![(document.step, *name)] } else { Vec::new() }
}

#[cfg(test)]
mod tests;

//! Decoded requests as a person reads them: one block an event, then what no
//! vendor knows, then the numbers.

use std::collections::{BTreeMap, BTreeSet};

use crate::cli::decode::input::{Requests, suspects, wire};
use crate::model::hit::{HitKind, ParamClass};
use crate::report::clean::one_line;
use crate::report::painter::{BAD, BOLD, DIM, GOOD, NOTE, PLAIN, Painter, WARN, columns, count};
use crate::report::{Detail, ReportOptions};
use crate::vendors::frame::lines::LineDecoder;
use crate::vendors::{Decoded, DecodedEvent, Registry};
use crate::wire::address::Address;
use crate::wire::har::Entry;
use crate::wire::json::Json;

/// The widest column of names.
const NAMES: usize = 28;
/// The longest value that is shown, in characters.
const LONGEST_VALUE: usize = 2_000;

pub(super) fn draw(requests: &Requests, registry: &Registry, options: ReportOptions) -> String {
    let all = options.detail >= Detail::Verbose;
    let mut painter = Painter::new(options);
    let mut decoder = LineDecoder::new(registry);
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let mut vendors = BTreeSet::new();
    let mut events = 0;
    for entry in &requests.entries {
        decoder.read(&wire(entry), |decoded| {
            *kinds.entry(decoded.kind.as_text()).or_default() += 1;
            if decoded.kind == HitKind::None {
                return;
            }
            events += if decoded.kind == HitKind::Event { decoded.events.len() } else { 0 };
            vendors.extend(decoded.vendor.as_deref().map(str::to_owned));
            request(&mut painter, entry, &decoded, all);
        });
    }
    let mut unknown: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for (entry, reason) in suspects(requests, registry) {
        *unknown.entry((place(&entry.url), reason)).or_default() += 1;
    }
    if !unknown.is_empty() {
        painter.line(&[(WARN, "unknown, but like a pixel")], "");
        for ((place, reason), times) in &unknown {
            let times = if *times > 1 { format!(", {times} times") } else { String::new() };
            let why = format!("  {reason}{times}");
            painter.line(&[(PLAIN, "  "), (PLAIN, place), (DIM, &why)], "");
        }
        painter.blank();
    }
    let of = |kind| kinds.get(kind).copied().unwrap_or(0);
    let mut parts = vec![format!(
        "{}: {} of {}",
        count(requests.entries.len(), "request"),
        count(events, "event"),
        count(vendors.len(), "vendor")
    )];
    for (kind, words) in [
        ("duplicate", "sent twice by design"),
        ("aux", "without an event"),
        ("replay", "of session recordings"),
        ("none", "no pixel"),
    ] {
        if of(kind) > 0 {
            parts.push(format!("{} {words}", of(kind)));
        }
    }
    painter.wrapped(0, 2, (PLAIN, ""), (PLAIN, &parts.join(", ")));
    painter.finish()
}

fn request(painter: &mut Painter, entry: &Entry, decoded: &Decoded<'_>, all: bool) {
    let vendor = decoded.vendor.as_deref().unwrap_or_default();
    let address = format!("{} {}", one_line(&entry.method, 10), place(&entry.url));
    let copy = match decoded.kind {
        HitKind::Event => "",
        kind => kind.as_text(),
    };
    if decoded.events.is_empty() {
        let accounts = one_line(&decoded.accounts.join(" "), 120);
        painter.line(
            &[(BOLD, vendor), (DIM, " "), (DIM, copy), (PLAIN, " "), (NOTE, &accounts)],
            &address,
        );
    }
    for event in &decoded.events {
        let name = one_line(&event.name, 200);
        let accounts = if event.account.is_empty() {
            decoded.accounts.join(" ")
        } else {
            event.account.to_string()
        };
        let accounts = one_line(&accounts, 120);
        painter.line(
            &[
                (BOLD, vendor),
                (PLAIN, " "),
                (GOOD, &name),
                (PLAIN, " "),
                (NOTE, &accounts),
                (PLAIN, " "),
                (WARN, copy),
            ],
            &address,
        );
        params(painter, event, all);
    }
    for problem in &decoded.problems {
        painter.wrapped(2, 2, (BAD, "problem: "), (PLAIN, &one_line(problem, 400)));
    }
    painter.blank();
}

/// Common name, value, and the vendor's name where it is another.
fn params(painter: &mut Painter, event: &DecodedEvent<'_>, all: bool) {
    let shown: Vec<_> = event
        .params
        .iter()
        .filter(|param| {
            let noise = matches!(param.class, ParamClass::Environment | ParamClass::Transport);
            all || !noise && param.class != ParamClass::Identity
        })
        .map(|param| {
            let wire = one_line(&param.wire, 200);
            let name = param.canonical.as_deref().map(|name| one_line(name, 200));
            (name.unwrap_or_else(|| wire.clone()), value(&param.value), wire)
        })
        .collect();
    let widest = shown.iter().map(|(name, ..)| columns(name)).max().unwrap_or(0).min(NAMES);
    for (name, value, wire) in &shown {
        let gap = " ".repeat(widest.saturating_sub(columns(name)) + 2);
        let right = if name == wire { "" } else { wire };
        painter.line(&[(PLAIN, "  "), (NOTE, name), (PLAIN, &gap), (PLAIN, value)], right);
    }
    let consent = event.consent();
    if !consent.is_empty() {
        let words: Vec<String> =
            consent.iter().map(|signal| format!("{} {}", signal.about, signal.state)).collect();
        painter.wrapped(2, 2, (DIM, "consent: "), (PLAIN, &one_line(&words.join(", "), 1_000)));
    }
}

fn value(value: &Json<'_>) -> String {
    let text = match value {
        Json::Text(text) => text.to_string(),
        other => serde_json::to_string(other).unwrap_or_default(),
    };
    one_line(&text, LONGEST_VALUE)
}

/// Host and path, which is what a person knows a request by.
fn place(url: &str) -> String {
    let place = Address::parse(url)
        .map_or_else(|| url.to_owned(), |address| format!("{}{}", address.host, address.path));
    one_line(&place, 60)
}

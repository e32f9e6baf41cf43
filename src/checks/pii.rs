//! Personal data that leaves the site: everything that was typed is searched
//! in everything that went to others. What nobody typed is not guessed at. No
//! message holds a value: it says which field, where, and in which form.

use std::borrow::Cow;
use std::collections::BTreeSet;

use aho_corasick::AhoCorasick;
use serde_json::Value;

use crate::checks::identity::{Form, How, Identity, Kind, WITH_PLUS, identities};
use crate::checks::party::{KEEPERS, STRICT, site_of, site_of_host, visited_sites};
use crate::checks::{Check, CheckInput, finding};
use crate::model::finding::{Finding, Severity};
use crate::model::hit::{Hit, Param, ParamClass};
use crate::model::request::Request;
use crate::model::trace::StorageKind;
use crate::snapshot::show::harmless;
use crate::wire::compress::unpack;
use crate::wire::percent::{Plus, decode};

pub const CHECK: Check = Check {
    code: "pii",
    summary: "what people type reaches nobody in plain text, and hashes match",
    docs: "\
Every value that a step typed into a field for personal data (e-mail, phone,
name, address, birth date, card, password) is searched in every address,
header, body and storage write that goes to another site: plain, URL-encoded,
in base64, and hashed. Reports never hold the value.

`pii-plain`: it goes to others in plain text or base64. An error for vendors
whose terms forbid it, a warning for others; only an info for services that
are given people's data on purpose. Hash it, or do not send it.

`pii-page-url`: it stands in the address or title of a page, which tags send
along. Send forms by POST and keep personal data out of addresses.

`pii-hash` (error): a matching parameter holds a hash that matches nobody: of
the value without its normalisation, of a hash, or of an empty text. Trim and
lower-case before hashing with SHA-256.

`pii-hash-algorithm` (warning): hashed with MD5 or SHA-1 where the vendor
matches SHA-256 only.",
    run,
};

/// How often a text may have been encoded.
const DEPTH: usize = 4;

/// Of one body this much is searched.
const MOST_TEXT: usize = 4 << 20;

/// SHA-256, MD5 and SHA-1 of what stands where a value is missing.
const EMPTY: &[(&str, &str)] = &[
    ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "an empty text"),
    ("eb045d78d273107348b0300c01d29b7552d622abbc6faf81b3ec55359aa9950c", "`undefined`"),
    ("74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b", "`null`"),
    ("d41d8cd98f00b204e9800998ecf8427e", "an empty text"),
    ("da39a3ee5e6b4b0d3255bfef95601890afd80709", "an empty text"),
];

fn run(input: &CheckInput<'_>) -> Vec<Finding> {
    let mut told = Told::default();
    for (index, hit) in input.trace.hits.iter().enumerate() {
        if STRICT.contains(&hit.vendor.as_str()) {
            hashes_of_nothing(index, hit, &mut told);
        }
    }
    let identities = identities(input.trace);
    if let Some(search) = Search::new(&identities) {
        let own = visited_sites(input.trace);
        for request in &input.trace.requests {
            let Some(site) = site_of(&request.url) else { continue };
            if request.outcome.left_the_browser() && !own.contains(&site) {
                search.request(input, request, &site, &mut told);
            }
        }
        for write in &input.trace.writes {
            let site = site_of_host(&write.domain);
            if own.contains(&site) {
                continue;
            }
            for needle in search.found(&write.value) {
                let (identity, form) = search.of(needle);
                if matches!(form.how, How::Plain | How::Base64) && !is_at_home(identity, &site) {
                    let place = match write.kind {
                        StorageKind::Cookie => "cookie",
                        StorageKind::Local | StorageKind::Session => "storage item",
                    };
                    let message = format!(
                        "{} stands in the {place} `{}` of {}",
                        identity.name(),
                        harmless(&write.name),
                        harmless(&write.domain)
                    );
                    told.say("pii-plain", Severity::Warning, message, write.step, None, HELP_PLAIN);
                }
            }
        }
    }
    told.0
}

const HELP_PLAIN: &str = "hash it as the vendor documents, or leave it out";
const HELP_URL: &str = "keep personal data out of addresses and titles: tags send them along";
const HELP_HASH: &str = "trim and lower-case the value, then hash it once with SHA-256";
const HELP_EMPTY: &str = "leave the parameter out where there is no value";

/// Findings, each message once.
#[derive(Default)]
struct Told(Vec<Finding>);

impl Told {
    fn say(
        &mut self,
        code: &str,
        severity: Severity,
        message: String,
        step: Option<usize>,
        hit: Option<usize>,
        help: &str,
    ) {
        if let Some(known) = self.0.iter_mut().find(|it| it.code == code && it.message == message) {
            known.hits.extend(hit.filter(|hit| !known.hits.contains(hit)));
            return;
        }
        let mut finding = finding(code, severity, message);
        finding.step = step;
        finding.hits.extend(hit);
        finding.help = Some(help.to_owned());
        self.0.push(finding);
    }
}

/// A parameter by which the vendor finds a person.
fn is_matching(param: &Param) -> bool {
    let canonical = param.canonical.as_deref().unwrap_or_default();
    let group = ["ud[", "udff[", "pd[", "pd.", "user_data.", "context.user.", "pid."];
    let external = param.wire.contains("external_id") || param.wire.contains("anonymous_id");
    !external
        && (matches!(canonical, "email_sha256" | "phone_sha256" | "user_data")
            || param.class == ParamClass::Identifier
                && group.iter().any(|start| param.wire.starts_with(start)))
}

fn hashes_of_nothing(index: usize, hit: &Hit, told: &mut Told) {
    for param in hit.params.iter().filter(|param| is_matching(param)) {
        for (_, text) in leaves(&param.wire, &param.value) {
            let Some((_, what)) = EMPTY.iter().find(|(hash, _)| text.eq_ignore_ascii_case(hash))
            else {
                continue;
            };
            let message = format!(
                "{} of {} {} is the hash of {what}",
                harmless(&param.wire),
                harmless(&hit.vendor),
                harmless(&hit.event)
            );
            told.say("pii-hash", Severity::Error, message, hit.step, Some(index), HELP_EMPTY);
        }
    }
}

/// All that is searched for, in one automaton.
struct Search<'a> {
    identities: &'a [Identity<'a>],
    needles: Vec<(usize, Form)>,
    automaton: AhoCorasick,
}

impl<'a> Search<'a> {
    fn new(identities: &'a [Identity<'a>]) -> Option<Self> {
        let forms = identities.iter().enumerate();
        let needles: Vec<(usize, Form)> =
            forms.flat_map(|(at, it)| it.forms().into_iter().map(move |form| (at, form))).collect();
        if needles.is_empty() {
            return None;
        }
        let texts = needles.iter().map(|(_, form)| form.text.as_bytes());
        let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(texts).ok()?;
        Some(Self { identities, needles, automaton })
    }

    fn of(&self, needle: usize) -> (&Identity<'a>, &Form) {
        let (identity, form) = &self.needles[needle];
        (&self.identities[*identity], form)
    }

    /// Needles in a text, however often it was encoded.
    fn found(&self, text: &str) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut text = Cow::Borrowed(text);
        for _ in 0..=DEPTH {
            for hit in self.automaton.find_overlapping_iter(&*text) {
                let needle = hit.pattern().as_usize();
                if is_whole(&text, hit.start(), hit.end(), &self.needles[needle].1) {
                    found.insert(needle);
                }
            }
            let decoded = unescaped(decode(&text, Plus::Literal));
            if decoded == text {
                break;
            }
            text = Cow::Owned(decoded.into_owned());
        }
        found
    }

    fn request(&self, input: &CheckInput<'_>, request: &Request, site: &str, told: &mut Told) {
        let hits = input.trace.hits.iter().enumerate();
        let hits: Vec<(usize, &Hit)> = hits.filter(|(_, hit)| hit.request == request.id).collect();
        let vendor = hits.first().map(|(_, hit)| hit.vendor.as_str());
        let strict = vendor.is_some_and(|vendor| STRICT.contains(&vendor));
        let packed = request.body_bytes();
        let body = unpack(packed, request.header("content-encoding"));
        let body = body.as_deref().unwrap_or(packed);
        let body = String::from_utf8_lossy(body.get(..MOST_TEXT).unwrap_or(body));
        let headers = request.headers.iter().map(|it| (header_place(&it.name), it.value.as_str()));
        let texts = [("the address", request.url.as_str()), ("the body", &*body)];
        let mut seen: Vec<(&str, usize)> = Vec::new();
        for (place, text) in texts.into_iter().chain(headers) {
            seen.extend(self.found(text).into_iter().map(|needle| (place, needle)));
        }
        let well: BTreeSet<usize> = seen
            .iter()
            .map(|(_, needle)| &self.needles[*needle])
            .filter(|(_, form)| form.how == How::Hashed)
            .map(|(identity, _)| *identity)
            .collect();
        let to = vendor.map_or_else(|| harmless(site), harmless);
        let mut plain: BTreeSet<usize> = BTreeSet::new();
        for (place, needle) in seen {
            let (identity, form) = self.of(needle);
            if is_at_home(identity, site) {
                continue;
            }
            let at = self.needles[needle].0;
            let carrier = self.carrier(&hits, at, form.how);
            let (hit, param) =
                carrier.map_or((None, None), |(hit, param)| (Some(hit), Some(param)));
            let step = request.step;
            match form.how {
                How::Hashed => {}
                How::Plain | How::Base64 => {
                    if !plain.insert(at) {
                        continue;
                    }
                    let page = place == "the referrer" || param.is_some_and(is_of_page);
                    let severity = match vendor {
                        Some(_) if strict => Severity::Error,
                        Some(vendor) if KEEPERS.contains(&vendor) => Severity::Info,
                        Some(_) => Severity::Warning,
                        // A service without tags may well be there for it.
                        None if page => Severity::Warning,
                        None => Severity::Info,
                    };
                    let within = within(&hits, hit, param, place);
                    let form = if form.how == How::Base64 { "base64" } else { "plain text" };
                    let message =
                        format!("{} goes to {to} in {form}, in {within}", identity.name());
                    let (code, help) =
                        if page { ("pii-page-url", HELP_URL) } else { ("pii-plain", HELP_PLAIN) };
                    told.say(code, severity, message, step, hit, help);
                }
                How::Misnormalised(_) | How::Algorithm(_) if well.contains(&at) || !strict => {}
                How::Misnormalised(WITH_PLUS) if !matches!(vendor, Some("meta" | "snapchat")) => {}
                How::Misnormalised(fault) => {
                    if param.is_some_and(is_matching) {
                        let within = within(&hits, hit, param, place);
                        let message = format!("{} is {fault}, in {within}", identity.name());
                        told.say("pii-hash", Severity::Error, message, step, hit, HELP_HASH);
                    }
                }
                How::Algorithm(algorithm) => {
                    if param.is_some_and(is_matching) {
                        let within = within(&hits, hit, param, place);
                        let message =
                            format!("{} is hashed with {algorithm}, in {within}", identity.name());
                        let code = "pii-hash-algorithm";
                        told.say(code, Severity::Warning, message, step, hit, HELP_HASH);
                    }
                }
            }
        }
        if vendor.is_some_and(|vendor| !KEEPERS.contains(&vendor)) {
            self.named_parameters(&hits, strict, told);
        }
    }

    /// Short values, which are looked for in parameters that are meant for
    /// them and nowhere else.
    fn named_parameters(&self, hits: &[(usize, &Hit)], strict: bool, told: &mut Told) {
        for identity in self.identities.iter().filter(|it| !it.is_distinctive()) {
            let plain = identity.plain();
            for (index, hit) in hits {
                for param in &hit.params {
                    for (name, text) in leaves(&param.wire, &param.value) {
                        let text = text.trim();
                        let named = identity.kind.parameters().contains(&&*bare_name(&name));
                        if named && plain.iter().any(|it| it.eq_ignore_ascii_case(text)) {
                            let (vendor, event) = (harmless(&hit.vendor), harmless(&hit.event));
                            let message = format!(
                                "{} goes to {vendor} in plain text, in {} of {event}",
                                identity.name(),
                                harmless(&name)
                            );
                            // A place alone names nobody.
                            let place = matches!(identity.kind, Kind::City | Kind::Zip);
                            let severity = match (strict, place && !is_matching(param)) {
                                (_, true) => Severity::Info,
                                (true, false) => Severity::Error,
                                (false, false) => Severity::Warning,
                            };
                            told.say(
                                "pii-plain",
                                severity,
                                message,
                                hit.step,
                                Some(*index),
                                HELP_PLAIN,
                            );
                        }
                    }
                }
            }
        }
    }

    /// The decoded parameter that holds the value in that form.
    fn carrier<'h>(
        &self,
        hits: &[(usize, &'h Hit)],
        identity: usize,
        how: How,
    ) -> Option<(usize, &'h Param)> {
        let is_it = |needle: usize| {
            let (of, form) = &self.needles[needle];
            *of == identity && form.how == how
        };
        hits.iter().find_map(|(index, hit)| {
            let holds = |param: &&Param| {
                let mut texts = leaves(&param.wire, &param.value).into_iter();
                texts.any(|(_, text)| self.found(&text).into_iter().any(is_it))
            };
            hit.params.iter().find(holds).map(|param| (*index, param))
        })
    }
}

/// Typed into a frame of that very site: a payment provider's own field.
fn is_at_home(identity: &Identity<'_>, site: &str) -> bool {
    site_of(&identity.typed.frame_url).is_some_and(|home| home == site)
}

fn is_of_page(param: &Param) -> bool {
    matches!(param.canonical.as_deref(), Some("url" | "referrer" | "title" | "page_title"))
        || matches!(&*param.wire, "dl" | "dr" | "dt" | "rl")
}

fn within(
    hits: &[(usize, &Hit)],
    hit: Option<usize>,
    param: Option<&Param>,
    place: &str,
) -> String {
    let hit = hits.iter().find(|(index, _)| Some(*index) == hit).or(hits.first());
    match (hit, param) {
        (Some((_, hit)), Some(param)) => format!(
            "{} of {} {}",
            harmless(&param.wire),
            harmless(&hit.vendor),
            harmless(&hit.event)
        ),
        (Some((_, hit)), None) => {
            format!("{place} of {} {}", harmless(&hit.vendor), harmless(&hit.event))
        }
        _ => place.to_owned(),
    }
}

fn header_place(name: &str) -> &'static str {
    match name.to_ascii_lowercase().as_str() {
        "referer" => "the referrer",
        "cookie" => "a cookie",
        _ => "a header",
    }
}

/// Not a part of a longer word or number. Base64 is cut out of longer texts by
/// its nature, but its letters are what they are.
fn is_whole(text: &str, start: usize, end: usize, form: &Form) -> bool {
    let before = text.get(..start).and_then(|text| text.chars().next_back());
    let after = text.get(end..).and_then(|text| text.chars().next());
    let joins = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let exact = || text.get(start..end) == Some(form.text.as_str());
    match form.how {
        How::Base64 => exact(),
        // An address goes on before and after other letters than a word does.
        How::Plain => {
            let inside = |c: Option<char>| c.is_some_and(|c| matches!(c, '_' | '+' | '-'));
            let longer = form.text.contains('@') && inside(before);
            !joins(before) && !joins(after) && !longer
        }
        _ if form.text.len() == 43 => exact() && !joins(before) && !joins(after),
        _ => !joins(before) && !joins(after),
    }
}

/// `\u0040` and `\/`, as JSON writes them.
fn unescaped(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.contains("\\u") && !text.contains("\\/") {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let unit = rest.strip_prefix('u').and_then(|rest| rest.get(..4));
        let letter =
            unit.and_then(|unit| u32::from_str_radix(unit, 16).ok()).and_then(char::from_u32);
        if let Some(letter) = letter {
            out.push(letter);
            rest = &rest[5..];
        } else if !rest.starts_with('/') {
            out.push('\\');
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Texts of a value with the names that lead to them, bounded.
fn leaves(name: &str, value: &Value) -> Vec<(String, String)> {
    let mut open = vec![(name.to_owned(), value)];
    let mut found = Vec::new();
    while let Some((name, value)) = open.pop() {
        match value {
            Value::String(text) => found.push((name, text.clone())),
            Value::Number(number) => found.push((name, number.to_string())),
            Value::Array(items) => {
                open.extend(items.iter().take(200).map(|item| (name.clone(), item)));
            }
            Value::Object(entries) => {
                open.extend(entries.iter().take(200).map(|(key, item)| (key.clone(), item)));
            }
            Value::Bool(_) | Value::Null => {}
        }
        if open.len() > 2_000 {
            break;
        }
    }
    found
}

/// `ud[fn]` → `fn`, `ep.first_name` → `firstname`.
fn bare_name(name: &str) -> String {
    let last = name.trim_end_matches(']').rsplit(['[', '.']).next().unwrap_or_default();
    last.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests;

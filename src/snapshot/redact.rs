//! Decides by a parameter's class what of a hit is compared, and takes out of
//! every text what differs from place to place: the origins that the run was
//! played on, and secrets.
//!
//! | class | in a snapshot |
//! | --- | --- |
//! | identity | as it is, unless it only repeats the account or event |
//! | business | as it is |
//! | identifier | the shape of its value |
//! | environment | URLs without fragment, their random words as shapes; else left out |
//! | transport | left out |

use std::borrow::Cow;

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::model::hit::{Hit, HitKind, ParamClass};
use crate::model::request::Outcome;
use crate::model::trace::Trace;
use crate::snapshot::pattern::{Pattern, Piece};
use crate::snapshot::{Line, SnapshotHit, shape};

/// What must not show in a snapshot.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    /// Origins (scheme, host, port) of the run with the name that stands for
    /// each: `("http://127.0.0.1:8123", "base")` is written `${base}`.
    pub base_origins: Vec<(String, String)>,
    /// Texts that are written `${secret}`.
    pub secrets: Vec<String>,
}

/// A hit of a trace, reduced to what is compared.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundHit {
    /// Index in `Trace::hits`.
    pub index: usize,
    /// Values as they were found, without any matcher.
    pub hit: SnapshotHit,
    /// For each of its parameters what a recording writes.
    pub recorded: Vec<Pattern>,
    /// Index of the step that caused it.
    pub step: Option<usize>,
    /// Why it never reached its endpoint, when it did not.
    pub lost: Option<String>,
}

impl FoundHit {
    /// The hit as a recording of this play alone would write it.
    pub fn as_recorded(&self) -> SnapshotHit {
        let mut hit = self.hit.clone();
        for ((_, value), recorded) in hit.params.iter_mut().zip(&self.recorded) {
            value.clone_from(recorded);
        }
        hit
    }
}

impl Redactor {
    /// Every vendor event of a trace in the order of `Trace::hits`;
    /// duplicates of the transport and what is no event are left out.
    pub fn found(&self, trace: &Trace) -> Vec<FoundHit> {
        let needles = self.needles();
        trace
            .hits
            .iter()
            .enumerate()
            .filter(|(_, hit)| hit.kind == HitKind::Event)
            .map(|(index, hit)| {
                let (reduced, recorded) = reduce(&needles, hit);
                FoundHit {
                    index,
                    hit: reduced,
                    recorded,
                    step: hit.step.filter(|step| *step < trace.steps.len()),
                    lost: lost(trace, hit),
                }
            })
            .collect()
    }

    /// A text without the run's origins and secrets.
    pub fn text(&self, text: &str) -> String {
        replace(&self.needles(), text).into_owned()
    }

    /// Labels of steps as they stand in a snapshot: the summary of a step may
    /// hold the URL of the run or a secret that is typed.
    pub fn labels<'l>(&self, labels: impl Iterator<Item = &'l str>) -> Vec<String> {
        let needles = self.needles();
        labels.map(|label| replace(&needles, label).into_owned()).collect()
    }

    /// The ways in which an origin may be written, longest first so that none
    /// hides in another.
    fn needles(&self) -> Vec<Needle> {
        let mut needles = Vec::new();
        for (origin, name) in &self.base_origins {
            let origin = origin.trim_end_matches('/');
            if origin.is_empty() {
                continue;
            }
            let host = origin.split_once("://").map_or(origin, |(_, host)| host);
            let with = |name: &str| format!("${{{name}}}");
            let mut add = |text: &str, name: String| {
                let once = text.replace(':', "%3A").replace('/', "%2F");
                let twice = once.replace('%', "%25");
                for text in [text.to_owned(), once.to_lowercase(), once, twice] {
                    needles.push(Needle::new(text, name.clone(), true));
                }
            };
            add(origin, with(name));
            // A host without a port may be any word of a text.
            if host.contains(':') {
                add(host, with(&format!("{name}.host")));
            }
        }
        for secret in self.secrets.iter().filter(|secret| !secret.is_empty()) {
            for text in spellings(secret) {
                needles.push(Needle::new(text, "${secret}".to_owned(), false));
            }
        }
        needles.sort_by_key(|needle| std::cmp::Reverse(needle.text.len()));
        needles.dedup_by(|a, b| a.text == b.text);
        needles
    }
}

/// A text as browsers and libraries write it: as it is, in JSON, and with the
/// escapes of each part of a URL, of forms and of JavaScript's encoders.
fn spellings(text: &str) -> Vec<String> {
    let mut spellings = vec![text.to_owned()];
    let json = serde_json::Value::from(text).to_string();
    spellings.extend(json.get(1..json.len().saturating_sub(1)).map(str::to_owned));
    for set in [EVERYTHING, FORM, COMPONENT, ENCODE_URI, QUERY, SPECIAL_QUERY, PATH] {
        let encoded = utf8_percent_encode(text, set).to_string();
        spellings.push(encoded.replace("%20", "+"));
        spellings.push(encoded);
    }
    for index in 0..spellings.len() {
        let lower = lower_escapes(&spellings[index]);
        spellings.push(lower);
    }
    spellings.sort_unstable();
    spellings.dedup();
    spellings
}

const EVERYTHING: &AsciiSet = NON_ALPHANUMERIC;
/// `application/x-www-form-urlencoded`, as `URLSearchParams` writes it.
const FORM: &AsciiSet = &EVERYTHING.remove(b'*').remove(b'-').remove(b'.').remove(b'_');
/// `encodeURIComponent`.
const COMPONENT: &AsciiSet =
    &FORM.remove(b'!').remove(b'~').remove(b'\'').remove(b'(').remove(b')');
/// `encodeURI`.
const ENCODE_URI: &AsciiSet = &COMPONENT
    .remove(b';')
    .remove(b',')
    .remove(b'/')
    .remove(b'?')
    .remove(b':')
    .remove(b'@')
    .remove(b'&')
    .remove(b'=')
    .remove(b'+')
    .remove(b'$')
    .remove(b'#');
/// The percent-encode sets of <https://url.spec.whatwg.org/>.
const QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');
const SPECIAL_QUERY: &AsciiSet = &QUERY.add(b'\'');
const PATH: &AsciiSet = &QUERY.add(b'?').add(b'^').add(b'`').add(b'{').add(b'}');

/// `%c3` instead of `%C3`.
fn lower_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut left = 0;
    for character in text.chars() {
        left = if character == '%' { 2 } else { left };
        if left > 0 && character != '%' {
            left -= 1;
            out.push(character.to_ascii_lowercase());
        } else {
            out.push(character);
        }
    }
    out
}

#[derive(Debug)]
struct Needle {
    text: String,
    by: String,
    origin: bool,
}

impl Needle {
    fn new(text: String, by: String, origin: bool) -> Self {
        Self { text, by, origin }
    }

    /// Whether it may stand between these two: `https://shop.example` is not
    /// part of `https://shop.example.org`, and a secret of three letters is
    /// replaced only where it is the whole text.
    fn fits(&self, before: &str, after: &str) -> bool {
        if !self.origin {
            return self.text.chars().count() > 3 || (before.is_empty() && after.is_empty());
        }
        let word = |c: char| c.is_ascii_alphanumeric();
        let mut rest = after.chars();
        let goes_on = match rest.next() {
            Some('.' | ':') => rest.next().is_some_and(word),
            Some('%') => after.starts_with("%3A") || after.starts_with("%3a"),
            Some(c) => word(c) || c == '-' || c == '@',
            None => false,
        };
        // `2F` before a host is the end of an encoded `//`.
        let begun = before.ends_with(|c: char| word(c) || c == '.' || c == '-')
            && !before.to_ascii_lowercase().ends_with("2f");
        !goes_on && !begun
    }
}

fn replace<'t>(needles: &[Needle], text: &'t str) -> Cow<'t, str> {
    let mut text = Cow::Borrowed(text);
    for needle in needles {
        if !text.contains(needle.text.as_str()) {
            continue;
        }
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for (at, part) in text.match_indices(needle.text.as_str()) {
            let end = at + part.len();
            if at >= from && needle.fits(&text[..at], &text[end..]) {
                out.push_str(&text[from..at]);
                out.push_str(&needle.by);
                from = end;
            }
        }
        out.push_str(&text[from..]);
        text = Cow::Owned(out);
    }
    text
}

fn replace_value(needles: &[Needle], value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(replace(needles, text).into_owned()),
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| replace_value(needles, item)).collect())
        }
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(key, value)| {
                    (replace(needles, key).into_owned(), replace_value(needles, value))
                })
                .collect(),
        ),
        other => other.clone(),
    }
}

fn reduce(needles: &[Needle], hit: &Hit) -> (SnapshotHit, Vec<Pattern>) {
    let mut params: Vec<(String, Pattern, Pattern)> = Vec::new();
    for param in &hit.params {
        let Some((value, recorded)) = compared(needles, hit, param.class, &param.value) else {
            continue;
        };
        params.push((replace(needles, &param.wire).into_owned(), value, recorded));
    }
    params.sort_by(|a, b| a.0.cmp(&b.0));
    let mut repeated = 1;
    for index in 1..params.len() {
        let (earlier, later) = params.split_at_mut(index);
        let first = earlier.get(index - repeated).map(|param| param.0.clone());
        let Some(param) = later.first_mut() else { break };
        if first.as_deref() == Some(param.0.as_str()) {
            repeated += 1;
            param.0 = format!("{}#{repeated}", param.0);
        } else {
            repeated = 1;
        }
    }
    // The numbers may stand elsewhere in the order than the plain name did.
    params.sort_by(|a, b| a.0.cmp(&b.0));
    let recorded = params.iter().map(|param| param.2.clone()).collect();
    let hit = SnapshotHit {
        vendor: hit.vendor.clone(),
        event: replace(needles, &hit.event).into_owned(),
        account: hit.account.clone(),
        params: params.into_iter().map(|(name, value, _)| (name, value)).collect(),
        line: Line(0),
        ..SnapshotHit::default()
    };
    (hit, recorded)
}

/// The value as found and as recorded; `None` when it is not compared.
fn compared(
    needles: &[Needle],
    hit: &Hit,
    class: ParamClass,
    value: &Value,
) -> Option<(Pattern, Pattern)> {
    let literal = || Pattern::literal(&replace_value(needles, value));
    match class {
        ParamClass::Transport => None,
        ParamClass::Identity => {
            let repeats =
                value.as_str().is_some_and(|text| text == hit.account || text == hit.event);
            (!repeats).then(|| (literal(), literal()))
        }
        ParamClass::Business => Some((literal(), literal())),
        ParamClass::Identifier => Some((literal(), shape::of_identifier(&literal()))),
        ParamClass::Environment => {
            let text = replace(needles, value.as_str()?);
            let is_url = ["http://", "https://", "${"].iter().any(|start| text.starts_with(start));
            is_url.then(|| {
                let text = text.split('#').next().unwrap_or_default();
                (Pattern::text(text), Pattern::pieces(url_shape(text)))
            })
        }
    }
}

/// A URL whose click ids and session ids are shapes.
fn url_shape(url: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = url;
    while !rest.is_empty() {
        let end = rest.find(['/', '?', '&', '=', ';']).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        match shape::of_random_word(word) {
            Some(shape) => pieces.extend(shape),
            None => pieces.push(Piece::Plain(word.to_owned())),
        }
        let (separator, after) = after.split_at(after.len().min(1));
        pieces.push(Piece::Plain(separator.to_owned()));
        rest = after;
    }
    pieces
}

/// Why a hit never reached its endpoint, in words; `None` when it did.
pub fn lost(trace: &Trace, hit: &Hit) -> Option<String> {
    let request = trace.requests.get(hit.request.0 as usize)?;
    Some(match &request.outcome {
        Outcome::Pending | Outcome::Delivered | Outcome::Stubbed => return None,
        Outcome::Blocked(reason) => match reason.strip_prefix("csp:") {
            Some(directive) => format!("blocked by CSP (directive {directive})"),
            None => match reason.as_str() {
                "csp" => "blocked by CSP".to_owned(),
                "mixed-content" => "blocked as mixed content".to_owned(),
                "client" => "blocked by the client, as by a content blocker".to_owned(),
                other => format!("blocked ({other})"),
            },
        },
        Outcome::Failed(error) => format!("failed with {error}"),
        Outcome::Aborted => "aborted before it was sent".to_owned(),
        Outcome::Local(source) => format!("answered locally ({source}), so nothing went out"),
    })
}

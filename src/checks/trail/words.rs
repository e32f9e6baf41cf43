//! How evidence is written: calls, places, addresses and names from a page,
//! bounded and harmless. It judges nothing.

use serde_json::Value;

use crate::model::call::Call;
use crate::model::request::{Request, StackFrame};
use crate::model::trace::Trace;
use crate::snapshot::show::harmless;

/// The longest piece of page text in a sentence.
const LONGEST: usize = 120;

/// A page's text on one line, bounded.
pub fn short(text: &str) -> String {
    let mut cut: String = text.chars().take(LONGEST).collect();
    if text.chars().nth(LONGEST).is_some() {
        cut.push('…');
    }
    harmless(&cut)
}

/// A call by its names alone: `fbq("track", "Lead")`. What else it was given
/// are values, which are not told.
pub fn call_text(call: &Call) -> String {
    let mut names: Vec<String> = Vec::new();
    for arg in call.args.iter().take(3) {
        match arg {
            Value::String(text) => names.push(format!("\"{}\"", short(text))),
            Value::Object(pushed) => {
                if let Some(event) = pushed.get("event").and_then(Value::as_str) {
                    names.push(format!("{{event: \"{}\"}}", short(event)));
                }
            }
            _ => {}
        }
    }
    format!("{}({})", short(&call.name), names.join(", "))
}

/// `theme.js:210`, or where in the page it stands.
pub fn place_text(place: &StackFrame) -> String {
    place_at(&place.url, place.line)
}

pub fn place_at(url: &str, line: u32) -> String {
    format!("{}:{line}", script_name(url))
}

/// The last part of a script's address; with its id where that tells
/// containers apart.
pub fn script_name(url: &str) -> String {
    if url.is_empty() {
        return "an inline script".to_owned();
    }
    if let Some(id) = container_id(url) {
        return format!("gtm.js ({})", short(&id));
    }
    let path = without_query(url);
    match path.trim_end_matches('/').rsplit('/').next() {
        Some("js") if path.ends_with("/gtag/js") => "gtag.js".to_owned(),
        Some(name) if name.contains('.') && !path.ends_with('/') && has_path(path) => short(name),
        _ => format!("the page {}", short(path_of(url))),
    }
}

fn has_path(url: &str) -> bool {
    url.split_once("://").is_none_or(|(_, rest)| rest.contains('/'))
}

/// An address without query and fragment, which may hold values.
pub fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

/// The path of an address.
pub fn path_of(url: &str) -> &str {
    let rest = without_query(url);
    let rest = rest.split_once("://").map_or(rest, |(_, rest)| rest);
    rest.find('/').map_or("/", |at| &rest[at..])
}

/// Host and port of an address.
pub fn host_of(url: &str) -> &str {
    let rest = without_query(url).split_once("://").map_or("", |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

/// `POST /api/lead`.
pub fn request_text(request: &Request) -> String {
    format!("{} {}", short(&request.method), short(path_of(&request.url)))
}

/// ` in step 4 `send``; nothing where it is of no step.
pub fn in_step(trace: &Trace, step: Option<usize>) -> String {
    step.map_or(String::new(), |step| format!(" in {}", step_text(trace, step)))
}

/// `step 4 `send``.
pub fn step_text(trace: &Trace, step: usize) -> String {
    let label = trace.steps.get(step).map_or("", |step| step.label.as_str());
    format!("step {} `{}`", step + 1, short(label))
}

/// The id of a Google Tag Manager container, by its address.
pub fn container_id(url: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    let id = query.split(['&', '#']).find_map(|pair| pair.strip_prefix("id="))?;
    id.starts_with("GTM-").then(|| id.to_owned())
}

/// A name without what people spell differently: case, `_`, `-`, spaces.
pub fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether two names are one name spelt in two ways, or nearly so.
pub fn alike(one: &str, other: &str) -> bool {
    let (one, other) = (plain(one), plain(other));
    let (short, long) = if one.len() < other.len() { (&one, &other) } else { (&other, &one) };
    if short.len() < 3 {
        return one == other;
    }
    long.contains(short.as_str()) || strsim::normalized_damerau_levenshtein(&one, &other) >= 0.7
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_short() {
        assert_eq!(place_at("https://shop.test/a/theme.js?v=secret", 3), "theme.js:3");
        assert_eq!(place_at("https://shop.test/cart?email=x", 3), "the page /cart:3");
        assert_eq!(place_at("https://shop.test", 3), "the page /:3");
        assert_eq!(
            script_name("https://www.googletagmanager.com/gtm.js?id=GTM-AB12&l=x"),
            "gtm.js (GTM-AB12)"
        );
        assert_eq!(path_of("https://shop.test/a/b?c=d"), "/a/b");
        assert_eq!(host_of("https://shop.test:81/a"), "shop.test:81");
    }

    #[test]
    fn other_spellings_are_alike() {
        for (one, other) in [
            ("generate_lead", "generateLead"),
            ("Lead", "LeadForm"),
            ("Purchase", "Purchse"),
            ("AddToCart", "Add to Cart"),
        ] {
            assert!(alike(one, other), "{one} {other}");
        }
        for (one, other) in [("PageView", "Lead"), ("AddToCart", "Purchase"), ("a", "ab")] {
            assert!(!alike(one, other), "{one} {other}");
        }
    }
}

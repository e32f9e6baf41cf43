//! HTTP archives: the requests that a browser or a proxy recorded.
//!
//! Read leniently, because exporters agree on little: Chrome, Firefox, Safari,
//! Playwright and Charles leave keys out, write numbers as texts and put bodies
//! in three places. Every entry that has a URL becomes a request; what is wrong
//! with the others is told.

use std::borrow::Cow;

use crate::model::request::Header;
use crate::wire::base64;
use crate::wire::json::{self, Json};

/// One recorded request, in the archive's order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Entry {
    pub url: String,
    pub method: String,
    pub headers: Vec<Header>,
    pub body: Vec<u8>,
    /// Whether `body` holds the very bytes: a text that was written down may
    /// have lost what is no UTF-8.
    pub exact: bool,
    pub content_type: Option<String>,
    /// `image`, `ping`, `script`, …: the exporter's word.
    pub resource_type: Option<String>,
    /// Title or URL of the page, where the archive names it.
    pub page: Option<String>,
    /// RFC 3339, as written.
    pub started: Option<String>,
    /// Milliseconds from start to end.
    pub duration_ms: Option<f64>,
    /// Zero and missing: no answer was recorded.
    pub status: Option<u16>,
    /// Why it failed, in the exporter's words.
    pub error: Option<String>,
    /// What became of it, in the words of our own archives.
    pub outcome: Option<String>,
    pub response_headers: Vec<Header>,
    pub mime_type: Option<String>,
    /// In our own archives: the step during which it was sent, from 0, and
    /// what it was called.
    pub step: Option<(usize, String)>,
    /// In our own archives: the step that caused each of its hits.
    pub hit_steps: Vec<Option<usize>>,
}

/// What an archive holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Archive {
    /// Name and version of the program that wrote it.
    pub creator: Option<String>,
    pub entries: Vec<Entry>,
    /// Entries that could not be read, each with its place.
    pub problems: Vec<String>,
}

/// Why a file is no archive.
#[derive(Debug, thiserror::Error)]
pub enum HarError {
    #[error("is not valid JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("has no `log.entries`, found {0}; expected an HTTP archive (HAR)")]
    Shape(&'static str),
}

/// Reads a whole archive.
pub fn read(bytes: &[u8]) -> Result<Archive, HarError> {
    let root = json::parse(bytes)?;
    let Some(Json::List(entries)) = root.at("log.entries") else {
        return Err(HarError::Shape(match &root {
            Json::Object(_) => "an object without it",
            Json::List(_) => "a list",
            _ => "a single value",
        }));
    };
    let mut archive = Archive {
        creator: root.text_at("log.creator.name").map(|name| {
            let version = root.text_at("log.creator.version").unwrap_or_default();
            format!("{name} {version}").trim_end().to_owned()
        }),
        ..Archive::default()
    };
    let pages: Vec<(Cow<'_, str>, Cow<'_, str>)> = root
        .at("log.pages")
        .map_or(&[][..], Json::items)
        .iter()
        .filter_map(|page| Some((page.text_at("id")?, page.text_at("title")?)))
        .collect();
    for (at, entry) in entries.iter().enumerate() {
        match entry_of(entry, &pages) {
            Ok(entry) => archive.entries.push(entry),
            Err(problem) => archive.problems.push(format!("log.entries[{at}]: {problem}")),
        }
    }
    Ok(archive)
}

fn entry_of(
    entry: &Json<'_>,
    pages: &[(Cow<'_, str>, Cow<'_, str>)],
) -> Result<Entry, &'static str> {
    let request = entry.get("request").ok_or("no `request`")?;
    let url = request.text_at("url").ok_or("no `request.url`")?;
    let headers = headers_of(request.get("headers"));
    let posted = request.get("postData");
    let announced = headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-type"))
        .map(|header| header.value.clone());
    let (body, exact) = posted.map_or((Vec::new(), true), body_of);
    let number = |path: &str| match entry.at(path) {
        Some(Json::Number(number)) => number.as_f64(),
        Some(Json::Text(text)) => text.parse().ok(),
        _ => None,
    };
    let page = entry.text_at("pageref").map(|of| {
        let named = pages.iter().find(|(id, _)| *id == of);
        named.map_or(of.clone(), |(_, title)| title.clone())
    });
    Ok(Entry {
        url: url.into_owned(),
        method: request.text_at("method").map_or_else(|| "GET".to_owned(), Cow::into_owned),
        content_type: announced.or_else(|| posted?.text_at("mimeType").map(Cow::into_owned)),
        headers,
        body,
        exact,
        resource_type: entry.text_at("_resourceType").map(Cow::into_owned),
        page: entry.text_at("_frameUrl").or(page).map(Cow::into_owned),
        started: entry.text_at("startedDateTime").map(Cow::into_owned),
        duration_ms: number("time").filter(|time| time.is_finite() && *time >= 0.0),
        status: number("response.status")
            .filter(|status| (1.0..1000.0).contains(status))
            .map(|status| status as u16),
        error: ["response._error", "response._failureText", "_error"]
            .iter()
            .find_map(|path| entry.text_at(path))
            .map(Cow::into_owned),
        outcome: entry.text_at("_outcome").map(Cow::into_owned),
        response_headers: headers_of(entry.at("response.headers")),
        mime_type: entry.text_at("response.content.mimeType").map(Cow::into_owned),
        step: entry
            .get("_step")
            .and_then(index_of)
            .zip(entry.text_at("_stepLabel").map(Cow::into_owned)),
        hit_steps: entry
            .get("_hitSteps")
            .map_or(&[][..], Json::items)
            .iter()
            .map(index_of)
            .collect(),
    })
}

fn index_of(value: &Json<'_>) -> Option<usize> {
    let Json::Number(number) = value else { return None };
    let number = number.as_f64()?;
    (number.fract() == 0.0 && (0.0..1e6).contains(&number)).then_some(number as usize)
}

fn headers_of(list: Option<&Json<'_>>) -> Vec<Header> {
    list.map_or(&[][..], Json::items)
        .iter()
        .filter_map(|header| {
            Some(Header {
                name: header.text_at("name")?.into_owned(),
                value: header.text_at("value").unwrap_or_default().into_owned(),
            })
        })
        .collect()
}

/// The body's bytes: base64 where it says so, else the text, else the fields
/// of a form.
fn body_of(posted: &Json<'_>) -> (Vec<u8>, bool) {
    let encoded = ["_encoding", "encoding"]
        .iter()
        .any(|name| posted.text_at(name).as_deref() == Some("base64"));
    if let Some(text) = posted.get("text").and_then(Json::as_str).filter(|text| !text.is_empty()) {
        if encoded && let Some(bytes) = base64::decode(text.as_bytes()) {
            return (bytes, true);
        }
        // Some exporters write each byte as the letter of its number.
        let letters: Option<Vec<u8>> = text.starts_with("\u{1f}\u{8b}").then(|| {
            text.chars().map_while(|letter| u8::try_from(u32::from(letter)).ok()).collect()
        });
        let exact = letters.is_some() || !text.contains('\u{fffd}');
        return (letters.unwrap_or_else(|| text.as_bytes().to_vec()), exact);
    }
    let pairs: Vec<String> = posted
        .get("params")
        .map_or(&[][..], Json::items)
        .iter()
        .filter_map(|param| {
            let name = param.text_at("name")?;
            let value = param.text_at("value").unwrap_or_default();
            Some(format!("{}={}", escaped(&name), escaped(&value)))
        })
        .collect();
    (pairs.join("&").into_bytes(), pairs.is_empty())
}

/// Fields stand in an archive as they were read or as they were sent; what is
/// escaped already stays so.
fn escaped(text: &str) -> Cow<'_, str> {
    let sent = text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'&' | b'='));
    if sent {
        return Cow::Borrowed(text);
    }
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn one(entry: &str) -> Entry {
        let text = format!(r#"{{"log":{{"entries":[{entry}]}}}}"#);
        read(text.as_bytes()).unwrap().entries.remove(0)
    }

    #[test]
    fn bodies_are_found_where_exporters_put_them() {
        let of = |posted: &str| {
            one(&format!(
                r#"{{"request":{{"method":"POST","url":"https://a.test/","postData":{posted}}}}}"#
            ))
        };
        let chrome = of(r#"{"mimeType":"text/plain","text":"a=1"}"#);
        assert_eq!((&*chrome.body, chrome.exact), (&b"a=1"[..], true));
        assert_eq!(chrome.content_type.as_deref(), Some("text/plain"));
        let ours = of(r#"{"text":"//8=","_encoding":"base64"}"#);
        assert_eq!(ours.body, [255, 255]);
        let charles = of(r#"{"params":[{"name":"a b","value":"1&2"},{"name":"c","value":"d"}]}"#);
        assert_eq!((&*charles.body, charles.exact), (&b"a%20b=1%262&c=d"[..], false));
        let packed = of("{\"text\":\"\\u001f\\u008b\\u0008\"}");
        assert_eq!(packed.body, [0x1f, 0x8b, 8]);
        let lossy = of("{\"text\":\"x\u{fffd}\"}");
        assert!(!lossy.exact);
    }

    #[test]
    fn steps_are_read_where_our_own_archives_tell_them() {
        let with =
            |told: &str| one(&format!(r#"{{"request":{{"url":"https://a.test/"}},{told}}}"#));
        let ours = with(r#""_step":2,"_stepLabel":"pay","_hitSteps":[1,null,2]"#);
        assert_eq!(ours.step, Some((2, "pay".to_owned())));
        assert_eq!(ours.hit_steps, [Some(1), None, Some(2)]);
        for told in [r#""_step":null"#, r#""_step":-1,"_stepLabel":"pay""#, r#""_step":1"#] {
            assert_eq!(with(told).step, None, "{told}");
        }
    }

    #[test]
    fn what_is_missing_is_told_and_the_rest_is_read() {
        let archive = read(
            br#"{"log":{"creator":{"name":"Charles Proxy","version":"5"},
            "pages":[{"id":"p1","title":"https://shop.test/"}],
            "entries":[{}, {"request":{}},
            {"pageref":"p1","time":"12","request":{"url":"https://a.test/","headers":[{"name":"A"}]},
             "response":{"status":0,"_error":"net::ERR_ABORTED"}}]}}"#,
        )
        .unwrap();
        assert_eq!(archive.creator.as_deref(), Some("Charles Proxy 5"));
        assert_eq!(
            archive.problems,
            ["log.entries[0]: no `request`", "log.entries[1]: no `request.url`"]
        );
        let entry = &archive.entries[0];
        assert_eq!(entry.page.as_deref(), Some("https://shop.test/"));
        assert_eq!((entry.status, entry.duration_ms), (None, Some(12.0)));
        assert_eq!(entry.error.as_deref(), Some("net::ERR_ABORTED"));
        assert_eq!(entry.method, "GET");
    }

    #[test]
    fn what_is_no_archive_is_told() {
        for (text, told) in
            [("", "is not valid JSON"), ("[]", "found a list"), ("{}", "found an object")]
        {
            let error = read(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC*") {
            let _ = read(format!(r#"{{"log":{{"entries":[{text}]}}}}"#).as_bytes());
        }
    }
}

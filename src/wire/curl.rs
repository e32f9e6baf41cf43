//! A `curl` command, as browsers' developer tools copy it, as a request.
//!
//! Nothing is run. Quotes are read as a POSIX shell reads them, `$'…'`
//! included, and `^` as the Windows shell does. Options that change nothing
//! about the request itself are left out; files (`@name`) are not opened.

use std::borrow::Cow;

use crate::model::request::Header;
use crate::wire::base64;
use crate::wire::har::Entry;

/// Why a text is no command that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CurlError {
    #[error("does not begin with `curl`")]
    NoCurl,
    #[error("has a quote that is never closed")]
    OpenQuote,
    #[error("names no URL")]
    NoUrl,
}

/// Options that are followed by a value which does not matter here.
const WITH_VALUE: &[&str] = &[
    "-o",
    "--output",
    "-m",
    "--max-time",
    "--connect-timeout",
    "-x",
    "--proxy",
    "--resolve",
    "--cacert",
    "--cert",
    "--key",
    "-w",
    "--write-out",
    "-c",
    "--cookie-jar",
    "--retry",
    "-U",
    "--proxy-user",
    "--interface",
    "--limit-rate",
    "-r",
    "--range",
    "-T",
    "--upload-file",
    "-K",
    "--config",
    "--ciphers",
    "-E",
    "--max-redirs",
    "-D",
    "--dump-header",
];

/// Whether a text is meant to be such a command.
pub fn is_curl(text: &str) -> bool {
    text.split_whitespace()
        .next()
        .is_some_and(|word| matches!(word.rsplit(['/', '\\']).next(), Some("curl" | "curl.exe")))
}

/// Reads the command.
pub fn read(text: &str) -> Result<Entry, CurlError> {
    if !is_curl(text) {
        return Err(CurlError::NoCurl);
    }
    let mut words = words(&without_carets(text))?.into_iter().skip(1);
    let mut entry = Entry { exact: true, ..Entry::default() };
    let mut data: Vec<String> = Vec::new();
    let mut fields: Vec<String> = Vec::new();
    let (mut method, mut as_query, mut url) = (None, false, None);
    while let Some(word) = words.next() {
        let (name, glued) = split(&word);
        let mut value = || glued.map(str::to_owned).or_else(|| words.next()).unwrap_or_default();
        match name {
            "-X" | "--request" => method = Some(value()),
            "-H" | "--header" => entry.headers.extend(header(&value())),
            "-b" | "--cookie" => entry.headers.push(named("cookie", value())),
            "-A" | "--user-agent" => entry.headers.push(named("user-agent", value())),
            "-e" | "--referer" => entry.headers.push(named("referer", value())),
            "-u" | "--user" => {
                let told = format!("Basic {}", base64::encode(value().as_bytes()));
                entry.headers.push(named("authorization", told));
            }
            "-d" | "--data" | "--data-ascii" | "--data-raw" | "--data-binary" => data.push(value()),
            "--data-urlencode" => data.push(urlencoded(&value())),
            "--json" => {
                data.push(value());
                entry.headers.push(named("content-type", "application/json".to_owned()));
            }
            "-F" | "--form" | "--form-string" => fields.push(value()),
            "-G" | "--get" => as_query = true,
            "-I" | "--head" => method = Some("HEAD".to_owned()),
            "--url" => url = Some(value()),
            name if WITH_VALUE.contains(&name) => drop(value()),
            name if name.starts_with('-') && name.len() > 1 => {}
            _ => {
                url.get_or_insert(word);
            }
        }
    }
    let mut url = url.ok_or(CurlError::NoUrl)?;
    if !url.contains("://") {
        url.insert_str(0, "http://");
    }
    let body = data.join("&");
    if as_query && !body.is_empty() {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(&body);
    } else if !fields.is_empty() {
        entry.body = multipart(&fields).into_bytes();
        entry.content_type = Some(format!("multipart/form-data; boundary={BOUNDARY}"));
    } else if !data.is_empty() {
        entry.body = body.into_bytes();
        entry.content_type = Some("application/x-www-form-urlencoded".to_owned());
    }
    let announced =
        entry.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-type"));
    if let Some(header) = announced {
        entry.content_type = Some(header.value.clone());
    }
    let usual = if entry.body.is_empty() { "GET" } else { "POST" };
    entry.method = method.unwrap_or_else(|| usual.to_owned());
    entry.url = url;
    Ok(entry)
}

/// `--name=value`, and `-Hvalue` for the options of one letter that take one.
fn split(word: &str) -> (&str, Option<&str>) {
    if let Some((name, value)) = word.split_once('=').filter(|_| word.starts_with("--")) {
        return (name, Some(value));
    }
    let short = word.len() > 2 && !word.starts_with("--");
    match word.get(..2) {
        Some("-X" | "-H" | "-b" | "-A" | "-e" | "-u" | "-d" | "-F") if short => {
            (&word[..2], Some(&word[2..]))
        }
        _ => (word, None),
    }
}

fn named(name: &str, value: String) -> Header {
    Header { name: name.to_owned(), value }
}

fn header(text: &str) -> Option<Header> {
    let (name, value) = text.split_once(':')?;
    Some(named(name.trim(), value.trim().to_owned()))
}

/// `name=text` with the text escaped.
fn urlencoded(text: &str) -> String {
    let encode = |text| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    match text.split_once('=') {
        Some(("", value)) => encode(value),
        Some((name, value)) => format!("{name}={}", encode(value)),
        None => encode(text),
    }
}

const BOUNDARY: &str = "pixelproof-curl-form-boundary";

fn multipart(fields: &[String]) -> String {
    let mut body = String::new();
    for field in fields {
        let (name, value) = field.split_once('=').unwrap_or((field, ""));
        body.push_str(&format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        ));
    }
    body.push_str(&format!("--{BOUNDARY}--\r\n"));
    body
}

/// A command for the Windows shell, without the carets that it takes away.
fn without_carets(text: &str) -> Cow<'_, str> {
    if !text.contains("^\"") {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '^' => match letters.next() {
                Some('\r' | '\n') | None => plain.push(' '),
                Some(escaped) => plain.push(escaped),
            },
            letter => plain.push(letter),
        }
    }
    plain.into()
}

/// The words of a command line.
fn words(text: &str) -> Result<Vec<String>, CurlError> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let current = word.get_or_insert_default();
        match letter {
            '\'' => loop {
                match letters.next().ok_or(CurlError::OpenQuote)? {
                    '\'' => break,
                    inner => current.push(inner),
                }
            },
            '$' if letters.peek() == Some(&'\'') => {
                letters.next();
                ansi_quoted(&mut letters, current)?;
            }
            '"' => loop {
                match letters.next().ok_or(CurlError::OpenQuote)? {
                    '"' => break,
                    '\\' => match letters.next().ok_or(CurlError::OpenQuote)? {
                        '\n' => {}
                        escaped @ ('"' | '\\' | '$' | '`') => current.push(escaped),
                        other => current.extend(['\\', other]),
                    },
                    inner => current.push(inner),
                }
            },
            '\\' => match letters.next() {
                Some('\n') => continue_line(&mut word, &mut words),
                Some('\r') => {
                    letters.next_if_eq(&'\n');
                    continue_line(&mut word, &mut words);
                }
                Some(escaped) => current.push(escaped),
                None => {}
            },
            letter if letter.is_whitespace() => continue_line(&mut word, &mut words),
            ';' | '|' | '>' => break,
            letter => current.push(letter),
        }
    }
    words.extend(word.filter(|word| !word.is_empty()));
    Ok(words)
}

/// Ends a word, where there is one.
fn continue_line(word: &mut Option<String>, words: &mut Vec<String>) {
    words.extend(word.take().filter(|word| !word.is_empty()));
}

/// The inside of `$'…'`: the escapes of C.
fn ansi_quoted(
    letters: &mut std::iter::Peekable<std::str::Chars<'_>>,
    word: &mut String,
) -> Result<(), CurlError> {
    loop {
        match letters.next().ok_or(CurlError::OpenQuote)? {
            '\'' => return Ok(()),
            '\\' => match letters.next().ok_or(CurlError::OpenQuote)? {
                'n' => word.push('\n'),
                'r' => word.push('\r'),
                't' => word.push('\t'),
                kind @ ('u' | 'x') => {
                    let most = if kind == 'u' { 4 } else { 2 };
                    let mut number = 0;
                    for _ in 0..most {
                        let Some(digit) = letters.peek().and_then(|letter| letter.to_digit(16))
                        else {
                            break;
                        };
                        number = number * 16 + digit;
                        letters.next();
                    }
                    word.push(char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                other => word.push(other),
            },
            inner => word.push(inner),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_copied_command_is_the_request() {
        let entry = read(
            "curl 'https://tr.snapchat.com/p' \\\n  -X 'POST' \\\n  -H 'Content-Type: text/plain' \\\n  --data-raw $'{\"a\":\"it\\'s \\u00e9\"}' --compressed",
        )
        .unwrap();
        assert_eq!((&*entry.url, &*entry.method), ("https://tr.snapchat.com/p", "POST"));
        assert_eq!(entry.content_type.as_deref(), Some("text/plain"));
        assert_eq!(String::from_utf8(entry.body).unwrap(), "{\"a\":\"it's é\"}");
    }

    #[test]
    fn options_are_read_as_curl_reads_them() {
        let read = |text: &str| read(text).unwrap();
        let get = read("curl -G https://a.test/x?b=1 -d c=2 --data-urlencode 'd=e f' -o /dev/null");
        assert_eq!(get.url, "https://a.test/x?b=1&c=2&d=e%20f");
        assert_eq!((&*get.method, get.body.len()), ("GET", 0));
        let form = read("curl -F id=1 -F ev=Lead https://a.test/tr/");
        assert!(String::from_utf8(form.body).unwrap().contains("name=\"ev\"\r\n\r\nLead"));
        let windows = read("curl ^\"https://a.test/?a=1^&b=2^\" ^\n -H ^\"A: b^\"");
        assert_eq!(windows.url, "https://a.test/?a=1&b=2");
        let user = read("curl -u key: https://api.segment.io/v1/t --json '{}'");
        assert_eq!(user.headers[0].value, "Basic a2V5Og==");
        assert_eq!(user.content_type.as_deref(), Some("application/json"));
    }

    #[test]
    fn what_is_no_command_is_told() {
        assert_eq!(read("wget x"), Err(CurlError::NoCurl));
        assert_eq!(read("curl 'x"), Err(CurlError::OpenQuote));
        assert_eq!(read("curl -X POST"), Err(CurlError::NoUrl));
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC*") {
            let _ = read(&format!("curl {text}"));
        }
    }
}

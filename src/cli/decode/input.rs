//! Requests that a person names: addresses, archives, a curl command.

use std::io::Read;
use std::path::Path;

use serde_json::{Value, json};

use crate::cli::archives::read_one;
use crate::cli::exit::Failure;
use crate::cli::problems::Problem;
use crate::model::vendor::WireRequest;
use crate::report::clean::one_line;
use crate::vendors::Registry;
use crate::vendors::frame::lines::LineDecoder;
use crate::vendors::frame::suspect;
use crate::wire::address::Address;
use crate::wire::curl;
use crate::wire::har::Entry;
use crate::wire::json::Json;

/// The longest command that is taken, in bytes.
const LONGEST_COMMAND: u64 = 16 * 1024 * 1024;

/// What is to be decoded, in order.
#[derive(Debug, Default)]
pub(super) struct Requests {
    pub(super) entries: Vec<Entry>,
    /// What could not be read of the input, for the person who named it.
    pub(super) problems: Vec<String>,
}

impl Requests {
    pub(super) fn add_url(&mut self, url: &str) -> Result<(), Failure> {
        if Address::parse(url).is_none() {
            let shown = one_line(url, 80);
            return Err(Failure::input(
                Problem::new(format!("`{shown}` is no address, expected http:// or https://"))
                    .help("put the address in quotes, since `&` and `?` mean something to a shell"),
            ));
        }
        let entry = Entry {
            url: url.to_owned(),
            method: "GET".to_owned(),
            exact: true,
            ..Entry::default()
        };
        self.entries.push(entry);
        Ok(())
    }

    pub(super) fn add_har(&mut self, path: &Path) -> Result<(), Failure> {
        let shown = path.display();
        let archive = read_one(path).map_err(Failure::input)?;
        let problems = archive.problems.iter();
        self.problems.extend(problems.map(|problem| format!("{shown}: {problem}, skipped")));
        self.entries.extend(archive.entries);
        Ok(())
    }

    pub(super) fn add_curl(&mut self, input: impl Read) -> Result<(), Failure> {
        let mut text = Vec::new();
        input.take(LONGEST_COMMAND).read_to_end(&mut text).map_err(anyhow::Error::from)?;
        let entry = curl::read(&String::from_utf8_lossy(&text)).map_err(|error| {
            Failure::input(
                Problem::new(format!("the command on standard input {error}"))
                    .help("paste it whole, as `Copy as cURL` of the developer tools gives it"),
            )
        })?;
        self.entries.push(entry);
        Ok(())
    }

    /// One line a request, as for JSON lines; the id is its number, from 0.
    pub(super) fn lines(&self, registry: &Registry) -> Vec<u8> {
        let mut decoder = LineDecoder::new(registry);
        let mut output = Vec::new();
        for (number, entry) in self.entries.iter().enumerate() {
            decoder.answer(&Json::Number(number.into()), &wire(entry), &mut output);
        }
        output
    }

    /// One object: the answers, each with its address, and what is suspect.
    pub(super) fn json(&self, registry: &Registry) -> Vec<u8> {
        let lines = self.lines(registry);
        let answers = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let requests: Vec<Value> = answers
            .zip(&self.entries)
            .map(|(line, entry)| {
                let mut answer: Value = serde_json::from_slice(line).unwrap_or_default();
                answer["url"] = entry.url.clone().into();
                answer["method"] = entry.method.clone().into();
                answer
            })
            .collect();
        let suspects: Vec<Value> = suspects(self, registry)
            .map(|(entry, reason)| json!({"url": entry.url, "reason": reason}))
            .collect();
        let whole = json!({"requests": requests, "suspects": suspects});
        let mut bytes = serde_json::to_vec_pretty(&whole).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }
}

/// Requests that no vendor knows and that look like a pixel all the same.
pub(super) fn suspects<'a>(
    requests: &'a Requests,
    registry: &'a Registry,
) -> impl Iterator<Item = (&'a Entry, &'static str)> {
    requests.entries.iter().filter_map(|entry| {
        let request = wire(entry);
        let known = registry.pixel(&request).is_some() || registry.library_of(&entry.url).is_some();
        let kind = entry.resource_type.as_deref();
        let reason = suspect::reason(&request, kind, entry.page.as_deref());
        reason.filter(|_| !known).map(|reason| (entry, reason))
    })
}

/// The request as decoders read it.
pub(super) fn wire(entry: &Entry) -> WireRequest<'_> {
    let encoding = entry
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-encoding"))
        .map(|header| header.value.as_str());
    WireRequest {
        url: &entry.url,
        method: &entry.method,
        body: &entry.body,
        content_type: entry.content_type.as_deref(),
        content_encoding: encoding,
        headers: &entry.headers,
    }
}

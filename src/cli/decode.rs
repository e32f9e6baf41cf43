//! `pixelproof decode`: requests in, decoded events out.
//!
//! Requests come as addresses, HTTP archives, a curl command, or JSON lines.
//! Lines are streamed: memory does not grow with the input. A reader that goes
//! away (a closed pipe) ends it well. Nothing is sent.

mod input;
mod table;

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use crate::cli::Context;
use crate::cli::config;
use crate::cli::decode::input::Requests;
use crate::cli::exit::{CommandResult, Failure, PASSED};
use crate::cli::joints;
use crate::cli::problems::Problem;
use crate::report::{Detail, ReportOptions};
use crate::vendors::Registry;
use crate::vendors::frame::lines::LineDecoder;
use crate::wire::curl;

/// The longest line that is taken, in bytes.
const LONGEST_LINE: u64 = 64 * 1024 * 1024;
/// Answers leave together once they are this long, or the input pauses.
const CHUNK: usize = 64 * 1024;

/// Decode pixel requests without a browser: addresses, HAR files, a curl command, JSON lines
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixelproof decode 'https://www.facebook.com/tr/?id=1&ev=Lead'
  pixelproof decode --har recorded.har
  pixelproof decode --har recorded.har --format json | jq '.requests[].events[].name'
  pixelproof decode < requests.jsonl > hits.jsonl
  pbpaste | pixelproof decode           # a curl command, copied from the developer tools

A line of JSON has id, url, method, body (base64 or null), and may have
content_type, content_encoding and headers. Every line gets a line, in order.")]
pub struct Arguments {
    /// Addresses to decode, in quotes; standard input is read without any
    #[arg(value_name = "URL")]
    urls: Vec<String>,

    /// HTTP archive to decode, as Chrome, Firefox, Safari, Playwright and Charles write it
    #[arg(long, value_name = "FILE")]
    har: Vec<PathBuf>,

    /// table, json or jsonl; a table unless JSON lines come in
    #[arg(long)]
    format: Option<Format>,

    /// Show every parameter, those without meaning for the site included
    #[arg(long)]
    all: bool,

    /// Read this file instead of looking for pixelproof.toml
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
    Jsonl,
}

pub fn execute(arguments: &Arguments, context: &Context) -> CommandResult {
    let config = config::load(arguments.config.as_deref(), &context.environment)?;
    let registry = joints::registry(&config).map_err(Failure::Input)?;
    let mut requests = Requests::default();
    for url in &arguments.urls {
        requests.add_url(url)?;
    }
    for path in &arguments.har {
        requests.add_har(path)?;
    }
    if arguments.urls.is_empty() && arguments.har.is_empty() {
        let mut stdin = std::io::stdin().lock();
        let beginning = stdin.fill_buf().context("cannot read standard input")?;
        if curl::is_curl(&String::from_utf8_lossy(beginning)) {
            requests.add_curl(stdin)?;
        } else if matches!(arguments.format, None | Some(Format::Jsonl)) {
            return ended(run(stdin, std::io::stdout().lock(), &registry));
        } else {
            return Err(Failure::input(
                Problem::new("JSON lines are answered by JSON lines only")
                    .help("leave `--format` out, or name addresses or a HAR file (`--har FILE`)"),
            ));
        }
    }
    for problem in &requests.problems {
        context.screen.err(&format!("warning: {problem}\n"));
    }
    let options = ReportOptions {
        width: context.screen.columns,
        color: context.screen.out_color,
        detail: if arguments.all { Detail::Verbose } else { Detail::Normal },
    };
    let written = match arguments.format.unwrap_or(Format::Table) {
        Format::Table => table::draw(&requests, &registry, options).into_bytes(),
        Format::Json => requests.json(&registry),
        Format::Jsonl => requests.lines(&registry),
    };
    let mut out = std::io::stdout().lock();
    ended(out.write_all(&written).and_then(|()| out.flush()).context("cannot write the answers"))
}

/// `pixelproof decode | head` is nobody's mistake.
fn ended(result: anyhow::Result<()>) -> CommandResult {
    match result {
        Err(error) if !is_closed_pipe(&error) => Err(error.into()),
        _ => Ok(PASSED),
    }
}

/// Reads to the end of `input`. Fails only when reading or writing does.
pub fn run(input: impl Read, mut output: impl Write, registry: &Registry) -> anyhow::Result<()> {
    let mut input = BufReader::with_capacity(CHUNK, input);
    let mut decoder = LineDecoder::new(registry);
    let mut line = Vec::new();
    let mut answers = Vec::new();
    loop {
        line.clear();
        let read = Read::by_ref(&mut input)
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line)
            .context("cannot read the requests")?;
        if read == 0 {
            break;
        }
        if read as u64 == LONGEST_LINE && !line.ends_with(b"\n") {
            skip_line(&mut input).context("cannot read the requests")?;
            let problem = format!("line is longer than {LONGEST_LINE} bytes");
            decoder.refuse(&problem, &mut answers);
        } else if !line.trim_ascii().is_empty() {
            decoder.decode(line.trim_ascii(), &mut answers);
        }
        // The next read may wait for a writer that waits for this answer.
        let waits = !input.buffer().contains(&b'\n');
        if answers.len() >= CHUNK || waits {
            output.write_all(&answers).context("cannot write the answers")?;
            answers.clear();
            if waits {
                output.flush().context("cannot write the answers")?;
            }
        }
    }
    output.write_all(&answers).context("cannot write the answers")?;
    output.flush().context("cannot write the answers")
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<std::io::Error>();
    cause.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

fn skip_line(input: &mut impl BufRead) -> std::io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(buffer.len(), |at| at + 1);
        input.consume(used);
        if end.is_some() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_has_its_line_in_order() {
        let input = "{\"id\":1,\"url\":\"https://a.test/\"}\r\n\nbroken\n{\"id\":3,\"url\":\"https://www.facebook.com/tr/?id=1&ev=Lead\"}";
        let mut output = Vec::new();
        run(input.as_bytes(), &mut output, &Registry::default()).unwrap();
        let kinds: Vec<_> = String::from_utf8(output)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["kind"].clone())
            .collect();
        assert_eq!(kinds, ["none", "none", "event"]);
    }

    #[test]
    fn a_reader_that_went_away_is_told_from_other_errors() {
        struct Gone(ErrorKind);
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(self.0.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        for (kind, closed) in [(ErrorKind::BrokenPipe, true), (ErrorKind::StorageFull, false)] {
            let error = run(&b"{}\n"[..], Gone(kind), &Registry::default()).unwrap_err();
            assert_eq!(is_closed_pipe(&error), closed);
        }
    }
}

//! `pixelproof decode --format jsonl`: requests in, decoded events out.
//!
//! Streams: memory does not grow with the input.

use std::io::{BufRead, BufReader, Read, Write};

use anyhow::Context;

use crate::vendors::Registry;
use crate::vendors::frame::lines::LineDecoder;

/// The longest line that is taken, in bytes.
const LONGEST_LINE: u64 = 64 * 1024 * 1024;
/// Answers leave together once they are this long, or the input pauses.
const CHUNK: usize = 64 * 1024;

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
}

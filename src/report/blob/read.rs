//! Reads a blob line by line, so that no more of it than a scenario is in
//! memory at once. A blob came from another machine: whatever is in it, the
//! reader ends with a reason. It joins nothing.

use std::io::{BufRead as _, BufReader, ErrorKind, Read};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;
use thiserror::Error;

use crate::model::run::ScenarioReport;
use crate::report::blob::{End, FORMAT, Head, Mark, Tagged};

/// Longest line, unpacked: a scenario beyond it was not written by us.
const LONGEST: u64 = 1 << 30;

/// Longest line of which a file may still turn out to be none of ours.
const LONGEST_MARK: u64 = 1 << 12;

/// Why a blob cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BlobError {
    #[error("is no blob of pixelproof")]
    NotOne,
    /// Another version wrote it.
    #[error(
        "was written by pixelproof {version}, whose blobs have format {format}; this one reads format {FORMAT}"
    )]
    OtherFormat { version: String, format: u32 },
    #[error("is cut off")]
    CutOff,
    #[error("is damaged: {0}")]
    Damaged(String),
}

/// What stands in a line after the head.
#[derive(Debug)]
pub enum Line {
    Scenario(Box<ScenarioReport>),
    Picture { path: String, bytes: Vec<u8> },
    End(End),
}

/// A blob whose head has been read.
pub struct Reader<R> {
    /// Of the pixelproof that wrote it.
    pub version: String,
    pub head: Head,
    lines: BufReader<MultiGzDecoder<R>>,
    scenarios: usize,
}

/// Whether a file that begins like this may be one: packed, and its first
/// line is the mark, of whatever format.
pub fn is_blob(source: impl Read) -> bool {
    mark(&mut BufReader::new(MultiGzDecoder::new(source))).is_ok()
}

impl<R: Read> Reader<R> {
    pub fn open(source: R) -> Result<Self, BlobError> {
        let mut lines = BufReader::new(MultiGzDecoder::new(source));
        let Mark { pixelproof_blob: format, version } = mark(&mut lines)?;
        if format != FORMAT {
            return Err(BlobError::OtherFormat { version, format });
        }
        match next(&mut lines)? {
            Tagged::Head(head) if (1..=head.part.of).contains(&head.part.number) => {
                Ok(Self { version, head, lines, scenarios: 0 })
            }
            _ => Err(BlobError::Damaged("it has no head".to_owned())),
        }
    }

    /// The next line. After the end nothing may follow, and before it the file
    /// may not end.
    pub fn read(&mut self) -> Result<Line, BlobError> {
        let damaged = |reason: &str| Err(BlobError::Damaged(reason.to_owned()));
        match next(&mut self.lines)? {
            Tagged::Head(_) => damaged("it has two heads"),
            Tagged::Scenario(scenario) if !is_slug(&scenario.slug) => {
                damaged("the name of a scenario cannot be that of a file")
            }
            Tagged::Scenario(scenario) => {
                self.scenarios += 1;
                Ok(Line::Scenario(Box::new(scenario)))
            }
            Tagged::Picture(picture) => match STANDARD.decode(picture.base64) {
                Ok(bytes) => Ok(Line::Picture { path: picture.path, bytes }),
                Err(error) => damaged(&error.to_string()),
            },
            Tagged::End(end) if end.scenarios != self.scenarios => {
                damaged("it does not have the scenarios that it says it has")
            }
            Tagged::End(end) => match self.lines.fill_buf() {
                Ok([]) => Ok(Line::End(end)),
                Ok(_) => damaged("it goes on after its end"),
                Err(error) => Err(reason(&error)),
            },
        }
    }
}

fn mark<R: Read>(lines: &mut BufReader<R>) -> Result<Mark, BlobError> {
    let mut text = Vec::new();
    match lines.take(LONGEST_MARK).read_until(b'\n', &mut text) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof && !text.is_empty() => {
            Err(BlobError::CutOff)
        }
        _ => serde_json::from_slice::<Mark>(&text)
            .ok()
            .filter(|mark| mark.version.bytes().all(|byte| byte.is_ascii_graphic()))
            .ok_or(BlobError::NotOne),
    }
}

/// Files are named by it, and it may be masked.
fn is_slug(slug: &str) -> bool {
    let fits = |it: char| it.is_alphanumeric() || matches!(it, '-' | '_' | '*');
    !slug.is_empty() && slug.chars().all(fits)
}

fn next<R: Read>(lines: &mut BufReader<R>) -> Result<Tagged, BlobError> {
    let mut text = Vec::new();
    lines.take(LONGEST).read_until(b'\n', &mut text).map_err(|error| reason(&error))?;
    if text.pop() != Some(b'\n') {
        return Err(BlobError::CutOff);
    }
    serde_json::from_slice(&text).map_err(|error| BlobError::Damaged(error.to_string()))
}

fn reason(error: &std::io::Error) -> BlobError {
    match error.kind() {
        ErrorKind::UnexpectedEof => BlobError::CutOff,
        _ => BlobError::Damaged(error.to_string()),
    }
}

/// A scenario as [`crate::report::blob::scenario`] packed it.
pub fn read_scenario(packed: &[u8]) -> Option<ScenarioReport> {
    match next(&mut BufReader::new(MultiGzDecoder::new(packed))) {
        Ok(Tagged::Scenario(scenario)) => Some(scenario),
        _ => None,
    }
}

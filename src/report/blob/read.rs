//! Reads a blob line by line, outlines only, and says where the rest of it
//! lies, so that no more of it than is told is in memory at once. A blob came
//! from another machine: whatever is in it, the reader ends with a reason. It
//! joins nothing.

use std::io::{BufRead as _, BufReader, Cursor, ErrorKind, Read, Seek, SeekFrom};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::bufread::GzDecoder;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::model::run::ScenarioReport;
use crate::report::blob::{End, FIELD, FORMAT, Head, LENGTH_AT, Mark, Tagged};

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

/// Bytes of a blob, which are a packed line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub offset: u64,
    pub length: u64,
}

/// What stands in a line after the head.
#[derive(Debug)]
pub enum Line {
    Scenario { outline: Box<ScenarioReport>, whole: Span },
    Picture { path: String, whole: Span },
    End(End),
}

/// A blob whose head has been read.
pub struct Reader<R> {
    /// Of the pixelproof that wrote it.
    pub version: String,
    pub head: Head,
    lines: Lines<R>,
    scenarios: usize,
}

/// Whether a file that begins like this may be one: packed, and its first
/// line is the mark, of whatever format.
pub fn is_blob(source: impl Read) -> bool {
    mark(source).is_ok()
}

impl<R: Read + Seek> Reader<R> {
    pub fn open(mut source: R) -> Result<Self, BlobError> {
        let length = source.seek(SeekFrom::End(0)).map_err(|error| reason(&error))?;
        source.rewind().map_err(|error| reason(&error))?;
        let Mark { pixelproof_blob: format, version } = mark(&mut source)?;
        if format != FORMAT {
            return Err(BlobError::OtherFormat { version, format });
        }
        source.rewind().map_err(|error| reason(&error))?;
        let mut lines = Lines { source: BufReader::new(source), at: 0, length };
        // Once more, now that its length and its checksum count as well.
        lines.read::<Mark>()?;
        match lines.read::<Tagged>()? {
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
        match self.lines.read::<Tagged>()? {
            Tagged::Outline(outline) if !is_slug(&outline.slug) => {
                damaged("the name of a scenario cannot be that of a file")
            }
            Tagged::Outline(outline) => {
                self.scenarios += 1;
                Ok(Line::Scenario { outline, whole: self.lines.skip()? })
            }
            Tagged::Caption { path } => Ok(Line::Picture { path, whole: self.lines.skip()? }),
            Tagged::End(end) if end.scenarios != self.scenarios => {
                damaged("it does not have the scenarios that it says it has")
            }
            Tagged::End(end) if self.lines.at == self.lines.length => Ok(Line::End(end)),
            Tagged::End(_) => damaged("it goes on after its end"),
            Tagged::Head(_) | Tagged::Scenario(_) | Tagged::Picture { .. } => {
                damaged("its lines are not in their order")
            }
        }
    }
}

/// Packed lines, one after another.
struct Lines<R> {
    source: BufReader<R>,
    at: u64,
    length: u64,
}

impl<R: Read + Seek> Lines<R> {
    /// The head of the next line, which lies in the file to its end.
    fn begin(&mut self) -> Result<([u8; LENGTH_AT + 4], Span), BlobError> {
        let mut start = [0; LENGTH_AT + 4];
        self.source.read_exact(&mut start).map_err(|error| reason(&error))?;
        let [.., a, b, c, d] = start;
        let length = u64::from(u32::from_le_bytes([a, b, c, d]));
        if start.get(LENGTH_AT - FIELD.len()..LENGTH_AT) != Some(&FIELD)
            || length < start.len() as u64
        {
            return Err(BlobError::Damaged("a line does not say how long it is".to_owned()));
        }
        let span = Span { offset: self.at, length };
        self.at += length;
        if self.at > self.length {
            return Err(BlobError::CutOff);
        }
        Ok((start, span))
    }

    fn read<T: DeserializeOwned>(&mut self) -> Result<T, BlobError> {
        let (start, span) = self.begin()?;
        let mut packed = start.to_vec();
        let rest = span.length - start.len() as u64;
        (&mut self.source).take(rest).read_to_end(&mut packed).map_err(|error| reason(&error))?;
        unpack(&packed)
    }

    /// Gets past the next line.
    fn skip(&mut self) -> Result<Span, BlobError> {
        let (start, span) = self.begin()?;
        let rest = i64::try_from(span.length - start.len() as u64).unwrap_or_default();
        self.source.seek_relative(rest).map_err(|error| reason(&error))?;
        Ok(span)
    }
}

fn mark(source: impl Read) -> Result<Mark, BlobError> {
    let mut line = BufReader::new(GzDecoder::new(BufReader::new(source))).take(LONGEST_MARK);
    let mut text = Vec::new();
    match line.read_until(b'\n', &mut text) {
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

fn unpack<T: DeserializeOwned>(packed: &[u8]) -> Result<T, BlobError> {
    let mut unpacker = GzDecoder::new(packed);
    let mut text = Vec::new();
    unpacker.by_ref().take(LONGEST).read_to_end(&mut text).map_err(|error| reason(&error))?;
    if text.pop() != Some(b'\n') || !unpacker.into_inner().is_empty() {
        return Err(BlobError::Damaged("a line is not as long as it says".to_owned()));
    }
    serde_json::from_slice(&text).map_err(|error| BlobError::Damaged(error.to_string()))
}

fn reason(error: &std::io::Error) -> BlobError {
    match error.kind() {
        ErrorKind::UnexpectedEof => BlobError::CutOff,
        _ => BlobError::Damaged(error.to_string()),
    }
}

/// The lines of one scenario: its outline, and the packed whole.
pub fn unpack_outline(packed: &[u8]) -> Result<(ScenarioReport, &[u8]), BlobError> {
    let length = packed.len() as u64;
    let mut lines = Lines { source: BufReader::new(Cursor::new(packed)), at: 0, length };
    let Tagged::Outline(outline) = lines.read::<Tagged>()? else {
        return Err(BlobError::Damaged("it has no outline".to_owned()));
    };
    Ok((*outline, usize::try_from(lines.at).map_or(&[], |at| packed.get(at..).unwrap_or_default())))
}

/// The whole scenario that lay behind the outline of that slug.
pub fn unpack_scenario(packed: &[u8], slug: &str) -> Result<ScenarioReport, BlobError> {
    match unpack::<Tagged>(packed)? {
        Tagged::Scenario(scenario) if scenario.slug == slug => Ok(*scenario),
        _ => Err(BlobError::Damaged(format!("`{slug}` is not where it should be"))),
    }
}

/// The picture that lay behind the caption of that path.
pub fn unpack_picture(packed: &[u8], path: &str) -> Result<Vec<u8>, BlobError> {
    match unpack::<Tagged>(packed)? {
        Tagged::Picture { path: found, base64 } if found == path => {
            STANDARD.decode(base64).map_err(|error| BlobError::Damaged(error.to_string()))
        }
        _ => Err(BlobError::Damaged("a picture is not where it should be".to_owned())),
    }
}

//! Where a run lies that was read from blobs: which bytes of which file are
//! what scenario and which screenshot. They are read when a report asks.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::cli::config::io_reason;
use crate::cli::problems::Problem;
use crate::model::run::{ScenarioReport, Stored};
use crate::report::blob::{self, BlobError, Line, Reader, Span};

/// The rest of the scenarios that have been read as outlines.
#[derive(Debug, Default)]
pub struct Blobs {
    /// Each as its user names it, and where it is.
    files: Vec<(String, PathBuf)>,
    scenarios: HashMap<String, Place>,
    pictures: HashMap<String, Place>,
    /// Why something could not be had, the first time.
    problem: Mutex<Option<Problem>>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    file: usize,
    span: Span,
}

impl Blobs {
    /// What is noted next is in this file.
    pub fn begin(&mut self, name: &str, path: &Path) {
        self.files.push((name.to_owned(), path.to_owned()));
    }

    pub fn note(&mut self, line: &Line) {
        let file = self.files.len().saturating_sub(1);
        match line {
            Line::Scenario { outline, whole } => {
                self.scenarios.insert(outline.slug.clone(), Place { file, span: *whole });
            }
            Line::Picture { path, whole } => {
                self.pictures.insert(path.clone(), Place { file, span: *whole });
            }
            Line::End(_) => {}
        }
    }

    /// Why a report lacks something.
    pub fn problem(&self) -> Option<Problem> {
        self.problem.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn unpack<T>(
        &self,
        place: Option<&Place>,
        read: impl Fn(&[u8]) -> Result<T, BlobError>,
    ) -> Option<T> {
        let Place { file, span } = *place?;
        let (name, path) = self.files.get(file)?;
        let found = bytes(path, span)
            .map_err(|error| cannot_read(name, &error))
            .and_then(|bytes| read(&bytes).map_err(|error| refused(name, &error)));
        found
            .map_err(|problem| {
                let mut known = self.problem.lock().unwrap_or_else(PoisonError::into_inner);
                known.get_or_insert(problem);
            })
            .ok()
    }
}

impl Stored for Blobs {
    fn scenario(&self, slug: &str) -> Option<ScenarioReport> {
        self.unpack(self.scenarios.get(slug), |bytes| blob::unpack_scenario(bytes, slug))
    }

    fn picture(&self, path: &str) -> Option<Vec<u8>> {
        self.unpack(self.pictures.get(path), |bytes| blob::unpack_picture(bytes, path))
    }
}

fn bytes(path: &Path, Span { offset, length }: Span) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A blob up to the end of its head.
pub fn open(path: &Path, name: &str) -> Result<Reader<File>, Problem> {
    let file = File::open(path).map_err(|error| cannot_read(name, &error))?;
    Reader::open(file).map_err(|error| refused(name, &error))
}

fn cannot_read(name: &str, error: &std::io::Error) -> Problem {
    Problem::new(format!("cannot read {name}: {}", io_reason(error)))
}

/// Why a blob is of no use.
pub fn refused(name: &str, error: &BlobError) -> Problem {
    let help = match error {
        BlobError::NotOne => "`pixelproof run --report blob=PATH` writes one",
        BlobError::OtherFormat { .. } => "use the same pixelproof on every machine",
        BlobError::CutOff | BlobError::Damaged(_) => "copy it once more, or play that part again",
    };
    Problem::new(format!("{name} {error}")).help(help)
}

//! A run, or a part of one, for `pixelproof merge` and `pixelproof report`:
//! all that any other reporter needs, so that what they write of it is what
//! they would have written at once.
//!
//! Lines of JSON, packed with gzip, each of them by itself, so that a file
//! grows by what is appended and what is there can be read at any time: the
//! mark, the head, a line for each scenario, screenshots, the end. Secrets
//! are gone from it, since it travels. Screenshots are in it by content, as
//! many as the HTML report of the whole run could show: the machine that took
//! them is gone when parts are merged. HAR files are not, because requests are.

mod join;
mod masked;
mod read;

pub use crate::report::blob::join::{Join, Mistake, alone, lighten, mistakes};
pub use crate::report::blob::read::{BlobError, Line, Reader, is_blob, read_scenario};

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use crate::model::finding::Finding;
use crate::model::run::{Part, RunReport, ScenarioReport};
use crate::report::blob::masked::Masked;
use crate::report::html;
use crate::report::mask::Mask;
use crate::report::{ReportOptions, Reporter};

pub static REPORTER: Reporter = Reporter {
    name: "blob",
    extension: "blob",
    docs: "the run, or a shard of it, for `pixelproof merge`",
    whole: true,
    write: |run, _: &ReportOptions| blob(run),
};

/// Raised with each change of the model that a blob holds: a blob is read by
/// the pixelproof that wrote it, or refused.
pub const FORMAT: u32 = 1;

/// The first line, which every format begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub pixelproof_blob: u32,
    /// Of the pixelproof that wrote it.
    pub version: String,
}

/// What is known when a run begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head {
    pub started_unix_ms: i64,
    pub part: Part,
}

/// What is known when it has ended, or of one that goes on, so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct End {
    pub duration_ms: f64,
    pub browser: String,
    pub complete: bool,
    pub findings: Vec<Finding>,
    /// How many lines of scenarios there are.
    pub scenarios: usize,
}

fn blob(run: &RunReport) -> Vec<u8> {
    let mask = mask(run);
    let mut bytes = head(run, &mask);
    for it in &run.scenarios {
        bytes.extend(scenario(it, &mask));
    }
    for path in html::pictures_wanted(run) {
        if let Some(picture) = run.pictures.get(path) {
            let line = PictureLine { path: mask.text(path), base64: STANDARD.encode(picture) };
            bytes.extend(pack(&[serde_json::to_vec(&Written::Picture(line))]));
        }
    }
    bytes.extend(end(run, &mask));
    bytes
}

/// Every secret that is known, those of scenarios of other parts as well: a
/// site shows everywhere what was typed once.
pub fn mask(run: &RunReport) -> Mask {
    Mask::new(run.scenarios.iter().flat_map(|it| &it.secrets).chain(&run.part.secrets))
}

/// Mark and head of a blob of this run.
pub fn head(run: &RunReport, mask: &Mask) -> Vec<u8> {
    let first = Mark { pixelproof_blob: FORMAT, version: run.version.clone() };
    let head = Head { started_unix_ms: run.started_unix_ms, part: run.part.clone() };
    pack(&[serde_json::to_vec(&first), line(&Written::Head(head), mask)])
}

/// The line of one scenario.
pub fn scenario(scenario: &ScenarioReport, mask: &Mask) -> Vec<u8> {
    pack(&[line(&Written::Scenario(scenario), mask)])
}

/// The line after which there is none.
pub fn end(run: &RunReport, mask: &Mask) -> Vec<u8> {
    let end = End {
        duration_ms: run.duration_ms,
        browser: run.browser.clone(),
        complete: run.complete,
        findings: run.findings.clone(),
        scenarios: run.scenarios.len(),
    };
    pack(&[line(&Written::End(end), mask)])
}

/// A line by what it is of.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Tagged<S = ScenarioReport> {
    Head(Head),
    Scenario(S),
    Picture(PictureLine),
    End(End),
}

type Written<'a> = Tagged<&'a ScenarioReport>;

#[derive(Serialize, Deserialize)]
struct PictureLine {
    path: String,
    base64: String,
}

fn line(line: &impl Serialize, mask: &Mask) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&Masked::new(line, mask))
}

/// One piece of a gzip file that may have many. Nothing here can fail: keys
/// are texts, and memory takes what is written.
fn pack(lines: &[serde_json::Result<Vec<u8>>]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for line in lines.iter().flatten() {
        let _ = encoder.write_all(line).and_then(|()| encoder.write_all(b"\n"));
    }
    encoder.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests;

//! A run, or a part of one, for `pixelproof merge` and `pixelproof report`:
//! all that any other reporter needs, so that what they write of it is what
//! they would have written at once.
//!
//! Lines of JSON, packed with gzip, each of them by itself, so that a file
//! grows by what is appended and what is there can be read at any time: the
//! mark, the head, two lines for each scenario, screenshots, the end. Secrets
//! are gone from it, since it travels. Screenshots are in it by content, as
//! many as the HTML report of the whole run could show: the machine that took
//! them is gone when parts are merged. HAR files are not, because requests are.
//!
//! Of a scenario there is an outline first, which most reports make do with,
//! and then the whole. Each packed line tells its length in gzip's own header
//! (an extra field, RFC 1952, 2.3.1.1), so that a reader gets past what it
//! does not need without unpacking it, and finds it again.

mod join;
mod masked;
mod outline;
mod read;

pub use crate::report::blob::join::{Join, Mistake, alone, mistakes};
pub use crate::report::blob::read::{
    BlobError, Line, Reader, Span, is_blob, unpack_outline, unpack_picture, unpack_scenario,
};

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compression, GzBuilder};
use serde::{Deserialize, Serialize};

use crate::model::finding::Finding;
use crate::model::run::{Part, RunReport, ScenarioReport};
use crate::report::Reporter;
use crate::report::blob::masked::Masked;
use crate::report::blob::outline::outline;
use crate::report::html;
use crate::report::mask::Mask;

pub static REPORTER: Reporter = Reporter {
    name: "blob",
    extension: "blob",
    docs: "the run, or a shard of it, for `pixelproof merge`",
    write: |run, _, out| blob(run, out),
};

/// Raised with each change of the model that a blob holds: a blob is read by
/// the pixelproof that wrote it, or refused.
pub const FORMAT: u32 = 2;

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

fn blob(run: &RunReport, out: &mut dyn Write) -> io::Result<()> {
    let mask = mask(run);
    out.write_all(&head(run, &mask))?;
    for it in run.wholes() {
        out.write_all(&scenario(&it, &mask))?;
    }
    for path in html::pictures_wanted(run) {
        if let Some(bytes) = run.picture(path) {
            let path = mask.text(path);
            out.write_all(&pack(&Written::Caption { path: path.clone() }))?;
            out.write_all(&pack(&Written::Picture { path, base64: STANDARD.encode(bytes) }))?;
        }
    }
    out.write_all(&end(run, &mask))
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
    [pack(&first), masked(&Written::Head(head), mask)].concat()
}

/// The lines of one scenario.
pub fn scenario(scenario: &ScenarioReport, mask: &Mask) -> Vec<u8> {
    let outline = masked(&Written::Outline(&outline(scenario)), mask);
    [outline, masked(&Written::Scenario(scenario), mask)].concat()
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
    masked(&Written::End(end), mask)
}

/// A line by what it is of.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Tagged<S = Box<ScenarioReport>> {
    Head(Head),
    /// The scenario itself follows.
    Outline(S),
    Scenario(S),
    /// The picture itself follows.
    Caption {
        path: String,
    },
    Picture {
        path: String,
        base64: String,
    },
    End(End),
}

type Written<'a> = Tagged<&'a ScenarioReport>;

fn masked(line: &Written<'_>, mask: &Mask) -> Vec<u8> {
    pack(&Masked::new(line, mask))
}

/// Where in a packed line its length stands: behind gzip's fixed header, the
/// length of the extra field, and the name and length of our part of it.
const LENGTH_AT: usize = 16;
const FIELD: [u8; 4] = *b"PP\x04\0";

/// One piece of a gzip file that may have many. Nothing here can fail: keys
/// are texts, and memory takes what is written.
fn pack(line: &impl Serialize) -> Vec<u8> {
    let field = [&FIELD[..], &[0; 4]].concat();
    let mut encoder = GzBuilder::new().extra(field).write(Vec::new(), Compression::fast());
    let _ = serde_json::to_writer(&mut encoder, line).map(|()| encoder.write_all(b"\n"));
    let mut bytes = encoder.finish().unwrap_or_default();
    let length = u32::try_from(bytes.len()).unwrap_or_default();
    if let Some(place) = bytes.get_mut(LENGTH_AT..LENGTH_AT + 4) {
        place.copy_from_slice(&length.to_le_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests;

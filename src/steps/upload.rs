//! `upload`: gives a file field its files. Paths are taken as they are; the
//! engine resolves relative ones against the scenario's folder, since this
//! layer knows no files.

use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::steps::arguments::{ArgumentKind, FRAME, Fields, SELECTORS, required};
use crate::steps::tab::{ElementQuery, StepResult, Tab};
use crate::steps::{StepKind, StepSpec, frame_value, object, selector};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    pub query: ElementQuery,
    pub files: Vec<PathBuf>,
}

impl StepKind for Upload {
    const SPEC: StepSpec = StepSpec {
        name: "upload",
        doc: "Gives a file field one or more files.",
        shorthand: None,
        arguments: &[
            SELECTORS,
            FRAME,
            required(
                "files",
                ArgumentKind::Texts,
                "a path, or a list; relative to the scenario file",
            ),
        ],
        recorder: false,
        value: Some("files"),
    };

    fn read(fields: &mut Fields) -> Option<Self> {
        let query = fields.query();
        fields.require("files");
        let files = fields.texts("files");
        Some(Self { query: query?, files: files?.into_iter().map(PathBuf::from).collect() })
    }

    fn write(&self) -> Map<String, Value> {
        let files: Vec<String> =
            self.files.iter().map(|file| file.to_string_lossy().into_owned()).collect();
        object([
            ("selectors", Some(selector::to_json(&self.query))),
            ("frame", frame_value(&self.query.frame)),
            ("files", Some(files.into())),
        ])
    }

    async fn perform(&self, tab: &mut impl Tab) -> StepResult {
        tab.upload(&self.query, &self.files).await
    }

    fn summary(&self) -> String {
        format!("upload to {}", self.query)
    }
}

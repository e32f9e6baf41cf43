//! `emulateNetworkConditions` (Recorder): slows the network down. Offline is
//! what the Recorder writes as no throughput at all.

use serde_json::{Map, Value};

use crate::steps::arguments::{ArgumentKind, Fields, required};
use crate::steps::tab::{NetworkConditions, StepResult, Tab};
use crate::steps::{StepKind, StepSpec, number, object};

#[derive(Debug, Clone, PartialEq)]
pub struct EmulateNetworkConditions(pub NetworkConditions);

impl StepKind for EmulateNetworkConditions {
    const SPEC: StepSpec = StepSpec {
        name: "emulateNetworkConditions",
        doc: "Slows the network down.",
        shorthand: None,
        arguments: &[
            required("download", ArgumentKind::Number, "bytes a second, -1 lifts the limit"),
            required("upload", ArgumentKind::Number, "bytes a second, -1 lifts the limit"),
            required("latency", ArgumentKind::Number, "milliseconds added to each answer"),
        ],
        recorder: true,
        value: None,
    };

    fn read(fields: &mut Fields) -> Option<Self> {
        let download = fields.required_number("download");
        let upload = fields.required_number("upload");
        let latency_ms = fields.required_number("latency");
        let (download, upload, latency_ms) = (download?, upload?, latency_ms?);
        let offline = download == 0.0 && upload == 0.0;
        Some(Self(NetworkConditions { offline, download, upload, latency_ms }))
    }

    fn write(&self) -> Map<String, Value> {
        object([
            ("download", Some(number(self.0.download))),
            ("upload", Some(number(self.0.upload))),
            ("latency", Some(number(self.0.latency_ms))),
        ])
    }

    async fn perform(&self, tab: &mut impl Tab) -> StepResult {
        tab.emulate_network(&self.0).await
    }

    fn summary(&self) -> String {
        let NetworkConditions { offline, download, upload, latency_ms } = &self.0;
        if *offline {
            return "go offline".to_owned();
        }
        format!("emulate a network of {download} B/s down, {upload} B/s up, {latency_ms} ms")
    }
}

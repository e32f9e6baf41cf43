//! (in the making)
use crate::report::Reporter;
pub static REPORTER: Reporter =
    Reporter { name: "json", extension: "json", docs: "x", write: |_, _| Vec::new() };

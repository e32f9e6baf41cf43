//! (in the making)
use crate::report::Reporter;
pub static REPORTER: Reporter =
    Reporter { name: "har", extension: "har", docs: "x", write: |_, _| Vec::new() };

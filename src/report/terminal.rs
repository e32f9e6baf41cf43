//! (in the making)
use crate::report::Reporter;
pub static REPORTER: Reporter =
    Reporter { name: "terminal", extension: "terminal", docs: "x", write: |_, _| Vec::new() };

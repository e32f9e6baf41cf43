//! Whole runs in a real Chrome against small local sites: one module a topic,
//! one test binary, because linking it is slow. A machine without Chrome fails
//! these tests; it does not skip them.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failing helper is a failing test")]

mod e2e {
    pub mod ground;
    pub mod support;

    mod bad_input;
    mod breakages;
    mod capture;
    mod conditions;
    mod consent;
    mod elements;
    mod evidence;
    mod forms;
    mod input;
    mod libraries;
    mod lifecycle;
    #[cfg(target_os = "linux")]
    mod memory;
    mod options;
    mod outfitter;
    mod pages;
    mod people;
    mod program;
    mod report;
    mod reviewing;
    mod themes;
    mod torture;
    mod trail;
    mod trouble;
    mod visit;
    mod wild;
}

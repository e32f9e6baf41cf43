//! Runs against a real Chrome, held against what local servers saw.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod e2e {
    mod capture;
    mod ground;
    mod options;
}

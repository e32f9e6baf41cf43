//! Transcripts of the command line: help, mistakes and what is said about
//! them. Nothing here starts a browser.

#[test]
fn transcripts() {
    trycmd::TestCases::new().env("NO_COLOR", "1").env("CI", "").case("tests/cli/*.trycmd");
}

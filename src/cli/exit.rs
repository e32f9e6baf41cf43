//! How a command ends: the exit codes, and what is said when it ends badly.

use crate::cli::problems::Problem;

/// What the exit codes mean. Pipelines build on them.
pub const PASSED: u8 = 0;
/// The site is wrong.
pub const FAILED: u8 = 1;
/// Arguments, configuration or a scenario are wrong.
pub const BAD_INPUT: u8 = 2;
/// The browser or the run failed, or was interrupted.
pub const BROKEN: u8 = 3;

/// The paragraph that `--help` shows.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  passed
  1  failed: the site is wrong
  2  bad input: arguments, configuration or scenario
  3  broken: the browser or the run failed, or it was interrupted";

/// Why a command did not do its work.
#[derive(Debug)]
pub enum Failure {
    /// What a person wrote is wrong; every problem at once.
    Input(Vec<Problem>),
    /// The run went wrong: what, and what to do about it.
    Broken { error: anyhow::Error, help: Option<String> },
}

pub type CommandResult = Result<u8, Failure>;

impl Failure {
    pub fn input(problem: impl Into<Problem>) -> Self {
        Self::Input(vec![problem.into()])
    }

    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Input(_) => BAD_INPUT,
            Self::Broken { .. } => BROKEN,
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Broken { error, help: None }
    }
}

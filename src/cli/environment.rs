//! The process's surroundings, captured once as a value: everything after
//! this reads the value, so tests need no environment. It decides nothing.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;

/// Prefix of environment variables that fill scenario variables:
/// `PIXELPROOF_VAR_email` fills `email`.
pub const VAR_PREFIX: &str = "PIXELPROOF_VAR_";

/// Widest layout: longer lines are hard to read.
const WIDEST: usize = 140;

#[derive(Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about the process")]
pub struct Environment {
    /// Where relative paths start.
    pub directory: PathBuf,
    /// A continuous-integration machine: snapshots are not written.
    pub ci: bool,
    pub no_color: bool,
    pub force_color: bool,
    /// `TERM=dumb`: no colours, no bars.
    pub dumb_terminal: bool,
    /// Columns of the terminal, where there is one.
    pub width: Option<usize>,
    pub stdin_is_terminal: bool,
    pub stdout_is_terminal: bool,
    pub stderr_is_terminal: bool,
    pub home: Option<PathBuf>,
    /// Where downloaded browsers are kept.
    pub cache: Option<PathBuf>,
    /// Chrome's executable, from `PIXELPROOF_CHROME` or `CHROME`.
    pub chrome: Option<PathBuf>,
    /// Every variable, for `${env.NAME}` in scenarios. May hold secrets.
    pub all: BTreeMap<String, String>,
}

impl Environment {
    /// Reads the process's environment. Values that are not UTF-8 are read
    /// lossily, except paths.
    pub fn capture() -> Self {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let home = set("HOME").or_else(|| set("USERPROFILE")).map(PathBuf::from);
        let cache = set("XDG_CACHE_HOME")
            .or_else(|| set("LOCALAPPDATA"))
            .map(PathBuf::from)
            .or_else(|| home.as_ref().map(|home| home.join(".cache")));
        let width = console::Term::stdout()
            .size_checked()
            .or_else(|| console::Term::stderr().size_checked())
            .map(|(_, columns)| usize::from(columns));
        Self {
            directory: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            // `CI=false` is how people switch it off.
            ci: set("CI").is_some_and(|value| value != "false" && value != "0"),
            no_color: set("NO_COLOR").is_some(),
            force_color: set("CLICOLOR_FORCE").is_some_and(|value| value != "0"),
            dumb_terminal: set("TERM").is_some_and(|value| value == "dumb"),
            width,
            stdin_is_terminal: std::io::stdin().is_terminal(),
            stdout_is_terminal: std::io::stdout().is_terminal(),
            stderr_is_terminal: std::io::stderr().is_terminal(),
            home,
            cache: cache.map(|cache| cache.join("pixelproof")),
            chrome: set("PIXELPROOF_CHROME").or_else(|| set("CHROME")).map(PathBuf::from),
            all: std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
                })
                .collect(),
        }
    }

    /// What the CI system calls the run, the same on each of its machines and
    /// when one of them repeats its part.
    ///
    /// <https://docs.github.com/en/actions/reference/workflows-and-actions/variables>,
    /// <https://docs.gitlab.com/ci/variables/predefined_variables/>,
    /// <https://buildkite.com/docs/pipelines/configure/environment-variables>,
    /// <https://learn.microsoft.com/en-us/azure/devops/pipelines/build/variables>
    pub fn run_id(&self) -> Option<String> {
        ["GITHUB_RUN_ID", "CI_PIPELINE_ID", "BUILDKITE_BUILD_ID", "BUILD_BUILDID"]
            .iter()
            .find_map(|name| self.all.get(*name).filter(|id| !id.is_empty()).cloned())
    }

    /// Columns to lay text out for.
    pub fn columns(&self) -> usize {
        self.width.unwrap_or(100).min(WIDEST)
    }
}

/// Without the variables, which may hold secrets.
impl std::fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Environment")
            .field("directory", &self.directory)
            .field("ci", &self.ci)
            .field("width", &self.width)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_is_bounded_and_has_a_default() {
        let with = |width| Environment { width, ..Environment::default() }.columns();
        assert_eq!((with(None), with(Some(80)), with(Some(400))), (100, 80, 140));
    }

    #[test]
    fn captures_the_directory() {
        assert!(Environment::capture().directory.is_absolute());
    }
}

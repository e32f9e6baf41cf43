//! The one place that prints. Colours are decided here, once; a reader that
//! went away (a closed pipe) is no error.

use std::io::{BufWriter, Write};
use std::sync::Mutex;

use clap::ValueEnum;

use crate::cli::environment::Environment;

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set; always when CLICOLOR_FORCE is
    #[default]
    Auto,
    Always,
    Never,
}

/// Standard output and standard error.
#[derive(Debug)]
pub struct Screen {
    pub out_color: bool,
    pub err_color: bool,
    /// Columns to lay text out for.
    pub columns: usize,
    /// Where pieces go in tests instead.
    captured: Option<Mutex<String>>,
}

impl Screen {
    pub fn new(choice: ColorChoice, environment: &Environment) -> Self {
        Self {
            out_color: wants_color(choice, environment, environment.stdout_is_terminal),
            err_color: wants_color(choice, environment, environment.stderr_is_terminal),
            columns: environment.columns(),
            captured: None,
        }
    }

    /// A screen that keeps what it is told, for tests.
    #[cfg(test)]
    pub fn captured(columns: usize) -> Self {
        Self {
            out_color: false,
            err_color: false,
            columns,
            captured: Some(Mutex::new(String::new())),
        }
    }

    #[cfg(test)]
    pub fn text(&self) -> String {
        self.captured.as_ref().and_then(|text| Some(text.lock().ok()?.clone())).unwrap_or_default()
    }

    /// Results: what a pipe should carry.
    pub fn out(&self, text: &str) {
        self.out_bytes(text.as_bytes());
    }

    pub fn out_bytes(&self, bytes: &[u8]) {
        self.out_with(|out| out.write_all(bytes));
    }

    /// The same for what is made as it is written.
    pub fn out_with(&self, content: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) {
        if let Some(captured) = &self.captured {
            let mut bytes = Vec::new();
            if content(&mut bytes).is_ok()
                && let Ok(mut captured) = captured.lock()
            {
                captured.push_str(&String::from_utf8_lossy(&bytes));
            }
            return;
        }
        let mut out = BufWriter::new(std::io::stdout().lock());
        // Nobody is left to tell when standard output is gone.
        let _ = content(&mut out).and_then(|()| out.flush());
    }

    /// Problems and notices.
    pub fn err(&self, text: &str) {
        if self.captured.is_some() {
            self.out(text);
            return;
        }
        let mut err = std::io::stderr().lock();
        let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
    }
}

fn wants_color(choice: ColorChoice, environment: &Environment, is_terminal: bool) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if environment.no_color => false,
        ColorChoice::Auto if environment.force_color => true,
        ColorChoice::Auto => is_terminal && !environment.dumb_terminal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_follows_choice_environment_and_terminal() {
        let plain = Environment::default();
        let no = Environment { no_color: true, ..Environment::default() };
        let force = Environment { force_color: true, ..Environment::default() };
        let both = Environment { no_color: true, force_color: true, ..Environment::default() };
        let dumb = Environment { dumb_terminal: true, ..Environment::default() };
        for (choice, environment, terminal, expected) in [
            (ColorChoice::Auto, &plain, true, true),
            (ColorChoice::Auto, &plain, false, false),
            (ColorChoice::Auto, &no, true, false),
            (ColorChoice::Auto, &force, false, true),
            (ColorChoice::Auto, &both, true, false),
            (ColorChoice::Auto, &dumb, true, false),
            (ColorChoice::Always, &no, false, true),
            (ColorChoice::Never, &force, true, false),
        ] {
            assert_eq!(
                wants_color(choice, environment, terminal),
                expected,
                "{choice:?} {environment:?}"
            );
        }
    }
}

//! `pixelproof review`: decides hit by hit which differences become the new
//! expectation. It joins and writes; what a difference is and how snapshots
//! are joined is decided in the `snapshot` layer.

use std::io;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use console::{Key, Term};
use globset::{Glob, GlobSetBuilder};

use crate::cli::Context;
use crate::cli::config;
use crate::cli::exit::{BAD_INPUT, CommandResult, Failure, PASSED};
use crate::cli::problems::{Problem, draw};
use crate::cli::screen::Screen;
use crate::cli::snapshots::{Store, StoreError};
use crate::snapshot::Snapshot;
use crate::snapshot::merge::{Change, Decision, Reviewed, apply, changes};
use crate::snapshot::show::{harmless, render_difference};

/// Accept or reject differences, hit by hit
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixelproof review                 asks about every change
  pixelproof review --list          tells what waits
  pixelproof review --accept lead   takes every change of one scenario
  pixelproof review --reject        drops every change")]
pub struct Arguments {
    /// Scenarios to review, by name or pattern; all if not given
    #[arg(value_name = "NAMES")]
    globs: Vec<String>,

    /// Take every change
    #[arg(long, conflicts_with_all = ["reject", "list"])]
    accept: bool,

    /// Drop every change
    #[arg(long, conflicts_with = "list")]
    reject: bool,

    /// Tell what waits, change nothing
    #[arg(long)]
    list: bool,

    /// Folder of the snapshots
    #[arg(long, value_name = "DIR")]
    snapshots: Option<PathBuf>,

    /// Read this file instead of looking for pixelproof.toml
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
}

pub fn execute(arguments: &Arguments, context: &Context) -> CommandResult {
    let config = config::load(arguments.config.as_deref(), &context.environment)?;
    let environment = &context.environment;
    let options = ReviewOptions {
        snapshots: arguments.snapshots.clone().unwrap_or(config.snapshots),
        globs: arguments.globs.clone(),
        mode: match (arguments.accept, arguments.reject, arguments.list) {
            (true, ..) => ReviewMode::Accept,
            (_, true, _) => ReviewMode::Reject,
            (_, _, true) => ReviewMode::List,
            _ => ReviewMode::Interactive,
        },
        terminal: environment.stdin_is_terminal && environment.stdout_is_terminal,
    };
    review(&options, &mut Keyboard { terminal: Term::stderr() }, &context.screen)
}

#[derive(Debug, Clone)]
pub struct ReviewOptions {
    pub snapshots: PathBuf,
    /// Slugs to review; empty for all.
    pub globs: Vec<String>,
    pub mode: ReviewMode,
    /// Whether a person can be asked: standard input and output are terminals.
    pub terminal: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewMode {
    Interactive,
    Accept,
    Reject,
    List,
}

/// What a person says to one change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Accept,
    Reject,
    Skip,
    /// This one and all that follow, in every file.
    AcceptAll,
    /// Ends the review; what was decided so far counts.
    Quit,
}

/// Whoever answers: a terminal, or a test.
pub trait Reviewer {
    fn ask(&mut self) -> io::Result<Answer>;
}

/// Reviews what is pending: 0 when it did what was asked, 2 when a file could
/// not be read or written; the others are reviewed all the same.
fn review(options: &ReviewOptions, reviewer: &mut dyn Reviewer, screen: &Screen) -> CommandResult {
    let store = Store::new(&options.snapshots);
    let pending = store.pending().map_err(|error| Failure::Input(error.into_problems()))?;
    let chosen = choose(options, &pending)?;
    if chosen.is_empty() {
        let folder = options.snapshots.display();
        screen.out(&format!("nothing to review: no pending snapshot in {folder}\n"));
        return Ok(PASSED);
    }
    if options.mode == ReviewMode::Interactive && !options.terminal {
        return Err(Failure::input(
            Problem::new("cannot review here: this is no terminal")
                .help("use `pixelproof review --accept`, `--reject` or `--list`"),
        ));
    }
    let mut session = Session { options, store, reviewer, screen, accept_all: false, ended: false };
    let mut code = PASSED;
    for (number, slug) in chosen.iter().enumerate() {
        if session.ended {
            break;
        }
        code = code.max(session.file(slug, number + 1, chosen.len())?);
    }
    Ok(code)
}

/// The pending snapshots that were asked for; every pattern must match one.
fn choose(options: &ReviewOptions, pending: &[String]) -> Result<Vec<String>, Failure> {
    if options.globs.is_empty() {
        return Ok(pending.to_vec());
    }
    let mut globs = GlobSetBuilder::new();
    let mut problems = Vec::new();
    for glob in &options.globs {
        // A file's name means the same as its slug.
        let slug = glob.rsplit('/').next().unwrap_or(glob);
        let slug = slug.trim_end_matches(".new").trim_end_matches(".snap");
        match Glob::new(slug) {
            Ok(compiled) => {
                let matcher = compiled.compile_matcher();
                if !pending.iter().any(|slug| matcher.is_match(slug)) {
                    let known = match pending {
                        [] => "nothing is pending".to_owned(),
                        all => format!("pending: {}", all.join(", ")),
                    };
                    problems.push(
                        Problem::new(format!("no pending snapshot matches `{glob}`")).help(known),
                    );
                }
                globs.add(compiled);
            }
            Err(error) => {
                problems.push(Problem::new(format!("`{glob}` is no pattern: {}", error.kind())));
            }
        }
    }
    if !problems.is_empty() {
        return Err(Failure::Input(problems));
    }
    let globs = globs.build().context("cannot use these patterns together")?;
    Ok(pending.iter().filter(|slug| globs.is_match(slug)).cloned().collect())
}

struct Session<'s> {
    options: &'s ReviewOptions,
    store: Store,
    reviewer: &'s mut dyn Reviewer,
    screen: &'s Screen,
    accept_all: bool,
    ended: bool,
}

impl Session<'_> {
    fn file(&mut self, slug: &str, number: usize, of: usize) -> CommandResult {
        let (new, bytes) = match self.store.read_pending(slug) {
            Ok(Some(pending)) => pending,
            // Someone else has reviewed it meanwhile.
            Ok(None) => return Ok(PASSED),
            Err(error) if self.options.mode == ReviewMode::Reject => {
                return Ok(self.discard(slug, &error));
            }
            Err(error) => return Ok(self.tell(error)),
        };
        if self.options.mode == ReviewMode::Reject {
            let nothing = Reviewed { accepted: None, pending: None };
            return Ok(self.finish(slug, &bytes, &nothing, "rejected"));
        }
        let old = match self.store.read(slug) {
            Ok(old) => old,
            Err(error) => return Ok(self.tell(error)),
        };
        let changes = changes(old.as_ref(), &new);
        match self.options.mode {
            ReviewMode::List => {
                self.heading(slug, number, of, &changes, old.is_none());
                for change in &changes {
                    self.show(change);
                }
                Ok(PASSED)
            }
            ReviewMode::Accept => {
                let reviewed = Reviewed { accepted: Some(new), pending: None };
                Ok(self.finish(slug, &bytes, &reviewed, "accepted"))
            }
            ReviewMode::Reject => Ok(PASSED),
            ReviewMode::Interactive => {
                self.heading(slug, number, of, &changes, old.is_none());
                self.interactive(slug, &bytes, old.as_ref(), &new, &changes)
            }
        }
    }

    fn interactive(
        &mut self,
        slug: &str,
        bytes: &[u8],
        old: Option<&Snapshot>,
        new: &Snapshot,
        changes: &[Change],
    ) -> CommandResult {
        if changes.is_empty() {
            // Steps were renamed or reordered; no hit is any different.
            let reviewed = Reviewed { accepted: Some(new.clone()), pending: None };
            return Ok(self.finish(slug, bytes, &reviewed, "accepted, no hit differs"));
        }
        let mut decisions = Vec::new();
        for change in changes {
            if self.ended {
                decisions.push(Decision::Skip);
                continue;
            }
            self.show(change);
            decisions.push(self.decide()?);
        }
        let count = |wanted| decisions.iter().filter(|decision| **decision == wanted).count();
        let summary = format!(
            "{} accepted, {} rejected, {} skipped",
            count(Decision::Accept),
            count(Decision::Reject),
            count(Decision::Skip)
        );
        if count(Decision::Skip) == changes.len() {
            self.screen.out(&format!("{slug}: {summary}\n"));
            return Ok(PASSED);
        }
        let reviewed = if count(Decision::Accept) == changes.len() {
            Reviewed { accepted: Some(new.clone()), pending: None }
        } else {
            apply(old, new, changes, &decisions)
        };
        Ok(self.finish(slug, bytes, &reviewed, &summary))
    }

    fn decide(&mut self) -> anyhow::Result<Decision> {
        if self.accept_all {
            self.screen.out("  accepted\n\n");
            return Ok(Decision::Accept);
        }
        self.screen.out("  [a]ccept  [r]eject  [s]kip  accept a[l]l  [q]uit ");
        let answer = self
            .reviewer
            .ask()
            .context("the review was interrupted, nothing of this file was changed")?;
        let (decision, said) = match answer {
            Answer::Accept => (Decision::Accept, "accepted"),
            Answer::Reject => (Decision::Reject, "rejected"),
            Answer::Skip => (Decision::Skip, "skipped"),
            Answer::AcceptAll => {
                self.accept_all = true;
                (Decision::Accept, "all accepted")
            }
            Answer::Quit => {
                self.ended = true;
                (Decision::Skip, "quit")
            }
        };
        self.screen.out(&format!("— {said}\n\n"));
        Ok(decision)
    }

    /// Writes what was decided, unless the pending file is another by now.
    fn finish(&mut self, slug: &str, bytes: &[u8], reviewed: &Reviewed, summary: &str) -> u8 {
        let now = self.store.read_pending(slug).ok().flatten().map(|(_, now)| now);
        if now.as_deref() != Some(bytes) {
            return self.tell_one(
                &Problem::new(format!("{slug}.snap.new was changed by another run meanwhile"))
                    .help("review it again; nothing was written"),
            );
        }
        let written = || -> Result<(), StoreError> {
            // The pending file goes last: whatever fails, no decision that is
            // still to be made is lost.
            if let Some(accepted) = &reviewed.accepted {
                self.store.write_accepted(slug, accepted)?;
            }
            match &reviewed.pending {
                Some(pending) => self.store.write_pending(slug, pending).map(|_| ()),
                None => self.store.remove_pending(slug).map(|_| ()),
            }
        };
        match written() {
            Ok(()) => {
                self.screen.out(&format!("{slug}: {summary}\n"));
                PASSED
            }
            Err(error) => self.tell(error),
        }
    }

    /// Rejects a pending file that cannot even be read.
    fn discard(&mut self, slug: &str, unreadable: &StoreError) -> u8 {
        match self.store.remove_pending(slug) {
            Ok(_) => {
                self.screen.out(&format!("{slug}: rejected ({unreadable})\n"));
                PASSED
            }
            Err(error) => self.tell(error),
        }
    }

    fn heading(&mut self, slug: &str, number: usize, of: usize, changes: &[Change], first: bool) {
        let hits = match changes.len() {
            0 => "no hit differs".to_owned(),
            1 => "1 hit".to_owned(),
            count => format!("{count} hits"),
        };
        let new = if first { ", no snapshot yet" } else { "" };
        self.screen.out(&format!("{slug} ({number} of {of}): {hits}{new}\n\n"));
    }

    fn show(&mut self, change: &Change) {
        let Screen { out_color, columns, .. } = *self.screen;
        let drawn = render_difference(&change.difference, out_color, columns.saturating_sub(2));
        self.screen.out(&format!("  at {}\n", harmless(&change.step)));
        for line in drawn.lines() {
            self.screen.out(&format!("  {line}\n"));
        }
        self.screen.out("\n");
    }

    /// A file that could not be read or written; the others can be.
    fn tell(&mut self, error: StoreError) -> u8 {
        error.into_problems().iter().fold(PASSED, |code, problem| code.max(self.tell_one(problem)))
    }

    fn tell_one(&mut self, problem: &Problem) -> u8 {
        self.screen.err(&draw(problem, self.screen.err_color, self.screen.columns));
        BAD_INPUT
    }
}

struct Keyboard {
    terminal: Term,
}

impl Reviewer for Keyboard {
    fn ask(&mut self) -> io::Result<Answer> {
        loop {
            let answer = match self.terminal.read_key()? {
                Key::Char('a' | 'y') => Answer::Accept,
                Key::Char('r' | 'n') => Answer::Reject,
                Key::Char('s' | ' ') => Answer::Skip,
                Key::Char('l' | 'A') => Answer::AcceptAll,
                Key::Char('q') | Key::Escape => Answer::Quit,
                Key::CtrlC => return Err(io::ErrorKind::Interrupted.into()),
                // A terminal that is gone gives nothing for ever.
                Key::Unknown => return Err(io::ErrorKind::UnexpectedEof.into()),
                _ => continue,
            };
            return Ok(answer);
        }
    }
}

#[cfg(test)]
mod tests;

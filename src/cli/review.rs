//! `pixelproof review`: decides hit by hit which differences become the new
//! expectation. It joins and writes; what a difference is and how snapshots
//! are joined is decided in the `snapshot` layer.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context as _;
use console::{Key, Term};
use globset::{Glob, GlobSetBuilder};

use crate::cli::snapshots::{Store, StoreError};
use crate::snapshot::Snapshot;
use crate::snapshot::merge::{Change, Decision, Reviewed, apply, changes};
use crate::snapshot::show::{harmless, render_difference};

const DONE: u8 = 0;
const BAD_INPUT: u8 = 2;

#[derive(Debug, Clone)]
pub struct ReviewOptions {
    pub snapshots: PathBuf,
    /// Slugs to review; empty for all.
    pub globs: Vec<String>,
    pub mode: ReviewMode,
    pub color: bool,
    /// Columns, 0 for no limit.
    pub width: usize,
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

/// Runs the command: 0 when it did what was asked, 2 for bad input.
pub fn review(options: &ReviewOptions) -> anyhow::Result<u8> {
    let mut out = io::stdout().lock();
    let mut reviewer = Keyboard { terminal: Term::stderr() };
    review_with(options, &mut reviewer, &mut out)
}

/// The command with its reviewer and its output given; the exit code.
pub fn review_with(
    options: &ReviewOptions,
    reviewer: &mut dyn Reviewer,
    out: &mut dyn Write,
) -> anyhow::Result<u8> {
    let store = Store::new(&options.snapshots);
    let pending = match store.pending() {
        Ok(pending) => pending,
        Err(error) => return tell(&error, out),
    };
    let Some(chosen) = choose(options, &pending, out)? else { return Ok(BAD_INPUT) };
    if chosen.is_empty() {
        let folder = options.snapshots.display();
        writeln!(out, "nothing to review: no pending snapshot in {folder}")?;
        return Ok(DONE);
    }
    if options.mode == ReviewMode::Interactive && !options.terminal {
        writeln!(out, "error: cannot review here: this is no terminal")?;
        writeln!(out, "  help: use `pixelproof review --accept`, `--reject` or `--list`")?;
        return Ok(BAD_INPUT);
    }
    let mut session = Session { options, store, reviewer, out, accept_all: false, ended: false };
    let mut code = DONE;
    for (number, slug) in chosen.iter().enumerate() {
        if session.ended {
            break;
        }
        code = code.max(session.file(slug, number + 1, chosen.len())?);
    }
    Ok(code)
}

/// The pending snapshots that were asked for; `None` after a message.
fn choose(
    options: &ReviewOptions,
    pending: &[String],
    out: &mut dyn Write,
) -> anyhow::Result<Option<Vec<String>>> {
    if options.globs.is_empty() {
        return Ok(Some(pending.to_vec()));
    }
    let mut globs = GlobSetBuilder::new();
    for glob in &options.globs {
        // A file's name means the same as its slug.
        let slug = glob.rsplit('/').next().unwrap_or(glob);
        let slug = slug.trim_end_matches(".new").trim_end_matches(".snap");
        match Glob::new(slug) {
            Ok(compiled) => {
                let matcher = compiled.compile_matcher();
                if !pending.iter().any(|slug| matcher.is_match(slug)) {
                    let glob = harmless(glob);
                    writeln!(out, "error: no pending snapshot matches `{glob}`")?;
                    let known = match pending {
                        [] => "nothing is pending".to_owned(),
                        all => format!("pending: {}", all.join(", ")),
                    };
                    writeln!(out, "  help: {known}")?;
                    return Ok(None);
                }
                globs.add(compiled);
            }
            Err(error) => {
                writeln!(out, "error: `{}` is no pattern: {}", harmless(glob), error.kind())?;
                return Ok(None);
            }
        }
    }
    let globs = globs.build().context("cannot use these patterns together")?;
    Ok(Some(pending.iter().filter(|slug| globs.is_match(slug)).cloned().collect()))
}

struct Session<'s> {
    options: &'s ReviewOptions,
    store: Store,
    reviewer: &'s mut dyn Reviewer,
    out: &'s mut dyn Write,
    accept_all: bool,
    ended: bool,
}

impl Session<'_> {
    fn file(&mut self, slug: &str, number: usize, of: usize) -> anyhow::Result<u8> {
        let (new, bytes) = match self.store.read_pending(slug) {
            Ok(Some(pending)) => pending,
            // Someone else has reviewed it meanwhile.
            Ok(None) => return Ok(DONE),
            Err(error) if self.options.mode == ReviewMode::Reject => {
                return self.discard(slug, &error);
            }
            Err(error) => return tell(&error, self.out),
        };
        if self.options.mode == ReviewMode::Reject {
            let nothing = Reviewed { accepted: None, pending: None };
            return self.finish(slug, &bytes, &nothing, "rejected");
        }
        let old = match self.store.read(slug) {
            Ok(old) => old,
            Err(error) => return tell(&error, self.out),
        };
        let changes = changes(old.as_ref(), &new);
        match self.options.mode {
            ReviewMode::List => {
                self.heading(slug, number, of, &changes, old.is_none())?;
                for change in &changes {
                    self.show(change)?;
                }
                Ok(DONE)
            }
            ReviewMode::Accept => {
                let reviewed = Reviewed { accepted: Some(new), pending: None };
                self.finish(slug, &bytes, &reviewed, "accepted")
            }
            ReviewMode::Reject => Ok(DONE),
            ReviewMode::Interactive => {
                self.heading(slug, number, of, &changes, old.is_none())?;
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
    ) -> anyhow::Result<u8> {
        if changes.is_empty() {
            // Steps were renamed or reordered; no hit is any different.
            let reviewed = Reviewed { accepted: Some(new.clone()), pending: None };
            return self.finish(slug, bytes, &reviewed, "accepted, no hit differs");
        }
        let mut decisions = Vec::new();
        for change in changes {
            if self.ended {
                decisions.push(Decision::Skip);
                continue;
            }
            self.show(change)?;
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
            writeln!(self.out, "{slug}: {summary}")?;
            return Ok(DONE);
        }
        let reviewed = if count(Decision::Accept) == changes.len() {
            Reviewed { accepted: Some(new.clone()), pending: None }
        } else {
            apply(old, new, changes, &decisions)
        };
        self.finish(slug, bytes, &reviewed, &summary)
    }

    fn decide(&mut self) -> anyhow::Result<Decision> {
        if self.accept_all {
            writeln!(self.out, "  accepted\n")?;
            return Ok(Decision::Accept);
        }
        write!(self.out, "  [a]ccept  [r]eject  [s]kip  accept a[l]l  [q]uit ")?;
        self.out.flush()?;
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
        writeln!(self.out, "— {said}\n")?;
        Ok(decision)
    }

    /// Writes what was decided, unless the pending file is another by now.
    fn finish(
        &mut self,
        slug: &str,
        bytes: &[u8],
        reviewed: &Reviewed,
        summary: &str,
    ) -> anyhow::Result<u8> {
        let now = self.store.read_pending(slug).ok().flatten().map(|(_, now)| now);
        if now.as_deref() != Some(bytes) {
            writeln!(self.out, "error: {slug}.snap.new was changed by another run meanwhile")?;
            writeln!(self.out, "  help: review it again; nothing was written")?;
            return Ok(BAD_INPUT);
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
                writeln!(self.out, "{slug}: {summary}")?;
                Ok(DONE)
            }
            Err(error) => tell(&error, self.out),
        }
    }

    /// Rejects a pending file that cannot even be read.
    fn discard(&mut self, slug: &str, unreadable: &StoreError) -> anyhow::Result<u8> {
        match self.store.remove_pending(slug) {
            Ok(_) => {
                writeln!(self.out, "{slug}: rejected ({unreadable})")?;
                Ok(DONE)
            }
            Err(error) => tell(&error, self.out),
        }
    }

    fn heading(
        &mut self,
        slug: &str,
        number: usize,
        of: usize,
        changes: &[Change],
        first: bool,
    ) -> io::Result<()> {
        let hits = match changes.len() {
            0 => "no hit differs".to_owned(),
            1 => "1 hit".to_owned(),
            count => format!("{count} hits"),
        };
        let new = if first { ", no snapshot yet" } else { "" };
        writeln!(self.out, "{slug} ({number} of {of}): {hits}{new}\n")
    }

    fn show(&mut self, change: &Change) -> io::Result<()> {
        let drawn = render_difference(&change.difference, self.options.color, self.options.width);
        writeln!(self.out, "  at {}", harmless(&change.step))?;
        for line in drawn.lines() {
            writeln!(self.out, "  {line}")?;
        }
        writeln!(self.out)
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

fn tell(error: &StoreError, out: &mut dyn Write) -> anyhow::Result<u8> {
    for problem in &error.problems {
        let place = match (&problem.file, &problem.label, &error.text) {
            (Some(file), Some((span, _)), Some(text)) => {
                let (line, column) = span.line_column(text);
                format!("{file}:{line}:{column}: ")
            }
            (Some(file), _, Some(_)) => format!("{file}: "),
            _ => String::new(),
        };
        writeln!(out, "error: {place}{}", harmless(&problem.message))?;
        if let Some(help) = &problem.help {
            writeln!(out, "  help: {}", harmless(help))?;
        }
    }
    Ok(BAD_INPUT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Header;
    use crate::snapshot::fixture::funnel;
    use crate::snapshot::redact::Redactor;

    struct Script(Vec<Answer>);

    impl Reviewer for Script {
        fn ask(&mut self) -> io::Result<Answer> {
            if self.0.is_empty() {
                Err(io::ErrorKind::Interrupted.into())
            } else {
                Ok(self.0.remove(0))
            }
        }
    }

    struct Place {
        _folder: tempfile::TempDir,
        store: Store,
        options: ReviewOptions,
    }

    /// `buy` differs in three hits, `other` has no snapshot yet.
    fn place(mode: ReviewMode, globs: &[&str]) -> Place {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        let redactor = Redactor {
            base_origins: vec![("http://127.0.0.1:1".to_owned(), "base".to_owned())],
            secrets: Vec::new(),
        };
        let header = || Header { source: "scenarios/buy.yaml".to_owned(), ..Header::default() };
        let record = |trace, old: Option<&Snapshot>| {
            Snapshot::record(header(), &[trace], old, &redactor).snapshot
        };
        let old = record(funnel(1, 1), None);
        store.write("buy", &old).unwrap();
        let mut trace = funnel(1, 1);
        trace.hits[3].params[0].value = "49,99".into();
        trace.hits[2].event = "ViewProduct".to_owned();
        trace.hits.remove(0);
        store.write_pending("buy", &record(trace, Some(&old))).unwrap();
        store.write_pending("other", &record(funnel(1, 1), None)).unwrap();
        let options = ReviewOptions {
            snapshots: folder.path().to_owned(),
            globs: globs.iter().map(|glob| (*glob).to_owned()).collect(),
            mode,
            color: false,
            width: 80,
            terminal: true,
        };
        Place { _folder: folder, store, options }
    }

    fn run(place: &Place, answers: Vec<Answer>) -> (u8, String) {
        let mut out = Vec::new();
        let code = review_with(&place.options, &mut Script(answers), &mut out).unwrap();
        let folder = place.options.snapshots.display().to_string();
        (code, String::from_utf8(out).unwrap().replace(&folder, "FOLDER"))
    }

    #[test]
    fn a_person_decides_hit_by_hit() {
        use Answer::{Accept, Reject, Skip};
        let place = place(ReviewMode::Interactive, &["buy"]);
        let pending = place.store.read_pending("buy").unwrap().unwrap().0;
        let (code, out) = run(&place, vec![Reject, Accept, Skip]);
        insta::assert_snapshot!(out);
        assert_eq!(code, 0);
        let accepted = place.store.read("buy").unwrap().unwrap().render();
        // The missing hit was rejected, so it stays expected.
        assert!(accepted.contains("step: open the shop\n    hits:\n      - meta PageView"));
        assert!(accepted.contains("ViewProduct") && accepted.contains("\"49.99\""), "{accepted}");
        let left = place.store.read_pending("buy").unwrap().unwrap().0;
        assert_ne!(left, pending);
        let (code, out) = run(&place, vec![Accept]);
        assert!(code == 0 && out.contains("1 hit\n") && out.contains("\"49,99\""), "{out}");
        assert_eq!(place.store.pending().unwrap(), ["other"]);
    }

    #[test]
    fn quitting_and_accepting_all() {
        let place = place(ReviewMode::Interactive, &[]);
        let before = place.store.read("buy").unwrap();
        let (code, out) = run(&place, vec![Answer::Quit]);
        assert!(code == 0 && out.ends_with("buy: 0 accepted, 0 rejected, 3 skipped\n"), "{out}");
        assert_eq!(place.store.read("buy").unwrap(), before);
        let mut out = Vec::new();
        let error = review_with(&place.options, &mut Script(vec![Answer::Accept]), &mut out);
        assert!(error.unwrap_err().to_string().contains("nothing of this file was changed"));
        assert_eq!(place.store.read("buy").unwrap(), before);
        let (code, _) = run(&place, vec![Answer::AcceptAll]);
        assert_eq!((code, place.store.pending().unwrap().len()), (0, 0));
        assert_eq!(place.store.read("other").unwrap().unwrap().hit_count(), 4);
    }

    #[test]
    fn scripts_accept_and_reject() {
        let place = place(ReviewMode::Accept, &["snapshots/bu*.snap"]);
        let pending = place.store.read_pending("buy").unwrap().unwrap().0;
        assert_eq!(run(&place, vec![]), (0, "buy: accepted\n".to_owned()));
        assert_eq!(place.store.read("buy").unwrap(), Some(pending.clone()));
        let rest = Place {
            options: ReviewOptions {
                globs: vec![],
                mode: ReviewMode::Reject,
                ..place.options.clone()
            },
            ..place
        };
        std::fs::write(rest.store.pending_path("bad"), "nonsense").unwrap();
        let (code, out) = run(&rest, vec![]);
        assert_eq!(code, 0);
        assert_eq!(
            out,
            "bad: rejected (this snapshot does not begin with its header)\nother: rejected\n"
        );
        assert_eq!(rest.store.read("buy").unwrap(), Some(pending));
        let (code, out) = run(&rest, vec![]);
        assert_eq!((code, out.as_str()), (0, "nothing to review: no pending snapshot in FOLDER\n"));
    }

    #[test]
    fn bad_input_is_told() {
        let (code, out) = run(&place(ReviewMode::Accept, &["x*"]), vec![]);
        assert_eq!(code, 2);
        assert_eq!(out, "error: no pending snapshot matches `x*`\n  help: pending: buy, other\n");
        assert_eq!(run(&place(ReviewMode::Accept, &["[a"]), vec![]).0, 2);
        let mut silent = place(ReviewMode::Interactive, &[]);
        silent.options.terminal = false;
        let (code, out) = run(&silent, vec![]);
        assert!(code == 2 && out.contains("this is no terminal"), "{out}");
        let place = place(ReviewMode::Accept, &[]);
        std::fs::write(place.store.path("buy"), "---\nsource: x\n---\nsteps: 5\n").unwrap();
        let (code, out) = run(&place, vec![]);
        assert_eq!(code, 2);
        assert_eq!(out, "error: FOLDER/buy.snap:4:8: `steps` must be a list\nother: accepted\n");
        assert_eq!(place.store.pending().unwrap(), ["buy"]);
    }

    #[test]
    fn the_list_shows_what_is_pending() {
        let place = place(ReviewMode::List, &["buy"]);
        let (code, out) = run(&place, vec![]);
        assert_eq!(code, 0);
        insta::assert_snapshot!(out);
        assert_eq!(place.store.pending().unwrap(), ["buy", "other"]);
    }
}

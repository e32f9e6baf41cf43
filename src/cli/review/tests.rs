//! Reviews by a scripted person, and by scripts.

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
        terminal: true,
    };
    Place { _folder: folder, store, options }
}

fn run(place: &Place, answers: Vec<Answer>) -> (u8, String) {
    let screen = Screen::captured(200);
    let code = review(&place.options, &mut Script(answers), &screen).unwrap_or_else(|failure| {
        let Failure::Input(problems) = &failure else { panic!("{failure:?}") };
        for problem in problems {
            screen.err(&draw(problem, false, 200));
        }
        failure.exit_code()
    });
    let folder = place.options.snapshots.display().to_string();
    (code, screen.text().replace(&folder, "FOLDER"))
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
    let screen = Screen::captured(80);
    let error = review(&place.options, &mut Script(vec![Answer::Accept]), &screen).unwrap_err();
    let Failure::Broken { error, .. } = error else { panic!("{error:?}") };
    assert!(error.to_string().contains("nothing of this file was changed"));
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
        options: ReviewOptions { globs: vec![], mode: ReviewMode::Reject, ..place.options.clone() },
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
    assert_eq!(
        out,
        "error: `steps` must be a list\n --> FOLDER/buy.snap:4:8\n  |\n3 | ---\n4 | steps: 5\n  |        ^ no list\nother: accepted\n"
    );
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

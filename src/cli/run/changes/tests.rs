//! Changes of every kind in small repositories.

use super::*;
use crate::scenario::{Variables, parse};

/// A repository in a folder of its own, untouched by the user's settings.
struct Repository(tempfile::TempDir);

impl Repository {
    fn new() -> Self {
        let repository = Self(tempfile::tempdir().unwrap());
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        for name in ["a", "b", "c", "d", "e", "f"] {
            repository.write(&format!("shop/scenarios/{name}.yaml"), name);
            repository.write(&format!("shop/snapshots/{name}.snap"), name);
        }
        repository.write("shop/scenarios/files/cv.pdf", "cv");
        repository.write("shop/pixelproof.toml", "");
        repository.commit();
        repository
    }

    fn git(&self, arguments: &[&str]) {
        let status = Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@b.test", "-c", "commit.gpgsign=false"])
            .args(arguments)
            .current_dir(self.0.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env_remove("GIT_DIR")
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "{arguments:?}");
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "more"]);
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn shop(&self) -> PathBuf {
        self.0.path().join("shop")
    }

    /// Slugs of the scenarios that are concerned.
    fn concerned(&self, since: &str) -> Vec<&'static str> {
        let changes = Changes::read(since, &self.shop()).unwrap();
        let mut names = vec!["a", "b", "c", "d", "e", "f", "new"];
        names.retain(|name| {
            let steps = match *name {
                "f" => "steps: [{upload: {selectors: \"#cv\", files: files/cv.pdf}}]",
                _ => "steps: [navigate: https://shop.test/]",
            };
            let file = format!("scenarios/{name}.yaml");
            let mut scenario = parse(&file, steps.as_bytes(), &Variables::default()).unwrap();
            scenario.resolve_files(Path::new("scenarios"));
            changes.concern(&scenario, Path::new("snapshots"))
        });
        names
    }
}

#[test]
fn changes_of_every_kind_count_and_nothing_else() {
    let repository = Repository::new();
    assert!(repository.concerned("HEAD").is_empty());
    repository.write("shop/scenarios/a.yaml", "committed");
    repository.commit();
    assert_eq!(repository.concerned("HEAD~1"), ["a"]);
    assert!(repository.concerned("HEAD").is_empty());
    repository.write("shop/scenarios/b.yaml", "staged");
    repository.git(&["add", "--all"]);
    repository.write("shop/snapshots/c.snap", "unstaged");
    std::fs::remove_file(repository.shop().join("snapshots/d.snap")).unwrap();
    repository.write("shop/scenarios/new.yaml", "untracked");
    repository.write("shop/scenarios/files/cv.pdf", "used by f");
    assert_eq!(repository.concerned("HEAD"), ["b", "c", "d", "f", "new"]);
    assert_eq!(repository.concerned("HEAD~1"), ["a", "b", "c", "d", "f", "new"]);
}

#[test]
fn what_others_did_meanwhile_does_not_count() {
    let repository = Repository::new();
    repository.git(&["checkout", "--quiet", "-b", "mine"]);
    repository.write("shop/scenarios/a.yaml", "mine");
    repository.commit();
    repository.git(&["checkout", "--quiet", "main"]);
    repository.write("shop/scenarios/b.yaml", "theirs");
    repository.commit();
    repository.git(&["checkout", "--quiet", "mine"]);
    assert_eq!(repository.concerned("main"), ["a"]);
}

#[test]
fn settings_concern_everything() {
    let repository = Repository::new();
    repository.write("shop/pixelproof.toml", "[run]\njobs = 2\n");
    let environment = Environment { directory: repository.shop(), ..Environment::default() };
    let arguments = Arguments { changed_since: Some("main".to_owned()), ..Arguments::default() };
    let config = crate::cli::config::load(None, &environment).unwrap();
    let mut problems = Vec::new();
    let changes = wanted(&arguments, &config, &environment, &mut problems).unwrap();
    assert!(changes.concern(&Scenario::default(), Path::new("snapshots")));
    assert!(wanted(&Arguments::default(), &config, &environment, &mut problems).is_none());
    assert!(problems.is_empty());
}

#[test]
fn what_git_cannot_tell_is_a_problem() {
    let repository = Repository::new();
    let told = |since: &str, directory: &Path| {
        Changes::read(since, directory).unwrap_err().diagnostic.message
    };
    for unknown in ["nowhere", "--help", "-v", "", "main:shop", "HEAD~9"] {
        let message = told(unknown, &repository.shop());
        assert!(message.ends_with("git knows no such commit here"), "{unknown}: {message}");
    }
    let elsewhere = tempfile::tempdir().unwrap();
    let message = told("main", elsewhere.path());
    assert!(message.starts_with("--changed-since main: not a git repository"), "{message}");
    repository.git(&["checkout", "--quiet", "--orphan", "other"]);
    repository.write("shop/scenarios/a.yaml", "without a past");
    repository.commit();
    assert!(told("main", &repository.shop()).ends_with("shares with HEAD"));
}

//! The program as a person runs it: in a folder of its own, with a temporary
//! folder of its own, so that what is left behind can be told from everything
//! else on the machine.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::process::{Child, Command};

use crate::e2e::support::{CHROMES, chrome};

/// How long something that must happen may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A project folder and a TMPDIR.
pub struct Workplace {
    folder: tempfile::TempDir,
}

/// How a run of the program ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ended {
    /// The exit code, and each text on one of the streams.
    #[track_caller]
    pub fn says(&self, code: i32, texts: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:#?}");
        for text in texts {
            assert!(self.out.contains(text) || self.err.contains(text), "no `{text}` in {self:#?}");
        }
        assert!(!self.err.contains("pixelproof has a bug"), "{self:#?}");
    }
}

impl Workplace {
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("workplace-").tempdir().unwrap();
        std::fs::create_dir(folder.path().join("tmp")).unwrap();
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Names in a folder, sorted; none when it is not there.
    pub fn names(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.path(folder)) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Every file but those that Chrome makes.
    pub fn everything(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = files_below(self.folder.path());
        files.retain(|(path, _)| !path.starts_with(self.path("tmp")));
        files.sort();
        files
    }

    /// The JSON report of that name.
    pub fn report(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    /// Without the environment of the test, but for what Chrome needs.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pixelproof"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("TMPDIR", self.path("tmp"))
            .env("PIXELPROOF_CHROME", chrome())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs to the end.
    pub async fn run(&self, arguments: &[&str]) -> Ended {
        self.end(self.command(arguments)).await
    }

    pub async fn end(&self, mut command: Command) -> Ended {
        let _permit = CHROMES.acquire().await.unwrap();
        finish(command.spawn().unwrap()).await
    }

    /// Processes whose command line names this workplace's temporary folder:
    /// id and command line.
    pub fn processes(&self) -> Vec<(u32, String)> {
        let ours = self.path("tmp").display().to_string();
        let mut found = Vec::new();
        for entry in std::fs::read_dir("/proc").unwrap().filter_map(Result::ok) {
            let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            if line.contains(&ours) {
                found.push((id, line));
            }
        }
        found
    }

    /// The process ids of Chrome itself, its helpers apart.
    pub fn browsers(&self) -> Vec<u32> {
        self.processes()
            .into_iter()
            .filter(|(_, line)| line.contains("--user-data-dir=") && !line.contains("--type="))
            .filter(|(_, line)| !line.contains("pixelproof-watchdog"))
            .map(|(id, _)| id)
            .collect()
    }

    /// No process and no folder of ours is left, or will be in a moment.
    pub async fn is_left_clean(&self) {
        let left = || (self.processes(), self.names("tmp"));
        until("everything is gone", || left().0.is_empty() && left().1.is_empty())
            .await
            .unwrap_or_else(|()| panic!("left behind: {:#?}", left()));
    }
}

/// Waits for the child and reads what it said.
pub async fn finish(child: Child) -> Ended {
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output())
        .await
        .expect("the program did not end")
        .unwrap();
    Ended {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Looks again and again until it holds: nothing tells of other processes.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) -> Result<(), ()> {
    let started = Instant::now();
    while !holds() {
        if started.elapsed() > PATIENCE {
            eprintln!("waited in vain until {what}");
            return Err(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

pub fn signal(name: &str, process: u32) {
    let status = std::process::Command::new("kill")
        .args([format!("-{name}"), process.to_string()])
        .status()
        .unwrap();
    assert!(status.success(), "kill -{name} {process}");
}

/// Every file below the folder, with its bytes.
pub fn files_below(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push((path.clone(), std::fs::read(&path).unwrap()));
        }
    }
    files
}

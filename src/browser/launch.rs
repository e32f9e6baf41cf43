//! Starts Chrome, and makes sure that nothing of it stays behind.
//!
//! Chrome runs in a process group of its own with a profile folder of its
//! own, temporary files included. On Unix a small watchdog shell holds the
//! reading end of a pipe whose writing end lives in this process: when the
//! pipe closes, for whatever reason (an ordinary end, a panic, SIGKILL), it
//! kills the group and removes the folder. One way out for every ending. It
//! is started before Chrome, so that no moment is without it.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};

use crate::browser::find::NO_CHROME;
use crate::model::browser_options::{BrowserOptions, Sandbox};
use crate::wire::netlog::{NetLog, Sent};

/// A Chrome that was started here.
#[derive(Debug)]
pub struct LaunchedChrome {
    pub websocket_url: String,
    child: Child,
    cleanup: Option<Cleanup>,
    net_log: PathBuf,
    last_words: Arc<Mutex<VecDeque<String>>>,
}

/// Why there is no browser. Messages are lowercase fragments.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LaunchError {
    pub message: String,
    /// The last lines that Chrome wrote.
    pub details: Vec<String>,
    pub help: String,
}

const START_LIMIT: Duration = Duration::from_secs(30);
/// How long a Chrome that says nothing any more may take to end.
const END_LIMIT: Duration = Duration::from_secs(2);
const KEPT_LINES: usize = 20;
/// A browser context counts as an incognito window, where Chrome blocks the
/// cookies of other sites; in the windows that people use, it does not.
/// Source: `kCookieControlsMode` in components/content_settings of Chromium.
const PREFERENCES: &str = r#"{"profile":{"cookie_controls_mode":0}}"#;
/// Name of Chrome's log in its profile.
const NET_LOG: &str = "net-log.json";
/// How long Chrome may take to end and to write its log.
const LOG_LIMIT: Duration = Duration::from_secs(20);
/// Longer lines are cut here: what is started may be no Chrome at all.
const LINE_LIMIT: usize = 4_096;

/// Starts Chrome without a window and waits for its DevTools address.
pub async fn launch(
    executable: &Path,
    options: &BrowserOptions,
) -> Result<LaunchedChrome, LaunchError> {
    let profile = tempfile::Builder::new().prefix("pixelproof-").tempdir().map_err(|error| {
        failure(
            format!("could not make a profile folder: {error}"),
            "make room in, or permit writing to, the temporary folder (TMPDIR)",
        )
    })?;
    let temporary = profile.path().join("tmp");
    let settings = profile.path().join("Default");
    let furnished = std::fs::create_dir(&temporary)
        .and_then(|()| std::fs::create_dir(&settings))
        .and_then(|()| std::fs::write(settings.join("Preferences"), PREFERENCES));
    furnished.map_err(|error| {
        failure(
            format!("could not make a profile folder: {error}"),
            "make room in, or permit writing to, the temporary folder (TMPDIR)",
        )
    })?;
    let profile_path = profile.path().to_owned();
    let mut cleanup = Cleanup::new(profile)?;
    let mut command = Command::new(executable);
    command
        .args(arguments(&profile_path, options))
        // Chrome keeps sockets and scratch files there; they go with the profile.
        .env("TMPDIR", &temporary)
        // Crash reports go to the configuration folder, whatever the profile.
        .env("CHROME_CONFIG_HOME", &temporary)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    // Ctrl-C at a terminal goes to a whole group; Chrome must not die of it
    // before the engine has ended the run in order.
    #[cfg(unix)]
    command.process_group(0);
    let mut child = command.spawn().map_err(|error| {
        failure(format!("could not start {}: {error}", executable.display()), NO_CHROME)
    })?;
    cleanup.watch(child.id());
    let last_words = Arc::new(Mutex::new(VecDeque::new()));
    let Some(stderr) = child.stderr.take() else {
        return Err(failure("Chrome has no standard error", NO_CHROME));
    };
    let mut lines = Lines { source: stderr, read: Vec::new() };
    let words = Arc::clone(&last_words);
    let address = async {
        while let Some(line) = lines.next().await {
            if let Some(url) = line.strip_prefix("DevTools listening on ") {
                return Some(url.trim().to_owned());
            }
            remember(&words, &line);
        }
        None
    };
    let found = tokio::time::timeout(START_LIMIT, address).await;
    let details =
        || last_words.lock().map(|words| words.iter().cloned().collect()).unwrap_or_default();
    let websocket_url = match found {
        Ok(Some(url)) => url,
        Ok(None) => {
            let ended = tokio::time::timeout(END_LIMIT, child.wait()).await;
            let name = executable.display();
            return Err(LaunchError {
                message: match ended {
                    Ok(Ok(status)) => format!("{name} ended before it listened ({status})"),
                    _ => format!("{name} closed its standard error before it listened"),
                },
                details: details(),
                help: help_for(&details()),
            });
        }
        Err(_) => {
            return Err(LaunchError {
                message: format!(
                    "{} did not open its DevTools port within {} s",
                    executable.display(),
                    START_LIMIT.as_secs()
                ),
                details: details(),
                help: help_for(&details()),
            });
        }
    };
    let words = Arc::clone(&last_words);
    // Drained to the end, or Chrome would block on a full pipe.
    tokio::spawn(async move {
        while let Some(line) = lines.next().await {
            remember(&words, &line);
        }
    });
    let net_log = profile_path.join(NET_LOG);
    Ok(LaunchedChrome { websocket_url, child, cleanup: Some(cleanup), net_log, last_words })
}

impl LaunchedChrome {
    /// What Chrome logged of its network, once it has ended by itself. `None`:
    /// it was not asked to, or did not end in time.
    pub async fn net_log(&mut self) -> Option<Vec<Sent>> {
        tokio::time::timeout(LOG_LIMIT, self.child.wait()).await.ok()?.ok()?;
        let path = self.net_log.clone();
        let read = move || {
            let mut log = NetLog::default();
            for line in BufReader::new(std::fs::File::open(path).ok()?).lines() {
                log.line(&line.ok()?);
            }
            log.finish()
        };
        tokio::task::spawn_blocking(read).await.ok()?
    }

    /// Ends Chrome and removes its profile. The profile is thrown away, so
    /// that there is nothing that an orderly end would save.
    pub async fn close(mut self) {
        let _ = self.child.start_kill();
        if let Some(cleanup) = self.cleanup.take() {
            let _ = tokio::task::spawn_blocking(move || cleanup.finish()).await;
        }
        let _ = self.child.wait().await;
    }

    /// The last lines that Chrome wrote to its standard error.
    pub fn last_words(&self) -> Vec<String> {
        self.last_words.lock().map(|words| words.iter().cloned().collect()).unwrap_or_default()
    }
}

/// Lines of whatever bytes come, of bounded length.
struct Lines<R> {
    source: R,
    /// What follows the last line that was returned.
    read: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// `None` at the end, or when nothing can be read any more.
    async fn next(&mut self) -> Option<String> {
        let mut looked = 0;
        loop {
            let rest = self.read.get(looked..).unwrap_or_default();
            let end = rest.iter().position(|byte| *byte == b'\n').map(|end| looked + end);
            let end = end.or((self.read.len() > LINE_LIMIT).then_some(LINE_LIMIT));
            if let Some(end) = end.map(|end| end.min(LINE_LIMIT)) {
                let rest = self.read.split_off(end);
                let line = std::mem::replace(&mut self.read, rest);
                if self.read.first() == Some(&b'\n') {
                    self.read.remove(0);
                }
                return Some(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            looked = self.read.len();
            match self.source.read_buf(&mut self.read).await {
                Ok(0) | Err(_) if self.read.is_empty() => return None,
                Ok(0) | Err(_) => {
                    let line = std::mem::take(&mut self.read);
                    return Some(String::from_utf8_lossy(&line).trim_end().to_owned());
                }
                Ok(_) => {}
            }
        }
    }
}

fn remember(words: &Mutex<VecDeque<String>>, line: &str) {
    if let Ok(mut words) = words.lock() {
        if words.len() == KEPT_LINES {
            words.pop_front();
        }
        words.push_back(line.chars().take(400).collect());
    }
}

fn failure(message: impl Into<String>, help: &str) -> LaunchError {
    LaunchError { message: message.into(), details: Vec::new(), help: help.to_owned() }
}

fn help_for(lines: &[String]) -> String {
    let said = |word: &str| lines.iter().any(|line| line.contains(word));
    if said("sandbox") {
        "Chrome cannot use its sandbox here: set `sandbox = false` under [browser] in pixelproof.toml, if you trust the pages under test".to_owned()
    } else if said("cannot open shared object") {
        "a library that Chrome needs is missing: install Chrome with your system's package manager"
            .to_owned()
    } else {
        NO_CHROME.to_owned()
    }
}

fn arguments(profile: &Path, options: &BrowserOptions) -> Vec<String> {
    let mut arguments: Vec<String> =
        ARGUMENTS.iter().map(|&argument| argument.to_owned()).collect();
    arguments.push(format!("--user-data-dir={}", profile.display()));
    if options.headless {
        arguments.extend(["--headless=new".to_owned(), "--no-startup-window".to_owned()]);
    }
    let sandbox = match options.sandbox {
        Sandbox::On => true,
        Sandbox::Off => false,
        Sandbox::Auto => !runs_as_root(),
    };
    if !sandbox {
        arguments.push("--no-sandbox".to_owned());
    }
    let screen = &options.screen;
    arguments.push(format!("--window-size={},{}", screen.width, screen.height));
    if options.headless {
        // Frames in another process than their page are not told of the
        // emulated screen: they see this one.
        let (width, height) = (
            f64::from(screen.width) * screen.device_scale_factor,
            f64::from(screen.height) * screen.device_scale_factor,
        );
        arguments.push(format!(
            "--screen-info={{{width:.0}x{height:.0} devicePixelRatio={}}}",
            screen.device_scale_factor
        ));
    }
    if !options.host_resolver_rules.is_empty() {
        arguments.push(format!("--host-resolver-rules={}", options.host_resolver_rules.join(", ")));
    }
    if let Some(proxy) = &options.proxy {
        arguments.push(format!("--proxy-server={proxy}"));
    }
    if options.witness {
        arguments.push(format!("--log-net-log={}", profile.join(NET_LOG).display()));
    }
    if options.accept_invalid_certificates {
        arguments.push("--ignore-certificate-errors".to_owned());
    }
    // Chrome heeds the last `--disable-features` only: a user's own is joined
    // with these.
    let theirs = options.args.iter().filter_map(|argument| argument.strip_prefix(SWITCH));
    let features: Vec<&str> = DISABLED_FEATURES.iter().copied().chain(theirs).collect();
    arguments.push(format!("{SWITCH}{}", features.join(",")));
    arguments.extend(options.args.iter().filter(|argument| !argument.starts_with(SWITCH)).cloned());
    arguments
}

/// Chrome's switch for the list of features that are off.
const SWITCH: &str = "--disable-features=";

/// Names that a version does not know are ignored by it. The omnibox popups
/// are pages of the browser itself: two renderers for every tab, for nothing.
const DISABLED_FEATURES: &[&str] = &[
    "Translate",
    "MediaRouter",
    "DialMediaRouteProvider",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "ProcessPerSiteUpToMainFrameThreshold",
    "PaintHolding",
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
];

/// Quiet background work that would make requests of its own, throttling that
/// would make runs uneven, and prompts. `--no-pings` must never stand here.
const ARGUMENTS: &[&str] = &[
    "--remote-debugging-port=0",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-service-autorun",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    // Else `navigator.webdriver` is true, and libraries that look at it send
    // nothing (PostHog, Plausible).
    "--disable-blink-features=AutomationControlled",
    "--disable-breakpad",
    "--disable-client-side-phishing-detection",
    "--disable-component-extensions-with-background-pages",
    "--disable-component-update",
    "--disable-crash-reporter",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-field-trial-config",
    "--disable-gpu",
    "--disable-hang-monitor",
    "--disable-infobars",
    "--disable-ipc-flooding-protection",
    "--disable-popup-blocking",
    "--disable-prompt-on-repost",
    "--disable-renderer-backgrounding",
    "--disable-search-engine-choice-screen",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    "--metrics-recording-only",
    "--mute-audio",
    "--password-store=basic",
    "--use-mock-keychain",
];

/// Chrome refuses to start with its sandbox as root.
fn runs_as_root() -> bool {
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::MetadataExt as _;
        std::fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
    }
    #[cfg(not(target_os = "linux"))]
    {
        false
    }
}

/// Kills what is left of Chrome and removes the profile, when dropped or when
/// this process is gone.
#[derive(Debug)]
struct Cleanup {
    #[cfg(unix)]
    watchdog: std::process::Child,
    #[cfg(not(unix))]
    profile: tempfile::TempDir,
    #[cfg(unix)]
    _profile: PathBuf,
}

impl Cleanup {
    #[cfg(unix)]
    fn new(profile: tempfile::TempDir) -> Result<Self, LaunchError> {
        use std::os::unix::process::CommandExt as _;
        // No `--` before the group: dash's `kill` would take it for a number.
        // Processes that are dying may still write, so it is removed until it
        // stays away.
        const SCRIPT: &str = r#"read -r group; read -r _
            [ -z "$group" ] || kill -KILL "-$group" 2>/dev/null
            tries=100
            while rm -rf -- "$1"; [ -e "$1" ] && [ "$tries" -gt 0 ]; do
                sleep 0.1; tries=$((tries - 1))
            done"#;
        let watchdog = std::process::Command::new("/bin/sh")
            .args(["-c", SCRIPT, "pixelproof-watchdog"])
            .arg(profile.path())
            // Whatever path the user has: this must find `rm`.
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|error| failure(format!("could not start /bin/sh: {error}"), NO_CHROME))?;
        Ok(Self { watchdog, _profile: profile.keep() })
    }

    #[cfg(not(unix))]
    fn new(profile: tempfile::TempDir) -> Result<Self, LaunchError> {
        Ok(Self { profile })
    }

    /// From now on the process group of that leader is ended as well.
    fn watch(&mut self, leader: Option<u32>) {
        #[cfg(unix)]
        if let (Some(leader), Some(pipe)) = (leader, &mut self.watchdog.stdin) {
            use std::io::Write as _;
            // A watchdog that somebody ended cannot be helped; Chrome is still
            // killed when its handle is dropped.
            let _ = writeln!(pipe, "{leader}");
        }
        #[cfg(not(unix))]
        let _ = leader;
    }

    /// Waits until everything is gone.
    fn finish(self) {
        drop(self);
    }
}

#[cfg(unix)]
impl Drop for Cleanup {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        let _ = self.watchdog.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::{ARGUMENTS, arguments, help_for};
    use crate::model::browser_options::BrowserOptions;

    #[test]
    fn pings_stay_on() {
        assert!(!ARGUMENTS.contains(&"--no-pings"));
    }

    #[test]
    fn options_become_arguments() {
        let options = BrowserOptions {
            host_resolver_rules: vec!["MAP a b".to_owned(), "MAP c d".to_owned()],
            proxy: Some("http://127.0.0.1:1".to_owned()),
            args: vec!["--disable-features=Theirs".to_owned(), "--last".to_owned()],
            ..BrowserOptions::default()
        };
        let arguments = arguments(std::path::Path::new("/p"), &options);
        assert!(arguments.contains(&"--host-resolver-rules=MAP a b, MAP c d".to_owned()));
        assert!(arguments.contains(&"--proxy-server=http://127.0.0.1:1".to_owned()));
        assert_eq!(arguments.last().map(String::as_str), Some("--last"));
        let features: Vec<_> = arguments
            .iter()
            .filter(|argument| argument.starts_with("--disable-features"))
            .collect();
        assert!(matches!(features[..], [joined] if joined.ends_with(",Theirs")), "{features:?}");
    }

    #[tokio::test]
    async fn lines_are_bounded_whatever_the_bytes() {
        let long = vec![b'x'; super::LINE_LIMIT + 10];
        let mut bytes = b"one\r\n\xff\xfe\n\n".to_vec();
        bytes.extend(&long);
        bytes.extend(b"\nlast");
        let mut lines = super::Lines { source: bytes.as_slice(), read: Vec::new() };
        let mut read = Vec::new();
        while let Some(line) = lines.next().await {
            read.push(line);
        }
        assert_eq!(read[..3], ["one", "\u{fffd}\u{fffd}", ""]);
        assert_eq!(read[3].len(), super::LINE_LIMIT);
        assert_eq!(read[4..], ["xxxxxxxxxx", "last"]);
    }

    #[test]
    fn a_missing_sandbox_is_explained() {
        let lines = ["[FATAL] No usable sandbox!".to_owned()];
        assert!(help_for(&lines).contains("sandbox = false"));
    }
}

//! Finds a Chrome, or installs one. Knows where browsers live; does not start
//! them.

use std::path::{Path, PathBuf};

use chromiumoxide::fetcher::{BrowserFetcher, BrowserFetcherOptions, BrowserKind};

/// What to tell a person who has no Chrome.
pub const NO_CHROME: &str = "install Chrome or Chromium, run `pixelproof install-browser`, or name one with `[browser] executable` in pixelproof.toml or PIXELPROOF_CHROME";

/// Names on the search path, the usual first.
const NAMES: &[&str] = &[
    "google-chrome-stable",
    "google-chrome",
    "chromium",
    "chromium-browser",
    "chrome",
    "microsoft-edge-stable",
    "microsoft-edge",
];

const PLACES: &[&str] = &[
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/opt/google/chrome/chrome",
    "/usr/lib/chromium/chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
];

/// The first Chrome on the search path, in the usual places, or among those
/// that `pixelproof install-browser` has put into `installed`.
pub fn find_chrome(search_path: Option<&std::ffi::OsStr>, installed: &Path) -> Option<PathBuf> {
    let folders: Vec<PathBuf> =
        search_path.map(|path| std::env::split_paths(path).collect()).unwrap_or_default();
    let suffix = std::env::consts::EXE_SUFFIX;
    NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(format!("{name}{suffix}"))))
        .chain(PLACES.iter().map(PathBuf::from))
        .find(|path| path.is_file())
        .or_else(|| find_installed(installed))
}

fn find_installed(folder: &Path) -> Option<PathBuf> {
    let names = ["chrome", "chrome.exe", "Google Chrome for Testing"];
    walkdir::WalkDir::new(folder)
        .max_depth(6)
        .into_iter()
        .filter_map(Result::ok)
        .find(|entry| {
            entry.file_type().is_file()
                && entry.file_name().to_str().is_some_and(|name| names.contains(&name))
        })
        .map(walkdir::DirEntry::into_path)
}

/// Downloads Chrome for Testing into the folder and returns its executable.
pub async fn install_chrome(folder: &Path) -> Result<PathBuf, String> {
    let failed =
        |error: &dyn std::fmt::Display| format!("could not install Chrome for Testing: {error}");
    std::fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    let options = BrowserFetcherOptions::builder()
        .with_kind(BrowserKind::Chrome)
        .with_path(folder)
        .build()
        .map_err(|error| failed(&error))?;
    let installation =
        BrowserFetcher::new(options).fetch().await.map_err(|error| failed(&error))?;
    Ok(installation.executable_path)
}

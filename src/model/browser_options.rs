//! What the browser is asked to be: plain data that the command line fills
//! from pixelproof.toml, the environment and arguments, and that the browser
//! layer reads. It does not look for Chrome and checks nothing.

use std::path::PathBuf;

#[derive(Debug, Clone, PartialEq)]
pub struct BrowserOptions {
    pub source: BrowserSource,
    /// Extra arguments for Chrome, after pixelproof's own.
    pub args: Vec<String>,
    pub headless: bool,
    pub sandbox: Sandbox,
    /// `None`: an ordinary Chrome's, without the word Headless, client hints
    /// included. A device's user agent has been put here already. `{chrome}`
    /// in it stands for the browser's own version as user agents write it:
    /// `156.0.0.0`.
    pub user_agent: Option<String>,
    pub screen: Screen,
    /// BCP 47: `de-DE`. Sets `Accept-Language` and `navigator.languages`.
    pub locale: Option<String>,
    /// IANA: `Europe/Berlin`.
    pub timezone: Option<String>,
    pub geolocation: Option<Geolocation>,
    /// Sent with every request, in this order.
    pub headers: Vec<(String, String)>,
    pub http_credentials: Option<Credentials>,
    /// As Chrome's `--proxy-server` takes it: `http://host:port`,
    /// `socks5://host:port`.
    pub proxy: Option<String>,
    /// Set before the first step of every scenario.
    pub cookies: Vec<StartCookie>,
    /// As Chrome's `--host-resolver-rules` takes them, one rule an item:
    /// `MAP *.shop.test 127.0.0.1`.
    pub host_resolver_rules: Vec<String>,
    pub accept_invalid_certificates: bool,
    /// Lets Chrome log what it sends, as a second witness.
    pub witness: bool,
}

/// Which browser is used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum BrowserSource {
    /// The first Chrome or Chromium that is found on this machine.
    #[default]
    Find,
    /// This executable and no other.
    Executable(PathBuf),
    /// One that runs already, by its DevTools WebSocket URL. It is not closed.
    Connect(String),
}

/// Whether Chrome's own sandbox is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sandbox {
    /// On, except where Chrome refuses to start with it (root on Linux).
    #[default]
    Auto,
    On,
    Off,
}

/// The emulated screen. Width and height are CSS pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Screen {
    pub width: u32,
    pub height: u32,
    pub device_scale_factor: f64,
    pub mobile: bool,
    pub touch: bool,
    /// What client hints say: `Sec-CH-UA-Platform`. `None`: this machine's.
    pub platform: Option<String>,
    /// What client hints say: `Sec-CH-UA-Model`. Empty on desktops.
    pub model: String,
}

/// Degrees, and metres for the accuracy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Geolocation {
    pub latitude: f64,
    pub longitude: f64,
    pub accuracy: f64,
}

/// For HTTP authentication. The password is a secret and must reach no
/// report.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub username: String,
    pub password: String,
}

/// A cookie to start with. Either `url` or `domain` is given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StartCookie {
    pub name: String,
    pub value: String,
    pub url: Option<String>,
    pub domain: Option<String>,
    pub path: Option<String>,
    pub secure: Option<bool>,
    pub http_only: Option<bool>,
    /// `Strict`, `Lax` or `None`.
    pub same_site: Option<String>,
}

impl Default for BrowserOptions {
    fn default() -> Self {
        Self {
            source: BrowserSource::Find,
            args: Vec::new(),
            headless: true,
            sandbox: Sandbox::Auto,
            user_agent: None,
            screen: Screen::default(),
            locale: None,
            timezone: None,
            geolocation: None,
            headers: Vec::new(),
            http_credentials: None,
            proxy: None,
            cookies: Vec::new(),
            host_resolver_rules: Vec::new(),
            accept_invalid_certificates: false,
            witness: false,
        }
    }
}

impl Default for Screen {
    fn default() -> Self {
        Self {
            width: 1280,
            height: 800,
            device_scale_factor: 1.0,
            mobile: false,
            touch: false,
            platform: None,
            model: String::new(),
        }
    }
}

/// The password does not even appear in a debug print.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Credentials")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

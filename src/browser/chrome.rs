//! One browser for a whole run: launched or visited, with a context of its
//! own for every scenario.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::browser::connection::{CallError, Client, connect};
use crate::browser::context::{Circumstances, Context, State};
use crate::browser::emulation::Emulation;
use crate::browser::hub::{Contexts, Hub, Scripts, below_browser, lock};
use crate::browser::launch::{LaunchError, LaunchedChrome, launch};
use crate::browser::page;
use crate::browser::tab::BrowserTab;
use crate::capture::Captured;
use crate::model::browser_options::{BrowserOptions, BrowserSource};
use crate::wire::netlog::Sent;

pub use crate::browser::hub::{Answer, PauseAnswer};

/// A running browser.
pub struct Browser {
    client: Client,
    launched: Option<LaunchedChrome>,
    contexts: Contexts,
    options: BrowserOptions,
    binding: String,
    /// `HeadlessChrome/156.0.8078.79`.
    pub product: String,
}

/// What the capture of a browser is told once a run.
pub struct CaptureOptions {
    pub answer: Answer,
    /// Names of data layers beside `dataLayer`.
    pub layers: Vec<String>,
}

/// How long the browser may take to shake hands.
const CONNECT_LIMIT: Duration = Duration::from_secs(20);

/// How long a scenario's tabs may take to close.
const DISPOSE_LIMIT: Duration = Duration::from_secs(5);

/// How long a new tab may take to come up.
const TAB_LIMIT: Duration = Duration::from_secs(30);

impl Browser {
    /// Launches the executable, or visits the browser that the options name.
    pub async fn start(
        executable: Option<&Path>,
        options: BrowserOptions,
        capture: CaptureOptions,
    ) -> Result<Self, LaunchError> {
        let (launched, url) = match (&options.source, executable) {
            (BrowserSource::Connect(url), _) => (None, websocket_url(url).await?),
            (_, Some(executable)) => {
                let launched = launch(executable, &options).await?;
                let url = launched.websocket_url.clone();
                (Some(launched), url)
            }
            (_, None) => return Err(unreachable_browser("found no Chrome on this machine")),
        };
        let contexts = Contexts::default();
        let emulation = Arc::new(Mutex::new(None));
        let binding = random_name();
        let scripts = scripts(&binding, &capture.layers);
        let hub = Hub::new(
            Arc::clone(&contexts),
            Arc::clone(&emulation),
            capture.answer,
            options.http_credentials.clone(),
            scripts,
            launched.is_none(),
        );
        let connecting = connect(&url, |_| Box::new(hub));
        let connected = tokio::time::timeout(CONNECT_LIMIT, connecting)
            .await
            .unwrap_or_else(|_| Err(format!("no answer within {} s", CONNECT_LIMIT.as_secs())));
        let client = match connected {
            Ok(client) => client,
            Err(error) => {
                return Err(LaunchError {
                    details: launched.as_ref().map(LaunchedChrome::last_words).unwrap_or_default(),
                    ..unreachable_browser(format!("could not connect to {url}: {error}"))
                });
            }
        };
        let mut browser =
            Self { client, launched, contexts, options, binding, product: String::new() };
        match browser.prepare(&emulation).await {
            Ok(()) => Ok(browser),
            Err(error) => {
                let mut failure =
                    unreachable_browser(format!("the browser refused to be driven: {error}"));
                failure.details = browser.last_words();
                browser.close().await;
                Err(failure)
            }
        }
    }

    async fn prepare(&mut self, emulation: &Mutex<Option<Emulation>>) -> Result<(), CallError> {
        let version = self.client.call(None, "Browser.getVersion", json!({})).await?;
        let text = |key: &str| version.get(key).and_then(Value::as_str).unwrap_or_default();
        text("product").clone_into(&mut self.product);
        *lock(emulation) = Some(Emulation::new(&self.options, text("product"), text("userAgent")));
        // Everything, twice: responses, because this sees requests that no
        // agent reports; and what is about to be sent, because some beacons
        // get no response stage, and because Chrome asks a person for the
        // password of whatever is not paused here, for ever.
        let fetch = json!({
            "patterns": [
                {"urlPattern": "*", "requestStage": "Request"},
                {"urlPattern": "*", "requestStage": "Response"},
            ],
            "handleAuthRequests": true,
        });
        self.client.call(None, "Fetch.enable", fetch).await?;
        let attach = json!({
            "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true,
            "filter": below_browser(),
        });
        self.client.call(None, "Target.setAutoAttach", attach).await?;
        Ok(())
    }

    /// A world of its own with one tab at `about:blank`.
    pub async fn new_context(&self, under: Circumstances) -> Result<BrowserTab, CallError> {
        let mut parameters = json!({"disposeOnDetach": true});
        if let (Some(proxy), None) = (&self.options.proxy, &self.launched) {
            parameters["proxyServer"] = json!(proxy);
        }
        let made = self.client.call(None, "Target.createBrowserContext", parameters).await?;
        let id = made.get("browserContextId").and_then(Value::as_str).unwrap_or_default();
        let context = Arc::new(Context::under(id.to_owned(), &self.binding, under));
        lock(&self.contexts).add(&context);
        match self.first_tab(&context).await {
            Ok(()) => Ok(BrowserTab::new(self.client.clone(), context, self.binding.clone())),
            Err(error) => {
                self.dispose(&context).await;
                Err(error)
            }
        }
    }

    async fn first_tab(&self, context: &Context) -> Result<(), CallError> {
        let id = &context.id;
        self.client.send(
            None,
            "Browser.setDownloadBehavior",
            json!({"behavior": "deny", "browserContextId": id}),
        );
        self.set_permissions(id);
        if !self.options.cookies.is_empty() {
            let cookies = self.options.cookies.iter().map(start_cookie).collect::<Vec<_>>();
            self.client
                .call(
                    None,
                    "Storage.setCookies",
                    json!({"cookies": cookies, "browserContextId": id}),
                )
                .await?;
        }
        self.client
            .call(
                None,
                "Target.createTarget",
                json!({"url": "about:blank", "browserContextId": id}),
            )
            .await?;
        let deadline = tokio::time::Instant::now() + TAB_LIMIT;
        let ready = context
            .wait_for(deadline, |state| {
                let tab = state.tabs.first()?;
                let session = state.sessions.get(&tab.session)?;
                (session.ready && state.worlds.contains_key(&tab.target)).then_some(())
            })
            .await;
        match ready {
            Some(()) => Ok(()),
            None if self.client.is_closed() => Err(CallError::Closed),
            None => Err(CallError::Timeout { method: "Target.createTarget", after: TAB_LIMIT }),
        }
    }

    /// Prompts would wait for a person for ever.
    fn set_permissions(&self, context: &str) {
        for name in DENIED_PERMISSIONS {
            let granted = *name == "geolocation" && self.options.geolocation.is_some();
            self.client.send(
                None,
                "Browser.setPermission",
                json!({
                    "permission": {"name": name},
                    "setting": if granted { "granted" } else { "denied" },
                    "browserContextId": context,
                }),
            );
        }
    }

    /// Ends a scenario's world and returns what was recorded in it.
    pub async fn end_context(&self, tab: &BrowserTab) -> Captured {
        self.dispose(tab.context()).await;
        tab.context().take()
    }

    /// A tab that does not close holds up its context for ever. Asked once
    /// more by its name it closes; and the record says so.
    async fn dispose(&self, context: &Context) {
        let parameters = json!({"browserContextId": context.id});
        let method = "Target.disposeBrowserContext";
        let disposed = self.client.call_within(None, method, parameters, DISPOSE_LIMIT).await;
        if matches!(disposed, Err(CallError::Timeout { .. })) {
            for target in context.change(State::tabs_that_stay) {
                self.client.send(None, "Target.closeTarget", json!({"targetId": target}));
            }
            let deadline = tokio::time::Instant::now() + DISPOSE_LIMIT;
            let closed = |state: &State| state.tabs.iter().all(|tab| tab.closed).then_some(());
            context.wait_for(deadline, closed).await;
        }
        // Only now: beacons of the last documents still came in meanwhile.
        lock(&self.contexts).end(context);
    }

    /// The connection is gone: Chrome died, or whoever owns it ended it.
    pub fn is_lost(&self) -> bool {
        self.client.is_closed()
    }

    /// What Chrome wrote last, for a message that says why it died.
    pub fn last_words(&self) -> Vec<String> {
        self.launched.as_ref().map(LaunchedChrome::last_words).unwrap_or_default()
    }

    /// Ends a launched Chrome with its profile; leaves a visited one alone.
    ///
    /// Returns what Chrome logged, where it was asked to be a witness.
    pub async fn close(mut self) -> Option<Vec<Sent>> {
        let mut launched = self.launched.take()?;
        let mut log = None;
        if self.options.witness {
            // Killed it would lose the end of its log.
            self.client.send(None, "Browser.close", json!({}));
            log = launched.net_log().await;
        }
        launched.close().await;
        log
    }
}

const DENIED_PERMISSIONS: &[&str] = &[
    "geolocation",
    "notifications",
    "camera",
    "microphone",
    "midi",
    "clipboard-read",
    "display-capture",
    "local-fonts",
    "idle-detection",
    "storage-access",
    "window-management",
];

fn start_cookie(cookie: &crate::model::browser_options::StartCookie) -> Value {
    let mut value = json!({"name": cookie.name, "value": cookie.value});
    let mut set = |key: &str, given: Option<Value>| {
        if let Some(given) = given {
            value[key] = given;
        }
    };
    set("url", cookie.url.as_deref().map(Value::from));
    set("domain", cookie.domain.as_deref().map(Value::from));
    set("path", cookie.path.as_deref().map(Value::from));
    set("secure", cookie.secure.map(Value::from));
    set("httpOnly", cookie.http_only.map(Value::from));
    set("sameSite", cookie.same_site.as_deref().map(Value::from));
    value
}

fn scripts(binding: &str, layers: &[String]) -> Scripts {
    Scripts {
        binding: binding.to_owned(),
        hooks: page::hooks(binding, layers),
        elements: page::when_asked_for("__pixelproof", page::SELECTORS),
    }
}

/// A name that no page can know in advance.
fn random_name() -> String {
    std::iter::repeat_with(fastrand::lowercase).take(16).collect()
}

fn unreachable_browser(message: impl Into<String>) -> LaunchError {
    LaunchError {
        message: message.into(),
        details: Vec::new(),
        help: crate::browser::find::NO_CHROME.to_owned(),
    }
}

/// Whether an HTTP answer has come with all of its body.
fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    length.is_some_and(|length| body.len() >= length)
}

/// `ws://` as it is; `http://host:port` is asked for its WebSocket address.
async fn websocket_url(url: &str) -> Result<String, LaunchError> {
    if url.starts_with("ws://") || url.starts_with("wss://") {
        return Ok(url.to_owned());
    }
    let failed = |reason: String| {
        LaunchError {
        message: format!("could not find a browser at {url}: {reason}"),
        details: Vec::new(),
        help: "start Chrome with --remote-debugging-port=9222 and pass --browser http://127.0.0.1:9222, or the ws:// address it prints".to_owned(),
    }
    };
    let parsed = url::Url::parse(url).map_err(|error| failed(error.to_string()))?;
    let host = parsed.host_str().ok_or_else(|| failed("it names no host".to_owned()))?;
    let port = parsed.port_or_known_default().unwrap_or(9222);
    let ask = async {
        let address = host.trim_start_matches('[').trim_end_matches(']');
        let mut stream = tokio::net::TcpStream::connect((address, port)).await?;
        let request = format!(
            "GET /json/version HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        // Chrome does not close the connection, even if asked to.
        let mut answer = Vec::new();
        let mut stream = stream.take(1 << 20);
        while !is_whole(&answer) && stream.read_buf(&mut answer).await? > 0 {}
        Ok::<_, std::io::Error>(answer)
    };
    let answer = tokio::time::timeout(Duration::from_secs(10), ask)
        .await
        .map_err(|_| failed("it did not answer within 10 s".to_owned()))?
        .map_err(|error| failed(error.to_string()))?;
    let text = String::from_utf8_lossy(&answer);
    let body = text.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
    let start = body.find('{').unwrap_or_default();
    let end = body.rfind('}').map_or(start, |end| end + 1);
    let version: Value =
        serde_json::from_str(&body[start..end]).map_err(|error| failed(error.to_string()))?;
    version
        .get("webSocketDebuggerUrl")
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| failed("its answer names no webSocketDebuggerUrl".to_owned()))
}

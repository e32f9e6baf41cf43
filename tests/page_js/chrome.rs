//! A Chrome for the tests of the page-side JavaScript: one page at a time, one
//! command at a time, files of one folder over loopback HTTP. It is no model
//! for the browser layer.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use chromiumoxide::conn::Connection;
use chromiumoxide::types::{EventMessage, Message, Method, MethodId};
use futures::StreamExt;
use serde::Deserialize;
use serde_json::{Value, json};

pub const BINDING: &str = "pp_7f3a";

#[derive(Debug, Clone, Deserialize)]
pub struct Event {
    method: String,
    #[serde(default)]
    params: Value,
    #[serde(rename = "sessionId")]
    session_id: Option<String>,
}

impl Method for Event {
    fn identifier(&self) -> MethodId {
        self.method.clone().into()
    }
}

impl EventMessage for Event {
    fn session_id(&self) -> Option<&str> {
        self.session_id.as_deref()
    }
}

pub struct Chrome {
    /// `http://127.0.0.1:…/`
    pub base: String,
    child: Child,
    connection: Connection<Event>,
    events: VecDeque<Event>,
    /// What it waits for, for the message of a test that hangs.
    doing: String,
    _profile: tempfile::TempDir,
}

impl Drop for Chrome {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn executable() -> PathBuf {
    if let Some(path) = std::env::var_os("PIXELPROOF_CHROME") {
        return path.into();
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    ["chromium", "chromium-browser", "google-chrome", "chrome"]
        .iter()
        .flat_map(|name| std::env::split_paths(&folders).map(move |folder| folder.join(name)))
        .find(|path| path.is_file())
        .expect("no Chrome found: install Chromium or set PIXELPROOF_CHROME")
}

/// Serves the folder; `?delay=MS` holds the answer back.
async fn serve(folder: PathBuf) -> String {
    let app = axum::Router::new().fallback(move |uri: axum::http::Uri| {
        let folder = folder.clone();
        async move {
            let query = uri.query().unwrap_or_default();
            if let Some(delay) = query.strip_prefix("delay=").and_then(|ms| ms.parse().ok()) {
                tokio::time::sleep(std::time::Duration::from_millis(delay)).await;
            }
            let path = uri.path().trim_start_matches('/');
            let kind =
                if path.ends_with("js") { "text/javascript" } else { "text/html; charset=utf-8" };
            // Addresses of vendors' libraries are answered with nothing.
            let body = std::fs::read(folder.join(path)).unwrap_or_default();
            ([("content-type", kind)], body)
        }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    format!("http://{address}/")
}

impl Chrome {
    pub async fn start(folder: &Path) -> Self {
        let base = serve(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).await;
        let profile = tempfile::tempdir().unwrap();
        let mut child = Command::new(executable())
            .args(["--headless=new", "--no-sandbox", "--remote-debugging-port=0"])
            .args(["--no-first-run", "--no-startup-window", "--disable-gpu", "--mute-audio"])
            .args(["--disable-background-networking", "--disable-component-update"])
            .arg("--disable-dev-shm-usage")
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let url = lines
            .find_map(|line| line.ok()?.strip_prefix("DevTools listening on ").map(str::to_owned))
            .expect("Chrome told no DevTools address");
        std::thread::spawn(move || lines.for_each(drop));
        let connection = Connection::connect(&url).await.unwrap();
        Self {
            base,
            child,
            connection,
            events: VecDeque::new(),
            doing: String::new(),
            _profile: profile,
        }
    }

    pub async fn close(mut self) {
        self.connection.submit_command("Browser.close".into(), None, json!({})).unwrap();
        while let Some(Ok(_)) = self.connection.next().await {}
    }

    async fn next(&mut self) -> Message<Event> {
        let wait = std::time::Duration::from_secs(30);
        tokio::time::timeout(wait, self.connection.next())
            .await
            .unwrap_or_else(|_| panic!("Chrome is silent: {}", self.doing))
            .unwrap()
            .unwrap()
    }

    async fn call(&mut self, session: Option<&str>, method: &'static str, params: Value) -> Value {
        let session = session.map(|id| id.to_owned().into());
        let id = self.connection.submit_command(method.into(), session, params).unwrap();
        loop {
            match self.next().await {
                Message::Event(event) => self.events.push_back(event),
                Message::Response(answer) if answer.id == id => {
                    return answer.result.unwrap_or_else(|| panic!("{method}: {:?}", answer.error));
                }
                Message::Response(_) => {}
            }
        }
    }

    async fn event(&mut self, method: &str) -> Value {
        loop {
            if let Some(at) = self.events.iter().position(|event| event.method == method) {
                return self.events.remove(at).unwrap().params;
            }
            if let Message::Event(event) = self.next().await {
                self.events.push_back(event);
            }
        }
    }

    async fn open(&mut self) -> (String, String) {
        self.events.clear();
        let context = self.call(None, "Target.createBrowserContext", json!({})).await;
        let context = context["browserContextId"].as_str().unwrap().to_owned();
        let page = json!({ "url": "about:blank", "browserContextId": context });
        let target = self.call(None, "Target.createTarget", page).await;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = self.call(None, "Target.attachToTarget", attach).await;
        let session = session["sessionId"].as_str().unwrap().to_owned();
        self.call(Some(&session), "Page.enable", json!({})).await;
        self.call(Some(&session), "Runtime.enable", json!({})).await;
        let size = json!({ "width": 800, "height": 600, "deviceScaleFactor": 1, "mobile": false });
        self.call(Some(&session), "Emulation.setDeviceMetricsOverride", size).await;
        (context, session)
    }

    async fn load(&mut self, session: &str, page: &str) {
        let url = format!("{}{page}.html", self.base);
        self.doing = format!("loading {page}");
        self.call(Some(session), "Page.navigate", json!({ "url": url })).await;
        self.event("Page.loadEventFired").await;
        self.doing = format!("the outcome of {page}");
    }

    fn value(page: &str, answer: &Value) -> Value {
        assert!(answer.get("exceptionDetails").is_none(), "{page}: {answer:#}");
        answer["result"]["value"].clone()
    }

    /// Plays a page; gives its outcome and the recorded calls.
    pub async fn play(&mut self, page: &str, hooks: Option<&str>) -> (Value, Vec<Value>) {
        let (context, session) = self.open().await;
        if let Some(hooks) = hooks {
            self.call(Some(&session), "Runtime.addBinding", json!({ "name": BINDING })).await;
            let script = json!({ "source": hooks, "runImmediately": true });
            self.call(Some(&session), "Page.addScriptToEvaluateOnNewDocument", script).await;
        }
        self.load(&session, page).await;
        let outcome = json!({
            "expression": format!("Promise.resolve(globalThis.outcome).then(async (outcome) => {{
                dispatchEvent(new Event('{BINDING}'));
                await new Promise((done) => {{ const {{port1, port2}} = new MessageChannel();
                    port2.onmessage = done; port1.postMessage(0); }});
                return outcome ?? null;
            }})"),
            "awaitPromise": true,
            "returnByValue": true,
        });
        let outcome = self.call(Some(&session), "Runtime.evaluate", outcome).await;
        let outcome = Self::value(page, &outcome);
        self.call(None, "Target.disposeBrowserContext", json!({ "browserContextId": context }))
            .await;
        let calls = self
            .events
            .drain(..)
            .filter(|event| event.method == "Runtime.bindingCalled")
            .flat_map(|event| {
                let message = serde_json::from_str(event.params["payload"].as_str().unwrap());
                match message.unwrap() {
                    Value::Object(mut many) if many["t"] == "calls" => {
                        many["calls"].take().as_array().unwrap().clone()
                    }
                    one => vec![one],
                }
            })
            .collect();
        (outcome, calls)
    }

    /// Runs the page's `#test` in an isolated world.
    pub async fn ask(&mut self, page: &str, selectors: &str) -> Value {
        let (context, session) = self.open().await;
        self.load(&session, page).await;
        let tree = self.call(Some(&session), "Page.getFrameTree", json!({})).await;
        let world = json!({ "frameId": tree["frameTree"]["frame"]["id"], "worldName": "test" });
        let world = self.call(Some(&session), "Page.createIsolatedWorld", world).await;
        let test = json!({
            "expression": format!("(async () => {{
                const s = ({selectors}\n);
                const $ = (css) => document.querySelector(css);
                const css = (value) => ({{ kind: 'css', value }});
                const aria = (name, role) => ({{ kind: 'aria', name, role }});
                const text = (value) => ({{ kind: 'text', value }});
                const xpath = (value) => ({{ kind: 'xpath', value }});
                const pierce = (value) => ({{ kind: 'pierce', value }});
                const wait = (ms) => new Promise((done) => setTimeout(done, ms));
                const body = new (async () => {{}}).constructor(
                    's', '$', 'css', 'aria', 'text', 'xpath', 'pierce', 'wait', $('#test').textContent);
                return body(s, $, css, aria, text, xpath, pierce, wait);
            }})()"),
            "contextId": world["executionContextId"],
            "awaitPromise": true,
            "returnByValue": true,
        });
        let answer = self.call(Some(&session), "Runtime.evaluate", test).await;
        let answer = Self::value(page, &answer);
        self.call(None, "Target.disposeBrowserContext", json!({ "browserContextId": context }))
            .await;
        answer
    }
}

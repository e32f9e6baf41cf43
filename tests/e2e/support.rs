//! A site of pages given as text, and a run of scenario texts against it. It
//! looks at reports only as a user of the library would; it starts Chrome
//! through the engine and knows no protocol.

use std::collections::{BTreeMap, HashMap};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Request, Response};
use pixelproof::browser::find;
use pixelproof::checks::trail::Wish;
use pixelproof::engine::attempts::Attempts;
use pixelproof::engine::{self, Plan, PlannedScenario, Writes};
use pixelproof::model::browser_options::BrowserOptions;
use pixelproof::model::last_good::LastGood;
use pixelproof::model::run::{RunReport, ScenarioReport, Screenshots};
use pixelproof::model::trace::StepOutcome;
use pixelproof::model::vendor::PixelPolicy;
use pixelproof::scenario::{self, Variables};
use pixelproof::snapshot::Snapshot;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, watch};

/// How many Chromes run at once, whatever the number of test threads.
pub static CHROMES: Semaphore = Semaphore::const_new(2);

/// The Chrome of this machine; a test without one must not look passed.
pub fn chrome() -> PathBuf {
    if let Some(path) = std::env::var_os("PIXELPROOF_CHROME") {
        return path.into();
    }
    let nowhere = PathBuf::from("no-such-folder");
    find::find_chrome(std::env::var_os("PATH").as_deref(), &nowhere)
        .expect("these tests need Chrome: install Chromium, or set PIXELPROOF_CHROME")
}

/// What a path answers. In texts, `$PORT` stands for the port of the site.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A page as HTML, status 200.
    Page(String),
    /// Anything: status, headers, body.
    Full(u16, Vec<(&'static str, String)>, String),
    /// The answer comes this many milliseconds later.
    Late(u64, Box<Reply>),
    /// The first request gets the first of them, and so on; the last one stays.
    Turns(Vec<Reply>),
    /// Accepts the request and never answers.
    Never,
    /// Headers and a first chunk, then one more chunk now and then, for ever.
    /// The text is the content type and what comes first.
    Endless(&'static str, String),
}

/// A request as the site received it.
#[derive(Debug, Clone)]
pub struct Received {
    pub method: String,
    /// Host without port, path and query: `shop.localhost/cart?a=1`.
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Received {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

#[derive(Debug)]
struct Shared {
    port: u16,
    replies: HashMap<String, Reply>,
    received: Mutex<Vec<Received>>,
}

/// A server on a free loopback port, for as long as it lives.
#[derive(Debug)]
pub struct Site {
    shared: Arc<Shared>,
    servers: Vec<tokio::task::JoinHandle<()>>,
}

impl Drop for Site {
    fn drop(&mut self) {
        for server in &self.servers {
            server.abort();
        }
    }
}

impl Site {
    /// Serves the replies by host name and path: `shop.localhost/cart`. A
    /// query is not looked at. What is not there answers 404.
    pub async fn serve<K: Into<String>>(replies: impl IntoIterator<Item = (K, Reply)>) -> Self {
        // Chrome takes *.localhost to both loopback addresses: the port must
        // be ours on both, where there are both.
        let (first, second) = loop {
            let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            let port = first.local_addr().unwrap().port();
            match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
                Ok(second) => break (first, Some(second)),
                Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {}
                Err(_) => break (first, None),
            }
        };
        let port = first.local_addr().unwrap().port();
        let replies = replies.into_iter().map(|(key, reply)| (key.into(), reply)).collect();
        let shared = Arc::new(Shared { port, replies, received: Mutex::default() });
        let servers = [Some(first), second]
            .into_iter()
            .flatten()
            .map(|listener| {
                let app = Router::new().fallback(answer).with_state(Arc::clone(&shared));
                tokio::spawn(async move { axum::serve(listener, app).await.unwrap() })
            })
            .collect();
        Self { shared, servers }
    }

    /// A site of pages only.
    pub async fn of(pages: &[(&str, &str)]) -> Self {
        Self::serve(pages.iter().map(|(path, html)| (*path, page(html)))).await
    }

    pub fn port(&self) -> u16 {
        self.shared.port
    }

    /// Everything so far, in the order of arrival.
    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }
}

/// A page whose script may say `note("…")`: it is found in [`Played::said`].
pub fn page(html: &str) -> Reply {
    Reply::Page(format!(
        "<!doctype html><meta charset=utf-8><script>const note = (...words) => console.log(words.join(' '));</script>{html}"
    ))
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let headers: Vec<(String, String)> = parts
        .headers
        .iter()
        .map(|(name, value)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let host = parts.headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name).to_owned();
    let reply = shared.replies.get(&format!("{host}{}", parts.uri.path())).cloned();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let received = Received {
        method: parts.method.to_string(),
        url: format!("{host}{path}"),
        headers,
        body: axum::body::to_bytes(body, 1 << 24).await.unwrap_or_default().to_vec(),
    };
    let turn = {
        let mut all = shared.received.lock().unwrap();
        let turn = all.iter().filter(|former| former.url == received.url).count();
        all.push(received);
        turn
    };
    let reply = match reply {
        Some(Reply::Turns(replies)) => replies.get(turn).or(replies.last()).cloned(),
        other => other,
    };
    // Chrome asks every host for one; no test is about it.
    if reply.is_none() && parts.uri.path() == "/favicon.ico" {
        return make(Reply::Full(204, Vec::new(), String::new()), shared.port).await;
    }
    make(
        reply.unwrap_or_else(|| Reply::Full(404, Vec::new(), "nothing here".to_owned())),
        shared.port,
    )
    .await
}

async fn make(mut reply: Reply, port: u16) -> Response<Body> {
    let fill_in = |text: &str| text.replace("$PORT", &port.to_string());
    loop {
        let (status, headers, body) = match reply {
            Reply::Late(ms, then) => {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                reply = *then;
                continue;
            }
            Reply::Turns(_) | Reply::Never => std::future::pending().await,
            Reply::Page(html) => (
                200,
                vec![("content-type", "text/html; charset=utf-8".to_owned())],
                Body::from(fill_in(&html)),
            ),
            Reply::Full(status, headers, body) => (status, headers, Body::from(fill_in(&body))),
            Reply::Endless(kind, first) => {
                let first = Bytes::from(fill_in(&first));
                let chunks = futures::stream::unfold(Some(first), |first| async {
                    if let Some(first) = first {
                        return Some((Ok::<_, std::io::Error>(first), None));
                    }
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    Some((Ok(Bytes::from_static(b": still here\n")), None))
                });
                (200, vec![("content-type", kind.to_owned())], Body::from_stream(chunks))
            }
        };
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(name, fill_in(&value));
        }
        return response.body(body).unwrap();
    }
}

/// How scenarios are run; the default is what most tests want.
pub struct Run {
    pub browser: BrowserOptions,
    pub pixels: PixelPolicy,
    pub vendor_pixels: BTreeMap<String, PixelPolicy>,
    pub layers: Vec<String>,
    pub writes: Writes,
    pub screenshots: Screenshots,
    pub attempts: Attempts,
    pub max_failures: Option<usize>,
    pub jobs: usize,
    pub step_timeout: Duration,
    /// By the scenario's name.
    pub snapshots: HashMap<String, Snapshot>,
    /// By the scenario's name: what was kept of a play that passed.
    pub last_goods: HashMap<String, LastGood>,
    pub wish: Wish,
}

impl Default for Run {
    fn default() -> Self {
        Self {
            browser: BrowserOptions::default(),
            pixels: PixelPolicy::Stub,
            vendor_pixels: BTreeMap::new(),
            layers: Vec::new(),
            writes: Writes::Nothing,
            screenshots: Screenshots::default(),
            attempts: Attempts::default(),
            max_failures: None,
            jobs: 1,
            // Long, because the machine may be busy: what waits in vain says
            // `timeout` in its scenario.
            step_timeout: Duration::from_secs(30),
            snapshots: HashMap::new(),
            last_goods: HashMap::new(),
            wish: Wish::Findings,
        }
    }
}

/// What a run of several scenarios left.
pub struct Ran {
    pub report: RunReport,
    /// What the run kept: name and bytes.
    pub kept: Kept,
    /// In the order of the scenarios: what a later run may compare with.
    pub goods: Vec<Option<LastGood>>,
    /// In the same order, where the run recorded.
    pub snapshots: Vec<Option<Snapshot>>,
}

type Kept = Vec<(String, Vec<u8>)>;

impl Run {
    /// Plays the scenarios (name, YAML from `steps:` or from any key on; or a
    /// recording as JSON) in one Chrome. `$PORT` in them is the site's.
    pub async fn play(self, site: &Site, scenarios: &[(&str, &str)]) -> Ran {
        self.play_at(site.port(), scenarios).await
    }

    /// The same against a site of another kind.
    pub async fn play_at(self, port: u16, scenarios: &[(&str, &str)]) -> Ran {
        let planned = scenarios
            .iter()
            .map(|(name, text)| {
                let text = text.replace("$PORT", &port.to_string());
                let text = if text.trim_start().starts_with('{') {
                    text
                } else {
                    format!("name: {name}\n{text}")
                };
                let scenario = scenario::parse(
                    &format!("{name}.yaml"),
                    text.as_bytes(),
                    &Variables::default(),
                )
                .unwrap_or_else(|problems| panic!("{name} cannot be read: {problems:#?}"));
                PlannedScenario {
                    snapshot: self.snapshots.get(*name).cloned(),
                    last_good: self.last_goods.get(*name).cloned(),
                    ..PlannedScenario::of(scenario, text, format!("{name}.snap"))
                }
            })
            .collect();
        let kept: Arc<Mutex<Kept>> = Arc::default();
        let keep = Arc::clone(&kept);
        let plan = Plan {
            browser: self.browser,
            executable: Some(chrome()),
            pixels: self.pixels,
            vendor_pixels: self.vendor_pixels,
            layers: self.layers,
            jobs: self.jobs,
            step_timeout: self.step_timeout,
            writes: self.writes,
            screenshots: self.screenshots,
            attempts: self.attempts,
            max_failures: self.max_failures,
            wish: self.wish,
            keep: Arc::new(move |name, bytes| {
                keep.lock().unwrap().push((name.to_owned(), bytes.to_vec()));
                Ok(name.to_owned())
            }),
            ..Plan::of(planned)
        };
        let (sender, _progress) = mpsc::unbounded_channel();
        let (_never, stop) = watch::channel(false);
        let permit = CHROMES.acquire().await.unwrap();
        let outcome = engine::run(plan, sender, stop).await;
        drop(permit);
        let kept = std::mem::take(&mut *kept.lock().unwrap());
        let recordings = outcome.recordings.into_iter();
        let snapshots = recordings.map(|it| Some(it?.recorded.snapshot)).collect();
        Ran { report: outcome.report, kept, goods: outcome.goods, snapshots }
    }
}

impl Ran {
    /// The scenario of that name.
    #[track_caller]
    pub fn of(&self, name: &str) -> &ScenarioReport {
        let found = self.report.scenarios.iter().find(|scenario| scenario.name == name);
        found.unwrap_or_else(|| panic!("no scenario {name} was played"))
    }

    /// Every step of the scenario was done; else says what was not.
    #[track_caller]
    pub fn done(&self, name: &str) -> &ScenarioReport {
        let scenario = self.of(name);
        assert!(
            scenario.trace.steps.iter().all(|step| step.outcome == StepOutcome::Done),
            "{name}: {}",
            told(scenario)
        );
        scenario
    }

    /// Every step of every scenario was done.
    #[track_caller]
    pub fn all_done(&self) {
        for scenario in &self.report.scenarios {
            self.done(&scenario.name);
        }
    }

    /// What the scenario's pages wrote with `console.log`, in order.
    #[track_caller]
    pub fn said(&self, name: &str) -> Vec<&str> {
        let console = self.of(name).trace.console.iter();
        console
            .filter(|message| message.level == "log")
            .map(|message| message.text.as_str())
            .collect()
    }

    /// Message and details of the step that could not be done because of the
    /// site.
    #[track_caller]
    pub fn failure(&self, name: &str) -> String {
        let scenario = self.of(name);
        for step in &scenario.trace.steps {
            if let StepOutcome::Failed { message, details } = &step.outcome {
                return format!("{message}\n{}", details.join("\n"));
            }
        }
        panic!("{name} did not fail: {}", told(scenario));
    }

    /// Message and details of the step that went wrong without the site.
    #[track_caller]
    pub fn breakage(&self, name: &str) -> String {
        let scenario = self.of(name);
        for step in &scenario.trace.steps {
            if let StepOutcome::Broken { message, details } = &step.outcome {
                return format!("{message}\n{}", details.join("\n"));
            }
        }
        panic!("{name} is not broken: {}", told(scenario));
    }
}

/// Everything that explains how a scenario went.
pub fn told(scenario: &ScenarioReport) -> String {
    use std::fmt::Write as _;
    let mut text = format!(
        "{} {} in {:.0} ms\n",
        scenario.name,
        scenario.verdict.as_text(),
        scenario.trace.duration_ms
    );
    for step in &scenario.trace.steps {
        let _ = writeln!(
            text,
            "  {} at {}, {:.0} ms: {:?}",
            step.label, step.url, step.duration_ms, step.outcome
        );
    }
    for message in &scenario.trace.console {
        let _ = writeln!(text, "  console {}: {}", message.level, message.text);
    }
    for error in &scenario.trace.page_errors {
        let _ = writeln!(text, "  page error: {}", error.text);
    }
    for finding in &scenario.findings {
        let _ = writeln!(text, "  {}: {} {:?}", finding.code, finding.message, finding.details);
    }
    text
}

/// Runs the scenarios as most tests want it.
pub async fn play(site: &Site, scenarios: &[(&str, &str)]) -> Ran {
    Run::default().play(site, scenarios).await
}

//! A small web server on loopback that writes down what really reached it,
//! and plays of scenarios against it. The truth that records are held against.
//!
//! Every name under `localhost` leads to it, is a site of its own to Chrome
//! (so that frames of another name live in another process) and counts as
//! secure.

use std::collections::{BTreeMap, HashMap};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pixelproof::engine::{Plan, PlannedScenario, run};
use pixelproof::model::browser_options::{BrowserOptions, BrowserSource};
use pixelproof::model::request::Request;
use pixelproof::model::run::RunReport;
use pixelproof::model::trace::{StepOutcome, Trace};
use pixelproof::model::vendor::PixelPolicy;
use pixelproof::scenario::{Variables, parse};
use pixelproof::vendors::{CustomVendor, Registry};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::e2e::support::{CHROMES, chrome};

/// A request as it arrived.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// It came over TLS.
    pub secure: bool,
    pub method: String,
    pub host: String,
    /// Path and query.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn url(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}{}", self.host, self.target)
    }

    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// A value of the query that needs no decoding.
    pub fn query(&self, name: &str) -> Option<&str> {
        let query = self.target.split_once('?')?.1;
        query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub when: When,
}

/// When an answer comes.
#[derive(Debug, Clone, Copy, Default)]
pub enum When {
    #[default]
    AtOnce,
    /// This many milliseconds later.
    Later(u64),
    /// Never; the connection stays open.
    Never,
    /// The connection is closed instead.
    Gone,
}

impl Reply {
    pub fn new(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), kind.to_owned())];
        Self { status, headers, body: body.into(), when: When::AtOnce }
    }

    pub fn html(body: &str) -> Self {
        let page = format!("<!doctype html><meta charset=utf-8><link rel=icon href=data:,>{body}");
        Self::new(200, "text/html; charset=utf-8", page)
    }

    pub fn js(body: &str) -> Self {
        Self::new(200, "text/javascript; charset=utf-8", body)
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

type Handler = dyn Fn(&Seen) -> Option<Reply> + Send + Sync;

/// The server. It ends with the test's runtime.
pub struct Site {
    pub port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
}

struct Shared {
    tls: TlsAcceptor,
    seen: Arc<Mutex<Vec<Seen>>>,
    arrived: Notify,
    handler: Box<Handler>,
}

impl Site {
    /// Plain and TLS connections come to one port, told apart by their first
    /// byte. `handler` answers what it knows. What it leaves is answered here:
    /// `/px…` as a pixel endpoint would, `/hop?to=…` with a redirect,
    /// `/await?path=…&n=…` as soon as that path was asked for that often.
    pub async fn start(handler: impl Fn(&Seen) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let (listeners, port) = listen().await;
        let seen = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::new(Shared {
            tls: tls(),
            seen: Arc::clone(&seen),
            arrived: Notify::new(),
            handler: Box::new(handler),
        });
        for listener in listeners {
            let shared = Arc::clone(&shared);
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let shared = Arc::clone(&shared);
                    tokio::spawn(async move { serve(stream, &shared).await });
                }
            });
        }
        Self { port, seen }
    }

    /// Pages by path; everything else as [`Site::start`] does it.
    pub async fn with_pages(pages: &[(&str, Reply)]) -> Self {
        let pages: HashMap<String, Reply> =
            pages.iter().map(|(path, reply)| ((*path).to_owned(), reply.clone())).collect();
        Self::start(move |seen| pages.get(seen.path()).cloned()).await
    }

    /// `http://name.localhost:port` followed by the path.
    pub fn url(&self, name: &str, path: &str) -> String {
        format!("http://{name}.localhost:{}{path}", self.port)
    }

    /// Everything that arrived.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// What arrived at pixel endpoints, preflights aside.
    pub fn pixels(&self) -> Vec<Seen> {
        let mut seen = self.seen();
        seen.retain(|seen| seen.path().starts_with("/px") && seen.method != "OPTIONS");
        seen
    }
}

/// Chrome takes names under `localhost` to both loopback addresses, so the
/// port must be ours on both, where there are both.
async fn listen() -> (Vec<TcpListener>, u16) {
    loop {
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = first.local_addr().unwrap().port();
        match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
            Ok(second) => return (vec![first, second], port),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {}
            Err(_) => return (vec![first], port),
        }
    }
}

/// The first byte of a TLS handshake.
const HANDSHAKE: u8 = 22;

async fn serve(stream: TcpStream, shared: &Shared) {
    let mut first = [0];
    match stream.peek(&mut first).await {
        Ok(1) if first == [HANDSHAKE] => {
            if let Ok(stream) = shared.tls.accept(stream).await {
                serve_requests(stream, true, shared).await;
            }
        }
        Ok(1) => serve_requests(stream, false, shared).await,
        _ => {}
    }
}

/// A certificate of our own for every name that tests use over TLS.
fn tls() -> TlsAcceptor {
    let names = ["shop.test", "other.test", "third.test"].map(str::to_owned);
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

async fn serve_requests(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    secure: bool,
    shared: &Shared,
) {
    let mut buffer = Vec::new();
    while let Some(mut seen) = read_request(&mut stream, &mut buffer).await {
        seen.secure = secure;
        shared.seen.lock().unwrap().push(seen.clone());
        shared.arrived.notify_waiters();
        let reply = answer(&seen, shared).await;
        match reply.when {
            When::AtOnce => {}
            When::Later(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
            When::Never => std::future::pending().await,
            When::Gone => return,
        }
        let mut head = format!("HTTP/1.1 {} X\r\n", reply.status);
        for (name, value) in &reply.headers {
            head += &format!("{name}: {value}\r\n");
        }
        if reply.status != 204 {
            head += &format!("content-length: {}\r\n", reply.body.len());
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        if seen.method != "HEAD" && reply.status != 204 {
            bytes.extend(&reply.body);
        }
        if stream.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

async fn answer(seen: &Seen, shared: &Shared) -> Reply {
    if let Some(reply) = (shared.handler)(seen) {
        return reply;
    }
    match seen.path() {
        path if path.starts_with("/px") || path == "/report" => {
            let origin = seen.header("origin").unwrap_or("*").to_owned();
            Reply { status: 204, headers: Vec::new(), body: Vec::new(), when: When::AtOnce }
                .with("access-control-allow-origin", &origin)
                .with("access-control-allow-credentials", "true")
                .with("access-control-allow-headers", "content-type, x-extra")
                .with("access-control-allow-methods", "GET, POST, PUT, DELETE")
                .with("cache-control", "no-store")
        }
        "/hop" => Reply { status: 302, headers: Vec::new(), body: Vec::new(), when: When::AtOnce }
            .with("location", seen.query("to").unwrap_or("/"))
            .with("access-control-allow-origin", "*"),
        "/await" => {
            let path = seen.query("path").unwrap_or_default();
            let wanted: usize = seen.query("n").unwrap_or("1").parse().unwrap();
            loop {
                let arrived = shared.arrived.notified();
                let count = |list: &Vec<Seen>| {
                    list.iter().filter(|it| it.path() == path && it.method != "OPTIONS").count()
                };
                if count(&shared.seen.lock().unwrap()) >= wanted {
                    return Reply::new(200, "text/plain", "ok")
                        .with("access-control-allow-origin", "*");
                }
                arrived.await;
            }
        }
        _ => Reply::new(404, "text/plain", "nothing here"),
    }
}

async fn read_request(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> Option<Seen> {
    let mut more = vec![0; 1 << 16];
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        let read = stream.read(&mut more).await.ok().filter(|read| *read > 0)?;
        buffer.extend(&more[..read]);
    };
    let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let find = |name: &str| headers.iter().find(|(known, _)| known == name);
    let length: usize = find("content-length").map_or(0, |(_, value)| value.parse().unwrap());
    let host = find("host").map(|(_, value)| value.clone()).unwrap_or_default();
    while buffer.len() < end + 4 + length {
        let read = stream.read(&mut more).await.ok().filter(|read| *read > 0)?;
        buffer.extend(&more[..read]);
    }
    let body = buffer[end + 4..end + 4 + length].to_vec();
    buffer.drain(..end + 4 + length);
    Some(Seen { secure: false, method, host, target, headers, body })
}

/// How a scenario is played.
pub struct Stage {
    pub browser: BrowserOptions,
    pub pixels: PixelPolicy,
    /// Patterns of hosts and paths that count as pixel endpoints.
    pub endpoints: Vec<String>,
    pub jobs: usize,
    pub step_timeout: Duration,
}

impl Default for Stage {
    fn default() -> Self {
        Self {
            browser: BrowserOptions::default(),
            pixels: PixelPolicy::Deliver,
            endpoints: Vec::new(),
            jobs: 1,
            step_timeout: Duration::from_secs(60),
        }
    }
}

impl Stage {
    /// Requests to `/px…` of the site are pixels.
    pub fn of(site: &Site) -> Self {
        Self { endpoints: vec![format!("*.localhost:{}/px*", site.port)], ..Self::default() }
    }

    /// Plays one scenario whose steps are given as they stand in a file.
    pub async fn play(self, steps: Value) -> Trace {
        let mut report = self.play_all(vec![steps]).await;
        let scenario = report.scenarios.remove(0);
        scenario.trace
    }

    pub async fn play_all(self, scenarios: Vec<Value>) -> RunReport {
        let texts = scenarios.into_iter().enumerate().map(|(number, steps)| {
            (
                format!("s{number}"),
                json!({"name": format!("s{number}"), "steps": steps}).to_string(),
            )
        });
        self.play_texts(texts.collect()).await
    }

    /// Plays scenarios given by name and text.
    pub async fn play_texts(self, scenarios: Vec<(String, String)>) -> RunReport {
        let _one_of_few = CHROMES.acquire().await.unwrap();
        let custom = self.endpoints.iter().enumerate().map(|(number, url)| CustomVendor {
            slug: format!("local{number}"),
            name: None,
            url: url.clone(),
            account: None,
            event: "text:Hit".to_owned(),
            events: None,
            params: Vec::new(),
            other: None,
            batches: false,
            automatic: Vec::new(),
        });
        let registry = Registry::new(custom.collect(), BTreeMap::new()).unwrap();
        let scenarios = scenarios.into_iter().map(|(name, text)| {
            let file = format!("{name}.yaml");
            let parsed = parse(&file, text.as_bytes(), &Variables::default());
            let scenario = parsed.unwrap_or_else(|problems| panic!("{name}: {problems:#?}"));
            PlannedScenario::of(scenario, text, format!("{name}.snap"))
        });
        let executable = match &self.browser.source {
            BrowserSource::Find => Some(chrome()),
            BrowserSource::Executable(path) => Some(path.clone()),
            BrowserSource::Connect(_) => None,
        };
        let plan = Plan {
            executable,
            browser: self.browser,
            registry: Arc::new(registry),
            pixels: self.pixels,
            jobs: self.jobs,
            step_timeout: self.step_timeout,
            keep: Arc::new(|name, _| Ok(name.to_owned())),
            ..Plan::of(scenarios.collect())
        };
        let (progress, _nobody) = tokio::sync::mpsc::unbounded_channel();
        let (_go_on, stop) = tokio::sync::watch::channel(false);
        run(plan, progress, stop).await.report
    }
}

/// Every step was done.
pub fn assert_done(trace: &Trace) {
    for step in &trace.steps {
        assert_eq!(step.outcome, StepOutcome::Done, "step {}", step.label);
    }
}

/// Requests to pixel endpoints, preflights aside.
pub fn recorded_pixels(trace: &Trace) -> Vec<&Request> {
    let of_pixels = |request: &&Request| {
        request.url.split('/').nth(3).is_some_and(|path| path.starts_with("px"))
            && request.method != "OPTIONS"
    };
    trace.requests.iter().filter(of_pixels).collect()
}

/// The record and the server agree: method, URL and body of every request
/// that arrived, each as often as it arrived.
pub fn assert_same_as_arrived(trace: &Trace, site: &Site) {
    assert_agree(trace, &site.pixels());
}

pub fn assert_agree(trace: &Trace, arrived: &[Seen]) {
    let line = |method: &str, url: &str, body: &[u8]| {
        let text = match body.len() {
            0..200 => String::from_utf8_lossy(body).into_owned(),
            length => {
                let sum: u64 = body.iter().map(|&byte| u64::from(byte)).sum();
                format!("{length} bytes, sum {sum}")
            }
        };
        format!("{method} {url} {text:?}")
    };
    let mut open = HashMap::<String, i64>::new();
    for seen in arrived {
        *open.entry(line(&seen.method, &seen.url(), &seen.body)).or_default() += 1;
    }
    for request in recorded_pixels(trace) {
        if request.outcome.left_the_browser() {
            *open.entry(line(&request.method, &request.url, request.body_bytes())).or_default() -=
                1;
        }
    }
    open.retain(|_, difference| *difference != 0);
    let of = |line: &String| {
        let of_it = trace.requests.iter().filter(|it| line.contains(&it.url));
        of_it.map(|it| format!("{it:#?}")).collect::<Vec<_>>().join("\n")
    };
    assert!(
        open.is_empty(),
        "arrived more often (+) or less often (-) than recorded as sent: {open:#?}\nthe record has {}",
        open.keys().take(3).map(of).collect::<String>()
    );
}

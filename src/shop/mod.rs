//! The demo shop: a small store with a lead form, a checkout with a payment
//! on another host, a newsletter in an iframe and a consent banner, tagged for
//! Meta, GA4, Google Ads and TikTok. It is the fixture of the end-to-end tests
//! and what a newcomer tries first.
//!
//! The tags are loaded from small stand-ins for the vendors' libraries, served
//! here too, which send the vendors' real wire formats to the vendors' real
//! host names. The shop never answers for those hosts: whoever drives the
//! browser decides what becomes of such requests. It knows nothing of browsers,
//! scenarios or snapshots, and it keeps nothing on disk.

mod answer;
mod assets;
mod catalog;
mod hosts;
mod pages;
mod template;
mod theme;

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, Request, StatusCode, header};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::shop::answer::{Answer, Memory, answer};
use crate::shop::hosts::{Hosts, Site};

pub use crate::shop::theme::{Theme, UnknownTheme};

/// Where the demo's own scenarios expect the shop unless told otherwise.
pub const USUAL_PORT: u16 = 4280;

/// Larger bodies are refused with 413; a file upload in a scenario is smaller.
const BODY_LIMIT: usize = 4 * 1024 * 1024;
/// The log of requests forgets the oldest beyond this.
const LOG_LIMIT: usize = 20_000;
/// How long open connections may hold up `Shop::shutdown`.
const GRACE: Duration = Duration::from_millis(500);

#[derive(Debug, Clone, Default)]
pub struct ShopOptions {
    /// What `shop.localhost` shows; `shop-<theme>.localhost` shows any other.
    pub theme: Theme,
    /// `None` and `Some(0)`: any free port.
    pub port: Option<u16>,
    /// Keep what the server received for `Shop::requests`.
    pub record: bool,
}

/// One request as the server received it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopRequest {
    pub method: String,
    /// `http://` + Host header + path and query, all as received.
    pub url: String,
    /// In wire order; bytes that are no UTF-8 are replaced.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// A shop that is being served, until `shutdown` or until it is dropped.
#[derive(Debug)]
pub struct Shop {
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    servers: Vec<JoinHandle<io::Result<()>>>,
}

#[derive(Debug)]
struct Shared {
    theme: Theme,
    port: u16,
    memory: Memory,
    log: Option<Mutex<VecDeque<ShopRequest>>>,
}

/// Binds loopback only: 127.0.0.1, and `::1` where the machine has it.
/// Returns once the port is open.
///
/// # Errors
/// The port is taken, or loopback cannot be bound.
pub async fn serve(options: ShopOptions) -> io::Result<Shop> {
    let listeners = bind(options.port.unwrap_or(0)).await?;
    let port = listeners[0].local_addr()?.port();
    let log = options.record.then(|| Mutex::new(VecDeque::new()));
    let shared = Arc::new(Shared { theme: options.theme, port, memory: Memory::default(), log });
    let (stop, stopped) = watch::channel(false);
    let servers = listeners
        .into_iter()
        .map(|listener| {
            let router = Router::new().fallback(handle).with_state(Arc::clone(&shared));
            let mut stopped = stopped.clone();
            let graceful = async move {
                // An error means that the shop was dropped: stop as well.
                let _ = stopped.wait_for(|stop| *stop).await;
            };
            tokio::spawn(async move {
                axum::serve(listener, router).with_graceful_shutdown(graceful).await
            })
        })
        .collect();
    Ok(Shop { shared, stop, servers })
}

impl Shop {
    /// `http://shop.localhost:PORT`, without a slash at the end.
    pub fn base_url(&self) -> String {
        Hosts { port: self.shared.port, chosen: None }.origin(Site::Shop)
    }

    /// The same shop in another theme, `http://shop-<theme>.localhost:PORT`.
    pub fn themed_url(&self, theme: Theme) -> String {
        Hosts { port: self.shared.port, chosen: Some(theme) }.origin(Site::Shop)
    }

    pub fn port(&self) -> u16 {
        self.shared.port
    }

    pub fn theme(&self) -> Theme {
        self.shared.theme
    }

    /// What was received so far, oldest first; empty unless `record` was set.
    pub fn requests(&self) -> Vec<ShopRequest> {
        match &self.shared.log {
            Some(log) => {
                log.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
            }
            None => Vec::new(),
        }
    }

    /// Ends when somebody ends the servers, that is never on its own.
    pub async fn wait(&mut self) {
        for server in &mut self.servers {
            // How it ended does not matter to somebody who waits for the end.
            let _ = server.await;
        }
    }

    /// Closes the port; answers under way have half a second to go out.
    pub async fn shutdown(self) {
        let _ = self.stop.send(true);
        for mut server in self.servers {
            if tokio::time::timeout(GRACE, &mut server).await.is_err() {
                server.abort();
            }
        }
    }
}

/// Chrome may try `::1` first, so the same port is taken on both addresses:
/// otherwise another program's server could answer for the shop.
async fn bind(port: u16) -> io::Result<Vec<TcpListener>> {
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..20 {
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let bound = first.local_addr()?.port();
        match TcpListener::bind((Ipv6Addr::LOCALHOST, bound)).await {
            Ok(second) => return Ok(vec![first, second]),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && port == 0 => last = error,
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
            // No IPv6 on this machine.
            Err(_) => return Ok(vec![first]),
        }
    }
    Err(last)
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let headers: Vec<_> = parts
        .headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let host = headers.iter().find(|(name, _)| name == "host").map(|(_, host)| host.as_str());
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let url = format!("http://{}{path}", host.unwrap_or_default());
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return respond(Answer::text(413, "the body is larger than the shop takes"));
    };
    let request =
        ShopRequest { method: parts.method.as_str().to_owned(), url, headers, body: body.into() };
    let answer = answer(&shared.memory, shared.theme, shared.port, &request);
    if let Some(log) = &shared.log {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        if log.len() == LOG_LIMIT {
            log.pop_front();
        }
        log.push_back(request);
    }
    if !answer.delay.is_zero() {
        tokio::time::sleep(answer.delay).await;
    }
    respond(answer)
}

fn respond(answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    // The demo is about what the pages send, so nothing may come from a cache.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) =
            (HeaderName::try_from(name), HeaderValue::try_from(value.as_str()))
        {
            response.headers_mut().append(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests;

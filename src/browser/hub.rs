//! Where events of every session arrive: attaches targets before they run,
//! feeds the contexts' recorders, answers paused requests.
//!
//! It runs on the connection's task. Commands of one session are answered in
//! order, so a new target's whole setup is sent at once and the target is
//! resumed by the last command of it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use serde_json::{Value, json};

use crate::browser::connection::{CdpEvent, Dispatch, DispatchToken, Outgoing, Reply};
use crate::browser::context::{Context, SessionState, State, WORLD};
use crate::browser::emulation::Emulation;
use crate::browser::hinder::{hinder, is_refused};
use crate::model::browser_options::Credentials;
use crate::model::request::{Header, RequestId, TargetKind, TargetRef};
use crate::model::vendor::{StubResponse, WireRequest};

/// What becomes of a request that waits for an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PauseAnswer {
    Continue,
    Stub(StubResponse),
    Block,
    /// As if there were no network.
    Disconnect,
}

/// Decides at once, on the connection's task; must not block.
pub type Answer = Arc<dyn Fn(&WireRequest<'_>) -> PauseAnswer + Send + Sync>;

/// Shared with whoever makes and disposes of contexts.
pub(crate) type Contexts = Arc<Mutex<Worlds>>;

/// Contexts, present and past.
#[derive(Debug, Default)]
pub(crate) struct Worlds {
    /// By id.
    live: HashMap<String, Arc<Context>>,
    /// Frames and targets of contexts that ended: what they still send must
    /// not be taken for another's.
    ended: HashSet<String>,
}

/// Bounds what is remembered of contexts that ended.
const MOST_ENDED: usize = 200_000;

impl Worlds {
    pub(crate) fn add(&mut self, context: &Arc<Context>) {
        self.live.insert(context.id.clone(), Arc::clone(context));
    }

    pub(crate) fn end(&mut self, context: &Context) {
        if self.ended.len() > MOST_ENDED {
            self.ended.clear();
        }
        self.ended.extend(context.look(State::senders));
        self.live.remove(&context.id);
    }

    fn get(&self, id: &str) -> Option<Arc<Context>> {
        self.live.get(id).map(Arc::clone)
    }

    /// The context of a frame or worker, or of a request that an agent of it
    /// has reported.
    fn known(&self, sender: &str, network_id: &str) -> Option<Arc<Context>> {
        let knows = |context: &&Arc<Context>| {
            context.look(|state| {
                state.sends_as(sender)
                    || (!network_id.is_empty() && state.recorder.knows_network_id(network_id))
            })
        };
        self.live.values().find(knows).map(Arc::clone)
    }

    /// The only one that there is.
    fn only(&self) -> Option<Arc<Context>> {
        let mut all = self.live.values();
        all.next().filter(|_| all.next().is_none()).map(Arc::clone)
    }
}

pub(crate) struct Hub {
    pub(crate) contexts: Contexts,
    pub(crate) emulation: Arc<Mutex<Option<Emulation>>>,
    pub(crate) answer: Answer,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) scripts: Scripts,
    /// Session → context.
    sessions: HashMap<String, Arc<Context>>,
    /// Whether the browser also has pages that are none of our business.
    visits: bool,
    /// Pauses of requests whose context is not known yet, with the answers
    /// that they were given, oldest first.
    strays: VecDeque<(Value, PauseAnswer)>,
    /// Requests under way for which credentials were given once already.
    challenged: HashSet<String>,
}

/// What is put into every document before its own scripts.
#[derive(Debug, Clone)]
pub(crate) struct Scripts {
    pub(crate) binding: String,
    /// In the page's own world: records calls.
    pub(crate) hooks: String,
    /// In our own world: finds elements and watches them.
    pub(crate) elements: String,
}

/// Bounds the pauses that wait for their context to become known.
const MOST_STRAYS: usize = 2_000;

/// The browser's own pages are not looked at.
pub(crate) fn below_browser() -> Value {
    json!([
        {"type": "page", "exclude": true}, {"type": "browser_ui", "exclude": true},
        {"type": "browser", "exclude": true}, {},
    ])
}

/// Service workers come with the browser's own session; every page that they
/// serve would attach them again.
fn below_target() -> Value {
    json!([
        {"type": "browser_ui", "exclude": true}, {"type": "browser", "exclude": true},
        {"type": "service_worker", "exclude": true}, {},
    ])
}

impl Dispatch for Hub {
    fn event(&mut self, event: CdpEvent, out: &mut Vec<Outgoing>) {
        match event.method.as_str() {
            "Target.attachedToTarget" => self.attached(&event, out),
            "Target.detachedFromTarget" => self.detached(&event.params),
            "Fetch.requestPaused" => self.paused(event.params, out),
            "Fetch.authRequired" => self.challenged(&event.params, out),
            method => {
                let Some(session) = event.session_id.as_deref() else { return };
                let Some(context) = self.sessions.get(session).map(Arc::clone) else { return };
                context.event(session, method, &event.params, out);
                let introduces = matches!(
                    method,
                    "Network.requestWillBeSent" | "Page.frameAttached" | "Page.frameNavigated"
                );
                if introduces {
                    self.adopt_strays();
                }
            }
        }
    }

    fn answer(&mut self, token: DispatchToken, answer: Value) {
        match token {
            DispatchToken::FrameTree { session } => {
                let Some(context) = self.sessions.get(&session) else { return };
                let now_ms = context.now_ms();
                context.change(|state| {
                    state.recorder.frame_tree(&session, &answer, now_ms);
                    if let Some(known) = state.sessions.get_mut(&session) {
                        known.ready = true;
                    }
                });
                self.adopt_strays();
            }
            DispatchToken::Body { context, request } => {
                let context = lock(&self.contexts).get(&context);
                if let Some(context) = context {
                    context.change(|state| state.recorder.body(RequestId(request), &answer));
                }
            }
        }
    }

    fn closed(&mut self) {
        for context in lock(&self.contexts).live.values() {
            context.change(|state| state.lost = true);
        }
    }
}

impl Hub {
    pub(crate) fn new(
        contexts: Contexts,
        emulation: Arc<Mutex<Option<Emulation>>>,
        answer: Answer,
        credentials: Option<Credentials>,
        scripts: Scripts,
        visits: bool,
    ) -> Self {
        Self {
            contexts,
            emulation,
            answer,
            credentials,
            scripts,
            sessions: HashMap::new(),
            visits,
            strays: VecDeque::new(),
            challenged: HashSet::new(),
        }
    }

    fn attached(&mut self, event: &CdpEvent, out: &mut Vec<Outgoing>) {
        let session = text(&event.params, "sessionId");
        let Some(info) = event.params.get("targetInfo") else { return };
        let send = |out: &mut Vec<Outgoing>, method, params| {
            out.push(Outgoing {
                session: Some(session.to_owned()),
                method,
                params,
                reply: Reply::Nobody,
            });
        };
        let parent = event.session_id.as_deref();
        let context = lock(&self.contexts)
            .get(text(info, "browserContextId"))
            .or_else(|| self.sessions.get(parent?).map(Arc::clone));
        let Some(context) = context else {
            // Somebody else's target in a browser that we only visit.
            send(out, "Runtime.runIfWaitingForDebugger", json!({}));
            out.push(Outgoing {
                session: event.session_id.clone(),
                method: "Target.detachFromTarget",
                params: json!({"sessionId": session}),
                reply: Reply::Nobody,
            });
            return;
        };
        self.sessions.insert(session.to_owned(), Arc::clone(&context));
        send(
            out,
            "Target.setAutoAttach",
            json!({
                "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true,
                "filter": below_target(),
            }),
        );
        let kind = text(info, "type");
        if kind != "tab" {
            let target = TargetRef {
                kind: target_kind(kind),
                id: text(info, "targetId").to_owned(),
                url: text(info, "url").to_owned(),
            };
            self.set_up(session, target.kind, out);
            hinder(&context, session, target.kind, out);
            let is_document = matches!(target.kind, TargetKind::Page | TargetKind::Iframe);
            context.change(|state| {
                state.sessions.insert(
                    session.to_owned(),
                    SessionState {
                        kind: target.kind,
                        target: target.id.clone(),
                        ready: !is_document,
                    },
                );
                state.targets.insert(target.id.clone());
                if target.kind == TargetKind::Page {
                    let prerendered = text(info, "subtype") == "prerender";
                    state.page_attached(parent, session, &target.id, prerendered);
                }
                state.recorder.attached(session, parent, target);
            });
        }
        send(out, "Runtime.runIfWaitingForDebugger", json!({}));
        self.adopt_strays();
    }

    fn set_up(&self, session: &str, kind: TargetKind, out: &mut Vec<Outgoing>) {
        let mut send = |method, params, reply| {
            out.push(Outgoing { session: Some(session.to_owned()), method, params, reply });
        };
        // The largest body that events carry inline; larger ones are asked for.
        send("Network.enable", json!({"maxPostDataSize": 1 << 26}), Reply::Nobody);
        let documents = matches!(kind, TargetKind::Page | TargetKind::Iframe);
        if documents {
            send("Page.enable", json!({}), Reply::Nobody);
        }
        if let Some(emulation) = lock(&self.emulation).as_ref() {
            for (method, params) in emulation.commands(kind) {
                send(method, params, Reply::Nobody);
            }
        }
        // A binding reaches new contexts only while the domain is enabled.
        send("Runtime.enable", json!({}), Reply::Nobody);
        if documents {
            send("Runtime.addBinding", json!({"name": self.scripts.binding}), Reply::Nobody);
            send(
                "Page.addScriptToEvaluateOnNewDocument",
                json!({"source": self.scripts.hooks, "runImmediately": true}),
                Reply::Nobody,
            );
            send(
                "Page.addScriptToEvaluateOnNewDocument",
                json!({
                    "source": self.scripts.elements, "worldName": WORLD, "runImmediately": true,
                }),
                Reply::Nobody,
            );
        }
        send("Audits.enable", json!({}), Reply::Nobody);
        send("Log.enable", json!({}), Reply::Nobody);
        if documents {
            send("DOMStorage.enable", json!({}), Reply::Nobody);
            let token = DispatchToken::FrameTree { session: session.to_owned() };
            send("Page.getFrameTree", json!({}), Reply::Dispatcher(token));
        }
    }

    fn detached(&mut self, params: &Value) {
        let session = text(params, "sessionId");
        if let Some(context) = self.sessions.remove(session) {
            let now_ms = context.now_ms();
            context.change(|state| state.session_detached(session, now_ms));
        }
    }

    fn paused(&mut self, params: Value, out: &mut Vec<Outgoing>) {
        let before_sending = params.get("responseStatusCode").is_none()
            && params.get("responseErrorReason").is_none();
        self.adopt_strays();
        let context = self.route(&params);
        let answer = match &context {
            None if self.visits => PauseAnswer::Continue,
            Some(context) if before_sending && context.look(|state| state.offline) => {
                PauseAnswer::Disconnect
            }
            Some(context) if before_sending && is_refused(context, &params) => PauseAnswer::Block,
            _ if before_sending => self.decide(&params),
            _ => PauseAnswer::Continue,
        };
        let job = text(&params, "requestId").to_owned();
        if !before_sending {
            self.challenged.remove(&job);
        }
        let (method, command) = match &answer {
            PauseAnswer::Continue => {
                let mut command = json!({"requestId": job});
                if before_sending
                    && (context.is_some() || !self.visits)
                    && let Some(headers) = params.get("request").and_then(|it| it.get("headers"))
                    && let Some(emulation) = lock(&self.emulation).as_ref()
                    && let Some(corrected) = emulation.corrected(headers)
                {
                    command["headers"] = corrected;
                }
                ("Fetch.continueRequest", command)
            }
            PauseAnswer::Block => {
                ("Fetch.failRequest", json!({"requestId": job, "errorReason": "BlockedByClient"}))
            }
            PauseAnswer::Disconnect => (
                "Fetch.failRequest",
                json!({"requestId": job, "errorReason": "InternetDisconnected"}),
            ),
            PauseAnswer::Stub(stub) => {
                let headers: Vec<Value> = stub
                    .headers
                    .iter()
                    .map(|header| json!({"name": header.name, "value": header.value}))
                    .collect();
                let body = base64::engine::general_purpose::STANDARD.encode(&stub.body);
                (
                    "Fetch.fulfillRequest",
                    json!({
                        "requestId": job, "responseCode": stub.status,
                        "responseHeaders": headers, "body": body,
                    }),
                )
            }
        };
        out.push(Outgoing { session: None, method, params: command, reply: Reply::Nobody });
        match context {
            Some(context) => record_pause(&context, &params, &answer),
            None if self.is_over(&params) => {}
            None => {
                if self.strays.len() == MOST_STRAYS {
                    self.strays.pop_front();
                    if !self.visits {
                        tracing::warn!("a request of an unknown page was not recorded");
                    }
                }
                self.strays.push_back((params, answer));
            }
        }
    }

    fn decide(&self, params: &Value) -> PauseAnswer {
        let Some(request) = params.get("request") else { return PauseAnswer::Continue };
        let headers: Vec<Header> = request
            .get("headers")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(name, value)| Header {
                name: name.clone(),
                value: value.as_str().unwrap_or_default().to_owned(),
            })
            .collect();
        let header = |name: &str| {
            headers
                .iter()
                .find(|header| header.name.eq_ignore_ascii_case(name))
                .map(|header| header.value.as_str())
        };
        let url = text(request, "url");
        (self.answer)(&WireRequest {
            url: url.split('#').next().unwrap_or(url),
            method: text(request, "method"),
            body: text(request, "postData").as_bytes(),
            content_type: header("content-type"),
            content_encoding: header("content-encoding"),
            headers: &headers,
        })
    }

    /// The context that sent a request. Frames are named by their id; shared
    /// and service workers, which have no frame, by that of their target.
    fn route(&self, params: &Value) -> Option<Arc<Context>> {
        let contexts = lock(&self.contexts);
        let sender = text(params, "frameId");
        if let Some(context) = contexts.known(sender, text(params, "networkId")) {
            return Some(context);
        }
        if self.visits || contexts.ended.contains(sender) {
            return None;
        }
        contexts.only()
    }

    /// Whether a request came from a context that has ended.
    fn is_over(&self, params: &Value) -> bool {
        lock(&self.contexts).ended.contains(text(params, "frameId"))
    }

    fn adopt_strays(&mut self) {
        if self.strays.is_empty() {
            return;
        }
        let contexts = Arc::clone(&self.contexts);
        self.strays.retain(|(params, answer)| {
            let context = lock(&contexts).known(text(params, "frameId"), text(params, "networkId"));
            if let Some(context) = &context {
                record_pause(context, params, answer);
            }
            context.is_none()
        });
    }

    /// The site under test and the proxy may ask for the password; what else
    /// its pages embed may not, or any of it could collect it.
    fn may_know_credentials(&self, params: &Value) -> bool {
        let challenge = params.get("authChallenge").cloned().unwrap_or_default();
        if text(&challenge, "source") == "Proxy" {
            return true;
        }
        let frame = text(params, "frameId");
        let origin = text(&challenge, "origin");
        let Some(context) = self.route(params) else { return false };
        context.look(|state| {
            let is_tab = state.tabs.iter().any(|tab| tab.target == frame);
            let visited = state.recorder.documents().iter().any(|document| {
                document.main_frame
                    && document
                        .url
                        .strip_prefix(origin)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            });
            is_tab && text(params, "resourceType") == "Document" || visited
        })
    }

    fn challenged(&mut self, params: &Value, out: &mut Vec<Outgoing>) {
        let job = text(params, "requestId");
        // A second challenge for one request means that they were wrong.
        let first = self.challenged.insert(job.to_owned());
        let response = match &self.credentials {
            // Somebody else's page: its owner is asked.
            _ if self.visits && self.route(params).is_none() => json!({"response": "Default"}),
            Some(credentials) if first && self.may_know_credentials(params) => json!({
                "response": "ProvideCredentials",
                "username": credentials.username, "password": credentials.password,
            }),
            _ => json!({"response": "CancelAuth"}),
        };
        out.push(Outgoing {
            session: None,
            method: "Fetch.continueWithAuth",
            params: json!({"requestId": job, "authChallengeResponse": response}),
            reply: Reply::Nobody,
        });
    }
}

fn record_pause(context: &Context, params: &Value, answer: &PauseAnswer) {
    let now_ms = context.now_ms();
    context.change(|state| {
        let Some(paused) = state.recorder.paused(params, now_ms) else { return };
        if !paused.before_sending {
            return;
        }
        match answer {
            PauseAnswer::Continue => {}
            PauseAnswer::Stub(stub) => state.recorder.stubbed(paused.request, stub, now_ms),
            PauseAnswer::Block => state.recorder.refused(paused.request, now_ms),
            PauseAnswer::Disconnect => state.recorder.disconnected(paused.request, now_ms),
        }
    });
}

fn target_kind(kind: &str) -> TargetKind {
    match kind {
        "page" => TargetKind::Page,
        "iframe" | "webview" | "fenced_frame" => TargetKind::Iframe,
        "worker" => TargetKind::Worker,
        "shared_worker" => TargetKind::SharedWorker,
        "service_worker" => TargetKind::ServiceWorker,
        _ => TargetKind::Other,
    }
}

pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

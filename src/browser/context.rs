//! One scenario's own world in the browser: a browser context, its targets
//! and everything that was recorded of them.
//!
//! The hub feeds it on the connection's task; everyone else looks at it
//! through [`Context::look`] and waits for it with [`Context::wait_for`],
//! which is woken by every event and never polls.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde_json::{Value, json};
use tokio::sync::watch;

use crate::browser::connection::{DispatchToken, Outgoing, Reply};
use crate::browser::spill::spill;
use crate::capture::{Ask, Captured, Recorder};
use crate::model::request::TargetKind;
use crate::model::trace::ConsoleMessage;

/// The isolated world in which our own script lives in every frame.
pub(crate) const WORLD: &str = "pixelproof";

/// What a play may be made to meet.
#[derive(Clone, Default)]
pub struct Circumstances {
    /// Refuses requests as a content blocker would.
    pub refuses: Option<Refuses>,
    /// Bytes a second both ways, and milliseconds to each answer.
    pub network: Option<(f64, f64)>,
    /// How many times slower scripts run.
    pub cpu: Option<f64>,
    /// Cookies of other sites than the page's are neither kept nor sent.
    pub own_cookies_only: bool,
    /// Runs in every document before its own scripts.
    pub script: Option<&'static str>,
}

/// Decides at once, on the connection's task; must not block.
pub type Refuses = Arc<dyn Fn(&Asked<'_>) -> bool + Send + Sync>;

/// A request as a content blocker sees it.
#[derive(Debug)]
pub struct Asked<'a> {
    pub url: &'a str,
    pub method: &'a str,
    /// The protocol's word: `Image`, `Script`, `Ping`, …
    pub resource_type: &'a str,
    /// Address of the document that asks.
    pub source: &'a str,
}

impl std::fmt::Debug for Circumstances {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "network {:?}, cpu {:?}", self.network, self.cpu)
    }
}

#[derive(Debug)]
pub struct Context {
    pub id: String,
    pub(crate) circumstances: Circumstances,
    started: Instant,
    state: Mutex<State>,
    changed: watch::Sender<u64>,
}

/// What is known now.
#[derive(Debug)]
pub struct State {
    pub recorder: Recorder,
    /// In the order in which they were opened, closed ones included.
    pub tabs: Vec<TabState>,
    pub sessions: HashMap<String, SessionState>,
    /// Ids of all targets that ever were.
    pub(crate) targets: HashSet<String>,
    /// Execution contexts of our own world: frame → (session, context id).
    pub worlds: HashMap<String, (String, u64)>,
    /// The network was taken away.
    pub offline: bool,
    /// The connection to the browser is gone.
    pub lost: bool,
    /// Loads of main frames, by frame: how often each has fired.
    pub loads: HashMap<String, u64>,
    /// Answers to `Emulation.setVirtualTimePolicy` budgets, by session.
    pub budgets_spent: HashMap<String, u64>,
}

/// A page that a person would see as a tab or a popup.
#[derive(Debug, Clone)]
pub struct TabState {
    /// Session of the enclosing `tab` target, where there is one.
    pub(crate) holder: Option<String>,
    pub session: String,
    /// Also the id of its main frame.
    pub target: String,
    pub closed: bool,
    pub crashed: bool,
    /// Pages that wait to take its place: prerendered ones.
    pub(crate) waiting: Vec<(String, String)>,
}

#[derive(Debug, Clone)]
pub struct SessionState {
    pub kind: TargetKind,
    pub target: String,
    /// Every command of its setup was answered.
    pub ready: bool,
}

impl Context {
    pub(crate) fn under(id: String, binding: &str, circumstances: Circumstances) -> Self {
        Self {
            id,
            circumstances,
            started: Instant::now(),
            state: Mutex::new(State {
                recorder: Recorder::new(binding).spilling(Arc::new(spill)),
                tabs: Vec::new(),
                sessions: HashMap::new(),
                targets: HashSet::new(),
                worlds: HashMap::new(),
                offline: false,
                lost: false,
                loads: HashMap::new(),
                budgets_spent: HashMap::new(),
            }),
            changed: watch::Sender::new(0),
        }
    }

    /// Milliseconds since the scenario started.
    pub fn now_ms(&self) -> f64 {
        self.started.elapsed().as_secs_f64() * 1_000.0
    }

    /// Looks at the state. The closure must be quick: events wait meanwhile.
    pub fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.lock())
    }

    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.send_modify(|version| *version += 1);
        result
    }

    /// Returns what the closure finds, as soon as it finds something; `None`
    /// when the deadline passed first or the browser was lost.
    pub async fn wait_for<T>(
        &self,
        deadline: tokio::time::Instant,
        mut find: impl FnMut(&State) -> Option<T>,
    ) -> Option<T> {
        let mut changed = self.changed.subscribe();
        loop {
            changed.mark_unchanged();
            {
                let state = self.lock();
                if let Some(found) = find(&state) {
                    return Some(found);
                }
                if state.lost {
                    return None;
                }
            }
            match tokio::time::timeout_at(deadline, changed.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => return None,
            }
        }
    }

    /// Ends the record and takes it.
    pub(crate) fn take(&self) -> Captured {
        std::mem::take(&mut self.lock().recorder).finish()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic while looking cannot leave the state half changed in a way
        // that matters more than the record itself.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One event of one of this context's sessions.
    pub(crate) fn event(
        &self,
        session: &str,
        method: &str,
        params: &Value,
        out: &mut Vec<Outgoing>,
    ) {
        let now_ms = self.now_ms();
        self.change(|state| {
            for ask in state.recorder.event(Some(session), method, params, now_ms) {
                let Ask::Body { session, network_id, request } = ask;
                out.push(Outgoing {
                    session: Some(session),
                    method: "Network.getRequestPostData",
                    params: json!({"requestId": network_id}),
                    reply: Reply::Dispatcher(DispatchToken::Body {
                        context: self.id.clone(),
                        request: request.0,
                    }),
                });
            }
            state.event(session, method, params, now_ms, out);
        });
    }
}

impl State {
    /// Whether requests name one of this context's frames or workers by that
    /// id.
    pub(crate) fn sends_as(&self, id: &str) -> bool {
        self.recorder.knows_frame(id) || self.targets.contains(id)
    }

    /// Every such id.
    pub(crate) fn senders(&self) -> Vec<String> {
        self.recorder.known_frames().chain(&self.targets).cloned().collect()
    }

    /// The newest tab that is still open.
    pub fn newest_tab(&self) -> Option<usize> {
        self.tabs.iter().rposition(|tab| !tab.closed)
    }

    /// Targets of the tabs that are open although their context was disposed
    /// of, noted in the record.
    pub(crate) fn tabs_that_stay(&mut self) -> Vec<String> {
        let open = self.tabs.iter().filter(|tab| !tab.closed);
        let targets: Vec<String> = open.map(|tab| tab.target.clone()).collect();
        for target in &targets {
            let url = self.recorder.frame(target).map(|frame| frame.url.clone());
            self.recorder.note(ConsoleMessage {
                level: "warning".to_owned(),
                text: "the tab did not close in time".to_owned(),
                at_ms: 0.0,
                step: None,
                frame_url: url.unwrap_or_default(),
                stack: Vec::new(),
            });
        }
        targets
    }

    pub fn url_of(&self, tab: usize) -> String {
        self.tabs
            .get(tab)
            .and_then(|tab| self.recorder.frame(&tab.target))
            .map(|frame| frame.url.clone())
            .unwrap_or_default()
    }

    fn event(
        &mut self,
        session: &str,
        method: &str,
        params: &Value,
        now_ms: f64,
        out: &mut Vec<Outgoing>,
    ) {
        let text = |key: &str| params.get(key).and_then(Value::as_str).unwrap_or_default();
        match method {
            "Runtime.executionContextCreated" => {
                let Some(context) = params.get("context") else { return };
                let ours = context.get("name").and_then(Value::as_str) == Some(WORLD);
                let frame = context
                    .get("auxData")
                    .and_then(|data| data.get("frameId"))
                    .and_then(Value::as_str);
                let id = context.get("id").and_then(Value::as_u64);
                if let (true, Some(frame), Some(id)) = (ours, frame, id) {
                    self.worlds.insert(frame.to_owned(), (session.to_owned(), id));
                }
            }
            "Runtime.executionContextDestroyed" => {
                let id = params.get("executionContextId").and_then(Value::as_u64);
                self.worlds.retain(|_, (owner, world)| owner != session || Some(*world) != id);
            }
            "Runtime.executionContextsCleared" => {
                self.worlds.retain(|_, (owner, _)| owner != session);
            }
            "Page.loadEventFired" => {
                if let Some(state) = self.sessions.get(session) {
                    *self.loads.entry(state.target.clone()).or_default() += 1;
                }
            }
            "Emulation.virtualTimeBudgetExpired" => {
                *self.budgets_spent.entry(session.to_owned()).or_default() += 1;
            }
            "Inspector.targetCrashed" => {
                for tab in &mut self.tabs {
                    tab.crashed |= tab.session == session;
                }
            }
            // A dialog stops the page until it is answered; a person would
            // agree, and the record says what was asked.
            "Page.javascriptDialogOpening" => {
                out.push(Outgoing {
                    session: Some(session.to_owned()),
                    method: "Page.handleJavaScriptDialog",
                    params: json!({"accept": true, "promptText": text("defaultPrompt")}),
                    reply: Reply::Nobody,
                });
                let message = ConsoleMessage {
                    level: "info".to_owned(),
                    text: format!(
                        "{} dialog was accepted: {}",
                        text("type"),
                        text("message").chars().take(400).collect::<String>()
                    ),
                    at_ms: now_ms,
                    step: None,
                    frame_url: text("url").to_owned(),
                    stack: Vec::new(),
                };
                self.recorder.note(message);
            }
            _ => {}
        }
    }

    /// A page target was attached below `holder`.
    pub(crate) fn page_attached(
        &mut self,
        holder: Option<&str>,
        session: &str,
        target: &str,
        prerendered: bool,
    ) {
        let place = holder.and_then(|holder| {
            self.tabs.iter_mut().find(|tab| tab.holder.as_deref() == Some(holder))
        });
        match place {
            Some(tab) if prerendered => {
                tab.waiting.push((session.to_owned(), target.to_owned()));
            }
            Some(tab) => {
                session.clone_into(&mut tab.session);
                target.clone_into(&mut tab.target);
                tab.closed = false;
                tab.crashed = false;
            }
            None => self.tabs.push(TabState {
                holder: holder.map(str::to_owned),
                session: session.to_owned(),
                target: target.to_owned(),
                closed: false,
                crashed: false,
                waiting: Vec::new(),
            }),
        }
    }

    pub(crate) fn session_detached(&mut self, session: &str, now_ms: f64) {
        self.recorder.detached(session, now_ms);
        self.sessions.remove(session);
        self.worlds.retain(|_, (owner, _)| owner != session);
        for tab in &mut self.tabs {
            tab.waiting.retain(|(waiting, _)| waiting != session);
            if tab.session == session {
                match tab.waiting.pop() {
                    Some((session, target)) => {
                        tab.session = session;
                        tab.target = target;
                    }
                    None => tab.closed = true,
                }
            }
        }
    }
}

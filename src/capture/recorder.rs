//! The store that protocol events are fed into, and what it can be asked.

use std::collections::{HashMap, HashSet, VecDeque};

use bytes::Bytes;
use serde_json::Value;

use crate::capture::bodies::{Bodies, Spill};
use crate::capture::chain::{Chains, Extra};
use crate::capture::frames::{FrameState, Frames};
use crate::capture::lonely::Lonely;
use crate::capture::read::{number, owned, text, truth};
use crate::capture::storage::Storage;
use crate::model::call::Call;
use crate::model::probe::{GlobalState, HeldScript, PageEvent};
use crate::model::request::{
    Body, FrameRef, Header, Outcome, Request, RequestId, TargetKind, TargetRef,
};
use crate::model::trace::{
    ConsoleMessage, CspReport, Document, Message, PageError, StorageWrite, Typed,
};

/// What the recorder needs from the browser to complete a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// `Network.getRequestPostData` on that session, at once, before the
    /// document goes; the answer belongs to [`Recorder::body`].
    Body { session: String, network_id: String, request: RequestId },
}

/// Everything that was recorded.
#[derive(Debug, Default)]
pub struct Captured {
    pub documents: Vec<Document>,
    pub requests: Vec<Request>,
    pub calls: Vec<Call>,
    pub console: Vec<ConsoleMessage>,
    pub page_errors: Vec<PageError>,
    pub csp_reports: Vec<CspReport>,
    pub messages: Vec<Message>,
    pub events: Vec<PageEvent>,
    pub globals: Vec<GlobalState>,
    pub held_scripts: Vec<HeldScript>,
    pub typed: Vec<Typed>,
    pub writes: Vec<StorageWrite>,
    /// Ids of requests whose document was on its way out.
    pub leaving: HashSet<u32>,
}

/// The store. See the module's documentation.
#[derive(Debug, Default)]
pub struct Recorder {
    pub(super) frames: Frames,
    pub(super) requests: Vec<Request>,
    pub(super) facts: Vec<Facts>,
    /// Requests by the Network domain's id.
    pub(super) chains: Chains,
    /// Requests by the Fetch domain's id.
    pub(super) by_job: HashMap<String, usize>,
    /// Requests that only one domain has reported so far, for pairing.
    pub(super) lonely: Lonely,
    /// Requests of frames that have not been told of, with the frame's id.
    pub(super) unplaced: Vec<(usize, String)>,
    /// Requests made up from policy reports, which may still be told.
    pub(super) reported: VecDeque<usize>,
    pub(super) open: HashSet<usize>,
    pub(super) sessions: HashMap<String, TargetRef>,
    /// Session below which each dedicated worker was attached.
    owners: HashMap<String, String>,
    /// Sessions that are gone, oldest first: what they sent last may still
    /// be told.
    gone_sessions: VecDeque<String>,
    /// Frames of execution contexts, by session and context id.
    pub(super) contexts: HashMap<(String, u64), String>,
    /// The page's own execution context of each frame: session and id.
    pub(super) main_worlds: HashMap<String, (String, u64)>,
    pub(super) calls: Vec<Call>,
    pub(super) console: Vec<ConsoleMessage>,
    pub(super) page_errors: Vec<PageError>,
    /// Marks of messages and errors, to know those that are told again.
    pub(super) told: HashSet<u64>,
    pub(super) csp_reports: Vec<CspReport>,
    pub(super) messages: Vec<Message>,
    pub(super) events: Vec<PageEvent>,
    pub(super) globals: Vec<GlobalState>,
    pub(super) held_scripts: Vec<HeldScript>,
    typed: Vec<Typed>,
    pub(super) storage: Storage,
    pub(super) binding: String,
    pub(super) step: Option<usize>,
    /// The policy report that came last, and when.
    pub(super) last_report: Option<(String, f64)>,
    pub(super) bodies: Bodies,
    pub(super) call_bytes: usize,
    /// What was left out for its size or number, told once each.
    left_out: HashSet<&'static str>,
}

/// What is known of a request beside what users see.
#[derive(Debug, Default, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "facts that hold or do not, each by itself")]
pub(super) struct Facts {
    pub(super) network_id: Option<String>,
    pub(super) session: Option<String>,
    pub(super) seen_by_network: bool,
    pub(super) seen_by_fetch: bool,
    /// The headers as they were on the wire.
    pub(super) request_extra: Extra,
    /// The answer as it was on the wire.
    pub(super) response_extra: Extra,
    /// Headers as the renderer told them, while the wire's stand instead.
    pub(super) plain_headers: Option<Vec<Header>>,
    /// Status on the wire.
    pub(super) wire_status: u16,
    /// Who told the response's status and headers: see `merge_response`.
    pub(super) status_from: Source,
    pub(super) headers_from: Source,
    /// A status came back over the wire, whatever the page was told.
    pub(super) answered: bool,
    /// Made up from a policy report; the request itself may follow.
    pub(super) reported: bool,
    /// The document that sent it was on its way out.
    pub(super) leaving: bool,
    /// The document that had just ended when Fetch told of it first.
    pub(super) just_ended: Option<usize>,
    /// Its body was asked for and has not come.
    pub(super) awaits_body: bool,
    /// When its response last moved on.
    pub(super) last_moved_ms: f64,
    /// The network service failed at it, and its agent has not given it up.
    pub(super) attempt_failed: bool,
    /// When the worker that sent it ended.
    pub(super) sender_gone_ms: Option<f64>,
}

/// Who told a part of a response; the later ones know better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Source {
    #[default]
    Nobody,
    Network,
    Fetch,
    Wire,
    Stub,
}

/// A response body that stands still for this long is not being read.
pub(super) const UNREAD_AFTER_MS: f64 = 300.0;

/// What a document or worker that is gone has asked for is answered within
/// this long, or was given up with it.
pub(super) const GIVEN_UP_AFTER_MS: f64 = 1_000.0;

/// Bounds what a page that floods the console can make us keep.
pub(super) const MOST_MESSAGES: usize = 10_000;

/// A funnel sends hundreds; a page in a loop must not fill the memory.
const MOST_REQUESTS: usize = 200_000;

/// Sessions that are remembered after their end.
const MOST_GONE: usize = 1_000;

impl Recorder {
    /// `binding` is the name of the function through which page-side hooks
    /// report.
    pub fn new(binding: &str) -> Self {
        Self { binding: binding.to_owned(), ..Self::default() }
    }

    /// Large bodies are put elsewhere.
    #[must_use]
    pub fn spilling(self, spill: Spill) -> Self {
        Self { bodies: Bodies::with(spill), ..self }
    }

    /// Later requests, calls and messages belong to this step.
    pub fn set_step(&mut self, step: Option<usize>) {
        self.step = step;
    }

    /// A target was attached below that session.
    pub fn attached(&mut self, session: &str, parent: Option<&str>, target: TargetRef) {
        if target.kind == TargetKind::Worker
            && let Some(parent) = parent
        {
            self.owners.insert(session.to_owned(), parent.to_owned());
        }
        self.sessions.insert(session.to_owned(), target);
    }

    /// The document that a worker belongs to. A page or frame target has the
    /// id of its outermost frame.
    pub(super) fn owner_document(&self, session: &str) -> Option<usize> {
        let mut owner = self.owners.get(session)?;
        while let Some(next) = self.owners.get(owner) {
            owner = next;
        }
        self.frames.current_document(&self.sessions.get(owner)?.id)
    }

    /// A target is gone, and its agents with it.
    pub fn detached(&mut self, session: &str, now_ms: f64) {
        self.frames.session_gone(session, now_ms);
        self.contexts.retain(|(owner, _), _| owner != session);
        self.main_worlds.retain(|_, (owner, _)| owner != session);
        self.gone_sessions.push_back(session.to_owned());
        if self.gone_sessions.len() > MOST_GONE
            && let Some(oldest) = self.gone_sessions.pop_front()
        {
            self.sessions.remove(&oldest);
            self.owners.remove(&oldest);
        }
        let gone: Vec<usize> = self
            .open
            .iter()
            .copied()
            .filter(|&index| self.facts[index].session.as_deref() == Some(session))
            .collect();
        for index in gone {
            self.facts[index].sender_gone_ms = Some(now_ms);
            // Requests that outlive their document are followed by Fetch.
            if !self.facts[index].seen_by_fetch || self.facts[index].answered {
                self.close(index, now_ms);
            }
        }
    }

    /// The answer of `Page.getFrameTree`: documents that were committed
    /// before the Page domain was enabled.
    pub fn frame_tree(&mut self, session: &str, answer: &Value, now_ms: f64) {
        if let Some(tree) = answer.get("frameTree") {
            self.frames.tree(session, tree, now_ms, self.step);
            self.place_early_senders();
        }
    }

    /// One event of a session (`None`: the browser's own). Times are
    /// milliseconds since the scenario started.
    pub fn event(
        &mut self,
        session: Option<&str>,
        method: &str,
        params: &Value,
        now_ms: f64,
    ) -> Vec<Ask> {
        let session = session.unwrap_or_default();
        match method {
            "Network.requestWillBeSent" => {
                return self.request_will_be_sent(session, params, now_ms);
            }
            "Network.requestWillBeSentExtraInfo" => self.request_extra_info(session, params),
            "Network.requestServedFromCache" => self.served_from_cache(params),
            "Network.responseReceived" => self.response_received(params, now_ms),
            "Network.dataReceived" => self.data_received(params, now_ms),
            "Network.responseReceivedExtraInfo" => self.response_extra_info(session, params),
            "Network.loadingFinished" => self.loading_finished(params, now_ms),
            "Network.loadingFailed" => self.loading_failed(session, params, now_ms),
            "Page.frameAttached" => {
                let parent = owned(params, "parentFrameId");
                self.frames.attached(
                    session,
                    text(params, "frameId"),
                    Some(parent).filter(|parent| !parent.is_empty()),
                );
            }
            "Page.frameNavigated" => {
                if let Some(frame) = params.get("frame") {
                    self.frames.navigated(session, frame, now_ms, self.step);
                }
            }
            "Page.navigatedWithinDocument" => {
                self.frames.within_document(text(params, "frameId"), text(params, "url"));
            }
            "Page.documentOpened" => {
                if let Some(frame) = params.get("frame") {
                    self.frames.within_document(text(frame, "id"), text(frame, "url"));
                }
            }
            "Page.frameStartedLoading" => self.frames.loading(text(params, "frameId"), true),
            // Within a document nothing is loaded, and no end would be told.
            "Page.frameStartedNavigating"
                if !text(params, "navigationType").ends_with("ameDocument") =>
            {
                self.frames.started_navigating(params);
                self.frames.loading(text(params, "frameId"), true);
            }
            "Page.frameStoppedLoading" => self.frames.loading(text(params, "frameId"), false),
            // On a swap the frame goes on in another process.
            "Page.frameDetached" if text(params, "reason") == "swap" => {
                self.frames.swapped(text(params, "frameId"));
            }
            "Page.frameDetached" => self.frames.detached(text(params, "frameId"), now_ms),
            "Runtime.executionContextCreated" => self.context_created(session, params),
            "Runtime.executionContextDestroyed" => {
                if let Some(id) = number(params, "executionContextId") {
                    self.contexts.remove(&(session.to_owned(), id));
                }
            }
            "Runtime.executionContextsCleared" => {
                self.contexts.retain(|(owner, _), _| owner != session);
            }
            "Runtime.bindingCalled" => self.binding_called(session, params, now_ms),
            "Runtime.consoleAPICalled" => self.console_called(session, params, now_ms),
            "Runtime.exceptionThrown" => self.exception_thrown(session, params, now_ms),
            "Log.entryAdded" => self.log_entry(session, params, now_ms),
            "Audits.issueAdded" => self.issue_added(session, params, now_ms),
            "DOMStorage.domStorageItemAdded" | "DOMStorage.domStorageItemUpdated" => {
                self.storage.item_written(params, now_ms, self.step);
            }
            method => self.socket_event(session, method, params, now_ms),
        }
        Vec::new()
    }

    /// The answer to [`Ask::Body`]: `Network.getRequestPostData`.
    pub fn body(&mut self, request: RequestId, answer: &Value) {
        if let Some(facts) = self.facts.get_mut(request.0 as usize) {
            facts.awaits_body = false;
        }
        let Some(text) = answer.get("postData").and_then(Value::as_str) else { return };
        if truth(answer, "base64Encoded") {
            use base64::Engine as _;
            if let Ok(bytes) = base64::engine::general_purpose::STANDARD.decode(text) {
                self.set_body(request.0 as usize, bytes, true);
            }
        } else {
            // What was not text had to be replaced by U+FFFD.
            let exact = !text.contains('\u{fffd}');
            self.set_body(request.0 as usize, text.as_bytes().to_vec(), exact);
        }
    }

    /// Keeps the body that knows better: an exact one before one that is
    /// not, then the longer one.
    pub(super) fn set_body(&mut self, index: usize, bytes: Vec<u8>, exact: bool) {
        let Some(known) = self.requests.get_mut(index) else { return };
        let replaced = known.body.as_ref().is_none_or(|body| {
            let longer = bytes.len() > body.bytes.len();
            let better = if exact == body.exact { longer } else { exact };
            // Nothing at all is no better than a text that is nearly right.
            let emptied = bytes.is_empty() && !body.bytes.is_empty();
            better && !emptied
        });
        if !replaced {
            return;
        }
        if let Some(bytes) = self.bodies.keep(bytes) {
            known.body = Some(Body::new(bytes, exact));
        } else {
            known.body.get_or_insert(Body::new(Bytes::new(), false));
            self.leave_out("the bodies of later requests");
        }
    }

    /// Says once that something was too much to be kept.
    pub(super) fn leave_out(&mut self, what: &'static str) {
        if self.left_out.insert(what) {
            self.console.push(ConsoleMessage {
                level: "warning".to_owned(),
                text: format!("{what} were not recorded: the page makes too much of them"),
                at_ms: self.requests.last().map_or(0.0, |request| request.started_ms),
                step: self.step,
                frame_url: String::new(),
                stack: Vec::new(),
            });
        }
    }

    /// A message of the browser layer itself, kept with the page's own.
    pub fn note(&mut self, mut message: ConsoleMessage) {
        if self.console.len() < MOST_MESSAGES {
            message.step = self.step;
            self.console.push(message);
        }
    }

    /// What the browser layer typed into a field for the current step.
    pub fn typed(&mut self, mut typed: Typed) {
        if self.typed.len() < MOST_MESSAGES {
            typed.step = self.step;
            self.typed.push(typed);
        }
    }

    /// The answer of `Storage.getCookies`, which tells what was written since
    /// it was asked last.
    pub fn cookies(&mut self, answer: &Value, now_ms: f64) {
        self.storage.cookies(answer, now_ms, self.step);
    }

    pub fn requests(&self) -> &[Request] {
        &self.requests
    }

    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    pub fn documents(&self) -> &[Document] {
        &self.frames.documents
    }

    pub fn console(&self) -> &[ConsoleMessage] {
        &self.console
    }

    pub fn page_errors(&self) -> &[PageError] {
        &self.page_errors
    }

    /// Frames that exist now, by frame id.
    pub fn frames(&self) -> impl Iterator<Item = (&str, &FrameState)> {
        self.frames
            .frames
            .iter()
            .filter(|(_, frame)| !frame.removed)
            .map(|(id, frame)| (id.as_str(), frame))
    }

    pub fn frame(&self, id: &str) -> Option<&FrameState> {
        self.frames.frames.get(id).filter(|frame| !frame.removed)
    }

    /// Grows whenever a frame comes, goes or gets another document.
    pub fn frame_generation(&self) -> u64 {
        self.frames.generation
    }

    /// Whether this context knows the frame, also one that is gone.
    pub fn knows_frame(&self, id: &str) -> bool {
        self.frames.frames.contains_key(id)
    }

    /// Ids of all frames that ever were.
    pub fn known_frames(&self) -> impl Iterator<Item = &String> {
        self.frames.frames.keys()
    }

    /// Whether the Network domain of one of our sessions reported that id.
    pub fn knows_network_id(&self, id: &str) -> bool {
        !self.chains.hops(id).is_empty()
    }

    /// Requests under way whose end a page waits for. Streams that never end
    /// by design do not count, nor answers that nobody reads: their bodies
    /// stand still, and their end comes with the page's.
    pub fn in_flight(&self, now_ms: f64) -> impl Iterator<Item = &Request> {
        let moves = move |index: usize| {
            if self.requests[index].response.is_none() {
                !self.is_given_up(index, now_ms)
            } else {
                now_ms - self.facts[index].last_moved_ms < UNREAD_AFTER_MS
            }
        };
        let open = self.open.iter().copied().filter(move |&index| moves(index));
        open.map(|index| &self.requests[index]).filter(|request| {
            let streams = request.response.as_ref().is_some_and(|response| {
                matches!(
                    response.mime_type.as_str(),
                    "text/event-stream" | "multipart/x-mixed-replace"
                )
            });
            // An icon for the tab: the browser's own wish, and no page waits for it.
            let icon = request.resource_type == "Other" && request.initiator.kind == "other";
            let endless = matches!(
                request.resource_type.as_str(),
                "EventSource" | "WebSocket" | "WebTransport"
            );
            !streams && !endless && !icon
        })
    }

    /// Whether it went with its sender: no end will be told. What is sent to
    /// outlive its document is answered all the same.
    fn is_given_up(&self, index: usize, now_ms: f64) -> bool {
        let (request, facts) = (&self.requests[index], &self.facts[index]);
        let document = request.document.and_then(|document| self.documents().get(document));
        let gone_ms = facts.sender_gone_ms.or(document.and_then(|document| document.ended_ms));
        let outlives = facts.leaving || request.resource_type == "Ping";
        !outlives && gone_ms.is_some_and(|gone_ms| now_ms - gone_ms > GIVEN_UP_AFTER_MS)
    }

    /// Whether its body was asked for and may still come.
    pub fn awaits_body(&self, request: RequestId) -> bool {
        self.facts.get(request.0 as usize).is_some_and(|facts| facts.awaits_body)
    }

    /// Ends the record. What never ended was given up with its page, unless
    /// an answer was seen on the wire, or it outlives its page by design.
    pub fn finish(mut self) -> Captured {
        self.place_untold();
        for (request, facts) in self.requests.iter_mut().zip(&self.facts) {
            if request.outcome != Outcome::Pending {
                continue;
            }
            let outlives = facts.leaving || request.resource_type == "Ping";
            if facts.answered {
                request.outcome = Outcome::Delivered;
            } else if !(facts.seen_by_fetch && outlives) {
                request.outcome = Outcome::Aborted;
            }
        }
        let leaves = |(_, facts): &(u32, &Facts)| facts.leaving;
        let leaving = (0..).zip(&self.facts).filter(leaves).map(|(id, _)| id).collect();
        Captured {
            typed: self.typed,
            writes: self.storage.finish(&self.requests),
            documents: self.frames.documents,
            requests: self.requests,
            calls: self.calls,
            console: self.console,
            page_errors: self.page_errors,
            csp_reports: self.csp_reports,
            messages: self.messages,
            leaving,
            events: self.events,
            globals: self.globals,
            held_scripts: self.held_scripts,
        }
    }

    pub(super) fn target(&self, session: &str) -> TargetRef {
        self.sessions.get(session).cloned().unwrap_or_else(|| TargetRef {
            kind: TargetKind::default(),
            id: String::new(),
            url: String::new(),
        })
    }

    pub(super) fn frame_ref(&self, id: &str, document: Option<usize>) -> Option<FrameRef> {
        let frame = self.frames.frames.get(id)?;
        let url = document.and_then(|index| self.frames.address(index)).unwrap_or(&frame.url);
        // A frame that nothing was loaded into holds the empty document.
        let url = if url.is_empty() { "about:blank" } else { url }.to_owned();
        Some(FrameRef { id: id.to_owned(), url, parent: frame.parent.clone() })
    }

    /// `None`: there are too many already.
    pub(super) fn add(&mut self, mut request: Request, facts: Facts) -> Option<usize> {
        let index = self.requests.len();
        if index >= MOST_REQUESTS {
            self.leave_out("later requests");
            return None;
        }
        request.id = RequestId(index as u32);
        self.lonely.add(index, &request.url);
        self.requests.push(request);
        self.facts.push(facts);
        self.open.insert(index);
        Some(index)
    }

    pub(super) fn close(&mut self, index: usize, now_ms: f64) {
        self.open.remove(&index);
        self.requests[index].ended_ms.get_or_insert(now_ms);
    }

    /// The network service has an answer for it: whatever the page was told,
    /// and whenever, the server got it.
    pub(super) fn answered(&mut self, index: usize) {
        self.facts[index].answered = true;
        let outcome = &mut self.requests[index].outcome;
        let refused_here = matches!(outcome, Outcome::Blocked(reason) if reason == "client");
        // A prefetch itself is told as coming from where it was put.
        let prefetch = matches!(outcome, Outcome::Local(source) if source == "prefetch-cache");
        let unsent = prefetch
            || matches!(outcome, Outcome::Aborted | Outcome::Failed(_) | Outcome::Blocked(_));
        if unsent && !refused_here {
            *outcome = Outcome::Delivered;
        }
    }

    /// Execution context of the page's own world in a frame, by its id in the
    /// session that serves the frame.
    pub fn main_world(&self, frame: &str) -> Option<u64> {
        let session = &self.frame(frame)?.session;
        self.main_worlds.get(frame).filter(|(owner, _)| owner == session).map(|(_, id)| *id)
    }

    pub(super) fn context_frame(&self, session: &str, params: &Value) -> Option<String> {
        let context = number(params, "executionContextId")?;
        self.contexts.get(&(session.to_owned(), context)).cloned()
    }
}

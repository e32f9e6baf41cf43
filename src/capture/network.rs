//! The Network domain: what an agent in a document or worker reports.
//!
//! Redirect hops share an id and differ in URL; extra information (headers as
//! they were on the wire) comes separately, before or after its request.

use serde_json::Value;

use crate::capture::read::{
    headers, number, optional, owned, post_data_entries, split_fragment, stack, text, truth,
};
use crate::capture::recorder::{Ask, Facts, Recorder};
use crate::model::request::{Body, Initiator, Outcome, Request, RequestId, Response, TargetRef};

/// How far apart, in milliseconds, two reports of one request may come when
/// they share no id.
const PAIRING_WINDOW_MS: f64 = 5_000.0;

impl Recorder {
    pub(super) fn request_will_be_sent(
        &mut self,
        session: &str,
        params: &Value,
        now_ms: f64,
    ) -> Vec<Ask> {
        let Some(request) = params.get("request") else { return Vec::new() };
        let (url, fragment) = split_fragment(text(request, "url"));
        if !leaves_the_browser(&url) {
            return Vec::new();
        }
        let network_id = owned(params, "requestId");
        let method = owned(request, "method");
        let redirects = params.get("redirectResponse").is_some_and(Value::is_object);
        if !redirects && self.is_told_again(session, &network_id, &url) {
            return Vec::new();
        }
        let mut redirected_from = None;
        if let Some(redirect) = params.get("redirectResponse").filter(|value| value.is_object()) {
            redirected_from = self.redirected(&network_id, &url, redirect, now_ms);
        }
        let frame_id = text(params, "frameId");
        let document = self
            .frames
            .document_of_loader(text(params, "loaderId"))
            .or_else(|| self.frames.current_document(frame_id));
        let index = self.find_unseen_hop(&network_id, &method, &url).or_else(|| {
            self.find_lonely(&method, &url, now_ms, |facts| {
                !facts.seen_by_network && facts.network_id.is_none()
            })
        });
        let index = match index {
            Some(index) => index,
            None => self.add(
                new_request(method, url, now_ms, self.step),
                Facts { network_id: Some(network_id.clone()), ..Facts::default() },
            ),
        };
        self.link_hop(&network_id, index);
        let initiator = initiator(params.get("initiator"));
        let frame = self.frame_ref(frame_id, document);
        let target = self.target(session);
        let facts = &mut self.facts[index];
        facts.network_id = Some(network_id.clone());
        facts.seen_by_network = true;
        facts.session = Some(session.to_owned());
        let reported = std::mem::take(&mut facts.reported);
        let paired = facts.seen_by_fetch;
        let known = &mut self.requests[index];
        known.fragment = fragment.or_else(|| {
            optional(request, "urlFragment")
                .map(|fragment| fragment.trim_start_matches('#').to_owned())
        });
        if !self.facts[index].exact_headers {
            known.headers = headers(request.get("headers"));
        }
        if let Some(kind) = optional(params, "type") {
            known.resource_type = kind;
        }
        known.initiator = initiator;
        known.frame = frame.or(known.frame.take());
        known.target = target;
        known.document = document.or(known.document);
        if redirected_from.is_some() {
            known.redirected_from = redirected_from;
        }
        if reported {
            self.open.insert(index);
        }
        if paired {
            self.lonely.retain(|&lonely| lonely != index);
        }
        self.take_early_extra(&network_id, index);
        self.read_body(index, request, session, &network_id)
    }

    /// Takes over the inline body, or asks for it where the event does not
    /// carry every byte.
    fn read_body(
        &mut self,
        index: usize,
        request: &Value,
        session: &str,
        network_id: &str,
    ) -> Vec<Ask> {
        let inline = post_data_entries(request);
        let has_body =
            truth(request, "hasPostData") || request.get("postData").is_some() || inline.is_some();
        let known = &mut self.requests[index];
        if !has_body || known.body.as_ref().is_some_and(|body| body.exact) {
            return Vec::new();
        }
        if let Some(bytes) = inline {
            known.body = Some(Body { bytes, exact: true });
            return Vec::new();
        }
        // The text is wrong for bytes outside ASCII, yet better than nothing
        // if the document is gone before the answer.
        let text = request.get("postData").and_then(Value::as_str).unwrap_or_default();
        known.body = Some(Body { bytes: text.as_bytes().to_vec(), exact: false });
        self.facts[index].awaits_body = true;
        vec![Ask::Body {
            session: session.to_owned(),
            network_id: network_id.to_owned(),
            request: RequestId(index as u32),
        }]
    }

    fn redirected(
        &mut self,
        network_id: &str,
        next_url: &str,
        redirect: &Value,
        now_ms: f64,
    ) -> Option<RequestId> {
        let hops = self.by_network.get(network_id)?;
        // Fetch may have announced the next hop already.
        let &index = hops.iter().rev().find(|&&index| {
            self.facts[index].seen_by_network || self.requests[index].url != next_url
        })?;
        let request = &mut self.requests[index];
        request.response.get_or_insert_with(|| response(redirect));
        if request.outcome == Outcome::Pending {
            request.outcome = Outcome::Delivered;
        }
        self.facts[index].answered = true;
        self.close(index, now_ms);
        Some(RequestId(index as u32))
    }

    pub(super) fn link_hop(&mut self, network_id: &str, index: usize) {
        let hops = self.by_network.entry(network_id.to_owned()).or_default();
        if !hops.contains(&index) {
            hops.push(index);
        }
    }

    fn find_unseen_hop(&self, network_id: &str, method: &str, url: &str) -> Option<usize> {
        self.by_network.get(network_id)?.iter().copied().find(|&index| {
            let request = &self.requests[index];
            !self.facts[index].seen_by_network && request.method == method && request.url == url
        })
    }

    /// The oldest request that only the other domain has reported, with that
    /// method and URL, a short while ago.
    pub(super) fn find_lonely(
        &mut self,
        method: &str,
        url: &str,
        now_ms: f64,
        wanted: impl Fn(&Facts) -> bool,
    ) -> Option<usize> {
        let requests = &self.requests;
        self.lonely.retain(|&index| now_ms - requests[index].started_ms <= PAIRING_WINDOW_MS);
        self.lonely.iter().copied().find(|&index| {
            let request = &self.requests[index];
            request.method == method && request.url == url && wanted(&self.facts[index])
        })
    }

    /// One worker can be attached by several sessions, each of which reports
    /// its requests under the same id.
    fn is_told_again(&self, session: &str, network_id: &str, url: &str) -> bool {
        self.by_network.get(network_id).into_iter().flatten().any(|&index| {
            let facts = &self.facts[index];
            facts.seen_by_network
                && facts.session.as_deref() != Some(session)
                && self.requests[index].url == url
        })
    }

    fn last_hop(&self, params: &Value) -> Option<usize> {
        self.by_network.get(text(params, "requestId"))?.last().copied()
    }

    pub(super) fn request_extra_info(&mut self, params: &Value) {
        let id = text(params, "requestId");
        let hop = self.by_network.get(id).and_then(|hops| {
            hops.iter().copied().find(|&index| {
                !self.facts[index].exact_headers && self.requests[index].outcome != Outcome::Stubbed
            })
        });
        match hop {
            Some(index) => self.apply_extra(index, params),
            None if self.early_extra.len() < 1_000 => {
                self.early_extra.entry(id.to_owned()).or_default().push(params.clone());
            }
            None => {}
        }
    }

    fn take_early_extra(&mut self, network_id: &str, index: usize) {
        if self.facts[index].exact_headers {
            return;
        }
        let Some(queue) = self.early_extra.get_mut(network_id) else { return };
        let params = queue.remove(0);
        if queue.is_empty() {
            self.early_extra.remove(network_id);
        }
        self.apply_extra(index, &params);
    }

    fn apply_extra(&mut self, index: usize, params: &Value) {
        let exact = headers(params.get("headers"));
        if !exact.is_empty() {
            self.requests[index].headers = exact;
            self.facts[index].exact_headers = true;
        }
    }

    pub(super) fn served_from_cache(&mut self, params: &Value) {
        if let Some(index) = self.last_hop(params) {
            self.requests[index].outcome = Outcome::Local("memory-cache".to_owned());
        }
    }

    pub(super) fn response_received(&mut self, params: &Value, now_ms: f64) {
        let Some(index) = self.last_hop(params) else { return };
        let Some(received) = params.get("response") else { return };
        let facts = &mut self.facts[index];
        facts.last_moved_ms = now_ms;
        let request = &mut self.requests[index];
        if request.response.is_none() || !facts.answered {
            request.response = Some(response(received));
        } else if let Some(known) = &mut request.response {
            // A stub or the Fetch domain told the status first; the rest is here.
            let more = response(received);
            known.mime_type = more.mime_type;
            known.protocol = more.protocol;
            known.remote_address = more.remote_address;
        }
        if text(params, "type") == "Preflight" {
            "Preflight".clone_into(&mut request.resource_type);
        }
        let local = if truth(received, "fromDiskCache") {
            Some("disk-cache")
        } else if truth(received, "fromServiceWorker") && !facts.seen_by_fetch {
            Some("service-worker")
        } else if truth(received, "fromPrefetchCache") {
            Some("prefetch-cache")
        } else {
            None
        };
        match local {
            Some(source) if request.outcome == Outcome::Pending => {
                request.outcome = Outcome::Local(source.to_owned());
            }
            _ => facts.answered = true,
        }
        let endless = request
            .response
            .as_ref()
            .is_some_and(|response| response.mime_type == "text/event-stream");
        if endless && request.outcome == Outcome::Pending {
            request.outcome = Outcome::Delivered;
            self.close(index, now_ms);
        }
    }

    pub(super) fn response_extra_info(&mut self, params: &Value) {
        let Some(index) = self.last_hop(params) else { return };
        self.facts[index].answered = true;
        let received = headers(params.get("headers"));
        let status = number(params, "statusCode").unwrap_or_default() as u16;
        let request = &mut self.requests[index];
        let known = request.response.get_or_insert_with(Response::default);
        if known.status == 0 {
            known.status = status;
        }
        if !received.is_empty() {
            known.headers = received;
        }
    }

    pub(super) fn data_received(&mut self, params: &Value, now_ms: f64) {
        if let Some(index) = self.last_hop(params) {
            self.facts[index].last_moved_ms = now_ms;
        }
    }

    pub(super) fn loading_finished(&mut self, params: &Value, now_ms: f64) {
        let Some(index) = self.last_hop(params) else { return };
        let request = &mut self.requests[index];
        if request.outcome == Outcome::Pending {
            request.outcome = Outcome::Delivered;
        }
        if let Some(response) = &mut request.response {
            response.encoded_bytes = number(params, "encodedDataLength");
        }
        self.close(index, now_ms);
    }

    pub(super) fn loading_failed(&mut self, params: &Value, now_ms: f64) {
        let Some(index) = self.last_hop(params) else { return };
        if self.requests[index].outcome == Outcome::Pending {
            self.requests[index].outcome = failure(params, self.facts[index].answered);
        }
        self.close(index, now_ms);
    }
}

/// Why a load failed. A server that answered did receive the request, even if
/// the page was not allowed to read the answer.
fn failure(params: &Value, answered: bool) -> Outcome {
    let error = text(params, "errorText");
    match text(params, "blockedReason") {
        "" => {}
        "inspector" | "subresource-filter" => return Outcome::Blocked("client".to_owned()),
        reason => return Outcome::Blocked(reason.to_owned()),
    }
    if answered {
        return Outcome::Delivered;
    }
    if let Some(cors) = params.get("corsErrorStatus") {
        let kind = text(cors, "corsError");
        let preflight = kind.contains("Preflight") || kind.contains("preflight");
        return Outcome::Blocked(if preflight { "cors-preflight" } else { "cors" }.to_owned());
    }
    if truth(params, "canceled") || error == "net::ERR_ABORTED" {
        return Outcome::Aborted;
    }
    match error {
        "net::ERR_BLOCKED_BY_CLIENT" => Outcome::Blocked("client".to_owned()),
        "net::ERR_BLOCKED_BY_CSP" => Outcome::Blocked("csp".to_owned()),
        "" => Outcome::Failed("unknown".to_owned()),
        error => Outcome::Failed(error.to_owned()),
    }
}

pub(super) fn response(value: &Value) -> Response {
    Response {
        status: number(value, "status").unwrap_or_default() as u16,
        status_text: owned(value, "statusText"),
        headers: headers(value.get("headers")),
        mime_type: owned(value, "mimeType"),
        protocol: owned(value, "protocol"),
        remote_address: optional(value, "remoteIPAddress"),
        encoded_bytes: number(value, "encodedDataLength"),
    }
}

fn initiator(value: Option<&Value>) -> Initiator {
    let Some(value) = value else { return Initiator::default() };
    Initiator {
        kind: owned(value, "type"),
        url: optional(value, "url"),
        line: number(value, "lineNumber").map(|line| line as u32 + 1),
        stack: stack(value.get("stack")),
    }
}

pub(super) fn new_request(
    method: String,
    url: String,
    now_ms: f64,
    step: Option<usize>,
) -> Request {
    Request {
        id: RequestId(0),
        method,
        url,
        fragment: None,
        headers: Vec::new(),
        body: None,
        resource_type: "Other".to_owned(),
        initiator: Initiator::default(),
        frame: None,
        target: TargetRef {
            kind: crate::model::request::TargetKind::default(),
            id: String::new(),
            url: String::new(),
        },
        document: None,
        step,
        redirected_from: None,
        outcome: Outcome::Pending,
        response: None,
        started_ms: now_ms,
        ended_ms: None,
    }
}

/// `data:`, `blob:`, `chrome:` and the like never leave.
pub(super) fn leaves_the_browser(url: &str) -> bool {
    ["http://", "https://", "ws://", "wss://"].iter().any(|scheme| {
        url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })
}

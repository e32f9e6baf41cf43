//! The Network domain: what an agent in a document or worker reports.
//!
//! Redirect hops share an id and differ in URL; extra information (headers as
//! they were on the wire) comes separately, before or after its request.

use serde_json::Value;

use crate::capture::chain::Extra;
use crate::capture::lonely::same_family;
use crate::capture::read::{
    bounded_url, headers, number, one_based, optional, owned, post_data_entries, split_fragment,
    stack, text, truth,
};
use crate::capture::recorder::{Ask, Facts, Recorder, Source};
use crate::model::request::{
    Initiator, Outcome, Request, RequestId, Response, TargetKind, TargetRef,
};

impl Recorder {
    pub(super) fn request_will_be_sent(
        &mut self,
        session: &str,
        params: &Value,
        now_ms: f64,
    ) -> Vec<Ask> {
        let Some(request) = params.get("request") else { return Vec::new() };
        let (url, fragment) = split_fragment(text(request, "url"));
        let network_id = text(params, "requestId");
        let method = owned(request, "method");
        let redirect = params.get("redirectResponse").filter(|value| value.is_object());
        if self.is_told_again(session, network_id, &url, redirect.is_some()) {
            return Vec::new();
        }
        // Also when it leads to something that never leaves the browser.
        let redirected_from = redirect.and_then(|redirect| {
            let extra = params.get("redirectHasExtraInfo").and_then(Value::as_bool);
            self.redirected(network_id, &url, redirect, extra, now_ms)
        });
        if !leaves_the_browser(&url) {
            return Vec::new();
        }
        let target = self.target(session);
        let in_frame = matches!(target.kind, TargetKind::Page | TargetKind::Iframe);
        // A page or frame target has the id of its outermost frame.
        let frame_id = match text(params, "frameId") {
            "" if in_frame => target.id.clone(),
            frame_id => frame_id.to_owned(),
        };
        let frame_id = frame_id.as_str();
        let document = self
            .sender_of_deferred(params, now_ms)
            .or_else(|| self.frames.document_of_loader(text(params, "loaderId")))
            .or_else(|| self.frames.current_document(frame_id))
            .or_else(|| self.owner_document(session));
        let kind = optional(params, "type");
        let index = self
            .find_unseen_hop(network_id, &method, &url)
            .or_else(|| self.find_paused_alone(params, &method, &url, document, now_ms))
            .or_else(|| self.find_reported(session, &url, now_ms));
        let index = index.or_else(|| {
            self.add(new_request(method.clone(), url, now_ms, self.step), Facts::default())
        });
        let Some(index) = index else { return Vec::new() };
        self.chains.link(network_id, index);
        let initiator = initiator(params.get("initiator"));
        let frame = self.frame_ref(frame_id, document);
        let facts = &mut self.facts[index];
        facts.network_id = Some(network_id.to_owned());
        facts.seen_by_network = true;
        facts.session = Some(session.to_owned());
        let reported = std::mem::take(&mut facts.reported);
        let known = &mut self.requests[index];
        if reported {
            known.method = method;
            known.ended_ms = None;
            self.open.insert(index);
        }
        known.fragment = fragment.or_else(|| {
            optional(request, "urlFragment")
                .map(|fragment| fragment.trim_start_matches('#').to_owned())
        });
        let plain = headers(request.get("headers"));
        if facts.request_extra == Extra::Came {
            facts.plain_headers = Some(plain);
        } else {
            known.headers = plain;
        }
        if let Some(kind) = kind.filter(|kind| kind != "Other" || known.resource_type.is_empty()) {
            known.resource_type = kind;
        }
        known.initiator = initiator;
        // Fetch names the frame around a worker, which is not the sender.
        known.frame = frame.or(known.frame.take()).filter(|_| in_frame);
        known.target = target;
        known.document = document.or(known.document);
        if in_frame && known.frame.is_none() && !frame_id.is_empty() {
            self.unplaced.push((index, frame_id.to_owned()));
        }
        let known = &mut self.requests[index];
        if let Some(from) = redirected_from {
            known.redirected_from = redirected_from;
            // Where it leads is asked for because of the same step.
            self.requests[index].step = self.requests[from.0 as usize].step;
        }
        self.put_calls_before(index);
        self.take_sender_of_preflight(params, index);
        self.take_early_extra(network_id, index);
        self.read_body(index, request, session, network_id)
    }

    /// A page tells of its calls and of its requests in their order, while
    /// Fetch may have told of the request long before: what the document had
    /// told of by now came before it. Of navigations the browser tells, in no
    /// order with the page.
    fn put_calls_before(&mut self, index: usize) {
        const MOST_LATE: usize = 200;
        let Request { document, started_ms, ref resource_type, .. } = self.requests[index];
        if !self.facts[index].seen_by_fetch || resource_type == "Document" {
            return;
        }
        let calls = self.calls.iter_mut().rev().take(MOST_LATE);
        for call in calls.filter(|call| call.document.is_some() && call.document == document) {
            call.at_ms = call.at_ms.min(started_ms);
        }
        let events = self.events.iter_mut().rev().take(MOST_LATE);
        for event in events.filter(|event| event.document.is_some() && event.document == document) {
            event.at_ms = event.at_ms.min(started_ms);
        }
    }

    /// The browser itself sends what a page left to `fetchLater`, and reports
    /// it as if it were a navigation of the frame.
    fn sender_of_deferred(&self, params: &Value, now_ms: f64) -> Option<usize> {
        let loader = text(params, "loaderId");
        if loader.is_empty() || loader != text(params, "requestId") {
            return None;
        }
        if text(params, "type") == "Document" {
            return None;
        }
        let frame = text(params, "frameId");
        let headers = params.get("request")?.get("headers")?;
        self.frames.sender(frame, text(headers, "Referer"), Some(false), now_ms)
    }

    /// A preflight names no sender: it is that of the request it asks leave
    /// for.
    fn take_sender_of_preflight(&mut self, params: &Value, index: usize) {
        let Some(initiator) = params.get("initiator") else { return };
        if text(initiator, "type") != "preflight" {
            return;
        }
        "Preflight".clone_into(&mut self.requests[index].resource_type);
        let asks_for = self.chains.hops(text(initiator, "requestId")).last();
        if let Some(&asks_for) = asks_for.filter(|&&asks_for| asks_for != index) {
            let (frame, document) =
                (self.requests[asks_for].frame.clone(), self.requests[asks_for].document);
            self.requests[index].frame = frame;
            self.requests[index].document = document;
        }
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
        if !has_body || self.requests[index].body.as_ref().is_some_and(|body| body.exact) {
            return Vec::new();
        }
        if let Some(bytes) = inline {
            self.set_body(index, bytes, true);
            return Vec::new();
        }
        // The text is wrong for bytes outside ASCII, yet better than nothing
        // if the document is gone before the answer.
        self.set_body(index, text(request, "postData").as_bytes().to_vec(), false);
        if network_id.is_empty() {
            return Vec::new();
        }
        self.facts[index].awaits_body = true;
        vec![Ask::Body {
            session: session.to_owned(),
            network_id: network_id.to_owned(),
            request: RequestId(index as u32),
        }]
    }

    /// Ends the hop that was redirected, and gives it.
    fn redirected(
        &mut self,
        network_id: &str,
        next_url: &str,
        redirect: &Value,
        has_extra: Option<bool>,
        now_ms: f64,
    ) -> Option<RequestId> {
        // Fetch may have announced the next hop already.
        let &index = self.chains.hops(network_id).iter().rev().find(|&&index| {
            self.facts[index].seen_by_network || self.requests[index].url != next_url
        })?;
        if has_extra == Some(false) {
            self.give_extra_back(network_id, index);
        }
        self.merge_response(index, response(redirect), Source::Network);
        // The browser itself leads from `http:` to `https:` where it knows
        // that the host wants it: the first URL never leaves.
        let internal = is_internal(&response(redirect));
        let local = match (internal, truth(redirect, "fromDiskCache")) {
            (true, _) => Some("internal-redirect"),
            (_, true) => Some("disk-cache"),
            _ if truth(redirect, "fromServiceWorker") && !self.facts[index].seen_by_fetch => {
                Some("service-worker")
            }
            _ => None,
        };
        let outcome = &mut self.requests[index].outcome;
        match local {
            Some(source) if matches!(outcome, Outcome::Pending | Outcome::Delivered) => {
                *outcome = Outcome::Local(source.to_owned());
            }
            Some(_) => {}
            None => {
                if *outcome == Outcome::Pending {
                    *outcome = Outcome::Delivered;
                }
                self.answered(index);
            }
        }
        self.close(index, now_ms);
        Some(RequestId(index as u32))
    }

    fn find_unseen_hop(&self, network_id: &str, method: &str, url: &str) -> Option<usize> {
        self.chains
            .hops(network_id)
            .iter()
            .copied()
            .find(|&index| !self.facts[index].seen_by_network && self.is_asking(index, method, url))
    }

    pub(super) fn is_asking(&self, index: usize, method: &str, url: &str) -> bool {
        let request = &self.requests[index];
        request.url == url && same_or_unknown(&request.method, method)
    }

    /// A request that Fetch saw while its document was being left, and that
    /// the document's agent reports after all.
    fn find_paused_alone(
        &mut self,
        params: &Value,
        method: &str,
        url: &str,
        document: Option<usize>,
        now_ms: f64,
    ) -> Option<usize> {
        let frame = text(params, "frameId");
        let kind = text(params, "type");
        let inline = params.get("request").and_then(post_data_entries);
        self.lonely.find(&self.requests, &self.facts, url, now_ms, |request, facts| {
            !facts.seen_by_network
                && facts.network_id.is_none()
                && !facts.reported
                && same_or_unknown(&request.method, method)
                && same_family(&request.resource_type, kind)
                && request.frame.as_ref().is_none_or(|known| same_or_unknown(&known.id, frame))
                && same_if_known(request.document.as_ref(), document.as_ref())
                && same_if_known(
                    request.body.as_ref().filter(|body| body.exact).map(|body| &*body.bytes),
                    inline.as_deref(),
                )
        })
    }

    /// One worker can be attached by several sessions, each of which reports
    /// its requests under the same id.
    fn is_told_again(
        &mut self,
        session: &str,
        network_id: &str,
        url: &str,
        redirects: bool,
    ) -> bool {
        let Some(chain) = self.chains.get_mut(network_id) else { return false };
        let facts = &self.facts;
        let told: Vec<usize> =
            chain.hops.iter().copied().filter(|&index| facts[index].seen_by_network).collect();
        let count = chain.told_by(session);
        let by_another = told.iter().skip(*count).position(|&index| {
            self.requests[index].url == url && facts[index].session.as_deref() != Some(session)
        });
        if let Some(offset) = by_another {
            *count += offset + 1;
            return true;
        }
        let by_itself = !redirects
            && told.last().is_some_and(|&index| {
                self.requests[index].url == url && facts[index].session.as_deref() == Some(session)
            });
        if !by_itself {
            *count = told.len() + 1;
        }
        by_itself
    }

    pub(super) fn last_hop(&self, params: &Value) -> Option<usize> {
        self.chains.hops(text(params, "requestId")).last().copied()
    }

    pub(super) fn served_from_cache(&mut self, params: &Value) {
        if let Some(index) = self.last_hop(params)
            && matches!(self.requests[index].outcome, Outcome::Pending | Outcome::Local(_))
        {
            self.requests[index].outcome = Outcome::Local("memory-cache".to_owned());
        }
    }

    pub(super) fn response_received(&mut self, params: &Value, now_ms: f64) {
        let Some(index) = self.last_hop(params) else { return };
        let Some(received) = params.get("response") else { return };
        self.facts[index].last_moved_ms = now_ms;
        self.merge_response(index, response(received), Source::Network);
        let facts = &mut self.facts[index];
        let request = &mut self.requests[index];
        if text(params, "type") == "Preflight" {
            "Preflight".clone_into(&mut request.resource_type);
        }
        // A cached answer may have been confirmed by the server.
        let confirmed = facts.response_extra == Extra::Came && facts.wire_status == 304;
        let local = if truth(received, "fromDiskCache") && !confirmed {
            Some("disk-cache")
        } else if truth(received, "fromServiceWorker") && !facts.seen_by_fetch {
            Some("service-worker")
        } else if truth(received, "fromPrefetchCache") && facts.response_extra != Extra::Came {
            Some("prefetch-cache")
        } else {
            None
        };
        match local {
            Some(source) if request.outcome == Outcome::Pending => {
                request.outcome = Outcome::Local(source.to_owned());
            }
            Some(_) => {}
            None => self.answered(index),
        }
        let request = &mut self.requests[index];
        let endless = request
            .response
            .as_ref()
            .is_some_and(|response| response.mime_type == "text/event-stream");
        if endless && request.outcome == Outcome::Pending {
            request.outcome = Outcome::Delivered;
            self.close(index, now_ms);
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

    pub(super) fn loading_failed(&mut self, session: &str, params: &Value, now_ms: f64) {
        let Some(index) = self.last_hop(params) else {
            self.navigation_failed(session, params, now_ms);
            return;
        };
        if self.requests[index].outcome == Outcome::Pending {
            self.requests[index].outcome = failure(params, self.facts[index].answered);
        }
        self.close(index, now_ms);
    }
}

impl Recorder {
    /// A navigation that was stopped before it became a request is known only
    /// from its start and its failure.
    fn navigation_failed(&mut self, session: &str, params: &Value, now_ms: f64) {
        let loader = text(params, "requestId");
        let outcome = failure(params, false);
        if loader.is_empty() || !matches!(outcome, Outcome::Blocked(_)) {
            return;
        }
        let Some((frame, url)) = self.frames.started_by(loader) else { return };
        let (frame, (url, fragment)) = (frame.to_owned(), split_fragment(url));
        if !leaves_the_browser(&url) {
            return;
        }
        let index = self.find_reported(session, &url, now_ms).or_else(|| {
            self.add(new_request("GET".to_owned(), url, now_ms, self.step), Facts::default())
        });
        let Some(index) = index else { return };
        self.chains.link(loader, index);
        let document = self.frames.current_document(&frame);
        let (frame, target) = (self.frame_ref(&frame, document), self.target(session));
        let facts = &mut self.facts[index];
        facts.network_id = Some(loader.to_owned());
        facts.session = Some(session.to_owned());
        facts.seen_by_network = true;
        facts.reported = false;
        let known = &mut self.requests[index];
        "Document".clone_into(&mut known.resource_type);
        known.fragment = fragment;
        known.frame = frame;
        known.document = document;
        known.target = target;
        if known.outcome == Outcome::Pending {
            known.outcome = outcome;
        }
        self.close(index, now_ms);
    }
}

/// Why a load failed. A server that answered did receive the request, even if
/// the page was not allowed to read the answer.
fn failure(params: &Value, answered: bool) -> Outcome {
    if answered {
        return Outcome::Delivered;
    }
    let error = text(params, "errorText");
    match text(params, "blockedReason") {
        "" => {}
        "inspector" | "subresource-filter" => return Outcome::Blocked("client".to_owned()),
        // Judged by the answer's own headers: there was one.
        "corp-not-same-origin"
        | "corp-not-same-site"
        | "corp-not-same-origin-after-defaulted-to-same-origin-by-coep"
        | "corp-not-same-origin-after-defaulted-to-same-origin-by-dip"
        | "corp-not-same-origin-after-defaulted-to-same-origin-by-coep-and-dip"
        | "coep-frame-resource-needs-coep-header"
        | "coop-sandboxed-iframe-cannot-navigate-to-coop-page"
        | "content-type" => return Outcome::Delivered,
        reason => return Outcome::Blocked(reason.to_owned()),
    }
    if let Some(cors) = params.get("corsErrorStatus").filter(|value| value.is_object()) {
        return match text(cors, "corsError") {
            "InvalidResponse"
            | "WildcardOriginNotAllowed"
            | "MissingAllowOriginHeader"
            | "MultipleAllowOriginValues"
            | "InvalidAllowOriginValue"
            | "AllowOriginMismatch"
            | "InvalidAllowCredentials" => Outcome::Delivered,
            kind if kind.to_ascii_lowercase().contains("preflight") => {
                Outcome::Blocked("cors-preflight".to_owned())
            }
            _ => Outcome::Blocked("cors".to_owned()),
        };
    }
    if truth(params, "canceled") || error == "net::ERR_ABORTED" {
        return Outcome::Aborted;
    }
    match error {
        // Complaints about an answer: there was one.
        "net::ERR_TOO_MANY_REDIRECTS"
        | "net::ERR_INVALID_REDIRECT"
        | "net::ERR_UNSAFE_REDIRECT"
        | "net::ERR_INVALID_HTTP_RESPONSE"
        | "net::ERR_CONTENT_DECODING_FAILED"
        | "net::ERR_CONTENT_LENGTH_MISMATCH"
        | "net::ERR_INCOMPLETE_CHUNKED_ENCODING"
        | "net::ERR_INVALID_CHUNKED_ENCODING"
        | "net::ERR_RESPONSE_HEADERS_TOO_BIG"
        | "net::ERR_BLOCKED_BY_ORB" => Outcome::Delivered,
        "net::ERR_BLOCKED_BY_CLIENT" => Outcome::Blocked("client".to_owned()),
        "net::ERR_BLOCKED_BY_CSP" => Outcome::Blocked("csp".to_owned()),
        "" => Outcome::Failed("unknown".to_owned()),
        error => Outcome::Failed(error.to_owned()),
    }
}

/// A redirect that the browser makes up instead of sending the request.
pub(super) fn is_internal(response: &Response) -> bool {
    response.status == 307
        && response
            .headers
            .iter()
            .any(|header| header.name.eq_ignore_ascii_case("non-authoritative-reason"))
}

/// Missing is unknown, and unknown contradicts nothing.
fn same_or_unknown(a: &str, b: &str) -> bool {
    a == b || a.is_empty() || b.is_empty()
}

fn same_if_known<T: PartialEq + ?Sized>(a: Option<&T>, b: Option<&T>) -> bool {
    a.zip(b).is_none_or(|(a, b)| a == b)
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

pub(super) fn initiator(value: Option<&Value>) -> Initiator {
    let Some(value) = value else { return Initiator::default() };
    Initiator {
        kind: owned(value, "type"),
        url: optional(value, "url").map(|url| bounded_url(&url)),
        line: one_based(value, "lineNumber"),
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

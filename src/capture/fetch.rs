//! The Fetch domain on the browser session: every request that reaches the
//! network service, whoever sent it.
//!
//! A pause without `networkId` comes from a document that has no agent any
//! more (it is being left) or from `fetchLater`; the sender is then found in
//! the frame's history.

use serde_json::Value;

use crate::capture::chain::Extra;
use crate::capture::lonely::same_family;
use crate::capture::network::{is_internal, leaves_the_browser, new_request};
use crate::capture::read::{
    headers, number, optional, owned, post_data_entries, split_fragment, text, truth,
};
use crate::capture::recorder::{Facts, Recorder, Source};
use crate::model::request::{Outcome, RequestId, Response};
use crate::model::vendor::StubResponse;

/// A request that waits for an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paused {
    pub request: RequestId,
    /// Its id in the Fetch domain, for `continueRequest` and the like.
    pub job: String,
    /// Paused before it was sent (else: when the response came).
    pub before_sending: bool,
}

impl Recorder {
    /// `Fetch.requestPaused`. `None`: nothing that leaves the browser.
    pub fn paused(&mut self, params: &Value, now_ms: f64) -> Option<Paused> {
        let request = params.get("request")?;
        let (url, _) = split_fragment(text(request, "url"));
        if !leaves_the_browser(&url) {
            return None;
        }
        let method = owned(request, "method");
        let job = owned(params, "requestId");
        let status = number(params, "responseStatusCode");
        let error = optional(params, "responseErrorReason");
        let before_sending = status.is_none() && error.is_none();
        let network_id = optional(params, "networkId");
        let index = self.find_paused(params, &job, network_id.as_deref(), &method, &url, now_ms);
        let index = if let Some(index) = index {
            index
        } else {
            let facts = Facts { network_id: network_id.clone(), ..Facts::default() };
            let index = self.add(new_request(method, url, now_ms, self.step), facts)?;
            self.place_sender(index, params, network_id.is_none(), now_ms);
            index
        };
        if let Some(network_id) = &network_id {
            self.chains.link(network_id, index);
            self.take_early_extra(network_id, index);
        }
        if !job.is_empty() {
            self.by_job.insert(job.clone(), index);
        }
        self.facts[index].seen_by_fetch = true;
        if let Some(bytes) = post_data_entries(request) {
            self.set_body(index, bytes, true);
        } else if let Some(text) = request.get("postData").and_then(Value::as_str) {
            self.set_body(index, text.as_bytes().to_vec(), text.is_ascii());
        } else if truth(request, "hasPostData") && self.requests[index].body.is_none() {
            // There is a body, in a blob that nobody can read any more.
            self.set_body(index, Vec::new(), false);
        }
        let seen_by_network = self.facts[index].seen_by_network;
        let known = &mut self.requests[index];
        if !seen_by_network && self.facts[index].request_extra != Extra::Came {
            known.headers = headers(request.get("headers"));
        }
        if known.resource_type == "Other"
            && let Some(kind) = optional(params, "resourceType")
        {
            known.resource_type = kind;
        }
        // Paused under the type of the request that it asks leave for.
        if known.method.eq_ignore_ascii_case("OPTIONS")
            && known.header("access-control-request-method").is_some()
        {
            "Preflight".clone_into(&mut known.resource_type);
        }
        if !before_sending {
            self.responded(index, params, status, error.as_deref(), now_ms);
        }
        Some(Paused { request: RequestId(index as u32), job, before_sending })
    }

    fn find_paused(
        &mut self,
        params: &Value,
        job: &str,
        network_id: Option<&str>,
        method: &str,
        url: &str,
        now_ms: f64,
    ) -> Option<usize> {
        // A job that was redirected may keep its id.
        if let Some(&index) = self.by_job.get(job)
            && self.is_asking(index, method, url)
        {
            return Some(index);
        }
        if let Some(id) = network_id {
            let index = self.chains.hops(id).iter().copied().find(|&index| {
                let facts = &self.facts[index];
                (!facts.seen_by_fetch || facts.attempt_failed) && self.is_asking(index, method, url)
            })?;
            self.facts[index].attempt_failed = false;
            return Some(index);
        }
        if !text(params, "redirectedRequestId").is_empty() {
            return None;
        }
        // The agent told of it, then went with its document. What has ended in
        // another way is another request.
        let kind = text(params, "resourceType");
        let body = params.get("request").and_then(post_data_entries);
        self.lonely.find(&self.requests, &self.facts, url, now_ms, |request, facts| {
            let known = request.body.as_ref().filter(|body| body.exact).map(|body| &body.bytes);
            facts.seen_by_network
                && !facts.seen_by_fetch
                && matches!(request.outcome, Outcome::Pending | Outcome::Aborted)
                && (request.method == method || request.method.is_empty() || method.is_empty())
                && same_family(&request.resource_type, kind)
                && known.zip(body.as_ref()).is_none_or(|(known, body)| known == body)
        })
    }

    /// Whether a document request of the frame is under way whose document has
    /// not been committed.
    fn is_navigating(&self, frame_id: &str) -> bool {
        self.frames.has_started_another(frame_id)
            || self.open.iter().any(|&index| {
                let request = &self.requests[index];
                request.resource_type == "Document"
                    && request.frame.as_ref().is_some_and(|frame| frame.id == frame_id)
                    && self.facts[index]
                        .network_id
                        .as_deref()
                        .is_some_and(|loader| !self.frames.is_committed(loader))
            })
    }

    /// Who sent a request that Fetch reports first or alone.
    fn place_sender(&mut self, index: usize, params: &Value, alone: bool, now_ms: f64) {
        let previous = self.by_job.get(text(params, "redirectedRequestId")).copied();
        let frame_id = owned(params, "frameId");
        let headers = params.get("request").and_then(|request| request.get("headers"));
        let referrer = headers.map_or("", |headers| text(headers, "Referer"));
        let leaves = alone.then(|| self.is_navigating(&frame_id));
        let document = self.frames.sender(&frame_id, referrer, leaves, now_ms);
        // Its agent may have gone with its document before it could tell.
        self.facts[index].leaving = alone || document != self.frames.current_document(&frame_id);
        self.put_in_frame(index, &frame_id, document);
        self.facts[index].just_ended =
            self.frames.just_ended(&frame_id, now_ms).filter(|&ended| Some(ended) != document);
        let inherited = previous.map(|previous| self.requests[previous].clone());
        if let Some(previous) = inherited {
            let request = &mut self.requests[index];
            request.redirected_from = Some(previous.id);
            request.initiator = previous.initiator;
            request.frame = previous.frame;
            request.target = previous.target;
            request.document = previous.document;
            request.step = previous.step;
        }
    }

    fn put_in_frame(&mut self, index: usize, frame_id: &str, document: Option<usize>) {
        let frame = self.frame_ref(frame_id, document);
        if frame.is_none() && !frame_id.is_empty() {
            self.unplaced.push((index, frame_id.to_owned()));
        }
        let session = document
            .and_then(|document| self.frames.session_of(document))
            .or_else(|| Some(self.frames.frames.get(frame_id)?.session.as_str()));
        let target = session.map(|session| self.target(session));
        let request = &mut self.requests[index];
        request.frame = frame;
        request.document = document;
        if let Some(target) = target {
            request.target = target;
        }
    }

    /// What Fetch told of first and the agent never did came from a document
    /// whose agent went with it before its message was through: not from the
    /// one that had taken its place.
    pub(super) fn place_untold(&mut self) {
        for index in 0..self.requests.len() {
            let facts = &self.facts[index];
            let Some(ended) = facts.just_ended.filter(|_| !facts.seen_by_network) else { continue };
            let of_agent = facts.network_id.is_some();
            let Some(frame) = self.requests[index].frame.clone().filter(|_| of_agent) else {
                continue;
            };
            self.facts[index].leaving = true;
            self.put_in_frame(index, &frame.id, Some(ended));
        }
    }

    /// A window that nothing leads back to may send before its frames have
    /// been told of.
    pub(super) fn place_early_senders(&mut self) {
        for (index, frame_id) in std::mem::take(&mut self.unplaced) {
            if self.requests[index].frame.is_some() {
                continue;
            }
            self.put_in_frame(index, &frame_id, self.frames.current_document(&frame_id));
        }
    }

    fn responded(
        &mut self,
        index: usize,
        params: &Value,
        status: Option<u64>,
        error: Option<&str>,
        now_ms: f64,
    ) {
        let alone = !self.facts[index].seen_by_network && self.facts[index].leaving;
        self.facts[index].last_moved_ms = now_ms;
        if let Some(status) = status {
            let received = headers(params.get("responseHeaders"));
            let mime_type = received
                .iter()
                .find(|header| header.name.eq_ignore_ascii_case("content-type"))
                .map(|header| header.value.split(';').next().unwrap_or_default().trim().to_owned())
                .unwrap_or_default();
            let answer = Response {
                status: status as u16,
                status_text: owned(params, "responseStatusText"),
                headers: received,
                mime_type,
                ..Response::default()
            };
            // Nobody else will report the end of a request without an agent;
            // of a redirect, this is the end in any case.
            let redirect = (300..400).contains(&status)
                && answer.headers.iter().any(|header| header.name.eq_ignore_ascii_case("location"));
            let internal = is_internal(&answer);
            self.merge_response(index, answer, Source::Fetch);
            if !internal {
                self.answered(index);
            }
            if alone || redirect {
                let outcome = &mut self.requests[index].outcome;
                if *outcome == Outcome::Pending {
                    *outcome = if internal {
                        Outcome::Local("internal-redirect".to_owned())
                    } else {
                        Outcome::Delivered
                    };
                }
                if alone || self.facts[index].network_id.is_none() {
                    self.close(index, now_ms);
                } else {
                    // Under way until the next hop is told: a page waits for
                    // where it leads.
                    self.requests[index].ended_ms.get_or_insert(now_ms);
                }
            }
        } else if self.facts[index].network_id.is_some() && !alone {
            // The agent tells what comes of it; the browser may try again.
            self.facts[index].attempt_failed = true;
        } else if let Some(error) = error
            && (alone || self.facts[index].network_id.is_none())
            && self.requests[index].outcome == Outcome::Pending
        {
            self.requests[index].outcome = match error {
                "Aborted" => Outcome::Aborted,
                "BlockedByClient" => Outcome::Blocked("client".to_owned()),
                "BlockedByResponse" => Outcome::Delivered,
                "ConnectionRefused" => Outcome::Failed("net::ERR_CONNECTION_REFUSED".to_owned()),
                "NameNotResolved" => Outcome::Failed("net::ERR_NAME_NOT_RESOLVED".to_owned()),
                other => Outcome::Failed(other.to_owned()),
            };
            self.close(index, now_ms);
        }
    }

    /// The request was answered here, as its vendor would have.
    pub fn stubbed(&mut self, request: RequestId, answer: &StubResponse, now_ms: f64) {
        let index = request.0 as usize;
        let Some(known) = self.requests.get_mut(index) else { return };
        known.outcome = Outcome::Stubbed;
        let facts = &mut self.facts[index];
        if facts.request_extra == Extra::Awaited {
            facts.request_extra = Extra::None;
        }
        facts.response_extra = Extra::None;
        facts.answered = true;
        let mime_type = answer
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case("content-type"))
            .map(|header| header.value.clone())
            .unwrap_or_default();
        let response = Response {
            status: answer.status,
            headers: answer.headers.clone(),
            mime_type,
            ..Response::default()
        };
        self.merge_response(index, response, Source::Stub);
        // The whole answer was given at once. A page that never reads it
        // would keep the browser from reporting the end.
        self.close(index, now_ms);
    }

    /// The request was refused here, as a content blocker would.
    pub fn refused(&mut self, request: RequestId, now_ms: f64) {
        self.ended_here(request, Outcome::Blocked("client".to_owned()), now_ms);
    }

    /// The request failed here, as it would without network.
    pub fn disconnected(&mut self, request: RequestId, now_ms: f64) {
        let error = "net::ERR_INTERNET_DISCONNECTED".to_owned();
        self.ended_here(request, Outcome::Failed(error), now_ms);
    }

    fn ended_here(&mut self, request: RequestId, outcome: Outcome, now_ms: f64) {
        let index = request.0 as usize;
        let Some(known) = self.requests.get_mut(index) else { return };
        known.outcome = outcome;
        self.facts[index].request_extra = Extra::None;
        self.facts[index].response_extra = Extra::None;
        self.close(index, now_ms);
    }
}

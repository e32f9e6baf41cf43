//! The Fetch domain on the browser session: every request that reaches the
//! network service, whoever sent it.
//!
//! A pause without `networkId` comes from a document that has no agent any
//! more (it is being left) or from `fetchLater`; the sender is then found in
//! the frame's history.

use serde_json::Value;

use crate::capture::network::{leaves_the_browser, new_request};
use crate::capture::read::{
    headers, number, optional, owned, post_data_entries, split_fragment, text,
};
use crate::capture::recorder::{Facts, Recorder};
use crate::model::request::{Body, FrameRef, Outcome, RequestId, Response, TargetKind, TargetRef};
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
        let index = index.unwrap_or_else(|| {
            let facts = Facts { network_id: network_id.clone(), ..Facts::default() };
            let index = self.add(new_request(method, url, now_ms, self.step), facts);
            self.place_sender(index, params, network_id.is_none(), now_ms);
            index
        });
        if let Some(network_id) = &network_id {
            self.link_hop(network_id, index);
        }
        self.by_job.insert(job.clone(), index);
        self.facts[index].seen_by_fetch = true;
        if self.facts[index].seen_by_network {
            self.lonely.retain(|&lonely| lonely != index);
        }
        let known = &mut self.requests[index];
        if let Some(bytes) = post_data_entries(request) {
            let better = known
                .body
                .as_ref()
                .is_none_or(|body| !body.exact || body.bytes.len() < bytes.len());
            if better {
                known.body = Some(Body { bytes, exact: true });
            }
        } else if known.body.is_none()
            && let Some(text) = request.get("postData").and_then(Value::as_str)
        {
            known.body = Some(Body { bytes: text.as_bytes().to_vec(), exact: text.is_ascii() });
        }
        if known.headers.is_empty() {
            known.headers = headers(request.get("headers"));
        }
        if known.resource_type == "Other" {
            known.resource_type = owned(params, "resourceType");
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
        if let Some(&index) = self.by_job.get(job) {
            return Some(index);
        }
        if let Some(hops) = network_id.and_then(|id| self.by_network.get(id)) {
            return hops.iter().copied().find(|&index| {
                let request = &self.requests[index];
                !self.facts[index].seen_by_fetch && request.method == method && request.url == url
            });
        }
        if network_id.is_some() || text(params, "redirectedRequestId") != "" {
            return None;
        }
        self.find_lonely(method, url, now_ms, |facts| facts.seen_by_network && !facts.seen_by_fetch)
    }

    /// Whether a document request of the frame is under way whose document has
    /// not been committed.
    fn is_navigating(&self, frame_id: &str) -> bool {
        self.open.iter().any(|&index| {
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
        let document = if alone {
            self.frames.leaving_document(&frame_id, self.is_navigating(&frame_id), now_ms)
        } else {
            self.frames.current_document(&frame_id)
        };
        self.facts[index].leaving = alone;
        let frame: Option<FrameRef> = self.frame_ref(&frame_id, document);
        let target = frame.as_ref().map(|frame| TargetRef {
            kind: if frame.parent.is_some() { TargetKind::Iframe } else { TargetKind::Page },
            id: self
                .frames
                .frames
                .get(&frame.id)
                .map(|state| self.target(&state.session).id)
                .unwrap_or_default(),
            url: frame.url.clone(),
        });
        let inherited = previous.map(|previous| self.requests[previous].clone());
        let request = &mut self.requests[index];
        request.frame = frame;
        request.document = document;
        if let Some(target) = target {
            request.target = target;
        }
        if let Some(previous) = inherited {
            request.redirected_from = Some(previous.id);
            request.initiator = previous.initiator;
            request.frame = previous.frame;
            request.target = previous.target;
            request.document = previous.document;
            request.step = previous.step;
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
        let request = &mut self.requests[index];
        if let Some(status) = status {
            self.facts[index].answered = true;
            if request.outcome == Outcome::Aborted {
                // Given up by its document, yet it outlived that.
                request.outcome = Outcome::Delivered;
            }
            let received = headers(params.get("responseHeaders"));
            let mime_type = received
                .iter()
                .find(|header| header.name.eq_ignore_ascii_case("content-type"))
                .map(|header| header.value.split(';').next().unwrap_or_default().trim().to_owned())
                .unwrap_or_default();
            let known = request.response.get_or_insert_with(Response::default);
            known.status = status as u16;
            known.status_text = owned(params, "responseStatusText");
            known.headers = received;
            if known.mime_type.is_empty() {
                known.mime_type = mime_type;
            }
            // Nobody else will report the end of a request without an agent;
            // of a redirect, this is the end in any case.
            let redirect = (300..400).contains(&status)
                && known.headers.iter().any(|header| header.name.eq_ignore_ascii_case("location"));
            if alone || redirect {
                if request.outcome == Outcome::Pending {
                    request.outcome = Outcome::Delivered;
                }
                self.close(index, now_ms);
            }
        } else if let Some(error) = error
            && (alone || self.facts[index].network_id.is_none())
        {
            request.outcome = match error {
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
        let mime_type = answer
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case("content-type"))
            .map(|header| header.value.clone())
            .unwrap_or_default();
        known.response = Some(Response {
            status: answer.status,
            headers: answer.headers.clone(),
            mime_type,
            ..Response::default()
        });
        self.facts[index].answered = true;
        // The whole answer was given at once. A page that never reads it
        // would keep the browser from reporting the end.
        self.close(index, now_ms);
    }

    /// The request was refused here, as a content blocker would.
    pub fn refused(&mut self, request: RequestId, now_ms: f64) {
        let index = request.0 as usize;
        let Some(known) = self.requests.get_mut(index) else { return };
        known.outcome = Outcome::Blocked("client".to_owned());
        if self.facts[index].network_id.is_none() {
            self.close(index, now_ms);
        }
    }
}

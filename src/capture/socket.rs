//! Connections that stay open: WebSocket, event stream, WebTransport. The
//! opening is a request like any other; what goes over it are messages.
//!
//! Protocol: <https://chromedevtools.github.io/devtools-protocol/tot/Network/>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::capture::network::{initiator, new_request, response};
use crate::capture::read::{headers, number, owned, split_fragment, text};
use crate::capture::recorder::{Facts, Recorder};
use crate::model::request::{Body, Outcome, RequestId};
use crate::model::trace::Message;

/// Messages that are kept, all connections together.
const MOST_KEPT: usize = 20_000;

impl Recorder {
    /// One of the events about such connections.
    pub(super) fn socket_event(
        &mut self,
        session: &str,
        method: &str,
        params: &Value,
        now_ms: f64,
    ) {
        match method {
            "Network.webSocketCreated" => self.opened(session, "WebSocket", params, now_ms),
            "Network.webTransportCreated" => self.opened(session, "WebTransport", params, now_ms),
            "Network.webSocketWillSendHandshakeRequest" => {
                if let (Some(index), Some(request)) = (self.socket(params), params.get("request")) {
                    self.requests[index].headers = headers(request.get("headers"));
                }
            }
            "Network.webSocketHandshakeResponseReceived" => {
                if let (Some(index), Some(answer)) = (self.socket(params), params.get("response")) {
                    self.requests[index].response = Some(response(answer));
                    self.requests[index].outcome = Outcome::Delivered;
                }
            }
            "Network.webTransportConnectionEstablished" => {
                if let Some(index) = self.socket(params) {
                    self.requests[index].outcome = Outcome::Delivered;
                }
            }
            "Network.webSocketFrameError" => {
                if let Some(index) = self.socket(params)
                    && self.requests[index].outcome == Outcome::Pending
                {
                    self.requests[index].outcome = Outcome::Failed(owned(params, "errorMessage"));
                }
            }
            "Network.webSocketClosed" | "Network.webTransportClosed" => {
                if let Some(index) = self.socket(params) {
                    if self.requests[index].outcome == Outcome::Pending {
                        self.requests[index].outcome = Outcome::Failed("closed".to_owned());
                    }
                    self.close(index, now_ms);
                }
            }
            "Network.webSocketFrameSent" | "Network.webSocketFrameReceived" => {
                self.frame_passed(params, method.ends_with("Sent"), now_ms);
            }
            "Network.eventSourceMessageReceived" => {
                let Some(index) = self.last_hop(params) else { return };
                let bytes = text(params, "data").as_bytes().to_vec();
                self.keep_message(index, false, bytes, now_ms);
            }
            _ => {}
        }
    }

    fn socket(&self, params: &Value) -> Option<usize> {
        self.chains.hops(id_of(params)).last().copied()
    }

    fn opened(&mut self, session: &str, kind: &str, params: &Value, now_ms: f64) {
        let id = id_of(params);
        if self.chains.hops(id).iter().any(|&index| self.facts[index].seen_by_network) {
            return;
        }
        let (url, fragment) = split_fragment(text(params, "url"));
        let target = self.target(session);
        // The protocol names no frame: it is taken for the outermost one.
        let document =
            self.frames.current_document(&target.id).or_else(|| self.owner_document(session));
        let mut request = new_request("GET".to_owned(), url, now_ms, self.step);
        request.fragment = fragment;
        kind.clone_into(&mut request.resource_type);
        request.initiator = initiator(params.get("initiator"));
        request.frame = self.frame_ref(&target.id, document);
        request.document = document;
        request.target = target;
        let facts = Facts {
            network_id: Some(id.to_owned()),
            session: Some(session.to_owned()),
            seen_by_network: true,
            ..Facts::default()
        };
        if let Some(index) = self.add(request, facts) {
            self.chains.link(id, index);
        }
    }

    fn frame_passed(&mut self, params: &Value, sent: bool, now_ms: f64) {
        let Some(index) = self.socket(params) else { return };
        let Some(frame) = params.get("response") else { return };
        let data = text(frame, "payloadData");
        let bytes = match number(frame, "opcode") {
            Some(1) => data.as_bytes().to_vec(),
            _ => STANDARD.decode(data).unwrap_or_else(|_| data.as_bytes().to_vec()),
        };
        self.keep_message(index, sent, bytes, now_ms);
    }

    fn keep_message(&mut self, index: usize, sent: bool, bytes: Vec<u8>, now_ms: f64) {
        if self.messages.len() >= MOST_KEPT {
            self.leave_out("later messages of sockets");
            return;
        }
        let kept = self.bodies.keep(bytes);
        let exact = kept.is_some();
        let body = Body::new(kept.unwrap_or_default(), exact);
        if !body.exact {
            self.leave_out("the texts of later messages of sockets");
        }
        self.messages.push(Message {
            request: RequestId(index as u32),
            sent,
            at_ms: now_ms,
            step: self.step,
            body,
        });
    }
}

/// A transport has an id of another name than a request.
fn id_of(params: &Value) -> &str {
    match text(params, "requestId") {
        "" => text(params, "transportId"),
        id => id,
    }
}

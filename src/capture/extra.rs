//! What the network service tells of a request and its answer, and what is
//! made of an answer that several sources tell. Nothing here ends a request.

use serde_json::Value;

use crate::capture::chain::{Extra, WireAnswer};
use crate::capture::read::{headers, number, text};
use crate::capture::recorder::{Recorder, Source};
use crate::model::request::{Header, Response};

impl Recorder {
    pub(super) fn request_extra_info(&mut self, session: &str, params: &Value) {
        let id = text(params, "requestId");
        let exact = headers(params.get("headers"));
        let Some(chain) = self.chains.for_extra(id, session) else { return };
        let facts = &self.facts;
        let hop = chain.hops.iter().find(|&&hop| facts[hop].request_extra == Extra::Awaited);
        match hop.copied() {
            Some(index) => self.apply_headers(index, exact),
            None => chain.keep_headers(exact),
        }
    }

    pub(super) fn response_extra_info(&mut self, session: &str, params: &Value) {
        let id = text(params, "requestId");
        let answer = WireAnswer {
            status: number(params, "statusCode").unwrap_or_default() as u16,
            headers: headers(params.get("headers")),
        };
        let Some(chain) = self.chains.for_extra(id, session) else { return };
        let facts = &self.facts;
        let hop = chain.hops.iter().find(|&&hop| facts[hop].response_extra == Extra::Awaited);
        match hop.copied() {
            Some(index) => self.apply_answer(index, answer),
            None => chain.keep_answer(answer),
        }
    }

    /// A new hop takes what came before it.
    pub(super) fn take_early_extra(&mut self, network_id: &str, index: usize) {
        let Some(chain) = self.chains.get_mut(network_id) else { return };
        let wanted = self.facts[index].request_extra == Extra::Awaited;
        let early_headers = if wanted { chain.early_headers.pop_front() } else { None };
        let wanted = self.facts[index].response_extra == Extra::Awaited;
        let early_answer = if wanted { chain.early_answers.pop_front() } else { None };
        if let Some(headers) = early_headers {
            self.apply_headers(index, headers);
        }
        if let Some(answer) = early_answer {
            self.apply_answer(index, answer);
        }
    }

    fn apply_headers(&mut self, index: usize, exact: Vec<Header>) {
        let facts = &mut self.facts[index];
        facts.request_extra = Extra::Came;
        let plain = std::mem::replace(&mut self.requests[index].headers, exact);
        facts.plain_headers = Some(plain);
    }

    fn apply_answer(&mut self, index: usize, answer: WireAnswer) {
        self.facts[index].response_extra = Extra::Came;
        let WireAnswer { status, headers } = answer;
        self.merge_response(
            index,
            Response { status, headers, ..Response::default() },
            Source::Wire,
        );
        self.answered(index);
    }

    /// The browser says that a hop has no extra information: what it got was
    /// meant for the next one.
    pub(super) fn give_extra_back(&mut self, network_id: &str, index: usize) {
        let Some(chain) = self.chains.get_mut(network_id) else { return };
        let (facts, request) = (&mut self.facts[index], &mut self.requests[index]);
        if std::mem::replace(&mut facts.request_extra, Extra::None) == Extra::Came {
            let plain = facts.plain_headers.take().unwrap_or_default();
            chain.early_headers.push_front(std::mem::replace(&mut request.headers, plain));
        }
        if std::mem::replace(&mut facts.response_extra, Extra::None) == Extra::Came
            && let Some(response) = &mut request.response
        {
            let headers = std::mem::take(&mut response.headers);
            chain.early_answers.push_front(WireAnswer { status: facts.wire_status, headers });
            facts.headers_from = Source::Nobody;
        }
    }

    /// Puts together what several sources tell of one response. Network knows
    /// how it came, Fetch and the wire what it was.
    pub(super) fn merge_response(&mut self, index: usize, more: Response, source: Source) {
        let facts = &mut self.facts[index];
        let known = self.requests[index].response.get_or_insert_with(Response::default);
        if source == Source::Wire {
            facts.wire_status = more.status;
        }
        // A cached answer that was confirmed is told as 200, with a 304 on the
        // wire: the page saw 200.
        let wire_only = source == Source::Wire && facts.status_from != Source::Nobody;
        let knows_better = facts.status_from == Source::Wire || source >= facts.status_from;
        if more.status != 0 && !wire_only && knows_better {
            known.status = more.status;
            facts.status_from = source;
        }
        let text_knows_better = known.status_text.is_empty() || source >= facts.status_from;
        if !more.status_text.is_empty() && text_knows_better {
            known.status_text = more.status_text;
        }
        let told = source == Source::Stub || !more.headers.is_empty();
        if told && source >= facts.headers_from {
            known.headers = more.headers;
            facts.headers_from = source;
        }
        let told = source == Source::Network || known.mime_type.is_empty();
        if told && !more.mime_type.is_empty() {
            known.mime_type = more.mime_type;
        }
        if source == Source::Network {
            known.protocol = more.protocol;
            known.remote_address = more.remote_address;
            known.encoded_bytes = more.encoded_bytes.or(known.encoded_bytes);
        }
    }
}

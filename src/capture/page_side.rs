//! What pages say: calls that the hooks report, console messages, exceptions
//! and policy reports. All of it is text from a hostile page and is bounded.

use serde_json::Value;

use crate::capture::network::{leaves_the_browser, new_request};
use crate::capture::read::{
    number, optional, owned, split_fragment, stack, stack_text, text, truth,
};
use crate::capture::recorder::{Facts, MOST_MESSAGES, Recorder};
use crate::model::call::Call;
use crate::model::probe::{GlobalState, HeldScript, PageEvent, Presence};
use crate::model::request::{Outcome, Request, StackFrame};
use crate::model::trace::{ConsoleMessage, CspReport, PageError};

const LONGEST_TEXT: usize = 4_096;

/// Reports of one blocked request come within this time of each other.
const REPORT_WINDOW_MS: f64 = 2_000.0;

/// Policies are asked one right after the other.
const SAME_REPORT_MS: f64 = 50.0;

/// Bytes of calls that are kept, all together, and of one message.
const MOST_CALL_BYTES: usize = 64 << 20;
const LARGEST_MESSAGE: usize = 8 << 20;

impl Recorder {
    pub(super) fn context_created(&mut self, session: &str, params: &Value) {
        let Some(context) = params.get("context") else { return };
        let Some(id) = number(context, "id") else { return };
        let frame = context.get("auxData").map(|data| owned(data, "frameId")).unwrap_or_default();
        let is_default = context.get("auxData").is_some_and(|data| truth(data, "isDefault"));
        if is_default && !frame.is_empty() {
            self.main_worlds.insert(frame.clone(), (session.to_owned(), id));
        }
        self.contexts.insert((session.to_owned(), id), frame);
    }

    /// A message of the page-side hooks: `{t: "call", name, args, stack}`.
    pub(super) fn binding_called(&mut self, session: &str, params: &Value, now_ms: f64) {
        if text(params, "name") != self.binding {
            return;
        }
        let payload = text(params, "payload");
        if payload.len() > LARGEST_MESSAGE || self.call_bytes + payload.len() > MOST_CALL_BYTES {
            self.leave_out("some calls");
            return;
        }
        let Ok(message) = serde_json::from_str::<Value>(payload) else { return };
        self.call_bytes += payload.len();
        let frame = self.context_frame(session, params).filter(|frame| !frame.is_empty());
        match text(&message, "t") {
            "call" => self.add_call(&message, frame, now_ms),
            // A page that calls very often has its calls told together.
            "calls" => {
                let calls = message.get("calls").and_then(Value::as_array);
                for call in calls.into_iter().flatten() {
                    self.add_call(call, frame.clone(), now_ms);
                }
            }
            "event" => self.add_event(&message, frame.as_deref(), now_ms),
            "global" => self.add_global(&message, frame.as_deref(), now_ms),
            "held" => self.add_held_script(&message, frame.as_deref()),
            _ => {}
        }
    }

    fn add_call(&mut self, message: &Value, frame: Option<String>, now_ms: f64) {
        if self.calls.len() >= MOST_MESSAGES {
            self.leave_out("later calls");
            return;
        }
        let (document, frame_url) = self.place_of(frame.as_deref());
        let args = match message.get("args") {
            Some(Value::Array(args)) => args.clone(),
            _ => Vec::new(),
        };
        self.calls.push(Call {
            name: bounded(text(message, "name")),
            args,
            at_ms: now_ms,
            frame,
            frame_url,
            document,
            step: self.step,
            stack: stack_text(text(message, "stack")),
        });
    }

    /// `{t: "event", kind, target, prevented, stopped}`.
    fn add_event(&mut self, message: &Value, frame: Option<&str>, now_ms: f64) {
        if self.events.len() >= MOST_MESSAGES {
            return;
        }
        let (document, frame_url) = self.place_of(frame);
        self.events.push(PageEvent {
            kind: bounded(text(message, "kind")),
            target: bounded(text(message, "target")),
            prevented: truth(message, "prevented"),
            stopped: truth(message, "stopped"),
            at_ms: now_ms,
            frame_url,
            document,
            step: self.step,
        });
    }

    /// `{t: "global", name, state}`.
    fn add_global(&mut self, message: &Value, frame: Option<&str>, now_ms: f64) {
        if self.globals.len() >= MOST_MESSAGES {
            return;
        }
        self.globals.push(GlobalState {
            name: bounded(text(message, "name")),
            state: match text(message, "state") {
                "real" => Presence::Real,
                "stub" => Presence::Stub,
                _ => Presence::Absent,
            },
            at_ms: now_ms,
            document: self.place_of(frame).0,
            step: self.step,
        });
    }

    /// `{t: "held", kind, url, names}`.
    fn add_held_script(&mut self, message: &Value, frame: Option<&str>) {
        if self.held_scripts.len() >= MOST_MESSAGES {
            return;
        }
        let names = message.get("names").and_then(Value::as_array);
        let names = names.into_iter().flatten().take(40).filter_map(Value::as_str);
        self.held_scripts.push(HeldScript {
            kind: bounded(text(message, "kind")),
            url: bounded(text(message, "url")),
            names: names.map(bounded).collect(),
            document: self.place_of(frame).0,
            step: self.step,
        });
    }

    /// The document that a frame shows now, and its address.
    fn place_of(&self, frame: Option<&str>) -> (Option<usize>, String) {
        let Some(frame) = frame else { return (None, String::new()) };
        let url = self.frames.frames.get(frame).map(|frame| frame.url.clone());
        (self.frames.current_document(frame), url.unwrap_or_default())
    }

    pub(super) fn console_called(&mut self, session: &str, params: &Value, now_ms: f64) {
        if self.console.len() >= MOST_MESSAGES {
            return;
        }
        let args = params.get("args").and_then(Value::as_array);
        let words: Vec<String> = args
            .into_iter()
            .flatten()
            .take(20)
            .map(|arg| match arg.get("value") {
                Some(Value::String(text)) => text.clone(),
                Some(value) => value.to_string(),
                None => owned(arg, "description"),
            })
            .collect();
        if self.was_told(params, &words.join(" ")) {
            return;
        }
        let frame_url = self.frame_url(session, params);
        self.console.push(ConsoleMessage {
            level: owned(params, "type"),
            text: bounded(&words.join(" ")),
            at_ms: now_ms,
            step: self.step,
            frame_url,
            stack: stack(params.get("stackTrace")),
        });
    }

    /// A page that comes back from the back-forward cache tells everything
    /// that it has told before once more, with the times of then.
    fn was_told(&mut self, params: &Value, text: &str) -> bool {
        let time = params.get("timestamp").and_then(Value::as_f64).unwrap_or_default();
        let mut hasher = std::hash::DefaultHasher::new();
        std::hash::Hash::hash(&(time.to_bits(), text), &mut hasher);
        time > 0.0 && !self.told.insert(std::hash::Hasher::finish(&hasher))
    }

    /// Messages of the browser itself: blocked requests, deprecated features.
    pub(super) fn log_entry(&mut self, session: &str, params: &Value, now_ms: f64) {
        let Some(entry) = params.get("entry") else { return };
        if self.console.len() >= MOST_MESSAGES {
            return;
        }
        self.console.push(ConsoleMessage {
            level: owned(entry, "level"),
            text: bounded(text(entry, "text")),
            at_ms: now_ms,
            step: self.step,
            frame_url: self.target(session).url,
            stack: stack(entry.get("stackTrace")),
        });
    }

    pub(super) fn exception_thrown(&mut self, session: &str, params: &Value, now_ms: f64) {
        let Some(details) = params.get("exceptionDetails") else { return };
        if self.page_errors.len() >= MOST_MESSAGES {
            return;
        }
        let described = details
            .get("exception")
            .and_then(|exception| optional(exception, "description"))
            .unwrap_or_else(|| owned(details, "text"));
        let frame_url = self.frame_url(session, details);
        let mut frames = stack(details.get("stackTrace"));
        if frames.is_empty() {
            frames = stack_text(&described);
        }
        // Of what cannot be parsed nothing ran, so that there is no stack.
        if frames.is_empty()
            && let Some(url) = optional(details, "url")
        {
            let one_based = |key| number(details, key).map_or(0, |it| it as u32 + 1);
            frames.push(StackFrame {
                function: String::new(),
                url: bounded(&url),
                line: one_based("lineNumber"),
                column: one_based("columnNumber"),
            });
        }
        if self.was_told(params, &described) {
            return;
        }
        let first_line = described.lines().next().unwrap_or_default();
        self.page_errors.push(PageError {
            text: bounded(first_line),
            at_ms: now_ms,
            step: self.step,
            frame_url,
            stack: frames,
        });
    }

    fn frame_url(&self, session: &str, params: &Value) -> String {
        self.context_frame(session, params)
            .and_then(|frame| self.frames.frames.get(&frame))
            .map_or_else(|| self.target(session).url, |frame| frame.url.clone())
    }

    /// What a policy stops may never become a request: then this report is
    /// all there is.
    pub(super) fn issue_added(&mut self, session: &str, params: &Value, now_ms: f64) {
        let Some(details) = params.get("issue").and_then(|issue| issue.get("details")) else {
            return;
        };
        if let Some(details) = details.get("contentSecurityPolicyIssueDetails") {
            self.refused_by_policy(session, details, now_ms);
        } else if let Some(details) = details.get("mixedContentIssueDetails")
            && text(details, "resolutionStatus") == "MixedContentBlocked"
        {
            let of_frame = text(details, "resourceType") == "Frame";
            let (url, _) = split_fragment(text(details, "insecureURL"));
            let refusal = Refusal {
                reason: "mixed-content".to_owned(),
                resource_type: if of_frame { "Document" } else { "Other" },
                frames_only: false,
                frame: details.get("frame").map(|it| owned(it, "frameId")).unwrap_or_default(),
                url,
            };
            self.never_sent(session, refusal, now_ms);
        }
    }

    fn refused_by_policy(&mut self, session: &str, details: &Value, now_ms: f64) {
        let report_only = truth(details, "isReportOnly");
        let directive = owned(details, "violatedDirective");
        let blocked_url = owned(details, "blockedURL");
        let frame =
            details.get("frameAncestor").map(|frame| owned(frame, "frameId")).unwrap_or_default();
        if self.csp_reports.len() < MOST_MESSAGES {
            self.csp_reports.push(CspReport {
                blocked_url: bounded(&blocked_url),
                directive: directive.clone(),
                document_url: self.target(session).url,
                step: self.step,
                report_only,
            });
        }
        let (url, _) = split_fragment(&blocked_url);
        if report_only || self.is_reported_again(session, &url, &directive, details, now_ms) {
            return;
        }
        let refusal = Refusal {
            reason: format!("csp:{directive}"),
            resource_type: resource_type_of(&directive),
            frames_only: matches!(&*directive, "frame-src" | "child-src" | "fenced-frame-src"),
            frame,
            url,
        };
        self.never_sent(session, refusal, now_ms);
    }

    fn never_sent(&mut self, session: &str, refusal: Refusal, now_ms: f64) {
        let Refusal { reason, resource_type, frames_only, frame: frame_id, url } = refusal;
        if !leaves_the_browser(&url) {
            return;
        }
        // A load that failed tells that a policy forbade it, not which part.
        let unnamed = Outcome::Blocked(reason.split(':').next().unwrap_or_default().to_owned());
        let reason = Outcome::Blocked(reason);
        let first = self.requests.len().saturating_sub(500);
        let mut first_named = None;
        let mut pending = None;
        let mut redirected = false;
        for index in first..self.requests.len() {
            let (request, facts) = (&self.requests[index], &self.facts[index]);
            let ours = facts.session.as_deref().is_none_or(|known| known == session);
            // Of a frame's address only the origin is told.
            let named = request.url == url
                || (frames_only
                    && request.resource_type == "Document"
                    && request.url.strip_prefix(&*url).is_some_and(|rest| rest.starts_with('/')));
            if !named || !ours || now_ms - request.started_ms >= REPORT_WINDOW_MS {
                continue;
            }
            match &request.outcome {
                told if *told == unnamed => {
                    first_named.get_or_insert(index);
                }
                // What reached the network service was not stopped before it.
                Outcome::Pending if !facts.seen_by_fetch && !facts.answered => {
                    pending.get_or_insert(index);
                }
                // The policy refused where it was redirected to; a report
                // names the URL that the page knows.
                Outcome::Delivered | Outcome::Stubbed if is_redirect(request) => redirected = true,
                _ => {}
            }
        }
        if let Some(index) = first_named.or(pending) {
            self.requests[index].outcome = reason;
            self.close(index, now_ms);
            return;
        }
        // The navigation of a frame tells its failure itself.
        if redirected || frames_only {
            return;
        }
        // The request itself may still be told; it is then the same one.
        let mut request = new_request(String::new(), url, now_ms, self.step);
        "GET".clone_into(&mut request.method);
        request.outcome = reason;
        resource_type.clone_into(&mut request.resource_type);
        request.target = self.target(session);
        request.document = self.frames.current_document(&frame_id).or_else(|| {
            let target = request.target.id.clone();
            self.frames.current_document(&target)
        });
        let frame_id = if frame_id.is_empty() { request.target.id.clone() } else { frame_id };
        request.frame = self.frame_ref(&frame_id, request.document);
        let facts = Facts { session: Some(session.to_owned()), reported: true, ..Facts::default() };
        if let Some(index) = self.add(request, facts) {
            self.close(index, now_ms);
            self.reported.push_back(index);
        }
    }

    /// Two policies that forbid one request report it one after the other.
    fn is_reported_again(
        &mut self,
        session: &str,
        url: &str,
        directive: &str,
        details: &Value,
        now_ms: f64,
    ) -> bool {
        let place = details.get("sourceCodeLocation").map(Value::to_string).unwrap_or_default();
        let node = details.get("violatingNodeId").map(Value::to_string).unwrap_or_default();
        let report = [session, url, directive, &place, &node].join("\n");
        let again = self.last_report.as_ref().is_some_and(|(last, at_ms)| {
            *last == report
                && now_ms - at_ms < SAME_REPORT_MS
                && !(place.is_empty() && node.is_empty())
        });
        self.last_report = Some((report, now_ms));
        again
    }

    /// A request that was made up from a report, now told by its agent.
    pub(super) fn find_reported(&mut self, session: &str, url: &str, now_ms: f64) -> Option<usize> {
        while self.reported.front().is_some_and(|&index| {
            !self.facts[index].reported
                || now_ms - self.requests[index].started_ms >= REPORT_WINDOW_MS
        }) {
            self.reported.pop_front();
        }
        self.reported.iter().take(500).copied().find(|&index| {
            let facts = &self.facts[index];
            facts.reported
                && facts.session.as_deref() == Some(session)
                && self.requests[index].url == url
        })
    }
}

/// What a policy refused, as a report tells it.
struct Refusal {
    reason: String,
    resource_type: &'static str,
    /// A frame was to be loaded: of its address only the origin may be told,
    /// and its navigation tells its failure itself.
    frames_only: bool,
    frame: String,
    url: String,
}

fn is_redirect(request: &Request) -> bool {
    request.response.as_ref().is_some_and(|response| (300..400).contains(&response.status))
}

fn resource_type_of(directive: &str) -> &'static str {
    match directive {
        "img-src" => "Image",
        "script-src" | "script-src-elem" => "Script",
        "connect-src" => "Fetch",
        "frame-src" | "child-src" | "form-action" => "Document",
        "style-src" | "style-src-elem" => "Stylesheet",
        _ => "Other",
    }
}

fn bounded(text: &str) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

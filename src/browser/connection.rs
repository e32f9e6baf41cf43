//! The protocol connection: commands out, events in, untyped.
//!
//! Messages are read leniently. chromiumoxide's typed events fail to parse
//! whenever Chrome adds an enum value, and the whole message would be lost.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use chromiumoxide::conn::Connection;
use chromiumoxide::error::CdpError;
use chromiumoxide::types::{CallId, EventMessage, Message, Method, MethodId};
use futures::StreamExt as _;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot, watch};

/// An event as it came: no field but the method is required.
#[derive(Debug, Clone, Deserialize)]
pub struct CdpEvent {
    pub method: String,
    #[serde(rename = "sessionId", default)]
    pub session_id: Option<String>,
    #[serde(default)]
    pub params: Value,
}

impl Method for CdpEvent {
    fn identifier(&self) -> MethodId {
        Cow::Owned(self.method.clone())
    }
}

impl EventMessage for CdpEvent {
    fn session_id(&self) -> Option<&str> {
        self.session_id.as_deref()
    }
}

/// Why a command has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Chrome refused: its message.
    #[error("{0}")]
    Refused(String),
    #[error("the connection to the browser was lost")]
    Closed,
    #[error("the browser did not answer {method} within {} s", .after.as_secs())]
    Timeout { method: &'static str, after: Duration },
}

/// A command on its way out.
#[derive(Debug)]
pub struct Outgoing {
    pub session: Option<String>,
    pub method: &'static str,
    pub params: Value,
    pub reply: Reply,
}

/// Who gets the answer.
#[derive(Debug)]
pub enum Reply {
    Nobody,
    Caller(oneshot::Sender<Result<Value, CallError>>),
    /// The dispatcher itself, with a token of its own.
    Dispatcher(DispatchToken),
}

/// What the dispatcher wants to remember about a command of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DispatchToken {
    FrameTree { session: String },
    Body { context: String, request: u32 },
}

/// Sends commands from anywhere. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    commands: mpsc::UnboundedSender<Outgoing>,
    closed: watch::Receiver<bool>,
}

/// What is done with events and with answers to the dispatcher's own commands.
/// Runs on the connection's task, in order of arrival; it must not block.
pub trait Dispatch: Send + 'static {
    fn event(&mut self, event: CdpEvent, out: &mut Vec<Outgoing>);
    fn answer(&mut self, token: DispatchToken, answer: Value);
    /// The connection is gone.
    fn closed(&mut self);
}

/// How long any single command may take.
pub const COMMAND_TIMEOUT: Duration = Duration::from_secs(30);

impl Client {
    /// Sends without waiting for the answer.
    pub fn send(&self, session: Option<&str>, method: &'static str, params: Value) {
        let outgoing =
            Outgoing { session: session.map(str::to_owned), method, params, reply: Reply::Nobody };
        // A closed connection is noticed by whoever waits for something.
        let _ = self.commands.send(outgoing);
    }

    /// Sends and waits for the result.
    pub async fn call(
        &self,
        session: Option<&str>,
        method: &'static str,
        params: Value,
    ) -> Result<Value, CallError> {
        self.call_within(session, method, params, COMMAND_TIMEOUT).await
    }

    pub async fn call_within(
        &self,
        session: Option<&str>,
        method: &'static str,
        params: Value,
        limit: Duration,
    ) -> Result<Value, CallError> {
        let (sender, receiver) = oneshot::channel();
        let outgoing = Outgoing {
            session: session.map(str::to_owned),
            method,
            params,
            reply: Reply::Caller(sender),
        };
        self.commands.send(outgoing).map_err(|_| CallError::Closed)?;
        match tokio::time::timeout(limit, receiver).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(CallError::Closed),
            Err(_) => Err(CallError::Timeout { method, after: limit }),
        }
    }

    pub fn is_closed(&self) -> bool {
        *self.closed.borrow()
    }

    /// Returns when the connection is gone.
    pub async fn wait_closed(&self) {
        let mut closed = self.closed.clone();
        // An error means that the sender is gone, and the connection with it.
        let _ = closed.wait_for(|closed| *closed).await;
    }
}

/// Connects, and starts the task that owns the connection.
pub async fn connect(
    url: &str,
    make_dispatcher: impl FnOnce(Client) -> Box<dyn Dispatch>,
) -> Result<Client, String> {
    let connection =
        Connection::<CdpEvent>::connect(url).await.map_err(|error| error.to_string())?;
    let (commands, receiver) = mpsc::unbounded_channel();
    let (closed_sender, closed) = watch::channel(false);
    let client = Client { commands, closed };
    let dispatcher = make_dispatcher(client.clone());
    tokio::spawn(pump(connection, receiver, dispatcher, closed_sender));
    Ok(client)
}

async fn pump(
    mut connection: Connection<CdpEvent>,
    mut commands: mpsc::UnboundedReceiver<Outgoing>,
    mut dispatcher: Box<dyn Dispatch>,
    closed: watch::Sender<bool>,
) {
    let mut waiting: HashMap<CallId, Reply> = HashMap::new();
    let mut out = Vec::new();
    loop {
        tokio::select! {
            command = commands.recv() => match command {
                Some(command) => submit(&mut connection, command, &mut waiting),
                None => break,
            },
            message = connection.next() => match message {
                Some(Ok(message)) => receive(message, &mut waiting, &mut *dispatcher, &mut out),
                Some(Err(CdpError::InvalidMessage(text, _))) => {
                    if let Some(message) = repair(&text) {
                        receive(message, &mut waiting, &mut *dispatcher, &mut out);
                    } else {
                        tracing::warn!(length = text.len(), "dropped an unreadable protocol message");
                    }
                }
                Some(Err(CdpError::UnexpectedWsMessage(_))) => {}
                Some(Err(_)) | None => break,
            },
        }
        for command in out.drain(..) {
            submit(&mut connection, command, &mut waiting);
        }
    }
    let _ = closed.send(true);
    dispatcher.closed();
    for (_, reply) in waiting {
        if let Reply::Caller(caller) = reply {
            let _ = caller.send(Err(CallError::Closed));
        }
    }
}

fn submit(
    connection: &mut Connection<CdpEvent>,
    command: Outgoing,
    waiting: &mut HashMap<CallId, Reply>,
) {
    let session = command.session.map(Into::into);
    match connection.submit_command(Cow::Borrowed(command.method), session, command.params) {
        Ok(id) => {
            if !matches!(command.reply, Reply::Nobody) {
                waiting.insert(id, command.reply);
            }
        }
        Err(error) => {
            if let Reply::Caller(caller) = command.reply {
                let _ = caller.send(Err(CallError::Refused(error.to_string())));
            }
        }
    }
}

fn receive(
    message: Message<CdpEvent>,
    waiting: &mut HashMap<CallId, Reply>,
    dispatcher: &mut dyn Dispatch,
    out: &mut Vec<Outgoing>,
) {
    match message {
        Message::Event(event) => dispatcher.event(event, out),
        Message::Response(response) => {
            let result = match (response.result, response.error) {
                (_, Some(error)) => Err(CallError::Refused(error.message)),
                (Some(result), None) => Ok(result),
                (None, None) => Ok(json!({})),
            };
            match waiting.remove(&response.id) {
                Some(Reply::Caller(caller)) => {
                    let _ = caller.send(result);
                }
                Some(Reply::Dispatcher(token)) => {
                    dispatcher.answer(token, result.unwrap_or_else(|_| json!({})));
                }
                Some(Reply::Nobody) | None => {}
            }
        }
    }
}

/// A page can put half of a surrogate pair into any text. Chrome passes it on
/// as an escape that JSON in Rust refuses; without this the hit in the message
/// would be lost. Such halves become U+FFFD, as a server would read them.
fn repair(text: &str) -> Option<Message<CdpEvent>> {
    serde_json::from_str(&replace_lone_surrogates(text)).ok()
}

fn replace_lone_surrogates(text: &str) -> String {
    let code = |at: usize| {
        let escape = text.get(at..at + 6)?;
        let digits = escape.strip_prefix("\\u")?;
        u32::from_str_radix(digits, 16).ok()
    };
    let mut repaired = String::with_capacity(text.len());
    let mut rest = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find('\\') {
        at += found;
        match code(at) {
            Some(0xD800..=0xDBFF) if matches!(code(at + 6), Some(0xDC00..=0xDFFF)) => at += 12,
            Some(0xD800..=0xDFFF) => {
                repaired.push_str(&text[rest..at]);
                repaired.push_str("\\ufffd");
                at += 6;
                rest = at;
            }
            // The character after a backslash belongs to the escape; it is
            // ASCII in JSON, so that the next index is a boundary.
            _ => at = (at + 2).min(text.len()),
        }
        while !text.is_char_boundary(at) {
            at += 1;
        }
    }
    repaired.push_str(&text[rest..]);
    repaired
}

#[cfg(test)]
mod tests {
    use super::{CdpEvent, repair, replace_lone_surrogates};
    use chromiumoxide::types::Message;

    #[test]
    fn lone_surrogates_do_not_lose_a_message() {
        let text = r#"{"method":"X.y","params":{"a":"\ud83d\ude00 \ud83d x \\ud83d \ude00"}}"#;
        let Some(Message::Event(CdpEvent { params, .. })) = repair(text) else {
            panic!("not an event")
        };
        assert_eq!(params["a"], "😀 \u{fffd} x \\ud83d \u{fffd}");
    }

    #[test]
    fn sound_text_is_left_alone() {
        let text = r#"{"a":"\\\"\u00e9 é \ud83d\ude00 \n"}"#;
        assert_eq!(replace_lone_surrogates(text), text);
    }

    #[test]
    fn events_need_no_more_than_a_method() {
        let event: CdpEvent = serde_json::from_str(r#"{"method":"New.thing"}"#).unwrap();
        assert_eq!(event.session_id, None);
    }
}

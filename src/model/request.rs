//! One HTTP request as it left the browser, or tried to.
//!
//! Redirect hops are requests of their own, joined by `redirected_from`.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Index of a request in [`crate::model::trace::Trace::requests`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RequestId(pub u32);

/// A request with everything that is known of it. Times are milliseconds
/// since the scenario started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    pub id: RequestId,
    pub method: String,
    /// The exact URL that was asked for, without its fragment.
    pub url: String,
    /// The fragment, which no server sees, without `#`.
    pub fragment: Option<String>,
    /// In the order in which they were sent, names as sent.
    pub headers: Vec<Header>,
    /// `None` when the request has no body.
    pub body: Option<Body>,
    /// The protocol's resource type: `Document`, `Image`, `Fetch`, `XHR`,
    /// `Ping`, `Script`, … (`Other` when unknown).
    pub resource_type: String,
    pub initiator: Initiator,
    pub frame: Option<FrameRef>,
    pub target: TargetRef,
    /// Index in `Trace::documents` of the document that sent it.
    pub document: Option<usize>,
    /// Index of the step during which it was sent.
    pub step: Option<usize>,
    pub redirected_from: Option<RequestId>,
    pub outcome: Outcome,
    pub response: Option<Response>,
    pub started_ms: f64,
    pub ended_ms: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    pub name: String,
    pub value: String,
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Body {
    /// Shared, and of large bodies not in memory.
    #[serde(with = "crate::model::packed::bytes")]
    pub bytes: Bytes,
    /// False when the browser did not hand over every byte.
    pub exact: bool,
    /// How many bytes there were; other than those above where a blob was read
    /// out of which secrets had been taken.
    pub size: usize,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Response {
    pub status: u16,
    pub status_text: String,
    pub headers: Vec<Header>,
    pub mime_type: String,
    pub protocol: String,
    pub remote_address: Option<String>,
    /// Bytes on the wire, where the browser told.
    pub encoded_bytes: Option<u64>,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Outcome {
    /// Nothing final is known: it was still under way when the run ended.
    #[default]
    Pending,
    /// A server answered; the status is in `response`.
    Delivered,
    /// Answered locally by pixelproof, after it was recorded as sent.
    Stubbed,
    /// Never sent, and why: `csp:<directive>`, `mixed-content`, `client`, …
    Blocked(String),
    /// Sent or tried, with the browser's error: `net::ERR_CONNECTION_REFUSED`.
    Failed(String),
    /// Given up by the page or the browser before an answer.
    Aborted,
    /// Answered from a cache or by a service worker: nothing went out.
    Local(String),
}

/// What made the request.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Initiator {
    /// `script`, `parser`, `preload`, `preflight`, `other`, …
    pub kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Innermost frame first, asynchronous parents after it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub stack: Vec<StackFrame>,
}

/// One frame of a JavaScript stack. Line and column are one-based.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StackFrame {
    pub function: String,
    pub url: String,
    pub line: u32,
    pub column: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameRef {
    pub id: String,
    /// URL of the document in the frame when the request was sent.
    pub url: String,
    pub parent: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetRef {
    pub kind: TargetKind,
    pub id: String,
    pub url: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    #[default]
    Page,
    Iframe,
    Worker,
    SharedWorker,
    ServiceWorker,
    Other,
}

impl Request {
    /// The first header of that name, compared without case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name))
            .map(|header| header.value.as_str())
    }

    pub fn body_bytes(&self) -> &[u8] {
        self.body.as_ref().map_or(&[], |body| &*body.bytes)
    }
}

impl Body {
    pub fn new(bytes: impl Into<Bytes>, exact: bool) -> Self {
        let bytes = bytes.into();
        Self { size: bytes.len(), bytes, exact }
    }

    /// A secret was in it that could not be taken out.
    pub fn is_left_out(&self) -> bool {
        self.bytes.is_empty() && self.size > 0
    }
}

impl Outcome {
    /// The form that machine interfaces use: `delivered`, `stubbed`,
    /// `blocked:<reason>`, `failed:<net error>`, `aborted`, `local:<source>`,
    /// `pending`.
    pub fn as_text(&self) -> String {
        match self {
            Self::Pending => "pending".to_owned(),
            Self::Delivered => "delivered".to_owned(),
            Self::Stubbed => "stubbed".to_owned(),
            Self::Blocked(reason) => format!("blocked:{reason}"),
            Self::Failed(error) => format!("failed:{error}"),
            Self::Aborted => "aborted".to_owned(),
            Self::Local(source) => format!("local:{source}"),
        }
    }

    /// Whether the request reached its endpoint, or would have if it had not
    /// been answered here.
    pub fn left_the_browser(&self) -> bool {
        matches!(self, Self::Delivered | Self::Stubbed | Self::Pending)
    }
}

impl TargetKind {
    pub fn as_text(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Iframe => "iframe",
            Self::Worker => "worker",
            Self::SharedWorker => "shared_worker",
            Self::ServiceWorker => "service_worker",
            Self::Other => "other",
        }
    }
}

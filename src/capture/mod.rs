//! Protocol events in, requests and calls out.
//!
//! [`Recorder`] is a passive store: it is fed every event of one browser
//! context, in the order of arrival, and can be asked at any time what it
//! knows. It sends nothing, waits for nothing and reads no clock; what it
//! needs from the browser it returns as [`Ask`]. Events are read leniently:
//! an unknown value, a missing field or a new event never loses a request.
//!
//! Two domains report the same request. `Network` (one agent per document or
//! worker) knows initiator, headers and outcome, but dies with its document.
//! `Fetch`, enabled on the browser session, pauses every request that reaches
//! the network service, whoever sent it, also while a page is being left.
//! `network` and `fetch` below join the two.

#![deny(clippy::disallowed_methods)]

mod bodies;
mod chain;
mod extra;
mod fetch;
mod frames;
mod lonely;
mod network;
mod page_side;
mod read;
mod recorder;
mod socket;
mod storage;

pub use crate::capture::bodies::Spill;
pub use crate::capture::fetch::Paused;
pub use crate::capture::frames::FrameState;
pub use crate::capture::recorder::{Ask, Captured, Recorder};

#[cfg(test)]
mod tests;

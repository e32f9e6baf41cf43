//! The browser: everything that knows Chrome and its DevTools protocol.
//!
//! One WebSocket connection carries flat sessions, one per target. The
//! [`hub`] task owns it: it attaches every target (pages, iframes, workers of
//! all kinds, popups) before that target runs, feeds each browser context's
//! recorder and answers paused requests at once. A [`context`] is one
//! scenario's own world; a [`tab`] walks the funnel in it.
//!
//! Of chromiumoxide this uses the connection, the fetcher and nothing else:
//! its `Page` and `Handler` ignore frames and workers in other processes and
//! drop events that their types do not know.

pub mod chrome;
pub mod connection;
pub mod context;
pub mod find;
pub mod launch;
pub mod page;

mod elements;
mod emulation;
mod hinder;
mod hub;
mod ignored;
mod keys;
mod settle;
mod spill;
pub mod tab;

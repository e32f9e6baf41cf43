//! Recorded protocol streams.

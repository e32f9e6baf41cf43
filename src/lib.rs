//! pixelproof proves that a site's marketing pixels still fire.
//!
//! ARCHITECTURE.md is the map. Modules stand in reading order, lowest layer
//! first; a module imports lower layers only.

pub mod model;

pub mod diagnostic;

pub mod capture;
pub mod snapshot;
pub mod steps;
pub mod wire;

pub mod scenario;
pub mod vendors;

pub mod checks;

pub mod browser;
pub mod report;
pub mod shop;

pub mod engine;

pub mod cli;

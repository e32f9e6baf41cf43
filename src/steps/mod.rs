//! What a scenario can do in a browser tab. One file per step holds its
//! arguments and what it does to a [`Tab`]; this file holds the table and
//! what steps may ask of a tab. Nothing here knows a browser.

pub mod tab;

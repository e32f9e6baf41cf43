//! What pages tell beside their requests and calls, so that a lost event can
//! be followed: events as the page saw them, the state of the vendors'
//! functions, scripts that wait for consent.

use serde::{Deserialize, Serialize};

/// An event of a person, or a form's, as the page saw it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageEvent {
    /// `click`, `change`, `submit`; `replaced` for a data layer that was put in
    /// the place of another one, `overwritten` for a vendor's function in whose
    /// place stands another one.
    pub kind: String,
    /// The element, without its content: `button#buy[type=submit]`; or the
    /// name of the data layer or the function.
    pub target: String,
    /// Its default action was prevented.
    pub prevented: bool,
    /// It did not come back up to the window: a handler stopped it.
    pub stopped: bool,
    pub at_ms: f64,
    pub frame_url: String,
    /// Index in `Trace::documents`.
    pub document: Option<usize>,
    pub step: Option<usize>,
}

/// How a vendor's function stands on a page from then on. Of one that never
/// was there nothing is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GlobalState {
    /// `fbq`
    pub name: String,
    pub state: Presence,
    pub at_ms: f64,
    /// Index in `Trace::documents`.
    pub document: Option<usize>,
    pub step: Option<usize>,
}

/// Ordered: the more there is, the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    Absent,
    /// The page's snippet, which only keeps calls for the library.
    Stub,
    /// The library has taken over.
    Real,
}

/// A script that no browser runs, because its type says so: how consent
/// managers keep tags from running.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldScript {
    /// `text/plain`
    pub kind: String,
    /// Its address; empty where the script stands in the page.
    pub url: String,
    /// Names of vendors' functions that it calls.
    pub names: Vec<String>,
    /// Index in `Trace::documents`.
    pub document: Option<usize>,
    pub step: Option<usize>,
}

impl Presence {
    pub fn as_text(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Stub => "stub",
            Self::Real => "real",
        }
    }
}

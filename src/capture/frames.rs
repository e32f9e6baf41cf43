//! Which documents lived in which frame, and when: what tells the sender of a
//! request that only the browser process saw.

use std::collections::{HashMap, VecDeque};

use serde_json::Value;

use crate::capture::read::{bounded_url, optional, owned, text};
use crate::model::trace::Document;

/// How long after its end a document may still send: Chrome lets unload
/// handlers run in the background for a while.
const UNLOAD_LIMIT_MS: f64 = 1_000.0;

/// Frames that are remembered after their end.
const MOST_REMOVED: usize = 1_000;

/// Navigations of which a failure may still be told.
const MOST_STARTED: usize = 200;

/// A page that navigates its frames in a loop must not fill the memory.
const MOST_DOCUMENTS: usize = 50_000;

/// A frame as it is now.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FrameState {
    pub url: String,
    pub parent: Option<String>,
    /// The session whose agents serve it now.
    pub session: String,
    /// Loader of the document in it.
    pub loader: String,
    /// Set while the frame loads: between `frameStartedLoading` (or a
    /// navigation) and `frameStoppedLoading`.
    pub loading: bool,
    /// It went into another process while it loaded, which has not told of it.
    unheard: bool,
    /// Position among the children of its parent, as first attached.
    pub order: u64,
    pub removed: bool,
    documents: Vec<usize>,
}

#[derive(Debug, Default)]
#[expect(clippy::struct_field_names, reason = "frames are what it holds")]
pub(crate) struct Frames {
    pub(crate) frames: HashMap<String, FrameState>,
    pub(crate) documents: Vec<Document>,
    /// Beside each document what its record does not show.
    lives: Vec<Life>,
    by_loader: HashMap<String, usize>,
    next_order: u64,
    /// Loader, frame and URL of the navigations that started last.
    started: VecDeque<(String, String, String)>,
    /// Frames that are gone, oldest first.
    removed: VecDeque<String>,
    /// Counts what changes the set of frames or the documents in them.
    pub(crate) generation: u64,
}

/// A document as its sender's requests need it.
#[derive(Debug, Default)]
struct Life {
    /// Its address by now: scripts may change it without another document.
    url: String,
    /// The session whose agents served it.
    session: String,
}

impl Frames {
    pub(crate) fn attached(&mut self, session: &str, id: &str, parent: Option<String>) {
        let order = self.next_order;
        self.next_order += 1;
        self.generation += 1;
        let frame = self
            .frames
            .entry(id.to_owned())
            .or_insert_with(|| FrameState { order, ..FrameState::default() });
        frame.removed = false;
        session.clone_into(&mut frame.session);
        if parent.is_some() {
            frame.parent = parent;
        }
    }

    /// `Page.frameNavigated`, or an entry of `Page.getFrameTree`.
    pub(crate) fn navigated(
        &mut self,
        session: &str,
        frame: &Value,
        now_ms: f64,
        step: Option<usize>,
    ) {
        let id = text(frame, "id");
        if id.is_empty() {
            return;
        }
        let parent = optional(frame, "parentId");
        let known = self.frames.get(id).and_then(|known| known.parent.clone());
        self.attached(session, id, parent.or(known));
        let loader = owned(frame, "loaderId");
        let mut url = bounded_url(text(frame, "url"));
        url.push_str(&bounded_url(text(frame, "urlFragment")));
        let index = if let Some(&index) = self.by_loader.get(&loader).filter(|_| !loader.is_empty())
        {
            index
        } else if self.documents.len() >= MOST_DOCUMENTS {
            return;
        } else {
            let index = self.documents.len();
            if !loader.is_empty() {
                self.by_loader.insert(loader.clone(), index);
            }
            let around = self.frames.get(id).and_then(|state| state.parent.clone());
            self.lives.push(Life { url: url.clone(), session: session.to_owned() });
            self.documents.push(Document {
                frame: id.to_owned(),
                url: url.clone(),
                main_frame: around.is_none(),
                parent: around.and_then(|parent| self.current_document(&parent)),
                committed_ms: now_ms,
                ended_ms: None,
                step,
            });
            index
        };
        let Some(state) = self.frames.get_mut(id) else { return };
        if state.documents.last() != Some(&index) {
            if let Some(document) =
                state.documents.last().and_then(|&last| self.documents.get_mut(last))
            {
                document.ended_ms.get_or_insert(now_ms);
            }
            state.documents.push(index);
        }
        state.url = url;
        state.loader = loader;
    }

    pub(crate) fn tree(&mut self, session: &str, tree: &Value, now_ms: f64, step: Option<usize>) {
        // A loop rather than recursion: a page decides how deep frames nest.
        let mut open = vec![tree];
        while let Some(node) = open.pop() {
            if let Some(frame) = node.get("frame") {
                self.navigated(session, frame, now_ms, step);
            }
            open.extend(node.get("childFrames").and_then(Value::as_array).into_iter().flatten());
        }
    }

    /// `Page.navigatedWithinDocument` and `Page.documentOpened`: the document
    /// stays, its address is another.
    pub(crate) fn within_document(&mut self, id: &str, url: &str) {
        let Some(frame) = self.frames.get_mut(id) else { return };
        frame.url = bounded_url(url);
        self.generation += 1;
        if let Some(life) = frame.documents.last().and_then(|&last| self.lives.get_mut(last)) {
            life.url.clone_from(&frame.url);
        }
    }

    /// The address of a document by now, or at its end.
    pub(crate) fn address(&self, document: usize) -> Option<&str> {
        self.lives.get(document).map(|life| life.url.as_str())
    }

    /// The session that served a document.
    pub(crate) fn session_of(&self, document: usize) -> Option<&str> {
        self.lives.get(document).map(|life| life.session.as_str())
    }

    pub(crate) fn detached(&mut self, id: &str, now_ms: f64) {
        self.generation += 1;
        let Some(frame) = self.frames.get_mut(id) else { return };
        if !std::mem::replace(&mut frame.removed, true) {
            self.removed.push_back(id.to_owned());
        }
        frame.loading = false;
        let last = frame.documents.last().copied();
        if let Some(document) = last.and_then(|last| self.documents.get_mut(last)) {
            document.ended_ms.get_or_insert(now_ms);
        }
        if self.removed.len() > MOST_REMOVED
            && let Some(oldest) = self.removed.pop_front()
            && self.frames.get(&oldest).is_some_and(|frame| frame.removed)
        {
            self.frames.remove(&oldest);
        }
    }

    pub(crate) fn loading(&mut self, id: &str, loading: bool) {
        if let Some(frame) = self.frames.get_mut(id) {
            frame.loading = loading;
            frame.unheard = false;
        }
        if loading {
            return;
        }
        // A document ends loading after the frames in it. Of one that went into
        // another process meanwhile Chrome does not always tell the end, such as
        // of a sandboxed `srcdoc`.
        let within = self.frames.values_mut().filter(|it| it.parent.as_deref() == Some(id));
        for frame in within.filter(|frame| frame.unheard) {
            frame.loading = false;
        }
    }

    pub(crate) fn swapped(&mut self, id: &str) {
        if let Some(frame) = self.frames.get_mut(id) {
            frame.unheard = true;
        }
    }

    /// `Page.frameStartedNavigating`: what may fail without ever becoming a
    /// request.
    pub(crate) fn started_navigating(&mut self, params: &Value) {
        if self.started.len() == MOST_STARTED {
            self.started.pop_front();
        }
        let url = owned(params, "url");
        self.started.push_back((owned(params, "loaderId"), owned(params, "frameId"), url));
    }

    /// Frame and URL of the navigation with that loader.
    pub(crate) fn started_by(&self, loader: &str) -> Option<(&str, &str)> {
        let (_, frame, url) = self.started.iter().rev().find(|(known, ..)| known == loader)?;
        Some((frame, url))
    }

    /// Every frame that the session served is gone.
    pub(crate) fn session_gone(&mut self, session: &str, now_ms: f64) {
        let ids: Vec<String> = self
            .frames
            .iter()
            .filter(|(_, frame)| frame.session == session && !frame.removed)
            .map(|(id, _)| id.clone())
            .collect();
        for id in ids {
            self.detached(&id, now_ms);
        }
    }

    pub(crate) fn document_of_loader(&self, loader: &str) -> Option<usize> {
        self.by_loader.get(loader).copied()
    }

    /// The document that is in the frame now.
    pub(crate) fn current_document(&self, frame: &str) -> Option<usize> {
        self.frames.get(frame)?.documents.last().copied()
    }

    /// The document of the frame that ended last, if it may still send.
    pub(crate) fn just_ended(&self, frame: &str, now_ms: f64) -> Option<usize> {
        self.frames.get(frame)?.documents.iter().rev().copied().find(|&index| {
            let ended_ms = self.documents.get(index).and_then(|document| document.ended_ms);
            ended_ms.is_some_and(|ended_ms| now_ms - ended_ms < UNLOAD_LIMIT_MS)
        })
    }

    /// The document that sent a request which its agent has not told of.
    ///
    /// `leaves`: it was being torn down when it sent, and whether the frame
    /// navigates now. While it does, that is the document still in it; else
    /// the one that ended last, unless that was so long ago that the present
    /// one must be closing. A referrer that fits another of the two decides:
    /// its page, or else its origin.
    pub(crate) fn sender(
        &self,
        frame: &str,
        referrer: &str,
        leaves: Option<bool>,
        now_ms: f64,
    ) -> Option<usize> {
        let ended = self.just_ended(frame, now_ms);
        let frame = self.frames.get(frame)?;
        let current = frame.documents.last().copied();
        let likely = match leaves {
            Some(false) if !frame.removed => ended.or(current),
            _ => current,
        };
        let last = frame.documents.iter().rev().nth(1).copied();
        // To other sites the origin alone is told, which is no page's address.
        let is_page = referrer.splitn(4, '/').nth(3).is_some_and(|path| !path.is_empty());
        let refers = |document: &usize| {
            let Some(address) = self.address(*document) else { return false };
            if is_page {
                address.split('#').next() == Some(referrer)
            } else {
                !referrer.is_empty() && address.starts_with(referrer)
            }
        };
        [likely, ended, current, last].into_iter().flatten().find(refers).or(likely)
    }

    /// Whether the navigation that the frame started last has brought no
    /// document yet. It also tells those that need no request (`about:blank`).
    pub(crate) fn has_started_another(&self, frame: &str) -> bool {
        self.started
            .iter()
            .rev()
            .find(|(_, navigating, _)| navigating == frame)
            .is_some_and(|(loader, ..)| !loader.is_empty() && !self.is_committed(loader))
    }

    /// Whether a document with that loader was committed.
    pub(crate) fn is_committed(&self, loader: &str) -> bool {
        self.by_loader.contains_key(loader)
    }
}

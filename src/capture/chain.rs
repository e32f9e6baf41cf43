//! The hops of one load: redirects share the Network domain's id.
//!
//! Hops are told by the Network domain of each session that is attached to
//! the sender, by the Fetch domain, and by extra information (headers as they
//! were on the wire), which comes on a way of its own, before or after. Which
//! piece belongs to which hop is told by the order alone.

use std::collections::{HashMap, VecDeque};

use crate::model::request::Header;

/// Loads of which only extra information is known, at most.
const MOST_ORPHANS: usize = 1_000;

/// Pieces that wait for their hop, at most; a browser follows 20 redirects.
const MOST_EARLY: usize = 32;

/// Whether a hop's extra information came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Extra {
    #[default]
    Awaited,
    Came,
    /// The hop never reached the network, or the browser says there is none.
    None,
}

/// What the network service said of an answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct WireAnswer {
    pub(super) status: u16,
    pub(super) headers: Vec<Header>,
}

#[derive(Debug, Default)]
pub(super) struct Chain {
    /// Indexes of requests, first hop first.
    pub(super) hops: Vec<usize>,
    /// How many of the hops each session has told.
    pub(super) tellers: Vec<(String, usize)>,
    /// Several sessions on one worker tell everything several times; the
    /// first one is believed.
    extra_session: Option<String>,
    pub(super) early_headers: VecDeque<Vec<Header>>,
    pub(super) early_answers: VecDeque<WireAnswer>,
}

#[derive(Debug, Default)]
pub(super) struct Chains {
    by_id: HashMap<String, Chain>,
    /// Made for extra information, oldest first.
    orphans: VecDeque<String>,
}

impl Chains {
    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Chain> {
        self.by_id.get_mut(id)
    }

    pub(super) fn hops(&self, id: &str) -> &[usize] {
        self.by_id.get(id).map_or(&[], |chain| &chain.hops)
    }

    pub(super) fn link(&mut self, id: &str, index: usize) {
        if id.is_empty() {
            return;
        }
        let hops = &mut self.by_id.entry(id.to_owned()).or_default().hops;
        if !hops.contains(&index) {
            hops.push(index);
        }
    }

    /// The chain that extra information told by that session belongs to.
    /// `None`: another session tells it already, or it has no id.
    pub(super) fn for_extra(&mut self, id: &str, session: &str) -> Option<&mut Chain> {
        if id.is_empty() {
            return None;
        }
        if !self.by_id.contains_key(id) {
            self.orphans.push_back(id.to_owned());
            if self.orphans.len() > MOST_ORPHANS
                && let Some(oldest) = self.orphans.pop_front()
                && self.hops(&oldest).is_empty()
            {
                self.by_id.remove(&oldest);
            }
        }
        let chain = self.by_id.entry(id.to_owned()).or_default();
        let teller = chain.extra_session.get_or_insert_with(|| session.to_owned());
        (teller == session).then_some(chain)
    }
}

impl Chain {
    pub(super) fn keep_headers(&mut self, headers: Vec<Header>) {
        if self.early_headers.len() < MOST_EARLY {
            self.early_headers.push_back(headers);
        }
    }

    pub(super) fn keep_answer(&mut self, answer: WireAnswer) {
        if self.early_answers.len() < MOST_EARLY {
            self.early_answers.push_back(answer);
        }
    }

    /// How many hops that session has told so far.
    pub(super) fn told_by(&mut self, session: &str) -> &mut usize {
        let at = self.tellers.iter().position(|(teller, _)| teller == session);
        let at = at.unwrap_or_else(|| {
            self.tellers.push((session.to_owned(), 0));
            self.tellers.len() - 1
        });
        &mut self.tellers[at].1
    }
}

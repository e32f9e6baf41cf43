//! Counts hits and calls while a scenario is played, to know when what a step
//! should bring has come. It decides nothing about right or wrong.

use std::collections::{HashMap, HashSet};

use crate::browser::context::State;
use crate::engine::cause::carries_hits;
use crate::model::hit::{Hit, HitKind};
use crate::snapshot::ExpectedHit;
use crate::vendors::{Deduplicator, Registry};

type Key = (String, String);

pub(crate) struct Watch<'a> {
    registry: &'a Registry,
    dedup: Deduplicator,
    /// Requests up to here have been decoded, but for those in `waiting`.
    next_request: usize,
    /// Requests whose body is still being fetched.
    waiting: Vec<usize>,
    next_call: usize,
    /// Hits so far, by vendor and event.
    have: HashMap<Key, usize>,
    /// Calls so far that name their event.
    named: HashMap<Key, usize>,
    /// Data layer events so far, which a tag manager may map to any event.
    pushes: HashMap<String, usize>,
    /// Expected hits so far.
    need: HashMap<Key, usize>,
    /// Expected hits that were waited for in vain: not waited for again.
    given_up: HashMap<Key, usize>,
    /// Vendors that were waited for in vain and of which nothing was seen so
    /// far: they are not waited for with every step, or a run without a tag
    /// would take one deadline a step.
    silent: HashSet<String>,
    fresh: Vec<Hit>,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(registry: &'a Registry) -> Self {
        Self {
            registry,
            dedup: Deduplicator::new(),
            next_request: 0,
            waiting: Vec::new(),
            next_call: 0,
            have: HashMap::new(),
            named: HashMap::new(),
            pushes: HashMap::new(),
            need: HashMap::new(),
            given_up: HashMap::new(),
            silent: HashSet::new(),
            fresh: Vec::new(),
        }
    }

    /// From now on the hits of this step are needed too.
    pub(crate) fn begin_step(&mut self, expected: &[ExpectedHit<'_>]) {
        for hit in expected.iter().filter(|hit| !hit.optional) {
            *self.need.entry((hit.vendor.to_owned(), hit.event.to_owned())).or_default() += 1;
        }
    }

    /// Hits that were seen since the last time.
    pub(crate) fn take_fresh(&mut self) -> Vec<Hit> {
        std::mem::take(&mut self.fresh)
    }

    /// Whether every needed hit has come or, where its library batches, has
    /// been asked for.
    pub(crate) fn is_served(&mut self, state: &State) -> bool {
        self.read(state);
        let mut pushes = self.pushes.clone();
        self.need.iter().all(|(key, need)| self.serves(key, *need, &mut pushes))
    }

    /// What [`Watch::is_served`] still waits for, in words.
    pub(crate) fn lacking(&mut self, state: &State) -> Vec<String> {
        self.read(state);
        let mut pushes = self.pushes.clone();
        let needs = self.need.iter().filter(|(key, need)| !self.serves(key, **need, &mut pushes));
        let mut lacking: Vec<String> =
            needs.map(|((vendor, event), _)| format!("no {vendor} {event} came")).collect();
        lacking.sort_unstable();
        lacking
    }

    /// `pushes` are data layer events that are mapped to no other need yet.
    fn serves(&self, key: &Key, need: usize, pushes: &mut HashMap<String, usize>) -> bool {
        let open = need.saturating_sub(self.given_up.get(key).copied().unwrap_or(0));
        let missing = open.saturating_sub(self.have.get(key).copied().unwrap_or(0));
        if missing == 0 || self.silent.contains(&key.0) {
            return true;
        }
        let Some(vendor) = self.registry.vendor(&key.0) else { return false };
        if vendor.leaving.contains(&key.1.as_str()) {
            return true;
        }
        if !vendor.batches {
            return false;
        }
        // Without a call that asked for it, a hit that waits in the library
        // belongs to the step that brought the page, whenever it leaves.
        if !vendor.is_watched || vendor.automatic.contains(&key.1) {
            return true;
        }
        let missing = open.saturating_sub(self.named.get(key).copied().unwrap_or(0));
        let left = pushes.entry(key.0.clone()).or_default();
        let mapped = missing.min(*left);
        *left -= mapped;
        mapped == missing
    }

    /// Whether every needed hit has come.
    pub(crate) fn is_complete(&mut self, state: &State) -> bool {
        self.read(state);
        self.need.iter().all(|(key, need)| {
            let given_up = self.given_up.get(key).copied().unwrap_or(0);
            self.silent.contains(&key.0)
                || self.have.get(key).copied().unwrap_or(0) + given_up >= *need
        })
    }

    /// Whether every call that names its event has led to a hit, where the
    /// library sends at once. For plays without a snapshot.
    pub(crate) fn calls_are_answered(&mut self, state: &State) -> bool {
        self.read(state);
        self.named.iter().all(|(key, called)| {
            let batches = self.registry.vendor(&key.0).is_none_or(|vendor| vendor.batches);
            let given_up = self.given_up.get(key).copied().unwrap_or(0);
            batches || self.have.get(key).copied().unwrap_or(0) + given_up >= *called
        })
    }

    /// What did not come in time is not waited for with later steps.
    pub(crate) fn give_up(&mut self) {
        for wanted in [&self.need, &self.named] {
            for (key, count) in wanted {
                let missing = count.saturating_sub(self.have.get(key).copied().unwrap_or(0));
                let given_up = self.given_up.entry(key.clone()).or_default();
                *given_up = (*given_up).max(missing);
            }
        }
        for (vendor, _) in self.need.keys() {
            if !self.have.keys().any(|(seen, _)| seen == vendor) {
                self.silent.insert(vendor.clone());
            }
        }
    }

    fn read(&mut self, state: &State) {
        let calls = state.recorder.calls();
        for call in calls.get(self.next_call..).unwrap_or_default() {
            for called in self.registry.calls(call) {
                match called.event {
                    Some(event) => *self.named.entry((called.vendor, event)).or_default() += 1,
                    None => *self.pushes.entry(called.vendor).or_default() += 1,
                }
            }
        }
        self.next_call = calls.len();
        let requests = state.recorder.requests();
        let mut open = std::mem::take(&mut self.waiting);
        open.extend(self.next_request..requests.len());
        self.next_request = requests.len();
        for index in open {
            let request = &requests[index];
            if request.body.as_ref().is_some_and(|body| !body.exact)
                && state.recorder.awaits_body(request.id)
            {
                self.waiting.push(index);
                continue;
            }
            if !carries_hits(request) {
                continue;
            }
            for hit in self.registry.hits(request, &mut self.dedup) {
                if hit.kind == HitKind::Event && request.outcome.left_the_browser() {
                    self.silent.remove(&hit.vendor);
                    *self.have.entry((hit.vendor.clone(), hit.event.clone())).or_default() += 1;
                    self.fresh.push(hit);
                }
            }
        }
    }
}

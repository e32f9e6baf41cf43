//! The case that is looked into: one event of one vendor, the steps and
//! documents in which it should have come, and how evidence is noted.

use crate::checks::trail::last::Last;
use crate::model::call::Call;
use crate::model::hit::{Hit, HitKind};
use crate::model::request::{Request, RequestId, StackFrame};
use crate::model::trace::Trace;
use crate::model::trail::{Stage, StageName, StageState};
use crate::model::vendor::CalledEvent;
use crate::vendors::Registry;
use crate::vendors::frame::probe::Probes;

/// What is asked, and where to look.
pub struct Case<'a> {
    pub trace: &'a Trace,
    pub registry: &'a Registry,
    pub probes: &'static Probes,
    pub vendor: &'a str,
    pub event: &'a str,
    pub account: Option<&'a str>,
    pub step: Option<usize>,
    /// The last step that only waits for what the step brought.
    until: usize,
    /// The events that each of the trace's calls asks for.
    called: &'a [(usize, CalledEvent)],
    /// The call that was made for it in vain.
    pub call: Option<(usize, &'a Call)>,
    pub last: Option<Last<'a>>,
    /// Events of this vendor that are expected as well: they are no other name
    /// for the one that is lost.
    pub settled: Vec<&'a str>,
    /// Every event that the site should fire is expected.
    pub knows_all: bool,
}

/// What one stage has to say.
#[derive(Debug, Clone)]
pub struct Evidence {
    pub state: StageState,
    /// It may be the cause, where nothing better is found.
    pub is_weak: bool,
    /// It could not be known if an earlier stage had not been passed.
    pub is_reached: bool,
    pub text: String,
    pub at_ms: Option<f64>,
    pub place: Option<StackFrame>,
    pub step: Option<usize>,
    pub call: Option<usize>,
    pub request: Option<RequestId>,
}

impl<'a> Case<'a> {
    pub fn new(
        trace: &'a Trace,
        registry: &'a Registry,
        (vendor, event, account): (&'a str, &'a str, Option<&'a str>),
        step: Option<usize>,
        called: &'a [(usize, CalledEvent)],
    ) -> Self {
        let waits = |step: usize| {
            trace.steps.get(step).is_some_and(|step| step.kind.starts_with("waitFor"))
        };
        let mut until = step.unwrap_or(usize::MAX);
        // What only the page tells may have been asked for at any time of it.
        let by_page =
            registry.vendor(vendor).is_some_and(|vendor| vendor.batches && !vendor.is_watched);
        if let Some(step) = step.filter(|_| by_page) {
            let mut pages = trace.documents.iter().filter(|document| document.main_frame);
            let next = pages.find_map(|page| page.step.filter(|at| *at > step));
            until = next.unwrap_or(trace.steps.len()).saturating_sub(1).max(step);
        }
        while step.is_some() && waits(until + 1) {
            until += 1;
        }
        let probes = registry.probes(vendor);
        let mut case = Self {
            trace,
            registry,
            probes,
            vendor,
            event,
            account,
            step,
            until,
            called,
            call: None,
            last: None,
            settled: Vec::new(),
            knows_all: false,
        };
        case.call = case.unanswered();
        case
    }

    /// Whether something happened with the step.
    pub fn is_within(&self, step: Option<usize>) -> bool {
        self.step.is_none_or(|from| step.is_some_and(|step| (from..=self.until).contains(&step)))
    }

    /// Whether a document was shown while the step was played.
    pub fn shows(&self, document: Option<usize>) -> bool {
        let Some(document) = document.and_then(|index| self.trace.documents.get(index)) else {
            return true;
        };
        let started = self.step.and_then(|step| self.trace.steps.get(step));
        let started_ms = started.map_or(0.0, |step| step.started_ms);
        document.ended_ms.is_none_or(|ended_ms| ended_ms >= started_ms)
            && document.step.is_none_or(|step| step <= self.until)
    }

    /// Calls with the events that they ask this vendor for.
    pub fn asked(&self) -> impl Iterator<Item = (usize, &'a Call, &'a CalledEvent)> {
        let (calls, vendor) = (&self.trace.calls, self.vendor);
        let theirs = self.called.iter().filter(move |(_, called)| called.vendor == vendor);
        theirs.filter_map(|(index, called)| Some((*index, calls.get(*index)?, called)))
    }

    /// The call that was made for the event and led to no hit: with the step,
    /// or before it on a page that it shows, waiting for the library or for
    /// consent.
    fn unanswered(&self) -> Option<(usize, &'a Call)> {
        let used = |index: usize| {
            let mut hits = self.trace.hits.iter();
            hits.any(|hit| hit.call == Some(index) && hit.vendor == self.vendor)
        };
        let calls: Vec<(usize, &Call)> = self
            .asked()
            .filter(|(index, _, called)| {
                called.event.as_deref() == Some(self.event)
                    && called.account.as_deref().is_none_or(|account| self.is_account(account))
                    && !used(*index)
            })
            .map(|(index, call, _)| (index, call))
            .collect();
        let here = calls.iter().find(|(_, call)| self.is_within(call.step));
        let waiting = calls.iter().find(|(_, call)| {
            call.document.is_some() && self.shows(call.document) && call.step < self.step
        });
        here.or(waiting).copied()
    }

    /// Whether something happened in the document of the call; without a
    /// call, in any that the step showed.
    pub fn is_home(&self, document: Option<usize>) -> bool {
        match self.call {
            Some((_, call)) if call.document.is_some() => call.document == document,
            _ => self.shows(document),
        }
    }

    /// Whether calls of the vendor's functions are seen.
    pub fn is_watched(&self) -> bool {
        self.registry.vendor(self.vendor).is_some_and(|vendor| vendor.is_watched)
    }

    /// Hits of this vendor.
    pub fn hits(&self) -> impl Iterator<Item = (usize, &'a Hit)> {
        let vendor = self.vendor;
        let hits = self.trace.hits.iter().enumerate();
        hits.filter(move |(_, hit)| hit.vendor == vendor && hit.kind == HitKind::Event)
    }

    /// Whether the account is the one that is asked about.
    pub fn is_account(&self, account: &str) -> bool {
        let bare = |account: &str| account.split('/').next().unwrap_or_default().to_owned();
        self.account.is_none_or(|wanted| wanted == account || bare(wanted) == bare(account))
    }

    /// Whether an event may be the lost one under another name: nobody expects
    /// it, and the library does not send it by itself.
    pub fn is_other(&self, event: &str) -> bool {
        let vendor = self.registry.vendor(self.vendor);
        event != self.event
            && !self.settled.contains(&event)
            && !vendor.is_some_and(|vendor| vendor.automatic.contains(event))
    }

    /// Whether the request is one for the vendor's library or configuration.
    pub fn is_library(&self, request: &Request) -> bool {
        let of_google = |slug: &str| {
            // One library serves every tag of Google's.
            matches!(slug, "ga4" | "google_ads" | "floodlight")
        };
        let theirs = self.registry.library_of(&request.url);
        let is_tag_manager = crate::checks::trail::page::container_of(request).is_some();
        !is_tag_manager
            && (theirs.is_some_and(|slug| {
                slug == self.vendor || of_google(slug) && of_google(self.vendor)
            }) || request.resource_type == "Script"
                && (self.registry.may_be_library(self.vendor, &request.url)
                    || of_google(self.vendor) && self.registry.may_be_library("ga4", &request.url)))
    }

    /// How the page would ask for the event.
    pub fn spoken(&self) -> String {
        let event = crate::checks::trail::words::short(self.event);
        if self.probes.spoken.is_empty() {
            format!("{} {event}", self.vendor)
        } else {
            self.probes.spoken.replace("{}", &event)
        }
    }

    /// The names of the vendor's functions, for sentences.
    pub fn global(&self) -> &'static str {
        self.probes.globals.first().copied().unwrap_or_default()
    }
}

impl Evidence {
    fn new(state: StageState, text: impl Into<String>) -> Self {
        Self {
            state,
            is_weak: false,
            is_reached: state == StageState::Ok,
            text: text.into(),
            at_ms: None,
            place: None,
            step: None,
            call: None,
            request: None,
        }
    }

    pub fn ok(text: impl Into<String>) -> Self {
        Self::new(StageState::Ok, text)
    }

    pub fn unknown(text: impl Into<String>) -> Self {
        Self::new(StageState::Unknown, text)
    }

    /// The event was lost here.
    pub fn broken(text: impl Into<String>) -> Self {
        Self::new(StageState::Broken, text)
    }

    /// The event was lost here, if nowhere else.
    pub fn weak(text: impl Into<String>) -> Self {
        Self { is_weak: true, ..Self::broken(text) }
    }

    /// Whatever came before it did not keep the event from coming so far.
    #[must_use]
    pub fn reached(self) -> Self {
        Self { is_reached: true, ..self }
    }

    #[must_use]
    pub fn at_call(mut self, index: usize, call: &Call) -> Self {
        self.call = Some(index);
        self.at_ms = Some(call.at_ms);
        self.step = call.step;
        self.place = call.stack.first().cloned();
        self
    }

    #[must_use]
    pub fn at_request(mut self, request: &Request) -> Self {
        self.request = Some(request.id);
        self.at_ms = Some(request.started_ms);
        self.step = request.step;
        self
    }

    #[must_use]
    pub fn at(mut self, at_ms: f64, step: Option<usize>, place: Option<&StackFrame>) -> Self {
        self.at_ms = Some(at_ms);
        self.step = step;
        self.place = place.cloned();
        self
    }

    pub fn into_stage(self, name: StageName) -> Stage {
        Stage {
            name,
            state: self.state,
            evidence: self.text,
            at_ms: self.at_ms,
            place: self.place,
            step: self.step,
            call: self.call,
            request: self.request,
        }
    }
}

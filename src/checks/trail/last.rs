//! What is kept of a good run, and what it says about a lost hit of a later
//! one. It keeps names and places only; see `model::last_good`.

use crate::checks::trail::form::accepted;
use crate::checks::trail::page::{containers, is_refused, pushed_event};
use crate::checks::trail::words::{
    call_text, container_id, path_of, place_at, short, without_query,
};
use crate::model::hit::{Hit, HitKind};
use crate::model::last_good::{
    FORMAT, LastError, LastGood, LastHit, LastPlace, LastPush, LastStep,
};
use crate::model::request::StackFrame;
use crate::model::trace::{PageError, Trace};
use crate::vendors::Registry;

/// Bounds the file that is kept.
const MOST: usize = 2_000;

/// What is to be kept of a run that passed.
pub fn remember(trace: &Trace, registry: &Registry) -> LastGood {
    let hits = trace.hits.iter().filter(|hit| hit.kind == HitKind::Event).take(MOST);
    let mut errors: Vec<LastError> = trace.page_errors.iter().take(MOST).map(error_of).collect();
    errors.dedup();
    let refused = trace.requests.iter().filter(|request| is_refused(request));
    let mut refused: Vec<String> =
        refused.take(MOST).map(|request| short(without_query(&request.url))).collect();
    refused.sort_unstable();
    refused.dedup();
    let replaced = trace.events.iter().filter(|event| event.kind == "replaced");
    let mut replaced: Vec<String> = replaced.map(|event| short(&event.target)).collect();
    replaced.sort_unstable();
    replaced.dedup();
    LastGood {
        format: FORMAT,
        steps: (0..trace.steps.len()).map(|step| step_of(trace, registry, step)).collect(),
        hits: hits.map(|hit| hit_of(trace, registry, hit)).collect(),
        containers: containers(trace).map(|(_, name)| name).collect(),
        errors,
        refused,
        replaced,
    }
}

fn step_of(trace: &Trace, registry: &Registry, step: usize) -> LastStep {
    let events = || trace.events.iter().filter(|event| event.step == Some(step));
    let calls = || trace.calls.iter().filter(|call| call.step == Some(step));
    let pushes = calls().filter_map(|call| {
        let event = short(pushed_event(call)?);
        Some(LastPush { event, place: call.stack.first().map(place_of) })
    });
    LastStep {
        label: short(&trace.steps[step].label),
        url: short(without_query(&trace.steps[step].url)),
        clicked: events().any(|event| event.kind == "click"),
        stopped: events().any(|event| event.stopped),
        submitted: calls().any(|call| call.name == "form.submit"),
        taken: events().any(|event| event.kind == "submit" && event.prevented),
        accepted: accepted(trace, registry, step),
        pushes: pushes.take(MOST).collect(),
    }
}

fn hit_of(trace: &Trace, registry: &Registry, hit: &Hit) -> LastHit {
    let call = hit.call.and_then(|call| trace.calls.get(call));
    let request = trace.requests.get(hit.request.0 as usize);
    let sent = request.map_or(&[][..], |request| &request.initiator.stack);
    let stack = call.map(|call| &*call.stack).filter(|stack| !stack.is_empty()).unwrap_or(sent);
    let step = hit.step.and_then(|step| trace.steps.get(step));
    LastHit {
        vendor: hit.vendor.clone(),
        account: short(&hit.account),
        event: short(&hit.event),
        step: step.map(|step| short(&step.label)),
        call: call.map(call_text),
        place: author(registry, &hit.vendor, stack).map(place_of),
        container: stack.iter().find_map(|frame| container_id(&frame.url)),
    }
}

/// The innermost place that is no vendor's library, nor the small function in
/// front of a data layer: who asked for it.
pub fn author<'s>(
    registry: &Registry,
    vendor: &str,
    stack: &'s [StackFrame],
) -> Option<&'s StackFrame> {
    // Of a script that another one wrote into the page, that one is told.
    let first = stack.iter().position(|frame| !frame.url.is_empty()).unwrap_or(0);
    let mut named = stack.iter().skip(first);
    let author = named.find(|frame| {
        let is_container = container_id(&frame.url).is_some();
        let is_theirs = registry.library_of(&frame.url).is_some()
            || registry.may_be_library(vendor, &frame.url);
        let is_stub = frame.function == "gtag" || frame.url.ends_with("/pixelproof-hooks.js");
        is_container || !is_theirs && !is_stub && frame.url != "pixelproof-hooks.js"
    });
    author.or_else(|| stack.first().filter(|_| first > 0))
}

fn place_of(frame: &StackFrame) -> LastPlace {
    LastPlace { url: short(without_query(&frame.url)), line: frame.line }
}

/// An error without its message, which may hold values.
pub fn error_of(error: &PageError) -> LastError {
    let kind = error.text.trim_start_matches("Uncaught ").trim_start_matches("(in promise) ");
    let url = error.stack.first().map_or(&*error.frame_url, |frame| &*frame.url);
    LastError {
        kind: short(kind.split([':', ' ']).next().unwrap_or_default()),
        url: short(without_query(url)),
        function: error.stack.first().map_or(String::new(), |frame| short(&frame.function)),
    }
}

/// The same page, whatever number its address has: of an order, of a product.
pub fn same_page(one: &str, other: &str) -> bool {
    let pieces = |url| {
        let pieces = path_of(url).split(|c: char| !c.is_ascii_alphanumeric());
        pieces.filter(|piece| !piece.contains(|c: char| c.is_ascii_digit()))
    };
    pieces(one).eq(pieces(other))
}

/// The same script, whatever host and port the site had the last time, and
/// whatever mark of its content a build has put into its name.
pub fn same_script(one: &str, other: &str) -> bool {
    let pieces = |url| {
        path_of(url).split(|c: char| !c.is_ascii_alphanumeric()).filter(|piece| !is_mark(piece))
    };
    pieces(one).eq(pieces(other))
}

/// `3f2ab9c1`: what a build names a file by, so that caches see it change.
fn is_mark(piece: &str) -> bool {
    piece.len() >= 6 && piece.contains(|c: char| c.is_ascii_digit())
}

/// What the last good run knew of a hit.
#[derive(Debug, Clone, Copy)]
pub struct Last<'a> {
    pub good: &'a LastGood,
    pub hit: Option<&'a LastHit>,
    pub step: Option<&'a LastStep>,
}

impl<'a> Last<'a> {
    /// For a hit that should come with this step: the same hit with the same
    /// step, else with any.
    pub fn of(
        good: &'a LastGood,
        vendor: &str,
        event: &str,
        account: Option<&str>,
        step: Option<(usize, &str)>,
    ) -> Self {
        let label = step.map(|(_, label)| short(label));
        let same = |hit: &&LastHit| {
            hit.vendor == vendor
                && hit.event == short(event)
                && account.is_none_or(|account| hit.account == short(account))
        };
        let hits = || good.hits.iter().filter(same);
        let hit = hits().find(|hit| hit.step == label).or_else(|| hits().next());
        let label = label.or_else(|| hit?.step.clone());
        // Labels may come twice: the one at the same place is meant.
        let labelled = |step: &&LastStep| Some(&step.label) == label.as_ref();
        let at = step.and_then(|(index, _)| good.steps.get(index)).filter(labelled);
        let step = at.or_else(|| good.steps.iter().find(labelled));
        Self { good, hit, step }
    }

    /// `last time fbq("track", "Lead") was called by theme.js:210 in step
    /// `send``.
    pub fn told(&self) -> Option<String> {
        let hit = self.hit?;
        let step = hit.step.as_ref().map_or(String::new(), |step| format!(" in step `{step}`"));
        let place = hit.place.as_ref().map(|place| place_at(&place.url, place.line));
        let container = hit.container.as_ref().map(|id| format!("the container {id}"));
        let by = container.or(place).map_or(String::new(), |by| format!(" by {by}"));
        Some(match &hit.call {
            Some(call) => format!("last time {call} was called{by}{step}"),
            None if by.is_empty() => format!("last time it came{step}"),
            None => format!("last time it was sent{by}{step}"),
        })
    }

    pub fn knew_error(&self, error: &PageError) -> bool {
        let error = error_of(error);
        let mut known = self.good.errors.iter();
        known.any(|other| {
            other.kind == error.kind
                && other.function == error.function
                && same_script(&other.url, &error.url)
        })
    }

    pub fn knew_refusal(&self, url: &str) -> bool {
        self.good.refused.iter().any(|known| same_script(known, url))
    }
}

//! What is not waited for any more, because a whole deadline was spent on it:
//! requests that never end, and what a page does over and over. It is still
//! recorded; only waiting passes it by.

use std::collections::{HashMap, HashSet};

use crate::browser::context::State;
use crate::model::call::Call;
use crate::model::request::Request;

/// What a page did that often in the later half of a wait, it does without an
/// end.
const OVER_AND_OVER: usize = 3;

#[derive(Debug, Default)]
pub(crate) struct Ignored {
    /// URLs, without query, of requests that outlasted a deadline.
    endless: HashSet<String>,
    /// Kinds of requests and calls that never ceased.
    ceaseless: HashSet<String>,
}

/// Requests, calls and changes of frames so far: anything that a page starts
/// changes one of these.
pub(crate) type Reached = (usize, usize, u64);

impl Ignored {
    pub(crate) fn reached(&self, state: &State) -> Reached {
        let (requests, calls) = (state.recorder.requests(), state.recorder.calls());
        let generation = state.recorder.frame_generation();
        if self.ceaseless.is_empty() {
            return (requests.len(), calls.len(), generation);
        }
        let new = |kind: String| !self.ceaseless.contains(&kind);
        (
            requests.iter().filter(|request| new(kind_of_request(request))).count(),
            calls.iter().filter(|call| new(kind_of_call(call))).count(),
            generation,
        )
    }

    /// Requests under way that are waited for.
    pub(crate) fn awaited<'a>(
        &'a self,
        state: &'a State,
        now_ms: f64,
    ) -> impl Iterator<Item = &'a Request> {
        state.recorder.in_flight(now_ms).filter(|request| {
            !self.endless.contains(without_query(&request.url))
                && (self.ceaseless.is_empty()
                    || !self.ceaseless.contains(&kind_of_request(request)))
        })
    }

    /// Takes what is under way for endless, and what went on through the later
    /// half of the time since then for ceaseless.
    pub(crate) fn give_up(&mut self, state: &State, since_ms: f64, now_ms: f64) {
        let open = state.recorder.in_flight(now_ms);
        self.endless.extend(open.map(|request| without_query(&request.url).to_owned()));
        self.ceaseless.extend(ceaseless(state, since_ms, now_ms).into_iter().map(|(kind, _)| kind));
    }
}

/// What the page did over and over in the later half of the time since then,
/// and how often, most frequent first.
pub(crate) fn ceaseless(state: &State, since_ms: f64, now_ms: f64) -> Vec<(String, usize)> {
    let half_ms = f64::midpoint(since_ms, now_ms);
    let requests = state.recorder.requests().iter().rev();
    let calls = state.recorder.calls().iter().rev();
    let kinds = requests
        .take_while(|request| request.started_ms >= half_ms)
        .map(kind_of_request)
        .chain(calls.take_while(|call| call.at_ms >= half_ms).map(kind_of_call));
    let mut counts: HashMap<String, usize> = HashMap::new();
    for kind in kinds {
        *counts.entry(kind).or_default() += 1;
    }
    let mut often: Vec<(String, usize)> =
        counts.into_iter().filter(|(_, count)| *count >= OVER_AND_OVER).collect();
    often.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    often
}

fn kind_of_request(request: &Request) -> String {
    format!("{} {}", request.method, without_query(&request.url))
}

/// The function with the event that it names, so that one event that a page
/// pushes all the time does not hide the others.
fn kind_of_call(call: &Call) -> String {
    let mut kind = call.name.clone();
    for argument in call.args.iter().take(2) {
        let event = argument.as_str().or_else(|| argument.get("event")?.as_str());
        if let Some(event) = event {
            kind.push(' ');
            kind.extend(event.chars().take(100));
        }
    }
    kind
}

fn without_query(url: &str) -> &str {
    url.split('?').next().unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Ignored, ceaseless};
    use crate::browser::context::{Circumstances, Context};

    fn push(context: &Context, event: &str, at_ms: f64) {
        let payload = json!({"t": "call", "name": "dataLayer.push", "args": [{"event": event}]});
        let params = json!({"name": "tell", "payload": payload.to_string()});
        context.change(|state| {
            state.recorder.event(Some("S"), "Runtime.bindingCalled", &params, at_ms);
        });
    }

    #[test]
    fn what_never_ceases_is_told_from_what_happens() {
        let context = Context::under("C".to_owned(), "tell", Circumstances::default());
        push(&context, "page_view", 10.0);
        for tick in 0..10 {
            push(&context, "tick", 100.0 * f64::from(tick));
        }
        push(&context, "purchase", 950.0);
        let mut ignored = Ignored::default();
        context.look(|state| {
            assert_eq!(ceaseless(state, 0.0, 1_000.0), [("dataLayer.push tick".to_owned(), 5)]);
            assert_eq!(ignored.reached(state).1, 12);
            ignored.give_up(state, 0.0, 1_000.0);
            assert_eq!(ignored.reached(state).1, 2);
        });
        push(&context, "tick", 1_100.0);
        assert_eq!(context.look(|state| ignored.reached(state)).1, 2);
        push(&context, "purchase", 1_200.0);
        assert_eq!(context.look(|state| ignored.reached(state)).1, 3);
    }
}

//! Who sent a hit: from the request's initiator and the call down to the
//! script of the page and the tag manager's container.

use crate::checks::trail::last::author;
use crate::checks::trail::words::{call_text, path_of, place_text, script_name, short, step_text};
use crate::model::hit::Hit;
use crate::model::request::StackFrame;
use crate::model::trace::Trace;
use crate::vendors::Registry;

/// Scripts of a chain that are told.
const MOST_SCRIPTS: usize = 4;

/// One sentence: the call, its author, and the scripts in between.
pub fn sender(trace: &Trace, registry: &Registry, hit: &Hit) -> String {
    let call = hit.call.and_then(|call| trace.calls.get(call));
    let request = trace.requests.get(hit.request.0 as usize);
    let sent = request.map_or(&[][..], |request| &request.initiator.stack);
    let stack = call.map_or(sent, |call| &*call.stack);
    let initiator = request.map(|request| (&*request.initiator.kind, &request.initiator.url));
    let mut text = match (call, author(registry, &hit.vendor, stack), initiator) {
        (Some(call), Some(frame), _) => {
            format!("{}, called by {}", call_text(call), place_text(frame))
        }
        (Some(call), None, _) => {
            let page = short(path_of(&call.frame_url));
            format!("{}, called on the page {page} before its library ran", call_text(call))
        }
        (None, Some(frame), _) => place_text(frame),
        (None, None, Some(("parser", Some(url)))) => format!("the markup of {}", script_name(url)),
        (None, None, _) => match sent.first() {
            Some(frame) => format!("{} by itself", script_name(&frame.url)),
            None => "a script that is not known".to_owned(),
        },
    };
    let chain = scripts(stack, sent);
    if chain.len() > 1 {
        text += &format!(" ({})", chain.join(" ← "));
    }
    if let Some(step) = hit.step {
        text += &format!(" in {}", step_text(trace, step));
    }
    text
}

/// The scripts of both stacks, the one that sent first, each once.
fn scripts(stack: &[StackFrame], sent: &[StackFrame]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for frame in sent.iter().chain(stack) {
        let name = script_name(&frame.url);
        if !names.contains(&name) && name != "pixelproof-hooks.js" {
            names.push(name);
        }
    }
    names.truncate(MOST_SCRIPTS);
    names
}

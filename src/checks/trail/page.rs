//! The first half of the chain: what the page and its own scripts did before
//! any vendor was asked. See `vendor` for the other half.

use crate::checks::trail::case::{Case, Evidence};
use crate::checks::trail::last::{same_page, same_script};
use crate::checks::trail::words::{
    alike, call_text, container_id, host_of, in_step, path_of, place_at, place_text, plain,
    request_text, script_name, short, step_text,
};
use crate::model::call::Call;
use crate::model::request::{Outcome, Request, RequestId, StackFrame};
use crate::model::trace::{PageError, StepOutcome, Trace};

/// The step was done.
pub fn step(case: &Case<'_>) -> Evidence {
    let undone = |outcome: &StepOutcome| *outcome != StepOutcome::Done;
    let steps = &case.trace.steps;
    let Some(index) = case.step.or_else(|| steps.iter().position(|step| undone(&step.outcome)))
    else {
        return done(case, "every step was done".to_owned());
    };
    let name = step_text(case.trace, index);
    let evidence = match steps.get(index).map(|step| &step.outcome) {
        Some(StepOutcome::Failed { message, .. } | StepOutcome::Broken { message, .. }) => {
            Evidence::broken(format!("{name} could not be done: {}", short(message)))
        }
        Some(StepOutcome::Skipped) => Evidence::broken(format!("{name} was not played")),
        _ => refused_page(case, index, &name)
            .or_else(|| elsewhere(case, index, &name))
            .unwrap_or_else(|| done(case, format!("{name} was done"))),
    };
    Evidence { step: Some(index), ..evidence }
}

/// Nothing speaks against it, which proves nothing in an archive.
fn done(case: &Case<'_>, text: String) -> Evidence {
    if case.trace.without_calls {
        return Evidence::unknown("an archive does not tell whether it was done");
    }
    Evidence::ok(text)
}

/// The step led to a page that the server answered with an error.
fn refused_page(case: &Case<'_>, index: usize, name: &str) -> Option<Evidence> {
    let mut pages = case.trace.requests.iter().rev().filter(|request| {
        request.step == Some(index)
            && request.resource_type == "Document"
            && request.frame.as_ref().is_some_and(|frame| frame.parent.is_none())
    });
    let request = pages.next().filter(|request| {
        is_refused(request) && !case.last.is_some_and(|last| last.knew_refusal(&request.url))
    })?;
    let text = format!("{name} led to an error: {}", fate(request));
    // Pages that say 404 may be whole all the same.
    let is_weak = case.last.is_none();
    Some(Evidence { is_weak, ..Evidence::broken(text) }.at_request(request))
}

/// The step led to another page than the last time: its order was refused, or
/// the page has only moved.
fn elsewhere(case: &Case<'_>, index: usize, name: &str) -> Option<Evidence> {
    let last = case.last?.step.filter(|step| !step.url.is_empty())?;
    let step = case.trace.steps.get(index).filter(|step| !step.url.is_empty())?;
    if same_page(&last.url, &step.url) {
        return None;
    }
    let (here, there) = (short(path_of(&step.url)), short(path_of(&last.url)));
    Some(Evidence::weak(format!("{name} led to {here}, and to {there} the last time")))
}

/// A click arrived, and travelled on to whoever listens further up.
pub fn event(case: &Case<'_>) -> Evidence {
    let events: Vec<_> =
        case.trace.events.iter().filter(|event| case.is_within(event.step)).collect();
    let is_click = case
        .step
        .and_then(|step| case.trace.steps.get(step))
        .is_some_and(|step| matches!(step.kind.as_str(), "click" | "doubleClick"));
    let last_step = case.last.and_then(|last| last.step);
    let stopped = events.iter().find(|event| event.stopped && event.kind != "replaced");
    if let Some(event) = stopped.filter(|_| last_step.is_some_and(|step| !step.stopped)) {
        let text = format!(
            "a handler stopped the {} on {}, so that listeners further up never saw it; last \
             time none did",
            event.kind,
            short(&event.target)
        );
        return Evidence::broken(text).at(event.at_ms, event.step, None);
    }
    let shown = events.iter().find(|event| event.kind == "click" || event.kind == "submit");
    if let Some(event) = shown {
        let more = match (event.prevented, event.stopped) {
            (_, true) => "; a handler stopped it there",
            (true, false) => "; a handler prevented its default action",
            (false, false) => "",
        };
        let text = format!("{} arrived at {}{more}", event.kind, short(&event.target));
        return Evidence::ok(text).at(event.at_ms, event.step, None);
    }
    if !is_click {
        return Evidence::unknown("the step needs no click");
    }
    if last_step.is_some_and(|step| step.clicked) {
        return Evidence::broken("no click arrived at the page; last time one did");
    }
    Evidence::unknown("no click was seen on the page")
}

/// A server said no, or none answered.
pub fn is_refused(request: &Request) -> bool {
    match &request.outcome {
        Outcome::Failed(_) | Outcome::Blocked(_) => true,
        Outcome::Delivered => {
            request.response.as_ref().is_some_and(|response| response.status >= 400)
        }
        _ => false,
    }
}

/// `POST /api/lead answered 422`.
pub fn fate(request: &Request) -> String {
    let what = request_text(request);
    match (&request.outcome, &request.response) {
        (Outcome::Blocked(reason), _) => format!("{what} was {}", blocked(reason)),
        (Outcome::Failed(error), _) => format!("{what} failed with {}", short(error)),
        (Outcome::Aborted, _) => format!("{what} was given up before an answer"),
        (_, Some(response)) => format!("{what} answered {}", response.status),
        _ => format!("{what} got no answer"),
    }
}

/// `blocked by CSP (directive script-src)`.
pub fn blocked(reason: &str) -> String {
    match reason.strip_prefix("csp:") {
        Some(directive) => format!("blocked by CSP (directive {})", short(directive)),
        None if reason == "csp" => "blocked by CSP".to_owned(),
        None if reason == "mixed-content" => "blocked as mixed content".to_owned(),
        None if reason == "client" => "blocked by a content blocker".to_owned(),
        None => format!("blocked ({})", short(reason)),
    }
}

/// The page's own scripts loaded and ran without an exception.
pub fn script(case: &Case<'_>) -> Evidence {
    let known = |error: &PageError| case.last.is_some_and(|last| last.knew_error(error));
    let of_vendor = |error: &PageError| {
        let frame = error.stack.first();
        frame.is_some_and(|frame| case.registry.library_of(&frame.url).is_some())
            || case.probes.globals.iter().any(|name| is_missing(error, name))
    };
    let errors: Vec<&PageError> =
        case.trace.page_errors.iter().filter(|error| !known(error) && !of_vendor(error)).collect();
    let place = case.last.and_then(|last| last.hit?.place.as_ref());
    let is_author = |url: &str| place.is_some_and(|place| same_script(&place.url, url));
    let here = |error: &&&PageError| {
        case.is_within(error.step) || error.stack.first().is_some_and(|it| is_author(&it.url))
    };
    // The script that sent the event the last time is heard first.
    let thrower = errors.iter().find(|error| error.stack.iter().any(|frame| is_author(&frame.url)));
    if let Some(error) = thrower.or_else(|| errors.iter().find(here)) {
        return thrown(case, error, case.last.is_none() && is_foreign(error));
    }
    let failed = case.trace.requests.iter().filter(|request| {
        request.resource_type == "Script"
            && case.shows(request.document)
            && (is_refused(request) || request.outcome == Outcome::Aborted)
            && case.registry.library_of(&request.url).is_none()
            && !case.is_library(request)
            && container_of(request).is_none()
            && !case.last.is_some_and(|last| last.knew_refusal(&request.url))
    });
    let failed: Vec<&Request> = failed.collect();
    let authors = failed.iter().find(|request| is_author(&request.url));
    if let Some(request) = authors.or(failed.first()) {
        let text =
            format!("the script {} did not load: {}", script_name(&request.url), fate(request));
        let is_weak = authors.is_none() && case.last.is_none();
        return Evidence { is_weak, ..Evidence::broken(text) }.at_request(request);
    }
    // A script that broke when the page was loaded does nothing later on.
    let since =
        |error: &&&PageError| case.step.is_none_or(|step| error.step.is_some_and(|at| at <= step));
    if let Some(error) = errors.iter().rev().find(since) {
        return thrown(case, error, case.last.is_none());
    }
    let mut asked = case.trace.requests.iter();
    if let Some(place) = place.filter(|place| place.url.contains(".js"))
        && !asked.any(|request| same_script(&request.url, &place.url))
        && case.last.and_then(|last| last.hit?.container.as_ref()).is_none()
    {
        let name = script_name(&place.url);
        return Evidence::weak(format!("the script {name} is not on the page any more"));
    }
    if case.trace.without_calls {
        return Evidence::unknown("every script loaded; an archive does not tell exceptions");
    }
    Evidence::ok("no exception, every script loaded")
}

/// Whether the error is of a script from another host than its page.
fn is_foreign(error: &PageError) -> bool {
    error.stack.first().is_some_and(|frame| host_of(&frame.url) != host_of(&error.frame_url))
}

/// Whether the error says that a script found no such name.
pub fn is_missing(error: &PageError, name: &str) -> bool {
    error.text.contains(&format!("{name} is not defined"))
        || error.text.contains(&format!("{name} is not a function"))
}

fn thrown(case: &Case<'_>, error: &PageError, is_weak: bool) -> Evidence {
    let place = error.stack.first();
    let by = place.map_or_else(|| "the page".to_owned(), place_text);
    let text = error.text.trim_start_matches("Uncaught ");
    let text = format!("{by} threw `{}`{}", short(text), in_step(case.trace, error.step));
    Evidence { is_weak, ..Evidence::broken(text) }.at(error.at_ms, error.step, place)
}

/// The event name of a data layer push of the page's own.
pub fn pushed_event(call: &Call) -> Option<&str> {
    let (queue, method) = call.name.rsplit_once('.')?;
    let is_push = method == "push" && queue != "uetq";
    let event = call.args.first().filter(|_| is_push)?.get("event")?.as_str()?;
    (!event.is_empty() && !event.starts_with("gtm.")).then_some(event)
}

/// The push that a tag manager listens for.
pub fn data_layer(case: &Case<'_>) -> Evidence {
    let pushes: Vec<(usize, &Call, &str)> = case
        .trace
        .calls
        .iter()
        .enumerate()
        .filter(|(_, call)| case.is_within(call.step))
        .filter_map(|(index, call)| Some((index, call, pushed_event(call)?)))
        .collect();
    if let Some(evidence) = unread_layer(case) {
        return evidence;
    }
    let last_step = case.last.and_then(|last| last.step);
    let by_manager = by_manager(case);
    let before = || last_step.into_iter().flat_map(|step| &step.pushes);
    let missing: Vec<_> = before()
        .filter(|push| !pushes.iter().any(|(_, _, event)| short(event) == push.event))
        .collect();
    if by_manager && !missing.is_empty() {
        let new = |event: &str| !before().any(|push| push.event == short(event));
        let near = missing.iter().find_map(|lost| {
            let like =
                |(_, _, event): &&(usize, &Call, &str)| new(event) && alike(event, &lost.event);
            Some((lost, pushes.iter().find(like)?))
        });
        if let Some((lost, (index, call, event))) = near {
            let text =
                format!("`{}` was pushed instead of `{}`{}", short(event), lost.event, from(call));
            return Evidence::broken(text).at_call(*index, call);
        }
        let lost = missing[0];
        let by = lost.place.as_ref().map(|place| place_at(&place.url, place.line));
        let by = by.map_or(String::new(), |by| format!(" by {by}"));
        let instead = match pushes.iter().find(|(_, _, event)| new(event)) {
            Some((_, _, event)) => format!("; `{}` was pushed instead", short(event)),
            None => String::new(),
        };
        let text = format!("`{}` was not pushed; last time it was{by}{instead}", lost.event);
        return Evidence::broken(text);
    }
    // Other vendors have names of their own for what was pushed.
    let is_theirs = case.global() == "dataLayer" && case.last.is_none();
    let other = pushes.iter().find(|(_, _, event)| {
        *event != case.event && plain(event) == plain(case.event) && is_theirs
    });
    if let Some((index, call, event)) = other {
        let text = format!(
            "`{}` was pushed, which is spelt otherwise than `{}`{}",
            short(event),
            short(case.event),
            from(call)
        );
        let is_weak = containers(case.trace).next().is_none();
        return Evidence { is_weak, ..Evidence::broken(text) }.at_call(*index, call);
    }
    match pushes.first() {
        Some((index, call, event)) => {
            Evidence::ok(format!("`{}` was pushed{}", short(event), from(call)))
                .at_call(*index, call)
        }
        None => {
            let text = "nothing was pushed that names an event";
            if case.last.is_none() && is_managed(case) {
                let text = format!("{text}, and it is a container that calls the vendor");
                return Evidence::weak(text);
            }
            Evidence::unknown(text)
        }
    }
}

fn from(call: &Call) -> String {
    call.stack.first().map_or(String::new(), |frame| format!(" by {}", place_text(frame)))
}

/// A data layer that no tag manager reads.
pub fn unread_layer(case: &Case<'_>) -> Option<Evidence> {
    replaced(case).or_else(|| misplaced(case))
}

/// The container reads another data layer than the page pushes to.
fn misplaced(case: &Case<'_>) -> Option<Evidence> {
    let shown = || case.trace.calls.iter().filter(|call| case.shows(call.document));
    let pushed = || shown().filter(|call| pushed_event(call).is_some());
    let (request, layer) = containers(case.trace)
        .filter(|(request, _)| case.shows(request.document))
        .find_map(|(request, _)| Some((request, layer_of(&request.url)?)))?;
    let is_to = |call: &Call| call.name.strip_suffix(".push") == Some(layer);
    let push = pushed().next().filter(|_| !pushed().any(is_to))?;
    let text = format!(
        "{} went to another data layer than `{}`, which the container reads",
        call_text(push),
        short(layer)
    );
    Some(Evidence::broken(text).at_request(request))
}

/// The name of the data layer that a container is told to read.
fn layer_of(url: &str) -> Option<&str> {
    let (_, query) = url.split_once('?')?;
    query.split(['&', '#']).find_map(|pair| pair.strip_prefix("l=")).filter(|it| !it.is_empty())
}

/// A data layer that was put in the place of the one that the tag manager
/// reads, so that pushes reach nobody; or of the one that it would have read,
/// so that what started it is gone.
fn replaced(case: &Case<'_>) -> Option<Evidence> {
    let known = |name: &str| {
        case.last.is_some_and(|last| last.good.replaced.iter().any(|known| *known == short(name)))
    };
    let mut replaced = case.trace.events.iter().filter(|event| {
        event.kind == "replaced" && case.shows(event.document) && !known(&event.target)
    });
    let (event, is_loaded) = replaced.find_map(|event| {
        let (request, _) = containers(case.trace).find(|(request, _)| {
            request.document == event.document && request.started_ms < event.at_ms
        })?;
        Some((event, request.ended_ms.is_some_and(|ended_ms| ended_ms < event.at_ms)))
    })?;
    let what = if is_loaded {
        "after the tag manager had loaded: pushes reach nobody"
    } else {
        "before the tag manager had read it: what had been pushed is lost"
    };
    let text = format!("`{}` was replaced by another {what}", short(&event.target));
    Some(Evidence::broken(text).at(event.at_ms, event.step, None))
}

/// Whether the event came from a tag manager's container the last time.
fn by_manager(case: &Case<'_>) -> bool {
    let Some(last) = case.last else { return false };
    last.hit.is_some_and(|hit| {
        // Google's tags send from within their container, without a call.
        let of_google = case.global() == "dataLayer" && hit.call.is_none();
        hit.container.is_some() || of_google && !last.good.containers.is_empty()
    })
}

/// The container of Google's, Tealium's, Adobe's or Piwik PRO's tag manager
/// that a request asks for.
///
/// Addresses: <https://developers.google.com/tag-platform/tag-manager/web>,
/// <https://docs.tealium.com/platforms/javascript/install/>,
/// <https://experienceleague.adobe.com/en/docs/experience-platform/tags/publish/environments/embed-code>.
pub fn container_of(request: &Request) -> Option<String> {
    if request.resource_type != "Script" {
        return None;
    }
    let (host, path) = (host_of(&request.url), path_of(&request.url));
    let of_others = path.ends_with("/utag.js")
        || host == "assets.adobedtm.com" && path.contains("/launch-")
        || host.ends_with(".containers.piwik.pro");
    container_id(&request.url).or_else(|| of_others.then(|| short(path)))
}

/// Requests for containers, and their names.
pub fn containers(trace: &Trace) -> impl Iterator<Item = (&Request, String)> {
    trace.requests.iter().filter_map(|request| Some((request, container_of(request)?)))
}

/// The page calls the vendor itself, and no container does.
fn is_direct(case: &Case<'_>) -> bool {
    if !case.is_watched() {
        let stack = |request: RequestId| {
            let request = case.trace.requests.get(request.0 as usize);
            request.map_or(&[][..], |request| &request.initiator.stack)
        };
        let named = |frame: &StackFrame| container_id(&frame.url).is_some();
        return !case.hits().any(|(_, hit)| stack(hit.request).iter().any(named));
    }
    // A snippet tells of the page; what a container does may be all the rest.
    let told = |event: &Option<String>| {
        event.as_deref().is_some_and(|event| !matches!(&*plain(event), "pageview" | "page"))
    };
    let mut asked = case.asked().filter(|(_, _, called)| told(&called.event));
    asked.next().is_some_and(|(_, first, _)| !by_container(first))
        && !asked.any(|(_, call, _)| by_container(call))
}

/// A container calls the vendor, and the page itself does not.
fn is_managed(case: &Case<'_>) -> bool {
    let mut asked = case.asked().map(|(_, call, _)| call).filter(|it| case.shows(it.document));
    asked.next().is_some_and(by_container) && asked.all(by_container)
}

fn by_container(call: &Call) -> bool {
    call.stack.iter().any(|frame| container_id(&frame.url).is_some())
}

/// The container answered, and one of its triggers matched.
pub fn tag_manager(case: &Case<'_>) -> Evidence {
    let by_manager = by_manager(case);
    let wanted = case.last.and_then(|last| last.hit?.container.as_deref());
    let here: Vec<(&Request, String)> =
        containers(case.trace).filter(|(request, _)| case.shows(request.document)).collect();
    if let Some((request, name)) = here.iter().find(|(request, _)| is_lost(request)) {
        let text = format!("the container {name} did not load: {}", fate(request));
        let is_weak = case.last.is_some() && !by_manager;
        return Evidence { is_weak, ..Evidence::broken(text) }.at_request(request);
    }
    let Some((request, name)) = here.first() else {
        if let Some(wanted) = wanted {
            return Evidence::broken(format!("the container {wanted} is not on the page any more"));
        }
        return Evidence::unknown("no tag manager is on the page");
    };
    let evidence = if let Some(wanted) = wanted
        && !here.iter().any(|(_, name)| name == wanted)
    {
        Evidence::broken(format!("the container is {name}, which was {wanted} the last time"))
    } else if let Some(wanted) = wanted {
        Evidence::broken(format!(
            "the container {wanted} answered, but none of its tags fired: the tag was removed or \
             paused, or its trigger does not match any more"
        ))
    } else if let Some(push) = case.trace.calls.iter().find(|call| {
        case.is_within(call.step)
            && pushed_event(call).is_some()
            && case.last.is_none()
            && !is_direct(case)
    }) {
        Evidence::weak(format!(
            "the container {name} answered and {} was there, but no tag fired on it",
            call_text(push)
        ))
    } else {
        Evidence::ok(format!("the container {name} answered"))
    };
    evidence.at_request(request)
}

/// A file that did not come: refused, failed, blocked or without an answer.
pub fn is_lost(request: &Request) -> bool {
    is_refused(request) || matches!(request.outcome, Outcome::Aborted | Outcome::Pending)
}

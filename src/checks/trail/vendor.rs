//! The second half of the chain: the vendor's function, the call, consent, and
//! the request; its library has a file of its own. See `page` for what comes before.

use crate::checks::trail::case::{Case, Evidence};
use crate::checks::trail::last::{author, same_script};
use crate::checks::trail::library::{libraries, library};
use crate::checks::trail::page::{blocked, is_lost, is_missing, unread_layer};
use crate::checks::trail::words::{
    alike, call_text, in_step, place_text, plain, script_name, short,
};
use crate::model::call::Call;
use crate::model::hit::Hit;
use crate::model::probe::{PageEvent, Presence};
use crate::model::request::{Outcome, Request};
use crate::model::trail::StageState;
use crate::vendors::frame::probe::signal_of;

/// The vendor's function is on the page: nothing, a stub, or the library's.
pub fn global(case: &Case<'_>) -> Evidence {
    let name = case.global();
    if name.is_empty() {
        return Evidence::unknown("its functions are not watched");
    }
    if let Some(error) = case.trace.page_errors.iter().find(|error| {
        case.probes.globals.iter().any(|name| is_missing(error, name))
            && (case.is_within(error.step) || case.step.is_none())
    }) {
        let by = error.stack.first().map_or_else(|| "the page".to_owned(), place_text);
        let text = format!("`{name}` was not there when {by} called it: {}", short(&error.text));
        if held(case).is_some() {
            return Evidence::unknown(text);
        }
        return Evidence::broken(text).at(error.at_ms, error.step, error.stack.first());
    }
    if let Some(event) = overwritten(case) {
        let text = format!("`{name}` was replaced by a function that is not its library's");
        return Evidence::broken(text).at(event.at_ms, event.step, None);
    }
    match state(case) {
        Some(Presence::Real) => Evidence::ok(format!("`{name}` is the library's own")),
        Some(Presence::Stub) => Evidence::ok(format!("`{name}` is there")),
        Some(Presence::Absent) => Evidence::broken(format!("`{name}` was removed from the page")),
        None if libraries(case).next().is_some() || held(case).is_some() => {
            Evidence::unknown(format!("`{name}` is not on the page"))
        }
        None => Evidence::broken(format!(
            "the tag is not on the page: there is no `{name}`, and its library was never asked \
             for{}",
            denied_at_large(case)
        )),
    }
}

/// Another function stands in the place of the vendor's.
fn overwritten<'a>(case: &Case<'a>) -> Option<&'a PageEvent> {
    case.trace.events.iter().find(|event| {
        event.kind == "overwritten"
            && case.probes.globals.contains(&&*event.target)
            && case.is_home(event.document)
            && case.call.is_none_or(|(_, call)| event.at_ms <= call.at_ms)
    })
}

/// What Google's consent mode says, in case the page loads its tags by it.
fn denied_at_large(case: &Case<'_>) -> String {
    let shown = case.trace.calls.iter().filter(|call| case.shows(call.document));
    let mut words = shown.filter_map(|call| Some((call, signal_of(call, "gtag", "ad_storage")?)));
    match words.next_back() {
        Some((call, false)) => format!("; consent is denied by {}", call_text(call)),
        _ => String::new(),
    }
}

/// How the function stands on the documents that the step showed.
pub fn state(case: &Case<'_>) -> Option<Presence> {
    let mut states = case.trace.globals.iter().filter(|global| {
        case.probes.globals.contains(&&*global.name) && case.is_home(global.document)
    });
    states.next_back().map(|global| global.state)
}

/// It was called for this event and account.
pub fn call(case: &Case<'_>) -> Evidence {
    if let Some((index, call)) = case.call {
        return asked_for(case, index, call);
    }
    if let Some(evidence) = other_account(case) {
        return evidence;
    }
    let within: Vec<_> = case.asked().filter(|(_, call, _)| case.is_within(call.step)).collect();
    let same_event = within.iter().find(|(_, _, called)| {
        called.event.as_deref() == Some(case.event) && called.account.is_some()
    });
    if let Some((index, call, called)) = same_event {
        let other = called.account.as_deref().unwrap_or_default();
        if !case.is_account(other) {
            return to_account(case, other, (*index, call)).reached();
        }
    }
    let others = || {
        let named = within.iter().filter_map(|it| Some((it, it.2.event.as_deref()?)));
        named.filter(|(_, event)| case.is_other(event))
    };
    let near = others()
        .find(|(_, event)| alike(event, case.event))
        .or_else(|| others().next().filter(|_| case.knows_all));
    if let Some(((index, call, _), _)) = near {
        let text = format!(
            "{} was called instead of {}{}",
            call_text(call),
            case.spoken(),
            by(case, call)
        );
        return Evidence::broken(text).at_call(*index, call).reached();
    }
    if let Some(evidence) = other_name(case) {
        return evidence;
    }
    if let Some((index, call)) = misspelt(case) {
        let text = format!(
            "{} was called, which the library takes for no event{}",
            call_text(call),
            by(case, call)
        );
        return Evidence::broken(text).at_call(index, call).reached();
    }
    let elsewhere = case.asked().find(|(_, call, called)| {
        called.event.as_deref() == Some(case.event) && !case.is_within(call.step)
    });
    if let Some((index, call, _)) = elsewhere.filter(|_| !case.settled.contains(&case.event)) {
        let text = format!(
            "{} was called{}{}, not here",
            call_text(call),
            in_step(case.trace, call.step),
            by(case, call)
        );
        return Evidence::broken(text).at_call(index, call);
    }
    if case.trace.without_calls {
        return Evidence::unknown("an archive does not tell calls");
    }
    let vendor = case.registry.vendor(case.vendor);
    if vendor.as_ref().is_some_and(|vendor| vendor.automatic.contains(case.event)) {
        return Evidence::unknown("the library sends it by itself");
    }
    if !case.is_watched() {
        return unasked(case);
    }
    let around = within
        .first()
        .map_or(String::new(), |(_, call, _)| format!("; {} was called", call_text(call)));
    let here = if case.step.is_some() { " with this step" } else { "" };
    Evidence::weak(format!("nothing called {}{here}{around}", case.spoken()))
}

/// Whose calls are not watched: where its library is seen to work, nobody
/// asked it.
fn unasked(case: &Case<'_>) -> Evidence {
    let name = short(case.event);
    if library(case).state == StageState::Broken || lost_on_the_way(case).is_some() {
        return Evidence::unknown("its calls are not watched");
    }
    let others = case.hits().any(|(_, hit)| {
        let request = case.trace.requests.get(hit.request.0 as usize);
        request.is_some_and(|it| it.outcome.left_the_browser() && case.is_home(it.document))
    });
    if others {
        let text =
            format!("its library sent other events of the page, and was not asked for `{name}`");
        return Evidence::weak(text);
    }
    let sender = case.last.and_then(|last| last.hit?.place.as_ref());
    let loaded = sender.filter(|sender| {
        let mut asked = case.trace.requests.iter();
        asked.any(|it| {
            same_script(&it.url, &sender.url) && !is_lost(it) && case.is_home(it.document)
        })
    });
    let library = libraries(case).next().map(|request| &request.url);
    match library.or(loaded.map(|sender| &sender.url)) {
        Some(url) => {
            let library = script_name(url);
            Evidence::weak(format!("{library} loaded, and was not asked for `{name}`"))
        }
        None => Evidence::unknown("its calls are not watched"),
    }
}

fn by(case: &Case<'_>, call: &Call) -> String {
    let author = author(case.registry, case.vendor, &call.stack);
    author.map_or(String::new(), |frame| format!(" by {}", place_text(frame)))
}

/// A call was made; whether its account is set up.
fn asked_for(case: &Case<'_>, index: usize, call: &Call) -> Evidence {
    let set_up: Vec<(usize, &Call, String)> = case
        .trace
        .calls
        .iter()
        .enumerate()
        .filter(|(_, other)| other.document == call.document)
        .filter_map(|(index, other)| Some((index, other, (case.probes.account)(other)?)))
        .collect();
    let text = format!("{} was called{}", call_text(call), by(case, call));
    if case.account.is_some()
        && !set_up.is_empty()
        && !set_up.iter().any(|(_, _, account)| case.is_account(account))
    {
        let (index, other, account) = &set_up[0];
        let evidence = to_account(case, account, (*index, other));
        // Where a hit went to the other account, that is what happened.
        let went = case.hits().any(|(_, hit)| hit.account == *account);
        return Evidence { is_weak: !went, ..evidence }.reached();
    }
    // Its queue is worked off in order, and an event needs its pixel.
    let late = set_up.iter().find(|(set_up, _, _)| *set_up > index);
    if let Some((_, other, _)) = late
        .filter(|_| case.vendor == "meta" && set_up.iter().all(|(set_up, _, _)| *set_up > index))
    {
        let text = format!("{text} before {}, and reached no pixel", call_text(other));
        return Evidence::broken(text).at_call(index, call).reached();
    }
    if case.probes.takes_over && case.global() == "fbq" && set_up.is_empty() {
        let text = format!("{text}, but no call sets up a pixel: fbq(\"init\") is missing");
        return Evidence::broken(text).at_call(index, call).reached();
    }
    // What is called in the place of the vendor's function is no proof of it;
    // nor is what a container calls that was never told to start.
    let unstarted = libraries(case).next().is_none() && unread_layer(case).is_some();
    let is_reached = overwritten(case).is_none() && !unstarted;
    Evidence { is_reached, ..Evidence::ok(text) }.at_call(index, call)
}

/// A hit went out under a name that nobody expects, where no call tells.
fn other_name(case: &Case<'_>) -> Option<Evidence> {
    let unexpected = |(_, hit): &(usize, &Hit)| {
        case.is_other(&hit.event)
            && case.is_within(hit.step)
            && case.is_account(&hit.account)
            && (alike(&hit.event, case.event) || case.knows_all)
    };
    let (_, hit) = case.hits().find(unexpected)?;
    let text = format!("`{}` was sent instead of `{}`", short(&hit.event), short(case.event));
    let evidence = Evidence::broken(text).reached();
    Some(match case.trace.requests.get(hit.request.0 as usize) {
        Some(request) => evidence.at_request(request),
        None => evidence,
    })
}

/// The event went out, to an account that is not the expected one.
fn other_account(case: &Case<'_>) -> Option<Evidence> {
    let (_, hit) = case.hits().find(|(_, hit)| {
        hit.event == case.event && case.is_within(hit.step) && !case.is_account(&hit.account)
    })?;
    let mut calls = case.trace.calls.iter().enumerate();
    let set_up = calls.find(|(_, call)| (case.probes.account)(call).as_ref() == Some(&hit.account));
    let made = hit.call.and_then(|index| Some((index, case.trace.calls.get(index)?)));
    Some(match set_up.or(made) {
        Some(call) => to_account(case, &hit.account, call).reached(),
        None => Evidence::broken(format!(
            "the account is {} instead of {}",
            short(&hit.account),
            short(case.account.unwrap_or_default())
        ))
        .reached(),
    })
}

fn to_account(case: &Case<'_>, other: &str, (index, call): (usize, &Call)) -> Evidence {
    let wanted = case.account.unwrap_or_default();
    let text = format!(
        "the account is {} instead of {}: {}{}",
        short(other),
        short(wanted),
        call_text(call),
        by(case, call)
    );
    Evidence::broken(text).at_call(index, call)
}

/// A call of the vendor's function that names the event, and that its library
/// does not take for one.
fn misspelt<'a>(case: &Case<'a>) -> Option<(usize, &'a Call)> {
    let wanted = plain(case.event);
    case.trace.calls.iter().enumerate().find(|(_, call)| {
        let theirs = case.probes.globals.iter().any(|name| {
            call.name == *name || call.name.strip_prefix(name).is_some_and(|it| it.starts_with('.'))
        }) || case.global() == "dataLayer" && call.name == "gtag";
        theirs
            && case.is_within(call.step)
            && !case.registry.calls(call).iter().any(|called| called.vendor == case.vendor)
            && call.args.iter().any(|arg| arg.as_str().is_some_and(|arg| plain(arg) == wanted))
    })
}

/// A script of the vendor's that waits for consent.
pub fn held(case: &Case<'_>) -> Option<String> {
    // One that has been set free has put its function on the page.
    let is_free = case.global() != "dataLayer" && state(case).is_some();
    let mut scripts = case.trace.held_scripts.iter().filter(|_| !is_free);
    let script = scripts.find(|script| {
        case.shows(script.document)
            && (script.names.iter().any(|name| case.probes.globals.contains(&&**name))
                || !script.url.is_empty()
                    && (case.registry.library_of(&script.url) == Some(case.vendor)
                        || case.registry.may_be_library(case.vendor, &script.url)))
    })?;
    let what = if script.url.is_empty() {
        "an inline script".to_owned()
    } else {
        script_name(&script.url)
    };
    Some(format!("{what} has the type {}, so that it waits for consent", short(&script.kind)))
}

/// The last word on consent before the event, if it is a refusal.
pub fn denied<'a>(case: &Case<'a>) -> Option<(usize, &'a Call)> {
    let asked = case.call.map(|(index, call)| (index, call.document));
    let words = case.trace.calls.iter().enumerate().filter(|(_, call)| match asked {
        Some((_, document)) => call.document == document,
        None => case.shows(call.document),
    });
    let mut spoken =
        words.filter_map(|(index, call)| Some((index, call, (case.probes.consent)(call)?)));
    let (index, call, granted) = spoken.next_back()?;
    (!granted).then_some((index, call))
}

/// Consent lets the event go.
pub fn consent(case: &Case<'_>) -> Evidence {
    let asked = libraries(case).next().is_some();
    if let Some((index, call)) = denied(case) {
        let text = format!("consent is denied by {}{}", call_text(call), by(case, call));
        if case.probes.holds_back || !asked {
            return Evidence::broken(format!("{text}, and nothing grants it")).at_call(index, call);
        }
        return Evidence::ok(format!("{text}; events go all the same")).at_call(index, call);
    }
    if let Some(text) = held(case).filter(|_| !asked) {
        return Evidence::broken(text);
    }
    let mut calls = case.trace.calls.iter().enumerate();
    match calls.rfind(|(_, call)| (case.probes.consent)(call) == Some(true)) {
        Some((index, call)) => {
            Evidence::ok(format!("granted by {}", call_text(call))).at_call(index, call)
        }
        None => Evidence::unknown("nothing on the page speaks of consent to this vendor"),
    }
}

/// The library made a request of it.
pub fn request(case: &Case<'_>) -> Evidence {
    if let Some(request) = lost_on_the_way(case) {
        return Evidence::ok("a request to the vendor was made").at_request(request);
    }
    if case.trace.without_calls {
        let here = if case.step.is_some() { " with this step" } else { "" };
        let text = format!("no request of it was made{here}; an archive does not tell why");
        return Evidence::weak(text);
    }
    let left = case.call.and_then(|(_, call)| {
        let document = case.trace.documents.get(call.document?)?;
        let ended_ms = document.ended_ms?;
        (ended_ms - call.at_ms < 5_000.0).then_some(ended_ms - call.at_ms)
    });
    let why =
        if left.is_some() { ": the page was left before the library had sent it" } else { "" };
    let said = case.trace.console.iter().find(|message| {
        matches!(message.level.as_str(), "warning" | "error")
            && (message.text.contains("[Meta Pixel]") || message.text.contains("[Facebook Pixel]"))
            && case.vendor == "meta"
    });
    let said = said.map_or(String::new(), |it| format!("; it says `{}`", short(&it.text)));
    // Where nobody is known to have asked for it, there need be none.
    let is_weak = case.call.is_none();
    Evidence { is_weak, ..Evidence::broken(format!("no request of it was made{why}{said}")) }
}

/// A request to the vendor that never arrived, and whose events cannot be
/// read: what a policy blocks has no body.
fn lost_on_the_way<'a>(case: &Case<'a>) -> Option<&'a Request> {
    case.trace.requests.iter().find(|request| {
        case.is_within(request.step)
            && !request.outcome.left_the_browser()
            && (!matches!(request.outcome, Outcome::Local(_)) || is_swallowed(request))
            && case.registry.pixel_of(&request.url) == Some(case.vendor)
            && !case.trace.hits.iter().any(|hit| hit.request == request.id)
    })
}

/// A service worker answered it, and nothing went out.
fn is_swallowed(request: &Request) -> bool {
    request.outcome == Outcome::Local("service-worker".to_owned())
}

/// The request left the browser.
pub fn sent(case: &Case<'_>, hit: Option<&Hit>) -> Evidence {
    let of_hit = hit.and_then(|hit| case.trace.requests.get(hit.request.0 as usize));
    let Some(request) = of_hit.or_else(|| lost_on_the_way(case)) else {
        return Evidence::unknown("");
    };
    let what = "the request";
    let text = match &request.outcome {
        Outcome::Blocked(reason) => format!("{what} was {}", blocked(reason)),
        Outcome::Failed(error) => format!("{what} failed with {}", short(error)),
        Outcome::Aborted if ended_with(case, request) => {
            format!("{what} was given up because the page was left")
        }
        Outcome::Aborted => format!("{what} was given up before it was sent"),
        Outcome::Local(_) if is_swallowed(request) => {
            format!("{what} was answered by the page's service worker, and never went out")
        }
        Outcome::Local(source) => {
            format!("{what} was answered by the browser itself ({})", short(source))
        }
        Outcome::Stubbed => return Evidence::ok("it left the page").at_request(request),
        Outcome::Delivered | Outcome::Pending => {
            return Evidence::ok("it left the browser").at_request(request);
        }
    };
    Evidence::broken(text).at_request(request)
}

/// Whether the document ended with the request.
fn ended_with(case: &Case<'_>, request: &Request) -> bool {
    let document = request.document.and_then(|index| case.trace.documents.get(index));
    let ended_ms = document.and_then(|document| document.ended_ms);
    ended_ms.is_some_and(|ended_ms| {
        request.ended_ms.is_none_or(|request_ms| (request_ms - ended_ms).abs() < 1_000.0)
    })
}

/// The vendor answered.
pub fn answered(case: &Case<'_>, hit: Option<&Hit>) -> Evidence {
    let request = hit.and_then(|hit| case.trace.requests.get(hit.request.0 as usize));
    let Some(request) = request else { return Evidence::unknown("") };
    let evidence = match (&request.outcome, &request.response) {
        (Outcome::Stubbed, _) => Evidence::ok("answered here, in the vendor's place"),
        (_, Some(response)) if response.status >= 400 => {
            Evidence::broken(format!("the vendor answered {}", response.status))
        }
        (_, Some(response)) => Evidence::ok(format!("the vendor answered {}", response.status)),
        _ => Evidence::unknown("no answer was seen"),
    };
    evidence.at_request(request)
}

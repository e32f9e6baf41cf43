//! The link of the library: asked for, loaded, run, and in charge of the
//! vendor's function. See `vendor` for the links around it.

use crate::checks::trail::case::{Case, Evidence};
use crate::checks::trail::page::{blocked, fate, is_lost};
use crate::checks::trail::vendor::{denied, held, state};
use crate::checks::trail::words::{script_name, short, without_query};
use crate::model::probe::Presence;
use crate::model::request::{Outcome, Request};

/// Requests for the vendor's library and its configuration, on the documents
/// that the step showed.
pub fn libraries<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a Request> {
    let theirs: Vec<&Request> = case
        .trace
        .requests
        .iter()
        .filter(|request| case.is_library(request) && case.is_home(request.document))
        .collect();
    theirs.into_iter()
}

/// Whether the library sent a hit from the same document: then it runs.
fn works(case: &Case<'_>) -> bool {
    case.hits().any(|(_, hit)| {
        let request = case.trace.requests.get(hit.request.0 as usize);
        request.is_some_and(|request| {
            let mut stack = request.initiator.stack.iter();
            let by_library = hit.call.is_some()
                || stack.any(|frame| case.registry.may_be_library(case.vendor, &frame.url));
            by_library && request.outcome.left_the_browser() && case.is_home(request.document)
        })
    })
}

/// The vendor's library loaded.
pub fn library(case: &Case<'_>) -> Evidence {
    let requests: Vec<&Request> = libraries(case).collect();
    // A library that was asked for twice may have come once.
    let lost = requests.iter().find(|lost| {
        let arrived = |other: &&&Request| {
            without_query(&other.url) == without_query(&lost.url)
                && other.document == lost.document
                && !is_lost(other)
        };
        is_lost(lost) && !requests.iter().any(|other| arrived(&other))
    });
    if let Some(request) = lost.filter(|_| !works(case)) {
        let name = script_name(&request.url);
        let text = match &request.outcome {
            Outcome::Blocked(reason) => format!("the library {name} was {}", blocked(reason)),
            Outcome::Failed(error) => format!("the library {name} did not load: {}", short(error)),
            Outcome::Aborted | Outcome::Pending => {
                format!("the library {name} did not load: no answer came")
            }
            _ => format!("the library {name} did not load: {}", fate(request)),
        };
        return Evidence::broken(text).at_request(request);
    }
    let Some(request) = requests.first() else {
        if denied(case).is_some() || held(case).is_some() {
            return Evidence::unknown("it was not asked for");
        }
        if !case.is_watched() || case.trace.without_calls {
            return Evidence::unknown("no request for it was seen");
        }
        if works(case) {
            return Evidence::ok("it sent other events");
        }
        return Evidence::broken("the library was never asked for");
    };
    let name = script_name(&request.url);
    if let Some(complaint) = refused_by_browser(case, &requests) {
        return Evidence::broken(format!(
            "the browser did not run the library {name}: {complaint}"
        ))
        .at_request(request);
    }
    let thrown = case.trace.page_errors.iter().find(|error| {
        let place = error.stack.first();
        place.is_some_and(|place| requests.iter().any(|request| request.url == place.url))
    });
    let state = state(case);
    if !works(case) && (state == Some(Presence::Stub) && case.probes.takes_over || thrown.is_some())
    {
        let text = match thrown {
            Some(error) => format!("the library {name} threw `{}`", short(&error.text)),
            None => format!("the library {name} came, but did not take over `{}`", case.global()),
        };
        return Evidence::broken(text).at_request(request);
    }
    Evidence::ok(format!("{name} loaded")).at_request(request)
}

/// What Chrome says of a script that came and must not run: its integrity, its
/// MIME type.
fn refused_by_browser(case: &Case<'_>, requests: &[&Request]) -> Option<String> {
    let message = case.trace.console.iter().find(|message| {
        message.level == "error"
            && ["integrity", "MIME type"].iter().any(|word| message.text.contains(word))
            && requests.iter().any(|it| message.text.contains(without_query(&it.url)))
    })?;
    let what = if message.text.contains("integrity") {
        "its content is not what the integrity attribute says"
    } else {
        "its MIME type is that of no script"
    };
    Some(what.to_owned())
}

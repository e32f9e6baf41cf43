//! Walks the chain of one event, stage by stage, and names the link at which
//! it was lost. What each stage looks at stands in `page` and `vendor`.

use crate::checks::trail::case::{Case, Evidence};
use crate::checks::trail::sender::sender;
use crate::checks::trail::{form, library, page, vendor};
use crate::model::hit::Hit;
use crate::model::trail::{Stage, StageName, StageState, Trail};

/// The trail of an event of which no hit came as it should.
pub fn missing(case: &Case<'_>, findings: Vec<usize>) -> Trail {
    let near = near_hit(case);
    let hit = near.map(|(_, hit)| hit);
    let mut stages = evidence(case, hit);
    let proven = proven(&stages);
    for (name, evidence) in &mut stages {
        let is_past = proven.is_some_and(|proven| *name < proven);
        if is_past {
            clear(*name, evidence);
        }
    }
    // What was never asked for cannot have been lost later; but a tag that
    // waits for consent is asked for nothing.
    let is_uncalled =
        stages.iter().any(|(name, it)| *name == StageName::Call && it.state == StageState::Broken);
    let is_held = is_uncalled && vendor::held(case).is_some();
    let counts = |name: StageName| {
        !is_uncalled || name <= StageName::Call || is_held && name == StageName::Consent
    };
    let broken = |weak: bool| {
        stages.iter().position(|(name, it)| {
            it.state == StageState::Broken && it.is_weak == weak && counts(*name)
        })
    };
    let lost_at = broken(false).or_else(|| broken(true));
    let summary = match lost_at.map(|at| &stages[at]) {
        Some((name, evidence)) => told(case, *name, evidence),
        None => "nothing on the page tells where it was lost".to_owned(),
    };
    Trail { stages: finished(stages, lost_at), summary, hit: None, ..trail(case, findings) }
}

/// The trail of a hit that is there.
pub fn seen(case: &Case<'_>, index: usize, hit: &Hit, findings: Vec<usize>) -> Trail {
    let mut stages = evidence(case, Some(hit));
    for (name, evidence) in &mut stages {
        if *name < StageName::Sent {
            clear(*name, evidence);
        }
    }
    let lost_at = stages.iter().position(|(_, evidence)| evidence.state == StageState::Broken);
    Trail {
        summary: sender(case.trace, case.registry, hit),
        stages: finished(stages, lost_at),
        hit: Some(index),
        ..trail(case, findings)
    }
}

/// The event came past this link. What was seen there is told all the same;
/// what was concluded is wrong.
fn clear(name: StageName, evidence: &mut Evidence) {
    if evidence.state != StageState::Broken {
        return;
    }
    if name <= StageName::Script {
        evidence.state = StageState::Unknown;
    } else {
        *evidence = Evidence::ok("the event came past it");
    }
}

fn trail(case: &Case<'_>, findings: Vec<usize>) -> Trail {
    Trail {
        vendor: case.vendor.to_owned(),
        event: case.event.to_owned(),
        account: case.account.map(str::to_owned),
        step: case.step,
        hit: None,
        summary: String::new(),
        stages: Vec::new(),
        findings,
    }
}

/// The hit itself, where it was made but never arrived.
fn near_hit<'a>(case: &Case<'a>) -> Option<(usize, &'a Hit)> {
    case.hits().find(|(_, hit)| {
        hit.event == case.event
            && case.is_account(&hit.account)
            && case.is_within(hit.step)
            && case.trace.requests.get(hit.request.0 as usize).is_some_and(|request| {
                !request.outcome.left_the_browser()
                    || crate::checks::trail::page::is_refused(request)
            })
    })
}

/// What every stage has to say, in the order of the chain.
fn evidence(case: &Case<'_>, hit: Option<&Hit>) -> Vec<(StageName, Evidence)> {
    let of = |name: StageName| match name {
        StageName::Event
        | StageName::Form
        | StageName::DataLayer
        | StageName::Global
        | StageName::Consent
            if case.trace.without_calls =>
        {
            Evidence::unknown("an archive does not tell")
        }
        StageName::Step => page::step(case),
        StageName::Event => page::event(case),
        StageName::Form => form::form(case),
        StageName::Script => page::script(case),
        StageName::DataLayer => page::data_layer(case),
        StageName::TagManager => page::tag_manager(case),
        StageName::Global => vendor::global(case),
        StageName::Call => called(case, hit),
        StageName::Library => library::library(case),
        StageName::Consent => vendor::consent(case),
        StageName::Request => match hit {
            Some(hit) => made(case, hit),
            None => vendor::request(case),
        },
        StageName::Sent => vendor::sent(case, hit),
        StageName::Answered => vendor::answered(case, hit),
    };
    StageName::ALL.into_iter().map(|name| (name, of(name))).collect()
}

fn called(case: &Case<'_>, hit: Option<&Hit>) -> Evidence {
    let call = hit.and_then(|hit| Some((hit.call?, case.trace.calls.get(hit.call?)?)));
    match call {
        Some((index, call)) => {
            let text = crate::checks::trail::words::call_text(call);
            Evidence::ok(format!("{text} was called")).at_call(index, call)
        }
        None => vendor::call(case),
    }
}

fn made(case: &Case<'_>, hit: &Hit) -> Evidence {
    let evidence = Evidence::ok("a request of it was made");
    match case.trace.requests.get(hit.request.0 as usize) {
        Some(request) => evidence.at_request(request),
        None => evidence,
    }
}

/// The last stage that was passed for sure: whatever seems wrong before it
/// did not keep the event from coming so far.
fn proven(stages: &[(StageName, Evidence)]) -> Option<StageName> {
    let mut proofs = stages.iter().rev();
    let is_proof = |(name, evidence): &&(StageName, Evidence)| {
        matches!(name, StageName::Call | StageName::Request | StageName::Sent)
            && evidence.is_reached
    };
    proofs.find(is_proof).map(|(name, _)| *name)
}

/// Behind the link that broke nothing was reached.
fn finished(stages: Vec<(StageName, Evidence)>, lost_at: Option<usize>) -> Vec<Stage> {
    let stages = stages.into_iter().enumerate().map(|(at, (name, mut evidence))| {
        if lost_at.is_some_and(|lost_at| at > lost_at) {
            evidence = Evidence { state: StageState::NotReached, ..Evidence::unknown("") };
        } else if lost_at != Some(at) && evidence.state == StageState::Broken {
            // A guess that something better has made needless.
            evidence.state = StageState::Unknown;
        }
        evidence.into_stage(name)
    });
    stages.collect()
}

/// The paragraph: the link, its evidence, and what was otherwise the last time.
fn told(case: &Case<'_>, name: StageName, evidence: &Evidence) -> String {
    let mut text = format!("{}: {}", name.as_text(), evidence.text);
    let asks_who = name <= StageName::Call;
    if let Some(last) = case.last.filter(|_| asks_who).and_then(|last| last.told()) {
        text = format!("{text}; {last}");
    }
    text
}

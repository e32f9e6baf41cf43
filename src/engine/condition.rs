//! Conditions under which a scenario is played once more: a visitor with a
//! content blocker, on a slow network or machine, with a browser that keeps
//! few cookies, without network, or where a script fails. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use adblock::Engine;
use adblock::lists::{FilterSet, ParseOptions};
use adblock::request::Request as BlockerRequest;

use crate::browser::context::{Asked, Circumstances, Refuses};
use crate::engine::{PlannedScenario, run_finding};
use crate::model::condition::ConditionKind;
use crate::model::finding::{Finding, Severity};
use crate::model::hit::{Hit, HitKind, ParamClass};
use crate::model::run::ScenarioReport;
use crate::model::trace::Trace;
use crate::scenario::{Scenario, slug};

/// One of them.
#[derive(Clone)]
pub struct Condition {
    kind: ConditionKind,
    /// Where it is block lists: what they refuse.
    blocker: Option<Arc<Blocker>>,
}

/// Filter lists in the syntax of Adblock Plus, uBlock Origin and EasyList.
pub struct Blocker(Engine);

/// What Safari makes of cookies that scripts write, as a script of its own in
/// every document.
const SHORT_COOKIES: &str = include_str!("itp.js");

/// An exception that nothing catches, when the page's own handlers stand.
const THROW_AT_LOAD: &str = "if (self === top) addEventListener('load', () => { \
    throw new Error('an exception that a condition of pixelproof asked for'); });";

impl Condition {
    /// `lists` are the texts of its block lists, where it has some.
    pub fn new(kind: ConditionKind, lists: &[String]) -> Self {
        let blocker = matches!(kind, ConditionKind::BlockLists(_)).then(|| {
            let mut filters = FilterSet::new(false);
            for list in lists {
                filters.add_filter_list(list.clone(), ParseOptions::default());
            }
            Arc::new(Blocker(Engine::new_with_filter_set(filters)))
        });
        Self { kind, blocker }
    }

    pub fn kind(&self) -> &ConditionKind {
        &self.kind
    }

    pub(crate) fn circumstances(&self) -> Circumstances {
        let refuses = self.blocker.clone().map(|blocker| -> Refuses {
            Arc::new(move |asked: &Asked<'_>| blocker.refuses(asked))
        });
        let plain = Circumstances { refuses, ..Circumstances::default() };
        match self.kind {
            ConditionKind::Slow3g => Circumstances { network: Some((50_000.0, 400.0)), ..plain },
            ConditionKind::Fast3g => Circumstances { network: Some((200_000.0, 150.0)), ..plain },
            ConditionKind::SlowCpu => Circumstances { cpu: Some(4.0), ..plain },
            ConditionKind::Itp => {
                Circumstances { own_cookies_only: true, script: Some(SHORT_COOKIES), ..plain }
            }
            ConditionKind::Etp => Circumstances { own_cookies_only: true, ..plain },
            ConditionKind::Exception(None) => {
                Circumstances { script: Some(THROW_AT_LOAD), ..plain }
            }
            ConditionKind::Offline(_)
            | ConditionKind::Exception(Some(_))
            | ConditionKind::BlockLists(_) => plain,
        }
    }

    /// The step after which there is no network, in a scenario of so many.
    pub(crate) fn offline_after(&self, steps: usize) -> Option<usize> {
        match self.kind {
            ConditionKind::Offline(after) => Some(after.unwrap_or(steps.saturating_sub(1))),
            _ => None,
        }
    }

    /// The step before which an exception is thrown.
    pub(crate) fn throws_before(&self) -> Option<usize> {
        match self.kind {
            ConditionKind::Exception(before) => before,
            _ => None,
        }
    }

    /// Shown behind the scenario's name.
    fn title(&self, scenario: &Scenario) -> String {
        let word = self.kind.word();
        let step = |index: usize| {
            let label = scenario.steps.get(index).and_then(|step| step.label.clone());
            label.unwrap_or_else(|| format!("step {}", index + 1))
        };
        match &self.kind {
            ConditionKind::Offline(Some(after)) => format!("{word} after {}", step(*after)),
            ConditionKind::Exception(Some(before)) => format!("{word} before {}", step(*before)),
            ConditionKind::BlockLists(files) if !files.is_empty() => {
                let stems = files.iter().filter_map(|file| file.file_stem());
                let stems: Vec<_> = stems.map(|stem| stem.to_string_lossy()).collect();
                format!("{word} by {}", stems.join(", "))
            }
            _ => word.to_owned(),
        }
    }

    /// What hits survive, in words.
    fn in_words(&self) -> &'static str {
        match self.kind {
            ConditionKind::BlockLists(_) => "the block lists",
            ConditionKind::Offline(_) => "the loss of the network",
            ConditionKind::Exception(_) => "the exception",
            _ => self.kind.word(),
        }
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.kind, formatter)
    }
}

impl Blocker {
    fn refuses(&self, asked: &Asked<'_>) -> bool {
        let kind = match asked.resource_type {
            "Document" => "subdocument",
            "Stylesheet" => "stylesheet",
            "Image" => "image",
            "Media" => "media",
            "Font" => "font",
            "Script" => "script",
            "XHR" | "Fetch" | "EventSource" => "xmlhttprequest",
            "Ping" => "ping",
            "WebSocket" => "websocket",
            _ => "other",
        };
        BlockerRequest::new(asked.url, asked.source, kind, asked.method)
            .is_ok_and(|request| self.0.check_network_request(&request).should_block())
    }
}

/// The same scenario under a condition: a play of its own, held against the
/// same snapshot, from which nothing is recorded.
pub fn under(planned: &PlannedScenario, condition: &Condition) -> PlannedScenario {
    let mut scenario = planned.scenario.clone();
    let title = condition.title(&scenario);
    scenario.slug = slug(&format!("{}-{title}", scenario.slug));
    scenario.name = format!("{} [{title}]", scenario.name);
    let hinders = condition.kind.hinders();
    if hinders {
        // Whether tags survive it is told, not demanded.
        scenario.expectations.clear();
    }
    PlannedScenario {
        scenario,
        snapshot: planned.snapshot.clone().filter(|_| !hinders),
        text: planned.text.clone(),
        snapshot_path: planned.snapshot_path.clone(),
        archive: None,
        condition: Some(condition.clone()),
        last_good: planned.last_good.clone(),
    }
}

/// Events that left the browser, by vendor and name.
fn sent(trace: &Trace) -> BTreeMap<(&str, &str), Vec<&Hit>> {
    let mut sent = BTreeMap::<_, Vec<&Hit>>::new();
    for hit in trace.hits.iter().filter(|hit| hit.kind == HitKind::Event) {
        let request = trace.requests.get(hit.request.0 as usize);
        if request.is_some_and(|request| request.outcome.left_the_browser()) {
            sent.entry((hit.vendor.as_str(), hit.event.as_str())).or_default().push(hit);
        }
    }
    sent
}

/// Which hits survived the condition, by vendor, beside those of the play
/// without it, and which parameters they have lost.
pub(crate) fn survival(condition: &Condition, plain: &Trace, under: &ScenarioReport) -> Finding {
    let (before, after) = (sent(plain), sent(&under.trace));
    let number = |sent: &BTreeMap<_, Vec<&Hit>>, event| sent.get(event).map_or(0, Vec::len);
    let mut counts = BTreeMap::<&str, (usize, usize)>::new();
    for (event, hits) in &before {
        let (survived, all) = counts.entry(event.0).or_default();
        *survived += number(&after, event).min(hits.len());
        *all += hits.len();
    }
    let mut details: Vec<String> = counts
        .iter()
        .map(|(vendor, (survived, all))| format!("{vendor}: {survived} of {all} hits came through"))
        .collect();
    for (event, hits) in &after {
        let usual = number(&before, event);
        if hits.len() > usual {
            let (vendor, name) = event;
            details.push(format!("{vendor} {name} was sent {} times, else {usual}", hits.len()));
        }
    }
    let names = |hits: &[&Hit]| -> BTreeSet<String> {
        let params = hits.iter().flat_map(|hit| &hit.params);
        let told =
            params.filter(|it| matches!(it.class, ParamClass::Business | ParamClass::Identifier));
        told.map(|it| it.wire.clone()).collect()
    };
    for (event, hits) in &before {
        let Some(left) = after.get(event) else { continue };
        let left = names(left);
        let lost: Vec<String> = names(hits).difference(&left).cloned().collect();
        if !lost.is_empty() {
            details.push(format!("{} {} came without {}", event.0, event.1, lost.join(", ")));
        }
    }
    let sum = |pick: fn(&(usize, usize)) -> usize| counts.values().map(pick).sum::<usize>();
    let (survived, all) = (sum(|it| it.0), sum(|it| it.1));
    let message = format!("{survived} of {all} hits survive {}", condition.in_words());
    let code = format!("condition-{}", condition.kind.word());
    let mut finding = run_finding(&code, message, details, None);
    finding.severity = Severity::Info;
    finding
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_refuse_what_they_name() {
        let lists =
            ["||tracker.example^$third-party\n/collect?$ping".to_owned(), "! comment".to_owned()];
        let condition = Condition::new(ConditionKind::BlockLists(Vec::new()), &lists);
        let blocker = condition.blocker.unwrap();
        let refuses = |url: &str, resource_type: &str| {
            blocker.refuses(&Asked {
                url,
                method: "GET",
                resource_type,
                source: "https://shop.example/cart",
            })
        };
        assert!(refuses("https://px.tracker.example/tr?id=1", "Image"));
        assert!(refuses("https://shop.example/collect?v=2", "Ping"));
        assert!(!refuses("https://shop.example/collect?v=2", "Image"));
        assert!(!refuses("https://shop.example/app.js", "Script"));
        assert!(!refuses("not an address", "Script"));
    }

    #[test]
    fn a_condition_is_named_by_what_it_needs() {
        let text = "steps: [reload, { click: '#a', label: send }]";
        let scenario = crate::scenario::parse(
            "a.yaml",
            text.as_bytes(),
            &crate::scenario::Variables::default(),
        );
        let scenario = scenario.unwrap();
        let title = |kind| Condition::new(kind, &[]).title(&scenario);
        assert_eq!(title(ConditionKind::Slow3g), "slow-3g");
        assert_eq!(title(ConditionKind::Offline(None)), "offline");
        assert_eq!(title(ConditionKind::Offline(Some(1))), "offline after send");
        assert_eq!(title(ConditionKind::Exception(Some(0))), "exception before step 1");
        assert_eq!(
            title(ConditionKind::BlockLists(vec!["lists/easy.txt".into(), "b.txt".into()])),
            "blocked by easy, b"
        );
        assert_eq!(title(ConditionKind::BlockLists(Vec::new())), "blocked");
    }
}

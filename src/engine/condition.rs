//! Conditions under which a scenario is played once more: a visitor with a
//! content blocker, a slow network, a slow machine. Pure.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use adblock::Engine;
use adblock::lists::{FilterSet, ParseOptions};
use adblock::request::Request as BlockerRequest;

use crate::browser::context::{Asked, Circumstances};
use crate::engine::{PlannedScenario, run_finding};
use crate::model::finding::{Finding, Severity};
use crate::model::hit::HitKind;
use crate::model::run::ScenarioReport;
use crate::model::trace::Trace;

/// One of them.
#[derive(Clone)]
pub struct Condition {
    /// Shown behind the scenario's name: `blocked`, `slow-3g`.
    pub name: String,
    /// Whose requests are refused; `None` refuses nothing.
    pub blocker: Option<Arc<Blocker>>,
    /// Bytes a second both ways and milliseconds; `None` leaves it as it is.
    pub network: Option<(f64, f64)>,
    /// How many times slower the page's own work is.
    pub cpu: Option<f64>,
}

/// Filter lists in the syntax of Adblock Plus, uBlock Origin and EasyList.
pub struct Blocker(Engine);

/// Conditions that need no list, by name.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("slow-3g", "400 kbit/s both ways, 400 ms to each answer"),
    ("fast-3g", "1.6 Mbit/s both ways, 150 ms to each answer"),
    ("slow-cpu", "scripts run four times slower"),
];

impl Condition {
    /// A built-in one.
    pub fn named(name: &str) -> Option<Self> {
        let (network, cpu) = match name {
            "slow-3g" => (Some((50_000.0, 400.0)), None),
            "fast-3g" => (Some((200_000.0, 150.0)), None),
            "slow-cpu" => (None, Some(4.0)),
            _ => return None,
        };
        Some(Self { name: name.to_owned(), blocker: None, network, cpu })
    }

    /// A visitor with these lists.
    pub fn blocked(lists: &[String]) -> Self {
        let mut filters = FilterSet::new(false);
        for list in lists {
            filters.add_filter_list(list.clone(), ParseOptions::default());
        }
        let blocker = Blocker(Engine::new_with_filter_set(filters));
        Self {
            name: "blocked".to_owned(),
            blocker: Some(Arc::new(blocker)),
            network: None,
            cpu: None,
        }
    }

    pub(crate) fn circumstances(&self) -> Circumstances {
        let blocker = self.blocker.clone();
        Circumstances {
            refuses: blocker.map(|blocker| {
                let refuses: crate::browser::context::Refuses =
                    Arc::new(move |asked: &Asked<'_>| blocker.refuses(asked));
                refuses
            }),
            network: self.network,
            cpu: self.cpu,
        }
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
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
    scenario.name = format!("{} [{}]", scenario.name, condition.name);
    scenario.slug = format!("{}-{}", scenario.slug, condition.name);
    if condition.blocker.is_some() {
        // Whether tags survive a blocker is told, not demanded.
        scenario.expectations.clear();
    }
    PlannedScenario {
        scenario,
        snapshot: planned.snapshot.clone().filter(|_| condition.blocker.is_none()),
        text: planned.text.clone(),
        snapshot_path: planned.snapshot_path.clone(),
        archive: None,
        condition: Some(condition.clone()),
        last_good: planned.last_good.clone(),
    }
}

/// Which hits survived the blocker, by vendor, beside those of the play
/// without it.
pub(crate) fn survival(plain: &Trace, blocked: &ScenarioReport) -> Finding {
    let count = |trace: &Trace| {
        let mut counts = BTreeMap::<String, usize>::new();
        for hit in trace.hits.iter().filter(|hit| hit.kind == HitKind::Event) {
            let request = trace.requests.get(hit.request.0 as usize);
            if request.is_some_and(|request| request.outcome.left_the_browser()) {
                *counts.entry(hit.vendor.clone()).or_default() += 1;
            }
        }
        counts
    };
    let (before, after) = (count(plain), count(&blocked.trace));
    let vendors = before.keys().chain(after.keys()).collect::<std::collections::BTreeSet<_>>();
    let of = |counts: &BTreeMap<String, usize>, vendor: &String| {
        counts.get(vendor).copied().unwrap_or(0)
    };
    let details: Vec<String> = vendors
        .into_iter()
        .map(|vendor| {
            format!("{vendor}: {} of {} hits came through", of(&after, vendor), of(&before, vendor))
        })
        .collect();
    let sum = |counts: &BTreeMap<String, usize>| counts.values().sum::<usize>();
    let message = format!("{} of {} hits survive the block lists", sum(&after), sum(&before));
    let mut finding = run_finding("condition-blocked", message, details, None);
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
        let condition = Condition::blocked(&lists);
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
    fn every_built_in_name_is_known() {
        for (name, _) in BUILT_IN {
            assert_eq!(Condition::named(name).unwrap().name, *name);
        }
        assert!(Condition::named("slow").is_none());
    }
}

//! The layer as a whole: record, write, read, compare, review.

use std::fmt::Write as _;

use crate::model::finding::DifferenceKind;
use crate::model::hit::{Hit, HitKind, ParamClass};
use crate::model::request::Outcome;
use crate::model::trace::{StepOutcome, Trace};
use crate::snapshot::compare::Comparison;
use crate::snapshot::fixture::{add, business, funnel, hit, param, played, trace};
use crate::snapshot::merge::{Decision, apply, changes};
use crate::snapshot::pattern::Pattern;
use crate::snapshot::record::Recorded;
use crate::snapshot::redact::Redactor;
use crate::snapshot::show::render_difference;
use crate::snapshot::{Header, Snapshot};
use serde_json::json;

fn redactor(port: u16) -> Redactor {
    Redactor {
        base_origins: vec![(format!("http://127.0.0.1:{port}"), "base".to_owned())],
        secrets: Vec::new(),
    }
}

fn header() -> Header {
    Header { source: "scenarios/buy.yaml".to_owned(), ..Header::default() }
}

fn recorded() -> Recorded {
    Snapshot::record(header(), &[funnel(8123, 1), funnel(8123, 2)], None, &redactor(8123))
}

/// What was recorded, as it is read back from its file.
fn expected() -> Snapshot {
    Snapshot::parse("snapshots/buy.snap", &recorded().snapshot.render()).unwrap()
}

fn shown(comparison: &Comparison) -> String {
    let mut out = String::new();
    for difference in &comparison.differences {
        let _ = writeln!(out, "step {:?}, line {:?}", difference.step, difference.line);
        if let Some((from, to)) = &difference.moved {
            let _ = writeln!(out, "also from {from} to {to}");
        }
        out += &render_difference(&difference.difference, false, 80);
    }
    out
}

fn compared(trace: &Trace) -> String {
    shown(&expected().compare(trace, &redactor(8123)))
}

/// The funnel with one thing changed.
fn funnel_with(change: impl Fn(&mut Vec<Hit>)) -> Trace {
    let mut trace = funnel(8123, 3);
    change(&mut trace.hits);
    trace
}

fn set(hit: &mut Hit, wire: &str, value: serde_json::Value) {
    let param = hit.params.iter_mut().find(|param| param.wire == wire).unwrap();
    param.value = value;
}

#[test]
fn a_recording_is_for_people() {
    let recorded = recorded();
    let text = format!("{}\n{}", recorded.learnt.join("\n"), recorded.snapshot.render());
    insta::assert_snapshot!(text);
    assert_eq!(expected(), recorded.snapshot);
}

#[test]
fn noise_makes_no_difference() {
    let expected = expected();
    for seed in 3..40 {
        let port = 9000 + seed as u16;
        let mut trace = funnel(port, seed);
        // Another order, other requests, another order of parameters.
        let mut random = fastrand::Rng::with_seed(seed);
        random.shuffle(&mut trace.hits);
        for hit in &mut trace.hits {
            random.shuffle(&mut hit.params);
            hit.params.push(param("rl_cb", seed.to_string(), ParamClass::Transport));
            hit.params.push(param("language", "de-DE", ParamClass::Environment));
            hit.index = random.u32(0..9);
        }
        // The same event once more on another endpoint, and what is no event.
        let mut twin = trace.hits[0].clone();
        twin.kind = HitKind::Duplicate;
        add(&mut trace, twin.clone(), Outcome::Stubbed);
        twin.kind = HitKind::Aux;
        add(&mut trace, twin, Outcome::Stubbed);
        let comparison = expected.compare(&trace, &redactor(port));
        assert_eq!(shown(&comparison), "", "seed {seed}");
        assert_eq!(comparison.agreed, 4);
    }
}

#[test]
fn an_encoded_origin_makes_no_difference() {
    let play = |port: u16| {
        played(
            &["a"],
            vec![hit(
                0,
                "Lead",
                vec![
                    param(
                        "dl",
                        format!("https://t.example/?u=http%3A%2F%2F127.0.0.1%3A{port}%2Fx"),
                        ParamClass::Environment,
                    ),
                    business(
                        "cd[url]",
                        format!("see http://127.0.0.1:{port}/a, 127.0.0.1:{port}."),
                    ),
                    business("cd[json]", json!({"u": format!("http://127.0.0.1:{port}")})),
                    business("cd[other]", "http://127.0.0.1:81234/ http://127.0.0.1:8123.example/"),
                ],
            )],
        )
    };
    let recorded = Snapshot::record(header(), &[play(8123)], None, &redactor(8123)).snapshot;
    let text = recorded.render();
    assert_eq!(text.matches("${base}").count(), 3, "{text}");
    assert_eq!(text.matches("${base.host}").count(), 1, "{text}");
    let other = play(9999);
    assert_eq!(shown(&recorded.compare(&other, &redactor(9999))), "");
}

#[test]
fn a_step_is_the_same_on_another_port_and_with_another_secret() {
    let play = |port: u16, secret: &str| {
        let labels = [format!("navigate http://127.0.0.1:{port}/a"), format!("type {secret}")];
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let trace = played(&labels, vec![hit(0, "Lead", vec![]), hit(1, "Contact", vec![])]);
        let redactor = Redactor { secrets: vec![secret.to_owned()], ..redactor(port) };
        (trace, redactor)
    };
    let (trace, redactor) = play(1, "hunter22");
    let snapshot = Snapshot::record(header(), &[trace], None, &redactor).snapshot;
    assert_eq!(snapshot.steps[0].label, "navigate ${base}/a");
    assert_eq!(snapshot.steps[1].label, "type ${secret}");
    let (mut trace, redactor) = play(2, "letmein99");
    // The alignment is by label, not by place.
    trace.steps.insert(1, crate::snapshot::fixture::trace(&["wait"]).steps.remove(0));
    trace.hits[1].step = Some(2);
    assert_eq!(shown(&snapshot.compare(&trace, &redactor)), "");
    let again = Snapshot::record(header(), &[trace], Some(&snapshot), &redactor).snapshot;
    assert_eq!(changes(Some(&snapshot), &again), []);
}

#[test]
fn secrets_never_reach_a_snapshot() {
    let trace = played(
        &["a"],
        vec![hit(
            0,
            "Lead",
            vec![
                business("cd[password]", "hunter 22"),
                business("cd[text]", "is hunter+22&x=hunter%2022"),
                business("cd[cvv]", "123"),
                business("cd[total]", "12345"),
            ],
        )],
    );
    let redactor = Redactor {
        base_origins: Vec::new(),
        secrets: vec!["hunter 22".to_owned(), "123".to_owned(), String::new()],
    };
    let text = Snapshot::record(header(), &[trace], None, &redactor).snapshot.render();
    assert!(!text.contains("hunter"), "{text}");
    assert!(text.contains("cd[total]: \"12345\""), "{text}");
    assert!(text.contains("cd[cvv]: \"${secret}\""), "{text}");
}

#[test]
fn every_kind_of_difference_is_told_apart() {
    let purchase = |hits: &[Hit]| hits.iter().position(|hit| hit.event == "Purchase").unwrap();
    let mut all = String::new();
    let mut case = |name: &str, change: &dyn Fn(&mut Vec<Hit>)| {
        let _ = writeln!(all, "== {name}\n{}", compared(&funnel_with(change)));
    };
    case("value as text with a comma", &|hits| {
        let index = purchase(hits);
        set(&mut hits[index], "cd[value]", json!("49,99"));
    });
    case("value as JSON number", &|hits| {
        let index = purchase(hits);
        set(&mut hits[index], "cd[value]", json!(49.99));
    });
    case("another spelling of the same number", &|hits| {
        let index = purchase(hits);
        set(&mut hits[index], "cd[value]", json!("49.990"));
    });
    case("currency missing", &|hits| {
        let index = purchase(hits);
        hits[index].params.retain(|param| param.wire != "cd[currency]");
    });
    case("missing", &|hits| hits.retain(|hit| hit.event != "Purchase"));
    case("unexpected", &|hits| {
        let mut extra = hits[0].clone();
        extra.event = "Lead".to_owned();
        extra.params.push(business("cd[value]", "1"));
        hits.push(extra);
    });
    case("twice", &|hits| {
        let mut again = hits[purchase(hits)].clone();
        set(&mut again, "eid", json!("11111111-55d8-4b69-8f0c-222222222222"));
        hits.push(again);
    });
    case("twice and changed", &|hits| {
        let index = purchase(hits);
        set(&mut hits[index], "cd[value]", json!("49,99"));
        hits.push(hits[index].clone());
    });
    case("moved", &|hits| {
        let index = purchase(hits);
        hits[index].step = Some(1);
    });
    case("moved and changed", &|hits| {
        let index = purchase(hits);
        hits[index].step = Some(1);
        set(&mut hits[index], "cd[currency]", json!("USD"));
    });
    case("renamed", &|hits| {
        let index = purchase(hits);
        hits[index].event = "Bought".to_owned();
    });
    case("wrong account everywhere", &|hits| {
        for hit in hits.iter_mut() {
            hit.account = "999".to_owned();
            set(hit, "id", json!("999"));
        }
    });
    case("an item of a list", &|hits| {
        set(&mut hits[2], "cd[content_ids]", json!(["A", "C"]));
    });
    case("an identifier of another shape", &|hits| set(&mut hits[0], "eid", json!("")));
    case("another page", &|hits| {
        set(&mut hits[0], "dl", json!("http://127.0.0.1:8123/other"));
    });
    case("no step", &|hits| hits[0].step = None);
    insta::assert_snapshot!(all);
}

#[test]
fn a_hit_that_was_lost_says_how() {
    let mut all = String::new();
    for outcome in [
        Outcome::Blocked("csp:img-src".to_owned()),
        Outcome::Blocked("mixed-content".to_owned()),
        Outcome::Failed("net::ERR_NAME_NOT_RESOLVED".to_owned()),
        Outcome::Aborted,
        Outcome::Local("service worker".to_owned()),
    ] {
        let mut trace = funnel(8123, 3);
        trace.requests[3].outcome = outcome;
        all += &compared(&trace);
    }
    insta::assert_snapshot!(all);
    // A lost one that was fired again and arrived is no loss.
    let mut trace = funnel(8123, 3);
    let again = trace.hits[3].clone();
    add(&mut trace, again, Outcome::Aborted);
    let comparison = expected().compare(&trace, &redactor(8123));
    assert_eq!(comparison.differences, []);
    assert_eq!(comparison.lost_unexpected, [(4, "aborted before it was sent".to_owned())]);
}

#[test]
fn hits_of_steps_that_were_never_played_are_not_missing() {
    let mut trace = funnel_with(|hits| hits.retain(|hit| hit.step != Some(2)));
    trace.steps[2].outcome = StepOutcome::Skipped;
    let comparison = expected().compare(&trace, &redactor(8123));
    assert_eq!((comparison.differences.len(), comparison.not_reached), (0, 1));
}

#[test]
fn an_edited_scenario_keeps_its_steps() {
    let mut trace = funnel(8123, 3);
    let extra = crate::snapshot::fixture::trace(&["accept the banner"]).steps;
    trace.steps.splice(1..1, extra);
    for hit in &mut trace.hits {
        hit.step = hit.step.map(|step| if step > 0 { step + 1 } else { 0 });
    }
    trace.steps[3].label = "click the green button".to_owned();
    let snapshot = expected();
    assert_eq!(shown(&snapshot.compare(&trace, &redactor(8123))), "");
    let labels: Vec<&str> = trace.steps.iter().map(|step| step.label.as_str()).collect();
    let counts: Vec<usize> =
        snapshot.expected_by_step(&labels, &redactor(8123)).iter().map(Vec::len).collect();
    assert_eq!(counts, [1, 0, 2, 1]);
    assert_eq!(snapshot.expected(1).next().unwrap().event, "PageView");
}

#[test]
fn what_only_some_plays_have_is_optional_and_said() {
    let mut second = funnel_with(|hits| {
        hits.retain(|hit| hit.event != "ViewContent");
        hits[0].params.push(business("cd[extra]", "1"));
        hits[1].step = Some(2);
    });
    add(&mut second, hit(0, "Lead", vec![]), Outcome::Stubbed);
    add(&mut second, hit(0, "Contact", vec![]), Outcome::Blocked("csp:img-src".to_owned()));
    let takes = [funnel(8123, 1), second.clone()];
    let recorded = Snapshot::record(header(), &takes, None, &redactor(8123));
    let text = format!("{}\n{}", recorded.learnt.join("\n"), recorded.snapshot.render());
    insta::assert_snapshot!(text);
    for take in &takes {
        assert_eq!(shown(&recorded.snapshot.compare(take, &redactor(8123))), "");
    }
}

#[test]
fn an_update_keeps_what_a_person_wrote() {
    let text = expected().render().replace("\"49.99\"", "\"[number]\"");
    let text = text.replace("meta ViewContent:\n", "meta ViewContent:\n          optional: true\n");
    let edited = Snapshot::parse("x.snap", &text).unwrap();
    let takes = [
        funnel_with(|hits| hits.retain(|hit| hit.event != "ViewContent")),
        funnel_with(|hits| hits.retain(|hit| hit.event != "ViewContent")),
    ];
    let updated = Snapshot::record(header(), &takes, Some(&edited), &redactor(8123));
    assert_eq!(updated.snapshot.render(), edited.render());
    assert_eq!(updated.learnt, Vec::<String>::new());
    // What holds no more is recorded anew, and a hit that is gone is told.
    let takes = [funnel_with(|hits| {
        hits.remove(0);
        set(&mut hits[2], "cd[value]", json!("49,99"));
    })];
    let updated = Snapshot::record(header(), &takes, Some(&edited), &redactor(8123));
    assert!(updated.snapshot.render().contains("cd[value]: \"[digits],[digits]\""));
    assert!(updated.snapshot.render().contains("purchase-[digits]"));
    assert_eq!(
        updated.learnt,
        ["meta PageView at `open the shop` fires no more, no longer recorded"]
    );
}

#[test]
fn a_review_joins_hit_by_hit() {
    let old = expected();
    let trace = funnel_with(|hits| {
        set(&mut hits[3], "cd[value]", json!("59.99"));
        hits[2].event = "ViewProduct".to_owned();
        hits.remove(0);
        let mut lead = hits[0].clone();
        lead.event = "Lead".to_owned();
        lead.params.truncate(0);
        hits.push(lead);
    });
    let new = Snapshot::record(header(), &[trace], Some(&old), &redactor(8123)).snapshot;
    let all = changes(Some(&old), &new);
    let kinds: Vec<&DifferenceKind> = all.iter().map(|change| &change.difference.kind).collect();
    insta::assert_debug_snapshot!(kinds);
    let every = |decision| vec![decision; all.len()];
    let accepted = apply(Some(&old), &new, &all, &every(Decision::Accept));
    assert_eq!((accepted.accepted.as_ref(), accepted.pending), (Some(&new), None));
    let rejected = apply(Some(&old), &new, &all, &every(Decision::Reject));
    assert_eq!((rejected.accepted, rejected.pending), (None, None));
    let skipped = apply(Some(&old), &new, &all, &[]);
    assert_eq!((skipped.accepted, skipped.pending), (None, Some(new.clone())));
    // One accepted: only that one hit differs from the old file.
    for (index, change) in all.iter().enumerate() {
        let mut decisions = every(Decision::Reject);
        decisions[index] = Decision::Accept;
        let reviewed = apply(Some(&old), &new, &all, &decisions).accepted.unwrap();
        let left = changes(Some(&old), &reviewed);
        assert_eq!(left.len(), 1, "{change:?}");
        assert_eq!(left[0].difference, change.difference);
        let rest = changes(Some(&reviewed), &new);
        assert_eq!(rest.len(), all.len() - 1);
        // The others rejected, nothing is pending; skipped, they stay.
        for decision in &mut decisions {
            if *decision == Decision::Reject {
                *decision = Decision::Skip;
            }
        }
        let pending = apply(Some(&old), &new, &all, &decisions).pending.unwrap();
        assert_eq!(pending, new);
    }
    assert_eq!(changes(None, &new).len(), new.hit_count());
    assert_eq!(changes(Some(&new), &new), []);
}

#[test]
fn a_pending_snapshot_of_one_play_knows_what_varies() {
    let old = expected();
    let mut trace = funnel_with(|hits| set(&mut hits[3], "cd[order_id]", json!("order-7/x")));
    let pending = Snapshot::record(header(), &[trace.clone()], Some(&old), &redactor(8123));
    assert!(pending.snapshot.render().contains("\"order-[digits]/x\""));
    // A play that ended early does not take away what it never reached.
    trace.hits.truncate(3);
    trace.steps[2].outcome = StepOutcome::Skipped;
    let pending = Snapshot::record(header(), &[trace], Some(&old), &redactor(8123));
    assert_eq!((pending.snapshot, pending.learnt), (old, Vec::new()));
}

/// A few hits that are hard to tell apart.
fn hits() -> impl proptest::strategy::Strategy<Value = Vec<Hit>> {
    use proptest::prelude::*;
    let one = (0..3_usize, 0..3_usize, 0..2_usize, 0..3_u32, any::<bool>());
    let one = one.prop_map(|(step, event, account, value, more)| {
        let mut params = vec![
            business("v", value.to_string()),
            param("eid", format!("{value}{step}77"), ParamClass::Identifier),
        ];
        if more {
            params.push(business("w", json!({"ids": [value, "x"]})));
        }
        let mut hit = hit(step, ["PageView", "Lead", "Purchase"][event], params);
        hit.account = account.to_string();
        hit
    });
    proptest::collection::vec(one, 0..40)
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]
    #[test]
    fn no_hit_is_missed_and_none_invented(hits in hits(), seed in 0..1000_u64, more in hits()) {
        let labels = ["a", "b", "c"];
        let redactor = Redactor::default();
        let snapshot = Snapshot::record(header(), &[played(&labels, hits.clone())], None, &redactor).snapshot;
        let mut random = fastrand::Rng::with_seed(seed);
        let mut shuffled = hits.clone();
        random.shuffle(&mut shuffled);
        let same = snapshot.compare(&played(&labels, shuffled.clone()), &redactor);
        proptest::prop_assert_eq!(shown(&same), "");
        proptest::prop_assert_eq!(same.agreed, hits.len());
        if let Some(first) = shuffled.first().cloned() {
            let less = snapshot.compare(&played(&labels, shuffled[1..].to_vec()), &redactor);
            proptest::prop_assert_eq!(less.differences.len(), 1, "{}", shown(&less));
            shuffled.push(first);
            let again = snapshot.compare(&played(&labels, shuffled), &redactor);
            proptest::prop_assert_eq!(again.differences.len(), 1, "{}", shown(&again));
        }
        // Whatever was found: every found hit agrees, or is told of.
        let other = snapshot.compare(&played(&labels, more.clone()), &redactor);
        let mut reordered = more.clone();
        random.shuffle(&mut reordered);
        let reordered = snapshot.compare(&played(&labels, reordered), &redactor);
        proptest::prop_assert_eq!(shown(&reordered), shown(&other));
        let told: usize = other.differences.iter().map(|difference| match difference.difference.kind {
            DifferenceKind::Duplicated { expected, found } => found - expected,
            _ => difference.hits.len(),
        }).sum();
        proptest::prop_assert_eq!(other.agreed + told, more.len());
        // A review that accepts all makes it the expectation, one that takes
        // any part of it leads to nothing else than the two.
        let new = Snapshot::record(header(), &[played(&labels, more)], Some(&snapshot), &redactor).snapshot;
        let all = changes(Some(&snapshot), &new);
        let accepted = apply(Some(&snapshot), &new, &all, &vec![Decision::Accept; all.len()]);
        if !all.is_empty() {
            proptest::prop_assert_eq!(accepted.accepted.unwrap().render(), new.render());
        }
        let decisions: Vec<Decision> = all.iter().map(|_| if random.bool() { Decision::Accept } else { Decision::Skip }).collect();
        let reviewed = apply(Some(&snapshot), &new, &all, &decisions);
        let taken = || all.iter().zip(&decisions).filter(|(_, d)| **d == Decision::Accept);
        let count = snapshot.hit_count() + taken().filter(|(change, _)| change.new.is_some()).count()
            - taken().filter(|(change, _)| change.old.is_some()).count();
        let accepted = reviewed.accepted.unwrap_or(snapshot);
        proptest::prop_assert_eq!(accepted.hit_count(), count);
        // Later decisions on the rest lead to the pending one all the same.
        let rest = changes(Some(&accepted), &new);
        let last = apply(Some(&accepted), &new, &rest, &vec![Decision::Accept; rest.len()]);
        proptest::prop_assert_eq!(last.accepted.unwrap_or(accepted).render(), new.render());
    }
}

#[test]
fn a_changed_mark_is_a_change() {
    let old = expected();
    let mut new = old.clone();
    new.steps[0].hits[0].optional = true;
    let all = changes(Some(&old), &new);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].difference.params[0].name, "(optional)");
    let reviewed = apply(Some(&old), &new, &all, &[Decision::Accept]);
    assert_eq!(reviewed.accepted, Some(new));
}

#[test]
fn overlapping_matchers_find_their_hits() {
    let text = "---\nsource: x\n---\nsteps:\n  - step: a\n    hits:\n\
        \x20     - meta Lead:\n          account: \"123\"\n          params:\n            id: \"[id]\"\n\
        \x20     - meta Lead:\n          account: \"123\"\n          params:\n            id: \"[digits]\"\n";
    let snapshot = Snapshot::parse("x.snap", text).unwrap();
    for order in [["12", "ab"], ["ab", "12"]] {
        let hits = order.iter().map(|id| hit(0, "Lead", vec![business("id", *id)])).collect();
        let trace = played(&["a"], hits);
        assert_eq!(shown(&snapshot.compare(&trace, &Redactor::default())), "");
    }
}

#[test]
fn hostile_or_odd_hits_are_survived() {
    let odd = vec![
        param("", "", ParamClass::Business),
        param("a", "1", ParamClass::Business),
        param("a", "2", ParamClass::Business),
        param("a", "3", ParamClass::Business),
        param("[uuid]", "[uuid] \u{1b}[31m\u{202e}\0\n---\n", ParamClass::Business),
        param("dl", json!({"a": 1}), ParamClass::Environment),
        param("e", json!([null, {"": []}]), ParamClass::Identifier),
    ];
    let mut trace = trace(&["---\n#", "[uuid]"]);
    let mut first = hit(0, "", odd.clone());
    first.account = String::new();
    add(&mut trace, first, Outcome::Delivered);
    let mut stray = hit(77, "x: y", odd);
    stray.request = crate::model::request::RequestId(999);
    trace.hits.push(stray);
    let redactor = Redactor::default();
    let recorded = Snapshot::record(header(), &[trace.clone()], None, &redactor).snapshot;
    let text = recorded.render();
    let read = Snapshot::parse("x.snap", &text).unwrap();
    assert_eq!(read, recorded, "{text}");
    assert_eq!(shown(&read.compare(&trace, &redactor)), "");
    assert!(!text.contains('\u{1b}'), "{text}");
}

#[test]
fn thousands_of_hits_are_compared() {
    let labels: Vec<String> = (0..20).map(|step| format!("step {step}")).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let play = |change: usize, same: bool| {
        let hits = (0..2000)
            .map(|index| {
                let n = if same { 0 } else { index };
                let mut params: Vec<_> =
                    (0..10).map(|p| business(&format!("p{p}"), format!("v{n}"))).collect();
                params.push(param("eid", format!("{index}"), ParamClass::Identifier));
                params.push(business("x", (index * change).to_string()));
                hit(index / 100, "PageView", params)
            })
            .collect();
        played(&labels, hits)
    };
    for same in [true, false] {
        let snapshot =
            Snapshot::record(header(), &[play(0, same)], None, &Redactor::default()).snapshot;
        for change in [0, 1] {
            let comparison = snapshot.compare(&play(change, same), &Redactor::default());
            let expected = if change == 0 { 0 } else { 1999 };
            assert_eq!(comparison.differences.len(), expected);
            // Nothing is alike: other names, and matchers everywhere.
            let mut vague = snapshot.clone();
            for hit in vague.steps.iter_mut().flat_map(|step| &mut step.hits) {
                for (_, pattern) in &mut hit.params {
                    *pattern = Pattern::parse_text("v[digits]").unwrap();
                }
            }
            let mut renamed = play(change, same);
            for hit in &mut renamed.hits {
                hit.event = format!("E{}", hit.request.0 % 50);
            }
            assert!(
                !vague.compare(&play(change, same), &Redactor::default()).differences.is_empty()
            );
            assert!(!vague.compare(&renamed, &Redactor::default()).differences.is_empty());
            assert!(!snapshot.compare(&renamed, &Redactor::default()).differences.is_empty());
        }
    }
}

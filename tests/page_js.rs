//! The page-side JavaScript in a real Chrome.
//!
//! `fixtures/page/*.html`: each page tells its own behaviour in
//! `globalThis.outcome`. It is played without and with the hooks; the
//! behaviour must be the same, and what the hooks recorded is a snapshot.
//! `fixtures/selectors/*.html`: the text of `#test` is run in an isolated
//! world with the selectors as `s`; its result is a snapshot.
//!
//! It uses neither the crate's browser layer nor the network beyond loopback.

#![expect(clippy::unwrap_used, reason = "a failing helper is a failing test")]

#[path = "page_js/chrome.rs"]
mod chrome;

use std::path::Path;

use chrome::{BINDING, Chrome};
use pixelproof::browser::page::{SELECTORS, hooks};
use serde_json::{Value, json};

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn stem(path: &Path) -> &str {
    path.file_stem().and_then(|name| name.to_str()).unwrap()
}

/// What a snapshot shows of a call: its stack as the places of the page's own
/// functions, without what varies.
fn shown(mut call: Value, base: &str) -> Value {
    let call_object = call.as_object_mut().unwrap();
    assert!(call_object.remove("at").unwrap().as_f64().unwrap() > 1e12);
    if let Some(stack) = call_object.get("stack").and_then(Value::as_str) {
        assert!(!stack.contains("pixelproof"), "own frames in the stack: {stack}");
        let frames: Vec<String> =
            stack.lines().take(3).map(|line| line.trim().replace(base, "")).collect();
        call_object.insert("stack".into(), json!(frames));
    }
    serde_json::from_str(&call.to_string().replace(base, "")).unwrap()
}

/// Takes out what is compared but differs between versions of Chrome.
fn hide(outcome: &mut Value) -> Option<Value> {
    outcome.as_object_mut()?.remove("hidden")
}

/// Long texts and long lists as their size.
fn brief(calls: Vec<Value>) -> Value {
    if calls.len() > 100 {
        // How many a second may hold a stack is bounded; how long it takes is not known.
        let stacks = calls.iter().filter(|call| !call["stack"].is_null()).count();
        let with_stack = if (200..calls.len() / 2).contains(&stacks) { "a few" } else { "wrong" };
        return json!({ "calls": calls.len(), "with stack": with_stack, "last": calls.last() });
    }
    let cut = |call: Value| {
        let text = call["args"].to_string();
        assert!(text.len() <= 64 * 1024, "{} bytes of arguments", text.len());
        if text.len() < 4000 {
            return call;
        }
        json!({ "name": call["name"], "size": text.len() / 100 * 100 })
    };
    calls.into_iter().map(cut).collect()
}

#[test]
fn pages_behave_as_without_hooks() {
    block_on(async {
        let mut chrome = Chrome::start(Path::new("tests/fixtures/page")).await;
        let mut names = Vec::new();
        insta::glob!("fixtures/page/*.html", |path| names.push(path.to_owned()));
        assert!(names.len() > 10);
        let hooks = hooks(BINDING, &["eventQueue".to_owned()]);
        let mut results = Vec::new();
        for path in &names {
            let name = stem(path);
            let base = chrome.base.clone();
            let (plain, none) = chrome.play(name, None).await;
            assert!(none.is_empty());
            let (hooked, calls) = chrome.play(name, Some(&hooks)).await;
            assert_ne!(plain, Value::Null, "{name} has no outcome");
            // How the vendors' functions stand is looked at with the snippets.
            let told = |call: &Value| name.ends_with("_snippet") || call["t"] != "global";
            let mut calls: Vec<Value> =
                calls.into_iter().filter(told).map(|call| shown(call, &base)).collect();
            // Frames run side by side.
            if name.starts_with("iframes") {
                calls.sort_by_key(Value::to_string);
            }
            results.push((name.to_owned(), plain, hooked, calls));
        }
        chrome.close().await;
        for (name, plain, hooked, _) in &mut results {
            let hidden = [hide(plain), hide(hooked)];
            assert_eq!(plain, hooked, "{name} behaves otherwise with the hooks");
            let same = hidden[0] == hidden[1];
            assert!(same, "{name} finds other properties with the hooks");
        }
        insta::with_settings!({ snapshot_path => "fixtures/page", prepend_module_to_snapshot => false }, {
            for (name, outcome, _, calls) in results {
                insta::assert_json_snapshot!(name, json!({ "outcome": outcome, "calls": brief(calls) }));
            }
        });
    });
}

#[test]
fn selectors_find_and_wait() {
    block_on(async {
        let mut chrome = Chrome::start(Path::new("tests/fixtures/selectors")).await;
        let mut names = Vec::new();
        insta::glob!("fixtures/selectors/*.html", |path| names.push(path.to_owned()));
        assert!(names.len() > 5);
        let mut results = Vec::new();
        for path in &names {
            let name = stem(path);
            results.push((name.to_owned(), chrome.ask(name, SELECTORS).await));
        }
        chrome.close().await;
        insta::with_settings!({ snapshot_path => "fixtures/selectors", prepend_module_to_snapshot => false }, {
            for (name, result) in results {
                insta::assert_json_snapshot!(name, result);
            }
        });
    });
}

//! What holds for the whole table, and what each step asks of a tab.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use serde_json::{Value, json};

use crate::model::span::{Located, Span};
use crate::steps::arguments::{COMMON, Fields};
use crate::steps::fake_tab::FakeTab;
use crate::steps::node::{Kind, Node};
use crate::steps::tab::{Fault, StepError};
use crate::steps::{Action, Step, TABLE, spec};

/// A fake tab is always ready, so no runtime is needed.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a step waits for something that is not the tab"),
    }
}

fn node(value: &Value) -> Node {
    let span = Span::default();
    match value {
        Value::Array(items) => Node::new(Kind::List(items.iter().map(node).collect()), span),
        Value::Object(map) => Node::new(
            Kind::Map(map.iter().map(|(k, v)| (Located::new(k.clone(), span), node(v))).collect()),
            span,
        ),
        Value::String(text) => Node::scalar(text.clone(), false, span),
        other => Node::scalar(other.to_string(), true, span),
    }
}

fn read(name: &str, arguments: &Value) -> Result<Action, Vec<String>> {
    let node = node(arguments);
    let mut problems = Vec::new();
    let mut fields = Fields {
        what: name,
        entries: node.as_map().unwrap(),
        span: Span::default(),
        problems: &mut problems,
    };
    let action = Action::read(name, &mut fields);
    let told: Vec<String> = problems.into_iter().map(|problem| problem.message).collect();
    match action {
        Some(action) if told.is_empty() => Ok(action),
        None if told.is_empty() => panic!("`{name}` fails without a word"),
        _ => Err(told),
    }
}

/// Name, arguments with every key, what the tab is asked, the summary.
fn examples() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    vec![
        (
            "navigate",
            json!({"url": "https://shop.example/?utm_source=a b", "waitUntil": "domcontentloaded"}),
            r#"navigate("https://shop.example/?utm_source=a b", DomContentLoaded)"#,
            r#"navigate "https://shop.example/?utm_source=a b""#,
        ),
        (
            "click",
            json!({"selectors": [["my-shop", "#buy"], ["aria/Buy"]], "frame": [0, 1], "button": "secondary", "offsetX": 4.5, "offsetY": 7, "duration": 60, "deviceType": "touch"}),
            r##"click([[Css("my-shop"), Css("#buy")], [Aria { name: Some("Buy"), role: None }]], [0, 1], PointerOptions { button: Secondary, offset: Some((4.5, 7.0)), count: 1, hold_ms: 60 })"##,
            r#"click "my-shop >>> #buy""#,
        ),
        (
            "doubleClick",
            json!({"selectors": [["text/Zoom"]], "frame": [0], "button": "back", "offsetX": 1, "offsetY": 1, "duration": 1, "deviceType": "mouse"}),
            r#"click([[Text("Zoom")]], [0], PointerOptions { button: Back, offset: Some((1.0, 1.0)), count: 2, hold_ms: 1 })"#,
            r#"double-click "text/Zoom""#,
        ),
        (
            "change",
            json!({"selectors": [["#email"]], "frame": [2], "value": ""}),
            r##"change([[Css("#email")]], "")"##,
            r##"change "#email""##,
        ),
        (
            "select",
            json!({"selectors": [["#size"]], "frame": [2], "options": ["m", "Large"]}),
            r##"select([[Css("#size")]], ["m", "Large"])"##,
            r##"select an option of "#size""##,
        ),
        (
            "upload",
            json!({"selectors": [["#cv"]], "frame": [2], "files": ["cv.pdf"]}),
            r##"upload([[Css("#cv")]], ["cv.pdf"])"##,
            r##"upload to "#cv""##,
        ),
        ("keyDown", json!({"key": "Enter"}), r#"key_down("Enter")"#, r#"hold key "Enter""#),
        ("keyUp", json!({"key": "Enter"}), r#"key_up("Enter")"#, r#"release key "Enter""#),
        (
            "press",
            json!({"key": "Control+A", "selectors": [["#q"]], "frame": [1]}),
            r##"press(Some([[Css("#q")]]), "Control+A")"##,
            r##"press "Control+A" in "#q""##,
        ),
        (
            "hover",
            json!({"selectors": [["pierce/.menu"]], "frame": [1]}),
            r#"hover([[Pierce(".menu")]])"#,
            r#"hover "pierce/.menu""#,
        ),
        (
            "scroll",
            json!({"selectors": [["#list"]], "frame": [1], "x": 10, "y": 250.5}),
            r##"scroll(Some([[Css("#list")]]), 10.0, 250.5)"##,
            r##"scroll "#list" to 10, 250.5"##,
        ),
        (
            "waitForElement",
            json!({"selectors": [["xpath//html/body"]], "frame": [1], "operator": "<=", "count": 2, "visible": true, "attributes": {"href": "/x"}, "properties": {"checked": true}}),
            r#"wait_for_element([[XPath("/html/body")]], ElementCondition { visible: Some(true), count: Some((AtMost, 2)), attributes: [("href", "/x")], properties: [("checked", Bool(true))] })"#,
            r#"wait for "xpath//html/body""#,
        ),
        (
            "waitForExpression",
            json!({"expression": "window.ready", "frame": [3]}),
            r#"wait_for_expression("window.ready", [3])"#,
            r#"wait for "window.ready""#,
        ),
        (
            "waitForUrl",
            json!({"regex": "/thanks$"}),
            r#"wait_for_url(Regex(Regex("/thanks$")))"#,
            r#"wait for the URL "/thanks$""#,
        ),
        (
            "waitForText",
            json!({"equals": "Thank you", "frame": [0]}),
            r#"wait_for_text(Equals("Thank you"), [0])"#,
            r#"wait for the text "Thank you""#,
        ),
        (
            "evaluate",
            json!({"expression": "f()\n", "frame": [0]}),
            r#"evaluate("f()\n", [0])"#,
            r#"evaluate "f() ""#,
        ),
        (
            "setCookies",
            json!({"cookies": [{"name": "consent", "value": "all", "url": "https://a.example/", "domain": "a.example", "path": "/", "secure": true, "httpOnly": false, "sameSite": "Lax"}]}),
            r#"set_cookies([Cookie { name: "consent", value: "all", url: Some("https://a.example/"), domain: Some("a.example"), path: Some("/"), secure: Some(true), http_only: Some(false), same_site: Some("Lax") }])"#,
            "set cookies consent",
        ),
        (
            "setLocalStorage",
            json!({"items": {"consent": "all"}}),
            r#"set_local_storage([("consent", "all")])"#,
            "set local storage consent",
        ),
        (
            "setViewport",
            json!({"width": 390, "height": 844, "deviceScaleFactor": 3, "isMobile": true, "hasTouch": true, "isLandscape": false}),
            "set_viewport(Viewport { width: 390, height: 844, device_scale_factor: 3.0, mobile: true, touch: true, landscape: false })",
            "set the viewport to 390 × 844",
        ),
        (
            "emulateNetworkConditions",
            json!({"download": 50000, "upload": 50000, "latency": 2000}),
            "emulate_network(NetworkConditions { offline: false, download: 50000.0, upload: 50000.0, latency_ms: 2000.0 })",
            "emulate a network of 50000 B/s down, 50000 B/s up, 2000 ms",
        ),
        ("back", json!({}), "go_back()", "go back"),
        ("forward", json!({}), "go_forward()", "go forward"),
        ("reload", json!({}), "reload()", "reload"),
        ("switchTab", json!({"tab": "newest"}), "switch_tab(Newest)", "switch to the newest tab"),
        ("switchTab", json!({"tab": 0}), "switch_tab(Index(0))", "switch to tab 0"),
        (
            "switchTab",
            json!({"contains": "/pay"}),
            r#"switch_tab(Url(Contains("/pay")))"#,
            r#"switch to the tab "/pay""#,
        ),
        ("close", json!({}), "close()", "close the tab"),
        (
            "customStep",
            json!({"name": "lighthouse", "parameters": {"a": [1]}, "frame": [0]}),
            "",
            r#"custom step "lighthouse" (not done)"#,
        ),
    ]
}

#[test]
fn each_step_asks_the_tab_for_one_thing() {
    for (name, arguments, asked, summary) in examples() {
        let action = read(name, &arguments).unwrap_or_else(|told| panic!("{name}: {told:?}"));
        let mut tab = FakeTab::default();
        assert_eq!(now(action.perform(&mut tab)), Ok(()), "{name}");
        assert_eq!(tab.asked.join("\n"), asked, "{name}");
        assert_eq!(action.summary(), summary, "{name}");
        assert_eq!(Value::Object(action.write()), arguments, "{name} writes what it read");
    }
}

#[test]
fn a_tab_that_fails_fails_the_step() {
    for (name, arguments, asked, _) in examples().into_iter().filter(|e| e.0 != "customStep") {
        let error = StepError { fault: Fault::Run, message: "gone".to_owned(), details: vec![] };
        let mut tab = FakeTab { error: Some(error.clone()), ..FakeTab::default() };
        let step = Step::new(read(name, &arguments).unwrap());
        assert_eq!(now(step.perform(&mut tab)), Err(error), "{name}");
        assert_eq!(tab.asked, [asked]);
    }
}

#[test]
fn every_step_has_an_example_and_documented_arguments() {
    let mut given: BTreeMap<&str, BTreeSet<String>> = BTreeMap::default();
    for (name, arguments, ..) in examples() {
        given.entry(name).or_default().extend(arguments.as_object().unwrap().keys().cloned());
    }
    for spec in TABLE {
        let keys = given.get(spec.name).unwrap_or_else(|| panic!("no example of `{}`", spec.name));
        assert!(spec.doc.ends_with('.'), "{}", spec.name);
        for argument in spec.arguments {
            assert!(!argument.doc.is_empty() && !argument.doc.ends_with('.'), "{}", spec.name);
            assert!(!COMMON.iter().any(|common| common.name == argument.name), "{}", spec.name);
            // The pattern's three keys exclude one another.
            if !matches!(argument.name, "contains" | "equals" | "regex") {
                assert!(keys.contains(argument.name), "{}.{}", spec.name, argument.name);
            }
        }
        for name in [spec.shorthand, spec.value].into_iter().flatten() {
            assert!(spec.arguments.iter().any(|argument| argument.name == name), "{name}");
        }
    }
}

#[test]
fn required_arguments_are_required() {
    for (name, arguments, ..) in examples() {
        for argument in spec(name).unwrap().arguments.iter().filter(|argument| argument.required) {
            let mut less = arguments.clone();
            less.as_object_mut().unwrap().remove(argument.name);
            let told = read(name, &less).unwrap_err();
            assert_eq!(told, [format!("`{name}` needs `{}`", argument.name)]);
        }
    }
}

#[test]
fn wrong_types_are_told() {
    for (name, arguments, ..) in examples() {
        for argument in arguments.as_object().unwrap().keys() {
            if (name, argument.as_str()) == ("customStep", "parameters") {
                continue;
            }
            let mut wrong = arguments.clone();
            wrong[argument] = json!([[{"x": null}]]);
            let told = read(name, &wrong).err().unwrap_or_else(|| panic!("{name}.{argument}"));
            assert!(told.iter().all(|line| line.len() < 200), "{told:?}");
        }
    }
}

#[test]
fn the_recorder_s_fourteen_are_there_and_names_are_unique() {
    let recorder = TABLE.iter().filter(|spec| spec.recorder).count();
    assert_eq!(recorder, 14);
    let names: BTreeSet<&str> = TABLE.iter().map(|spec| spec.name).collect();
    assert_eq!(names.len(), TABLE.len());
}

/// A file that the table forgets would be dead code.
#[test]
fn the_table_is_the_folder() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/steps");
    let shared = ["mod", "tab", "node", "arguments", "selector", "fake_tab", "tests"];
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".rs").map(str::to_owned))
        .filter(|name| !shared.contains(&name.as_str()))
        .collect();
    let table: BTreeSet<String> = TABLE
        .iter()
        .map(|spec| {
            spec.name.chars().fold(String::new(), |mut name, c| {
                if c.is_ascii_uppercase() {
                    name.push('_');
                }
                name.push(c.to_ascii_lowercase());
                name
            })
        })
        .collect();
    assert_eq!(files, table);
}

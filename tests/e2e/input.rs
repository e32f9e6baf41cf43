//! The pointer and the keyboard, and what must hold before they are used.

use crate::e2e::support::{Site, play};
use pixelproof::model::run::Verdict;

#[tokio::test(flavor = "multi_thread")]
async fn the_pointer_does_what_a_hand_does() {
    let site = Site::of(&[(
        "shop.localhost/",
        r##"<style>#menu ul { display: none } #menu:hover ul { display: block }</style>
        <div id=menu style="width:200px">Menu<ul><li><a id=item href="#i" onclick="note('item')">Item</a></ul></div>
        <button id=b style="padding:0;border:0;width:200px;height:100px">B</button>
        <div id=box style="width:200px;height:100px;overflow:auto"><div style="height:2000px">tall</div></div>
        <div style="height:3000px"></div>
        <script>
          const b = document.getElementById('b');
          for (const type of ['click', 'dblclick', 'auxclick', 'contextmenu'])
            b.addEventListener(type, (event) => {
              const box = b.getBoundingClientRect();
              note(type, event.button, event.detail, Math.round(event.clientX - box.x), Math.round(event.clientY - box.y), event.isTrusted, event.shiftKey);
            });
          let down;
          b.addEventListener('pointerdown', () => { down = performance.now(); });
          b.addEventListener('pointerup', () => { if (performance.now() - down >= 290) note('held'); });
        </script>"##,
    )])
    .await;
    let ran = play(
        &site,
        &[(
            "pointer",
            r##"
steps:
  - navigate: http://shop.localhost:$PORT/
  - click: "#b"
  - click: { selectors: "#b", offsetX: 3, offsetY: 97 }
  - doubleClick: "#b"
  - click: { selectors: "#b", button: secondary }
  - click: { selectors: "#b", button: auxiliary }
  - click: { selectors: "#b", duration: 300 }
  - keyDown: Shift
  - click: "#b"
  - keyUp: Shift
  - hover: "#menu"
  - click: "#item"
  # The menu closes when the page moves away from below the pointer.
  - evaluate: document.getElementById('menu').remove()
  - scroll: { y: 700 }
  - waitForExpression: scrollY === 700
  - scroll: { selectors: "#box", y: 400 }
  - waitForExpression: document.getElementById('box').scrollTop === 400
"##,
        )],
    )
    .await;
    ran.done("pointer");
    assert_eq!(
        ran.said("pointer"),
        [
            "click 0 1 100 50 true false",
            "click 0 1 3 97 true false",
            "click 0 1 100 50 true false",
            "click 0 2 100 50 true false",
            "dblclick 0 2 100 50 true false",
            "contextmenu 2 0 100 50 true false",
            "auxclick 2 1 100 50 true false",
            "auxclick 1 1 100 50 true false",
            "held",
            "click 0 1 100 50 true false",
            "click 0 1 100 50 true true",
            "item"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_does_what_hands_do() {
    let site = Site::of(&[(
        "shop.localhost/",
        r"<input id=a value=first><input id=b value=second>
        <script>
          addEventListener('keydown', (event) => note(event.key, event.code, event.ctrlKey, event.shiftKey, event.target.id));
        </script>",
    )])
    .await;
    let ran = play(
        &site,
        &[(
            "keys",
            r##"
steps:
  - navigate: http://shop.localhost:$PORT/
  - press: { key: Control+A, selectors: "#a" }
  - waitForExpression: getSelection().toString() === 'first'
  - press: Backspace
  - waitForExpression: document.getElementById('a').value === ''
  - press: Tab
  - press: x
  - waitForExpression: document.activeElement.id === 'b' && document.activeElement.value === 'x'
  - keyDown: Shift
  - press: Tab
  - keyUp: Shift
  - waitForExpression: document.activeElement.id === 'a'
  - keyDown: ArrowDown
  - keyUp: ArrowDown
"##,
        )],
    )
    .await;
    ran.done("keys");
    assert_eq!(
        ran.said("keys"),
        [
            "Control ControlLeft true false a",
            "A KeyA true false a",
            "Backspace Backspace false false a",
            "Tab Tab false false a",
            "x KeyX false false b",
            "Shift ShiftLeft false true b",
            "Tab Tab false true b",
            "ArrowDown ArrowDown false false a"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn actions_wait_until_a_person_could_act() {
    let site = Site::of(&[
        ("shop.localhost/disabled", "<button id=b disabled onclick=\"note('pressed')\">B</button><script>setTimeout(() => { b.disabled = false; }, 400)</script>"),
        ("shop.localhost/hidden", "<button id=b style='display:none' onclick=\"note('pressed')\">B</button><script>setTimeout(() => { b.style.display = ''; }, 400)</script>"),
        ("shop.localhost/later", "<script>setTimeout(() => { document.body.innerHTML = `<button id=b onclick=\"note('pressed')\">B</button>`; }, 400)</script><body>"),
        ("shop.localhost/zero", "<button id=b style='width:0;height:0;padding:0;border:0;overflow:hidden' onclick=\"note('pressed')\">B</button><script>setTimeout(() => { b.style = ''; }, 400)</script>"),
        ("shop.localhost/moving", "<style>@keyframes m { to { transform: translateX(600px) } } #b { animation: m 0.7s linear forwards }</style><button id=b onclick=\"note('pressed')\">B</button>"),
        ("shop.localhost/overlay", "<button id=b onclick=\"note('pressed')\">B</button><div id=o style='position:fixed;inset:0;background:#0008' onclick=\"note('overlay')\"></div><script>setTimeout(() => o.remove(), 400)</script>"),
        ("shop.localhost/readonly", "<input id=b readonly oninput=\"note('pressed')\"><script>setTimeout(() => { b.readOnly = false; }, 400)</script>"),
        ("shop.localhost/sticky", "<div style='position:sticky;top:0;height:200px;background:red;z-index:1'>Head</div><div style='height:2000px'></div><button id=b onclick=\"note('pressed')\">B</button><div style='height:100px'></div><div style='position:fixed;bottom:0;height:200px;left:0;right:0;background:blue'>Cookies</div><div style='height:2000px'></div>"),
        ("shop.localhost/scrolling", "<div style='height:2000px'></div><div style='height:200px;width:200px;overflow:scroll'><div style='height:1000px;width:1000px'></div><button id=b style='margin-left:900px' onclick=\"note('pressed')\">B</button></div>"),
        ("shop.localhost/rendered", "<div id=root></div><script>setInterval(() => { root.innerHTML = '<button id=b>B</button>'; }, 50); root.innerHTML = '<button id=b>B</button>'; root.addEventListener('click', () => note('pressed'))</script>"),
        ("shop.localhost/replaced", "<div id=root><button id=b disabled>B</button></div><script>setTimeout(() => { root.innerHTML = `<button id=b onclick=\"note('pressed')\">B</button>`; }, 400)</script>"),
    ])
    .await;
    let click = |path: &str| {
        format!("steps:\n  - navigate: http://shop.localhost:$PORT/{path}\n  - click: '#b'\n")
    };
    let names = [
        "disabled",
        "hidden",
        "later",
        "zero",
        "moving",
        "overlay",
        "sticky",
        "scrolling",
        "rendered",
        "replaced",
    ];
    let texts: Vec<String> = names.iter().map(|name| click(name)).collect();
    let mut scenarios: Vec<(&str, &str)> =
        names.iter().zip(&texts).map(|(name, text)| (*name, text.as_str())).collect();
    scenarios.push((
        "readonly",
        "steps:\n  - navigate: http://shop.localhost:$PORT/readonly\n  - change: { selectors: '#b', value: x }\n",
    ));
    let ran = play(&site, &scenarios).await;
    ran.all_done();
    for (name, _) in scenarios {
        assert_eq!(ran.said(name), ["pressed"], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stays_in_the_way_is_named() {
    let site = Site::of(&[
        ("shop.localhost/disabled", "<button id=b disabled>B</button>"),
        ("shop.localhost/covered", "<button id=b>B</button><div id=consent role=dialog style='position:fixed;inset:0;background:#000'><p>We value your privacy</p></div>"),
        ("shop.localhost/hidden", "<div id=wrap style='display:none'><button id=b>B</button></div>"),
        ("shop.localhost/moving", "<button id=b style='position:absolute'>B</button><script>let x = 0; (function go() { x += 3; b.style.left = (x % 500) + 'px'; requestAnimationFrame(go); })()</script>"),
        ("shop.localhost/readonly", "<input id=b readonly>"),
        ("shop.localhost/zero", "<button id=b style='width:0;height:0;padding:0;border:0;overflow:hidden'></button>"),
        ("shop.localhost/away", "<button id=b style='position:absolute;left:-500px'>B</button>"),
        ("shop.localhost/framed", "<iframe srcdoc='<button id=b>B</button>'></iframe><div id=consent style='position:fixed;inset:0;background:#000'></div>"),
    ])
    .await;
    let cases = [
        ("disabled", "`#b` is disabled", ""),
        ("covered", "`#b` is covered", "<div id=\"consent\" role=\"dialog\">"),
        ("hidden", "`#b` is there but not visible", "display: none on <div id=\"wrap\">"),
        ("moving", "`#b` did not stop moving", ""),
        ("zero", "`#b` is there but not visible", "a box of 0 x 0 pixels"),
        ("away", "`#b` is there but not visible", "outside of the viewport"),
        ("framed", "the frame of the element is covered", "<div id=\"consent\">"),
    ];
    let texts: Vec<String> = cases
        .iter()
        .map(|(path, ..)| {
            format!("steps:\n  - navigate: http://shop.localhost:$PORT/{path}\n  - click: {{ selectors: '#b', timeout: 5000 }}\n")
        })
        .collect();
    let mut scenarios: Vec<(&str, &str)> =
        cases.iter().zip(&texts).map(|((name, ..), text)| (*name, text.as_str())).collect();
    scenarios.push((
        "readonly",
        "steps:\n  - navigate: http://shop.localhost:$PORT/readonly\n  - change: { selectors: '#b', value: x, timeout: 3000 }\n",
    ));
    let ran = play(&site, &scenarios).await;
    for (name, message, detail) in cases {
        let failure = ran.failure(name);
        assert!(failure.starts_with(message), "{name}: {failure}");
        assert!(failure.contains(detail), "{name}: {failure}");
        assert_eq!(ran.of(name).verdict, Verdict::Failed, "{name}");
        let kept = ran.of(name).artifacts.iter().map(|file| file.kind.as_str());
        assert_eq!(kept.collect::<Vec<_>>(), ["screenshot", "dom"], "{name}");
    }
    assert!(ran.failure("readonly").contains("is read-only"));
    assert!(!ran.failure("hidden").contains("covered by"), "{}", ran.failure("hidden"));
}

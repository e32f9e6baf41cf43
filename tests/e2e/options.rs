//! Every `[browser]` option on a real Chrome, as pages, frames of the same and
//! of another process, popups and workers of all kinds see it and as the
//! server sees it.

use std::collections::BTreeMap;

use pixelproof::model::browser_options::{
    BrowserOptions, BrowserSource, Credentials, Geolocation, Screen, StartCookie,
};
use serde_json::{Value, json};

use crate::e2e::ground::{Reply, Seen, Site, Stage, assert_done, assert_same_as_arrived};

/// Reports what its world looks like, from wherever it runs.
const FACTS: &str = r"
async function facts(who) {
  const hints = navigator.userAgentData;
  const high = hints?.getHighEntropyValues
    ? await hints.getHighEntropyValues(['model', 'platform', 'fullVersionList', 'uaFullVersion']) : null;
  const format = Intl.DateTimeFormat().resolvedOptions();
  return {
    who, agent: navigator.userAgent, driven: navigator.webdriver === true, platform: navigator.platform,
    brands: hints ? hints.brands.map(it => it.brand) : null, mobile: hints?.mobile ?? null,
    hintPlatform: hints?.platform ?? null, high,
    language: navigator.language, languages: navigator.languages,
    locale: format.locale, zone: format.timeZone,
    width: self.innerWidth ?? null, height: self.innerHeight ?? null,
    screenWidth: self.screen?.width ?? null, ratio: self.devicePixelRatio ?? null,
    touch: navigator.maxTouchPoints ?? null,
    coarse: self.matchMedia ? matchMedia('(pointer: coarse)').matches : null,
    cookie: self.document?.cookie ?? null,
  };
}
async function report(who) {
  await fetch('/report?who=' + who, { method: 'POST', body: JSON.stringify(await facts(who)) });
}
";

const EVERYONE: [&str; 7] = ["page", "frame", "oopif", "popup", "worker", "shared", "service"];

/// Chrome sends no client hints with what workers fetch.
const WITHOUT_HINTS: [&str; 3] = ["worker", "shared", "service"];

/// A page with one of everything; each of them reports once.
async fn gallery() -> Site {
    let script = |who: &str| Reply::js(&format!("{FACTS}\nreport('{who}');"));
    let page = |who: &str, more: &str| {
        Reply::html(&format!(
            "<meta name=viewport content='width=device-width'><script>{FACTS}</script>{more}<script>report('{who}')</script>"
        ))
    };
    let everything = r"<iframe src='/frame'></iframe><iframe id=other></iframe><script>
      other.src = location.href.replace('shop.', 'other.').replace('/page', '/oopif');
      new Worker('/worker.js');
      new SharedWorker('/shared.js');
      navigator.serviceWorker.register('/service.js');
      open('/popup');
    </script>";
    Site::with_pages(&[
        ("/page", page("page", everything)),
        ("/frame", page("frame", "")),
        ("/oopif", page("oopif", "")),
        ("/popup", page("popup", "")),
        ("/worker.js", script("worker")),
        ("/shared.js", script("shared")),
        ("/service.js", script("service")),
    ])
    .await
}

/// What each of them reported, and the request that it reported with.
async fn visit(site: &Site, browser: BrowserOptions) -> BTreeMap<String, (Value, Seen)> {
    let trace = Stage { browser, ..Stage::of(site) }
        .play(json!([
            {"navigate": site.url("shop", "/page")},
            {"evaluate": "await fetch('/await?path=/report&n=7')"},
        ]))
        .await;
    assert_done(&trace);
    let mut reports = BTreeMap::new();
    for seen in site.seen().into_iter().filter(|seen| seen.path() == "/report") {
        let facts: Value = serde_json::from_slice(&seen.body).unwrap();
        let who = facts["who"].as_str().unwrap().to_owned();
        assert!(reports.insert(who, (facts, seen)).is_none(), "somebody reported twice");
    }
    assert_eq!(reports.len(), EVERYONE.len());
    reports
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_a_headless_chrome() {
    let site = gallery().await;
    let reports = visit(&site, BrowserOptions::default()).await;
    for (who, (facts, request)) in &reports {
        let all = format!("{facts} {:?}", request.headers);
        assert!(!all.contains("Headless"), "{who}: {all}");
        assert_eq!(facts["driven"], false, "{who}");
        assert_eq!(facts["agent"], request.header("user-agent").unwrap(), "{who}");
        assert!(facts["brands"].to_string().contains("Chromium"), "{who}: {facts}");
        match request.header("sec-ch-ua") {
            Some(brands) => assert!(brands.contains("Chromium"), "{who}: {brands}"),
            None => assert!(WITHOUT_HINTS.contains(&who.as_str()), "{who} sent no hints"),
        }
    }
    for seen in site.seen() {
        assert!(!format!("{:?}", seen.headers).contains("Headless"), "{seen:?}");
    }
    let (page, _) = &reports["page"];
    assert_eq!([&page["width"], &page["height"]], [&json!(1280), &json!(800)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_played_everywhere() {
    let site = gallery().await;
    let browser = BrowserOptions {
        user_agent: Some("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{chrome} Mobile Safari/537.36".to_owned()),
        screen: Screen {
            width: 412, height: 915, device_scale_factor: 2.625, mobile: true, touch: true,
            platform: Some("Android".to_owned()), model: "Pixel 8".to_owned(),
        },
        locale: Some("de-DE".to_owned()),
        timezone: Some("Asia/Tokyo".to_owned()),
        headers: vec![("X-Staging".to_owned(), "yes".to_owned())],
        ..BrowserOptions::default()
    };
    let reports = visit(&site, browser).await;
    for (who, (facts, request)) in &reports {
        let agent = facts["agent"].as_str().unwrap();
        assert!(agent.contains("Android 10; K") && !agent.contains('{'), "{who}: {agent}");
        assert!(agent.contains(".0.0.0 Mobile"), "{who}: {agent}");
        assert_eq!(request.header("user-agent"), Some(agent), "{who}");
        assert_eq!(facts["mobile"], true, "{who}");
        assert_eq!(facts["hintPlatform"], "Android", "{who}");
        assert_eq!(facts["high"]["model"], "Pixel 8", "{who}");
        if !WITHOUT_HINTS.contains(&who.as_str()) {
            assert_eq!(request.header("sec-ch-ua-mobile"), Some("?1"), "{who}");
            assert_eq!(request.header("sec-ch-ua-platform"), Some("\"Android\""), "{who}");
        }
        assert_eq!(facts["platform"], "Linux armv81", "{who}");
        assert_eq!(facts["language"], "de-DE", "{who}");
        assert_eq!(facts["languages"], json!(["de-DE", "de"]), "{who}");
        assert_eq!(facts["locale"], "de-DE", "{who}");
        assert_eq!(facts["zone"], "Asia/Tokyo", "{who}");
        let language = request.header("accept-language").unwrap_or_default();
        assert!(language.starts_with("de-DE,de"), "{who}: {language}");
        assert_eq!(request.header("x-staging"), Some("yes"), "{who}");
    }
    for seen in site.seen() {
        let by = format!("{} {:?}", seen.target, seen.headers);
        assert!(seen.header("user-agent").unwrap().contains("Android 10; K"), "{by}");
        assert_eq!(seen.header("x-staging"), Some("yes"), "{by}");
        assert_eq!(seen.header("accept-language"), Some("de-DE,de;q=0.9"), "{by}");
    }
    for who in ["page", "popup"] {
        let facts = &reports[who].0;
        assert_eq!(facts["width"], 412, "{who}");
        assert_eq!(facts["screenWidth"], 412, "{who}");
        assert_eq!(facts["coarse"], true, "{who}");
    }
    for who in ["page", "popup", "frame", "oopif"] {
        let facts = &reports[who].0;
        assert_eq!(facts["ratio"], 2.625, "{who}");
        assert_eq!(facts["touch"], 5, "{who}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_permission_prompt_waits_for_a_person() {
    let ask = r"<script>
      async function ask() {
        const told = {};
        told.place = await new Promise(done => navigator.geolocation.getCurrentPosition(
          at => done([at.coords.latitude, at.coords.longitude, at.coords.accuracy]),
          error => done('error ' + error.code)));
        told.notification = await Notification.requestPermission();
        for (const [name, what] of [['camera', {video: true}], ['microphone', {audio: true}]])
          told[name] = await navigator.mediaDevices.getUserMedia(what).then(() => 'given', e => e.name);
        told.clipboard = await navigator.clipboard.readText().then(() => 'given', e => e.name);
        told.midi = await navigator.requestMIDIAccess({sysex: true}).then(() => 'given', e => e.name);
        await fetch('/report', {method: 'POST', body: JSON.stringify(told)});
      }
    </script>";
    for place in [None, Some(Geolocation { latitude: 48.5, longitude: 9.25, accuracy: 7.0 })] {
        let site = Site::with_pages(&[("/page", Reply::html(ask))]).await;
        let browser = BrowserOptions { geolocation: place, ..BrowserOptions::default() };
        let trace = Stage { browser, ..Stage::of(&site) }
            .play(json!([{"navigate": site.url("shop", "/page")}, {"evaluate": "await ask()"}]))
            .await;
        assert_done(&trace);
        let seen = site.seen();
        let report = seen.iter().find(|seen| seen.path() == "/report").unwrap();
        let told: Value = serde_json::from_slice(&report.body).unwrap();
        let expected = match place {
            None => json!("error 1"),
            Some(_) => json!([48.5, 9.25, 7]),
        };
        assert_eq!(told["place"], expected);
        assert_eq!(told["notification"], "denied");
        for name in ["camera", "microphone", "clipboard", "midi"] {
            assert_ne!(told[name], "given", "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_safari_is_played_without_client_hints() {
    let site = gallery().await;
    let agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
    let screen = Screen {
        width: 393,
        height: 852,
        device_scale_factor: 3.0,
        mobile: true,
        touch: true,
        platform: Some("iOS".to_owned()),
        model: String::new(),
    };
    let browser =
        BrowserOptions { user_agent: Some(agent.to_owned()), screen, ..BrowserOptions::default() };
    for (who, (facts, _)) in &visit(&site, browser).await {
        assert_eq!(facts["agent"], agent, "{who}");
        assert_eq!(facts["platform"], "iPhone", "{who}");
        assert!(!facts["brands"].to_string().contains("Chrom"), "{who}: {facts}");
    }
    for seen in site.seen() {
        assert_eq!(seen.header("user-agent"), Some(agent), "{}", seen.target);
        assert!(!seen.header("sec-ch-ua").unwrap_or_default().contains("Chrom"), "{seen:?}");
    }
}

/// Answers `/secret` to who knows the password and 401 to all others.
async fn guarded() -> Site {
    Site::start(|seen| {
        let known = seen.header("authorization") == Some("Basic dmlzaXRvcjpvcGVuIHNlc2FtZQ==");
        match seen.path() {
            "/open" => Some(Reply::html("come in")),
            "/secret" if known => Some(Reply::html("welcome")),
            "/secret" => Some(
                Reply::new(401, "text/html", "who are you")
                    .with("www-authenticate", "Basic realm=\"staging\""),
            ),
            _ => None,
        }
    })
    .await
}

fn credentials(password: Option<&str>) -> BrowserOptions {
    let http_credentials = password.map(|password| Credentials {
        username: "visitor".to_owned(),
        password: password.to_owned(),
    });
    BrowserOptions { http_credentials, ..BrowserOptions::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_open_what_they_fit() {
    let site = guarded().await;
    let trace = Stage { browser: credentials(Some("open sesame")), ..Stage::of(&site) }
        .play(json!([
            {"navigate": site.url("shop", "/secret")},
            {"waitForExpression": "document.body.textContent === 'welcome'"},
            {"evaluate": "if ((await fetch('/secret?again')).status !== 200) throw 1"},
            {"evaluate": "await fetch('/px?after')"},
        ]))
        .await;
    assert_done(&trace);
    assert_same_as_arrived(&trace, &site);
    let secret: Vec<_> = trace.requests.iter().filter(|it| it.url.contains("/secret")).collect();
    assert_eq!(secret.len(), 2, "a challenge is no request of its own: {secret:#?}");
    for request in secret {
        assert_eq!(request.response.as_ref().map(|response| response.status), Some(200));
        assert_eq!(request.outcome.as_text(), "delivered");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_page_embeds_is_given_no_password() {
    let site = guarded().await;
    let embed = format!(
        "await new Promise((go) => {{ const frame = document.createElement('iframe'); frame.onload = go; frame.src = '{}'; document.body.append(frame); }})",
        site.url("cdn.shop", "/secret?embedded")
    );
    let trace = Stage { browser: credentials(Some("open sesame")), ..Stage::of(&site) }
        .play(json!([{"navigate": site.url("shop", "/secret")}, {"evaluate": embed}]))
        .await;
    assert_done(&trace);
    let told = |part: &str| -> Vec<bool> {
        let seen = site.seen().into_iter().filter(|seen| seen.target.contains(part));
        seen.map(|seen| format!("{:?}", seen.headers).to_lowercase().contains("authorization"))
            .collect()
    };
    assert!(told("/secret").contains(&true), "the site itself was told nothing");
    assert_eq!(told("embedded"), [false]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_right_credentials_nothing_hangs() {
    for password in [Some("wrong"), None] {
        let site = guarded().await;
        let stage = Stage { browser: credentials(password), ..Stage::of(&site) };
        let report = stage
            .play_all(vec![
                json!([
                    {"navigate": site.url("shop", "/open")},
                    {"evaluate": "if ((await fetch('/secret')).status !== 401) throw 1"},
                ]),
                json!([{"navigate": site.url("shop", "/secret")}]),
            ])
            .await;
        let [fetched, navigated] = &report.scenarios[..] else { panic!("not two scenarios") };
        assert_done(&fetched.trace);
        let request = fetched.trace.requests.iter().find(|it| it.url.ends_with("/secret")).unwrap();
        assert_eq!(request.response.as_ref().map(|response| response.status), Some(401));
        assert_done(&navigated.trace);
        let request = &navigated.trace.requests[0];
        assert_eq!(request.response.as_ref().map(|response| response.status), Some(401));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_sees_every_request() {
    // To a proxy, Chrome sends whole URLs; the little server takes them too.
    let proxy = Site::start(|seen| match seen.target.as_str() {
        "http://shop.test/page" => {
            Some(Reply::html("<script>navigator.sendBeacon('/px', 'a')</script>"))
        }
        "http://shop.test/px" => Some(Reply::new(200, "text/plain", "")),
        _ => None,
    })
    .await;
    let browser = BrowserOptions {
        proxy: Some(format!("http://127.0.0.1:{}", proxy.port)),
        ..BrowserOptions::default()
    };
    let trace = Stage { browser, ..Stage::default() }
        .play(json!([{"navigate": "http://shop.test/page"}]))
        .await;
    assert_done(&trace);
    let mut targets: Vec<String> = proxy.seen().into_iter().map(|seen| seen.target).collect();
    targets.retain(|target| target.contains(".test/"));
    assert_eq!(targets, ["http://shop.test/page", "http://shop.test/px"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn cookies_and_names_are_there_from_the_first_request_on() {
    let site = Site::with_pages(&[("/page", Reply::html("<iframe src=/frame></iframe>"))]).await;
    let url = format!("http://shop.example:{}/page", site.port);
    let cookie = |name: &str| StartCookie {
        name: name.to_owned(),
        value: "1".to_owned(),
        ..StartCookie::default()
    };
    let browser = BrowserOptions {
        host_resolver_rules: vec!["MAP shop.example 127.0.0.1".to_owned()],
        cookies: vec![
            StartCookie { url: Some(url.clone()), ..cookie("by_url") },
            StartCookie {
                domain: Some("shop.example".to_owned()),
                http_only: Some(true),
                ..cookie("by_domain")
            },
            StartCookie { domain: Some("other.example".to_owned()), ..cookie("other") },
        ],
        args: vec!["--lang=fr-FR".to_owned(), "--user-agent=ByArgument/1".to_owned()],
        ..BrowserOptions::default()
    };
    let trace = Stage { browser, jobs: 2, ..Stage::default() }
        .play_all(vec![json!([{"navigate": url}]), json!([{"navigate": url}])])
        .await;
    for scenario in &trace.scenarios {
        assert_done(&scenario.trace);
    }
    assert!(site.seen().len() >= 4);
    for seen in site.seen() {
        let cookies = seen.header("cookie").unwrap_or_default();
        assert!(cookies.contains("by_url=1") && cookies.contains("by_domain=1"), "{cookies}");
        assert!(!cookies.contains("other"), "{cookies}");
        assert_eq!(seen.header("user-agent"), Some("ByArgument/1"), "arguments reach Chrome");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_executable_that_is_no_chrome_is_told() {
    let browser = BrowserOptions {
        source: BrowserSource::Executable("/bin/false".into()),
        ..BrowserOptions::default()
    };
    let report = Stage { browser, ..Stage::default() }
        .play_all(vec![json!([{"navigate": "http://shop.localhost:1/"}])])
        .await;
    let finding = &report.scenarios[0].findings[0];
    assert_eq!(finding.code, "no-browser");
    assert!(finding.message.contains("/bin/false"), "{}", finding.message);
}

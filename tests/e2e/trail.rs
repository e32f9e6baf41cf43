//! Where a lost event was lost, on real Chrome: one small shop whose lead
//! form calls Meta and TikTok itself or through a tag manager's container, and
//! one breakage a scenario. Each is looked into with and without what was kept
//! of a run that passed. The libraries are small stand-ins that do what the
//! real ones do with the snippet's queue.

use std::collections::HashMap;

use pixelproof::checks::trail::Wish;
use pixelproof::model::browser_options::BrowserOptions;
use pixelproof::model::run::{ScenarioReport, Verdict};
use pixelproof::model::trail::{StageName, StageState, Trail};

use crate::e2e::support::{Ran, Reply, Run, Site, page, told};

/// Meta's snippet, as its documentation has it.
const FBQ: &str = r#"<script>!function(f,b,e,v,n,t,s){if(f.fbq)return;n=f.fbq=function(){n.callMethod?
n.callMethod.apply(n,arguments):n.queue.push(arguments)};if(!f._fbq)f._fbq=n;n.push=n;n.loaded=!0;n.version='2.0';
n.queue=[];t=b.createElement(e);t.async=!0;t.src=v;s=b.getElementsByTagName(e)[0];s.parentNode.insertBefore(t,s)}
(window,document,'script','/$NAME/fbevents.js');fbq('init','1234567890123456');fbq('track','PageView');</script>"#;

/// TikTok's snippet in short: an array with methods that defer.
const TTQ: &str = r#"<script>!function(w,d,t){w.TiktokAnalyticsObject=t;var ttq=w[t]=w[t]||[];ttq.methods=['page','track','identify'];
ttq.setAndDefer=function(t,e){t[e]=function(){t.push([e].concat(Array.prototype.slice.call(arguments,0)))}};
for(var i=0;i<ttq.methods.length;i++)ttq.setAndDefer(ttq,ttq.methods[i]);
ttq.load=function(e){ttq._i=ttq._i||{};ttq._i[e]=[];var o=d.createElement('script');o.async=!0;o.src='/i18n/pixel/events.js?sdkid='+e+'&lib='+t;
var a=d.getElementsByTagName('script')[0];a.parentNode.insertBefore(o,a)};ttq.load('CTEST0000000000000001');ttq.page()}(window,document,'ttq');</script>"#;

const GTM: &str = r#"<script>(function(w,d,s,l,i){w[l]=w[l]||[];w[l].push({'gtm.start':new Date().getTime(),event:'gtm.js'});
var f=d.getElementsByTagName(s)[0],j=d.createElement(s);j.async=true;j.src='/$NAME/gtm.js?id='+i;f.parentNode.insertBefore(j,f);
})(window,document,'script','dataLayer','GTM-TEST1');</script>"#;

const FORM: &str = r#"<form id=lead><input id=email name=email type=email required>
<button id=send type=submit>Send</button></form><p id=done hidden>Thank you</p>
<script src="/$NAME/theme.js"></script><script src="/$NAME/site.js"></script>"#;

const FBEVENTS: &str = r"(function () {
  const stub = window.fbq;
  if (!stub || stub.callMethod) return;
  const ids = [], kept = [];
  let held = false;
  const send = (event) => ids.forEach((id) => {
    new Image().src = 'https://www.facebook.com/tr/?id=' + id + '&ev=' + event + '&rqm=GET&ts=' + Date.now() + Math.random();
  });
  stub.callMethod = function (method, value) {
    if (method === 'consent') {
      held = value === 'revoke';
      if (!held) kept.splice(0).forEach(send);
    }
    if (method === 'init') ids.push(value);
    if (method === 'track' || method === 'trackCustom') held ? kept.push(value) : send(value);
  };
  stub.queue.splice(0).forEach((call) => stub.callMethod(...call));
})();";

const TIKTOK: &str = r"(function () {
  const stub = window.ttq, codes = Object.keys(stub._i);
  const send = (event) => codes.forEach((code) => fetch('https://analytics.tiktok.com/api/v2/pixel', {
    method: 'POST', keepalive: true, mode: 'no-cors',
    body: JSON.stringify({ event, context: { pixel: { code } }, properties: {} }) }).catch(() => 0));
  const library = { _i: stub._i, page: () => send('Pageview'), track: send, identify: () => 0 };
  const queue = stub.splice(0);
  window.ttq = library;
  queue.forEach(([method, ...rest]) => library[method](...rest));
})();";

/// A container with one tag: on `generate_lead` it calls Meta.
const CONTAINER: &str = r"(function () {
  window.google_tag_manager = { 'GTM-TEST1': {} };
  const tags = { generate_lead: () => fbq('track', 'Lead') };
  const layer = window.dataLayer, push = layer.push;
  const run = (pushed) => { if (pushed && tags[pushed.event]) tags[pushed.event](); };
  layer.forEach(run);
  layer.push = function (...items) {
    const length = push.apply(layer, items);
    items.forEach(run);
    return length;
  };
})();";

const THEME: &str = "window.celebrate = () => { document.getElementById('done').hidden = false; };";

const SITE: &str = r"document.getElementById('lead').addEventListener('submit', async (event) => {
  event.preventDefault();
  const answer = await fetch('/$NAME/api/lead', { method: 'POST', body: 'email=x' });
  if (!answer.ok) return;
  celebrate();
  track();
});
";

const DIRECT: &str =
    "function track() {\n  fbq('track', 'Lead', { value: 25 });\n  ttq.track('SubmitForm', {});\n}";
const PUSHED: &str =
    "function track() {\n  dataLayer.push({ event: 'generate_lead', value: 25 });\n}";

/// A shop, all of whose files have its name in their path.
struct Shop {
    name: &'static str,
    head: String,
    files: HashMap<&'static str, Reply>,
    headers: Vec<(&'static str, String)>,
    email: &'static str,
}

fn script(text: &str) -> Reply {
    Reply::Full(200, vec![("content-type", "text/javascript".to_owned())], text.to_owned())
}

impl Shop {
    /// It calls the vendors itself.
    fn direct(name: &'static str) -> Self {
        let files = HashMap::from([
            ("fbevents.js", script(FBEVENTS)),
            ("gtm.js", script(CONTAINER)),
            ("theme.js", script(THEME)),
            ("site.js", script(&format!("{SITE}{DIRECT}"))),
            ("api/lead", Reply::Full(200, Vec::new(), "{}".to_owned())),
        ]);
        Self { name, head: format!("{FBQ}{TTQ}"), files, headers: Vec::new(), email: "a@b.test" }
    }

    /// It pushes, and the container calls Meta.
    fn managed(name: &'static str) -> Self {
        let shop = Self { head: format!("{FBQ}{GTM}"), ..Self::direct(name) };
        shop.with("site.js", script(&format!("{SITE}{PUSHED}")))
    }

    fn with(mut self, file: &'static str, reply: Reply) -> Self {
        self.files.insert(file, reply);
        self
    }

    fn replaced(mut self, from: &str, to: &str) -> Self {
        assert!(self.head.contains(from), "{from}");
        self.head = self.head.replace(from, to);
        self
    }

    fn policy(mut self, policy: &str) -> Self {
        self.headers.push(("content-security-policy", policy.to_owned()));
        self
    }

    fn replies(&self) -> Vec<(String, Reply)> {
        let fill = |text: &str| text.replace("$NAME", self.name);
        let mut headers = self.headers.clone();
        headers.push(("content-type", "text/html".to_owned()));
        let html = fill(&format!("<!doctype html><title>Shop</title>{}{FORM}", self.head));
        let page = (format!("shop.localhost/{}", self.name), Reply::Full(200, headers, html));
        let files = self.files.iter().map(|(file, reply)| {
            let reply = match reply {
                Reply::Full(status, headers, text) => {
                    Reply::Full(*status, headers.clone(), fill(text))
                }
                other => other.clone(),
            };
            (format!("shop.localhost/{}/{file}", self.name), reply)
        });
        files.chain([page]).collect()
    }

    fn scenario(&self) -> String {
        format!(
            "timeout: 8000\nsteps:\n  - navigate: {{ url: \"http://shop.localhost:$PORT/{}\", label: open }}\n  \
             - change: {{ selectors: \"#email\", value: {} }}\n  \
             - click: {{ selectors: \"#send\", label: send }}\nexpect:\n  \
             - {{ vendor: meta, event: Lead, account: \"1234567890123456\", step: send, times: 1 }}\n",
            self.name, self.email
        )
    }
}

/// A name that nobody has is told at once, whatever the machine's resolver does.
fn run() -> Run {
    let browser = BrowserOptions {
        host_resolver_rules: vec!["MAP *.invalid ~NOTFOUND".to_owned()],
        ..BrowserOptions::default()
    };
    Run { browser, ..Run::default() }
}

/// Plays every shop; each `true` with what was kept of the good one.
async fn play(good: Shop, shops: Vec<Shop>) -> (Ran, Ran) {
    let mut replies: Vec<(String, Reply)> = shops.iter().flat_map(Shop::replies).collect();
    replies.extend(good.replies());
    replies.push(("shop.localhost/i18n/pixel/events.js".to_owned(), script(TIKTOK)));
    let site = Site::serve(replies).await;
    let scenario = good.scenario();
    let mut ran = run().play(&site, &[(good.name, &scenario)]).await;
    assert_eq!(ran.of(good.name).verdict, Verdict::Passed, "{}", told(ran.of(good.name)));
    let kept = ran.goods.remove(0).unwrap();
    // The good shop's own files have its name in their path; a real site's
    // stay where they are.
    let kept = serde_json::to_string(&kept).unwrap();
    let texts: Vec<(&str, String)> = shops.iter().map(|it| (it.name, it.scenario())).collect();
    let scenarios: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (*name, &**text)).collect();
    let last_goods = shops
        .iter()
        .map(|shop| {
            let own = kept.replace(&format!("/{}", good.name), &format!("/{}", shop.name));
            (shop.name.to_owned(), serde_json::from_str(&own).unwrap())
        })
        .collect();
    let blind = Run { jobs: 4, ..run() }.play(&site, &scenarios).await;
    let knowing = Run { jobs: 4, last_goods, ..run() }.play(&site, &scenarios).await;
    (blind, knowing)
}

#[track_caller]
fn lead<'r>(ran: &'r Ran, name: &str) -> &'r Trail {
    let scenario = ran.of(name);
    let mut trails = scenario.trails.iter();
    let found = trails.find(|trail| trail.hit.is_none());
    found.unwrap_or_else(|| panic!("no trail: {}", told(scenario)))
}

fn explained(scenario: &ScenarioReport, trail: &Trail) -> String {
    let stages: Vec<String> = trail
        .stages
        .iter()
        .map(|it| format!("{} {}: {}", it.state.as_text(), it.name.as_text(), it.evidence))
        .collect();
    format!("{}\n{}\n{}", trail.summary, stages.join("\n"), told(scenario))
}

/// What a shop must be told: its stage, words of the evidence.
type Told = (StageName, &'static [&'static str]);

fn hold(ran: &Ran, wanted: &[(&'static str, Told)]) {
    let mut wrong = Vec::new();
    for (name, (stage, words)) in wanted {
        let trail = lead(ran, name);
        let broken = trail.broken().map(|it| it.name);
        let lacks = words.iter().find(|word| !trail.summary.contains(**word));
        if broken != Some(*stage) || lacks.is_some() {
            let text = explained(ran.of(name), trail);
            wrong.push(format!("{name}: {broken:?} for {stage:?}, lacks {lacks:?}\n{text}"));
        }
        let after = trail.stages.iter().skip_while(|it| Some(it.name) != broken).skip(1);
        assert!(after.into_iter().all(|it| it.state == StageState::NotReached), "{name}");
        assert_eq!(trail.stages.len(), StageName::ALL.len());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_that_the_shop_asks_for_itself() {
    use StageName::{Call, Consent, Event, Form, Global, Library, Request, Script, Sent};
    let site = |text: &str| script(&format!("{SITE}{text}"));
    let stopped = format!(
        "document.addEventListener('click', () => track());\n\
         document.getElementById('send').addEventListener('click', (event) => {{\n  \
         event.preventDefault(); event.stopPropagation(); }});\n{DIRECT}"
    );
    let slow =
        FBEVENTS.replace("held ? kept.push(value) : send(value)", "setTimeout(send, 60000, value)");
    assert_ne!(slow, FBEVENTS);
    let shops = vec![
        Shop { email: "nonsense", ..Shop::direct("form-invalid") },
        Shop::direct("form-refused")
            .with("api/lead", Reply::Full(422, Vec::new(), "{}".to_owned())),
        Shop::direct("handler-throws")
            .with("theme.js", script("window.celebrate = () => { null.classList.add('x'); };")),
        Shop::direct("theme-gone").with("theme.js", Reply::Full(404, Vec::new(), String::new())),
        Shop::direct("site-gone").with("site.js", Reply::Full(404, Vec::new(), String::new())),
        Shop::direct("site-broken").with("site.js", script("function ( {")),
        Shop::direct("library-404")
            .with("fbevents.js", Reply::Full(404, Vec::new(), String::new())),
        Shop::direct("library-csp").policy("script-src 'unsafe-inline' http://shop.localhost:$PORT/i18n/ http://shop.localhost:$PORT/library-csp/theme.js http://shop.localhost:$PORT/library-csp/site.js"),
        Shop::direct("library-name").replaced("'/$NAME/fbevents.js'", "'http://no-such-host.invalid/fbevents.js'"),
        Shop::direct("library-html").with(
            "fbevents.js",
            Reply::Full(200, vec![("content-type", "text/html".to_owned())], "<p>".to_owned()),
        ),
        Shop::direct("library-integrity").replaced("t.async=!0;t.src=v", "t.async=!0;t.integrity='sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';t.src=v"),
        Shop::direct("library-empty").with("fbevents.js", script("")),
        Shop::direct("pixel-csp").policy("img-src 'self'"),
        Shop::direct("tag-removed").replaced(FBQ, ""),
        Shop::direct("tag-held")
            .replaced("<script>!function(f,b", "<script type='text/plain'>!function(f,b"),
        Shop::direct("other-account").replaced("1234567890123456", "9999999999999999"),
        Shop::direct("no-init").replaced("fbq('init','1234567890123456');", ""),
        Shop::direct("other-name").with("site.js", site("function track() { fbq('track', 'LeadForm'); }")),
        Shop::direct("other-case").with("site.js", site("function track() { fbq('track', 'lead'); }")),
        Shop::direct("other-method").with("site.js", site("function track() { fbq('trackEvent', 'Lead'); }")),
        Shop::direct("not-called").with("site.js", site("function track() {}")),
        Shop::direct("denied").replaced("fbq('init'", "fbq('consent','revoke');fbq('init'"),
        Shop::direct("called-early").with("site.js", site("function track() {}\nfbq('track', 'Lead');")),
        Shop::direct("left-at-once")
            .with("fbevents.js", script(&slow))
            .with("site.js", script(&format!("document.getElementById('lead').addEventListener('submit', () => track());\n{DIRECT}"))),
        Shop::direct("stopped").with("site.js", script(&stopped)),
    ];
    let (blind, knowing) = play(Shop::direct("good"), shops).await;
    let mut wanted: Vec<(&str, Told)> = vec![
        ("form-invalid", (Form, &["refused the form", "`email`"])),
        ("form-refused", (Form, &["POST /form-refused/api/lead answered 422"])),
        ("handler-throws", (Script, &["theme.js:1 threw `TypeError"])),
        ("theme-gone", (Script, &["celebrate is not defined"])),
        ("site-gone", (Script, &["site.js did not load", "404"])),
        ("site-broken", (Script, &["site.js:1 threw `SyntaxError"])),
        ("library-404", (Library, &["fbevents.js", "404"])),
        ("library-csp", (Library, &["fbevents.js", "CSP", "script-src"])),
        ("library-name", (Library, &["ERR_NAME_NOT_RESOLVED"])),
        ("library-html", (Library, &["fbevents.js"])),
        ("library-integrity", (Library, &["integrity"])),
        ("library-empty", (Library, &["did not take over `fbq`"])),
        ("pixel-csp", (Sent, &["CSP", "img-src"])),
        ("tag-removed", (Global, &["fbq"])),
        ("tag-held", (Consent, &["text/plain"])),
        ("other-account", (Call, &["9999999999999999", "fbq(\"init\""])),
        ("no-init", (Call, &["fbq(\"init\") is missing"])),
        ("other-name", (Call, &["fbq(\"track\", \"LeadForm\")", "site.js:8"])),
        ("other-case", (Call, &["fbq(\"track\", \"lead\")"])),
        ("other-method", (Call, &["fbq(\"trackEvent\", \"Lead\")"])),
        ("not-called", (Call, &["nothing called fbq(\"track\", \"Lead\")"])),
        ("denied", (Consent, &["fbq(\"consent\", \"revoke\")"])),
        ("called-early", (Call, &["was called in step 1 `open`", "site.js:9"])),
        ("left-at-once", (Request, &["the page was left before the library had sent it"])),
    ];
    hold(&blind, &wanted);
    let last = "last time fbq(\"track\", \"Lead\") was called by site.js:9";
    wanted.retain(|(name, _)| *name != "not-called");
    wanted.push((
        "not-called",
        (
            Call,
            &[
                "nothing called",
                "last time fbq(\"track\", \"Lead\") was called by site.js:9 in step `send`",
            ],
        ),
    ));
    wanted.push(("stopped", (Event, &["stopped the click on button#send"])));
    hold(&knowing, &wanted);
    assert!(lead(&knowing, "handler-throws").summary.contains(last));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_that_a_container_asks_for() {
    use StageName::{Call, DataLayer, TagManager};
    let site = |text: &str| script(&format!("{SITE}{text}"));
    let renamed = "function track() {\n  dataLayer.push({ event: 'generateLead' });\n}";
    let replaced = "function track() {\n  window.dataLayer = [];\n  dataLayer.push({ event: 'generate_lead' });\n}";
    let shops = vec![
        Shop::managed("container-404").with("gtm.js", Reply::Full(404, Vec::new(), String::new())),
        Shop::managed("container-gone").replaced(GTM, "<script>window.dataLayer=[]</script>"),
        Shop::managed("container-other")
            .replaced("'GTM-TEST1'", "'GTM-OTHER'")
            .with("gtm.js", script("")),
        Shop::managed("tag-gone")
            .with("gtm.js", script(&CONTAINER.replace("generate_lead:", "other:"))),
        Shop::managed("push-renamed").with("site.js", site(renamed)),
        Shop::managed("push-gone").with("site.js", site("function track() {}")),
        Shop::managed("layer-replaced").with("site.js", site(replaced)),
        Shop::managed("push-account").replaced("1234567890123456", "9999999999999999"),
    ];
    let (blind, knowing) = play(Shop::managed("managed"), shops).await;
    let mut wanted: Vec<(&str, Told)> = vec![
        ("container-404", (TagManager, &["GTM-TEST1", "404"])),
        ("layer-replaced", (DataLayer, &["`dataLayer` was replaced"])),
        ("tag-gone", (TagManager, &["GTM-TEST1 answered", "generate_lead"])),
        ("push-account", (Call, &["9999999999999999"])),
    ];
    hold(&blind, &wanted);
    wanted.retain(|(name, _)| *name != "tag-gone");
    wanted.extend::<Vec<(&str, Told)>>(vec![
        ("container-gone", (TagManager, &["GTM-TEST1 is not on the page", "last time"])),
        ("container-other", (TagManager, &["GTM-OTHER", "GTM-TEST1"])),
        ("tag-gone", (TagManager, &["GTM-TEST1 answered", "none of its tags fired"])),
        (
            "push-renamed",
            (DataLayer, &["`generateLead` was pushed instead of `generate_lead` by site.js:9"]),
        ),
        ("push-gone", (DataLayer, &["`generate_lead` was not pushed", "site.js:9"])),
    ]);
    hold(&knowing, &wanted);
    let of_container = lead(&knowing, "push-gone");
    assert!(
        of_container.summary.contains("by the container GTM-TEST1"),
        "{}",
        of_container.summary
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_told_of_a_shop_that_is_well() {
    let shop = Shop::managed("well");
    let site = Site::serve(shop.replies()).await;
    let scenario = shop.scenario();
    let all = Run { wish: Wish::All, ..Run::default() };
    let ran = all.play(&site, &[(shop.name, &scenario)]).await;
    let report = ran.done(shop.name);
    let told: Vec<(&str, bool, &str)> = report
        .trails
        .iter()
        .map(|trail| (&*trail.event, trail.broken().is_none(), &*trail.summary))
        .collect();
    let called = "fbq(\"track\", \"PageView\"), called on the page /well before its library ran in step 1 `open`";
    assert_eq!(told[0], ("PageView", true, called));
    assert_eq!(told[1].0, "Lead");
    assert!(told[1].1 && told[1].2.contains("called by gtm.js (GTM-TEST1):3"), "{told:?}");
    assert!(told[1].2.contains("site.js"), "{told:?}");
    let one = Wish::One { vendor: "tiktok".to_owned(), event: "SubmitForm".to_owned() };
    let ran = Run { wish: one, ..Run::default() }.play(&site, &[(shop.name, &scenario)]).await;
    let report = ran.done(shop.name);
    assert_eq!(report.trails.len(), 1);
    assert_eq!(report.trails[0].broken().unwrap().name, StageName::Global);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_double_install_names_both_scripts() {
    let shop = Shop::direct("double").with(
        "theme.js",
        script(&format!("{THEME}\ndocument.getElementById('lead').addEventListener('submit', () => fbq('track', 'Lead'));")),
    );
    let mut replies = shop.replies();
    replies.push(("shop.localhost/i18n/pixel/events.js".to_owned(), script(TIKTOK)));
    let site = Site::serve(replies).await;
    let ran = Run::default().play(&site, &[(shop.name, &shop.scenario())]).await;
    let report = ran.of(shop.name);
    let told: Vec<&str> = report.trails.iter().map(|trail| &*trail.summary).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("called by theme.js:2"), "{told:?}");
    assert!(told[1].contains("called by site.js:9"), "{told:?}");
}

/// Google's snippet, and a library that does what the real one does with it.
const GTAG: &str = r#"<script async src="/gtag/js?id=G-TEST1"></script>
<script>window.dataLayer = window.dataLayer || [];
function gtag(){dataLayer.push(arguments);}
gtag('js', new Date());
gtag('config', 'G-TEST1', { send_page_view: false });</script>"#;

const GTAG_JS: &str = r"(function () {
  window.google_tag_manager = {};
  const ids = [], layer = window.dataLayer, push = layer.push;
  const run = ([command, name]) => {
    if (command === 'config') ids.push(name);
    if (command === 'event') ids.forEach((id) => fetch(
      'https://region1.google-analytics.com/g/collect?v=2&tid=' + id + '&en=' + name,
      { method: 'POST', keepalive: true, mode: 'no-cors' }).catch(() => 0));
  };
  layer.forEach(run);
  layer.push = function (...items) { items.forEach(run); return push.apply(layer, items); };
})();";

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_that_the_shop_tells_google() {
    use StageName::{Call, Consent, Library};
    let bought = "<button id=buy onclick=\"gtag('event', 'purchase', { value: 1 })\">Buy</button>";
    let denied = "gtag('consent', 'default', { analytics_storage: 'denied' });";
    let held = GTAG
        .replace("<script async src=\"/gtag/js?id=G-TEST1\"></script>", "")
        .replace("gtag('js'", &format!("{denied}\ngtag('js'"));
    let pages: Vec<(&str, String, Reply)> = vec![
        ("good", format!("{GTAG}{bought}"), script(GTAG_JS)),
        ("g404", format!("{GTAG}{bought}"), Reply::Full(404, Vec::new(), String::new())),
        (
            "gname",
            format!("{GTAG}{}", bought.replace("purchase", "purchase_done")),
            script(GTAG_JS),
        ),
        ("gaccount", format!("{}{bought}", GTAG.replace("G-TEST1", "G-OTHER")), script(GTAG_JS)),
        ("gdenied", format!("{held}{bought}"), script(GTAG_JS)),
    ];
    let names: Vec<&str> = pages.iter().map(|(name, ..)| *name).collect();
    let site = Site::serve(pages.into_iter().flat_map(|(name, html, library)| {
        [
            (format!("{name}.localhost/"), page(&html)),
            (format!("{name}.localhost/gtag/js"), library),
        ]
    }))
    .await;
    let texts: Vec<(&str, String)> = names
        .into_iter()
        .map(|name| {
            let text = format!(
                "timeout: 8000\nsteps:\n  - navigate: {{ url: \"http://{name}.localhost:$PORT/\" }}\n  \
                 - click: {{ selectors: \"#buy\", label: buy }}\nexpect:\n  \
                 - {{ vendor: ga4, event: purchase, account: G-TEST1, times: 1 }}\n"
            );
            (name, text)
        })
        .collect();
    let scenarios: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (*name, &**text)).collect();
    let ran = Run { jobs: 4, ..run() }.play(&site, &scenarios).await;
    assert_eq!(ran.of("good").verdict, Verdict::Passed, "{}", told(ran.of("good")));
    let wanted: [(&str, Told); 4] = [
        ("g404", (Library, &["gtag.js", "404"])),
        (
            "gname",
            (
                Call,
                &[
                    "gtag(\"event\", \"purchase_done\") was called instead of gtag(\"event\", \"purchase\")",
                ],
            ),
        ),
        ("gaccount", (Call, &["G-OTHER instead of G-TEST1"])),
        ("gdenied", (Consent, &["gtag(\"consent\", \"default\")", "nothing grants it"])),
    ];
    hold(&ran, &wanted);
}

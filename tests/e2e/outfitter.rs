//! A small shop that is not the demo: a theme with the snippets as vendors
//! document them, a tag manager's container, a checkout that changes its
//! address without loading, a form that is sent by `fetch`, and one in a frame
//! of another site. PostHog, Mixpanel and Segment are their own libraries; the
//! others, which no registry carries, are stand-ins.
//!
//! One server is every site and every vendor. Each variant of the shop has a
//! name under `kletterladen.test`, and vendors answer it by the page that asks.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pixelproof::model::browser_options::BrowserOptions;

use crate::e2e::ground::{Reply, Seen, Site, When};
use crate::e2e::support::Run;

/// What a variant does otherwise than the good shop. Files are named by the
/// last part of their address, or as in `tests/fixtures/outfitter`.
#[derive(Debug, Clone, Copy)]
pub enum Edit {
    /// In this file, this text becomes that one wherever it stands.
    Swap(&'static str, &'static str, &'static str),
    /// This file answers with a status and a text.
    Status(&'static str, u16, &'static str),
    /// This file comes later, or never.
    When(&'static str, When),
    /// Every page, or only this file, has a header.
    Header(&'static str, &'static str, &'static str),
    /// This redirect leads there.
    Location(&'static str, &'static str),
}

/// A name and what is otherwise.
pub type Variant = (&'static str, &'static [Edit]);

const VENDOR_HOSTS: [&str; 5] = [
    "connect.facebook.net",
    "www.googletagmanager.com",
    "analytics.tiktok.com",
    "eu-assets.i.posthog.com",
    "cdn.mxpnl.com",
];

/// Every page has it.
pub const PAGES: &str = "*.html";

struct Shop {
    edits: HashMap<&'static str, &'static [Edit]>,
    numbers: AtomicUsize,
}

/// Serves every variant.
pub async fn serve(variants: Vec<Variant>) -> Site {
    for (name, edits) in &variants {
        for edit in *edits {
            if let Edit::Swap(file, from, _) = edit {
                assert!(text_of(file).contains(from), "{name}: {file} has no `{from}`");
            }
        }
    }
    let edits = variants.into_iter().collect();
    let shop = Arc::new(Shop { edits, numbers: AtomicUsize::new(417) });
    Site::start(move |seen| Some(shop.answer(seen))).await
}

/// Names lead to the shop's server, or nowhere.
pub fn run(port: u16) -> Run {
    let mut rules: Vec<String> =
        VENDOR_HOSTS.iter().map(|host| format!("MAP {host} 127.0.0.1:{port}")).collect();
    rules.extend(["kletterladen", "mailer", "cdn"].map(|it| format!("MAP *.{it}.test 127.0.0.1")));
    rules.push("MAP * ~NOTFOUND".to_owned());
    let browser = BrowserOptions {
        host_resolver_rules: rules,
        accept_invalid_certificates: true,
        ..BrowserOptions::default()
    };
    Run { browser, jobs: 4, ..Run::default() }
}

impl Shop {
    fn answer(&self, seen: &Seen) -> Reply {
        let host = seen.host.split(':').next().unwrap_or_default();
        let port = seen.host.split_once(':').map_or("", |(_, port)| port);
        let name = if VENDOR_HOSTS.contains(&host) {
            let page = seen.header("referer").or(seen.header("origin")).unwrap_or_default();
            page.trim_start_matches("https://").split('.').next().unwrap_or_default()
        } else {
            host.split('.').next().unwrap_or_default()
        };
        let edits = self.edits.get(name).copied().unwrap_or_default();
        let Some((file, mut reply)) = self.file(seen, host, name, edits) else {
            return Reply::new(404, "text/plain", "nichts");
        };
        for edit in edits {
            match *edit {
                Edit::Status(of, status, text) if of == file => {
                    let kind = if has_ending(of, "js") { "text/javascript" } else { "text/html" };
                    reply = Reply::new(status, kind, text);
                }
                Edit::When(of, when) if of == file => reply.when = when,
                Edit::Location(of, to) if of == file => {
                    reply.headers.clear();
                    reply = reply.with("location", to);
                }
                Edit::Header(of, header, value) if of == file || is_page(of, file) => {
                    reply = reply.with(header, &value.replace("$PORT", port));
                }
                _ => {}
            }
        }
        reply
    }

    /// The file that an address stands for, and how the good shop answers.
    fn file<'a>(
        &self,
        seen: &'a Seen,
        host: &str,
        name: &str,
        edits: &[Edit],
    ) -> Option<(&'a str, Reply)> {
        let port = seen.host.split_once(':').map_or("", |(_, port)| port);
        let number = || self.numbers.fetch_add(1, Ordering::Relaxed);
        let page = |file: &'static str, title: &str, order: &str| {
            let html = edited("head.html", edits)
                .replace("$TITLE", title)
                .replace("$MAIN", &edited(file, edits))
                .replace("$ORDER", order)
                .replace("$SHOP", name)
                .replace("$PORT", port)
                .replace("$MIXPANEL", &text_of("mixpanel-snippet.js"));
            Some((file, Reply::new(200, "text/html; charset=utf-8", html)))
        };
        let script = |file: &'a str| {
            let reply =
                Reply::js(&edited(file, edits).replace("$PORT", port).replace("$SHOP", name));
            Some((file, reply.with("access-control-allow-origin", "*")))
        };
        let json =
            |file: &'a str, text: String| Some((file, Reply::new(200, "application/json", text)));
        match seen.path() {
            "/go" => {
                let to = seen.target.replace("/go", "/beratung");
                Some(("go", Reply::new(302, "text/plain", "").with("location", &to)))
            }
            "/p/kletterschuh" => page("product.html", "Kletterschuh", ""),
            "/kasse" => page("checkout.html", "Kasse", ""),
            "/danke" => page("thanks.html", "Danke", seen.query("bestellung").unwrap_or_default()),
            "/beratung" => page("advice.html", "Beratung", ""),
            "/beratung/danke" => page("sent.html", "Beratung", ""),
            "/newsletter" => page("newsletter.html", "Newsletter", ""),
            "/form" => {
                let html = edited("frame.html", edits);
                Some(("frame.html", Reply::new(200, "text/html; charset=utf-8", html)))
            }
            "/api/bestellung" => json("bestellung", format!(r#"{{"id":"K-{:05}"}}"#, number() * 7)),
            "/api/anfrage" => json("anfrage", format!(r#"{{"id":"a{:05}"}}"#, number() * 13)),
            "/api/abo" => json("abo", "{}".to_owned()),
            "/api/korb" => json("korb", r#"{"pieces":2}"#.to_owned()),
            "/gtag/js" => script("gtag.js"),
            path if path.starts_with("/signals/config/") => script("config.js"),
            path if path.contains("/config.js") => script("array-config.js"),
            path if path.starts_with("/array/") => {
                let (_, reply) = json("array-config.json", "{}".to_owned())?;
                Some(("array-config.json", reply.with("access-control-allow-origin", "*")))
            }
            path if path.starts_with("/libs/mixpanel") => script("mixpanel.js"),
            path => {
                let file = path.rsplit('/').next().unwrap_or_default();
                let is_ours = host != "connect.facebook.net" || file == "fbevents.js";
                (is_ours && is_file(file)).then(|| script(file))?
            }
        }
    }
}

fn has_ending(file: &str, ending: &str) -> bool {
    Path::new(file).extension().is_some_and(|it| it == ending)
}

fn is_page(of: &str, file: &str) -> bool {
    of == PAGES && has_ending(file, "html") && file != "frame.html"
}

fn edited(file: &str, edits: &[Edit]) -> String {
    let mut text = text_of(file);
    for edit in edits {
        if let Edit::Swap(of, from, to) = edit
            && *of == file
        {
            text = text.replace(from, to);
        }
    }
    text
}

/// Files that are not in the shop's folder.
const ELSEWHERE: &[(&str, &str)] = &[
    ("gtag.js", "src/shop/site/lib-gtag.js"),
    ("events.js", "src/shop/site/lib-tiktok.js"),
    ("array.js", "target/libraries/node_modules/posthog-js/dist/array.js"),
    ("mixpanel.js", "target/libraries/node_modules/mixpanel-browser/dist/mixpanel.min.js"),
    (
        "mixpanel-snippet.js",
        "target/libraries/node_modules/mixpanel-browser/dist/mixpanel-jslib-snippet.min.js",
    ),
    ("segment.js", "target/libraries/node_modules/@segment/analytics-next/dist/umd/index.js"),
];

/// Files that hold nothing.
const EMPTY: [&str; 4] = ["config.js", "array-config.js", "sw.js", "widget.js"];

fn is_file(name: &str) -> bool {
    has_ending(name, "js") && (EMPTY.contains(&name) || path_of(name).exists())
}

fn path_of(file: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    match ELSEWHERE.iter().find(|(name, _)| *name == file) {
        Some((_, path)) => root.join(path),
        None => root.join("tests/fixtures/outfitter").join(file),
    }
}

fn text_of(file: &str) -> String {
    if EMPTY.contains(&file) {
        return "// nothing\n".to_owned();
    }
    std::fs::read_to_string(path_of(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

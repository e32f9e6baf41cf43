//! What the program itself takes of memory while a page does its worst. The
//! server looks at it each time it is asked for something, so that nothing
//! has to wait or to guess when.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use serde_json::Value;

use crate::e2e::ground::{Reply, Site};
use crate::e2e::program::{Workplace, finish};
use crate::e2e::support::CHROMES;

/// What a run of the program left.
struct Watched {
    site: Site,
    report: Value,
    /// The most that it held in memory of its own when `/px?look…` was asked
    /// for, in MiB. Mapped files do not count.
    most_mib: usize,
}

/// Plays one page, on which `go()` is called, in the program itself.
async fn watch(body: &str) -> Watched {
    let (program, most) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicUsize::new(0)));
    let (of, seen_most) = (Arc::clone(&program), Arc::clone(&most));
    let page = Reply::html(&format!("<script>{body}</script>"));
    let site = Site::start(move |seen| {
        if seen.target.starts_with("/px?look") {
            seen_most.fetch_max(memory_mib(of.load(Ordering::SeqCst)), Ordering::SeqCst);
        }
        (seen.path() == "/page").then(|| page.clone())
    })
    .await;
    let workplace = Workplace::new();
    workplace.write(
        "scenarios/one.yaml",
        format!(
            "name: one\ntimeout: 300000\nsteps:\n  - navigate: {}\n  - evaluate: await go()\n",
            site.url("shop", "/page")
        ),
    );
    let arguments = ["run", "--ci", "--report", "json=report.json"];
    let permit = CHROMES.acquire().await.unwrap();
    let child = workplace.command(arguments).spawn().unwrap();
    program.store(child.id().unwrap(), Ordering::SeqCst);
    let ended = finish(child).await;
    drop(permit);
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    let report = workplace.report("report.json");
    Watched { site, report, most_mib: most.load(Ordering::SeqCst) }
}

fn memory_mib(process: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() >> 10
}

impl Watched {
    /// What was recorded of requests to `/px…`: URL, bytes of the body, sorted.
    fn recorded(&self) -> Vec<(String, usize)> {
        let requests = self.report["scenarios"][0]["requests"].as_array().unwrap();
        let mut pixels: Vec<(String, usize)> = requests
            .iter()
            .filter(|request| request["url"].as_str().unwrap().contains("/px?"))
            .inspect(|request| assert_eq!(request["outcome"], "delivered", "{request}"))
            .map(|request| {
                let bytes = request["body_bytes"].as_u64().unwrap_or(0) as usize;
                (request["url"].as_str().unwrap().to_owned(), bytes)
            })
            .collect();
        pixels.sort();
        pixels
    }

    fn arrived(&self) -> Vec<(String, usize)> {
        let pixels = self.site.pixels();
        let mut pixels: Vec<_> = pixels.iter().map(|seen| (seen.url(), seen.body.len())).collect();
        pixels.sort();
        pixels
    }

    #[track_caller]
    fn holds(&self, pixels: usize, most_mib: usize) {
        assert_eq!(self.arrived().len(), pixels);
        assert!(self.recorded() == self.arrived(), "the record and the server differ");
        assert!(self.most_mib > 0, "never looked at");
        assert!(self.most_mib < most_mib, "{} MiB", self.most_mib);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_large_or_many_stay_out_of_memory() {
    let watched = watch(
        "async function go() {
           const block = 'x'.repeat(1 << 20);
           const post = (what, size) => fetch('/px?' + what, { method: 'POST',
             body: new Blob(Array(Math.ceil(size)).fill(block.slice(0, size * 2 ** 20))) });
           await post('big', 8);
           for (let i = 0; i < 12; i++) await post('large' + i, 2);
           for (let i = 0; i < 200; i++) await post('many' + i, 0.25);
           for (let i = 0; i < 100; i++) await post('look' + i, 0.01);
         }",
    )
    .await;
    watched.holds(313, 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_five_thousand_requests_is_recorded_in_little_memory() {
    let watched = watch(
        "async function deep(depth, ask) {
           await null;
           return depth ? deep(depth - 1, ask) : ask();
         }
         function image(url) {
           return new Promise(done => Object.assign(new Image(), { onload: done, onerror: done, src: url }));
         }
         async function go() {
           for (let wave = 0; wave < 10; wave++) {
             const sent = [];
             for (let i = wave * 500; i < wave * 500 + 500; i++) {
               const url = '/px?' + (i % 50 ? 'n' : 'look') + i + '&' + 'q'.repeat(i % 500);
               const way = i % 3;
               sent.push(way === 0 ? image(url)
                 : deep(30, () => fetch(url, way === 1 ? {} : { method: 'POST', body: 'b' + i })));
             }
             await Promise.all(sent);
           }
         }",
    )
    .await;
    watched.holds(5_000, 80);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_everything_that_the_protocol_tells_is_outlived() {
    let watched = watch(
        "async function go() {
           const long = 'x'.repeat(2000), objects = [{ a: [long, { b: long }] }];
           for (let i = 0; i < 3000; i++) console.error(i, long, objects);
           for (let i = 0; i < 4000; i++) localStorage.setItem('k' + i % 50, long + i);
           for (let i = 0; i < 400; i++) document.cookie = 'c' + i % 20 + '=' + i;
           for (let i = 0; i < 2000; i++) setTimeout(() => { throw new Error(long + i); });
           for (let i = 0; i < 400; i++) {
             const frame = document.createElement('iframe');
             document.body.append(frame);
             frame.remove();
           }
           for (let i = 0; i < 300; i++) history.replaceState(null, '', '#' + i);
           for (let i = 0; i < 100; i++) new Worker(URL.createObjectURL(new Blob(['']))).terminate();
           for (let i = 0; i < 100; i++) await fetch('/px?look' + i);
         }",
    )
    .await;
    watched.holds(100, 100);
}

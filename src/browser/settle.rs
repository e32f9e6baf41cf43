//! When a step is done: what it started has come to an end.
//!
//! Nothing here sleeps. A tab is quiet when no frame loads and no request is
//! under way; then every page's main thread is asked to run idle once, which
//! lets timers and promises that are due start something new; and if nothing
//! new has started, the step has settled.

use std::time::Duration;

use futures::future::join_all;
use serde_json::json;
use tokio::time::Instant;

use crate::browser::context::State;
use crate::browser::ignored::{Ignored, Reached, ceaseless};
use crate::browser::tab::BrowserTab;
use crate::model::request::TargetKind;

/// What kept a step from settling before its deadline, in words.
pub type Unsettled = Vec<String>;

/// A body that nobody reads is noticed by the lack of events: only then does
/// waiting look again without one.
const LOOK_AGAIN: Duration = Duration::from_millis(320);

/// Runs what is due on the main thread, then lets the hooks tell. If asked to it
/// draws a frame before that, for what a page puts off until then; a page in
/// the background draws none, and a timer stands in for it.
const IDLE: &str = r"async function (flush, drawn) {
    if (drawn) await new Promise((go) => {
        const timer = setTimeout(go, 100);
        requestAnimationFrame(() => { clearTimeout(timer); go(); });
    });
    await new Promise((go) => {
        const { port1, port2 } = new MessageChannel();
        port2.onmessage = () => { port1.close(); go(); };
        port1.postMessage(0);
    });
    dispatchEvent(new Event(flush));
}";

/// The same in a worker, whose script may have come but not begun.
const WORKED: &str = "new Promise((go) => setTimeout(go))";

/// How long one page may take to run idle before it counts as busy.
const IDLE_LIMIT: Duration = Duration::from_secs(1);

/// Virtual time that a page is given at the end, so that what it has put off
/// (batches, a duplicate after a delay) happens at once instead of later.
pub const PATIENCE: Duration = Duration::from_secs(6);

impl BrowserTab {
    /// Waits until everything is quiet and `done` holds as well. Why `done`
    /// does not hold, the caller knows.
    pub async fn settle(
        &mut self,
        deadline: Instant,
        mut done: impl FnMut(&State) -> bool,
    ) -> Result<(), Unsettled> {
        let context = std::sync::Arc::clone(&self.context);
        let since_ms = context.now_ms();
        loop {
            let quiet = self.wait_quiet(deadline, &mut done).await;
            let Some(before) = quiet else {
                let now_ms = context.now_ms();
                return Err(context.look(|state| {
                    let mut left = what_is_left(state, &self.ignored, now_ms);
                    if left.is_empty() && done(state) {
                        left = what_goes_on(state, since_ms, now_ms);
                    }
                    left
                }));
            };
            // What is due now comes first, since a frame of the screen takes
            // far longer than it: most pages start something right after
            // loading, and the frame is then waited for once instead of twice.
            tokio::join!(self.run_idle(false, deadline), self.run_workers(deadline));
            if context.look(|state| self.ignored.reached(state)) != before {
                continue;
            }
            // The jar is read without the page, and so meanwhile.
            tokio::join!(self.run_idle(true, deadline), self.note_cookies());
            let settled = context.look(|state| {
                self.ignored.reached(state) == before
                    && is_quiet(state, &self.ignored, context.now_ms())
                    && done(state)
            });
            if settled {
                return Ok(());
            }
        }
    }

    /// What a step's whole deadline was spent on since then is not waited for
    /// again.
    pub fn give_up(&mut self, since_ms: f64) {
        let now_ms = self.context.now_ms();
        self.context.look(|state| self.ignored.give_up(state, since_ms, now_ms));
    }

    /// Waits until no request is under way and `done` holds. For pages that
    /// have been left, whose loading does not matter any more.
    pub(crate) async fn wait_delivered(
        &self,
        deadline: Instant,
        mut done: impl FnMut(&State) -> bool,
    ) {
        loop {
            let look_again = Instant::now() + LOOK_AGAIN;
            let delivered = self
                .context
                .wait_for(deadline.min(look_again), |state| {
                    (nothing_in_flight(state, &self.ignored, self.context.now_ms()) && done(state))
                        .then_some(())
                })
                .await;
            if delivered.is_some() || look_again > deadline || self.context.look(|state| state.lost)
            {
                return;
            }
        }
    }

    /// Waits until no frame loads, no request is under way and `done` holds;
    /// returns how far things had come then. `None`: not before the deadline.
    pub(crate) async fn wait_quiet(
        &self,
        deadline: Instant,
        mut done: impl FnMut(&State) -> bool,
    ) -> Option<Reached> {
        let context = &self.context;
        loop {
            let look_again = Instant::now() + LOOK_AGAIN;
            let quiet = context
                .wait_for(deadline.min(look_again), |state| {
                    (is_quiet(state, &self.ignored, context.now_ms()) && done(state))
                        .then(|| self.ignored.reached(state))
                })
                .await;
            if quiet.is_some() || look_again > deadline || context.look(|state| state.lost) {
                return quiet;
            }
        }
    }

    /// Waits until nothing new has started for that long: for recordings,
    /// which have no snapshot yet that says what to wait for.
    pub async fn stay_quiet(&mut self, window: Duration, deadline: Instant) {
        loop {
            let before = self.context.look(|state| self.ignored.reached(state));
            let until = (Instant::now() + window).min(deadline);
            let moved = self
                .context
                .wait_for(until, |state| (self.ignored.reached(state) != before).then_some(()))
                .await;
            if moved.is_none() {
                return;
            }
        }
    }

    /// Asks every page's main thread to run what is due, `drawn` with a frame.
    async fn run_idle(&self, drawn: bool, deadline: Instant) {
        let worlds: Vec<(String, u64)> = self.context.look(|state| {
            state
                .sessions
                .values()
                .filter(|session| matches!(session.kind, TargetKind::Page | TargetKind::Iframe))
                .filter_map(|session| state.worlds.get(&session.target).cloned())
                .collect()
        });
        let limit = IDLE_LIMIT.min(deadline.saturating_duration_since(Instant::now()));
        // A page that went away meanwhile is idle enough.
        join_all(worlds.iter().map(|(session, world)| {
            let parameters = json!({
                "functionDeclaration": IDLE,
                "executionContextId": world, "awaitPromise": true, "returnByValue": true,
                "arguments": [{"value": self.binding}, {"value": drawn}],
            });
            self.client.call_within(Some(session), "Runtime.callFunctionOn", parameters, limit)
        }))
        .await;
    }

    /// Sessions of targets of these kinds.
    fn sessions_of(&self, kinds: &[TargetKind]) -> Vec<String> {
        self.context.look(|state| {
            let wanted = state.sessions.iter().filter(|(_, it)| kinds.contains(&it.kind));
            wanted.map(|(id, _)| id.clone()).collect()
        })
    }

    /// Asks every worker to run what is due.
    async fn run_workers(&self, deadline: Instant) {
        use TargetKind::{ServiceWorker, SharedWorker, Worker};
        let workers = self.sessions_of(&[Worker, SharedWorker, ServiceWorker]);
        let limit = IDLE_LIMIT.min(deadline.saturating_duration_since(Instant::now()));
        let parameters = json!({"expression": WORKED, "awaitPromise": true, "silent": true});
        join_all(workers.iter().map(|session| {
            self.client.call_within(Some(session), "Runtime.evaluate", parameters.clone(), limit)
        }))
        .await;
    }

    /// Lets every open page live through [`PATIENCE`] in virtual time: its
    /// timers fire at once, in order, while requests still take the time they
    /// take.
    pub async fn pass_time(&mut self, deadline: Instant) {
        self.work_at_full_speed();
        let sessions: Vec<(String, u64)> = self.context.look(|state| {
            state
                .sessions
                .iter()
                .filter(|(_, session)| {
                    matches!(session.kind, TargetKind::Page | TargetKind::Iframe)
                })
                .map(|(id, _)| (id.clone(), state.budgets_spent.get(id).copied().unwrap_or(0)))
                .collect()
        });
        let budget = PATIENCE.as_millis() as u64;
        let parameters = json!({"policy": "pauseIfNetworkFetchesPending", "budget": budget, "maxVirtualTimeTaskStarvationCount": 10_000});
        let asked = join_all(sessions.iter().map(|(session, _)| {
            self.client.call_within(
                Some(session),
                "Emulation.setVirtualTimePolicy",
                parameters.clone(),
                IDLE_LIMIT,
            )
        }))
        .await;
        let waiting: Vec<(String, u64)> = sessions
            .into_iter()
            .zip(asked)
            .filter_map(|(session, answer)| answer.is_ok().then_some(session))
            .collect();
        let all_spent = |state: &State| {
            waiting.iter().all(|(session, before)| {
                !state.sessions.contains_key(session)
                    || state.budgets_spent.get(session).is_some_and(|now| now > before)
            })
        };
        // Virtual time stands still while the page fetches something. A body
        // that nobody reads would hold it for ever, so that only requests
        // that move are waited for.
        loop {
            let look_again = Instant::now() + LOOK_AGAIN;
            let until = deadline.min(look_again);
            let spent = self.context.wait_for(until, |state| all_spent(state).then_some(())).await;
            let now_ms = self.context.now_ms();
            let moves = self.context.look(|state| !is_quiet(state, &self.ignored, now_ms));
            if spent.is_some() || look_again > deadline || !moves {
                return;
            }
        }
    }

    /// A machine that was made slow may not come to an end in virtual time.
    fn work_at_full_speed(&self) {
        if self.context.circumstances.cpu.is_none() {
            return;
        }
        for page in self.sessions_of(&[TargetKind::Page]) {
            let rate = json!({"rate": 1});
            self.client.send(Some(&page), "Emulation.setCPUThrottlingRate", rate);
        }
    }

    /// Leaves every open page as a visitor does who moves on, so that what is
    /// sent on `pagehide`, `visibilitychange` and `unload` goes out.
    ///
    /// The page itself is made to navigate, in its own process: its handlers
    /// then run before the next document is announced, and their beacons have
    /// been seen by then. All the same the blank page is waited for until it
    /// is whole: a tab that is closed
    /// in the middle of that now and then never closes.
    pub async fn leave(&mut self, deadline: Instant) {
        let pages: Vec<(String, String, u64, String)> = self.context.look(|state| {
            state
                .tabs
                .iter()
                .filter(|tab| !tab.closed && !tab.crashed)
                .filter_map(|tab| {
                    let (session, world) = state.worlds.get(&tab.target)?;
                    let loader = state.recorder.frame(&tab.target)?.loader.clone();
                    Some((tab.target.clone(), session.clone(), *world, loader))
                })
                .collect()
        });
        for (_, session, world, _) in &pages {
            self.client.send(
                Some(session),
                "Runtime.callFunctionOn",
                json!({
                    "functionDeclaration": "function () { location.replace('about:blank'); }",
                    "executionContextId": world,
                }),
            );
        }
        self.context
            .wait_for(deadline, |state| {
                pages.iter().all(|(frame, .., loader)| is_left(state, frame, loader)).then_some(())
            })
            .await;
        // Cookies are read for every request before its pause is announced:
        // once this is answered, those of earlier requests have been read too.
        let _ = self
            .client
            .call_within(
                None,
                "Storage.getCookies",
                json!({"browserContextId": self.context.id}),
                IDLE_LIMIT,
            )
            .await;
    }
}

fn is_quiet(state: &State, ignored: &Ignored, now_ms: f64) -> bool {
    state.sessions.values().all(|session| session.ready)
        && state.recorder.frames().all(|(_, frame)| !frame.loading)
        && nothing_in_flight(state, ignored, now_ms)
}

/// Whether the blank page stands, whole, where a document with that loader was.
/// Frames of the old document are not asked for: of those in another process
/// no end may be told.
fn is_left(state: &State, frame: &str, loader: &str) -> bool {
    state
        .recorder
        .frame(frame)
        .is_none_or(|frame| frame.url == "about:blank" && frame.loader != loader && !frame.loading)
}

fn nothing_in_flight(state: &State, ignored: &Ignored, now_ms: f64) -> bool {
    ignored.awaited(state, now_ms).next().is_none()
}

fn what_is_left(state: &State, ignored: &Ignored, now_ms: f64) -> Unsettled {
    let sessions = state.sessions.values().filter(|session| !session.ready);
    let mut left: Vec<String> = sessions
        .map(|session| format!("{} {} has not come up", session.kind.as_text(), session.target))
        .collect();
    let loading = state.recorder.frames().filter(|(_, frame)| frame.loading);
    left.extend(loading.map(|(_, frame)| format!("{} is still loading", shortened(&frame.url))));
    left.extend(ignored.awaited(state, now_ms).take(5).map(|request| {
        let lacks = if request.response.is_none() { "has no answer" } else { "does not end" };
        format!("{} {} {lacks}", request.method, shortened(&request.url))
    }));
    left
}

/// Everything was there, and yet the page did not come to rest.
fn what_goes_on(state: &State, since_ms: f64, now_ms: f64) -> Unsettled {
    let often = ceaseless(state, since_ms, now_ms);
    if often.is_empty() {
        return vec!["the page started something new again and again".to_owned()];
    }
    let told = often.iter().take(5);
    told.map(|(kind, count)| format!("{} came {count} times and on", shortened(kind))).collect()
}

fn shortened(url: &str) -> String {
    match url.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &url[..end]),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::is_left;
    use crate::browser::context::{Circumstances, Context};

    /// What Chrome told of a tab that never closed, because it was closed
    /// before the last event had come.
    #[test]
    fn a_page_is_left_when_the_blank_one_is_whole() {
        let context = Context::under("C".to_owned(), "tell", Circumstances::default());
        let tell = |method: &str, params: Value| {
            context.event("S", method, &params, &mut Vec::new());
            context.look(|state| is_left(state, "page", "L1"))
        };
        let navigated = |loader: &str, url: &str| json!({"frame": {"id": "page", "loaderId": loader, "url": url}});
        let frame = |id: &str| json!({"frameId": id});
        tell("Page.frameNavigated", navigated("L1", "http://shop.localhost/"));
        tell("Page.frameAttached", json!({"frameId": "child", "parentFrameId": "page"}));
        assert!(!tell("Page.frameStartedLoading", frame("page")));
        assert!(!tell("Page.frameNavigated", navigated("L2", "about:blank")));
        assert!(!tell("Page.frameDetached", json!({"frameId": "child", "reason": "remove"})));
        assert!(tell("Page.frameStoppedLoading", frame("page")));
    }

    #[test]
    fn a_blank_page_is_left_for_another_blank_one() {
        let context = Context::under("C".to_owned(), "tell", Circumstances::default());
        let navigated = |loader: &str| {
            let frame = json!({"frame": {"id": "page", "loaderId": loader, "url": "about:blank"}});
            context.event("S", "Page.frameNavigated", &frame, &mut Vec::new());
            context.look(|state| is_left(state, "page", "L1"))
        };
        assert!(!navigated("L1"));
        assert!(navigated("L2"));
    }
}

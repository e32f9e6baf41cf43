//! When a step is done: what it started has come to an end.
//!
//! Nothing here sleeps. A tab is quiet when no frame loads and no request is
//! under way; then every page's main thread is asked to run idle once, which
//! lets timers and promises that are due start something new; and if nothing
//! new has started, the step has settled.

use std::collections::HashSet;
use std::time::Duration;

use futures::future::join_all;
use serde_json::json;
use tokio::time::Instant;

use crate::browser::context::State;
use crate::browser::tab::BrowserTab;
use crate::model::request::TargetKind;

/// What kept a step from settling before its deadline, in words.
pub type Unsettled = Vec<String>;

/// A body that nobody reads is noticed by the lack of events: only then does
/// waiting look again without one.
const LOOK_AGAIN: Duration = Duration::from_millis(320);

/// Runs what is due on the main thread, then lets the hooks tell.
const DUE: &str = r"async function (flush) {
    await new Promise((go) => {
        const { port1, port2 } = new MessageChannel();
        port2.onmessage = () => { port1.close(); go(); };
        port1.postMessage(0);
    });
    return globalThis.__pixelproof.flush(flush);
}";

/// Draws a frame as well, for what a page puts off until then.
const DRAWN: &str = r"async function (flush) {
    await globalThis.__pixelproof.idle();
    return globalThis.__pixelproof.flush(flush);
}";

/// How long one page may take to run idle before it counts as busy.
const IDLE_LIMIT: Duration = Duration::from_secs(1);

/// Virtual time that a page is given at the end, so that what it has put off
/// (batches, a duplicate after a delay) happens at once instead of later.
pub const PATIENCE: Duration = Duration::from_secs(6);

impl BrowserTab {
    /// Waits until everything is quiet and `done` holds as well.
    pub async fn settle(
        &mut self,
        deadline: Instant,
        mut done: impl FnMut(&State) -> bool,
    ) -> Result<(), Unsettled> {
        let context = std::sync::Arc::clone(&self.context);
        loop {
            let quiet = self.wait_quiet(deadline, &mut done).await;
            let Some(before) = quiet else {
                let now_ms = context.now_ms();
                return Err(context.look(|state| what_is_left(state, &self.endless, now_ms)));
            };
            // What is due now comes first, since a frame of the screen takes
            // far longer than it: most pages start something right after
            // loading, and the frame is then waited for once instead of twice.
            self.run_idle(DUE, deadline).await;
            if context.look(progress) != before {
                continue;
            }
            self.run_idle(DRAWN, deadline).await;
            let settled = context.look(|state| {
                progress(state) == before
                    && is_quiet(state, &self.endless, context.now_ms())
                    && done(state)
            });
            if settled {
                return Ok(());
            }
        }
    }

    /// Requests that outlasted a step's whole deadline are taken for long polls
    /// and not waited for again.
    pub fn give_up_on_requests(&mut self) {
        let now_ms = self.context.now_ms();
        let urls: Vec<String> = self.context.look(|state| {
            let open = state.recorder.in_flight(now_ms);
            open.map(|request| without_query(&request.url)).collect()
        });
        self.endless.extend(urls);
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
                    (nothing_in_flight(state, &self.endless, self.context.now_ms()) && done(state))
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
                    (is_quiet(state, &self.endless, context.now_ms()) && done(state))
                        .then(|| progress(state))
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
            let before = self.context.look(progress);
            let until = (Instant::now() + window).min(deadline);
            let moved = self
                .context
                .wait_for(until, |state| (progress(state) != before).then_some(()))
                .await;
            if moved.is_none() {
                return;
            }
        }
    }

    /// Asks every page's main thread to come that far.
    async fn run_idle(&self, how_far: &str, deadline: Instant) {
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
                "functionDeclaration": how_far,
                "executionContextId": world, "awaitPromise": true, "returnByValue": true,
                "arguments": [{"value": self.binding}],
            });
            self.client.call_within(Some(session), "Runtime.callFunctionOn", parameters, limit)
        }))
        .await;
    }

    /// Lets every open page live through [`PATIENCE`] in virtual time: its
    /// timers fire at once, in order, while requests still take the time they
    /// take.
    pub async fn pass_time(&mut self, deadline: Instant) {
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
            let moves = self.context.look(|state| !is_quiet(state, &self.endless, now_ms));
            if spent.is_some() || look_again > deadline || !moves {
                return;
            }
        }
    }

    /// Leaves every open page as a visitor does who moves on, so that what is
    /// sent on `pagehide`, `visibilitychange` and `unload` goes out.
    ///
    /// The page itself is made to navigate, in its own process: its handlers
    /// then run before the next document is announced, and their beacons have
    /// been seen by then.
    pub async fn leave(&mut self, deadline: Instant) {
        let pages: Vec<(String, String, u64)> = self.context.look(|state| {
            state
                .tabs
                .iter()
                .filter(|tab| !tab.closed && !tab.crashed)
                .filter_map(|tab| {
                    let (session, world) = state.worlds.get(&tab.target)?;
                    Some((tab.target.clone(), session.clone(), *world))
                })
                .collect()
        });
        for (_, session, world) in &pages {
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
                pages
                    .iter()
                    .all(|(frame, ..)| {
                        state.recorder.frame(frame).is_none_or(|frame| frame.url == "about:blank")
                    })
                    .then_some(())
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

/// Requests, calls and changes of frames so far: anything that a page starts
/// changes one of these.
type Reached = (usize, usize, u64);

fn progress(state: &State) -> Reached {
    (
        state.recorder.requests().len(),
        state.recorder.calls().len(),
        state.recorder.frame_generation(),
    )
}

fn is_quiet(state: &State, endless: &HashSet<String>, now_ms: f64) -> bool {
    state.sessions.values().all(|session| session.ready)
        && state.recorder.frames().all(|(_, frame)| !frame.loading)
        && nothing_in_flight(state, endless, now_ms)
}

fn nothing_in_flight(state: &State, endless: &HashSet<String>, now_ms: f64) -> bool {
    state
        .recorder
        .in_flight(now_ms)
        .all(|request| endless.contains(without_query(&request.url).as_str()))
}

fn what_is_left(state: &State, endless: &HashSet<String>, now_ms: f64) -> Unsettled {
    let mut left: Vec<String> = state
        .recorder
        .frames()
        .filter(|(_, frame)| frame.loading)
        .map(|(_, frame)| format!("{} is still loading", shortened(&frame.url)))
        .collect();
    left.extend(
        state
            .recorder
            .in_flight(now_ms)
            .filter(|request| !endless.contains(without_query(&request.url).as_str()))
            .take(5)
            .map(|request| format!("{} {} has no answer", request.method, shortened(&request.url))),
    );
    left
}

pub(crate) fn without_query(url: &str) -> String {
    url.split('?').next().unwrap_or(url).to_owned()
}

fn shortened(url: &str) -> String {
    match url.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &url[..end]),
        None => url.to_owned(),
    }
}

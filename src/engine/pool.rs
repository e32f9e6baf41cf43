//! The browser of a run: started when the first scenario needs it, and again
//! should it die, so that one crash does not take every scenario with it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{Mutex, Semaphore, SemaphorePermit, mpsc};

use crate::browser::chrome::{Answer, Browser, CaptureOptions, PauseAnswer};
use crate::browser::launch::LaunchError;
use crate::engine::{Plan, tell};
use crate::model::browser_options::{BrowserOptions, BrowserSource};
use crate::model::progress::Progress;
use crate::model::vendor::{PixelPolicy, WireRequest};
use crate::wire::netlog::Sent;

pub(crate) struct Pool {
    executable: Option<PathBuf>,
    options: BrowserOptions,
    layers: Vec<String>,
    answer: Answer,
    progress: mpsc::UnboundedSender<Progress>,
    /// For as many plays as may go on at once.
    slots: Semaphore,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    browser: Option<Arc<Browser>>,
    product: String,
    starts: usize,
    failure: Option<LaunchError>,
}

/// A Chrome that keeps dying is not started for ever.
const MOST_STARTS: usize = 5;

impl Pool {
    pub(crate) fn new(plan: &Plan, progress: mpsc::UnboundedSender<Progress>) -> Self {
        Self {
            executable: plan.executable.clone(),
            options: plan.browser.clone(),
            layers: plan.layers.clone(),
            answer: answer(plan),
            progress,
            slots: Semaphore::new(plan.jobs.max(1)),
            state: Mutex::new(State::default()),
        }
    }

    /// A place among the plays that go on, until it is dropped.
    pub(crate) async fn slot(&self) -> Option<SemaphorePermit<'_>> {
        // Nobody closes it.
        self.slots.acquire().await.ok()
    }

    /// The running browser, or a new one where there is none.
    pub(crate) async fn browser(&self) -> Result<Arc<Browser>, LaunchError> {
        let mut state = self.state.lock().await;
        if let Some(browser) = &state.browser
            && !browser.is_lost()
        {
            return Ok(Arc::clone(browser));
        }
        let visits = matches!(self.options.source, BrowserSource::Connect(_));
        let died = state.browser.take();
        if let Some(failure) = &state.failure
            && (state.starts >= MOST_STARTS || died.is_none())
        {
            return Err(failure.clone());
        }
        if died.is_some() && (visits || state.starts >= MOST_STARTS) {
            let details = died.map(|browser| browser.last_words()).unwrap_or_default();
            let failure = LaunchError {
                message: "the browser is gone".to_owned(),
                details,
                help: "start it again, or let pixelproof launch its own".to_owned(),
            };
            state.failure = Some(failure.clone());
            return Err(failure);
        }
        state.starts += 1;
        let started = Instant::now();
        let capture =
            CaptureOptions { answer: Arc::clone(&self.answer), layers: self.layers.clone() };
        match Browser::start(self.executable.as_deref(), self.options.clone(), capture).await {
            Ok(browser) => {
                tell(
                    &self.progress,
                    Progress::BrowserReady {
                        version: browser.product.clone(),
                        launched_ms: started.elapsed().as_secs_f64() * 1_000.0,
                    },
                );
                state.product.clone_from(&browser.product);
                let browser = Arc::new(browser);
                state.browser = Some(Arc::clone(&browser));
                Ok(browser)
            }
            Err(error) => {
                state.failure = Some(error.clone());
                Err(error)
            }
        }
    }

    pub(crate) async fn product(&self) -> String {
        self.state.lock().await.product.clone()
    }

    /// Ends a launched Chrome and removes its profile.
    ///
    /// Returns what Chrome logged of its network, where it was asked to.
    pub(crate) async fn close(&self) -> Option<Vec<Sent>> {
        let browser = self.state.lock().await.browser.take();
        browser.and_then(Arc::into_inner)?.close().await
    }

    /// Whether one Chrome saw the whole run.
    pub(crate) async fn started_once(&self) -> bool {
        self.state.lock().await.starts == 1
    }
}

/// Stub, deliver or block: what becomes of a request, by the vendor it is for.
fn answer(plan: &Plan) -> Answer {
    let registry = Arc::clone(&plan.registry);
    let (general, by_vendor) = (plan.pixels, plan.vendor_pixels.clone());
    Arc::new(move |request: &WireRequest<'_>| {
        let Some(slug) = registry.pixel(request) else { return PauseAnswer::Continue };
        match by_vendor.get(slug).copied().unwrap_or(general) {
            PixelPolicy::Deliver => PauseAnswer::Continue,
            // A content blocker stops the request itself, before any preflight.
            PixelPolicy::Block if request.method == "OPTIONS" => {
                PauseAnswer::Stub(registry.stub(request))
            }
            PixelPolicy::Block => PauseAnswer::Block,
            PixelPolicy::Stub => PauseAnswer::Stub(registry.stub(request)),
        }
    })
}

//! Requests that only one of the two domains has reported so far, found by
//! what they ask for: where a document is being left, they share no id.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher as _, RandomState};

use crate::capture::recorder::Facts;
use crate::model::request::Request;

/// How far apart, in milliseconds, two reports of one request may come when
/// they share no id.
const PAIRING_WINDOW_MS: f64 = 5_000.0;

#[derive(Debug, Default)]
pub(super) struct Lonely {
    /// By a hash of the URL, oldest first. A flood of different requests must
    /// not make each of them look at all others.
    by_url: HashMap<u64, VecDeque<usize>>,
    hasher: RandomState,
}

impl Lonely {
    pub(super) fn add(&mut self, index: usize, url: &str) {
        self.by_url.entry(self.hasher.hash_one(url)).or_default().push_back(index);
    }

    /// The oldest fitting request. Forgets those that are too old or have
    /// been reported by both domains.
    pub(super) fn find(
        &mut self,
        requests: &[Request],
        facts: &[Facts],
        url: &str,
        now_ms: f64,
        wanted: impl Fn(&Request, &Facts) -> bool,
    ) -> Option<usize> {
        let hash = self.hasher.hash_one(url);
        let queue = self.by_url.get_mut(&hash)?;
        while queue.front().is_some_and(|&index| {
            now_ms - requests[index].started_ms > PAIRING_WINDOW_MS
                || (facts[index].seen_by_network && facts[index].seen_by_fetch)
        }) {
            queue.pop_front();
        }
        let found = queue
            .iter()
            .copied()
            .find(|&index| requests[index].url == url && wanted(&requests[index], &facts[index]));
        if queue.is_empty() {
            self.by_url.remove(&hash);
        }
        found
    }
}

/// Whether two reports may be of one request by their resource type: the
/// Fetch domain does not tell `fetch()` from `XMLHttpRequest`.
pub(super) fn same_family(a: &str, b: &str) -> bool {
    let family = |kind: &str| match kind {
        "Fetch" | "XHR" => 1,
        "Ping" => 2,
        "Document" => 3,
        "Image" => 4,
        "Script" => 5,
        "Stylesheet" => 6,
        "Font" => 7,
        "Media" => 8,
        _ => 0,
    };
    let (a, b) = (family(a), family(b));
    a == b || a == 0 || b == 0
}

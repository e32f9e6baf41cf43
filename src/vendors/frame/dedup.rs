//! One event sent over several endpoints is counted once.
//!
//! Only *different* endpoints are ever joined. A page that sends the same
//! purchase twice to the same endpoint has a fault that must be seen, however
//! alike the two are. So occurrences are counted per endpoint, and the n-th on
//! one endpoint is the copy of the n-th on another: the events of a key are as
//! many as the endpoint that saw most of them.
//!
//! Endpoints that carry copies only are told by the vendor's table and take
//! no part in the count. Nor does what a library sends again under the id that
//! it made for the event (`Vendor::message_id`), on whatever endpoint.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::model::hit::HitKind;
use crate::model::request::{Request, RequestId};
use crate::model::vendor::WireRequest;
use crate::vendors::VENDORS;
use crate::vendors::frame::decoded::Decoded;
use crate::wire::address::Address;

/// Keys that are remembered; older ones are forgotten. Copies follow their
/// event within seconds.
const MOST_KEYS: usize = 16_384;
/// Endpoints that are told apart under one key.
const MOST_ENDPOINTS: usize = 16;

/// What was seen of one input or one play of a scenario.
#[derive(Debug, Default)]
pub struct Deduplicator {
    /// Per key: how often each endpoint carried it.
    seen: HashMap<u128, Vec<(u64, u32)>>,
    order: VecDeque<u128>,
    /// What the last requests held, to know a redirect's next hop.
    hops: HashMap<RequestId, u128>,
    hop_order: VecDeque<RequestId>,
}

impl Deduplicator {
    pub fn new() -> Self {
        Self::default()
    }

    /// The kind of each event, and `decoded.kind` set to `Duplicate` when
    /// every event is one. Each request of the input is passed once, in order.
    pub fn mark(&mut self, request: &WireRequest<'_>, decoded: &mut Decoded<'_>) -> Vec<HitKind> {
        self.mark_where(request, decoded, true)
    }

    /// What never arrived is no first of which something sent again is a copy.
    fn mark_where(
        &mut self,
        request: &WireRequest<'_>,
        decoded: &mut Decoded<'_>,
        arrives: bool,
    ) -> Vec<HitKind> {
        let mut kinds = vec![decoded.kind; decoded.events.len()];
        if decoded.kind != HitKind::Event {
            return kinds;
        }
        let slug = decoded.vendor.as_deref().unwrap_or_default();
        let vendor = VENDORS.iter().find(|vendor| vendor.slug == slug);
        let (Some(vendor), Some(address)) = (vendor, Address::parse(request.url)) else {
            return kinds;
        };
        let place = hash64(&(&*address.host, address.port, address.bare_path()));
        for (kind, event) in kinds.iter_mut().zip(&decoded.events) {
            if let Some(id) = vendor.message_id.and_then(|name| event.text(name)) {
                let key = hash128(&("again", slug, &event.account, &event.name, id));
                if arrives && self.is_again(key) {
                    *kind = HitKind::Duplicate;
                }
            }
            if let Some(twin) = (vendor.twin)(event) {
                let key = hash128(&(slug, &event.account, &event.name, twin));
                if self.is_copy(key, place) {
                    *kind = HitKind::Duplicate;
                }
            }
        }
        if !kinds.is_empty() && kinds.iter().all(|kind| *kind == HitKind::Duplicate) {
            decoded.kind = HitKind::Duplicate;
        }
        kinds
    }

    /// [`Deduplicator::mark`] for a recorded request: a redirect's next hop
    /// that holds what the hop before it held is a copy, on any endpoint.
    pub fn mark_recorded(
        &mut self,
        recorded: &Request,
        request: &WireRequest<'_>,
        decoded: &mut Decoded<'_>,
    ) -> Vec<HitKind> {
        let names: Vec<_> =
            decoded.events.iter().map(|event| (&event.account, &event.name)).collect();
        let held = hash128(&(&decoded.vendor, &decoded.accounts, names));
        let followed = recorded.redirected_from.and_then(|from| self.hops.get(&from).copied());
        if !decoded.events.is_empty() {
            remember(&mut self.hop_order, recorded.id, MOST_KEYS, |old| {
                self.hops.remove(&old);
            });
            self.hops.insert(recorded.id, held);
        }
        if followed == Some(held) && decoded.kind == HitKind::Event {
            decoded.kind = HitKind::Duplicate;
            return vec![HitKind::Duplicate; decoded.events.len()];
        }
        self.mark_where(request, decoded, recorded.outcome.left_the_browser())
    }

    fn is_again(&mut self, key: u128) -> bool {
        if self.seen.contains_key(&key) {
            return true;
        }
        self.seen.insert(key, Vec::new());
        remember(&mut self.order, key, MOST_KEYS, |old| {
            self.seen.remove(&old);
        });
        false
    }

    fn is_copy(&mut self, key: u128, place: u64) -> bool {
        let places = self.seen.entry(key).or_insert_with(|| {
            self.order.push_back(key);
            Vec::new()
        });
        let most_elsewhere = places
            .iter()
            .filter(|(other, _)| *other != place)
            .map(|(_, count)| *count)
            .max()
            .unwrap_or(0);
        let count = if let Some((_, count)) = places.iter_mut().find(|(other, _)| *other == place) {
            *count = count.saturating_add(1);
            *count
        } else {
            if places.len() < MOST_ENDPOINTS {
                places.push((place, 1));
            }
            1
        };
        if self.order.len() > MOST_KEYS
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        count <= most_elsewhere
    }
}

fn remember<K>(order: &mut VecDeque<K>, key: K, most: usize, forget: impl FnOnce(K)) {
    order.push_back(key);
    if order.len() > most
        && let Some(oldest) = order.pop_front()
    {
        forget(oldest);
    }
}

fn hash64(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Two hashes with different beginnings: keys are never compared in full.
fn hash128(value: &impl Hash) -> u128 {
    let mut second = DefaultHasher::new();
    second.write_u64(0x9e37_79b9_7f4a_7c15);
    value.hash(&mut second);
    u128::from(hash64(value)) << 64 | u128::from(second.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::request::{Body, Outcome};
    use crate::snapshot::fixture::{hit, played};
    use crate::vendors::Registry;

    fn kinds(urls: &[&str]) -> Vec<HitKind> {
        let registry = Registry::default();
        let mut dedup = Deduplicator::new();
        urls.iter()
            .map(|url| {
                let request = WireRequest {
                    url,
                    method: "GET",
                    body: b"",
                    content_type: None,
                    content_encoding: None,
                    headers: &[],
                };
                registry.decode(&request, |mut decoded| {
                    dedup.mark(&request, &mut decoded);
                    decoded.kind
                })
            })
            .collect()
    }

    const ADS: &str =
        "https://www.googleadservices.com/pagead/conversion/1/?label=a&oid=7&random=1";
    const VIEW: &str = "https://googleads.g.doubleclick.net/pagead/viewthroughconversion/1/?label=a&oid=7&random=1&en=conversion";
    const FIRST: &str = "https://www.google.com/pagead/1p-conversion/1/?label=a&oid=7&random=1";

    #[test]
    fn copies_on_other_endpoints_count_once_in_any_order() {
        use HitKind::{Duplicate, Event};
        assert_eq!(kinds(&[ADS, VIEW, FIRST]), [Event, Duplicate, Duplicate]);
        assert_eq!(kinds(&[FIRST, VIEW, ADS]), [Duplicate, Event, Duplicate]);
    }

    #[test]
    fn a_second_fire_is_a_second_event() {
        use HitKind::{Duplicate, Event};
        assert_eq!(kinds(&[ADS, VIEW, ADS, VIEW]), [Event, Duplicate, Event, Duplicate]);
        assert_eq!(kinds(&[ADS, ADS, VIEW, VIEW]), [Event, Event, Duplicate, Duplicate]);
        let meta = "https://www.facebook.com/tr/?id=1&ev=Purchase&eid=a&ts=1&ec=1";
        assert_eq!(kinds(&[meta, meta]), [Event, Event]);
        let trigger = "https://www.facebook.com/privacy_sandbox/pixel/register/trigger/?id=1&ev=Purchase&eid=a&ts=1&ec=1";
        assert_eq!(kinds(&[trigger, meta, trigger]), [Duplicate, Event, Duplicate]);
    }

    #[test]
    fn other_orders_labels_and_accounts_are_other_events() {
        let other = [
            ADS.replace("oid=7", "oid=8"),
            VIEW.replace("label=a", "label=b"),
            VIEW.replace("conversion/1/", "conversion/2/"),
        ];
        let mut urls = vec![ADS];
        urls.extend(other.iter().map(String::as_str));
        assert_eq!(kinds(&urls), [HitKind::Event; 4]);
    }

    #[test]
    fn what_a_library_sends_again_under_its_own_id_counts_once() {
        use HitKind::{Duplicate, Event};
        let hits = |ids: [&str; 3], lost: bool| {
            let registry = Registry::default();
            let mut dedup = Deduplicator::new();
            let mut trace = played(&["a", "b", "c"], vec![hit(0, "", vec![]); 3]);
            let kinds = trace.requests.iter_mut().zip(ids).flat_map(|(request, id)| {
                request.url = "https://eu.i.posthog.com/e/".to_owned();
                request.method = "POST".to_owned();
                let bytes = format!(r#"{{"token":"phc_1","event":"bought","uuid":"{id}"}}"#);
                request.body = Some(Body::new(bytes, true));
                if lost && request.id.0 == 0 {
                    request.outcome = Outcome::Aborted;
                }
                registry.hits(request, &mut dedup).into_iter().map(|hit| hit.kind)
            });
            kinds.collect::<Vec<_>>()
        };
        assert_eq!(hits(["a", "b", "a"], false), [Event, Event, Duplicate]);
        assert_eq!(hits(["a", "b", "a"], true), [Event, Event, Event], "the first never arrived");
    }

    #[test]
    fn what_tells_nothing_is_never_joined() {
        let bare = "https://www.googleadservices.com/pagead/conversion/1/?label=a";
        let view = "https://googleads.g.doubleclick.net/pagead/viewthroughconversion/1/?label=a";
        assert_eq!(kinds(&[bare, view]), [HitKind::Event; 2]);
    }

    #[test]
    fn memory_is_bounded() {
        let mut dedup = Deduplicator::new();
        for key in 0..(MOST_KEYS as u128 + 100) {
            for place in 0..20 {
                dedup.is_copy(key, place);
            }
        }
        assert_eq!(dedup.seen.len(), MOST_KEYS);
        assert_eq!(dedup.order.len(), MOST_KEYS);
        assert!(dedup.seen.values().all(|places| places.len() <= MOST_ENDPOINTS));
    }
}

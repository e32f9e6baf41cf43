//! What a site and its tags wrote into cookies and web storage.
//!
//! Nothing is hooked in the page: the browser itself tells items of web
//! storage, answers name the cookies that they set, and the browser's jar is
//! compared with what it held before. So a page sees nothing of it, and what
//! workers and frames of other sites write is seen as well. The price is that
//! the script that wrote is not known.

use std::collections::HashMap;

use serde_json::Value;

use crate::capture::read::{owned, text, truth};
use crate::capture::recorder::MOST_MESSAGES;
use crate::model::request::Request;
use crate::model::trace::{StorageKind, StorageWrite};

/// Bytes of values that are kept, all together.
const MOST_BYTES: usize = 16 << 20;

/// Characters of one value.
const LONGEST_VALUE: usize = 64 << 10;

type Key = (StorageKind, String, String);

#[derive(Debug, Default)]
pub(super) struct Storage {
    writes: Vec<StorageWrite>,
    /// Several frames tell the same item.
    known: HashMap<Key, u64>,
    bytes: usize,
}

impl Storage {
    pub(super) fn item_written(&mut self, params: &Value, now_ms: f64, step: Option<usize>) {
        let Some(id) = params.get("storageId") else { return };
        let origin = match text(id, "storageKey") {
            "" => text(id, "securityOrigin"),
            key => key.split('^').next().unwrap_or_default(),
        };
        let Some(host) = host_of(origin) else { return };
        let kind =
            if truth(id, "isLocalStorage") { StorageKind::Local } else { StorageKind::Session };
        self.add(kind, owned(params, "key"), text(params, "newValue"), host, now_ms, step);
    }

    pub(super) fn cookies(&mut self, answer: &Value, now_ms: f64, step: Option<usize>) {
        for cookie in answer.get("cookies").and_then(Value::as_array).into_iter().flatten() {
            let domain = text(cookie, "domain").trim_start_matches('.').to_owned();
            let value = text(cookie, "value");
            self.add(StorageKind::Cookie, owned(cookie, "name"), value, domain, now_ms, step);
        }
    }

    fn add(
        &mut self,
        kind: StorageKind,
        name: String,
        value: &str,
        domain: String,
        at_ms: f64,
        step: Option<usize>,
    ) {
        let end = value.char_indices().nth(LONGEST_VALUE).map_or(value.len(), |(end, _)| end);
        let value = value.get(..end).unwrap_or_default();
        let mut hasher = std::hash::DefaultHasher::new();
        std::hash::Hash::hash(value, &mut hasher);
        let mark = std::hash::Hasher::finish(&hasher);
        let known = self.known.insert((kind, domain.clone(), name.clone()), mark);
        let size = self.bytes + name.len() + value.len();
        if known == Some(mark) || size > MOST_BYTES || self.writes.len() >= MOST_MESSAGES {
            return;
        }
        self.bytes = size;
        let value = value.to_owned();
        self.writes.push(StorageWrite { kind, name, value, domain, request: None, at_ms, step });
    }

    /// Names the answers that set cookies.
    pub(super) fn finish(mut self, requests: &[Request]) -> Vec<StorageWrite> {
        for write in self.writes.iter_mut().filter(|write| write.kind == StorageKind::Cookie) {
            let pair = format!("{}={}", write.name, write.value);
            let set_by =
                requests.iter().find(|request| request.step <= write.step && sets(request, &pair));
            write.request = set_by.map(|request| request.id);
        }
        self.writes
    }
}

/// Several cookies may stand in one header, a line each.
fn sets(request: &Request, pair: &str) -> bool {
    let headers = request.response.iter().flat_map(|response| &response.headers);
    headers
        .filter(|header| header.name.eq_ignore_ascii_case("set-cookie"))
        .flat_map(|header| header.value.lines())
        .any(|line| line.split(';').next().unwrap_or_default().trim() == pair)
}

fn host_of(origin: &str) -> Option<String> {
    url::Url::parse(origin).ok()?.host_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_new_value_is_a_write() {
        let mut storage = Storage::default();
        let item = |key: &str, value: &str, local: bool| {
            json!({
                "storageId": {"securityOrigin": "https://shop.test", "storageKey": "https://shop.test/", "isLocalStorage": local},
                "key": key, "newValue": value,
            })
        };
        for told in [
            item("a", "1", true),
            item("a", "1", true),
            item("a", "2", true),
            item("a", "2", false),
        ] {
            storage.item_written(&told, 1.0, Some(0));
        }
        storage.item_written(&json!({"key": "x"}), 1.0, None);
        let jar = json!({"cookies": [{"name": "_fbp", "value": "fb.1", "domain": ".shop.test"}]});
        storage.cookies(&jar, 2.0, Some(0));
        storage.cookies(&jar, 3.0, Some(1));
        let told: Vec<_> = storage
            .finish(&[])
            .into_iter()
            .map(|write| (write.kind, write.name, write.value, write.domain, write.step))
            .collect();
        let write = |kind, name: &str, value: &str| {
            (kind, name.to_owned(), value.to_owned(), "shop.test".to_owned(), Some(0))
        };
        assert_eq!(
            told,
            [
                write(StorageKind::Local, "a", "1"),
                write(StorageKind::Local, "a", "2"),
                write(StorageKind::Session, "a", "2"),
                write(StorageKind::Cookie, "_fbp", "fb.1"),
            ]
        );
    }
}

//! Chrome's own log of its network stack (`--log-net-log`): which requests
//! really went out. Read line by line, because it grows without bound; what is
//! no request is not looked at.
//!
//! Format: <https://www.chromium.org/developers/design-documents/network-stack/netlog/>.

use std::collections::HashMap;

use serde_json::Value;

/// A request that was put on the wire.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sent {
    pub method: String,
    /// Without its fragment.
    pub url: String,
}

/// Reads a log from its first line to its last.
#[derive(Debug, Default)]
pub struct NetLog {
    /// What the numbers of types stand for in this version of Chrome.
    starts: u64,
    sends: Vec<u64>,
    /// By source, the request that it started and has not sent yet.
    open: HashMap<u64, Sent>,
    sent: Vec<Sent>,
}

const START: &str = "URL_REQUEST_START_JOB";
const SENDS: [&str; 3] = [
    "HTTP_TRANSACTION_SEND_REQUEST_HEADERS",
    "HTTP_TRANSACTION_HTTP2_SEND_REQUEST_HEADERS",
    "HTTP_TRANSACTION_QUIC_SEND_REQUEST_HEADERS",
];

/// Requests that were started and never sent, at most.
const MOST_OPEN: usize = 100_000;

impl NetLog {
    pub fn line(&mut self, line: &str) {
        let line = line.trim().trim_end_matches(',');
        if self.sends.is_empty() {
            // The constants stand on the first line, which the rest follows.
            let constants = line.strip_prefix("{\"constants\":").map(str::trim_end);
            let Some(constants) = constants else { return };
            let mut values = serde_json::Deserializer::from_str(constants).into_iter::<Value>();
            let Some(Ok(constants)) = values.next() else { return };
            let number = |name: &str| constants["logEventTypes"][name].as_u64();
            self.starts = number(START).unwrap_or(u64::MAX);
            self.sends = SENDS.iter().filter_map(|name| number(name)).collect();
            return;
        }
        // Most lines are about something else; a look is cheaper than reading.
        if !line.contains("\"type\":") {
            return;
        }
        let Ok(event) = serde_json::from_str::<Value>(line) else { return };
        let Some(kind) = event["type"].as_u64() else { return };
        let Some(source) = event["source"]["id"].as_u64() else { return };
        if kind == self.starts {
            let url = event["params"]["url"].as_str().unwrap_or_default();
            let url = url.split('#').next().unwrap_or_default();
            if !url.is_empty() && self.open.len() < MOST_OPEN {
                let method = event["params"]["method"].as_str().unwrap_or("GET").to_owned();
                self.open.insert(source, Sent { method, url: url.to_owned() });
            }
        } else if self.sends.contains(&kind) {
            // What is sent once more on another connection is the same request.
            self.sent.extend(self.open.remove(&source));
        }
    }

    /// Every request that was sent, in order. `None`: it was no net log.
    pub fn finish(self) -> Option<Vec<Sent>> {
        (!self.sends.is_empty()).then_some(self.sent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_told_once() {
        let mut log = NetLog::default();
        for line in [
            r#"{"constants":{"logEventTypes":{"HTTP_TRANSACTION_SEND_REQUEST_HEADERS":9,"HTTP_TRANSACTION_HTTP2_SEND_REQUEST_HEADERS":10,"URL_REQUEST_START_JOB":2}},"#,
            r#""events": ["#,
            r#"{"params":{"method":"POST","url":"https://a.example/px?1#f"},"phase":1,"source":{"id":5,"type":1},"time":"1","type":2},"#,
            r#"{"params":{"url":"https://a.example/cached"},"phase":1,"source":{"id":6,"type":1},"time":"1","type":2},"#,
            r#"{"phase":0,"source":{"id":5,"type":1},"time":"2","type":10},"#,
            r#"{"phase":0,"source":{"id":5,"type":1},"time":"3","type":10},"#,
            r#"{"params":{"url":"https://b.example/hop"},"phase":1,"source":{"id":5,"type":1},"time":"4","type":2},"#,
            r#"{"phase":0,"source":{"id":5,"type":1},"time":"5","type":9},"#,
            r#"{"phase":0,"source":{"id":"#,
        ] {
            log.line(line);
        }
        let told = |sent: &Sent| format!("{} {}", sent.method, sent.url);
        let sent: Vec<String> = log.finish().unwrap().iter().map(told).collect();
        assert_eq!(sent, ["POST https://a.example/px?1", "GET https://b.example/hop"]);
    }

    #[test]
    fn what_is_no_log_is_none() {
        let mut log = NetLog::default();
        log.line("<html>");
        log.line(r#"{"type":2,"source":{"id":1},"params":{"url":"https://a.example/"}}"#);
        assert_eq!(log.finish(), None);
    }
}

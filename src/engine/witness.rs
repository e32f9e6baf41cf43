//! Holds the record against Chrome's own log of what it sent. Pure.
//!
//! The log tells of the whole browser: what it sends for itself, to hosts that
//! no page asked for anything, is not counted.

use std::collections::{BTreeMap, HashSet};

use url::Url;

use crate::engine::run_finding;
use crate::model::finding::Finding;
use crate::model::request::{Outcome, Request};
use crate::wire::netlog::Sent;

/// Lines of evidence that are listed.
const MOST_DETAILS: usize = 20;

/// Every difference, both ways; empty where the two agree.
pub(crate) fn compare(requests: &[&Request], log: &[Sent]) -> Vec<Finding> {
    let host = |url: &str| Some(Url::parse(url).ok()?.host_str()?.to_owned());
    let mut hosts = HashSet::new();
    // Sent for certain, and sent perhaps: given up or failed on the way.
    let mut counts = BTreeMap::<(&str, &str), (i64, i64)>::new();
    for request in requests {
        hosts.extend(host(&request.url));
        let count = counts.entry((&request.method, &request.url)).or_default();
        match request.outcome {
            Outcome::Delivered => count.0 += 1,
            Outcome::Failed(_) | Outcome::Aborted | Outcome::Pending | Outcome::Blocked(_) => {
                count.1 += 1;
            }
            Outcome::Stubbed | Outcome::Local(_) => {}
        }
    }
    let ours = |sent: &&Sent| host(&sent.url).is_some_and(|host| hosts.contains(&host));
    for sent in log.iter().filter(ours) {
        let count = counts.entry((&sent.method, &sent.url)).or_default();
        // A certain one answers for it first, then one that may have gone.
        if count.0 > 0 || count.1 <= 0 {
            count.0 -= 1;
        } else {
            count.1 -= 1;
        }
    }
    let lines = |wanted: fn(i64) -> bool| -> Vec<String> {
        counts
            .iter()
            .filter(|(_, (certain, _))| wanted(*certain))
            .map(|((method, url), (certain, _))| format!("{method} {url} ({})", certain.abs()))
            .collect()
    };
    let missed = lines(|certain| certain < 0);
    let unseen = lines(|certain| certain > 0);
    let mut findings = Vec::new();
    if !missed.is_empty() {
        let message = format!("{} requests went out that were not recorded", missed.len());
        findings.push(difference("witness-missed", message, missed));
    }
    if !unseen.is_empty() {
        let message = format!("{} requests were recorded that did not go out", unseen.len());
        findings.push(difference("witness-unseen", message, unseen));
    }
    findings
}

fn difference(code: &str, message: String, mut lines: Vec<String>) -> Finding {
    let more = lines.len().saturating_sub(MOST_DETAILS);
    lines.truncate(MOST_DETAILS);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    let help = "please report it with the HAR (--har): the record should be complete";
    run_finding(code, message, lines, Some(help.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::request::{Initiator, RequestId, TargetKind, TargetRef};

    fn request(url: &str, outcome: Outcome) -> Request {
        Request {
            id: RequestId(0),
            method: "GET".to_owned(),
            url: url.to_owned(),
            fragment: None,
            headers: Vec::new(),
            body: None,
            resource_type: "Fetch".to_owned(),
            initiator: Initiator::default(),
            frame: None,
            target: TargetRef { kind: TargetKind::Page, id: String::new(), url: String::new() },
            document: None,
            step: None,
            redirected_from: None,
            outcome,
            response: None,
            started_ms: 0.0,
            ended_ms: None,
        }
    }

    fn codes(requests: &[Request], log: &[&str]) -> Vec<String> {
        let requests: Vec<&Request> = requests.iter().collect();
        let sent = |url: &&str| Sent { method: "GET".to_owned(), url: (*url).to_owned() };
        let log: Vec<Sent> = log.iter().map(sent).collect();
        compare(&requests, &log).into_iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn differences_are_told_both_ways() {
        let (a, b) = ("https://a.example/px?1", "https://a.example/px?2");
        let delivered = |url: &str| request(url, Outcome::Delivered);
        assert!(codes(&[delivered(a), delivered(b)], &[b, a]).is_empty());
        assert_eq!(codes(&[delivered(a)], &[a, a]), ["witness-missed"]);
        assert_eq!(codes(&[delivered(a)], &[a, b]), ["witness-missed"]);
        assert_eq!(codes(&[delivered(a), delivered(b)], &[a]), ["witness-unseen"]);
    }

    #[test]
    fn what_may_have_gone_and_what_is_chromes_own_make_no_difference() {
        let a = "https://a.example/px?1";
        for outcome in [Outcome::Aborted, Outcome::Failed("net::ERR_FAILED".to_owned())] {
            assert!(codes(&[request(a, outcome.clone())], &[a]).is_empty());
            assert!(codes(&[request(a, outcome)], &[]).is_empty());
        }
        assert!(codes(&[request(a, Outcome::Stubbed)], &[]).is_empty());
        assert_eq!(codes(&[request(a, Outcome::Stubbed)], &[a]), ["witness-missed"]);
        assert!(codes(&[], &["https://update.example/check"]).is_empty());
    }
}

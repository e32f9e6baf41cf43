//! Under which names a run's own addresses stand in snapshots. Pure.

use std::collections::BTreeSet;

use url::Url;

use crate::engine::PlannedScenario;
use crate::model::trace::Document;
use crate::snapshot::redact::Redactor;

/// What differs from place to place: the site's address, under the names of
/// the variables that hold it. A site on a port of its own (a local server)
/// has its other hosts on the same port, and these are named by their host.
pub(crate) fn redactor(planned: &PlannedScenario, documents: &[Document]) -> Redactor {
    let scenario = &planned.scenario;
    let mut base_origins: Vec<(String, String)> = Vec::new();
    let mut add = |origin: String, name: &str| {
        if !base_origins.iter().any(|(known, _)| *known == origin) {
            base_origins.push((origin, name.to_owned()));
        }
    };
    let origin_of = |text: &str| {
        Url::parse(text)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .map(|url| url.origin().ascii_serialization())
    };
    // `base` first: it names the origin where several variables hold it.
    let base = scenario.variables.get_key_value("base");
    for (name, value) in base.into_iter().chain(&scenario.variables) {
        if let Some(origin) = origin_of(value) {
            add(origin, name);
        }
    }
    if let Some(origin) = scenario.start_url.as_deref().and_then(origin_of) {
        add(origin, "base");
    }
    let port = scenario
        .start_url
        .as_deref()
        .and_then(|url| Url::parse(url).ok())
        .and_then(|url| url.port());
    if let Some(port) = port {
        let beside: BTreeSet<(String, String)> = documents
            .iter()
            .filter_map(|document| Url::parse(&document.url).ok())
            .filter(|url| url.port() == Some(port))
            .filter_map(|url| {
                let host = url.host_str()?.to_owned();
                Some((url.origin().ascii_serialization(), host))
            })
            .collect();
        for (origin, host) in beside {
            add(origin, &host);
        }
    }
    Redactor { base_origins, secrets: scenario.secrets.clone() }
}

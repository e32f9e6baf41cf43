//! Whole requests through every vendor: the table's own hosts and paths, so
//! that decoders are reached, with any query and body.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use pixelproof::model::vendor::WireRequest;
use pixelproof::vendors::frame::route::{Hosts, Path};
use pixelproof::vendors::{Registry, VENDORS};

static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::default);

/// One address for each route.
static PLACES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let routes = VENDORS.iter().flat_map(|vendor| vendor.routes);
    routes
        .map(|route| {
            let host = match route.hosts {
                Hosts::On(hosts) => hosts.first().map_or("a.test", |host| host.name()),
                Hosts::Anywhere | Hosts::Configured => "a.test",
            };
            let path = match route.path {
                Path::Any => "/",
                Path::Is(path)
                | Path::Under(path)
                | Path::Starts(path)
                | Path::Ends(path)
                | Path::Has(path) => path,
            };
            format!("https://{host}{path}")
        })
        .collect()
});

fuzz_target!(|input: (u16, &str, &str, Option<&str>, &[u8])| {
    let (place, path, query, content_type, body) = input;
    let Some(place) = PLACES.get(usize::from(place) % PLACES.len()) else { return };
    let url = format!("{place}{path}?{query}");
    let request = WireRequest {
        url: &url,
        method: if body.is_empty() { "GET" } else { "POST" },
        body,
        content_type,
        content_encoding: None,
        headers: &[],
    };
    REGISTRY.decode(&request, |decoded| {
        assert_eq!(decoded.vendor.is_none(), decoded.kind.as_text() == "none");
    });
});

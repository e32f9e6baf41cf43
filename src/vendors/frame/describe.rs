//! Vendors in words: what their tables say, for people.
//!
//! It lays nothing out; whoever shows it does.

use crate::vendors::frame::route::{Host, Hosts, Library, Path, Route, Where};
use crate::vendors::frame::vendor::{Endpoint, Vendor};

/// One endpoint: where it is, and what its requests are.
pub struct EndpointLine {
    pub hosts: String,
    pub path: String,
    pub kind: &'static str,
}

/// The endpoints in the order in which they are tried; alike ones once.
pub fn endpoints(vendor: &Vendor) -> Vec<EndpointLine> {
    let mut lines: Vec<EndpointLine> = Vec::new();
    for route in vendor.routes {
        let line = endpoint(route);
        let known = lines.iter().any(|known| {
            (&known.hosts, &known.path, known.kind) == (&line.hosts, &line.path, line.kind)
        });
        if !known {
            lines.push(line);
        }
    }
    lines
}

fn endpoint(route: &Route) -> EndpointLine {
    let hosts = match route.hosts {
        Hosts::On(hosts) => {
            hosts.iter().map(|host| host_text(*host)).collect::<Vec<_>>().join(", ")
        }
        Hosts::Anywhere => "any host, where the request proves it".to_owned(),
        Hosts::Configured => "hosts that you name".to_owned(),
    };
    let kind = match route.kind {
        Endpoint::Event => "event",
        Endpoint::Duplicate => "duplicate",
        Endpoint::Aux => "aux",
        Endpoint::Replay => "replay",
    };
    EndpointLine { hosts, path: path_text(route.path), kind }
}

/// Files that always load, with where account and version stand.
pub fn libraries(vendor: &Vendor) -> Vec<String> {
    vendor.libraries.iter().map(library).collect()
}

fn library(library: &Library) -> String {
    let hosts: Vec<_> = library.hosts.iter().map(|host| host_text(*host)).collect();
    let mut text = format!("{}{}", hosts.join(", "), path_text(library.path));
    for (name, place) in [("account", library.account), ("version", library.version)] {
        match place {
            Where::Nowhere => {}
            Where::Query(key) => text.push_str(&format!(", {name} in `{key}`")),
            Where::Segment(at) => text.push_str(&format!(", {name} in segment {}", at + 1)),
        }
    }
    text
}

fn host_text(host: Host) -> String {
    match host {
        Host::Is(name) => name.to_owned(),
        Host::Under(name) => format!("*.{name}"),
        Host::AnyTld(name) => format!("{name}.*"),
    }
}

fn path_text(path: Path) -> String {
    match path {
        Path::Any => "/…".to_owned(),
        Path::Is(path) => path.to_owned(),
        Path::Under(path) | Path::Starts(path) => format!("{path}…"),
        Path::Ends(path) => format!("…{path}"),
        Path::Has(path) => format!("…{path}…"),
    }
}

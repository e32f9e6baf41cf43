//! Which of the demo's sites a request is for, told by its Host header, and
//! the addresses that pages use to link to each other.
//!
//! `shop.localhost` is the shop in the theme that is served;
//! `shop-<theme>.localhost` is the same shop in another theme, and its links
//! stay in that theme. Chrome resolves every name under `localhost` to
//! loopback itself, and treats each as a site of its own.

use crate::shop::theme::Theme;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Site {
    Shop,
    /// The payment provider.
    Pay,
    /// The newsletter provider, shown in an iframe.
    News,
    /// Where the stand-ins for the vendors' libraries live.
    Tags,
}

/// The addresses as one request sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hosts {
    pub port: u16,
    /// Set when the host name asked for a theme.
    pub chosen: Option<Theme>,
}

impl Site {
    fn name(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::Pay => "pay",
            Self::News => "news",
            Self::Tags => "tags",
        }
    }
}

impl Hosts {
    /// `http://shop.localhost:8080`, without a slash at the end.
    pub fn origin(self, site: Site) -> String {
        let name = site.name();
        let port = self.port;
        match self.chosen {
            Some(theme) => format!("http://{name}-{theme}.localhost:{port}"),
            None => format!("http://{name}.localhost:{port}"),
        }
    }
}

/// The site and the theme that a Host header names. `None` for every host
/// that is not ours, however it is written.
pub(crate) fn read_host(host: &str) -> Option<(Site, Option<Theme>)> {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.to_ascii_lowercase();
    let label = name.strip_suffix(".localhost")?;
    let (site, theme) = match label.split_once('-') {
        Some((site, theme)) => (site, Some(theme.parse().ok()?)),
        None => (label, None),
    };
    let site = [Site::Shop, Site::Pay, Site::News, Site::Tags]
        .into_iter()
        .find(|known| known.name() == site)?;
    Some((site, theme))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read() {
        let read = |host| read_host(host);
        assert_eq!(read("shop.localhost:8080"), Some((Site::Shop, None)));
        assert_eq!(read("PAY.localhost"), Some((Site::Pay, None)));
        assert_eq!(
            read("shop-purchase-twice.localhost:1"),
            Some((Site::Shop, Some(Theme::PurchaseTwice)))
        );
        for foreign in
            ["", ":", "localhost", ".localhost", "shop", "shop-.localhost", "[::1]:80", "ä:b"]
        {
            assert_eq!(read(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn links_stay_in_the_chosen_theme() {
        let hosts = Hosts { port: 99, chosen: Some(Theme::LeadMoved) };
        assert_eq!(hosts.origin(Site::Pay), "http://pay-lead-moved.localhost:99");
        let origin = hosts.origin(Site::Tags);
        let host = origin.strip_prefix("http://").unwrap();
        assert_eq!(read_host(host), Some((Site::Tags, Some(Theme::LeadMoved))));
    }
}

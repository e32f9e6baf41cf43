//! Where well-known vendors collect that have no decoder yet: enough to keep
//! hits from their production accounts, and no more. Nothing is decoded, and
//! libraries and configuration always load.
//!
//! Endpoints are those that the vendors document or that their own public
//! libraries send to. A vendor that gets a file of its own leaves this table.

use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::vendor::Host::{self, AnyTld, Is, Under};
use crate::wire::address::Address;

/// Collection endpoints of a vendor on some of its hosts.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) slug: &'static str,
    /// Empty: on any host, since it runs on the shop's own.
    pub(crate) hosts: &'static [Host],
    /// Paths, each with everything below it; an empty one is every path.
    paths: &'static [&'static str],
    pub(crate) answer: Answer,
}

const fn known(
    slug: &'static str,
    hosts: &'static [Host],
    paths: &'static [&'static str],
    answer: Answer,
) -> Known {
    Known { slug, hosts, paths, answer }
}

const GIF: Answer = Answer::Gif;
const NONE: Answer = Answer::NoContent;
const EMPTY: Answer = Answer::Empty;
const JSON: Answer = Answer::Json("{}");
const ANY: &[&str] = &[""];

/// Sorted by slug.
pub(crate) static KNOWN: &[Known] = &[
    known("adobe_analytics", &[], &["/b/ss"], GIF),
    known("adobe_websdk", &[Under("adobedc.net")], &["/ee"], JSON),
    known("adobe_websdk", &[], &["/ee/v1/interact", "/ee/v1/collect"], JSON),
    known(
        "adroll",
        &[Is("d.adroll.com"), Is("ipv4.d.adroll.com")],
        &["/p", "/pixel", "/cm", "/segment"],
        GIF,
    ),
    known("amazon_ads", &[Under("amazon-adsystem.com")], &["/iu3", "/ecm3"], GIF),
    known(
        "amplitude",
        &[
            Is("api.amplitude.com"),
            Is("api2.amplitude.com"),
            Is("api.eu.amplitude.com"),
            Is("api-sr.amplitude.com"),
            Is("api-sr.eu.amplitude.com"),
        ],
        ANY,
        JSON,
    ),
    known("attentive", &[Is("events.attentivemobile.com")], ANY, NONE),
    known("awin", &[Is("www.awin1.com")], &["/sread.img", "/sread.php", "/sread.js"], GIF),
    known("braze", &[Under("braze.com"), Under("braze.eu")], &["/api/v3/data"], JSON),
    known("cj", &[Under("emjcd.com")], ANY, GIF),
    known("clarity", &[Under("clarity.ms")], &["/collect", "/c.gif"], NONE),
    known("cloudflare_rum", &[], &["/cdn-cgi/rum"], NONE),
    known(
        "comscore",
        &[Is("sb.scorecardresearch.com"), Is("b.scorecardresearch.com")],
        &["/b", "/b2", "/p", "/p2"],
        GIF,
    ),
    known(
        "contentsquare",
        &[
            Is("c.contentsquare.net"),
            Is("k.contentsquare.net"),
            Is("l.contentsquare.net"),
            Is("m.contentsquare.net"),
        ],
        ANY,
        NONE,
    ),
    known("criteo", &[Under("criteo.com")], &["/event", "/m/event"], EMPTY),
    known("customerio", &[Is("track.customer.io"), Is("track-eu.customer.io")], ANY, GIF),
    known(
        "floodlight",
        &[
            Is("ad.doubleclick.net"),
            Is("fls.doubleclick.net"),
            Under("fls.doubleclick.net"),
            Is("ade.googlesyndication.com"),
        ],
        &["/activity", "/activityi", "/activityj", "/ddm/activity", "/ddm/activityi", "/ddm/fls"],
        GIF,
    ),
    known("fullstory", &[Under("fullstory.com")], &["/rec"], JSON),
    known("heap", &[Under("heapanalytics.com")], &["/h", "/api"], GIF),
    known("hotjar", &[Is("in.hotjar.com"), Under("hotjar.io")], ANY, JSON),
    known(
        "hubspot",
        &[Is("track.hubspot.com"), Is("track-eu1.hubspot.com")],
        &["/__ptq.gif", "/__ptbe.gif", "/__pto.gif", "/__ptc.gif"],
        GIF,
    ),
    known(
        "hubspot",
        &[Is("forms.hubspot.com"), Is("forms-eu1.hubspot.com")],
        &["/collected-forms/submit"],
        NONE,
    ),
    known(
        "impact",
        &[
            Under("sjv.io"),
            Under("pxf.io"),
            Under("evyy.net"),
            Under("7eer.net"),
            Under("ojrq.net"),
        ],
        &["/xc", "/xconv", "/cur", "/pc"],
        GIF,
    ),
    known(
        "iterable",
        &[Is("api.iterable.com"), Is("api.eu.iterable.com")],
        &["/api/events", "/api/commerce", "/api/users"],
        JSON,
    ),
    known(
        "klaviyo",
        &[Is("a.klaviyo.com")],
        &[
            "/client/events",
            "/client/event-bulk-create",
            "/client/profiles",
            "/api/track",
            "/api/identify",
            "/onsite/track-analytics",
            "/api/onsite",
        ],
        NONE,
    ),
    known("klaviyo", &[Is("telemetrics.klaviyo.com")], ANY, NONE),
    known(
        "linkedin",
        &[Is("px.ads.linkedin.com"), Is("px4.ads.linkedin.com"), Is("dc.ads.linkedin.com")],
        ANY,
        GIF,
    ),
    known("linkedin", &[Is("www.linkedin.com")], &["/px"], GIF),
    known("marketo", &[Under("mktoresp.com")], ANY, GIF),
    known("matomo", &[], &["/matomo.php", "/piwik.php"], NONE),
    known(
        "microsoft_uet",
        &[Is("bat.bing.com"), Is("bat.bing.net")],
        &["/action", "/actionp"],
        NONE,
    ),
    known(
        "mixpanel",
        &[
            Is("api.mixpanel.com"),
            Is("api-js.mixpanel.com"),
            Is("api-eu.mixpanel.com"),
            Is("api-in.mixpanel.com"),
        ],
        &["/track", "/engage", "/groups", "/record", "/import"],
        Answer::Json("1"),
    ),
    known("mparticle", &[Is("jssdks.mparticle.com")], ANY, JSON),
    known("openpanel", &[Is("api.openpanel.dev")], &["/track", "/event", "/profile"], JSON),
    known("optimizely", &[Is("logx.optimizely.com")], ANY, NONE),
    known("outbrain", &[Is("tr.outbrain.com")], &["/unifiedPixel", "/pixel"], GIF),
    known("pardot", &[Is("pi.pardot.com")], &["/analytics"], EMPTY),
    known("pinterest", &[Is("ct.pinterest.com")], &["/v3", "/user", "/md", "/stats"], GIF),
    known("piwikpro", &[], &["/ppms.php"], NONE),
    known("plausible", &[Is("plausible.io")], &["/api/event"], EMPTY),
    known(
        "posthog",
        &[Under("i.posthog.com"), Is("app.posthog.com")],
        &["/e", "/i/v0/e", "/capture", "/batch", "/s", "/track", "/engage"],
        Answer::Json("{\"status\":1}"),
    ),
    known(
        "quantcast",
        &[Is("pixel.quantserve.com"), Is("pixel.quantcount.com")],
        &["/pixel", "/pixel;r"],
        GIF,
    ),
    known("quora", &[Is("q.quora.com")], &["/_/ad"], GIF),
    known("rakuten", &[Is("track.linksynergy.com")], ANY, GIF),
    known("reddit", &[Is("alb.reddit.com")], ANY, GIF),
    known("rtbhouse", &[Under("creativecdn.com")], &["/tags"], EMPTY),
    known(
        "rudderstack",
        &[Under("dataplane.rudderstack.com"), Under("rudderlabs.com")],
        &["/v1", "/beacon/v1"],
        JSON,
    ),
    known(
        "segment",
        &[Is("api.segment.io"), Is("api.segment.com"), Under("segmentapis.com")],
        &["/v1"],
        Answer::Json("{\"success\":true}"),
    ),
    known("shopify", &[Is("monorail-edge.shopifysvc.com")], ANY, NONE),
    known("shopify", &[], &["/.well-known/shopify/monorail"], NONE),
    known("sixsense", &[Is("b.6sc.co")], ANY, GIF),
    known(
        "snapchat",
        &[Is("tr.snapchat.com"), Is("tr6.snapchat.com"), Is("tr-shadow.snapchat.com")],
        &["/p", "/cm", "/v2", "/v3", "/r", "/gateway"],
        EMPTY,
    ),
    known("snowplow", &[], &["/com.snowplowanalytics.snowplow/tp2"], EMPTY),
    known("spotify", &[Is("pixels.spotify.com")], &["/v1"], NONE),
    known(
        "stackadapt",
        &[Is("tags.srv.stackadapt.com")],
        &["/rt", "/conv", "/js_tracking", "/saq_pxl", "/lal"],
        GIF,
    ),
    known("taboola", &[Is("trc.taboola.com"), Is("trc-events.taboola.com")], ANY, GIF),
    known(
        "tealium",
        &[Under("tealiumiq.com")],
        &["/event", "/vdata", "/bulk-event", "/v.gif", "/i.gif"],
        GIF,
    ),
    known("tradedesk", &[Is("insight.adsrvr.org"), Is("match.adsrvr.org")], &["/track"], GIF),
    known(
        "ua",
        &[Under("google-analytics.com"), Is("stats.g.doubleclick.net")],
        &["/collect", "/j/collect", "/r/collect", "/batch", "/__utm.gif", "/r/__utm.gif"],
        GIF,
    ),
    known("umami", &[Is("cloud.umami.is"), Is("api-gateway.umami.dev")], &["/api/send"], JSON),
    known(
        "vwo",
        &[Is("dev.visualwebsiteoptimizer.com")],
        &["/v.gif", "/l.gif", "/c.gif", "/s.gif", "/h.gif", "/ee.gif", "/t", "/events/t"],
        GIF,
    ),
    known("x", &[Is("analytics.twitter.com"), Is("t.co")], &["/i/adsct", "/1/i/adsct"], GIF),
    known("xandr", &[Is("ib.adnxs.com"), Is("secure.adnxs.com")], &["/px", "/seg", "/pixie"], GIF),
    known("yahoo", &[Is("sp.analytics.yahoo.com")], &["/sp.pl", "/spp.pl"], GIF),
    known(
        "yandex_metrica",
        &[AnyTld("mc.yandex")],
        &["/watch", "/webvisor", "/clmap", "/pixel"],
        GIF,
    ),
];

impl Known {
    /// Whether the path is one of the endpoints; of a foreign host it may
    /// stand anywhere, below whatever folder the collector was put in.
    pub(crate) fn takes(&self, address: &Address<'_>) -> bool {
        let ends = |rest: &str| rest.is_empty() || rest.starts_with(['/', ';']);
        self.paths.iter().any(|known| {
            let path = address.path;
            match path.strip_prefix(known) {
                Some(rest) if known.is_empty() || ends(rest) => true,
                _ if !self.hosts.is_empty() => false,
                _ => path.find(known).is_some_and(|at| ends(&path[at + known.len()..])),
            }
        })
    }

    /// `Fetch.RequestPattern` wildcards that cover every endpoint.
    pub(crate) fn patterns(&self) -> impl Iterator<Item = String> {
        let hosts: Vec<String> = match self.hosts {
            [] => vec!["*".to_owned()],
            hosts => hosts
                .iter()
                .flat_map(|host| match host {
                    Is(name) => vec![(*name).to_owned()],
                    Under(name) => vec![(*name).to_owned(), format!("*.{name}")],
                    AnyTld(name) => vec![format!("{name}.*")],
                })
                .collect(),
        };
        hosts.into_iter().flat_map(|host| {
            self.paths.iter().map(move |path| match *path {
                "" => format!("*://{host}/*"),
                path => format!("*://{host}{path}*"),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendors::{Registry, VENDORS};

    /// `*` stands for anything, as in the protocol.
    fn fits(pattern: &str, url: &str) -> bool {
        match pattern.split_once('*') {
            None => pattern == url,
            Some((start, rest)) => url.strip_prefix(start).is_some_and(|url| {
                rest.is_empty()
                    || (0..=url.len()).any(|at| url.is_char_boundary(at) && fits(rest, &url[at..]))
            }),
        }
    }

    #[test]
    fn production_endpoints_are_pixels_and_covered() {
        let registry = Registry::default();
        let patterns = registry.fetch_patterns();
        for (url, slug) in [
            ("https://www.google-analytics.com/collect?v=1&t=pageview&tid=UA-1-1", "ua"),
            ("https://www.google-analytics.com/j/collect?v=1", "ua"),
            ("https://ad.doubleclick.net/activity;src=1;type=a;cat=b;ord=1", "floodlight"),
            ("https://1234.fls.doubleclick.net/activityi;src=1234;ord=2?", "floodlight"),
            ("https://px.ads.linkedin.com/collect?v=2&fmt=js&pid=1", "linkedin"),
            ("https://ct.pinterest.com/v3/?event=checkout&tid=1", "pinterest"),
            ("https://tr.snapchat.com/p", "snapchat"),
            ("https://bat.bing.com/action/0?ti=1&Ver=2&evt=pageLoad", "microsoft_uet"),
            ("https://alb.reddit.com/rp.gif?id=t2_1&event=PageVisit", "reddit"),
            ("https://analytics.twitter.com/i/adsct?txn_id=1", "x"),
            ("https://t.co/1/i/adsct?txn_id=1", "x"),
            ("https://sslwidget.criteo.com/event?a=1", "criteo"),
            ("https://in.hotjar.com/api/v2/client/sites/1/visit-data", "hotjar"),
            ("https://h.clarity.ms/collect", "clarity"),
            ("https://api.segment.io/v1/t", "segment"),
            ("https://api-js.mixpanel.com/track/?verbose=1", "mixpanel"),
            ("https://api2.amplitude.com/2/httpapi", "amplitude"),
            ("https://us.i.posthog.com/e/?ip=1", "posthog"),
            ("https://track.hubspot.com/__ptq.gif?k=1", "hubspot"),
            ("https://a.klaviyo.com/client/events/?company_id=A", "klaviyo"),
            ("https://shop.test/stats/matomo.php?idsite=1", "matomo"),
            ("https://metrics.shop.test/b/ss/rsid/1/JS-2/s1?AQB=1", "adobe_analytics"),
            ("https://mc.yandex.ru/watch/1?wmode=7", "yandex_metrica"),
        ] {
            assert_eq!(registry.pixel_of(url), Some(slug), "{url}");
            assert!(patterns.iter().any(|pattern| fits(pattern, url)), "no pattern covers {url}");
        }
    }

    #[test]
    fn libraries_configuration_and_lookalikes_load() {
        let registry = Registry::default();
        for url in [
            "https://www.google-analytics.com/analytics.js",
            "https://snap.licdn.com/li.lms-analytics/insight.min.js",
            "https://s.pinimg.com/ct/core.js",
            "https://ct.pinterest.com/static/ct/token_create.js",
            "https://tr.snapchat.com/config/com/1.js",
            "https://sc-static.net/scevent.min.js",
            "https://bat.bing.com/bat.js",
            "https://bat.bing.com/p/action/1.js",
            "https://dynamic.criteo.com/js/ld/ld.js?a=1",
            "https://static.hotjar.com/c/hotjar-1.js",
            "https://www.clarity.ms/tag/abc",
            "https://cdn.segment.com/v1/projects/key/settings",
            "https://us.i.posthog.com/decide/?v=3",
            "https://us-assets.i.posthog.com/static/array.js",
            "https://static.klaviyo.com/onsite/js/klaviyo.js",
            "https://t.co/shortened",
            "https://evil-alb.reddit.com.test/rp.gif",
            "https://shop.test/?next=https://alb.reddit.com/rp.gif",
            "https://shop.test/matomo.phpx",
            "https://alb.reddit.com:8443/rp.gif",
        ] {
            assert_eq!(registry.pixel_of(url), None, "{url}");
        }
    }

    #[test]
    fn the_table_is_sorted_and_knows_no_decoded_vendor() {
        assert!(KNOWN.is_sorted_by_key(|known| known.slug));
        for known in KNOWN {
            assert!(VENDORS.iter().all(|vendor| vendor.slug != known.slug), "{}", known.slug);
            assert!(known.hosts.iter().all(|host| match host {
                Is(name) | Under(name) | AnyTld(name) => *name == name.to_ascii_lowercase(),
            }));
        }
    }
}

//! Breakages of the vendors' functions, accounts and libraries, and of consent.

use pixelproof::model::trail::StageName::{Call, Consent, Global, Library, Sent};

use crate::e2e::breakages::Cause::{Lost, Says};
use crate::e2e::breakages::Walk::Lead;
use crate::e2e::breakages::{Row, row};
use crate::e2e::ground::When::Never;
use crate::e2e::outfitter::Edit::{Header, Status, Swap, When};
use crate::e2e::outfitter::PAGES;

const META_ID: &str = "2468013579246801";

pub const ROWS: &[Row] = &[
    // The vendors' functions, accounts and libraries.
    row(
        "tag-removed",
        Lead,
        &[
            Swap(
                "head.html",
                "!function(f,b,e,v,n,t,s)",
                "window.fbq = undefined; 0 && function(f,b,e,v,n,t,s)",
            ),
            Swap("head.html", "fbq('", "window.fbq && fbq('"),
            Swap("tracking.js", "fbq('track'", "window.fbq && fbq('track'"),
            Swap("cmp.js", "fbq('", "window.fbq && fbq('"),
        ],
        &[Lost("meta", "Lead", Global, &["the tag is not on the page"])],
    ),
    row(
        "function-overwritten",
        Lead,
        &[Swap(
            "shop.js",
            "Tracking.lead(id, mail);",
            "window.fbq = function () {};\n    Tracking.lead(id, mail);",
        )],
        &[Lost("meta", "Lead", Global, &["`fbq` was replaced"])],
    ),
    row(
        "pixel-typo",
        Lead,
        &[Swap("head.html", META_ID, "2468013579246810")],
        &[Lost(
            "meta",
            "Lead",
            Call,
            &["the account is 2468013579246810 instead of 2468013579246801", "fbq(\"init\""],
        )],
    ),
    row(
        "pixel-empty",
        Lead,
        &[Swap("head.html", META_ID, "")],
        &[Lost("meta", "Lead", Call, &["no call sets up a pixel"])],
    ),
    row(
        "second-pixel",
        Lead,
        &[Swap(
            "head.html",
            "fbq('track', 'PageView');",
            "fbq('init', '1357902468135790');\nfbq('track', 'PageView');",
        )],
        &[
            Says("snapshot-unexpected-hit", &["meta Lead"]),
            Says("installed-shared-events", &["1357902468135790"]),
        ],
    ),
    row(
        "posthog-key",
        Lead,
        &[Swap("head.html", "phc_kletterladen0001", "phc_kletterladen0002")],
        &[Lost(
            "posthog",
            "lead sent",
            Call,
            &["phc_kletterladen0002 instead of phc_kletterladen0001"],
        )],
    ),
    row(
        "posthog-not-called",
        Lead,
        &[Swap("tracking.js", "    posthog.capture('lead sent', { topic: 'Beratung' });\n", "")],
        &[Lost("posthog", "lead sent", Call, &["not asked"])],
    ),
    row(
        "segment-renamed",
        Lead,
        &[Swap(
            "tracking.js",
            "'Lead Sent', { topic: 'Beratung' });\n    const",
            "'Lead sent', { topic: 'Beratung' });\n    const",
        )],
        &[Lost("segment", "Lead Sent", Call, &["`Lead sent` was sent instead of `Lead Sent`"])],
    ),
    row(
        "mixpanel-not-called",
        Lead,
        &[Swap("tracking.js", "    mixpanel.track('Lead Sent', { topic: 'Beratung' });\n", "")],
        &[Lost("mixpanel", "Lead Sent", Call, &["not asked"])],
    ),
    row(
        "library-404",
        Lead,
        &[Status("fbevents.js", 404, "")],
        &[Lost("meta", "Lead", Library, &["fbevents.js", "404"])],
    ),
    row(
        "library-500",
        Lead,
        &[Status("events.js", 500, "")],
        &[Lost("tiktok", "SubmitForm", Library, &["events.js", "500"])],
    ),
    row(
        "library-silent",
        Lead,
        &[When("fbevents.js", Never)],
        &[Says("step-failed", &["fbevents.js has no answer"])],
    ),
    row(
        "posthog-404",
        Lead,
        &[Status("array.js", 404, "")],
        &[Lost("posthog", "lead sent", Library, &["array.js", "404"])],
    ),
    row(
        "library-refused",
        Lead,
        &[Header(
            PAGES,
            "content-security-policy",
            "script-src 'self' 'unsafe-inline' https://www.googletagmanager.com https://analytics.tiktok.com https://eu-assets.i.posthog.com https://cdn.mxpnl.com",
        )],
        &[Lost("meta", "Lead", Library, &["fbevents.js", "CSP", "script-src"])],
    ),
    row(
        "image-refused",
        Lead,
        &[Header(PAGES, "content-security-policy", "img-src 'self' data:")],
        &[Lost("meta", "Lead", Sent, &["CSP", "img-src"])],
    ),
    row(
        "connection-refused",
        Lead,
        &[Header(
            PAGES,
            "content-security-policy",
            "connect-src 'self' https://*.google-analytics.com https://api.segment.io https://*.mixpanel.com https://*.posthog.com",
        )],
        &[Lost("tiktok", "SubmitForm", Sent, &["CSP", "connect-src"])],
    ),
    row(
        "library-tampered",
        Lead,
        &[Swap(
            "head.html",
            "t.async=!0;\nt.src=v",
            "t.async=!0;t.integrity='sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';t.crossOrigin='';\nt.src=v",
        )],
        &[Lost("meta", "Lead", Library, &["integrity"])],
    ),
    row(
        "library-insecure",
        Lead,
        &[Swap("head.html", "'https://connect.facebook.net", "'http://connect.facebook.net:$PORT")],
        &[Lost("meta", "Lead", Library, &["mixed content"])],
    ),
    row(
        "library-unknown-host",
        Lead,
        &[Swap(
            "head.html",
            "https://analytics.tiktok.com/i18n",
            "https://analytics.tiktok.example/i18n",
        )],
        &[Lost("tiktok", "SubmitForm", Library, &["events.js", "ERR_NAME_NOT_RESOLVED"])],
    ),
    row(
        "library-not-asked",
        Lead,
        &[Swap("head.html", "s.parentNode.insertBefore(t,s)}", "}")],
        &[Lost("meta", "Lead", Library, &["never asked for"])],
    ),
    row(
        "worker-swallows",
        Lead,
        &[
            Swap("cmp.js", "var has =", "navigator.serviceWorker.register('/sw.js');\n  var has ="),
            Status(
                "sw.js",
                200,
                "self.addEventListener('install', () => self.skipWaiting()); self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim())); self.addEventListener('fetch', (event) => { if (event.request.url.includes('facebook.com/tr')) event.respondWith(new Response(null, { status: 204 })); });",
            ),
        ],
        &[Lost("meta", "Lead", Sent, &["service worker"])],
    ),
    // Consent.
    row(
        "consent-never-granted",
        Lead,
        &[Swap("cmp.js", "fbq('consent', 'grant');", "")],
        &[Lost("meta", "Lead", Consent, &["fbq(\"consent\", \"revoke\")", "nothing grants it"])],
    ),
    row(
        "consent-granted-late",
        Lead,
        &[Swap(
            "cmp.js",
            "fbq('consent', 'grant');",
            "setTimeout(function () { fbq('consent', 'grant'); }, 300000);",
        )],
        &[Lost("meta", "Lead", Consent, &["fbq(\"consent\", \"revoke\")"])],
    ),
    row(
        "consent-category",
        Lead,
        &[Swap("cmp.js", "data-category=\"marketing\"", "data-category=\"ads\"")],
        &[Lost("tiktok", "SubmitForm", Consent, &["text/plain"])],
    ),
    row(
        "consent-ignored",
        Lead,
        &[Swap("head.html", "fbq('consent', 'revoke');\n", "")],
        &[
            Says("snapshot-moved-hit", &["meta PageView"]),
            Says("consent-denied-hit", &["meta PageView", "ad_storage"]),
        ],
    ),
];

//! Changes that break nothing: every walk through the shop must pass, without
//! a finding of severity error.

use crate::e2e::ground::When::Later;
use crate::e2e::outfitter::Edit::{Header, Swap, When};
use crate::e2e::outfitter::{PAGES, Variant};

pub const ROWS: &[Variant] = &[
    ("played-again", &[]),
    (
        "other-order",
        &[
            Swap(
                "fbevents.js",
                "return list;",
                "return list.slice(0, 2).concat(list.slice(2).reverse());",
            ),
            Swap("gtag.js", "/*switches*/ {}", "{ reordered: true }"),
            Swap("events.js", "/*switches*/ {}", "{ reordered: true }"),
        ],
    ),
    (
        "slower",
        &[
            When("fbevents.js", Later(900)),
            When("gtm.js", Later(700)),
            When("array.js", Later(600)),
            When("anfrage", Later(800)),
            When("bestellung", Later(800)),
            When("events.js", Later(500)),
        ],
    ),
    (
        "other-markup",
        &[
            Swap(
                "advice.html",
                "<form id=\"advice\" class=\"form\">",
                "<form id=\"advice\" class=\"grid-2 form--new\" data-v=\"7\"><div class=\"inner\">",
            ),
            Swap("advice.html", "</form>", "</div></form>"),
            Swap("product.html", "class=\"button\"", "class=\"btn btn-xl\""),
            Swap("head.html", "theme-fels", "theme-granit"),
        ],
    ),
    (
        "other-requests",
        &[Swap(
            "head.html",
            "</main>",
            "</main>\n<script>fetch('/api/korb'); new Image().src = '/bild.gif'; fetch('/api/nicht-da').catch(() => 0); setInterval(() => fetch('/api/korb'), 700);</script>",
        )],
    ),
    (
        "sent-by-post",
        &[Swap(
            "fbevents.js",
            "new Image().src = TR + '?' + list.map(function (pair) { return pair[0] + '=' + encodeURIComponent(pair[1]); }).join('&');",
            "var body = new FormData(); list.forEach(function (pair) { body.append(pair[0], pair[0] === 'rqm' ? 'SB' : pair[1]); }); navigator.sendBeacon(TR, body);",
        )],
    ),
    (
        "one-batch-two",
        &[
            Swap(
                "gtag.js",
                "const waiting = stream.waiting;",
                "const rest = stream.waiting.splice(1);\n    const waiting = stream.waiting;\n    \
                 if (rest.length) setTimeout(() => { stream.waiting.unshift(...rest); flush(stream, leaving); });",
            ),
            Swap("head.html", "{ batch_flush_interval_ms: 600000 }", "{ batch_requests: false }"),
        ],
    ),
    (
        "two-batches-one",
        &[
            Swap(
                "gtag.js",
                "const BATCH_MS = demo.noFlushOnLeave ? 120000 : 5000;",
                "const BATCH_MS = 60000;",
            ),
            Swap(
                "head.html",
                "autocapture: false,",
                "autocapture: false, request_queue_config: { flush_interval_ms: 5000 },",
            ),
        ],
    ),
    (
        "library-updated",
        &[
            Swap("fbevents.js", "2.9.240", "2.9.251"),
            Swap(
                "fbevents.js",
                "['o', 4126]",
                "['o', 6174], ['cs_est', 'true'], ['expv3[0]', 'px1'], ['cdl', 'API_unavailable'], ['hme', 'a1b2'], ['ex_m', '70,119'], ['plt', Math.round(performance.now() * 10) / 10]",
            ),
            Swap("gtag.js", "45je5b0v9100000001za200", "45je6c1v9100000001za204zd100"),
        ],
    ),
    (
        "other-chunk-names",
        &[
            Swap("head.html", "/assets/shop.js", "/assets/3f2ab9c1/shop.js"),
            Swap("head.html", "/assets/tracking.js", "/assets/77b01e44/tracking.js"),
        ],
    ),
    (
        "cached",
        &[
            Header("shop.js", "cache-control", "public, max-age=31536000, immutable"),
            Header("fbevents.js", "cache-control", "public, max-age=1200"),
            Header("gtm.js", "cache-control", "private, max-age=900"),
            Header("array.js", "cache-control", "public, max-age=86400"),
            Header(PAGES, "cache-control", "no-store"),
        ],
    ),
    (
        "preloaded",
        &[Swap(
            "head.html",
            "<script src=\"/assets/cmp.js\"></script>",
            "<link rel=\"preload\" as=\"script\" href=\"https://connect.facebook.net/en_US/fbevents.js\"><link rel=\"preconnect\" href=\"https://www.googletagmanager.com\"><script src=\"/assets/cmp.js\"></script>",
        )],
    ),
    (
        "another-listener",
        &[Swap(
            "head.html",
            "</main>",
            "</main>\n<script>['click', 'submit', 'change'].forEach((kind) => document.addEventListener(kind, (event) => { window.seen = (window.seen || 0) + 1; if (event.target.matches('.nothing')) event.preventDefault(); }, true));</script>",
        )],
    ),
    (
        "another-vendor",
        &[Swap(
            "head.html",
            "</main>",
            "</main>\n<script async src=\"https://$SHOP.cdn.test:$PORT/chat/widget.js\"></script>",
        )],
    ),
    (
        "tested",
        &[
            Swap(
                "head.html",
                "<body class=\"theme-fels\">",
                "<body class=\"theme-fels variant-b\"><script>window.variant = 'b'; dataLayer.push({ event: 'experiment_viewed', variant: 'b' });</script><div class=\"test\">",
            ),
            Swap("head.html", "</main>", "</main></div>"),
        ],
    ),
    (
        "other-asset-host",
        &[
            Swap(
                "head.html",
                "src=\"/assets/shop.js\"",
                "src=\"https://$SHOP.cdn.test:$PORT/assets/shop.js\"",
            ),
            Swap(
                "head.html",
                "src=\"/assets/tracking.js\"",
                "src=\"https://$SHOP.cdn.test:$PORT/assets/tracking.js\"",
            ),
            Swap(
                "head.html",
                "src=\"/assets/theme.js\"",
                "src=\"https://$SHOP.cdn.test:$PORT/assets/theme.js\"",
            ),
        ],
    ),
    (
        "foreign-error",
        &[Swap(
            "head.html",
            "</main>",
            "</main>\n<script src=\"https://$SHOP.cdn.test:$PORT/chat/widget.js\"></script><script>setTimeout(() => { throw new Error('chat is offline'); });</script>",
        )],
    ),
    (
        "other-snippet-order",
        &[Swap(
            "head.html",
            "<script src=\"/assets/tracking.js\"></script>\n<script src=\"/assets/shop.js\"></script>",
            "<script defer src=\"/assets/tracking.js\"></script>\n<script defer src=\"/assets/shop.js\"></script>",
        )],
    ),
];

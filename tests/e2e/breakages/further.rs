//! Breakages that were written after the checks and the trail had been mended
//! by the other tables, to see what holds beyond them.

use pixelproof::model::trail::StageName::{
    Call, DataLayer, Form, Library, Script, Step, TagManager,
};

use crate::e2e::breakages::Cause::{Lost, Says};
use crate::e2e::breakages::Walk::{Buy, Lead, Signup};
use crate::e2e::breakages::{META_LEAD, Row, row};
use crate::e2e::outfitter::Edit::{Header, Location, Status, Swap};
use crate::e2e::outfitter::PAGES;

pub const ROWS: &[Row] = &[
    row(
        "method-misspelt",
        Lead,
        &[Swap("tracking.js", "posthog.capture('lead sent'", "posthog.captureEvent('lead sent'")],
        &[
            Lost("posthog", "lead sent", Script, &["captureEvent is not a function"]),
            Lost("segment", "Lead Sent", Script, &["captureEvent is not a function"]),
        ],
    ),
    row(
        "answer-no-json",
        Lead,
        &[Status("anfrage", 200, "<html>Wartung</html>")],
        &[Lost("meta", "Lead", Script, &["SyntaxError"])],
    ),
    row(
        "accept-gone",
        Lead,
        &[Swap("head.html", "id=\"accept\"", "id=\"agree\"")],
        &[Says("step-failed", &["#accept"])],
    ),
    row(
        "tiktok-not-loaded",
        Lead,
        &[Swap("head.html", "  ttq.load('CKLETTER0000000001AB');\n", "")],
        &[Lost("tiktok", "SubmitForm", Library, &["never asked for"])],
    ),
    row(
        "tiktok-other-account",
        Lead,
        &[Swap("head.html", "CKLETTER0000000001AB", "CKLETTER0000000002AB")],
        &[Lost("tiktok", "SubmitForm", Call, &["CKLETTER0000000002AB instead of"])],
    ),
    row(
        "config-tag-paused",
        Lead,
        &[Swap("gtm.js", "      google('config', 'G-KLETTER001');\n", "")],
        &[Lost("ga4", "page_view", TagManager, &["none of its tags fired"])],
    ),
    row(
        "measurement-id",
        Lead,
        &[Swap("gtm.js", "G-KLETTER001", "G-KLETTER002")],
        &[Lost("ga4", "generate_lead", Call, &["G-KLETTER002 instead of G-KLETTER001"])],
    ),
    row(
        "sent-as-custom",
        Lead,
        &[Swap("tracking.js", "fbq('track', 'Lead'", "fbq('trackCustom', 'lead'")],
        &[Lost("meta", "Lead", Call, &["fbq(\"trackCustom\", \"lead\") was called instead"])],
    ),
    row(
        "frame-refused",
        Signup,
        &[Header(PAGES, "content-security-policy", "frame-src 'self'")],
        &[Says("step-failed", &["frame-src"])],
    ),
    row(
        "confirmation-gone",
        Buy,
        &[Status("thanks.html", 404, "<h1>Nicht gefunden</h1>")],
        &[Lost("meta", "Purchase", Step, &["404"])],
    ),
    row(
        "order-refused",
        Buy,
        &[Status("bestellung", 422, "{}")],
        &[Lost("meta", "Purchase", Form, &["POST /api/bestellung answered 422"])],
    ),
    row(
        "payment-elsewhere",
        Buy,
        &[Swap("shop.js", "'/danke?bestellung='", "'/p/kletterschuh?bestellung='")],
        &[Lost("meta", "Purchase", Step, &["/p/kletterschuh", "/danke"])],
    ),
    row(
        "layer-name",
        Lead,
        &[Swap(
            "head.html",
            "(window,document,'script','dataLayer'",
            "(window,document,'script','shopLayer'",
        )],
        &[Lost("ga4", "generate_lead", DataLayer, &["shopLayer"])],
    ),
    row(
        "container-twice",
        Buy,
        &[Swap(
            "head.html",
            "<!-- End Google Tag Manager -->",
            "<script async src=\"https://www.googletagmanager.com/gtm.js?id=GTM-KLETT1\"></script>",
        )],
        &[
            Says("snapshot-duplicated-hit", &["ga4 purchase"]),
            Says("installed-twice", &["G-KLETTER001", "GTM-KLETT1"]),
        ],
    ),
    row(
        "segment-key",
        Lead,
        &[Swap("head.html", "kletterladen0segment", "kletterladen1segment")],
        &[Lost("segment", "Lead Sent", Call, &["kletterladen1segment instead of"])],
    ),
    row(
        "bundle-deferred",
        Lead,
        &[Swap(
            "head.html",
            "<script src=\"/assets/tracking.js\"></script>",
            "<script type=\"module\" src=\"https://$SHOP.cdn.test:1/assets/tracking.js\"></script>",
        )],
        &[Lost("meta", "Lead", Script, &["Tracking is not defined"])],
    ),
    row(
        "lead-in-a-dead-branch",
        Lead,
        &[Swap(
            "tracking.js",
            META_LEAD,
            "    if (window.shopVersion > 2) fbq('track', 'Lead');\n",
        )],
        &[Lost("meta", "Lead", Call, &["nothing called fbq(\"track\", \"Lead\")"])],
    ),
    row(
        "redirected-to-login",
        Buy,
        &[Status("checkout.html", 403, "<h1>Bitte anmelden</h1>")],
        &[Says("step-failed", &["#mail"]), Lost("meta", "InitiateCheckout", Step, &["403"])],
    ),
    row(
        "landing-moved",
        Lead,
        &[Location("go", "/newsletter?fbclid=IwAR2Kletter_ABCxyz")],
        &[Says("step-failed", &["#name"])],
    ),
];

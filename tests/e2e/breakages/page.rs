//! Breakages of the page, its scripts, its data layer and the tag manager.

use pixelproof::model::trail::StageName::{Call, DataLayer, Event, Form, Script, Step, TagManager};

use crate::e2e::breakages::Cause::{Lost, Says};
use crate::e2e::breakages::Walk::{Buy, Lead, Signup};
use crate::e2e::breakages::{META_LEAD, Row, row};
use crate::e2e::ground::When::{Later, Never};
use crate::e2e::outfitter::Edit::{Status, Swap, When};

const PUSH_LEAD: &str =
    "    dataLayer.push({ event: 'generate_lead', lead_id: id, value: 25, currency: 'EUR' });\n";

pub const ROWS: &[Row] = &[
    // The page and its own scripts.
    row(
        "call-removed",
        Lead,
        &[Swap("tracking.js", META_LEAD, "")],
        &[Lost("meta", "Lead", Call, &["nothing called fbq(\"track\", \"Lead\")", "tracking.js"])],
    ),
    row(
        "event-renamed",
        Lead,
        &[Swap("tracking.js", "'Lead', {", "'LeadSent', {")],
        &[Lost("meta", "Lead", Call, &["fbq(\"track\", \"LeadSent\") was called instead"])],
    ),
    row(
        "tracked-before-init",
        Lead,
        &[Swap(
            "head.html",
            "fbq('consent', 'revoke');\nfbq('init', '2468013579246801');\nfbq('track', 'PageView');",
            "fbq('track', 'PageView');\nfbq('init', '2468013579246801');",
        )],
        &[Lost("meta", "PageView", Call, &["before", "fbq(\"init\""])],
    ),
    row(
        "handler-throws",
        Lead,
        &[Swap(
            "theme.js",
            "document.body.classList",
            "document.querySelector('.drawer').classList",
        )],
        &[
            Lost("meta", "Lead", Script, &["theme.js:7 threw `TypeError"]),
            Lost("ga4", "generate_lead", Script, &["theme.js:7 threw `TypeError"]),
            Lost("posthog", "lead sent", Script, &["theme.js:7 threw `TypeError"]),
        ],
    ),
    row(
        "form-id-changed",
        Lead,
        &[Swap("advice.html", "id=\"advice\"", "id=\"advice-form\"")],
        &[
            Lost("meta", "Lead", Form, &["no script took the submit"]),
            Says("pii-page-url", &["e-mail"]),
        ],
    ),
    row(
        "prevent-default-lost",
        Lead,
        &[Swap("shop.js", "event.preventDefault();", ""), When("anfrage", Later(3000))],
        &[Lost("meta", "Lead", Form, &["no script took the submit"])],
    ),
    row(
        "script-twice",
        Lead,
        &[Swap(
            "head.html",
            "<script src=\"/assets/shop.js\"></script>",
            "<script src=\"/assets/shop.js\"></script>\n<script src=\"/assets/shop.js\"></script>",
        )],
        &[
            Says("snapshot-duplicated-hit", &["meta Lead", "2 times", "tracking.js"]),
            Says("snapshot-duplicated-hit", &["ga4 generate_lead", "2 times"]),
        ],
    ),
    row(
        "silent-validation",
        Lead,
        &[Swap(
            "shop.js",
            "const mail = $('#mail').val();",
            "const mail = $('#mail').val();\n    if (!/^[a-z]+@[a-z]+[.]de$/.test(mail)) return;",
        )],
        &[Lost("meta", "Lead", Form, &["sent nothing", "/api/anfrage"])],
    ),
    row(
        "new-required-field",
        Lead,
        &[Swap(
            "advice.html",
            "<button id=\"send\"",
            "<input type=\"checkbox\" name=\"agb\" required> <button id=\"send\"",
        )],
        &[Lost("meta", "Lead", Form, &["refused the form", "`agb`"])],
    ),
    row(
        "button-submits-nothing",
        Lead,
        &[Swap("advice.html", "type=\"submit\"", "type=\"button\"")],
        &[Lost("meta", "Lead", Form, &["no form was submitted"])],
    ),
    row(
        "server-500",
        Lead,
        &[Status("anfrage", 500, "")],
        &[
            Lost("meta", "Lead", Form, &["POST /api/anfrage answered 500"]),
            Lost("segment", "Lead Sent", Form, &["POST /api/anfrage answered 500"]),
        ],
    ),
    row(
        "server-silent",
        Lead,
        &[When("anfrage", Never)],
        &[Lost("meta", "Lead", Form, &["POST /api/anfrage"])],
    ),
    row(
        "bundle-broken",
        Lead,
        &[Swap("shop.js", "// The shop's own behaviour.", "window.carousel.start();")],
        &[Lost("meta", "Lead", Script, &["shop.js:1 threw `TypeError"])],
    ),
    row(
        "jquery-missing",
        Lead,
        &[Status("jquery.js", 404, "")],
        &[
            Lost("meta", "Lead", Script, &["jQuery is not defined"]),
            Lost("mixpanel", "Lead Sent", Script, &["jQuery is not defined"]),
        ],
    ),
    row(
        "script-missing",
        Lead,
        &[Status("tracking.js", 404, "")],
        &[Lost("meta", "Lead", Script, &["Tracking is not defined"])],
    ),
    row(
        "left-too-early",
        Lead,
        &[Swap(
            "shop.js",
            "Tracking.lead(id, mail);",
            "location.href = '/beratung/danke'; setTimeout(() => Tracking.lead(id, mail), 2000);",
        )],
        &[Lost("meta", "Lead", Step, &["/beratung/danke"])],
    ),
    row(
        "click-stopped",
        Buy,
        &[Swap(
            "head.html",
            "<script src=\"/assets/cmp.js\"></script>",
            "<script>window.addEventListener('click', (event) => { if (event.target.id === 'add') event.stopImmediatePropagation(); }, true);</script><script src=\"/assets/cmp.js\"></script>",
        )],
        &[Lost("meta", "AddToCart", Event, &["stopped the click"])],
    ),
    row(
        "button-covered",
        Buy,
        &[Swap(
            "product.html",
            "<p><a id",
            "<div style=\"position:fixed;inset:0;z-index:9\" id=\"promo\">Sale</div><p><a id",
        )],
        &[Says("step-failed", &["covered"])],
    ),
    // The data layer and the tag manager.
    row(
        "push-removed",
        Lead,
        &[Swap("tracking.js", PUSH_LEAD, "")],
        &[Lost(
            "ga4",
            "generate_lead",
            DataLayer,
            &["`generate_lead` was not pushed", "tracking.js"],
        )],
    ),
    row(
        "push-renamed",
        Lead,
        &[Swap("tracking.js", "event: 'generate_lead'", "event: 'lead_sent'")],
        &[Lost("ga4", "generate_lead", DataLayer, &["`lead_sent` was pushed instead"])],
    ),
    row(
        "push-without-event",
        Lead,
        &[Swap("tracking.js", "event: 'generate_lead'", "eventName: 'generate_lead'")],
        &[Lost("ga4", "generate_lead", DataLayer, &["`generate_lead` was not pushed"])],
    ),
    row(
        "layer-overwritten",
        Lead,
        &[Swap(
            "tracking.js",
            PUSH_LEAD,
            "    window.dataLayer = [];\n    dataLayer.push({ event: 'generate_lead', value: 25 });\n",
        )],
        &[Lost("ga4", "generate_lead", DataLayer, &["`dataLayer` was replaced"])],
    ),
    row(
        "layer-declared-again",
        Lead,
        &[Swap(
            "head.html",
            "<!-- End Google Tag Manager -->",
            "<script>dataLayer = [{ pageType: 'advice' }];</script>",
        )],
        &[
            Lost("ga4", "page_view", DataLayer, &["`dataLayer` was replaced"]),
            Lost("ga4", "generate_lead", DataLayer, &["`dataLayer` was replaced"]),
        ],
    ),
    row(
        "container-unpublished",
        Lead,
        &[Status("gtm.js", 404, "")],
        &[
            Lost("ga4", "generate_lead", TagManager, &["GTM-KLETT1", "404"]),
            Lost("ga4", "page_view", TagManager, &["GTM-KLETT1", "404"]),
        ],
    ),
    row(
        "trigger-renamed",
        Lead,
        &[Swap("gtm.js", "generate_lead: [", "lead: [")],
        &[Lost(
            "ga4",
            "generate_lead",
            TagManager,
            &["GTM-KLETT1 answered", "none of its tags fired"],
        )],
    ),
    row(
        "container-other",
        Signup,
        &[Swap("head.html", "GTM-KLETT1", "GTM-STAGING"), Status("gtm.js", 200, "")],
        &[Lost("meta", "CompleteRegistration", TagManager, &["GTM-STAGING", "GTM-KLETT1"])],
    ),
    row(
        "route-without-view",
        Buy,
        &[Swap("shop.js", "Tracking.view_changed('/kasse/zahlung');", "")],
        &[Lost("ga4", "page_view", DataLayer, &["`virtual_page_view` was not pushed"])],
    ),
    row(
        "frame-says-nothing",
        Signup,
        &[Swap("frame.html", "parent.postMessage", "console.log")],
        &[Lost(
            "meta",
            "CompleteRegistration",
            DataLayer,
            &["`sign_up` was not pushed", "tracking.js"],
        )],
    ),
];

//! Breakages of what events say and when they fire, and of people's data.

use pixelproof::model::trail::StageName::Global;

use crate::e2e::breakages::Cause::{Lost, Says};
use crate::e2e::breakages::Walk::{Buy, BuyTwice, Lead};
use crate::e2e::breakages::{META_LEAD, Row, row};
use crate::e2e::outfitter::Edit::{Location, Swap};

pub const ROWS: &[Row] = &[
    // What events say.
    row(
        "value-with-sign",
        Buy,
        &[Swap(
            "tracking.js",
            "value: order.value,\n      currency: order.currency,\n      content_type",
            "value: order.value.toFixed(2) + ' €',\n      currency: order.currency,\n      content_type",
        )],
        &[Says("value-not-a-number", &["meta Purchase", "129.90 €"])],
    ),
    row(
        "value-nan",
        Buy,
        &[Swap("thanks.html", "value: 129.9", "value: Number('129,90')")],
        &[Says("value-not-a-number", &["meta Purchase", "NaN"])],
    ),
    row(
        "value-undefined",
        Buy,
        &[Swap("thanks.html", "value: 129.9", "total: 129.9")],
        &[Says("value-required-missing", &["meta Purchase has no value"])],
    ),
    row(
        "value-in-cents",
        Buy,
        &[Swap("thanks.html", "value: 129.9", "value: 12990")],
        &[Says("items-cents", &["12990", "129.9"])],
    ),
    row(
        "currency-missing",
        Buy,
        &[Swap("thanks.html", "currency: 'EUR', ", "")],
        &[Says("value-required-missing", &["meta Purchase has no currency"])],
    ),
    row(
        "currency-lower",
        Buy,
        &[Swap("thanks.html", "currency: 'EUR'", "currency: 'eur'")],
        &[
            Says("value-currency-case", &["eur"]),
            Says("snapshot-changed-hit", &["meta Purchase", "cd[currency]"]),
        ],
    ),
    row(
        "currency-other",
        Buy,
        &[Swap(
            "tracking.js",
            "value: order.value,\n      currency: order.currency,\n      content_type",
            "value: order.value,\n      currency: 'USD',\n      content_type",
        )],
        &[
            Says("consistency-currency", &["USD", "EUR"]),
            Says("snapshot-changed-hit", &["meta Purchase", "cd[currency]", "USD"]),
        ],
    ),
    row(
        "ids-empty",
        Buy,
        &[Swap(
            "tracking.js",
            "content_ids: order.items.map((item) => item.id)",
            "content_ids: order.items.map((item) => item.ean)",
        )],
        &[
            Says("snapshot-changed-hit", &["meta Purchase", "cd[content_ids]"]),
            Says("items-ids", &["meta Purchase"]),
        ],
    ),
    row(
        "sku-instead-of-id",
        Buy,
        &[Swap(
            "tracking.js",
            "contents: order.items.map((item) => ({ id: item.id",
            "contents: order.items.map((item) => ({ id: item.sku",
        )],
        &[
            Says("snapshot-changed-hit", &["meta Purchase", "KS-42"]),
            Says("items-ids-differ", &["meta Purchase"]),
        ],
    ),
    row(
        "quantity-dropped",
        Buy,
        &[Swap("tracking.js", "({ id: item.id, quantity: item.quantity, ", "({ id: item.id, ")],
        &[Says("snapshot-changed-hit", &["meta Purchase", "quantity"])],
    ),
    row(
        "order-id-missing",
        Buy,
        &[Swap("tracking.js", "transaction_id: order.id,\n", "transaction_id: order.number,\n")],
        &[Says("value-expected-missing", &["ga4 purchase has no transaction id"])],
    ),
    row(
        "order-id-constant",
        BuyTwice,
        &[Swap("tracking.js", "transaction_id: order.id,\n", "transaction_id: 'K-00417',\n")],
        &[Says("dedup-reused-order-id", &["ga4 purchase", "K-00417"])],
    ),
    row(
        "event-id-missing",
        Buy,
        &[Swap("tracking.js", "}, { eventID: 'order-' + order.id });", "});")],
        &[
            Says("dedup-no-event-id", &["meta Purchase"]),
            Says("snapshot-changed-hit", &["meta Purchase", "eid"]),
        ],
    ),
    row(
        "event-id-constant",
        BuyTwice,
        &[Swap("tracking.js", "{ eventID: 'order-' + order.id }", "{ eventID: 'order-K-00417' }")],
        &[Says("dedup-reused-event-id", &["meta Purchase", "order-K-00417"])],
    ),
    row(
        "event-id-misplaced",
        Buy,
        &[Swap(
            "tracking.js",
            "num_items: 2\n    }, { eventID: 'order-' + order.id });",
            "num_items: 2, eventID: 'order-' + order.id\n    });",
        )],
        &[Says("dedup-misplaced-event-id", &["meta Purchase", "cd[eventID]"])],
    ),
    // When events fire.
    row(
        "purchase-on-click",
        Buy,
        &[
            Swap(
                "shop.js",
                "$('#pay').on('click', async function () {",
                "$('#pay').on('click', async function () {\n      fbq('track', 'Purchase', { value: 129.9, currency: 'EUR', content_type: 'product', content_ids: ['9001'], contents: [{ id: '9001', quantity: 2, item_price: 64.95 }], num_items: 2 }, { eventID: 'order-' + 'K-' + Date.now() });",
            ),
            Swap("tracking.js", "fbq('track', 'Purchase'", "void ('Purchase'"),
        ],
        &[Says("snapshot-changed-hit", &["meta Purchase", "/kasse/zahlung"])],
    ),
    row(
        "purchase-on-reload",
        Buy,
        &[Swap("shop.js", "sessionStorage.getItem('told') !== window.order.id", "true")],
        &[
            Says("snapshot-duplicated-hit", &["meta Purchase", "`reload`"]),
            Says("duplicate-on-reload", &["meta Purchase"]),
        ],
    ),
    row(
        "purchase-by-two-snippets",
        Buy,
        &[Swap(
            "thanks.html",
            "</script>",
            "\ndocument.addEventListener('DOMContentLoaded', () => fbq('track', 'Purchase', { value: 129.9, currency: 'EUR' }));</script>",
        )],
        &[Says("duplicate-conversion", &["meta Purchase", "tracking.js", "/danke"])],
    ),
    row(
        "purchase-by-container-too",
        Buy,
        &[Swap(
            "gtm.js",
            "purchase: [ga4('purchase'),",
            "purchase: [ga4('purchase'), function () { html(\"fbq('track', 'Purchase', { value: 129.9, currency: 'EUR' });\"); },",
        )],
        &[Says("duplicate-conversion", &["meta Purchase", "GTM-KLETT1", "tracking.js"])],
    ),
    row(
        "purchase-on-every-page",
        Buy,
        &[Swap(
            "head.html",
            "</main>",
            "</main>\n<script>fbq('track', 'Purchase', { value: 129.9, currency: 'EUR' });</script>",
        )],
        &[Says("snapshot-unexpected-hit", &["meta Purchase", "`checkout`", "the page /kasse"])],
    ),
    row(
        "lead-on-click",
        Lead,
        &[
            Swap(
                "shop.js",
                "$('#advice').on('submit'",
                "$('#send').on('click', () => fbq('track', 'Lead', { value: 25, currency: 'EUR', content_name: 'Beratung' }));\n  $('#advice').on('submit'",
            ),
            Swap("tracking.js", META_LEAD, ""),
            Swap(
                "advice.html",
                "<button id=\"send\"",
                "<input type=\"checkbox\" name=\"agb\" required> <button id=\"send\"",
            ),
        ],
        &[Says("trigger-invalid-form", &["meta Lead", "agb"])],
    ),
    row(
        "test-without-tag",
        Buy,
        &[Swap("thanks.html", "<h1>", "<script>window.fbq = function () {};</script><h1>")],
        &[Lost("meta", "Purchase", Global, &["`fbq` was replaced"])],
    ),
    // People's data and clicks.
    row(
        "mail-in-address",
        Lead,
        &[Swap(
            "shop.js",
            "$('#advice').hide();",
            "$('#advice').hide();\n    history.replaceState({}, '', '/beratung?mail=' + encodeURIComponent(mail));",
        )],
        &[Says("pii-page-url", &["e-mail"])],
    ),
    row(
        "mail-not-lowered",
        Lead,
        &[Swap("tracking.js", "return mail.trim().toLowerCase();", "return mail.trim();")],
        &[Says("pii-hash", &["tiktok"])],
    ),
    row(
        "click-id-dropped",
        Lead,
        &[Location("go", "/beratung")],
        &[
            Says("match-lost-click-id", &["redirect", "/go"]),
            Says("snapshot-changed-hit", &["meta", "fbc"]),
        ],
    ),
    row(
        "click-id-lowered",
        Lead,
        &[Location("go", "/beratung?fbclid=iwar2kletter_abcxyz")],
        &[Says("match-changed-click-id", &["/go"])],
    ),
];

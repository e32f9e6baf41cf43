//! GA4's recommended events of shops and of leads.
//! Source: <https://developers.google.com/analytics/devguides/collection/ga4/reference/events>;
//! the events that it collects by itself:
//! <https://support.google.com/analytics/answer/9234069>. A purchase is
//! recognised by its transaction id:
//! <https://support.google.com/analytics/answer/12313109>.

use crate::checks::definitions::{Definitions, Event, Meaning, Need, event, must, needing, should};

pub const EVENTS: Definitions = Definitions {
    vendor: "ga4",
    events: RECOMMENDED,
    also: &[
        "user_engagement",
        "scroll",
        "click",
        "view_search_results",
        "file_download",
        "form_start",
        "form_submit",
        "video_start",
        "video_progress",
        "video_complete",
        "session_start",
        "first_visit",
        "exception",
        "share",
        "login",
        "join_group",
        "select_content",
        "earn_virtual_currency",
        "spend_virtual_currency",
        "level_start",
        "level_end",
        "level_up",
        "post_score",
        "tutorial_begin",
        "tutorial_complete",
        "unlock_achievement",
    ],
    exact: true,
    recognised_by: &["order_id", "event_id"],
    misplaced: &[],
};

/// Revenue needs to know its currency.
const PRICED: &[Need] = &[should("currency").with_value(), should("items")];
const LISTED: &[Need] = &[should("items")];
const LEAD: &[Need] = &[should("currency").with_value()];
const PAID: &[Need] =
    &[should("order_id"), should("value"), must("currency").with_value(), should("items")];

const RECOMMENDED: &[Event] = &[
    event("page_view", Meaning::Page),
    needing("view_item_list", Meaning::List, LISTED),
    needing("select_item", Meaning::Other, LISTED),
    event("view_promotion", Meaning::Other),
    event("select_promotion", Meaning::Other),
    needing("view_item", Meaning::View, PRICED),
    event("search", Meaning::Search),
    needing("add_to_wishlist", Meaning::Wishlist, PRICED),
    needing("add_to_cart", Meaning::Cart, PRICED),
    needing("remove_from_cart", Meaning::Other, PRICED),
    needing("view_cart", Meaning::Other, PRICED),
    needing("begin_checkout", Meaning::Checkout, PRICED),
    needing("add_shipping_info", Meaning::Other, PRICED),
    needing("add_payment_info", Meaning::Payment, PRICED),
    needing("purchase", Meaning::Purchase, PAID),
    needing("refund", Meaning::Other, &[should("order_id"), must("currency").with_value()]),
    needing("generate_lead", Meaning::Lead, LEAD),
    event("sign_up", Meaning::Registration),
    event("qualify_lead", Meaning::Other),
    event("disqualify_lead", Meaning::Other),
    event("working_lead", Meaning::Other),
    event("close_convert_lead", Meaning::Other),
    event("close_unconvert_lead", Meaning::Other),
];

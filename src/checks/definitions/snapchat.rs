//! Snap's standard events.
//! Source: <https://businesshelp.snapchat.com/s/article/pixel-direct-implementation>.

use crate::checks::definitions::{Definitions, Event, Meaning, event, needing, should};

pub const EVENTS: Definitions = Definitions {
    vendor: "snapchat",
    events: STANDARD,
    also: &[
        "CUSTOM_EVENT_1",
        "CUSTOM_EVENT_2",
        "CUSTOM_EVENT_3",
        "CUSTOM_EVENT_4",
        "CUSTOM_EVENT_5",
    ],
    exact: true,
    recognised_by: &["event_id", "order_id"],
    misplaced: &[],
};

const STANDARD: &[Event] = &[
    event("PAGE_VIEW", Meaning::Page),
    event("LIST_VIEW", Meaning::List),
    event("VIEW_CONTENT", Meaning::View),
    event("SEARCH", Meaning::Search),
    event("ADD_TO_WISHLIST", Meaning::Wishlist),
    event("ADD_CART", Meaning::Cart),
    event("START_CHECKOUT", Meaning::Checkout),
    event("ADD_BILLING", Meaning::Payment),
    needing("PURCHASE", Meaning::Purchase, &[should("value"), should("currency").with_value()]),
    event("SIGN_UP", Meaning::Registration),
    event("LEAD", Meaning::Lead),
    event("SUBSCRIBE", Meaning::Subscription),
    event("START_TRIAL", Meaning::Subscription),
    event("SAVE", Meaning::Other),
    event("LOGIN", Meaning::Other),
    event("SHARE", Meaning::Other),
    event("RESERVE", Meaning::Other),
    event("INVITE", Meaning::Other),
    event("RATE", Meaning::Other),
    event("AD_CLICK", Meaning::Other),
    event("AD_VIEW", Meaning::Other),
    event("ACHIEVEMENT_UNLOCKED", Meaning::Other),
    event("COMPLETE_TUTORIAL", Meaning::Other),
    event("LEVEL_COMPLETE", Meaning::Other),
    event("SPENT_CREDITS", Meaning::Other),
];
